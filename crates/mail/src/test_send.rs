//! The delivery of a test message: by the production path, once, with its stages shown as they pass.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::health::Event;
use model::id::MessageId;
use model::message::Fate;
use model::settings::{EmailSettings, RelaySettings};
use smtp::Capabilities;
use smtp::client::{Envelope, Report, StageRecord, Transaction};
use store::{AttemptRow, Next, Settle, Work};
use tokio::sync::mpsc;

use crate::Mail;
use crate::delivery::{AttemptReport, Case, Decision, OtherRelays, StageView, decide, offer};
use crate::queue::{EndedTransaction, RouteRelay};
use crate::relay::{Finished, Source, Waits};

/// The result of a test.
#[derive(Clone, Debug)]
pub struct Tested {
    pub id: MessageId,
    pub report: AttemptReport,
    /// Recipient, fate, the relay's words.
    pub fates: Vec<(String, Fate, String)>,
}

impl Tested {
    /// True if the relay accepted the message for every recipient.
    pub fn accepted(&self) -> bool {
        self.accepted_count() == self.fates.len()
    }

    /// The number of recipients that the relay accepted the message for.
    pub fn accepted_count(&self) -> usize {
        self.fates.iter().filter(|(_, fate, _)| *fate == Fate::Accepted).count()
    }
}

/// The settings and the relay of a test.
pub struct TestRun<'a> {
    pub settings: &'a Arc<EmailSettings>,
    pub relay: &'a RelaySettings,
    /// True if the settings are the stored ones. The result then counts for the relay.
    pub stored: bool,
}

impl Mail {
    /// Delivers an accepted test message once and records its outcome. `news` receives each stage as it passes.
    pub async fn deliver_test(&self, run: TestRun<'_>, id: MessageId, work: Work, news: mpsc::Sender<StageRecord>) -> Tested {
        let in_force = if run.stored { self.queue.in_force(run.relay) } else { None };
        let (tee, mut heard) = mpsc::channel::<StageRecord>(64);
        let told = async {
            let mut told = Vec::new();
            while let Some(record) = heard.recv().await {
                told.push(StageView::from(&record));
                // The reader of the stages may be gone. The test goes on.
                drop(news.send(record).await);
            }
            told
        };
        let ((report, tries), told) = tokio::join!(self.attempt(&run, in_force.as_ref(), &work, tee), told);
        let mut tested = self.conclude(&run, &work, (report, tries), id).await;
        tested.report.stages = told;
        tested
    }

    async fn attempt(
        &self,
        run: &TestRun<'_>,
        in_force: Option<&RouteRelay>,
        work: &Work,
        news: mpsc::Sender<StageRecord>,
    ) -> (AttemptReport, Vec<Try>) {
        let relay = run.relay;
        let mut session = match self.queue.net.open(relay, Waits::Person, Some(news)).await {
            Ok(session) => session,
            Err(failure) => {
                // A test finds a failed relay like any message does.
                if let Some(relay) = in_force {
                    self.queue.session_failed(relay, &failure.report).await;
                }
                return (AttemptReport::of_failure(relay, &failure), Vec::new());
            }
        };
        let opened = self.queue.clock.now();
        if let Some(relay) = in_force {
            self.queue.learn(relay, Event::SignedIn).await;
        }
        let mut tries: Vec<Try> = Vec::new();
        let (mut rest, mut recipients_max) = (Some(work.clone()), usize::MAX);
        while let Some(work) = rest.take() {
            let mut source = TestSource { work: Some(work.clone()), recipients_max, ended: None };
            let finished = session.run(&mut source).await;
            let Some((transaction, report)) = source.ended.take() else { break };
            let decision = self.decided(run, &work, &transaction);
            // Recipients that the relay does not take with the others get a transaction of their own. Each transaction must
            // decide on a recipient, or have fewer of them than the last.
            let is_less = decision.again.len() < work.recipients.len() || decision.recipients_max.is_some();
            if finished == Finished::Idle && is_less && !decision.again.is_empty() {
                recipients_max = decision.recipients_max.unwrap_or(recipients_max);
                rest = Some(Work { recipients: decision.again.clone(), ..work.clone() });
            }
            let ended = EndedTransaction { transaction, report: Arc::new(report), opened };
            if let Some(relay) = in_force {
                self.queue.heed(relay, &decision, work.sender.as_deref(), &ended).await;
            }
            tries.push(Try { recipients: work.recipients, ended, decision });
        }
        let certificate = session.certificate.clone();
        session.leave().await;
        let shown = tries.last().map_or_else(|| session.report(), |last| &last.ended.report);
        (AttemptReport { certificate, ..AttemptReport::new(relay, shown) }, tries)
    }

    fn decided(&self, run: &TestRun<'_>, work: &Work, transaction: &Transaction) -> Decision {
        let case = Case {
            work,
            recipients: &work.recipients,
            settings: run.settings,
            relay: run.relay,
            others: OtherRelays::None,
            deferred: None,
            now: self.queue.clock.now(),
            chance: 0,
        };
        decide(transaction, &case)
    }

    async fn conclude(
        &self,
        run: &TestRun<'_>,
        work: &Work,
        (mut report, tries): (AttemptReport, Vec<Try>),
        id: MessageId,
    ) -> Tested {
        let relay = run.relay;
        let now = self.queue.clock.now();
        let unsent = report.fault.clone().unwrap_or_default();
        let mut told: BTreeMap<u16, (Fate, String)> =
            work.recipients.iter().map(|(k, _)| (*k, (Fate::Refused, unsent.clone()))).collect();
        for attempt in tries {
            report = report.with(&attempt.ended.transaction, &attempt.decision.rulings);
            told.extend(attempt.fates());
        }
        let fates: Vec<(u16, Fate, String)> = told.into_iter().map(|(k, (fate, words))| (k, fate, words)).collect();
        let row = AttemptRow { number: work.number, relay: run.stored.then_some(relay.id), report: report.json() };
        let settle = || Settle {
            number: work.number,
            fates: fates.clone(),
            next: Next::Due(now),
            relay: run.stored.then_some(relay.id),
            attempt: Some(row.clone()),
            failed: false,
            uncounted: false,
            may_arrive_twice: false,
            keep_body: true,
        };
        self.queue.record(now, settle).await;
        let address = |k: u16| work.recipients.iter().find(|(of, _)| *of == k).map(|(_, a)| a.clone()).unwrap_or_default();
        Tested { id, report, fates: fates.into_iter().map(|(k, fate, words)| (address(k), fate, words)).collect() }
    }
}

/// One transaction of a test.
struct Try {
    recipients: Vec<(u16, String)>,
    ended: EndedTransaction,
    decision: Decision,
}

impl Try {
    /// The fates of the recipients. All that are not accepted are refused, since a test does not wait.
    fn fates(&self) -> impl Iterator<Item = (u16, (Fate, String))> {
        self.recipients.iter().zip(&self.decision.rulings).map(|((k, _), ruling)| {
            let known = self.decision.fates.iter().find(|(of, _, _)| of == k);
            let fate = match known {
                Some((_, Fate::Accepted, words)) => (Fate::Accepted, words.clone()),
                Some((_, _, words)) => (Fate::Refused, words.clone()),
                None => (Fate::Refused, ruling.said.as_ref().map(ToString::to_string).unwrap_or_default()),
            };
            (*k, fate)
        })
    }
}

/// A source of one message.
struct TestSource {
    work: Option<Work>,
    recipients_max: usize,
    ended: Option<(Transaction, Report)>,
}

impl Source for TestSource {
    fn next(&mut self, relay: &Capabilities) -> Option<(Envelope, store::Body)> {
        let work = self.work.take()?;
        offer(&work, self.recipients_max, relay)
    }

    fn settled(&mut self, transaction: Transaction, report: &Report) {
        self.ended = Some((transaction, report.clone()));
    }
}

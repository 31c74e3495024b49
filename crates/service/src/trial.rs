//! The test: a real message by the production path, with its stages shown as they pass. It is not retried, since a test
//! that arrives tomorrow proves nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::Address;
use model::account::{Actor, Forbidden, Role};
use model::id::MessageId;
use model::message::{Class, Fate};
use model::settings::{EmailSettings, RelaySettings};
use smtp::client::{Envelope, Report, StageRecord, Transaction};
use store::{AttemptRow, Change, Next, Settle, Work};
use tokio::sync::mpsc;

use crate::delivery::{AttemptReport, Case, Decision, StageView, decide, envelope};
use crate::intake::{IntakeFault, Submission};
use crate::notice::{PartsFault, Scene, compose, test_message};
use crate::relay::{Finished, Source, Waits};
use crate::root::Service;

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
        self.fates.iter().all(|(_, fate, _)| *fate == Fate::Accepted)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum TestFault {
    #[error("nobody to send the test to")]
    NoRecipient,
    #[error("no relay named {0}")]
    NoSuchRelay(String),
    #[error("{0}")]
    Forbidden(#[from] Forbidden),
    #[error("{0}")]
    Intake(#[from] IntakeFault),
    #[error("{0}")]
    Parts(#[from] PartsFault),
    #[error("{0}")]
    Read(#[from] store::ReadFault),
}

/// The input of a test.
pub struct Trial {
    pub settings: Arc<EmailSettings>,
    /// True if the settings are the stored ones. The result then counts for the relay.
    pub stored: bool,
    /// Recipients. Empty: the contacts of the settings.
    pub to: Vec<Address>,
    /// Name of the relay. `None`: the first of the route.
    pub relay: Option<String>,
    pub by: Actor,
}

impl Service {
    /// Sends the test message. `news` receives each stage as it passes. Fails if the caller may not test or there is no
    /// recipient or relay. Also fails if the message cannot be made or accepted.
    pub async fn test(&self, trial: Trial, news: mpsc::Sender<StageRecord>) -> Result<Tested, TestFault> {
        // A test of typed values sends stored secrets to the typed host. It needs the same role as a save.
        trial.by.needs(if trial.stored { Role::Operator } else { Role::Administrator })?;
        let settings = &trial.settings;
        let to = if trial.to.is_empty() { settings.contacts.clone() } else { trial.to.clone() };
        if to.is_empty() {
            return Err(TestFault::NoRecipient);
        }
        let relay = match &trial.relay {
            None => settings.route.first(),
            Some(name) => settings.route.iter().find(|relay| relay.name == *name),
        };
        let relay = relay.ok_or_else(|| TestFault::NoSuchRelay(trial.relay.clone().unwrap_or_default()))?;
        let scene = Scene { settings: Arc::clone(settings), names: self.names().clone(), now: self.clock().now() };
        // Only contacts of the stored settings get a link.
        let (received, also) = self.received_link(&to).filter(|_| trial.stored).unzip();
        let parts = test_message(&scene, &to, &relay.name, received);
        let submission = Submission {
            class: Class::Notice,
            app: None,
            sender: Some(settings.bounce.clone()),
            recipients: to,
            text: compose(&settings.from, &parts, self.clock().now())?,
            once: None,
            via: "test",
            avoid: None,
            hands_off: true,
        };
        let id = self.door().accept_with(submission, also.into_iter().collect()).await?.id;
        let work = self.store().work(id.number.0).await?.ok_or(TestFault::NoRecipient)?;
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
        let ((report, tries), told) = tokio::join!(self.attempt(&trial, relay, &work, tee), told);
        let mut tested = self.conclude(&trial, relay, &work, report, tries, id).await;
        tested.report.stages = told;
        let detail = format!("{}: {}", tested.report.relay, if tested.accepted() { "accepted" } else { "not accepted" });
        let said = Change::Audit { at: self.clock().now(), who: trial.by.name, what: "test.sent".into(), detail };
        if let Err(fault) = self.store().change(said).await {
            tracing::warn!(%fault, "a test could not be written to the audit");
        }
        Ok(tested)
    }

    async fn attempt(
        &self,
        trial: &Trial,
        relay: &RelaySettings,
        work: &Work,
        news: mpsc::Sender<StageRecord>,
    ) -> (AttemptReport, Vec<Try>) {
        let mut session = match self.queue().net.open(relay, Waits::Person, Some(news)).await {
            Ok(session) => session,
            Err(failure) => {
                // A test finds a failed relay like any message does.
                if trial.stored {
                    self.queue().session_failed(relay, &failure.report).await;
                }
                return (AttemptReport::of_failure(relay, &failure), Vec::new());
            }
        };
        let mut tries: Vec<Try> = Vec::new();
        let mut rest = Some(work.clone());
        while let Some(work) = rest.take() {
            let mut one = TrialSource { work: Some(work.clone()), ended: None };
            let finished = session.run(&mut one).await;
            let Some((transaction, report)) = one.ended.take() else { break };
            let decision = self.decided(trial, relay, &work, &transaction);
            // Recipients that the relay does not take with the others get a transaction of their own. Each transaction must have
            // an accepted recipient.
            if finished == Finished::Idle && transaction.taken() && !decision.again.is_empty() {
                rest = Some(Work { recipients: decision.again.clone(), ..work.clone() });
            }
            tries.push(Try { recipients: work.recipients, transaction, report, decision });
        }
        let certificate = session.certificate.clone();
        session.leave().await;
        let shown = tries.last().map_or_else(|| session.report(), |last| &last.report);
        (AttemptReport { certificate, ..AttemptReport::new(relay, shown) }, tries)
    }

    fn decided(&self, trial: &Trial, relay: &RelaySettings, work: &Work, transaction: &Transaction) -> Decision {
        let case = Case {
            work,
            recipients: &work.recipients,
            settings: &trial.settings,
            relay,
            last_relay: true,
            deferred: None,
            now: self.clock().now(),
            chance: 0,
        };
        decide(transaction, &case)
    }

    async fn conclude(
        &self,
        trial: &Trial,
        relay: &RelaySettings,
        work: &Work,
        mut report: AttemptReport,
        tries: Vec<Try>,
        id: MessageId,
    ) -> Tested {
        let now = self.clock().now();
        let unsent = report.fault.clone().unwrap_or_default();
        let mut told: BTreeMap<u16, (Fate, String)> =
            work.recipients.iter().map(|(k, _)| (*k, (Fate::Refused, unsent.clone()))).collect();
        for one in tries {
            report = report.with(&one.transaction, &one.decision.rulings);
            if trial.stored {
                let taken = one.transaction.taken();
                self.queue().heed(relay, &one.decision, work.sender.as_deref(), &one.report, taken).await;
            }
            told.extend(one.fates());
        }
        let fates: Vec<(u16, Fate, String)> = told.into_iter().map(|(k, (fate, words))| (k, fate, words)).collect();
        let row = AttemptRow { number: work.number, at: now, relay: trial.stored.then_some(relay.id.0), report: report.json() };
        let settle = || Settle {
            number: work.number,
            at: now,
            fates: fates.clone(),
            next: Next::Due(now),
            relay: trial.stored.then_some(relay.id.0),
            attempt: Some(row.clone()),
            failed: false,
            uncounted: false,
            may_arrive_twice: false,
            keep_body: true,
        };
        self.queue().record(settle).await;
        let address = |k: u16| work.recipients.iter().find(|(of, _)| *of == k).map(|(_, a)| a.clone()).unwrap_or_default();
        Tested { id, report, fates: fates.into_iter().map(|(k, fate, words)| (address(k), fate, words)).collect() }
    }
}

/// One transaction of a test.
struct Try {
    recipients: Vec<(u16, String)>,
    transaction: Transaction,
    report: Report,
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
struct TrialSource {
    work: Option<Work>,
    ended: Option<(Transaction, Report)>,
}

impl Source for TrialSource {
    fn next(&mut self) -> Option<(Envelope, store::Body)> {
        let work = self.work.take()?;
        Some((envelope(&work, &work.recipients)?, work.body))
    }

    fn settled(&mut self, transaction: Transaction, report: &Report) {
        self.ended = Some((transaction, report.clone()));
    }
}

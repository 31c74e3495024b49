//! The report of an attempt, as stored and shown: stages, the relay's words, cause and remedy. It holds no secrets.

use admin::certificate::CertificateView;
use model::catalogue::Peer;
use model::health::FoundFault;
use model::settings::{Auth, RelaySettings};
use model::verdict::{Ruling, Verdict, fault_key, judge_fault};
use model::{Address, Phrase};
use serde::{Deserialize, Serialize};
use smtp::Reply;
use smtp::client::{Ending, Fault, RecipientReply, Report, Stage, StageRecord, Transaction};
use smtp::reply::ReplyClass;

use crate::relay::NotOpened;

/// A passed or failed stage, for JSON and for pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageView {
    pub stage: String,
    pub ok: bool,
    /// Milliseconds since the stage before. Unknown for parts of a pipelined group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u64>,
    /// The relay's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl From<&StageRecord> for StageView {
    fn from(record: &StageRecord) -> Self {
        Self {
            stage: record.stage.name().to_owned(),
            ok: record.ok,
            took_ms: u64::try_from(record.took.as_millis()).ok(),
            reply: record.reply.as_ref().map(ToString::to_string),
            detail: record.detail.clone(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientReport {
    pub address: String,
    pub verdict: String,
    pub stage: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
    /// Row of the catalogue of known replies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<String>,
}

impl RecipientReport {
    /// True if the relay refused for good, and the message is tried again all the same.
    pub fn is_kept(&self) -> bool {
        let is_tried_again = matches!(self.verdict.as_str(), "defer" | "holdsender" | "relayfault" | "unknown");
        is_tried_again && self.reply.as_ref().is_some_and(|reply| reply.starts_with('5'))
    }

    /// The general words about a reply that no row of the catalogue knows.
    fn general_key(&self) -> Option<&'static str> {
        self.reply.as_ref()?;
        match self.verdict.as_str() {
            "refuse" if self.stage == Stage::Recipient.name() => Some("reply-recipient"),
            "refuse" | "unfit" => Some("reply-message"),
            "holdsender" => Some("reply-sender"),
            "defer" => Some("reply-later"),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptReport {
    pub relay: String,
    pub host: String,
    pub stages: Vec<StageView>,
    pub recipients: Vec<RecipientReport>,
    /// The fault that ended the session early, in words without secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// Keys of the sentences for cause and remedy. `detail` is their argument.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    #[serde(default)]
    pub detail: String,
    pub transcript: String,
    #[serde(skip)]
    pub certificate: Option<CertificateView>,
}

/// The relay's replies to each part of the message, in the order of the dialogue.
fn stages(transaction: &Transaction) -> Vec<StageView> {
    let stage_view = |stage: Stage, reply: &Reply, detail: Option<String>| StageView {
        stage: stage.name().to_owned(),
        ok: matches!(reply.class(), ReplyClass::Good | ReplyClass::GoOn),
        took_ms: None,
        reply: Some(reply.to_string()),
        detail,
    };
    let mut all: Vec<StageView> = transaction.sender.iter().map(|reply| stage_view(Stage::Sender, reply, None)).collect();
    for (address, told) in transaction.envelope.recipients.iter().zip(&transaction.recipients) {
        if let RecipientReply::Said(reply) = told {
            all.push(stage_view(Stage::Recipient, reply, Some(address.to_string())));
        }
    }
    all.extend(transaction.data.iter().map(|reply| stage_view(Stage::Data, reply, None)));
    all.extend(transaction.end.iter().map(|reply| stage_view(Stage::FinalDot, reply, None)));
    if let Ending::Broken(fault) = &transaction.ending {
        let detail = Some(fault.kind.to_string());
        all.push(StageView { stage: fault.stage.name().to_owned(), ok: false, took_ms: None, reply: None, detail });
    }
    all
}

/// The Fluent key of the cause and the remedy of a fault at this relay: those of its reply, if it is known.
fn explanation_key(fault: &Fault, relay: &RelaySettings) -> String {
    match judge_fault(fault, Peer::of_host(&relay.host.ascii())).known {
        // The general words about a refused sign-in speak of a password.
        Some(known) if matches!(relay.auth, Auth::OAuth2(_)) && known.id == "signin-refused" => "fault-token-refused".to_owned(),
        Some(known) => known.key(),
        None => fault_key(fault),
    }
}

/// The fault of a session, for the health of its relay. `None`: the session has none.
pub(crate) fn session_fault(report: &Report, relay: &RelaySettings) -> Option<FoundFault> {
    let fault = report.fault.as_ref()?;
    Some(FoundFault {
        cause: judge_fault(fault, Peer::of_host(&relay.host.ascii())).cause,
        words: report.transcript.mask(&fault.kind.to_string()),
        advice: Some(explanation_key(fault, relay)),
    })
}

impl AttemptReport {
    pub fn new(relay: &RelaySettings, report: &Report) -> Self {
        let mut this = Self {
            relay: relay.name.clone(),
            host: format!("{}:{}", relay.host, relay.port),
            stages: report.stages.iter().map(StageView::from).collect(),
            transcript: report.transcript.to_string(),
            ..Self::default()
        };
        if let Some(fault) = &report.fault {
            this.fault = Some(report.transcript.mask(&fault.kind.to_string()));
            this.explain(&explanation_key(fault, relay));
            this.detail = this.fault.clone().unwrap_or_default();
        }
        this
    }

    fn explain(&mut self, key: &str) {
        (self.cause, self.remedy) = (Some(format!("{key}.cause")), Some(format!("{key}.remedy")));
    }

    /// The report of a session that could not be opened.
    pub fn of_failure(relay: &RelaySettings, not_opened: &NotOpened) -> Self {
        Self { certificate: not_opened.certificate.clone(), ..Self::new(relay, &not_opened.report) }
    }

    /// Adds the stages of the transaction and the ruling for each recipient.
    #[must_use]
    pub fn with(mut self, transaction: &Transaction, rulings: &[Ruling]) -> Self {
        self.stages.extend(stages(transaction));
        // A cause stands for the whole attempt only if it is that of every recipient who was not accepted.
        let mut causes = rulings.iter().filter(|ruling| ruling.verdict != Verdict::Accepted).map(|ruling| ruling.known);
        if let (Some(Some(known)), None) = (causes.next(), &self.cause)
            && causes.all(|other| other == Some(known))
        {
            self.explain(&known.key());
        }
        for (address, ruling) in transaction.envelope.recipients.iter().zip(rulings) {
            self.recipients.push(RecipientReport {
                address: address.to_string(),
                verdict: format!("{:?}", ruling.verdict).to_lowercase(),
                stage: ruling.stage.name().to_owned(),
                reply: ruling.said.as_ref().map(ToString::to_string),
                known: ruling.known.map(|known| known.id.to_owned()),
            });
        }
        self
    }

    pub fn cause_phrase(&self) -> Option<Phrase> {
        self.cause.as_ref().map(|key| Phrase::new(key.clone()).with("detail", &self.detail))
    }

    pub fn remedy_phrase(&self) -> Option<Phrase> {
        self.remedy.as_ref().map(|key| Phrase::new(key.clone()).with("detail", &self.detail))
    }

    /// The outcome of the attempt for a recipient. `None` if the recipient had no part in it.
    pub fn of(&self, address: &str) -> Option<&RecipientReport> {
        let wanted = address.parse::<Address>().ok();
        let is_same = |told: &&RecipientReport| {
            told.address == address
                || wanted
                    .as_ref()
                    .is_some_and(|wanted| told.address.parse::<Address>().is_ok_and(|told| told.key() == wanted.key()))
        };
        self.recipients.iter().find(is_same)
    }

    /// Cause and remedy for one recipient: by the reply about it, else by the fault of the session.
    pub fn explanation(&self, told: &RecipientReport) -> (Option<Phrase>, Option<Phrase>) {
        match &told.known {
            Some(id) => (Some(Phrase::new(format!("known-{id}.cause"))), Some(Phrase::new(format!("known-{id}.remedy")))),
            None if self.fault.is_some() => (self.cause_phrase(), self.remedy_phrase()),
            None => told.general_key().map_or((None, None), |key| {
                (Some(Phrase::new(format!("{key}.cause"))), Some(Phrase::new(format!("{key}.remedy"))))
            }),
        }
    }

    /// Cause and remedy for a recipient who was not accepted. Nothing if those of the whole attempt say it.
    pub fn explanation_of(&self, address: &str) -> (Option<Phrase>, Option<Phrase>) {
        let told = self.of(address).filter(|told| self.cause.is_none() && told.verdict != "accepted");
        told.map(|told| self.explanation(told)).unwrap_or_default()
    }

    pub fn json(&self) -> String {
        // Strings and numbers cannot fail. If they do, an empty object still shows that there was an attempt.
        serde_json::to_string(self).unwrap_or_else(|_| "{}".into())
    }
}

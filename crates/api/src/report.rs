//! The report of a session with a relay.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

names!(
    /// A stage of a session with a relay.
    StageName {
        Resolve = "resolve",
        Connect = "connect",
        Tls = "tls",
        Greeting = "greeting",
        Ehlo = "ehlo",
        Starttls = "starttls",
        SignIn = "sign-in",
        /// The relay's reply to MAIL.
        Sender = "sender",
        /// The relay's reply to RCPT.
        Recipient = "recipient",
        /// The relay's reply to DATA.
        Data = "data",
        /// The relay's reply to the final dot.
        Accepted = "accepted",
        Quit = "quit",
    }
);

names!(
    /// The consequence of a reply for one recipient.
    VerdictName {
        /// The relay has taken the message. Final.
        Accepted = "accepted",
        /// Tried again at the next step of the schedule.
        Defer = "defer",
        /// Tried again at once in a new transaction.
        AgainAtOnce = "againatonce",
        /// Tried again at once in transactions with fewer recipients.
        AgainInParts = "againinparts",
        /// The fault is the relay's: the recipient waits for the relay, or goes by the next one.
        RelayFault = "relayfault",
        /// The relay does not let this sender send.
        HoldSender = "holdsender",
        /// The relay may have the message or not. Tried again, and may arrive twice.
        Unknown = "unknown",
        /// This relay cannot take the message; another relay might.
        Unfit = "unfit",
        /// Refused. Final.
        Refuse = "refuse",
    }
);

/// The report of a session, with its sentences for people. It holds no secrets.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionReport {
    /// Name of the relay in the settings.
    pub relay: String,
    /// Host and port of the relay.
    pub host: String,
    /// The stages in their order.
    pub stages: Vec<StageEntry>,
    /// The consequence for each recipient.
    pub recipients: Vec<RecipientVerdict>,
    /// The fault that ended the session early.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// The cause of a failure, in one sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The action that mends the cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The relay's certificate, if it was not trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<RelayCertificate>,
    /// All lines of the session, secrets masked.
    pub transcript: String,
}

/// A passed or failed stage.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StageEntry {
    pub stage: StageName,
    /// True if the stage was passed.
    pub ok: bool,
    /// Milliseconds since the stage before. Unknown for parts of a pipelined group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u64>,
    /// The relay's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
    /// More about the stage, such as the address or the TLS version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// The consequence of a session for one recipient.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RecipientVerdict {
    pub address: String,
    pub verdict: VerdictName,
    /// The stage that decided.
    pub stage: StageName,
    /// The relay's words that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
    /// Row of the catalogue of known replies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<String>,
}

/// A certificate that a relay showed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RelayCertificate {
    pub subject: String,
    pub issuer: String,
    /// Host names and IP addresses of the subject alternative name, at most 20.
    pub names: Vec<String>,
    /// Start of its validity (RFC 3339, UTC).
    pub not_before: String,
    /// End of its validity (RFC 3339, UTC).
    pub not_after: String,
    /// SHA-256 of the certificate, in hexadecimal digits.
    pub fingerprint: String,
    /// SHA-256 of the SubjectPublicKeyInfo, in hexadecimal digits. `email.relay.pins` takes this value.
    pub pin: String,
    pub self_signed: bool,
}

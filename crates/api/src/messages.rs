//! Messages: submit, list, show.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::report::SessionReport;
use crate::texts::Texts;

names!(
    /// The rank of a message.
    ClassName {
        /// A notice that nothing delays.
        Critical = "critical",
        Notice = "notice",
        /// Mail of an application.
        Submitted = "submitted",
    }
);

names!(
    /// The state of a message.
    MessageStateName {
        Waiting = "waiting",
        /// An operator holds it.
        Held = "held",
        /// No relay takes its sender now.
        SenderHeld = "sender-held",
        /// A relay has accepted it for every recipient.
        Accepted = "accepted",
        /// Every recipient has a final state: some were accepted, others not.
        PartlyAccepted = "partly-accepted",
        /// At least one recipient was refused, and none accepted.
        Refused = "refused",
        /// A test that was accepted for no recipient. It is not tried again, so it also ends if a relay defers it.
        NotAccepted = "not-accepted",
        Cancelled = "cancelled",
    }
);

names!(
    /// The state of one recipient.
    FateName {
        Waiting = "waiting",
        /// A relay has accepted the message for this recipient.
        Accepted = "accepted",
        Refused = "refused",
        Cancelled = "cancelled",
    }
);

/// Recipients and rank of a `message/rfc822` body.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RawMessageQuery {
    /// Recipients of a `message/rfc822` body, separated by commas.
    pub to: Option<String>,
    /// The rank of a `message/rfc822` body: submitted (the default), notice or critical. An administrator's token is needed for
    /// the last two.
    pub priority: Option<String>,
}

/// A message to send.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OutgoingMessage {
    /// Default: the site's From. Only an administrator may name another address.
    pub from: Option<String>,
    /// Recipients, such as `a@example.com` or `"Doe, Jane" <jane@example.com>, ops@example.com`. A message needs one in `to`,
    /// `cc` or `bcc`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Texts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cc: Option<Texts>,
    /// Recipients that no header shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bcc: Option<Texts>,
    pub subject: String,
    /// The plain text.
    pub text: Option<String>,
    pub html: Option<String>,
    /// Further header fields, each name once.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    pub attachments: Vec<OutgoingAttachment>,
    /// submitted (the default), notice or critical. Only an administrator may use the last two.
    #[schema(value_type = Option<ClassName>)]
    pub priority: Option<String>,
}

/// An attachment of a message.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OutgoingAttachment {
    /// File name.
    pub name: String,
    /// Media type. Default: `application/octet-stream`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Base64.
    pub data: String,
}

/// A message on disk.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SubmittedMessage {
    /// Id of the message.
    pub id: String,
}

/// A filter of messages.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MessageQuery {
    /// waiting, held, sender-held, accepted, partly-accepted, refused, not-accepted (tests), cancelled. The last three find each
    /// message with such a recipient.
    pub state: Option<String>,
    /// Text in a recipient's address.
    pub to: Option<String>,
    /// RFC 3339.
    pub since: Option<String>,
    /// `next` of the previous page.
    pub cursor: Option<i64>,
}

/// A page of messages, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageListing {
    pub messages: Vec<MessageEntry>,
    /// Cursor of the next page. `null` at the end.
    #[schema(required = true)]
    pub next: Option<i64>,
}

/// A message in the list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageEntry {
    pub id: String,
    pub state: MessageStateName,
    pub class: ClassName,
    /// The application that submitted it. Absent for notices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// Sender of the envelope. Empty for the null sender.
    pub from: String,
    /// The first recipient.
    pub to: String,
    /// Number of recipients.
    pub recipients: u32,
    /// Number of recipients with each state.
    pub fates: FateTotals,
    pub subject: String,
    /// The Message-ID of its header.
    pub message_id: String,
    /// Size in bytes.
    pub size: u64,
    /// Time when the node accepted it (RFC 3339, UTC).
    #[schema(format = DateTime)]
    pub accepted: String,
    /// Time when the last recipient's fate became final (RFC 3339, UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub settled: Option<String>,
    /// Time of the next attempt (RFC 3339, UTC). While no relay works, that of the next probe. Absent if it is due now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub due: Option<String>,
    /// The reason why it waits, in the words of the relay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Number of attempts that count.
    pub attempts: u32,
    /// Name of the relay that took it or is to take it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relay: Option<String>,
    /// True if the outcome of an attempt is unknown, so that recipients may get it twice.
    pub may_arrive_twice: bool,
    /// True for a test message.
    pub test: bool,
}

/// A message with its recipients and attempts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageWithAttempts {
    #[serde(flatten)]
    pub entry: MessageEntry,
    pub all_recipients: Vec<RecipientFate>,
    /// The reason why it waits. Absent for a settled message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<WaitReason>,
    /// Reports of attempts. A plain success has none.
    pub reports: Vec<AttemptEntry>,
}

/// The number of recipients with each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FateTotals {
    pub accepted: u32,
    pub refused: u32,
    pub waiting: u32,
    pub cancelled: u32,
}

/// The reason why a message waits.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WaitReason {
    /// In one sentence.
    pub what: String,
    /// The words of the relay, or of the fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// A recipient and its state.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RecipientFate {
    pub address: String,
    pub fate: FateName,
    /// The relay's last words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
    /// The cause of a refusal, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The remedy for a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// An attempt to hand a message to a relay.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AttemptEntry {
    /// Time of the attempt (RFC 3339, UTC).
    #[schema(format = DateTime)]
    pub at: String,
    #[serde(flatten)]
    pub report: SessionReport,
}

//! A message in the queue: its class, and the fate of each of its recipients.

use serde::{Deserialize, Serialize};

/// Rank of a message. Critical notices overtake everything, then come notices, then submitted mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    Critical,
    Notice,
    Submitted,
}

impl Class {
    pub const ALL: [Self; 3] = [Self::Critical, Self::Notice, Self::Submitted];

    pub fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Notice => "notice",
            Self::Submitted => "submitted",
        }
    }
}

/// Outcome for one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// No final outcome yet.
    Waiting,
    /// A relay has accepted the message for this recipient. Delivery into the mailbox is not claimed.
    Accepted,
    Refused,
    Cancelled,
}

impl Fate {
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
        }
    }
}

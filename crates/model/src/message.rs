//! A message in the queue: its class, and the fate of each of its recipients.

use serde::{Deserialize, Serialize};

use crate::phrase::Phrase;

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

/// The number of a message's recipients with each fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FateCounts {
    pub accepted: u32,
    pub refused: u32,
    pub waiting: u32,
    pub cancelled: u32,
}

impl FateCounts {
    pub fn total(self) -> u32 {
        self.accepted + self.refused + self.waiting + self.cancelled
    }

    /// The summary of a message whose recipients have different fates, such as *2 of 4 accepted, 1 refused, 1 waiting*: its parts
    /// in turn. Empty if all have the same fate: the state of the message says it. `waiting` is the state of the recipients that
    /// wait, such as *held*; `refused` that of the refused ones: *not accepted* for a test.
    pub fn summary(self, waiting: &str, refused: &str) -> Vec<Phrase> {
        let all = [(self.accepted, "accepted"), (self.refused, refused), (self.waiting, waiting), (self.cancelled, "cancelled")];
        let parts: Vec<_> = all.into_iter().filter(|(count, _)| *count > 0).collect();
        if parts.len() < 2 {
            return Vec::new();
        }
        let part = |(at, (count, fate)): (usize, (u32, &str))| {
            let key = if at == 0 { "summary-first" } else { "summary-further" };
            Phrase::new(key).with("count", count).with("total", self.total()).with("fate", fate)
        };
        parts.into_iter().enumerate().map(part).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_names_each_fate_with_its_number() {
        let counts = |accepted, refused, waiting, cancelled| FateCounts { accepted, refused, waiting, cancelled };
        for (fates, expected) in [
            (counts(2, 1, 1, 0), "2/4 accepted, 1/4 refused, 1/4 waiting"),
            (counts(0, 1, 1, 0), "1/2 refused, 1/2 waiting"),
            (counts(1, 0, 0, 3), "1/4 accepted, 3/4 cancelled"),
            (counts(1, 1, 1, 1), "1/4 accepted, 1/4 refused, 1/4 waiting, 1/4 cancelled"),
            (counts(4, 0, 0, 0), ""),
            (counts(0, 0, 1, 0), ""),
            (counts(0, 0, 0, 0), ""),
        ] {
            let value = |phrase: &Phrase, name: &str| {
                phrase.args.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone()).unwrap_or_default()
            };
            let part =
                |phrase: &Phrase| format!("{}/{} {}", value(phrase, "count"), value(phrase, "total"), value(phrase, "fate"));
            assert_eq!(fates.summary("waiting", "refused").iter().map(part).collect::<Vec<_>>().join(", "), expected);
        }
        assert!(counts(1, 0, 1, 0).summary("held", "refused")[1].args.contains(&("fate", "held".to_owned())));
    }
}

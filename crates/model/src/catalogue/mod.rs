//! The catalogue of known replies, as data: words of relays with their meaning and remedy.
//!
//! A row may refine the verdict table and gives cause and remedy (Fluent keys `known-<id>` with attributes `.cause` and
//! `.remedy`). It may never widen a recipient's fault to the relay. The first row that fits wins.

mod refusals;
mod rows;

use smtp::Reply;
use smtp::client::Stage;
use smtp::reply::Enhanced;

use crate::phrase::Phrase;
use crate::settings::Provider;

pub use refusals::{KnownRefusal, REFUSALS, codes_in, known_refusal};
pub use rows::ROWS;

/// Type of the problem that a reply reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyKind {
    /// Temporary: try again.
    Transient,
    /// A rate limit or quota was reached: slow down, try again.
    Limit,
    /// A wrong setting, here or at the relay: hold and notify.
    Configuration,
    /// The relay does not take this machine or its name, whatever the sender is: hold the relay and notify.
    Session,
    /// A person must renew the sign-in: hold and notify.
    Reauthorize,
    /// The relay does not take so many recipients at once: send to a part of them.
    TooManyRecipients,
    /// The reply concerns this message or recipient only.
    Message,
}

/// The operator of the peer whose words a row knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    Any,
    Microsoft,
    Google,
}

impl Peer {
    pub fn of_provider(provider: Provider) -> Self {
        match provider {
            Provider::Entra => Self::Microsoft,
            Provider::Google => Self::Google,
            Provider::Other => Self::Any,
        }
    }

    /// Finds the peer by the relay's host name.
    pub fn of_host(host: &str) -> Self {
        let host = host.to_ascii_lowercase();
        let within = |domain: &str| host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
        let microsoft = ["office365.com", "outlook.com", "office365.us", "outlook.cn", "office.com"];
        match () {
            () if microsoft.iter().any(|domain| within(domain)) => Self::Microsoft,
            () if ["gmail.com", "google.com", "googlemail.com"].iter().any(|domain| within(domain)) => Self::Google,
            () => Self::Any,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub struct KnownReply {
    pub id: &'static str,
    pub peer: Peer,
    /// Stages at which the reply may occur; empty is any stage.
    pub stages: &'static [Stage],
    /// Reply codes; empty is any code.
    pub codes: &'static [u16],
    pub enhanced: Option<Enhanced>,
    /// Lower-case texts. The reply must contain at least one; empty is any text.
    pub texts: &'static [&'static str],
    pub kind: ReplyKind,
    /// A real reply. A test checks that it finds this row.
    pub sample: &'static str,
}

impl KnownReply {
    fn fits(&self, peer: Peer, stage: Stage, reply: &Reply, text: &str) -> bool {
        (self.peer == Peer::Any || self.peer == peer)
            && (self.stages.is_empty() || self.stages.contains(&stage))
            && (self.codes.is_empty() || self.codes.contains(&reply.code))
            && self.enhanced.is_none_or(|enhanced| reply.enhanced == Some(enhanced))
            && (self.texts.is_empty() || self.texts.iter().any(|known| text.contains(known)))
    }

    /// The Fluent key of the cause and the remedy.
    pub fn key(&self) -> String {
        format!("known-{}", self.id)
    }

    pub fn cause(&self) -> Phrase {
        Phrase::new(format!("{}.cause", self.key()))
    }

    pub fn remedy(&self) -> Phrase {
        Phrase::new(format!("{}.remedy", self.key()))
    }
}

/// The row for a reply, or `None` if the reply is not known. `challenge` is the decoded reason of a refused token.
pub fn known(peer: Peer, stage: Stage, reply: &Reply, challenge: Option<&str>) -> Option<&'static KnownReply> {
    let text = format!("{} {}", reply.text(), challenge.unwrap_or("")).to_lowercase();
    ROWS.iter().find(|row| row.fits(peer, stage, reply, &text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(sample: &str) -> Reply {
        let (code, text) = sample.split_once([' ', '-']).unwrap();
        Reply::new(code.parse().unwrap(), text)
    }

    #[test]
    fn rows_match_own_samples_and_shadow_none() {
        for row in ROWS {
            let stage = row.stages.first().copied().unwrap_or(Stage::Sender);
            let (sample, challenge) = row.sample.split_once(" || ").unwrap_or((row.sample, ""));
            let peer = if row.peer == Peer::Any { Peer::Any } else { row.peer };
            let found = known(peer, stage, &reply(sample), Some(challenge));
            assert_eq!(found.map(|row| row.id), Some(row.id), "{}", row.sample);
        }
    }

    #[test]
    fn ids_are_unique_and_texts_lower_case() {
        for (i, row) in ROWS.iter().enumerate() {
            assert!(ROWS[..i].iter().all(|other| other.id != row.id), "{}", row.id);
            assert!(row.texts.iter().all(|text| text.to_lowercase() == **text), "{}", row.id);
        }
    }

    #[test]
    fn peer_is_recognised_by_own_host_only() {
        assert_eq!(Peer::of_host("SMTP.Office365.com"), Peer::Microsoft);
        assert_eq!(Peer::of_host("contoso-com.mail.protection.outlook.com"), Peer::Microsoft);
        assert_eq!(Peer::of_host("smtp-relay.gmail.com"), Peer::Google);
        assert_eq!(Peer::of_host("notgmail.com"), Peer::Any);
        assert_eq!(Peer::of_host("gmail.com.evil.example"), Peer::Any);
    }

    #[test]
    fn unknown_reply_matches_no_row() {
        assert_eq!(known(Peer::Any, Stage::Recipient, &reply("550 5.9.9 Nobody knows"), None), None);
    }
}

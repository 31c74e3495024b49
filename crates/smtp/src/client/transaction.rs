//! One message in the dialogue: what was offered and what the relay said to each part of it.

use crate::Address;
use crate::capability::Capabilities;
use crate::reply::{Class, Reply};

use super::Fault;

/// The envelope and what must be known of the body. `ticket` is the driver's name for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    pub ticket: u64,
    /// `None` is the null sender `<>`.
    pub sender: Option<Address>,
    pub recipients: Vec<Address>,
    pub eight_bit: bool,
    pub size: u64,
}

/// What became of one part of the envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Not asked, or asked without an answer.
    Nothing,
    Said(Reply),
    /// Never offered, because this relay cannot take it.
    Unfit(Unfit),
}

/// Why something is not offered to this relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// 5.3.4: larger than the SIZE the relay names.
    TooLarge { limit: u64 },
    /// 5.6.3: an 8-bit body, and the relay has no 8BITMIME.
    EightBit,
    /// 5.6.7: letters beyond ASCII before the @, and the relay has no SMTPUTF8.
    NeedsUtf8,
}

/// How the transaction ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every part that was asked was answered.
    Answered,
    /// Not offered as a whole.
    Unfit(Unfit),
    /// The sender cannot be said to this relay (no SMTPUTF8).
    SenderUnfit,
    /// The session ended first.
    Broken(Fault),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    pub envelope: Envelope,
    pub sender: Option<Reply>,
    pub recipients: Vec<Told>,
    pub data: Option<Reply>,
    pub end: Option<Reply>,
    /// The last byte of the body was handed to the socket: from here on the relay may have the message.
    pub body_sent: bool,
    pub ending: Ending,
}

impl Transaction {
    pub(super) fn new(envelope: Envelope) -> Self {
        let recipients = vec![Told::Nothing; envelope.recipients.len()];
        Self { envelope, sender: None, recipients, data: None, end: None, body_sent: false, ending: Ending::Answered }
    }

    /// What this relay cannot take is known before the first word.
    pub(super) fn fit(&mut self, caps: &Capabilities) {
        if let Some(limit) = caps.size_max().filter(|&limit| self.envelope.size > limit) {
            self.ending = Ending::Unfit(Unfit::TooLarge { limit });
        } else if self.envelope.eight_bit && !caps.eight_bit {
            self.ending = Ending::Unfit(Unfit::EightBit);
        } else if !caps.utf8 {
            if self.envelope.sender.as_ref().is_some_and(Address::needs_utf8) {
                self.ending = Ending::SenderUnfit;
            }
            for (told, address) in self.recipients.iter_mut().zip(&self.envelope.recipients) {
                if address.needs_utf8() {
                    *told = Told::Unfit(Unfit::NeedsUtf8);
                }
            }
        }
    }

    pub(super) fn offerable(&self) -> impl Iterator<Item = usize> + '_ {
        let unfit = |told: &Told| matches!(told, Told::Unfit(_));
        (0..self.recipients.len()).filter(move |&k| !unfit(&self.recipients[k]))
    }

    pub(super) fn needs_utf8(&self) -> bool {
        self.envelope.sender.iter().chain(&self.envelope.recipients).any(Address::needs_utf8)
    }

    pub(super) fn any_accepted(&self) -> bool {
        self.recipients.iter().any(|told| matches!(told, Told::Said(reply) if reply.class() == Class::Good))
    }

    pub(super) fn sender_accepted(&self) -> bool {
        self.sender.as_ref().is_some_and(|reply| reply.class() == Class::Good)
    }

    /// Whether the relay took the message for somebody.
    pub fn taken(&self) -> bool {
        self.end.as_ref().is_some_and(|reply| reply.class() == Class::Good)
    }
}

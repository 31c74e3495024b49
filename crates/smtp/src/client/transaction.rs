//! One message in the dialogue: its envelope, and the relay's reply to each part of it.

use crate::Address;
use crate::capability::Capabilities;
use crate::reply::{Reply, ReplyClass};

use super::Fault;

/// The envelope and the properties of the body. `ticket` is the driver's number for the message; `size` is in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    pub ticket: u64,
    /// `None` is the null sender `<>`.
    pub sender: Option<Address>,
    pub recipients: Vec<Address>,
    /// True if the text has bytes beyond ASCII.
    pub eight_bit: bool,
    /// True if the header has letters beyond ASCII (RFC 6532), so that the message needs SMTPUTF8 whatever its addresses are.
    pub utf8_header: bool,
    /// Most recipients that are offered in this transaction. A relay may take only a part of them.
    pub recipients_max: usize,
    pub size: u64,
    /// True if the message ends after RCPT, with RSET: the relay shows that it would take it, and gets nothing.
    pub rehearses: bool,
}

/// The relay's reply to one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecipientReply {
    /// No reply about the recipient: RCPT was not sent, not answered, or followed a refused MAIL.
    Nothing,
    Said(Reply),
    /// Not offered, because this relay cannot take it.
    Unfit(Unfit),
    /// Not offered with these recipients: this one needs SMTPUTF8 and they do not, or they are as many as are offered at once.
    /// MAIL asks for SMTPUTF8 for all recipients (RFC 6531 §3.4), so a relay could refuse all of them for one.
    Apart,
}

/// The reason why the client does not offer a message or recipient to this relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// 5.3.4: larger than the relay's SIZE. `limit` is in bytes.
    TooLarge { limit: u64 },
    /// 5.6.3: an 8-bit body, and the relay has no 8BITMIME.
    EightBit,
    /// 5.6.7: letters beyond ASCII before the @, and the relay has no SMTPUTF8.
    NeedsUtf8,
    /// 5.6.9: letters beyond ASCII in the header, and the relay has no SMTPUTF8.
    Utf8Header,
}

/// The end of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The relay answered every command that was sent.
    Answered,
    /// The client did not offer the message.
    Unfit(Unfit),
    /// This relay cannot take the sender address (no SMTPUTF8).
    SenderUnfit,
    /// The session ended first.
    Broken(Fault),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    pub envelope: Envelope,
    pub sender: Option<Reply>,
    pub recipients: Vec<RecipientReply>,
    pub data: Option<Reply>,
    pub end: Option<Reply>,
    /// The socket took the last byte of the body. From here on the relay may have the message.
    pub body_sent: bool,
    pub ending: Ending,
}

impl Transaction {
    pub(super) fn new(envelope: Envelope) -> Self {
        let recipients = vec![RecipientReply::Nothing; envelope.recipients.len()];
        Self { envelope, sender: None, recipients, data: None, end: None, body_sent: false, ending: Ending::Answered }
    }

    /// Marks the parts that this relay cannot take, before the first command.
    pub(super) fn fit(&mut self, caps: &Capabilities) {
        if let Some(limit) = caps.size_max().filter(|&limit| self.envelope.size > limit) {
            self.ending = Ending::Unfit(Unfit::TooLarge { limit });
        } else if self.envelope.eight_bit && !caps.eight_bit {
            self.ending = Ending::Unfit(Unfit::EightBit);
        } else if self.envelope.sender.as_ref().is_some_and(Address::needs_utf8) {
            self.ending = if caps.utf8 { Ending::Answered } else { Ending::SenderUnfit };
        } else if self.envelope.utf8_header {
            self.ending = if caps.utf8 { Ending::Answered } else { Ending::Unfit(Unfit::Utf8Header) };
        } else if !caps.utf8 {
            self.keep_back(&RecipientReply::Unfit(Unfit::NeedsUtf8));
        } else if !self.envelope.recipients.iter().all(Address::needs_utf8) {
            self.keep_back(&RecipientReply::Apart);
        }
        let later: Vec<usize> = self.offerable().skip(self.envelope.recipients_max).collect();
        for k in later {
            self.recipients[k] = RecipientReply::Apart;
        }
    }

    /// Marks the recipients that need SMTPUTF8 as not offered.
    fn keep_back(&mut self, mark: &RecipientReply) {
        for (told, address) in self.recipients.iter_mut().zip(&self.envelope.recipients) {
            if address.needs_utf8() {
                *told = mark.clone();
            }
        }
    }

    pub(super) fn offerable(&self) -> impl Iterator<Item = usize> + '_ {
        let kept_back = |told: &RecipientReply| matches!(told, RecipientReply::Unfit(_) | RecipientReply::Apart);
        (0..self.recipients.len()).filter(move |&k| !kept_back(&self.recipients[k]))
    }

    pub(super) fn needs_utf8(&self) -> bool {
        let offered = self.offerable().map(|k| &self.envelope.recipients[k]);
        self.envelope.utf8_header || self.envelope.sender.iter().chain(offered).any(Address::needs_utf8)
    }

    pub(super) fn any_accepted(&self) -> bool {
        self.recipients.iter().any(|told| matches!(told, RecipientReply::Said(reply) if reply.class() == ReplyClass::Good))
    }

    pub(super) fn sender_accepted(&self) -> bool {
        self.sender.as_ref().is_some_and(|reply| reply.class() == ReplyClass::Good)
    }

    /// True if the relay accepted the message for at least one recipient.
    pub fn taken(&self) -> bool {
        self.end.as_ref().is_some_and(|reply| reply.class() == ReplyClass::Good)
    }
}

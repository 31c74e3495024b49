//! The transactions: MAIL, RCPT, DATA, and the effect of each reply on each recipient.

use std::time::Duration;

use crate::client::transaction::{Ending, Envelope, RecipientReply, Transaction};
use crate::client::{Fault, FaultKind, Stage};
use crate::command::Command;
use crate::reply::{Reply, ReplyClass};
use crate::transcript::SESSION;

use super::{Dialogue, DialogueState, Expect, OPEN_MAX, Open};

impl Dialogue {
    /// True if the driver may offer a message now.
    pub fn can_take(&self) -> bool {
        if self.state != DialogueState::Ready || self.half_done && !self.open.is_empty() {
            return false;
        }
        match self.open.len() {
            0 => self.expect.is_empty(),
            n => {
                let awaits_dot = matches!(self.expect.front(), Some(Expect::Dot(_))) && self.expect.len() == 1;
                n < OPEN_MAX && awaits_dot && self.rules.chained && self.caps.pipelining && self.went_well
            }
        }
    }

    /// Offers a message. Call it only if [`Dialogue::can_take`] is true; otherwise the message is settled at once as broken.
    pub fn offer(&mut self, envelope: Envelope) {
        let mut transaction = Transaction::new(envelope);
        if !self.can_take() {
            let kind = FaultKind::Lost("the session was over".into());
            transaction.ending = Ending::Broken(Fault { stage: Stage::Sender, kind });
            return self.settled.push_back((SESSION, transaction));
        }
        transaction.fit(&self.caps);
        if transaction.ending != Ending::Answered || transaction.offerable().next().is_none() {
            self.served = true;
            return self.settled.push_back((SESSION, transaction));
        }
        self.forget_settled();
        self.numbers += 1;
        let number = self.numbers;
        if self.half_done {
            self.half_done = false;
            self.ask(Command::Rset, Expect::Rset(number));
        }
        self.ask(self.mail(&transaction), Expect::Mail(number));
        if self.caps.pipelining && !transaction.envelope.rehearses {
            for k in transaction.offerable() {
                self.ask(Command::Rcpt(transaction.envelope.recipients[k].clone()), Expect::Rcpt(number, k));
            }
            // DATA ends the group (RFC 2920 §3.1). A relay may answer 354 though it refused every RCPT; then a lone dot
            // ends the body.
            self.ask(Command::Data, Expect::Data(number));
        }
        self.open.push_back(Open { number, transaction });
    }

    pub(super) fn mail(&self, transaction: &Transaction) -> Command {
        let envelope = &transaction.envelope;
        Command::Mail {
            sender: envelope.sender.clone(),
            size: self.caps.size.map(|_| envelope.size),
            eight_bit: envelope.eight_bit,
            utf8: self.caps.utf8 && transaction.needs_utf8(),
        }
    }

    /// Drops the transcript lines of all messages but the open ones.
    pub(super) fn forget_settled(&mut self) {
        let open = &self.open;
        self.report.transcript.forget_others(|number| open.iter().any(|open| open.number == number));
    }

    pub(super) fn on_mail(&mut self, number: u64, reply: Reply, at: Duration) {
        if reply.class() == ReplyClass::GoOn {
            return self.fail(Stage::Sender, FaultKind::OutOfTurn(reply), at);
        }
        self.pass(Stage::Sender, Some(&reply), None, at);
        let pipelining = self.caps.pipelining;
        let Some(open) = self.open(number) else { return };
        let pipelining = pipelining && !open.transaction.envelope.rehearses;
        let good = reply.class() == ReplyClass::Good;
        open.transaction.sender = Some(reply);
        let first = open.transaction.offerable().next();
        match first {
            _ if pipelining => {}
            Some(k) if good => self.ask_rcpt(number, k),
            Some(_) | None => self.settle(number),
        }
    }

    pub(super) fn ask_rcpt(&mut self, number: u64, k: usize) {
        if let Some(address) = self.open(number).map(|open| open.transaction.envelope.recipients[k].clone()) {
            self.ask(Command::Rcpt(address), Expect::Rcpt(number, k));
        }
    }

    pub(super) fn on_rcpt(&mut self, number: u64, k: usize, reply: Reply, at: Duration) {
        if reply.class() == ReplyClass::GoOn {
            return self.fail(Stage::Recipient, FaultKind::OutOfTurn(reply), at);
        }
        let pipelining = self.caps.pipelining;
        let Some(open) = self.open(number) else { return };
        // After a refused MAIL the relay refuses every RCPT too (503). That reply says nothing about the recipient.
        let heard = open.transaction.sender_accepted();
        let address = open.transaction.envelope.recipients[k].to_string();
        if heard {
            open.transaction.recipients[k] = RecipientReply::Said(reply.clone());
        }
        let next = open.transaction.offerable().find(|&next| next > k);
        let any = open.transaction.any_accepted() && !open.transaction.envelope.rehearses;
        let pipelining = pipelining && !open.transaction.envelope.rehearses;
        if heard {
            self.pass(Stage::Recipient, Some(&reply), Some(address), at);
        }
        match next {
            _ if pipelining => {}
            Some(next) => self.ask_rcpt(number, next),
            None if any => self.ask(Command::Data, Expect::Data(number)),
            None => {
                self.half_done = true;
                self.settle(number);
            }
        }
    }

    pub(super) fn on_data(&mut self, number: u64, reply: Reply, at: Duration) {
        let Some(open) = self.open(number) else { return };
        let wanted = open.transaction.sender_accepted() && open.transaction.any_accepted();
        let half_done = open.transaction.sender_accepted();
        match (reply.class(), wanted) {
            (ReplyClass::GoOn, true) => {
                self.pass(Stage::Data, Some(&reply), None, at);
                self.body_due = Some(number);
            }
            (ReplyClass::GoOn, false) => self.ask(Command::LoneDot, Expect::LoneDot(number)),
            (ReplyClass::Good, _) => self.fail(Stage::Data, FaultKind::OutOfTurn(reply), at),
            (ReplyClass::Temporary | ReplyClass::Permanent, true) => {
                self.pass(Stage::Data, Some(&reply), None, at);
                if let Some(open) = self.open(number) {
                    open.transaction.data = Some(reply);
                }
                self.half_done = true;
                self.settle(number);
            }
            // The relay says 503 or 554 because it accepted no recipient. That reply decides nothing.
            (ReplyClass::Temporary | ReplyClass::Permanent, false) => {
                self.half_done = half_done;
                self.settle(number);
            }
        }
    }

    pub(super) fn on_dot(&mut self, number: u64, reply: Reply, at: Duration) {
        if reply.class() == ReplyClass::GoOn {
            return self.fail(Stage::FinalDot, FaultKind::OutOfTurn(reply), at);
        }
        self.pass(Stage::FinalDot, Some(&reply), None, at);
        self.went_well = reply.class() == ReplyClass::Good;
        let closing = reply.code == 421;
        if let Some(open) = self.open(number) {
            open.transaction.end = Some(reply.clone());
        }
        self.settle(number);
        if closing {
            self.fail(Stage::FinalDot, FaultKind::Refused(reply), at);
        }
    }

    /// Handles a reply while the body is still being sent: the relay refuses the message early. The relay would read new
    /// commands as the rest of the body, so the session ends.
    pub(super) fn on_early(&mut self, number: u64, reply: Reply, at: Duration) {
        if matches!(reply.class(), ReplyClass::Good | ReplyClass::GoOn) {
            return self.fail(Stage::Data, FaultKind::OutOfTurn(reply), at);
        }
        self.pass(Stage::FinalDot, Some(&reply), None, at);
        if let Some(open) = self.open(number) {
            open.transaction.end = Some(reply);
        }
        self.body_due = None;
        self.settle(number);
        self.state = DialogueState::Over;
    }

    pub(super) fn settle(&mut self, number: u64) {
        if let Some(at) = self.open.iter().position(|open| open.number == number)
            && let Some(open) = self.open.remove(at)
        {
            self.went_well &= open.transaction.taken();
            self.served = true;
            self.settled.push_back((open.number, open.transaction));
        }
    }
}

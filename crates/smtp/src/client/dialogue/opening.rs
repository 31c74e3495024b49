//! The opening of a session, from the greeting to the first message: EHLO, STARTTLS, sign-in.

use std::time::Duration;

use crate::capability::Capabilities;
use crate::client::{FaultKind, Stage};
use crate::command::Command;
use crate::reply::{Reply, ReplyClass};
use crate::sasl::{Exchange, SaslResponse};

use super::{Dialogue, DialogueState, Expect, Security};

impl Dialogue {
    pub(super) fn on_greeting(&mut self, reply: Reply, at: Duration) {
        if reply.class() != ReplyClass::Good {
            return self.fail(Stage::Greeting, FaultKind::Refused(reply), at);
        }
        self.pass(Stage::Greeting, Some(&reply), None, at);
        self.ask(Command::Ehlo(self.rules.ehlo_name.clone()), Expect::Ehlo);
    }

    pub(super) fn on_ehlo(&mut self, reply: Reply, at: Duration) {
        let plain = self.rules.security == Security::None && self.rules.sign_in.is_none();
        match reply.class() {
            ReplyClass::Good => {
                self.caps = Capabilities::read(&reply);
                self.pass(Stage::Ehlo, Some(&reply), None, at);
                self.after_ehlo(at);
            }
            ReplyClass::Permanent if plain && matches!(reply.code, 500 | 502) => {
                self.ask(Command::Helo(self.rules.ehlo_name.clone()), Expect::Helo);
            }
            ReplyClass::GoOn | ReplyClass::Temporary | ReplyClass::Permanent => {
                self.fail(Stage::Ehlo, FaultKind::Refused(reply), at);
            }
        }
    }

    pub(super) fn on_helo(&mut self, reply: Reply, at: Duration) {
        if reply.class() != ReplyClass::Good {
            return self.fail(Stage::Ehlo, FaultKind::Refused(reply), at);
        }
        self.pass(Stage::Ehlo, Some(&reply), None, at);
        self.ready();
    }

    pub(super) fn after_ehlo(&mut self, at: Duration) {
        if self.rules.security == Security::StartTls && !self.secured {
            if !self.caps.starttls {
                return self.fail(Stage::StartTls, FaultKind::StartTlsMissing, at);
            }
            return self.ask(Command::StartTls, Expect::StartTls);
        }
        let Some(sign_in) = &self.rules.sign_in else { return self.ready() };
        let Some(exchange) = Exchange::begin(sign_in, &self.caps.mechanisms) else {
            let offered = self.caps.offered.clone();
            return self.fail(Stage::SignIn, FaultKind::NoMechanism { offered }, at);
        };
        let auth = Command::Auth { mechanism: exchange.mechanism(), initial: exchange.initial() };
        self.exchange = Some(exchange);
        self.ask(auth, Expect::SignIn);
    }

    pub(super) fn ready(&mut self) {
        self.state = DialogueState::Ready;
        self.opening = self.report.transcript.mark();
    }

    pub(super) fn on_starttls(&mut self, reply: Reply, at: Duration) {
        match reply.code {
            220 => {
                self.pass(Stage::StartTls, Some(&reply), None, at);
                self.secure_due = true;
            }
            _ if matches!(reply.class(), ReplyClass::Good | ReplyClass::GoOn) => {
                self.fail(Stage::StartTls, FaultKind::OutOfTurn(reply), at);
            }
            _ => self.fail(Stage::StartTls, FaultKind::Refused(reply), at),
        }
    }

    pub(super) fn on_sign_in(&mut self, reply: Reply, at: Duration) {
        let Some(exchange) = &mut self.exchange else {
            return self.fail(Stage::SignIn, FaultKind::OutOfTurn(reply), at);
        };
        match (reply.class(), reply.code) {
            _ if self.cancelled => self.fail(Stage::SignIn, FaultKind::OutOfTurn(reply), at),
            (_, 334) => {
                let answer = match exchange.answer(&reply.text()) {
                    SaslResponse::Say(secret) => Command::Respond(secret),
                    SaslResponse::Cancel => {
                        self.cancelled = true;
                        Command::Cancel
                    }
                };
                self.ask(answer, Expect::SignIn);
            }
            (ReplyClass::Good, _) => {
                let detail = exchange.mechanism().name().to_owned();
                self.exchange = None;
                self.pass(Stage::SignIn, Some(&reply), Some(detail), at);
                self.ready();
            }
            (ReplyClass::GoOn, _) => self.fail(Stage::SignIn, FaultKind::OutOfTurn(reply), at),
            (ReplyClass::Temporary | ReplyClass::Permanent, _) => {
                let kind = match exchange.challenge.take() {
                    Some(challenge) => FaultKind::TokenRefused { challenge: self.report.transcript.mask(&challenge), reply },
                    None => FaultKind::Refused(reply),
                };
                self.fail(Stage::SignIn, kind, at);
            }
        }
    }
}

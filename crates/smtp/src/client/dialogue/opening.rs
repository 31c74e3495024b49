//! The opening of a session, from the greeting to the first message: EHLO, STARTTLS, sign-in.

use std::time::Duration;

use crate::capability::Capabilities;
use crate::client::{FaultKind, Stage};
use crate::command::Command;
use crate::reply::{Reply, ReplyClass};
use crate::sasl::{Exchange, Mechanism, SaslResponse};

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
        // The stage has the name of EHLO, which was refused.
        self.pass(Stage::Ehlo, Some(&reply), Some("HELO".to_owned()), at);
        self.ready();
    }

    pub(super) fn after_ehlo(&mut self, at: Duration) {
        if self.rules.security == Security::StartTls && !self.secured {
            if !self.caps.starttls {
                return self.fail(Stage::StartTls, FaultKind::StartTlsMissing, at);
            }
            return self.ask(Command::StartTls, Expect::StartTls);
        }
        if self.rules.sign_in.is_none() {
            return self.ready();
        }
        if !self.begin_sign_in() {
            let kind = FaultKind::NoMechanism { offered: self.caps.offered.clone(), chosen: self.rules.mechanism };
            self.fail(Stage::SignIn, kind, at);
        }
    }

    /// Begins to sign in with the best mechanism that is offered, allowed and not tried yet. Returns false if there is none.
    fn begin_sign_in(&mut self) -> bool {
        let Some(sign_in) = &self.rules.sign_in else { return false };
        let may_be_used = |mechanism: &Mechanism| {
            !self.tried.contains(mechanism) && self.rules.mechanism.is_none_or(|chosen| chosen == *mechanism)
        };
        let usable: Vec<Mechanism> = self.caps.mechanisms.iter().copied().filter(may_be_used).collect();
        let Some(exchange) = Exchange::begin(sign_in, &usable) else { return false };
        self.tried.push(exchange.mechanism());
        let auth = Command::Auth { mechanism: exchange.mechanism(), initial: exchange.initial() };
        self.exchange = Some(exchange);
        self.ask(auth, Expect::SignIn);
        true
    }

    /// Signs in with the next mechanism after a refusal of this one. RFC 4954 §4 forbids a further AUTH only after a successful
    /// one. Returns false if the refusal is about the password, or if there is no other mechanism.
    fn tries_next(&mut self, reply: &Reply, at: Duration) -> bool {
        let refused = self.exchange.as_ref().filter(|exchange| exchange.challenge.is_none()).map(Exchange::mechanism);
        let Some(refused) = refused.filter(|_| is_about_mechanism(reply)) else { return false };
        let begun = self.begin_sign_in();
        if begun {
            self.pass(Stage::SignIn, Some(reply), Some(refused.name().to_owned()), at);
        }
        begun
    }

    pub(super) fn ready(&mut self) {
        self.state = DialogueState::Ready;
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
            _ if self.tries_next(&reply, at) => {}
            (ReplyClass::Temporary | ReplyClass::Permanent, _) => {
                let kind = match self.exchange.as_mut().and_then(|exchange| exchange.challenge.take()) {
                    Some(challenge) => FaultKind::TokenRefused { challenge: self.report.transcript.mask(&challenge), reply },
                    None => FaultKind::Refused(reply),
                };
                self.fail(Stage::SignIn, kind, at);
            }
        }
    }
}

/// True if the reply refuses the mechanism and not the credentials: 502 and 504 (not implemented), 534 (too weak). RFC 4954 §6,
/// RFC 5321 §4.2.2.
fn is_about_mechanism(reply: &Reply) -> bool {
    matches!(reply.code, 502 | 504 | 534)
}

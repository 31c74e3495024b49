//! Carries out the actions of a core, and delivers messages.

use std::net::IpAddr;
use std::time::Duration;

use model::event::OwnCode;
use model::failover::{
    AddressUse, Force, PairAction, PairCommand, PairMember, PairObservation, PairState, ProbeFault, SelfFault, StageFault,
    StartStage,
};

use crate::machine::Real;
use crate::network::NetworkHost;
use crate::outcome::FaultClass;
use crate::world::{PairMessage, SimulatedEvent, Simulation};

impl Simulation {
    pub(crate) fn send(&mut self, from: PairMember, message: PairMessage) {
        let (sender, receiver) = (NetworkHost::Node(from), NetworkHost::Node(from.peer()));
        let is_lost = self.random.per_mille(self.network.loss);
        if !self.network.carries(sender, receiver) || is_lost {
            return;
        }
        let at = self.real + self.random.within(1, 40);
        self.schedule(from.peer(), at, SimulatedEvent::Arrives(message));
    }

    pub(crate) fn arrives(&mut self, member: PairMember, message: PairMessage) {
        let from = member.peer();
        match message {
            PairMessage::Probe { round, sent } => {
                let status = self.machines[from as usize].core.as_ref().map(PairState::status);
                if let Some(status) = status {
                    self.observe(member, PairObservation::PeerSays(Box::new(status)));
                }
                let answer = self.machines[member as usize].core.as_ref().map(PairState::status);
                if let Some(status) = answer {
                    self.send(member, PairMessage::Answer { round, sent, status: Box::new(status) });
                }
            }
            PairMessage::Answer { round, sent, status } => {
                self.observe(member, PairObservation::PeerAnswer { round, sent, answer: Ok(status) });
            }
            PairMessage::Claim(ballot) => self.observe(member, PairObservation::Claimed(ballot)),
            PairMessage::HandOver(ballot) => self.observe(member, PairObservation::HandedOver(ballot)),
            PairMessage::AskHandOver => {
                self.operation += 1;
                let operation = self.operation;
                let command = PairCommand::BecomeBackup { force: Force::No };
                self.observe(member, PairObservation::Command { operation, command });
            }
            PairMessage::PullEmail => {
                let revision = self.machines[member as usize].core.as_ref().map(|core| core.durable.email);
                if let Some(revision) = revision {
                    self.send(member, PairMessage::Email(revision));
                }
            }
            PairMessage::Email(revision) => self.observe(member, PairObservation::Email(revision)),
        }
    }

    pub(crate) fn carry_out(&mut self, member: PairMember, actions: Vec<PairAction>) {
        let mut is_saved = true;
        for action in actions {
            if self.machines[member as usize].core.is_none() {
                return;
            }
            if !is_saved && !action.is_allowed_unsaved(&self.machines[member as usize].disk) {
                continue;
            }
            let real = self.real;
            match action {
                PairAction::Persist(durable) => {
                    let machine = &mut self.machines[member as usize];
                    match machine.disk_fails {
                        true => is_saved = false,
                        false => machine.disk = *durable,
                    }
                }
                PairAction::Token(token) => self.machines[member as usize].token = token,
                PairAction::Probe { round, timeout } => self.probe(member, round, timeout),
                PairAction::ProbeHostname => self.result(member, 50, PairObservation::Hostname(Ok(()))),
                PairAction::CheckAddresses(ips) => self.check_addresses(member, ips),
                PairAction::Claim(ballot) => self.send(member, PairMessage::Claim(ballot)),
                PairAction::SetAddresses { ips, lifetime, .. } => {
                    let machine = &mut self.machines[member as usize];
                    ips.into_iter().for_each(|ip| machine.set_address(ip, lifetime, real));
                }
                PairAction::RemoveAddresses => {
                    self.machines[member as usize].kernel.clear();
                    self.result(member, 20, PairObservation::AddressesRemoved);
                }
                PairAction::Begin(ballot, stage) => {
                    let is_random = FaultClass::RANDOM.contains(&self.class) && self.real < self.faults_end;
                    let failed = is_random && self.random.per_mille(20);
                    let result = if failed { Err(StageFault("it did not work".into())) } else { Ok(()) };
                    let takes = self.random.within(10, 1500);
                    if stage == StartStage::Services && !failed {
                        self.machines[member as usize].serves = true;
                    }
                    self.result(member, takes, PairObservation::StageDone { ballot, stage, result });
                }
                PairAction::StopServices => self.machines[member as usize].serves = false,
                PairAction::Drain(operation) => {
                    let takes = self.random.within(10, 6000);
                    self.result(member, takes, PairObservation::Drained(operation));
                }
                PairAction::HandOver(ballot) => {
                    self.summary.handovers += 1;
                    self.send(member, PairMessage::HandOver(ballot));
                }
                PairAction::AskHandOver => self.send(member, PairMessage::AskHandOver),
                PairAction::PullEmailSettings => self.send(member, PairMessage::PullEmail),
                PairAction::Tell(code, facts) => {
                    self.count(code);
                    self.note(&format!("{member:?} tells {code} {facts:?}"));
                }
                PairAction::Moved(transition) => {
                    let kind = self.machines[member as usize].core.as_ref().map(|core| core.role.kind());
                    self.note(&format!("{member:?} {transition:?} ends in {kind:?}"));
                }
                PairAction::Die => self.crash(member, 2000),
                PairAction::Announce(_) | PairAction::Undrain | PairAction::Reply(..) => {}
            }
        }
        if !is_saved {
            self.observe(member, PairObservation::NotPersisted);
        }
    }

    fn check_addresses(&mut self, member: PairMember, ips: Vec<IpAddr>) {
        let connected = self.network.connects(NetworkHost::Node(member), NetworkHost::Node(member.peer()));
        for ip in ips {
            let is_taken = connected && self.machines[member.peer() as usize].kernel.contains_key(&ip);
            let found = if is_taken { AddressUse::Taken("peer".to_owned()) } else { AddressUse::Free };
            self.result(member, 900, PairObservation::AddressChecked { ip, found });
        }
    }

    fn count(&mut self, code: OwnCode) {
        match code {
            OwnCode::TakeoverBegun => self.summary.takeovers += 1,
            OwnCode::SteppedDown => self.summary.fences += 1,
            OwnCode::BecameBackup => self.summary.step_downs += 1,
            _ => {}
        }
    }

    pub(crate) fn result(&mut self, member: PairMember, after: Real, observation: PairObservation) {
        self.schedule(member, self.real + after, SimulatedEvent::Result(observation));
    }

    pub(crate) fn probe(&mut self, member: PairMember, round: u64, timeout: Duration) {
        let sent = self.machines[member as usize].clock(self.real);
        let timeout = Real::try_from(timeout.as_millis()).unwrap_or(Real::MAX);
        self.send(member, PairMessage::Probe { round, sent });
        let none = PairObservation::PeerAnswer { round, sent, answer: Err(ProbeFault::Timeout) };
        self.result(member, timeout, none);
        for target in 0..2 {
            let answers = self.network.connects(NetworkHost::Node(member), NetworkHost::Gateway)
                && !self.random.per_mille(self.network.loss);
            let after = if answers { self.random.within(1, 20) } else { timeout };
            let answers = if answers { Ok(()) } else { Err(ProbeFault::Timeout) };
            self.result(member, after, PairObservation::TestAnswer { round, sent, target, answers });
        }
        let fault = || SelfFault { check: "queue".into(), error: "sick".into() };
        let result = if self.machines[member as usize].is_sick { Err(fault()) } else { Ok(()) };
        self.result(member, 5, PairObservation::SelfTest { round, result });
    }
}

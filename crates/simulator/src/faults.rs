//! The faults of a run.

use model::failover::{Force, PairCommand, PairMember};

use crate::machine::Real;
use crate::network::{Port, SimulatedNetwork};
use crate::outcome::FaultClass;
use crate::world::{SimulatedEvent, Simulation};

impl Simulation {
    pub(crate) fn crash(&mut self, member: PairMember, down: Real) {
        let machine = &mut self.machines[member as usize];
        machine.core = None;
        machine.incarnation += 1;
        // The kernel keeps the addresses until their lifetime ends. The services end with the process.
        (machine.token, machine.serves) = (None, false);
        self.schedule(member, self.real + down, SimulatedEvent::Restart);
    }

    /// Injects a fault, mends another, and plans the next.
    pub(crate) fn fault(&mut self) {
        if self.real >= self.faults_end {
            self.note("all faults end");
            self.network = SimulatedNetwork::GOOD;
            for member in [PairMember::First, PairMember::Second] {
                let machine = &mut self.machines[member as usize];
                (machine.disk_fails, machine.is_sick) = (false, false);
                machine.paused_until = machine.paused_until.min(self.real);
                if machine.core.is_none() {
                    self.schedule(member, self.real + 1, SimulatedEvent::Restart);
                }
            }
            return;
        }
        if matches!(self.class, FaultClass::OneCrash | FaultClass::OneIsolation) {
            return self.one_fault();
        }
        let wait = self.random.within(500, 25_000);
        self.schedule(PairMember::First, self.real + wait, SimulatedEvent::Fault);
        if self.random.per_mille(350) {
            self.note("the network is good");
            self.network = SimulatedNetwork { loss: self.network.loss, ..SimulatedNetwork::GOOD };
        }
        let member = *self.random.pick(&[PairMember::First, PairMember::Second]);
        let text = match self.random.within(0, 11) {
            0 => {
                self.network.nodes[member as usize] = Port::DOWN;
                format!("{member:?} has no link")
            }
            1 => {
                self.network.nodes[member as usize].sends = false;
                format!("{member:?} cannot send")
            }
            2 => {
                self.network.nodes[member as usize].receives = false;
                format!("{member:?} cannot receive")
            }
            3 => {
                self.network.switch = !self.network.switch;
                format!("the switch is {}", self.network.switch)
            }
            4 => {
                self.network.gateway = if self.network.gateway.sends { Port::DOWN } else { Port::GOOD };
                format!("the gateway is {}", self.network.gateway.sends)
            }
            5 | 6 => {
                let down = self.random.within(100, 60_000);
                self.crash(member, down);
                format!("{member:?} crashes for {down} ms")
            }
            7 | 8 => {
                let pause = self.random.within(100, 30_000);
                self.machines[member as usize].paused_until = self.real + pause;
                format!("{member:?} is stopped for {pause} ms")
            }
            9 => {
                let machine = &mut self.machines[member as usize];
                machine.disk_fails = !machine.disk_fails;
                format!("the disk of {member:?} fails: {}", machine.disk_fails)
            }
            10 => {
                let machine = &mut self.machines[member as usize];
                machine.is_sick = !machine.is_sick;
                format!("the self-test of {member:?} fails: {}", machine.is_sick)
            }
            _ => self.special(member),
        };
        self.note(&text);
    }

    /// The only fault of this run. The next happening ends it.
    pub(crate) fn one_fault(&mut self) {
        if self.class == FaultClass::OneCrash {
            self.note("First crashes");
            self.crash(PairMember::First, self.faults_end);
        } else {
            self.note("Second has no link");
            self.network.nodes[PairMember::Second as usize] = Port::DOWN;
        }
        self.schedule(PairMember::Second, self.faults_end + 1, SimulatedEvent::Fault);
    }

    /// The fault that only this class of run has.
    pub(crate) fn special(&mut self, member: PairMember) -> String {
        match self.class {
            FaultClass::Devices => {
                for member in [PairMember::First, PairMember::Second] {
                    self.crash(member, 3000);
                }
                "both crash".into()
            }
            FaultClass::Loss => {
                self.network.loss = self.random.within(0, 80);
                format!("{} of 1000 packets are lost", self.network.loss)
            }
            FaultClass::Commands => {
                let force = if self.random.per_mille(300) { Force::Yes } else { Force::No };
                let to_primary = self.random.per_mille(500);
                let command = if to_primary {
                    PairCommand::BecomePrimary { force: Force::No }
                } else {
                    PairCommand::BecomeBackup { force }
                };
                self.schedule(member, self.real + 1, SimulatedEvent::Command(command));
                format!("{command:?} is planned")
            }
            FaultClass::Cuts => {
                self.network.cuts = [self.random.per_mille(700), self.random.per_mille(700)];
                format!("cuts between the nodes: {:?}", self.network.cuts)
            }
            FaultClass::OneCrash | FaultClass::OneIsolation => "nothing".into(),
        }
    }
}

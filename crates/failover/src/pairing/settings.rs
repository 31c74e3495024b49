//! Settings of the pair, which both nodes share, and of this node, which stay here.

use std::collections::BTreeMap;
use std::net::IpAddr;

use model::account::{Actor, Role};
use model::failover::{BackupSettings, FailoverFault, FailoverSettings, NodeAddresses, PairAddresses, PairSettings, Rule};
use serde::{Deserialize, Serialize};

use crate::addresses::{interface_of, own_addresses};
use crate::core_link::now_of;
use crate::relationship::PairStage;

use super::message::{PeerAsks, PeerRefusal, PeerSays};
use super::{PairFault, PairingService};

/// A shared IP in the IP configuration of this node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeIp {
    pub interface: String,
    /// False: this node does not serve the address, also as primary.
    pub is_enabled: bool,
}

/// The settings of this node for the pair. No other node changes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodePairSettings {
    /// In force while this node is the backup.
    pub backup: BackupSettings,
    /// The shared IPs that this node can serve.
    pub ips: BTreeMap<IpAddr, NodeIp>,
}

impl NodePairSettings {
    /// Lists shared IPs that are new here, each on the interface in whose network it lies. An administrator may change that later.
    pub(super) fn list(&mut self, shared: &[IpAddr]) {
        for ip in shared.iter().filter(|ip| !self.ips.contains_key(ip)).copied().collect::<Vec<_>>() {
            if let Some(interface) = interface_of(ip) {
                self.ips.insert(ip, NodeIp { interface, is_enabled: true });
            }
        }
    }
}

impl PairingService {
    /// The settings of this node.
    pub fn node_settings(&self) -> NodePairSettings {
        self.lock().book.node.clone()
    }

    /// All settings in force.
    pub fn failover_settings(&self) -> FailoverSettings {
        let state = self.lock();
        let pair = state.book.pair.as_ref().map(|pair| pair.relationship.settings.clone()).unwrap_or_default();
        FailoverSettings { pair, backup: state.book.node.backup.clone() }
    }

    /// Saves the settings of this node. Nothing is saved if one of them breaks a rule.
    pub async fn set_node_settings(&self, node: NodePairSettings, who: &Actor) -> Result<(), PairFault> {
        who.needs(Role::Administrator)?;
        let settings = FailoverSettings { backup: node.backup.clone(), ..self.failover_settings() };
        match (self.check_settings(&settings), self.relationship()) {
            // The times of a pair are not known yet. They are checked when it is made.
            (Err(PairFault::Settings(faults)), None) => {
                let own = |fault: &FailoverFault| matches!(fault.rule, Rule::Range | Rule::C8 | Rule::C9);
                let faults: Vec<_> = faults.into_iter().filter(own).collect();
                if !faults.is_empty() {
                    return Err(PairFault::Settings(faults));
                }
            }
            (checked, _) => checked?,
        }
        self.change(|disk| disk.book.node = node).await
    }

    /// Saves the settings of the pair on both nodes, or on neither. Only the primary changes them.
    pub async fn set_pair_settings(&self, pair: PairSettings, who: &Actor) -> Result<(), PairFault> {
        who.needs(Role::Administrator)?;
        let relationship = self.relationship().filter(|pair| pair.stage == PairStage::Established).ok_or(PairFault::NotPaired)?;
        let serves = {
            let now = now_of(&self.admin.clock);
            self.lock().core.as_ref().is_some_and(|core| core.serves(now))
        };
        if !serves {
            return Err(PairFault::NotPrimary);
        }
        self.check_settings(&FailoverSettings { pair: pair.clone(), ..self.failover_settings() })?;
        match self.ask(PeerAsks::Settings(Box::new(pair.clone()))).await? {
            PeerSays::Done => {}
            other => return Err(PairFault::NotThePeer(format!("its answer does not fit: {other:?}"))),
        }
        self.put_pair_settings(&relationship.pair_id, pair).await.map(drop)
    }

    /// The primary has new settings of the pair. Refuses those with which the settings of this node would break a rule.
    pub(super) async fn take_settings(&self, pair_id: &str, pair: PairSettings) -> Result<PeerSays, PairFault> {
        let settings = FailoverSettings { pair: pair.clone(), ..self.failover_settings() };
        if let Err(PairFault::Settings(faults)) = self.check_settings(&settings) {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            return Ok(PeerSays::Refused(PeerRefusal::Settings(faults.join(", "))));
        }
        let is_known = self.put_pair_settings(pair_id, pair).await?;
        Ok(if is_known { PeerSays::Done } else { PeerSays::Refused(PeerRefusal::OtherPair) })
    }

    async fn put_pair_settings(&self, pair_id: &str, settings: PairSettings) -> Result<bool, PairFault> {
        self.change(|disk| {
            let Some(pair) = disk.book.pair.as_mut().filter(|pair| pair.is(pair_id)) else { return false };
            disk.book.node.list(&settings.shared_ips);
            pair.relationship.settings = settings;
            true
        })
        .await
    }

    /// The rules that the settings of a new pair break together with those of this node. Its shared IPs have a check of their own.
    pub(super) fn check_new_pair(&self, pair: &PairSettings) -> Result<(), Vec<FailoverFault>> {
        match self.check_settings(&FailoverSettings { pair: pair.clone(), ..self.failover_settings() }) {
            Err(PairFault::Settings(faults)) => {
                let faults: Vec<_> = faults.into_iter().filter(|fault| fault.rule != Rule::C10).collect();
                if faults.is_empty() { Ok(()) } else { Err(faults) }
            }
            _ => Ok(()),
        }
    }

    /// The rules that these settings break on this node.
    fn check_settings(&self, settings: &FailoverSettings) -> Result<(), PairFault> {
        let shared = &settings.pair.shared_ips;
        // A shared IP that this node serves is no address of its own.
        let unique = own_addresses().into_iter().filter(|(ip, _)| !shared.contains(ip)).collect();
        let faults: Vec<FailoverFault> = settings.faults(&PairAddresses { this: NodeAddresses { unique }, peer: None });
        if faults.is_empty() { Ok(()) } else { Err(PairFault::Settings(faults)) }
    }
}

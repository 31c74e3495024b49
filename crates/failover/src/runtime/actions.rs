//! Carries out the actions of the core.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use model::failover::{
    AddressUse, Ballot, BootTime, CommandRefusal, Durable, Operation, PairAction, PairObservation, StageFault, StartStage, TICK,
};
use netd::{NetdReply, NetdRequest, PlacedIp};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::core_link::now_of;
use crate::helper::{HelperCall, HelperFault};
use crate::pairing::{PairFault, PeerAsks, PeerSays};

use super::{PairHost, PairRuntime};

/// Time for an answer of the helper that needs no packet.
const HELPER_WAIT: Duration = Duration::from_secs(2);
/// Time for the check of an address and for a burst of announcements.
const PACKETS_WAIT: Duration = Duration::from_secs(5);
/// Time for a message to the peer.
const PEER_WAIT: Duration = Duration::from_secs(5);

impl<H: PairHost> PairRuntime<H> {
    /// Carries out the actions in their order. False if one could not be written to disk: of those behind it, only some are allowed.
    pub(super) async fn carry_out(&mut self, actions: Vec<PairAction>) -> bool {
        let mut refused: Option<Durable> = None;
        for action in actions {
            if refused.as_ref().is_some_and(|on_disk| !action.is_allowed_unsaved(on_disk)) {
                self.refuse(&action);
                continue;
            }
            match action {
                PairAction::Persist(durable) => {
                    if let Err(fault) = self.write(*durable).await {
                        tracing::error!(%fault, "the record of the pair could not be written");
                        refused = Some(self.service.durable().await);
                    }
                }
                PairAction::Token(token) => drop(self.token.send_replace(token)),
                PairAction::Probe { round, timeout } => self.probe(round, timeout),
                PairAction::ProbeHostname => self.probe_hostname(),
                PairAction::CheckAddresses(ips) => ips.into_iter().for_each(|ip| self.check_address(ip)),
                PairAction::SetAddresses { ballot, ips, lifetime } => {
                    // The core has counted the lifetime from its step. A slow disk before this action does not extend it.
                    self.set_addresses(ballot, &ips, self.state.last_step + lifetime);
                }
                PairAction::RemoveAddresses => self.remove_addresses(),
                PairAction::Announce(ips) => self.announce(&ips),
                PairAction::Begin(ballot, stage) => self.begin(ballot, stage),
                PairAction::StopServices => self.stop_services(),
                PairAction::Drain(operation) => self.drain(operation),
                PairAction::Undrain => {
                    self.draining = None;
                    self.host.undrain();
                }
                PairAction::Claim(ballot) => self.tell_peer(PeerAsks::Claim(ballot)),
                PairAction::HandOver(ballot) => self.tell_peer(PeerAsks::HandOver(ballot)),
                PairAction::AskHandOver => self.tell_peer(PeerAsks::AskHandOver),
                PairAction::PullEmailSettings => self.pull_settings(),
                PairAction::Tell(code, facts) => self.host.tell(code, facts),
                PairAction::Moved(transition) => self.host.moved(transition, self.state.role.kind()),
                PairAction::Reply(operation, result) => {
                    if let Some(told) = self.replies.remove(&operation) {
                        // The administrator may have gone.
                        let _unheard = told.send(result);
                    }
                }
                PairAction::Die => self.host.die(),
            }
        }
        refused.is_none()
    }

    /// Writes the record to disk. The core learns that its process runs meanwhile.
    async fn write(&mut self, durable: Durable) -> Result<(), PairFault> {
        let (service, pair_id) = (Arc::clone(&self.service), self.pair_id.clone());
        let mut writing = Box::pin(async move { service.persist(&pair_id, durable).await });
        loop {
            match tokio::time::timeout(TICK, &mut writing).await {
                Ok(written) => return written,
                Err(_) => self.state.note_running(now_of(&self.clock)),
            }
        }
    }

    /// The command behind an action that is dropped has failed: what it would promise is not on disk.
    fn refuse(&mut self, action: &PairAction) {
        if let PairAction::Reply(operation, _) = action
            && let Some(told) = self.replies.remove(operation)
        {
            // The administrator may have gone.
            let _unheard = told.send(Err(CommandRefusal::Disk));
        }
    }

    /// Stops the services, and a start of them that is under way.
    pub(super) fn stop_services(&mut self) {
        if let Some(starting) = self.starting.take() {
            starting.abort();
        }
        self.host.stop();
    }

    fn helper_call(&self, request: NetdRequest) -> Result<HelperCall, HelperFault> {
        self.helper.as_ref().ok_or(HelperFault::Absent)?.begin(request)
    }

    /// A shared IP with its interface. `None`: the IP configuration of this node does not list it, or it is switched off. The node serves
    /// without it then, and tells that (FO-02, FO-03).
    fn placed(&self, ip: IpAddr) -> Option<PlacedIp> {
        let listed = self.ips.get(&ip).filter(|listed| listed.is_enabled)?;
        Some(PlacedIp { ip, interface: listed.interface.clone() })
    }

    /// Sets the addresses. An activation waits for the newest request.
    fn set_addresses(&mut self, ballot: Ballot, ips: &[IpAddr], until: BootTime) {
        let (told, set) = oneshot::channel();
        self.set = Some(set);
        let addresses: Vec<PlacedIp> = ips.iter().filter_map(|ip| self.placed(*ip)).collect();
        let call = match addresses.is_empty() {
            true => None,
            false => Some(self.helper_call(NetdRequest::Set { ballot, addresses, until })),
        };
        tokio::spawn(async move {
            let result = match call {
                None => Ok(()),
                Some(Ok(call)) => call.done(HELPER_WAIT).await.map(drop).map_err(|fault| fault.to_string()),
                Some(Err(fault)) => Err(fault.to_string()),
            };
            if let Err(fault) = &result {
                tracing::warn!(%fault, "the shared IPs could not be set");
            }
            // Only an activation waits for it.
            drop(told.send(result));
        });
    }

    fn remove_addresses(&mut self) {
        self.set = None;
        let (call, link) = (self.helper_call(NetdRequest::RemoveAll), self.link.clone());
        let has_none = self.state.pair().shared_ips.is_empty();
        tokio::spawn(async move {
            let removed = match call {
                Ok(call) => call.done(HELPER_WAIT).await.map(drop),
                Err(fault) => Err(fault),
            };
            match removed {
                Ok(()) => drop(link.report(PairObservation::AddressesRemoved).await),
                Err(_) if has_none => drop(link.report(PairObservation::AddressesRemoved).await),
                // The core ends the process if nothing confirms the removal. The kernel then drops the addresses.
                Err(fault) => tracing::error!(%fault, "the removal of the shared IPs is not confirmed"),
            }
        });
    }

    pub(super) fn ask_snapshot(&self) {
        let (call, reports) = (self.helper_call(NetdRequest::Snapshot), self.helper_reporter.clone());
        tokio::spawn(async move {
            let Ok(call) = call else { return };
            match call.done(HELPER_WAIT).await {
                Ok(NetdReply::Snapshot(snapshot)) => {
                    // Without a receiver the runtime has ended.
                    drop(reports.send(crate::helper::HelperReport::Changed(snapshot)).await);
                }
                other => tracing::warn!(?other, "the network helper tells nothing of the network"),
            }
        });
    }

    /// Looks whether another device has the address. One that this node will not set is of no interest.
    fn check_address(&self, ip: IpAddr) {
        let call = self.placed(ip).map(|address| self.helper_call(NetdRequest::Check { address }));
        let link = self.link.clone();
        tokio::spawn(async move {
            let checked = match call {
                None => Ok(NetdReply::Checked { taken: None }),
                Some(Ok(call)) => call.done(PACKETS_WAIT).await,
                Some(Err(fault)) => Err(fault),
            };
            let found = match checked {
                Ok(NetdReply::Checked { taken: Some(mac) }) => AddressUse::Taken(mac.to_string()),
                Ok(NetdReply::Checked { taken: None }) => AddressUse::Free,
                Ok(_) => AddressUse::Unknown(HelperFault::OtherAnswer.to_string()),
                Err(fault) => AddressUse::Unknown(fault.to_string()),
            };
            link.report(PairObservation::AddressChecked { ip, found }).await
        });
    }

    fn announce(&self, ips: &[IpAddr]) {
        let addresses: Vec<PlacedIp> = ips.iter().filter_map(|ip| self.placed(*ip)).collect();
        let call = self.helper_call(NetdRequest::Announce { addresses });
        tokio::spawn(async move {
            let announced = match call {
                Ok(call) => call.done(PACKETS_WAIT).await.map(drop),
                Err(fault) => Err(fault),
            };
            if let Err(fault) = announced {
                tracing::warn!(%fault, "the shared IPs could not be announced");
            }
        });
    }

    /// Carries out a stage of an activation.
    fn begin(&mut self, ballot: Ballot, stage: StartStage) {
        let (host, link, set) = (Arc::clone(&self.host), self.link.clone(), self.set.take());
        let beginning = tokio::spawn(async move {
            let result = match stage {
                StartStage::Addresses => match set {
                    Some(set) => set.await.unwrap_or_else(|_| Err("another request replaced it".into())).map_err(StageFault),
                    // There is no shared IP, or none whose interface works. The node serves all the same, and tells it (FO-02).
                    None => Ok(()),
                },
                StartStage::Services => host.start(ballot).await,
            };
            link.report(PairObservation::StageDone { ballot, stage, result }).await
        });
        if stage == StartStage::Services {
            self.starting = Some(beginning.abort_handle());
        }
    }

    fn drain(&mut self, operation: Operation) {
        let (host, link) = (Arc::clone(&self.host), self.link.clone());
        let mut draining = JoinSet::new();
        draining.spawn(async move {
            host.drain().await;
            // Without a core nobody waits for it.
            let _unheard = link.report(PairObservation::Drained(operation)).await;
        });
        self.draining = Some(draining);
    }

    /// Gets the e-mail settings of the primary. A pull that fails is asked for again at the next status check.
    fn pull_settings(&mut self) {
        if self.pulling.as_ref().is_some_and(|pulling| !pulling.is_finished()) {
            return;
        }
        let (service, host, link) = (Arc::clone(&self.service), Arc::clone(&self.host), self.link.clone());
        let pulling = tokio::spawn(async move {
            match service.pull_email().await {
                Ok(pulled) => {
                    if let Some(grants) = pulled.grants {
                        host.email_adopted(grants);
                    }
                    link.report(PairObservation::Email(pulled.revision)).await;
                }
                Err(fault) => {
                    tracing::warn!(%fault, "the e-mail settings of the primary were not taken; they are asked for again");
                }
            }
        });
        self.pulling = Some(pulling.abort_handle());
    }

    /// Sends a message to the peer. Its answer is its status.
    fn tell_peer(&self, asks: PeerAsks) {
        let (service, link) = (Arc::clone(&self.service), self.link.clone());
        tokio::spawn(async move {
            match tokio::time::timeout(PEER_WAIT, service.ask(asks)).await {
                Ok(Ok(PeerSays::Status(status))) => drop(link.report(PairObservation::PeerSays(status)).await),
                Ok(Ok(other)) => tracing::warn!(?other, "the peer answers with something else than its status"),
                Ok(Err(fault)) => tracing::info!(%fault, "the peer does not hear a message about the roles"),
                Err(_) => tracing::info!("the peer does not answer a message about the roles"),
            }
        });
    }
}

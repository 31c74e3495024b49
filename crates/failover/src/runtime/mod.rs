//! The runtime of the core of failover: one task owns the state, feeds it with observations and carries out its actions.
//!
//! It adds no decision of its own. Where the core waits for an action, the end of that action is an observation again. The others are
//! asked for again by the core, such as the renewal of an address.

mod actions;
mod host;
mod keeper;
mod probes;

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use admin::Clock;
use model::failover::{
    BootTime, CommandRefusal, LinkFault, Operation, PairCommand, PairObservation, PairState, SharedIpSeen, TICK, step,
};
use netd::{NetworkSnapshot, OperState};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior};

use crate::core_link::{CoreLink, Observed, ServingToken, now_of};
use crate::helper::{HelperReport, NetworkHelper};
use crate::pairing::{CoreWork, NodeIp, PairingService};

pub use host::PairHost;
pub use keeper::PairKeeper;

/// Observations that wait for the core.
const OBSERVATIONS_MAX: usize = 1024;
/// Changes of settings that wait for the core.
const WORK_MAX: usize = 16;
/// Time for a command besides draining and handover.
const COMMAND_REST: Duration = Duration::from_secs(15);
/// Pause between two tries to reach the helper.
const HELPER_PAUSE: Duration = Duration::from_secs(1);

/// The pair as other parts of the node use it.
#[derive(Clone)]
pub struct PairHandle {
    link: CoreLink,
    replies: mpsc::Sender<(Operation, oneshot::Sender<Result<(), CommandRefusal>>)>,
    work: mpsc::Sender<CoreWork>,
    /// The state after the newest step.
    pub view: watch::Receiver<Arc<PairState>>,
    pub token: watch::Receiver<ServingToken>,
}

impl PairHandle {
    /// Carries out a command of an administrator. Resolves when it is done or refused; a handover may take a minute. A command whose end
    /// is not known in time has failed: the status shows what became of it.
    ///
    /// The end of a pair is no command of the core: see [`PairingService::break_up`].
    pub async fn command(&self, command: PairCommand) -> Result<(), CommandRefusal> {
        if matches!(command, PairCommand::Break) {
            return Err(CommandRefusal::Failed);
        }
        let longest = {
            let state = self.view.borrow();
            state.pair().drain_timeout + state.pair().handover_timeout + COMMAND_REST
        };
        tokio::time::timeout(longest, self.carry_out(command)).await.unwrap_or(Err(CommandRefusal::Failed))
    }

    /// The pair has ended on disk. The core goes on alone, or stops.
    async fn end_pair(&self) {
        let operation = self.link.operations.fetch_add(1, Ordering::Relaxed);
        // A core that has ended has nothing to stop.
        self.link.report(PairObservation::Command { operation, command: PairCommand::Break }).await;
    }

    async fn carry_out(&self, command: PairCommand) -> Result<(), CommandRefusal> {
        let operation = self.link.operations.fetch_add(1, Ordering::Relaxed);
        let (told, reply) = oneshot::channel();
        let asked = self.replies.send((operation, told)).await.is_ok()
            && self.link.report(PairObservation::Command { operation, command }).await.is_some();
        if !asked {
            return Err(CommandRefusal::Failed);
        }
        reply.await.unwrap_or(Err(CommandRefusal::Failed))
    }

    /// The e-mail settings or their grants were changed on this node.
    pub async fn email_saved(&self) {
        // Without a runtime the next one begins with a new version.
        self.link.report(PairObservation::EmailSaved).await;
    }

    /// The settings of the pair or of this node have changed.
    async fn change_work(&self, work: CoreWork) {
        // Without a runtime the next one reads the settings.
        drop(self.work.send(work).await);
    }
}

/// The result of a look for the network helper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HelperSearch {
    /// It is connected, or was looked for a moment ago.
    NotNeeded,
    Found,
    Failed,
}

/// The runtime of one node.
pub struct PairRuntime<H> {
    clock: Clock,
    service: Arc<PairingService>,
    pair_id: String,
    host: Arc<H>,
    /// Socket of the network helper. `None`: there is none, and no shared IP can be served.
    helper_socket: Option<PathBuf>,
    /// The shared IPs that this node can serve.
    ips: BTreeMap<IpAddr, NodeIp>,
    state: PairState,
    link: CoreLink,
    observations: mpsc::Receiver<Observed>,
    commands: mpsc::Receiver<(Operation, oneshot::Sender<Result<(), CommandRefusal>>)>,
    changes: mpsc::Receiver<CoreWork>,
    replies: HashMap<Operation, oneshot::Sender<Result<(), CommandRefusal>>>,
    view: watch::Sender<Arc<PairState>>,
    token: watch::Sender<ServingToken>,
    helper: Option<NetworkHelper>,
    helper_reports: mpsc::Receiver<HelperReport>,
    helper_reporter: mpsc::Sender<HelperReport>,
    helper_tried: Option<Instant>,
    network: NetworkSnapshot,
    /// The newest request for addresses that an activation waits for.
    set: Option<oneshot::Receiver<Result<(), String>>>,
    /// The start of the services under way.
    starting: Option<AbortHandle>,
    /// The transfer of the e-mail settings under way.
    pulling: Option<AbortHandle>,
    /// The draining under way. Dropped: nobody waits for its end any more.
    draining: Option<JoinSet<()>>,
}

impl<H: PairHost> PairRuntime<H> {
    /// Prepares the runtime for the pair of this node, or for the shared IPs that an ended one has left. `None` if there is neither.
    pub async fn of(service: &Arc<PairingService>, host: &Arc<H>, helper_socket: Option<PathBuf>) -> Option<(Self, PairHandle)> {
        let CoreWork { pair_id, settings, ips } = service.core_work()?;
        let clock = service.clock();
        let (link, observations) = mpsc::channel(OBSERVATIONS_MAX);
        let (replies, commands) = mpsc::channel(OBSERVATIONS_MAX);
        let (work, changes) = mpsc::channel(WORK_MAX);
        let (helper_reporter, helper_reports) = mpsc::channel(OBSERVATIONS_MAX);
        let mut state = PairState::starting(service.durable().await, settings, now_of(&clock));
        let product = service.product();
        (state.version, state.schema) = (product.version.clone(), product.schema);
        if let Some(left) = service.hold_left() {
            state.maintenance_until = now_of(&clock) + left;
        }
        let (view, shown) = watch::channel(Arc::new(state.clone()));
        let (token, served) = watch::channel(None);
        let link = CoreLink { observations: link, operations: Arc::new(AtomicU64::new(1)), token: served.clone() };
        let handle = PairHandle { link: link.clone(), replies, work, view: shown, token: served };
        let runtime = Self {
            clock,
            service: Arc::clone(service),
            pair_id,
            host: Arc::clone(host),
            helper_socket,
            ips,
            state,
            link,
            observations,
            commands,
            changes,
            replies: HashMap::new(),
            view,
            token,
            helper: None,
            helper_reports,
            helper_reporter,
            helper_tried: None,
            network: NetworkSnapshot::default(),
            set: None,
            starting: None,
            pulling: None,
            draining: None,
        };
        Some((runtime, handle))
    }

    /// Runs until the stop. Leaves the addresses to their lifetime: the peer must not find them gone sooner than it counts on.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        self.service.join_core(self.link.clone());
        // The contract follows from the settings, which may have changed while the node was stopped.
        let settings = PairObservation::Settings(Box::new(self.state.settings.clone()));
        self.observe(Observed { observation: settings, told: None }).await;
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if self.keep_helper().await == HelperSearch::Failed {
                let network = PairObservation::Network(self.seen());
                self.observe(Observed { observation: network, told: None }).await;
            }
            let mut is_reconfigured = false;
            let observed = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                Some((operation, told)) = self.commands.recv() => {
                    self.replies.insert(operation, told);
                    continue;
                }
                Some(work) = self.changes.recv() => {
                    self.ips = work.ips;
                    is_reconfigured = true;
                    Observed { observation: PairObservation::Settings(Box::new(work.settings)), told: None }
                }
                // A tick goes first: a flood of observations must not delay a deadline.
                _ = tick.tick() => Observed { observation: PairObservation::Tick, told: None },
                Some(report) = self.helper_reports.recv() => match self.reported(report) {
                    Some(observation) => Observed { observation, told: None },
                    None => continue,
                },
                Some(observed) = self.observations.recv() => observed,
            };
            self.observe(observed).await;
            if is_reconfigured {
                let network = PairObservation::Network(self.seen());
                self.observe(Observed { observation: network, told: None }).await;
            }
        }
        self.service.leave_core(&self.link);
        self.token.send_replace(None);
        self.stop_services();
    }

    async fn observe(&mut self, observed: Observed) {
        let (state, actions) = step(self.state.clone(), observed.observation, self.now());
        self.state = state;
        let is_saved = self.carry_out(actions).await;
        if !is_saved {
            let (state, actions) = step(self.state.clone(), PairObservation::NotPersisted, self.now());
            self.state = state;
            // What follows from it writes nothing that the next tick would not write again.
            self.carry_out(actions).await;
        }
        self.view.send_replace(Arc::new(self.state.clone()));
        // A promise that is not on disk is not told: the peer hears nothing, and asks again.
        if let Some(told) = observed.told.filter(|_| is_saved) {
            // The caller may have given up.
            drop(told.send(self.state.status()));
        }
    }

    fn now(&self) -> BootTime {
        now_of(&self.clock)
    }

    /// Connects to the helper, and again after a loss.
    async fn keep_helper(&mut self) -> HelperSearch {
        let Some(socket) = self.helper_socket.as_ref().filter(|_| self.helper.is_none()) else { return HelperSearch::NotNeeded };
        if self.helper_tried.is_some_and(|tried| tried.elapsed() < HELPER_PAUSE) {
            return HelperSearch::NotNeeded;
        }
        let is_first = self.helper_tried.is_none();
        self.helper_tried = Some(Instant::now());
        match NetworkHelper::connect(socket, self.helper_reporter.clone()).await {
            Ok(helper) => {
                self.helper = Some(helper);
                self.ask_snapshot();
                HelperSearch::Found
            }
            Err(error) if is_first => {
                tracing::error!(%error, socket = %socket.display(), "the network helper cannot be reached; trying every second");
                HelperSearch::Failed
            }
            Err(error) => {
                tracing::debug!(%error, "the network helper cannot be reached");
                HelperSearch::Failed
            }
        }
    }

    /// Takes a report of the helper. Returns what the core learns of it.
    fn reported(&mut self, report: HelperReport) -> Option<PairObservation> {
        match report {
            HelperReport::Changed(snapshot) => self.network = snapshot,
            HelperReport::Conflict { ip, mac } => return Some(PairObservation::AddressConflict { ip, mac }),
            HelperReport::Lost(why) => {
                tracing::error!(%why, "the connection to the network helper is lost; the shared IPs end by themselves");
                (self.helper, self.network) = (None, NetworkSnapshot::default());
            }
        }
        Some(PairObservation::Network(self.seen()))
    }

    /// The shared IPs on this node.
    fn seen(&self) -> Vec<SharedIpSeen> {
        let seen = |ip: &IpAddr| {
            let listed = self.ips.get(ip);
            let interface = listed.map(|listed| listed.interface.clone());
            let link = interface.as_ref().and_then(|name| self.network.link(name));
            let fault = match link {
                _ if listed.is_some_and(|listed| !listed.is_enabled) => Some(LinkFault::Disabled),
                _ if self.helper.is_none() && self.helper_tried.is_some() => Some(LinkFault::NoHelper),
                Some(link) if !link.is_on => Some(LinkFault::Off),
                Some(link) if link.state == OperState::Down => Some(LinkFault::NoLink),
                Some(_) => None,
                // The interface does not exist, or the helper has not told yet.
                None => interface.as_ref().filter(|_| !self.network.links.is_empty()).map(|_| LinkFault::Off),
            };
            SharedIpSeen { ip: *ip, interface, fault, is_present: self.network.ours().any(|ours| ours.ip == *ip) }
        };
        self.state.pair().shared_ips.iter().map(seen).collect()
    }
}

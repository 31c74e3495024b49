//! Making and ending the relationship of two nodes.
//!
//! The primary calls, the backup listens. Both show that they know the same secret, tell each other what they are, and run the
//! checks. Then the pair is made in two steps: the backup writes it down as *prepared*, the primary writes it down as made, and the
//! backup follows. If the connection is lost in between, [`PairingService::settle`] asks the other node until both agree.

mod call_log;
mod disk;
mod establish;
mod finish;
mod invitation;
mod listen;
mod message;
mod port;
mod settings;
mod site_token;
mod wire;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use admin::settings::SaveFault;
use admin::{Admin, Clock};
use model::Secret;
use model::account::{Actor, Forbidden, Role};
use model::failover::{CheckedPair, Durable, FailoverFault, FailoverSettings, NodeFacts};
use model::time::Timestamp;
use store::{CommitFault, LocalChange, ReadFault};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::addresses::own_addresses;
use crate::code::PairingCode;
use crate::core_link::CoreLink;
use crate::frame::FrameFault;
use crate::identity::{IdentityFault, KeyPin, PairIdentity};
use crate::proof::{PairingSecret, SecretFault};
use crate::relationship::{PairStage, Relationship};

use disk::{PairBook, PairOnDisk};
use invitation::{CODE_LIFE, Permission};
use port::PortState;
use site_token::SiteToken;
use wire::PeerAddresses;

pub use disk::Standing;
pub use establish::{EstablishRequest, Established};
pub use finish::{BreakMode, Settled};
pub use invitation::{Invitation, TRIES};
pub use listen::serve_pairing;
pub use message::PeerRefusal;
pub(crate) use message::{PeerAsks, PeerSays};
pub use port::keep_port;
pub use settings::{NodeIp, NodePairSettings};

/// Why a pair was not made, changed or ended.
#[derive(Debug, thiserror::Error)]
pub enum PairFault {
    #[error("{0}")]
    Forbidden(#[from] Forbidden),
    #[error("this node has a pair already")]
    Paired,
    #[error("this node has no pair")]
    NotPaired,
    #[error("this node serves already")]
    Serves,
    #[error("this node is making a pair at this moment")]
    Busy,
    #[error("the other node cannot be reached: {0}")]
    Unreachable(String),
    /// Its name has no address, and none is remembered.
    #[error("the name of the other node has no address: {0}")]
    NotResolved(String),
    /// Another program, or a node that does not know this one.
    #[error("no Postwacht node that knows this one answers there: {0}")]
    NotThePeer(String),
    #[error("the connection to the other node broke: {0}")]
    Broken(#[from] FrameFault),
    /// The other side does not know the code: it is another node, or an attacker in the middle.
    #[error("the node that answered does not know the code or the key")]
    Impostor,
    #[error("the other node refuses: {0}")]
    Refused(#[from] PeerRefusal),
    /// At least one check is bad. Nothing was changed.
    #[error("the checks failed")]
    Checks(Vec<CheckedPair>),
    #[error("{0}")]
    Identity(#[from] IdentityFault),
    #[error("{0}")]
    Secret(#[from] SecretFault),
    #[error("{0}")]
    Store(#[from] CommitFault),
    #[error("{0}")]
    Read(#[from] ReadFault),
    #[error("the record of the pair cannot be written: {0}")]
    Record(#[from] serde_json::Error),
    #[error("the record of the pair was not written: {0}")]
    Interrupted(String),
    #[error("the port for the other node cannot be opened: {0}")]
    Port(String),
    #[error("only the primary node changes the settings of the pair")]
    NotPrimary,
    /// The settings break these rules. Nothing was changed.
    #[error("the settings break rules of failover")]
    Settings(Vec<FailoverFault>),
    #[error("the e-mail settings of the other node cannot be used here: {0}")]
    Email(#[from] SaveFault),
}

/// Version and build of this program, and the version of its tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductFacts {
    pub version: String,
    pub build: String,
    pub schema: u32,
}

/// Most attempts that are remembered.
const ATTEMPTS_MAX: usize = 8;
/// Most addresses of the peer that are remembered.
const PEER_IPS_MAX: usize = 16;

/// An attempt to make a pair from here. It stays after its end: the backup may ask what became of it.
struct PairAttempt {
    pair_id: String,
    identity: Arc<PairIdentity>,
    /// The key of the other node, once it has shown that it knows the secret.
    peer: Option<KeyPin>,
    is_running: bool,
}

#[derive(Default)]
struct PairingState {
    permission: Option<Permission>,
    /// A pairing with a caller is under way.
    is_answering: bool,
    /// The newest is the last. At most one is running.
    attempts: VecDeque<PairAttempt>,
    book: PairBook,
    /// The running core, if there is one.
    core: Option<CoreLink>,
    /// Addresses at which the peer was met. Connections from there have places of their own.
    peer_ips: BTreeSet<IpAddr>,
    site_token: Option<SiteToken>,
}

impl PairingState {
    fn is_attempting(&self) -> bool {
        self.attempts.iter().any(|attempt| attempt.is_running)
    }

    fn attempt(&mut self, pair_id: &str) -> Option<&mut PairAttempt> {
        self.attempts.iter_mut().find(|attempt| attempt.pair_id == pair_id)
    }
}

/// The work of a core: a pair, or the shared IPs that an ended one has left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CoreWork {
    pub(crate) pair_id: String,
    pub(crate) settings: FailoverSettings,
    /// The shared IPs that this node can serve.
    pub(crate) ips: BTreeMap<IpAddr, NodeIp>,
}

/// Makes and ends the relationship of this node.
pub struct PairingService {
    admin: Admin,
    product: ProductFacts,
    state: Arc<Mutex<PairingState>>,
    /// The record of the failover core, as on disk. Each change of the disk holds this lock.
    core: Arc<tokio::sync::Mutex<Durable>>,
    /// Counts the changes of the pair.
    changed: watch::Sender<u64>,
    /// `None`: no task of this service keeps the port.
    port: watch::Sender<Option<PortState>>,
    peers: PeerAddresses,
}

impl PairingService {
    /// Reads the relationship from the store.
    pub async fn open(admin: Admin, product: ProductFacts) -> Result<Arc<Self>, PairFault> {
        let PairOnDisk { core, book } = PairOnDisk::read(admin.store.pair().await?)?;
        let state = PairingState { book, ..PairingState::default() };
        Ok(Arc::new(Self {
            admin,
            product,
            state: Arc::new(Mutex::new(state)),
            core: Arc::new(tokio::sync::Mutex::new(core)),
            changed: watch::Sender::new(0),
            port: watch::Sender::new(None),
            peers: PeerAddresses::default(),
        }))
    }

    /// The relationship. One that has ended here is none.
    pub fn relationship(&self) -> Option<Relationship> {
        self.lock().book.pair.as_ref().map(|pair| pair.relationship.clone())
    }

    /// The state of this node if it has no pair.
    pub fn standing(&self) -> Standing {
        self.lock().book.standing.clone()
    }

    /// Follows the changes of the pair and of its settings, and what opens or closes its port.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// The work of a core on this node. `None`: a core has nothing to do.
    pub(crate) fn core_work(&self) -> Option<CoreWork> {
        let state = self.lock();
        let (pair_id, pair) = match (&state.book.pair, &state.book.standing) {
            (Some(pair), _) if pair.relationship.stage == PairStage::Established => {
                (&pair.relationship.pair_id, &pair.relationship.settings)
            }
            // A pair that is only prepared may never be made.
            (_, Standing::FormerPrimary { pair_id, settings }) if !settings.shared_ips.is_empty() => (pair_id, &**settings),
            _ => return None,
        };
        let node = &state.book.node;
        Some(CoreWork {
            pair_id: pair_id.clone(),
            settings: FailoverSettings { pair: pair.clone(), backup: node.backup.clone() },
            ips: node.ips.clone(),
        })
    }

    /// True if this pair is the present one, and made.
    pub(crate) fn has_pair(&self, pair_id: &str) -> bool {
        let state = self.lock();
        state.book.pair_of(pair_id).is_some_and(|pair| pair.relationship.stage == PairStage::Established)
    }

    /// Starts a node that an ended pair has left without service as a site of its own. Its shared IPs stay with the other node.
    pub async fn start_as_new_site(&self, who: &Actor) -> Result<(), PairFault> {
        who.needs(Role::Administrator)?;
        match (self.relationship(), self.standing()) {
            (Some(_), _) => Err(PairFault::Paired),
            (None, Standing::Retired) => self.change(|disk| disk.book.standing = Standing::Alone).await,
            (None, Standing::Alone | Standing::FormerPrimary { .. }) => Err(PairFault::Serves),
        }
    }

    pub(crate) fn clock(&self) -> Clock {
        self.admin.clock.clone()
    }

    pub(crate) fn product(&self) -> &ProductFacts {
        &self.product
    }

    /// The record of the core as it is on disk.
    pub async fn durable(&self) -> Durable {
        self.core.lock().await.clone()
    }

    /// Notes until when automatic takeovers by this node are held, so that a restart does not end the hold. `None`: they are not.
    pub async fn note_hold(&self, until: Option<Timestamp>) -> Result<(), PairFault> {
        self.change(|disk| disk.book.held_until = until).await
    }

    /// The time that is left of a hold of automatic takeovers.
    pub(crate) fn hold_left(&self) -> Option<Duration> {
        let (now, until) = (self.admin.clock.now(), self.lock().book.held_until?);
        (until > now).then(|| until.since(now))
    }

    /// Passes the messages of the peer on to this core from now on.
    pub(crate) fn join_core(&self, core: CoreLink) {
        self.lock().core = Some(core);
    }

    /// Ends that, unless another core has joined meanwhile.
    pub(crate) fn leave_core(&self, core: &CoreLink) {
        self.lock().core.take_if(|joined| joined.is_same(core));
    }

    /// Writes the record of the core of a pair to disk. A core whose pair has ended writes nothing: the end is on disk already.
    pub(crate) async fn persist(&self, pair_id: &str, core: Durable) -> Result<(), PairFault> {
        let is_of_pair = self.change(|disk| {
            if disk.book.pair_of(pair_id).is_none() {
                return core.role.is_none();
            }
            // The end of a pair is counted by the record of the pair, not by the core.
            disk.core = Durable { break_epoch: disk.core.break_epoch, ..core };
            true
        });
        if is_of_pair.await? { Ok(()) } else { Err(PairFault::NotPaired) }
    }

    /// Allows a pairing with a one-time code. A former code is void.
    pub fn invite(&self, who: &Actor) -> Result<Invitation, PairFault> {
        who.needs(Role::Administrator)?;
        let code = PairingCode::draw();
        self.permit(Permission::one_time(&code, PairIdentity::make()?, Instant::now()))?;
        Ok(Invitation { code, life: CODE_LIFE })
    }

    /// Allows pairings with a pre-shared key, until [`Self::disinvite`].
    pub async fn invite_with(&self, key: &Secret, who: &Actor) -> Result<(), PairFault> {
        who.needs(Role::Administrator)?;
        let secret = derived(key.clone()).await?;
        self.permit(Permission::standing(secret, PairIdentity::make()?, Instant::now()))
    }

    /// Ends the permission.
    pub fn disinvite(&self, who: &Actor) -> Result<(), PairFault> {
        who.needs(Role::Administrator)?;
        self.lock().permission = None;
        self.touch();
        Ok(())
    }

    /// True if another node may pair with this one now.
    pub fn is_invited(&self) -> bool {
        self.lock().permission.as_ref().is_some_and(|permission| permission.is_valid(Instant::now()))
    }

    fn permit(&self, permission: Permission) -> Result<(), PairFault> {
        if self.relationship().is_some() {
            return Err(PairFault::Paired);
        }
        self.lock().permission = Some(permission);
        self.touch();
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, PairingState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn facts(&self) -> Result<NodeFacts, PairFault> {
        let store = &self.admin.store;
        let has_mail = !store.messages(store::ListFilter::default(), 1).await?.rows.is_empty();
        // The shared IPs that an ended pair has left here are no addresses of this node.
        let shared = match self.standing() {
            Standing::FormerPrimary { settings, .. } => settings.shared_ips,
            Standing::Alone | Standing::Retired => Vec::new(),
        };
        let addresses = own_addresses().into_iter().filter(|(ip, _)| !shared.contains(ip)).collect();
        Ok(NodeFacts {
            node_id: store.node_id().to_owned(),
            name: self.admin.names.host.clone(),
            version: self.product.version.clone(),
            build: self.product.build.clone(),
            schema: self.product.schema,
            clock: self.admin.clock.now(),
            highest: self.core.lock().await.highest,
            addresses,
            is_paired: self.relationship().is_some(),
            has_data: has_mail || self.admin.settings.current().revision > 0,
        })
    }

    /// Changes what the disk keeps, and uses it once it is there. A caller that gives up while the disk is at work leaves no difference
    /// between disk and memory.
    async fn change<T>(&self, edit: impl FnOnce(&mut PairOnDisk) -> T) -> Result<T, PairFault> {
        let mut core = Arc::clone(&self.core).lock_owned().await;
        let before = PairOnDisk { core: core.clone(), book: self.lock().book.clone() };
        let mut after = before.clone();
        let result = edit(&mut after);
        if after == before {
            return Ok(result);
        }
        let row = after.row()?;
        let (store, now) = (self.admin.store.clone(), self.admin.clock.now());
        let (state, changed) = (Arc::clone(&self.state), self.changed.clone());
        let writing = tokio::spawn(async move {
            store.change(now, LocalChange::Pair(row)).await?;
            let is_other_pair = before.book != after.book;
            *core = after.core;
            state.lock().unwrap_or_else(PoisonError::into_inner).book = after.book;
            if is_other_pair {
                changed.send_modify(|count| *count += 1);
            }
            Ok::<(), CommitFault>(())
        });
        writing.await.map_err(|error| PairFault::Interrupted(error.to_string()))??;
        Ok(result)
    }
}

/// Derives the key of a pre-shared key outside the runtime's threads.
async fn derived(key: Secret) -> Result<PairingSecret, PairFault> {
    let derived = tokio::task::spawn_blocking(move || PairingSecret::of_pre_shared(&key)).await;
    let derived = derived.map_err(|error| SecretFault::Derivation(error.to_string()))?;
    Ok(derived?)
}

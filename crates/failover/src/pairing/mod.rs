//! Making and ending the relationship of two nodes.
//!
//! The primary calls, the backup listens. Both show that they know the same secret, tell each other what they are, and run the
//! checks. Then the pair is made in two steps: the backup writes it down as *prepared*, the primary writes it down as made, and the
//! backup follows. If the connection is lost in between, [`PairingService::settle`] asks the other node until both agree.

mod establish;
mod finish;
mod invitation;
mod listen;
mod message;
mod wire;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use admin::{Admin, Clock};
use model::Secret;
use model::account::{Actor, Forbidden, Role};
use model::failover::{Ballot, CheckedPair, Durable, NodeFacts, PairMember, StoredRole};
use store::{CommitFault, LocalChange, PairRow, ReadFault};
use tokio::time::Instant;

use crate::addresses::own_addresses;
use crate::code::PairingCode;
use crate::core_link::CoreLink;
use crate::frame::FrameFault;
use crate::identity::{IdentityFault, KeyPin, PairIdentity};
use crate::proof::{PairingSecret, SecretFault};
use crate::relationship::{OwnKeys, PairStage, Relationship};

use invitation::{CODE_LIFE, Permission};

pub use establish::{EstablishRequest, Established};
pub use finish::{BreakMode, Settled};
pub use invitation::{Invitation, TRIES};
pub use listen::serve_pairing;
pub use message::PeerRefusal;
pub(crate) use message::{PeerAsks, PeerSays};

/// Why a pair was not made, changed or ended.
#[derive(Debug, thiserror::Error)]
pub enum PairFault {
    #[error("{0}")]
    Forbidden(#[from] Forbidden),
    #[error("this node has a pair already")]
    Paired,
    #[error("this node has no pair")]
    NotPaired,
    #[error("this node is making a pair at this moment")]
    Busy,
    #[error("the other node cannot be reached: {0}")]
    Unreachable(String),
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
}

/// Version and build of this program, and the version of its tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductFacts {
    pub version: String,
    pub build: String,
    pub schema: u32,
}

/// The last attempt to make a pair from here. It stays after its end: the backup may ask what became of it.
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
    attempt: Option<PairAttempt>,
    pair: Option<StoredPair>,
    /// The running core, if there is one.
    core: Option<CoreLink>,
}

/// A relationship with the keys of this node.
#[derive(Clone, PartialEq, Eq)]
struct StoredPair {
    relationship: Relationship,
    keys: OwnKeys,
}

/// The stored record: the core of failover, and the pair if there is one.
#[derive(Clone, PartialEq, Eq)]
struct PairOnDisk {
    core: Durable,
    pair: Option<StoredPair>,
}

impl PairOnDisk {
    /// Begins a pair in this role. What an earlier pair has left is forgotten: both nodes begin with the same numbers.
    ///
    /// The first ballot is that of the node that was in service before the pair: it has the data, and resumes.
    fn begin(&mut self, member: PairMember, role: StoredRole, pair: StoredPair) {
        let (first, is_primary) = (Ballot::after(Ballot::NONE, PairMember::First), role == StoredRole::Primary);
        self.core = Durable {
            role: Some(role),
            highest: first,
            active: if is_primary { first } else { Ballot::NONE },
            caught_up: is_primary,
            ..Durable::standalone(member)
        };
        self.pair = Some(pair);
    }
}

/// Makes and ends the relationship of this node.
pub struct PairingService {
    admin: Admin,
    product: ProductFacts,
    state: Mutex<PairingState>,
    /// The record of the failover core, as on disk. Each change of the disk holds this lock.
    core: tokio::sync::Mutex<Durable>,
}

impl PairingService {
    /// Reads the relationship from the store.
    pub async fn open(admin: Admin, product: ProductFacts) -> Result<Arc<Self>, PairFault> {
        let mut state = PairingState::default();
        let mut core = Durable::standalone(PairMember::First);
        if let Some(stored) = admin.store.pair().await? {
            core = stored.core;
            if let (Some(record), Some(keys)) = (stored.record, stored.keys) {
                state.pair = Some(StoredPair { relationship: serde_json::from_str(&record)?, keys: OwnKeys::read(&keys)? });
            }
        }
        Ok(Arc::new(Self { admin, product, state: Mutex::new(state), core: tokio::sync::Mutex::new(core) }))
    }

    /// The relationship. One that this node has ended is none, though its peer may not know yet.
    pub fn relationship(&self) -> Option<Relationship> {
        let pair = self.lock().pair.as_ref().map(|pair| pair.relationship.clone());
        pair.filter(|pair| pair.stage != PairStage::Broken)
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

    /// Passes the messages of the peer on to this core from now on.
    pub(crate) fn join_core(&self, core: Option<CoreLink>) {
        self.lock().core = core;
    }

    /// Writes the record of the core to disk.
    pub(crate) async fn persist(&self, core: Durable) -> Result<(), PairFault> {
        self.change(|disk| {
            // The end of a pair is counted here, not by the core.
            let break_epoch = disk.core.break_epoch.max(core.break_epoch);
            disk.core = Durable { break_epoch, ..core };
        })
        .await
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
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, PairingState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn facts(&self) -> Result<NodeFacts, PairFault> {
        let store = &self.admin.store;
        let has_mail = !store.messages(store::ListFilter::default(), 1).await?.rows.is_empty();
        Ok(NodeFacts {
            node_id: store.origin().to_string(),
            name: self.admin.names.host.clone(),
            version: self.product.version.clone(),
            build: self.product.build.clone(),
            schema: self.product.schema,
            clock: self.admin.clock.now(),
            addresses: own_addresses(),
            is_paired: self.relationship().is_some(),
            has_data: has_mail || self.admin.settings.current().revision > 0,
        })
    }

    /// Changes what the disk keeps, and uses it once it is there.
    async fn change<T>(&self, edit: impl FnOnce(&mut PairOnDisk) -> T) -> Result<T, PairFault> {
        let mut core = self.core.lock().await;
        let before = PairOnDisk { core: core.clone(), pair: self.lock().pair.clone() };
        let mut after = before.clone();
        let result = edit(&mut after);
        if after != before {
            let (record, keys) = match &after.pair {
                Some(pair) => (Some(serde_json::to_string(&pair.relationship)?), Some(pair.keys.seal()?)),
                None => (None, None),
            };
            let row = PairRow { record, keys, core: after.core.clone() };
            self.admin.store.change(self.admin.clock.now(), LocalChange::Pair(row)).await?;
            *core = after.core;
            self.lock().pair = after.pair;
        }
        Ok(result)
    }
}

/// Derives the key of a pre-shared key outside the runtime's threads.
async fn derived(key: Secret) -> Result<PairingSecret, PairFault> {
    let derived = tokio::task::spawn_blocking(move || PairingSecret::of_pre_shared(&key)).await;
    let derived = derived.map_err(|error| SecretFault::Derivation(error.to_string()))?;
    Ok(derived?)
}

//! The record of the pair on disk: the core of failover, the present pair, and the pairs that have ended.

use model::Secret;
use model::failover::{Ballot, Durable, PairMember, PairSettings, StoredRole};
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use store::{PairRow, PairView};

use crate::identity::IdentityFault;
use crate::relationship::{OwnKeys, PairStage, Relationship};

use super::PairFault;
use super::settings::NodePairSettings;

/// Most ended pairs that are kept.
const ENDED_MAX: usize = 8;

/// A relationship with the keys of this node.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct StoredPair {
    pub(super) relationship: Relationship,
    pub(super) keys: OwnKeys,
}

impl StoredPair {
    pub(super) fn is(&self, pair_id: &str) -> bool {
        self.relationship.pair_id == pair_id
    }
}

/// A pair that has ended here. Its keys stay, so that the other node can learn of the end: it must not take over.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct EndedPair {
    pub(super) pair: StoredPair,
    pub(super) peer: PeerKnowledge,
}

/// Tells whether the other node knows of the end of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum PeerKnowledge {
    Unaware,
    Aware,
}

/// The state of a node without a pair.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It never had a pair, or was started as a new site: it serves.
    #[default]
    Alone,
    /// It served when its pair ended: it goes on, with the shared IPs of these settings.
    FormerPrimary { pair_id: String, settings: Box<PairSettings> },
    /// It did not serve when its pair ended: it serves nothing until an administrator starts it as a new site.
    Retired,
}

/// The stored record.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct PairOnDisk {
    pub(super) core: Durable,
    pub(super) book: PairBook,
}

/// The pairs of this node, past and present.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct PairBook {
    pub(super) pair: Option<StoredPair>,
    /// The newest is the last.
    pub(super) ended: Vec<EndedPair>,
    pub(super) standing: Standing,
    pub(super) node: NodePairSettings,
    /// Until when an administrator holds automatic takeovers by this node.
    pub(super) held_until: Option<Timestamp>,
}

/// The part of the book that the store keeps in clear text.
#[derive(Serialize, Deserialize)]
struct BookRecord {
    pair: Option<Relationship>,
    ended: Vec<(Relationship, PeerKnowledge)>,
    standing: Standing,
    /// Missing in records of earlier versions.
    #[serde(default)]
    node: NodePairSettings,
    #[serde(default)]
    held_until: Option<Timestamp>,
}

/// The part of the book that the store seals: the keys of the same pairs, in the same order.
#[derive(Serialize, Deserialize)]
struct BookKeys {
    pair: Option<String>,
    ended: Vec<String>,
}

impl PairBook {
    /// The present pair if it has this number.
    pub(super) fn pair_of(&self, pair_id: &str) -> Option<&StoredPair> {
        self.pair.as_ref().filter(|pair| pair.is(pair_id))
    }

    pub(super) fn ended_of(&self, pair_id: &str) -> Option<&EndedPair> {
        self.ended.iter().find(|ended| ended.pair.is(pair_id))
    }

    /// A pair, present or ended.
    pub(super) fn any_of(&self, pair_id: &str) -> Option<&StoredPair> {
        self.pair_of(pair_id).or_else(|| self.ended_of(pair_id).map(|ended| &ended.pair))
    }

    fn row(&self) -> Result<(Option<String>, Option<Secret>), PairFault> {
        let text = |keys: &OwnKeys| keys.seal().map(|sealed| sealed.reveal().to_owned());
        let record = BookRecord {
            pair: self.pair.as_ref().map(|pair| pair.relationship.clone()),
            ended: self.ended.iter().map(|ended| (ended.pair.relationship.clone(), ended.peer)).collect(),
            standing: self.standing.clone(),
            node: self.node.clone(),
            held_until: self.held_until,
        };
        let keys = BookKeys {
            pair: self.pair.as_ref().map(|pair| text(&pair.keys)).transpose()?,
            ended: self.ended.iter().map(|ended| text(&ended.pair.keys)).collect::<Result<_, _>>()?,
        };
        Ok((Some(serde_json::to_string(&record)?), Some(Secret::new(serde_json::to_string(&keys)?))))
    }

    fn read(record: &str, keys: Option<&Secret>) -> Result<Self, PairFault> {
        let record: BookRecord = serde_json::from_str(record)?;
        let Some(keys) = keys else {
            // The database was restored with another key. The node cannot speak to its peer, which may serve: it must not.
            let was_paired = record.pair.is_some() || record.standing == Standing::Retired;
            if was_paired {
                tracing::error!(
                    "no key opens the record of the pair; this node serves nothing until it is started as a new site"
                );
            }
            let standing = if was_paired { Standing::Retired } else { record.standing };
            return Ok(Self { standing, node: record.node, ..Self::default() });
        };
        let keys: BookKeys = serde_json::from_str(keys.reveal()).map_err(|_| IdentityFault::unreadable())?;
        let read = |sealed: String| OwnKeys::read(&Secret::new(sealed));
        let pair = match (record.pair, keys.pair) {
            (Some(relationship), Some(sealed)) => Some(StoredPair { relationship, keys: read(sealed)? }),
            _ => None,
        };
        let ended =
            record.ended.into_iter().zip(keys.ended).map(|((relationship, peer), sealed)| {
                Ok(EndedPair { pair: StoredPair { relationship, keys: read(sealed)? }, peer })
            });
        let ended = ended.collect::<Result<_, IdentityFault>>()?;
        Ok(Self { pair, ended, standing: record.standing, node: record.node, held_until: record.held_until })
    }
}

impl PairOnDisk {
    pub(super) fn read(stored: Option<PairView>) -> Result<Self, PairFault> {
        let Some(stored) = stored else {
            return Ok(Self { core: Durable::standalone(PairMember::First), book: PairBook::default() });
        };
        let book = match &stored.record {
            Some(record) => PairBook::read(record, stored.keys.as_ref())?,
            None => PairBook::default(),
        };
        let core = if book.pair.is_some() { stored.core } else { Durable { role: None, ..stored.core } };
        Ok(Self { core, book })
    }

    pub(super) fn row(&self) -> Result<PairRow, PairFault> {
        let (record, keys) = self.book.row()?;
        Ok(PairRow { record, keys, core: self.core.clone() })
    }

    /// Begins a pair in this role. What an earlier pair has left is forgotten: both nodes begin with the same numbers.
    ///
    /// The first ballot is that of the node that was in service before the pair: it has the data, and resumes. It is above every ballot
    /// that either node has seen, because their network helpers may know those.
    pub(super) fn begin(&mut self, role: StoredRole, first: Ballot, pair: StoredPair) {
        let is_primary = role == StoredRole::Primary;
        self.core = Durable {
            role: Some(role),
            highest: first,
            active: if is_primary { first } else { Ballot::NONE },
            caught_up: is_primary,
            ..Durable::standalone(pair.relationship.me)
        };
        self.book.node.list(&pair.relationship.settings.shared_ips);
        (self.book.pair, self.book.held_until) = (Some(pair), None);
    }

    /// Ends a pair. `serves`: this node serves at this moment.
    pub(super) fn end(&mut self, pair_id: &str, peer: PeerKnowledge, serves: Serves) {
        if let Some(ended) = self.book.ended.iter_mut().find(|ended| ended.pair.is(pair_id)) {
            ended.peer = ended.peer.max(peer);
        }
        let Some(pair) = self.book.pair.take_if(|pair| pair.is(pair_id)) else { return };
        let was_made = pair.relationship.stage == PairStage::Established;
        // A pair that was never made leaves the node as it was.
        if was_made {
            let settings = Box::new(pair.relationship.settings.clone());
            self.book.standing = match serves {
                Serves::Now => Standing::FormerPrimary { pair_id: pair_id.to_owned(), settings },
                Serves::Not => Standing::Retired,
            };
        }
        let highest = self.core.highest;
        // The network helper may know any ballot up to the highest.
        let keeps_addresses = matches!(self.book.standing, Standing::FormerPrimary { .. });
        let active = if keeps_addresses { highest } else { Ballot::NONE };
        let break_epoch = self.core.break_epoch + u64::from(was_made);
        self.core = Durable { highest, active, break_epoch, ..Durable::standalone(self.core.member) };
        self.book.ended.push(EndedPair { pair, peer });
        if self.book.ended.len() > ENDED_MAX {
            let known = self.book.ended.iter().position(|ended| ended.peer == PeerKnowledge::Aware);
            self.book.ended.remove(known.unwrap_or(0));
        }
    }
}

/// True if this node serves when its pair ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Serves {
    Now,
    Not,
}

//! The end of a pairing whose connection was lost, the change of keys, and the end of a pair.

use std::sync::Arc;

use model::account::{Actor, Role};
use model::failover::PairObservation;

use crate::identity::{KeyPin, PairIdentity};
use crate::relationship::{NextKey, PairStage, Relationship};

use super::message::{PeerAsks, PeerQuestion, PeerRefusal, PeerSays};
use super::wire::PeerLine;
use super::{PairFault, PairOnDisk, PairingService, StoredPair};

/// The result of [`PairingService::settle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Both nodes agree, or there is no pair.
    Agreed,
    /// The pair was not made, or has ended, and is forgotten here now.
    Forgotten,
    /// The other node does not know yet.
    Undecided,
}

/// The way in which a pair ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakMode {
    /// The peer ends it too, or nothing is changed.
    Together,
    /// This node ends it although the peer may be away. The peer learns it when the nodes meet again.
    Force,
}

fn is_of(pair: Option<&StoredPair>, pair_id: &str) -> bool {
    pair.is_some_and(|pair| pair.relationship.pair_id == pair_id)
}

impl PairingService {
    /// The backup: the primary has made the pair.
    pub(super) async fn complete(&self, pair_id: &str) -> Result<(), PairFault> {
        let is_known = self.change(|disk| {
            let Some(pair) = disk.pair.as_mut().filter(|pair| pair.relationship.pair_id == pair_id) else { return false };
            (pair.relationship.stage, pair.relationship.is_confirmed) = (PairStage::Established, true);
            true
        });
        if !is_known.await? {
            return Err(PairFault::Refused(PeerRefusal::OtherPair));
        }
        // A code is for one pair.
        self.lock().permission = None;
        Ok(())
    }

    /// The pair was not made, or has ended.
    pub(super) async fn forget(&self, pair_id: &str) -> Result<(), PairFault> {
        self.change(|disk| end(disk, pair_id)).await
    }

    /// The primary: the backup knows that the pair was made.
    pub(super) async fn note_confirmed(&self, pair_id: &str) -> Result<(), PairFault> {
        self.change(|disk| {
            if let Some(pair) = disk.pair.as_mut().filter(|pair| pair.relationship.pair_id == pair_id) {
                pair.relationship.is_confirmed = true;
            }
        })
        .await
    }

    /// Asks the other node until both agree: after a lost connection, after a restart, and after an end by force. Call it now and
    /// then until it says [`Settled::Agreed`].
    pub async fn settle(&self) -> Result<Settled, PairFault> {
        let Some(pair) = self.stored() else { return Ok(Settled::Agreed) };
        let asks = match pair.stage {
            PairStage::Prepared => PeerAsks::IsMade,
            PairStage::Broken => PeerAsks::Ended,
            PairStage::Established if !pair.is_confirmed => PeerAsks::Made,
            PairStage::Established => return Ok(Settled::Agreed),
        };
        match (pair.stage, self.ask(asks).await?) {
            (_, PeerSays::Undecided) => Ok(Settled::Undecided),
            (PairStage::Prepared, PeerSays::Made) => self.complete(&pair.pair_id).await.map(|()| Settled::Agreed),
            (PairStage::Established, PeerSays::Done) => self.note_confirmed(&pair.pair_id).await.map(|()| Settled::Agreed),
            (PairStage::Prepared, PeerSays::NotMade) | (_, PeerSays::Ended) | (PairStage::Broken, PeerSays::Done) => {
                self.forget(&pair.pair_id).await.map(|()| Settled::Forgotten)
            }
            (_, other) => Err(PairFault::NotThePeer(format!("its answer does not fit: {other:?}"))),
        }
    }

    /// Ends the pair.
    pub async fn break_up(&self, mode: BreakMode, who: &Actor) -> Result<(), PairFault> {
        who.needs(Role::Administrator)?;
        let pair = self.relationship().ok_or(PairFault::NotPaired)?;
        if mode == BreakMode::Force {
            self.change(|disk| {
                disk.core.break_epoch += 1;
                if let Some(pair) = &mut disk.pair {
                    pair.relationship.stage = PairStage::Broken;
                }
            })
            .await?;
        }
        match (self.ask(PeerAsks::Ended).await, mode) {
            (Ok(PeerSays::Done | PeerSays::Ended | PeerSays::NotMade), _) => self.forget(&pair.pair_id).await,
            (Ok(other), BreakMode::Together) => Err(PairFault::NotThePeer(format!("its answer does not fit: {other:?}"))),
            (Err(fault), BreakMode::Together) => Err(fault),
            (said, BreakMode::Force) => {
                tracing::warn!(?said, "the pair has ended here; the other node does not know yet");
                Ok(())
            }
        }
    }

    /// Gives both nodes new keys. Both let the former ones in for a day.
    pub async fn change_keys(&self, who: &Actor) -> Result<(), PairFault> {
        who.needs(Role::Administrator)?;
        let pair = self.relationship().filter(|pair| pair.stage == PairStage::Established).ok_or(PairFault::NotPaired)?;
        let made = Arc::new(PairIdentity::make()?);
        let next = self.change(|disk| Some(next_key(disk.pair.as_mut()?, made).identity.clone())).await?;
        let next = next.ok_or(PairFault::NotPaired)?;
        let theirs = match self.ask(PeerAsks::NewKey(next.pin().clone())).await? {
            PeerSays::NewKey(pin) => pin,
            other => return Err(PairFault::NotThePeer(format!("its answer does not fit: {other:?}"))),
        };
        let now = self.admin.clock.now();
        self.change(|disk| {
            if let Some(stored) = disk.pair.as_mut().filter(|stored| stored.relationship.pair_id == pair.pair_id) {
                stored.relationship.take_pin(theirs, now);
                (stored.keys.shown, stored.keys.next) = (next, None);
            }
        })
        .await?;
        // The peer changes its own key when it sees ours. Any later connection shows it too.
        self.ask(PeerAsks::Hello).await.map(drop)
    }

    /// The relationship on disk, ended or not.
    fn stored(&self) -> Option<Relationship> {
        self.lock().pair.as_ref().map(|pair| pair.relationship.clone())
    }

    /// Asks the peer.
    pub(crate) async fn ask(&self, asks: PeerAsks) -> Result<PeerSays, PairFault> {
        let pair = self.lock().pair.clone().ok_or(PairFault::NotPaired)?;
        let (relationship, identity) = (pair.relationship, pair.keys.shown);
        let pins = relationship.pins(self.admin.clock.now());
        let line = PeerLine { address: relationship.peer.address, identity, pins, pair_id: relationship.pair_id.clone() };
        let (says, shown) = line.ask(asks).await?;
        self.note_shown(&relationship.pair_id, &shown).await?;
        Ok(says)
    }

    /// Answers a question of the peer, which has shown this key.
    pub(super) async fn respond(&self, question: PeerQuestion, shown: &KeyPin) -> Result<PeerSays, PairFault> {
        let PeerQuestion { pair_id, asks } = question;
        self.note_shown(&pair_id, shown).await?;
        let stage = self.lock().pair.as_ref().filter(|pair| is_of(Some(pair), &pair_id)).map(|pair| pair.relationship.stage);
        match (asks, stage) {
            (PeerAsks::Ended, _) => self.forget(&pair_id).await.map(|()| PeerSays::Done),
            (_, Some(PairStage::Broken)) => Ok(PeerSays::Ended),
            (PeerAsks::Hello, _) => Ok(PeerSays::Done),
            (PeerAsks::IsMade, Some(PairStage::Established)) => Ok(PeerSays::Made),
            (PeerAsks::IsMade, _) => {
                let is_running = |attempt: &super::PairAttempt| attempt.is_running && attempt.pair_id == pair_id;
                let is_open = self.lock().attempt.as_ref().is_some_and(is_running);
                Ok(if is_open { PeerSays::Undecided } else { PeerSays::NotMade })
            }
            (PeerAsks::Made, Some(_)) => self.complete(&pair_id).await.map(|()| PeerSays::Done),
            (PeerAsks::NewKey(pin), Some(PairStage::Established)) => self.take_key(&pair_id, shown, pin).await,
            (asks, Some(PairStage::Prepared)) => {
                // The primary speaks as one that has made the pair.
                self.complete(&pair_id).await?;
                self.tell_core(asks).await
            }
            (asks, Some(PairStage::Established)) => self.tell_core(asks).await,
            (_, None) => Ok(PeerSays::Refused(PeerRefusal::OtherPair)),
        }
    }

    /// Tells the running core what the peer says. Answers with the status after the core has acted on it.
    async fn tell_core(&self, asks: PeerAsks) -> Result<PeerSays, PairFault> {
        let core = self.lock().core.clone();
        let Some(core) = core else { return Ok(PeerSays::Refused(PeerRefusal::NotRunning)) };
        let observation = match asks {
            PeerAsks::Status(status) => PairObservation::PeerSays(status),
            PeerAsks::Claim(ballot) => PairObservation::Claimed(ballot),
            PeerAsks::HandOver(ballot) => PairObservation::HandedOver(ballot),
            PeerAsks::AskHandOver => core.asked_to_hand_over(),
            // These are answered without the core.
            PeerAsks::Hello | PeerAsks::IsMade | PeerAsks::Made | PeerAsks::Ended | PeerAsks::NewKey(_) => {
                return Ok(PeerSays::Refused(PeerRefusal::OtherPair));
            }
        };
        let status = core.ask(observation).await;
        Ok(status.map_or(PeerSays::Refused(PeerRefusal::NotRunning), |status| PeerSays::Status(Box::new(status))))
    }

    /// Takes the new key of the peer. Answers with a new one of this node.
    ///
    /// Only the newest key of the peer may change it: a former one may be in other hands. A change that was interrupted asks for the
    /// same key again.
    async fn take_key(&self, pair_id: &str, shown: &KeyPin, pin: KeyPin) -> Result<PeerSays, PairFault> {
        let (made, now) = (Arc::new(PairIdentity::make()?), self.admin.clock.now());
        let next = self.change(|disk| {
            let pair = disk.pair.as_mut().filter(|pair| pair.relationship.pair_id == pair_id)?;
            if !pair.relationship.may_change_key(shown, &pin) {
                return None;
            }
            pair.relationship.take_pin(pin.clone(), now);
            let next = next_key(pair, made);
            next.after = Some(pin);
            Some(next.identity.pin().clone())
        });
        Ok(next.await?.map_or(PeerSays::Refused(PeerRefusal::OtherPair), PeerSays::NewKey))
    }

    /// The peer has shown this key. If it is a new one, the former ends soon. If this node told its own next key when it heard of that
    /// one, the peer has stored the next key, which can be shown from now on.
    async fn note_shown(&self, pair_id: &str, shown: &KeyPin) -> Result<(), PairFault> {
        let now = self.admin.clock.now();
        let noted = |pair: &StoredPair| {
            let mut noted = pair.clone();
            noted.relationship.note_shown(shown, now);
            if let Some(next) = noted.keys.next.take_if(|next| next.after.as_ref() == Some(shown)) {
                noted.keys.shown = next.identity;
            }
            noted
        };
        // Most connections change nothing, and wait for no lock of the disk.
        if !self.lock().pair.as_ref().is_some_and(|pair| is_of(Some(pair), pair_id) && noted(pair) != *pair) {
            return Ok(());
        }
        self.change(|disk| {
            if let Some(pair) = disk.pair.as_mut().filter(|pair| pair.relationship.pair_id == pair_id) {
                *pair = noted(pair);
            }
        })
        .await
    }
}

/// The next key of this node. A change that was interrupted goes on with the same one.
fn next_key(pair: &mut StoredPair, made: Arc<PairIdentity>) -> &mut NextKey {
    pair.keys.next.get_or_insert(NextKey { identity: made, after: None })
}

/// Removes a pair. The number of ends never decreases, so that an old copy of the peer is recognised.
fn end(disk: &mut PairOnDisk, pair_id: &str) {
    if !is_of(disk.pair.as_ref(), pair_id) {
        return;
    }
    let was = disk.pair.take().map(|pair| pair.relationship.stage);
    // An end by force was counted before, and a pair that was never made has no end.
    if was == Some(PairStage::Established) {
        disk.core.break_epoch += 1;
    }
    let epoch = disk.core.break_epoch;
    disk.core = model::failover::Durable { break_epoch: epoch, ..model::failover::Durable::standalone(disk.core.member) };
}

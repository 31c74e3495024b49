//! The end of a pairing whose connection was lost, the change of keys, and the end of a pair.

use std::sync::Arc;

use model::account::{Actor, Role};
use model::failover::PairObservation;

use crate::core_link::now_of;
use crate::email::{EmailDocument, PulledEmail};
use crate::identity::{KeyPin, PairIdentity};
use crate::relationship::{NextKey, PairStage};

use super::disk::{PeerKnowledge, Serves, StoredPair};
use super::message::{AfterEnd, PeerAsks, PeerQuestion, PeerRefusal, PeerSays};
use super::wire::PeerLine;
use super::{PairFault, PairingService, Standing};

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

impl PairingService {
    /// The backup: the primary has made the pair.
    pub(super) async fn complete(&self, pair_id: &str) -> Result<(), PairFault> {
        let is_known = self.change(|disk| {
            let Some(pair) = disk.book.pair.as_mut().filter(|pair| pair.is(pair_id)) else { return false };
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

    /// The pair was not made, or has ended. The keeper tells the running core. Without a core, this node does not serve: the record of a
    /// primary may be that of one that has stopped because its peer took over. `theirs`: what the other node does now, if it has said so.
    pub(super) async fn end(&self, pair_id: &str, peer: PeerKnowledge, theirs: Option<AfterEnd>) -> Result<(), PairFault> {
        let core = self.lock().core.clone();
        let now = now_of(&self.admin.clock);
        self.change(|disk| {
            let serves = core.as_ref().is_some_and(|core| core.serves(now)) && theirs != Some(AfterEnd::GoesOn);
            disk.end(pair_id, peer, if serves { Serves::Now } else { Serves::Not });
        })
        .await
    }

    /// Tells whether this node goes on serving after the end of a pair. If the pair has not ended, it tells what an end now would bring.
    fn after_end(&self, pair_id: &str) -> AfterEnd {
        let now = now_of(&self.admin.clock);
        let state = self.lock();
        let goes_on = match (&state.book.standing, state.book.pair_of(pair_id)) {
            (_, Some(_)) => state.core.as_ref().is_some_and(|core| core.serves(now)),
            (Standing::FormerPrimary { pair_id: of, .. }, None) => of == pair_id,
            (Standing::Alone | Standing::Retired, None) => false,
        };
        if goes_on { AfterEnd::GoesOn } else { AfterEnd::Retires }
    }

    /// The primary: the backup knows that the pair was made.
    pub(super) async fn note_confirmed(&self, pair_id: &str) -> Result<(), PairFault> {
        self.change(|disk| {
            if let Some(pair) = disk.book.pair.as_mut().filter(|pair| pair.is(pair_id)) {
                pair.relationship.is_confirmed = true;
            }
        })
        .await
    }

    /// Asks the other node until both agree: after a lost connection, after a restart, and after an end by force. Call it now and
    /// then until it says [`Settled::Agreed`].
    pub async fn settle(&self) -> Result<Settled, PairFault> {
        let told = self.tell_ends().await;
        let pair = self.lock().book.pair.clone();
        let Some(pair) = pair else { return told };
        let asks = match pair.relationship.stage {
            PairStage::Prepared => PeerAsks::IsMade,
            PairStage::Established if !pair.relationship.is_confirmed => PeerAsks::Made,
            PairStage::Established => return told,
        };
        let pair_id = pair.relationship.pair_id.clone();
        match (pair.relationship.stage, self.ask_of(&pair, asks).await?) {
            (_, PeerSays::Undecided) => Ok(Settled::Undecided),
            (PairStage::Prepared, PeerSays::Made) => self.complete(&pair_id).await.map(|()| Settled::Agreed),
            (PairStage::Established, PeerSays::Done) => self.note_confirmed(&pair_id).await.map(|()| Settled::Agreed),
            (PairStage::Prepared, PeerSays::NotMade) => {
                self.end(&pair_id, PeerKnowledge::Aware, None).await.map(|()| Settled::Forgotten)
            }
            (_, PeerSays::Ended(theirs)) => {
                self.end(&pair_id, PeerKnowledge::Aware, Some(theirs)).await.map(|()| Settled::Forgotten)
            }
            (_, other) => Err(PairFault::NotThePeer(format!("its answer does not fit: {other:?}"))),
        }
    }

    /// True if the other node of a pair, present or ended, may not know what this one knows.
    pub fn is_unsettled(&self) -> bool {
        let state = self.lock();
        let is_open = |pair: &StoredPair| pair.relationship.stage == PairStage::Prepared || !pair.relationship.is_confirmed;
        state.book.pair.as_ref().is_some_and(is_open) || state.book.ended.iter().any(|ended| ended.peer == PeerKnowledge::Unaware)
    }

    /// Tells former peers that their pair has ended. Each is asked, and the first fault is returned.
    async fn tell_ends(&self) -> Result<Settled, PairFault> {
        let unaware: Vec<StoredPair> = {
            let state = self.lock();
            let unaware = state.book.ended.iter().filter(|ended| ended.peer == PeerKnowledge::Unaware);
            unaware.map(|ended| ended.pair.clone()).collect()
        };
        let mut result = Ok(Settled::Agreed);
        for pair in unaware {
            let asks = PeerAsks::Ended(self.after_end(&pair.relationship.pair_id));
            let told = match self.ask_of(&pair, asks).await {
                // A node that names another pair has forgotten this one.
                Ok(_) | Err(PairFault::Refused(PeerRefusal::OtherPair)) => {
                    self.end(&pair.relationship.pair_id, PeerKnowledge::Aware, None).await.map(|()| Settled::Forgotten)
                }
                Err(fault) => Err(fault),
            };
            if result.is_ok() {
                result = told;
            }
        }
        result
    }

    /// Ends the pair.
    pub async fn break_up(&self, mode: BreakMode, who: &Actor) -> Result<(), PairFault> {
        who.needs(Role::Administrator)?;
        let pair = self.relationship().ok_or(PairFault::NotPaired)?;
        if mode == BreakMode::Force {
            self.end(&pair.pair_id, PeerKnowledge::Unaware, None).await?;
            if let Err(fault) = self.tell_ends().await {
                tracing::warn!(%fault, "the pair has ended here; the other node does not know yet");
            }
            return Ok(());
        }
        match self.ask(PeerAsks::Ended(self.after_end(&pair.pair_id))).await? {
            // It has ended there before: `ask` has ended it here.
            PeerSays::Ended(_) => Ok(()),
            PeerSays::Done | PeerSays::NotMade => self.end(&pair.pair_id, PeerKnowledge::Aware, None).await,
            other => Err(PairFault::NotThePeer(format!("its answer does not fit: {other:?}"))),
        }
    }

    /// Gives both nodes new keys. Both let the former ones in for a day.
    pub async fn change_keys(&self, who: &Actor) -> Result<(), PairFault> {
        who.needs(Role::Administrator)?;
        let pair = self.relationship().filter(|pair| pair.stage == PairStage::Established).ok_or(PairFault::NotPaired)?;
        let made = Arc::new(PairIdentity::make()?);
        let next = self.change(|disk| Some(next_key(disk.book.pair.as_mut()?, made).identity.clone())).await?;
        let next = next.ok_or(PairFault::NotPaired)?;
        let theirs = match self.ask(PeerAsks::NewKey(next.pin().clone())).await? {
            PeerSays::NewKey(pin) => pin,
            other => return Err(PairFault::NotThePeer(format!("its answer does not fit: {other:?}"))),
        };
        let now = self.admin.clock.now();
        self.change(|disk| {
            if let Some(stored) = disk.book.pair.as_mut().filter(|stored| stored.is(&pair.pair_id)) {
                stored.relationship.take_pin(theirs, now);
                (stored.keys.shown, stored.keys.next) = (next, None);
            }
        })
        .await?;
        // The peer changes its own key when it sees ours. Any later connection shows it too.
        self.ask(PeerAsks::Hello).await.map(drop)
    }

    /// Asks the peer. If it has ended the pair, this node ends it too.
    pub(crate) async fn ask(&self, asks: PeerAsks) -> Result<PeerSays, PairFault> {
        let pair = self.lock().book.pair.clone().ok_or(PairFault::NotPaired)?;
        let says = self.ask_of(&pair, asks).await?;
        if let PeerSays::Ended(theirs) = says {
            self.end(&pair.relationship.pair_id, PeerKnowledge::Aware, Some(theirs)).await?;
        }
        Ok(says)
    }

    /// Asks the other node of a pair, present or ended.
    async fn ask_of(&self, pair: &StoredPair, asks: PeerAsks) -> Result<PeerSays, PairFault> {
        let (relationship, identity) = (pair.relationship.clone(), Arc::clone(&pair.keys.shown));
        let pins = relationship.pins(self.admin.clock.now());
        let line = PeerLine { address: relationship.peer.address, identity, pins, pair_id: relationship.pair_id.clone() };
        let (says, shown) = line.ask(&self.peers, asks).await?;
        self.note_shown(&relationship.pair_id, &shown).await?;
        Ok(says)
    }

    /// Answers a question of the peer, which has shown this key.
    pub(super) async fn respond(&self, question: PeerQuestion, shown: &KeyPin) -> Result<PeerSays, PairFault> {
        let PeerQuestion { pair_id, asks } = question;
        self.note_shown(&pair_id, shown).await?;
        // One look at all of it: an attempt may become a pair at any moment.
        let (stage, has_ended, is_open) = {
            let mut state = self.lock();
            let stage = state.book.pair_of(&pair_id).map(|pair| pair.relationship.stage);
            let has_ended = state.book.ended_of(&pair_id).is_some();
            (stage, has_ended, state.attempt(&pair_id).is_some_and(|attempt| attempt.is_running))
        };
        match (asks, stage) {
            (PeerAsks::Ended(theirs), _) => self.end(&pair_id, PeerKnowledge::Aware, Some(theirs)).await.map(|()| PeerSays::Done),
            (_, None) if has_ended => Ok(PeerSays::Ended(self.after_end(&pair_id))),
            (PeerAsks::Hello, _) => Ok(PeerSays::Done),
            (PeerAsks::IsMade, Some(PairStage::Established)) => Ok(PeerSays::Made),
            (PeerAsks::IsMade, _) => Ok(if is_open { PeerSays::Undecided } else { PeerSays::NotMade }),
            (PeerAsks::Made, Some(_)) => self.complete(&pair_id).await.map(|()| PeerSays::Done),
            (PeerAsks::NewKey(pin), Some(PairStage::Established)) => self.take_key(&pair_id, shown, pin).await,
            (asks, Some(PairStage::Prepared)) => {
                // The primary speaks as one that has made the pair.
                self.complete(&pair_id).await?;
                self.tell_core(asks).await
            }
            (PeerAsks::Email, Some(PairStage::Established)) => self.tell_email().await,
            (PeerAsks::SiteToken, Some(PairStage::Established)) => Ok(PeerSays::SiteToken(self.make_site_token())),
            (PeerAsks::Settings(settings), Some(PairStage::Established)) => self.take_settings(&pair_id, *settings).await,
            (asks, Some(PairStage::Established)) => self.tell_core(asks).await,
            (_, None) => Ok(PeerSays::Refused(PeerRefusal::OtherPair)),
        }
    }

    /// Sends the e-mail settings of this node. Their version is read first: what follows is at least as new.
    async fn tell_email(&self) -> Result<PeerSays, PairFault> {
        let revision = self.durable().await.email;
        match EmailDocument::of(&self.admin.settings, revision).await {
            Ok(document) => Ok(PeerSays::Email(Box::new(document))),
            Err(fault) => Ok(PeerSays::Refused(PeerRefusal::Unreadable(fault.to_string()))),
        }
    }

    /// Gets the e-mail settings of the primary, and puts them in force here.
    pub(crate) async fn pull_email(&self) -> Result<PulledEmail, PairFault> {
        let primary = self.relationship().ok_or(PairFault::NotPaired)?.peer.name;
        match self.ask(PeerAsks::Email).await? {
            PeerSays::Email(document) => {
                let (revision, document) = document.open();
                let grants = self.admin.settings.adopt(document, &primary).await?;
                Ok(PulledEmail { revision, grants })
            }
            other => Err(PairFault::NotThePeer(format!("its answer does not fit: {other:?}"))),
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
            PeerAsks::Hello
            | PeerAsks::IsMade
            | PeerAsks::Made
            | PeerAsks::Ended(_)
            | PeerAsks::NewKey(_)
            | PeerAsks::Email
            | PeerAsks::SiteToken
            | PeerAsks::Settings(_) => {
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
            let pair = disk.book.pair.as_mut().filter(|pair| pair.is(pair_id))?;
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
        if !self.lock().book.pair_of(pair_id).is_some_and(|pair| noted(pair) != *pair) {
            return Ok(());
        }
        self.change(|disk| {
            if let Some(pair) = disk.book.pair.as_mut().filter(|pair| pair.is(pair_id)) {
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

//! Sign-in with OAuth2: the grants of the relays, their tokens, and the authorization by an administrator.
//!
//! Each grant has at most one request to the provider at a time. A token that replaces another is on disk before it is
//! used. `model::oauth` decides what follows from an answer.

mod claims;
mod flow;
mod live;
mod proof;
mod refusal;
mod renewal;
mod status;
mod token_answer;
mod token_request;
mod verify;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use admin::clock::Clock;
use admin::settings::{FollowsPrimary, SettingsService};
use live::{GrantSlot, HeldGrant, Live};
use model::account::Forbidden;
use model::id::RelayId;
use model::oauth::{Destination, GrantPhase};
use model::settings::{Auth, EmailSettings, Method, RelaySettings};
use store::{Change, CommitFault, GrantChange, GrantView, ReadFault, Store};
use token_request::{OAuthClient, TokenRequest};
use tokio::sync::{Notify, mpsc, watch};

pub use flow::{Returned, SignInRequest, Starter, VerifyFault};
pub use live::{NoToken, Token};
pub use renewal::renew_grants;
pub use status::{GrantFault, GrantStatus, TokenClaims};
pub use verify::{Begun, PASTED, Verified};

/// The time at which a caller without a usable token wants the provider asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskProvider {
    /// As the schedule of renewals allows.
    WhenDue,
    /// Without regard to the schedule: an operator waits.
    AtOnce,
}

/// The reason why an operation on a grant failed.
#[derive(Debug, thiserror::Error)]
pub enum OAuthFault {
    #[error("no relay named {0}")]
    NoSuchRelay(String),
    #[error("there are no valid settings")]
    Unset,
    #[error("relay {0} does not use OAuth2")]
    NotOAuth2(String),
    #[error("there is no permission to forget")]
    NothingToForget,
    #[error("there is nothing to confirm")]
    NothingToConfirm,
    #[error("{0}")]
    Forbidden(#[from] Forbidden),
    #[error("{0}")]
    Follows(#[from] FollowsPrimary),
    #[error("{0}")]
    Store(#[from] CommitFault),
}

/// The grants for one revision of the settings.
#[derive(Default)]
struct Slots {
    /// Revision of the settings that the slots belong to; `None` before the first.
    revision: Option<i64>,
    all: BTreeMap<RelayId, Arc<GrantSlot>>,
    /// Grants found on disk at the start, until the settings show their destination.
    found: BTreeMap<RelayId, HeldGrant>,
}

pub struct OAuth {
    store: Store,
    clock: Clock,
    settings: Arc<SettingsService>,
    slots: Mutex<Slots>,
    flows: Mutex<verify::Flows>,
    /// Wakes the renewer.
    wake: Notify,
    /// Sends the relays that got a new token.
    new_tokens: mpsc::UnboundedSender<RelayId>,
    /// Number of requests to a provider whose answers the stop must wait for.
    underway: watch::Sender<usize>,
    /// Counts the grants that a person gave, confirmed or withdrew.
    decided: watch::Sender<u64>,
}

impl OAuth {
    /// Opens the grants on disk. The receiver gets the relays that got a new token. Fails if the store cannot be read.
    pub(crate) async fn open(
        store: Store,
        clock: Clock,
        settings: Arc<SettingsService>,
    ) -> Result<(Arc<Self>, mpsc::UnboundedReceiver<RelayId>), ReadFault> {
        let mut found = BTreeMap::new();
        for row in store.grants().await? {
            match HeldGrant::read(&row.record, row.tokens.as_ref()) {
                Some(held) => drop(found.insert(row.relay, held)),
                None => {
                    tracing::error!(relay = row.relay.0, "the grant of relay {} cannot be read: authorize it again", row.relay);
                }
            }
        }
        let (new_tokens, receiver) = mpsc::unbounded_channel();
        let slots = Mutex::new(Slots { found, ..Slots::default() });
        let (flows, wake, underway) = (Mutex::default(), Notify::new(), watch::Sender::new(0));
        let decided = watch::Sender::new(0);
        Ok((Arc::new(Self { store, clock, settings, slots, flows, wake, new_tokens, underway, decided }), receiver))
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adapts the grants to the settings in force.
    fn sync(&self) -> MutexGuard<'_, Slots> {
        let mut slots = self.lock();
        let current = self.settings.current();
        if slots.revision != Some(current.revision) {
            slots.revision = Some(current.revision);
            match current.settings() {
                Some(settings) => self.reconcile(&mut slots, &settings),
                None => slots.all.clear(),
            }
        }
        slots
    }

    fn reconcile(&self, slots: &mut Slots, settings: &EmailSettings) {
        let now = self.clock.now();
        let mut old = std::mem::take(&mut slots.all);
        for relay in &settings.route {
            let Some(destination) = Destination::of(relay) else { continue };
            let live = match old.remove(&relay.id) {
                Some(slot) if slot.destination == destination => {
                    if slot.relay != *relay {
                        let mut held = slot.live.lock();
                        // The new settings may mend the fault: a request is due now.
                        held.grant.life =
                            if held.grant.life.next.is_some() { held.grant.life.look_now(now) } else { held.grant.life };
                    }
                    Arc::clone(&slot.live)
                }
                // The grant goes elsewhere now. Sessions that signed in with its tokens end.
                Some(slot) => {
                    slot.live.changed();
                    Arc::default()
                }
                None => match slots.found.remove(&relay.id) {
                    Some(held) if held.grant.given == destination => Arc::new(Live::of(held)),
                    // A process wrote the grant for other settings and ended before it could delete it.
                    Some(_) => {
                        self.delete_behind(relay);
                        Arc::default()
                    }
                    None => Arc::default(),
                },
            };
            let slot = GrantSlot { relay: relay.clone(), destination, live };
            if slot.is_application() {
                let mut held = slot.live.lock();
                if held.grant.life.state == GrantPhase::Absent {
                    held.grant.life = held.grant.life.look_now(now);
                }
            }
            slots.all.insert(relay.id, Arc::new(slot));
        }
        old.into_values().for_each(|slot| slot.live.changed());
        self.wake.notify_one();
    }

    fn slot(&self, relay: RelayId) -> Option<Arc<GrantSlot>> {
        self.sync().all.get(&relay).cloned()
    }

    fn all(&self) -> Vec<Arc<GrantSlot>> {
        self.sync().all.values().cloned().collect()
    }

    /// Finds a relay by name. `None` selects the first of the route that signs in with OAuth2.
    fn named(&self, name: Option<&str>) -> Result<Arc<GrantSlot>, OAuthFault> {
        let route = self.settings.current().settings().map(|settings| settings.route.clone()).unwrap_or_default();
        let relay = match name {
            Some(name) => route.iter().find(|relay| relay.name == name),
            None => route.iter().find(|relay| matches!(relay.auth, Auth::OAuth2(_))).or(route.first()),
        };
        let relay = match (relay, name) {
            (Some(relay), _) => relay,
            (None, Some(name)) if !route.is_empty() => return Err(OAuthFault::NoSuchRelay(name.to_owned())),
            (None, _) => return Err(OAuthFault::Unset),
        };
        self.slot(relay.id).ok_or_else(|| OAuthFault::NotOAuth2(relay.name.clone()))
    }

    /// Returns a token for this relay, and asks the provider if necessary.
    pub async fn token(self: &Arc<Self>, relay: &RelaySettings, ask: AskProvider) -> Result<Token, NoToken> {
        let absent = || NoToken { passing: false, key: "no-token-absent".into(), words: String::new() };
        let Some(slot) = self.slot(relay.id).filter(|slot| slot.is_for(relay)) else {
            return self.token_for_unsaved(relay).await.unwrap_or_else(|| Err(absent()));
        };
        let unconfirmed = self.unconfirmed(&slot);
        let (attempts, now) = (slot.live.attempts(), self.clock.now());
        let (fresh, may_ask) = {
            let held = slot.live.lock();
            if slot.settings().is_some_and(|settings| held.grant.to_confirm(&settings.email).is_some()) {
                return Err(NoToken::of(&slot, &held));
            }
            let life = &held.grant.life;
            // Asks outside the schedule if a token ended before its renewal: its lifetime was short, or the machine slept.
            let ended = life.state == GrantPhase::Authorized && life.failures == 0;
            (held.is_fresh(now), life.next.is_some() && (ask == AskProvider::AtOnce || ended || life.is_due(now)))
        };
        if !fresh && may_ask {
            self.renew(&slot, attempts).await;
        }
        let held = slot.live.lock();
        held.usable(self.clock.now()).map(|secret| slot.live.token(secret)).ok_or_else(|| {
            // An account has signed in: what is missing is its confirmation.
            let is_absent = held.grant.life.state == GrantPhase::Absent;
            unconfirmed.filter(|_| is_absent).unwrap_or_else(|| NoToken::of(&slot, &held))
        })
    }

    /// The reason for a missing token if an account has signed in and waits for its confirmation.
    fn unconfirmed(&self, slot: &GrantSlot) -> Option<NoToken> {
        let email = slot.settings()?.email.to_string();
        let account = self.waiting_account(slot.relay.id, &email)?;
        Some(NoToken { passing: false, key: "no-token-account".into(), words: format!("{account} ≠ {email}") })
    }

    /// Returns a newer token after a relay refused this one, if possible. Asks the provider at most once in five minutes.
    pub(crate) async fn after_refusal(self: &Arc<Self>, relay: &RelaySettings, refused: &Token) -> Option<Token> {
        let slot = self.slot(relay.id).filter(|slot| slot.is_for(relay))?;
        if !refused.is_outdated() && slot.live.force(self.clock.mono()) {
            tracing::info!(relay = relay.name, "relay {} refused a token; requesting a new one", relay.name);
            self.renew(&slot, slot.live.attempts()).await;
        }
        // Another task may be asking the provider now.
        drop(slot.live.asking.lock().await);
        let held = slot.live.lock();
        let newer = refused.is_outdated();
        held.usable(self.clock.now()).filter(|_| newer).map(|secret| slot.live.token(secret))
    }

    /// Requests a token for settings that are not stored, and keeps nothing. `None` for the user method: a user must sign in.
    async fn token_for_unsaved(&self, relay: &RelaySettings) -> Option<Result<Token, NoToken>> {
        let client = OAuthClient::of(relay, &self.clock)?;
        if !matches!(client.settings.method, Method::Application(_)) {
            return None;
        }
        let proofs = client.proofs();
        let answer = client.ask(&TokenRequest::ClientCredentials, proofs.first()?).await;
        Some(answer.result.map(|tokens| Token::loose(tokens.access)).map_err(|refused| {
            let known = refusal::known(client.settings, &refused.words);
            let key = known.map_or_else(|| "no-token-unreachable".to_owned(), model::catalogue::KnownRefusal::key);
            NoToken { passing: refused.refusal == model::oauth::Refusal::Passing, key, words: refused.words.words }
        }))
    }

    /// Waits until every answer of a provider is written.
    pub async fn settled(&self) {
        let mut underway = self.underway.subscribe();
        drop(underway.wait_for(|count| *count == 0).await);
        // Last attempt to write a token that the store refused before.
        for slot in self.all() {
            if slot.live.lock().unwritten {
                self.keep(&slot).await;
            }
        }
    }

    /// Follows the grants that a person gives, confirms or withdraws. Renewals do not count.
    pub fn decisions(&self) -> watch::Receiver<u64> {
        self.decided.subscribe()
    }

    /// Takes the grants that another part has put on disk, with the settings that they belong to. A grant that is not among them was
    /// withdrawn.
    pub async fn take_stored(&self, grants: Vec<GrantView>) {
        for slot in self.all() {
            // A renewal under way ends first: its answer belongs to the former grant.
            let _one_at_a_time = slot.live.asking.lock().await;
            let stored = grants.iter().find(|grant| grant.relay == slot.relay.id);
            let held = stored.and_then(|grant| HeldGrant::read(&grant.record, grant.tokens.as_ref()));
            match held.filter(|held| held.grant.given == slot.destination) {
                Some(held) => {
                    let mut now = slot.live.lock();
                    *now = HeldGrant { skew: now.skew, secret_method: now.secret_method, ..held };
                }
                // An application gets its own tokens.
                None if slot.is_application() => continue,
                None => slot.live.lock().empty(),
            }
            slot.live.changed();
            slot.live.attempted();
            self.tell(slot.relay.id);
        }
        self.wake.notify_one();
    }

    /// Reports that a token has come for this relay.
    fn tell(&self, relay: RelayId) {
        if self.new_tokens.send(relay).is_err() {
            tracing::debug!("a token arrived while the node is stopping");
        }
    }

    async fn write(&self, change: impl Into<Change>) -> Result<(), CommitFault> {
        self.store.change(self.clock.now(), change).await.map(drop)
    }

    /// True if the grant still belongs to the settings in force.
    fn is_current(&self, slot: &GrantSlot) -> bool {
        self.slot(slot.relay.id).is_some_and(|now| Arc::ptr_eq(&now.live, &slot.live))
    }

    fn delete_behind(&self, relay: &RelaySettings) {
        let (store, now, change) = (self.store.clone(), self.clock.now(), Self::delete(relay));
        tokio::spawn(async move {
            if let Err(fault) = store.change(now, change).await {
                tracing::warn!(%fault, "a grant for earlier settings could not be deleted");
            }
        });
    }

    fn delete(relay: &RelaySettings) -> GrantChange {
        GrantChange::Delete { relay: relay.id }
    }
}

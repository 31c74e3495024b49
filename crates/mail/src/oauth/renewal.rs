//! Renews tokens at the provider. Each new token is on disk before it is used.

use std::sync::Arc;
use std::time::Duration;

use admin::clock::{random_bytes, rfc3339};
use admin::settings::NODE;
use model::Secret;
use model::audit::{AuditedAct, GrantTurn};
use model::oauth::{GrantPhase, Refusal, WordsOfProvider};
use model::time::Timestamp;
use store::AuditRow;
use tokio::sync::watch;

use super::OAuth;
use super::live::{GrantSlot, HeldGrant};
use super::proof::{Proof, SecretMethod};
use super::token_answer::{Refused, TokenAnswer, TokenSet};
use super::token_request::{OAuthClient, TokenRequest};

/// Number of attempts to write a token, and the pause between them. After that the callers that wait get no token.
const WRITE_TRIES: u32 = 10;
const WRITE_AGAIN: Duration = Duration::from_millis(500);
/// Minimum and maximum time between two checks for due grants.
const FLOOR: Duration = Duration::from_secs(1);
const CEILING: Duration = Duration::from_mins(1);

/// Renews every grant when it is due, even if no mail waits. Runs until the stop.
pub async fn renew_grants(oauth: Arc<OAuth>, mut stop: watch::Receiver<bool>) {
    let mut changes = oauth.settings.changes();
    loop {
        changes.mark_unchanged();
        let now = oauth.clock.now();
        let mut next = now + CEILING;
        for slot in oauth.all() {
            let (life, unwritten) = {
                let held = slot.live.lock();
                (held.grant.life, held.unwritten)
            };
            let busy = slot.live.asking.try_lock().is_err();
            if (life.is_due(now) || unwritten) && !busy {
                let (oauth, attempts) = (Arc::clone(&oauth), slot.live.attempts());
                // Each renewal has a task of its own. A slow provider must not delay other renewals.
                tokio::spawn(async move { oauth.renew(&slot, attempts).await });
                next = next.min(now + FLOOR);
            } else if busy {
                next = next.min(now + FLOOR);
            } else if let Some(due) = life.next {
                next = next.min(due);
            }
        }
        tokio::select! {
            () = oauth.clock.sleep_until(next.max(now + FLOOR)) => {}
            () = oauth.wake.notified() => {}
            changed = changes.changed() => if changed.is_err() { return },
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Counts work that the stop waits for, also if the work panics.
struct Underway(Arc<OAuth>);

impl Underway {
    fn begin(oauth: Arc<OAuth>) -> Self {
        oauth.underway.send_modify(|count| *count += 1);
        Self(oauth)
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.underway.send_modify(|count| *count -= 1);
    }
}

impl OAuth {
    /// Asks the provider, unless another task has asked since `attempts` was read. Runs to its end even if the caller stops
    /// waiting: an answer that came and was not written would lose the grant.
    pub(super) async fn renew(self: &Arc<Self>, slot: &Arc<GrantSlot>, attempts: u64) {
        let (this, slot) = (Arc::clone(self), Arc::clone(slot));
        self.to_its_end(async move {
            let one_at_a_time = slot.live.asking.lock().await;
            if slot.live.attempts() == attempts {
                this.ask(&slot).await;
                slot.live.attempted();
                // Releases the lock first: the renewer must find it free when it wakes.
                drop(one_at_a_time);
                this.wake.notify_one();
            }
        })
        .await;
    }

    /// Runs the work in a task of its own, for which the stop waits. `None` if it panicked.
    pub(super) async fn to_its_end<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let underway = Underway::begin(Arc::clone(self));
        let task = tokio::spawn(async move {
            let _underway = underway;
            work.await
        });
        task.await.ok()
    }

    async fn ask(self: &Arc<Self>, slot: &GrantSlot) {
        // An earlier answer must be on disk first. The provider may refuse the old token now.
        if slot.live.lock().unwritten {
            self.keep(slot).await;
            return;
        }
        let Some(mut client) = OAuthClient::of(&slot.relay, &self.clock) else { return };
        let refresh = {
            let held = slot.live.lock();
            client.secret_method = held.secret_method;
            held.refresh.clone()
        };
        let request = match (&refresh, slot.is_application()) {
            (_, true) => TokenRequest::ClientCredentials,
            (Some(refresh), false) => TokenRequest::RefreshToken(refresh),
            (None, false) => return,
        };
        let begun = self.clock.now();
        if refresh.is_some() && !self.announce(slot, begun).await {
            return;
        }
        let (answer, with_next) = ask_with_each_proof(&client, &request).await;
        slot.live.lock().learn(&answer);
        match answer.result {
            Ok(tokens) => {
                self.granted(slot, tokens).await;
                if let (true, [Proof::Secret(refused), Proof::Secret(believed)]) = (with_next, client.proofs().as_slice()) {
                    self.promote(slot, refused, believed).await;
                }
            }
            Err(refused) => self.refused(slot, refused, begun).await,
        }
    }

    /// Writes to disk that a renewal is under way. If the process ends during it, the next start can report that.
    async fn announce(&self, slot: &GrantSlot, begun: Timestamp) -> bool {
        let change = {
            let mut held = slot.live.lock();
            held.grant.renewing = Some(begun);
            held.note(&slot.relay)
        };
        match self.write(change).await {
            Ok(()) => true,
            Err(fault) => {
                tracing::error!(%fault, relay = slot.relay.name, "the store accepts no writes; the grant of relay {} is not renewed now", slot.relay.name);
                let mut held = slot.live.lock();
                held.grant.renewing = None;
                held.grant.life = held.grant.life.refused(Refusal::Passing, begun, random_bytes::<1>()[0]);
                let words = format!("the store accepts no writes: {fault}");
                held.grant.fault = Some(WordsOfProvider { at: begun, words, ..WordsOfProvider::default() });
                false
            }
        }
    }

    async fn granted(&self, slot: &GrantSlot, tokens: TokenSet) {
        let now = self.clock.now();
        let before = {
            let mut held = slot.live.lock();
            let before = held.grant.life.state;
            let grant = &mut held.grant;
            grant.life = grant.life.granted(tokens.life.lifetime(), now, random_bytes::<1>()[0]);
            grant.given = slot.destination.clone();
            grant.authorized = grant.authorized.or(Some(now));
            (grant.renewed, grant.token) = (Some(now), Some(tokens.life));
            (grant.renewing, grant.cut_off, grant.fault) = (None, None, None);
            if slot.is_application() {
                grant.scopes = slot.settings().map(|settings| settings.scopes.clone()).unwrap_or_default();
            }
            // A new refresh token has an end of its own, or the provider names none.
            if tokens.refresh.is_some() || tokens.known_end.is_some() {
                grant.known_end = tokens.known_end;
            }
            held.access = Some(tokens.access);
            held.refresh = tokens.refresh.or(held.refresh.take());
            held.unwritten = true;
            before
        };
        let kept = self.keep(slot).await;
        let relay = &slot.relay.name;
        match before {
            GrantPhase::Authorized => tracing::debug!(relay, kept, "the token of relay {relay} was renewed"),
            GrantPhase::Absent => tracing::info!(relay, kept, "relay {relay} is signed in"),
            before => {
                tracing::info!(relay, kept, "the provider of relay {relay} issues tokens again");
                self.audit(relay, GrantTurn::Restored, before.name()).await;
            }
        }
    }

    /// Writes the tokens in memory to disk. Only after that they are used. Returns true if they were written.
    pub(super) async fn keep(&self, slot: &GrantSlot) -> bool {
        for _ in 0..WRITE_TRIES {
            // The grant no longer matches the settings: its tokens are not written.
            if !self.is_current(slot) {
                return false;
            }
            let change = slot.live.lock().put(&slot.relay);
            match self.write(change).await {
                Ok(()) => {
                    {
                        let mut held = slot.live.lock();
                        (held.unwritten, held.unwritable) = (false, false);
                    }
                    slot.live.changed();
                    self.tell(slot.relay.id);
                    return true;
                }
                Err(fault) => {
                    slot.live.lock().unwritable = true;
                    tracing::error!(%fault, relay = slot.relay.name, "a token of relay {} cannot be stored, so it is not used yet", slot.relay.name);
                    tokio::time::sleep(WRITE_AGAIN).await;
                }
            }
        }
        false
    }

    async fn refused(&self, slot: &GrantSlot, refused: Refused, begun: Timestamp) {
        let now = self.clock.now();
        let relay = &slot.relay.name;
        let Refused { refusal, words, retry_after, unsure } = refused;
        let (change, before, after) = {
            let mut held = slot.live.lock();
            let before = held.grant.life.state;
            held.grant.life =
                held.grant.life.refused(refusal, now, random_bytes::<1>()[0]).not_before(retry_after.map(|wait| now + wait));
            // The provider may have sent an answer that was lost.
            if unsure && held.refresh.is_some() {
                held.grant.cut_off = held.grant.cut_off.or(Some(begun));
            }
            (held.grant.renewing, held.grant.fault) = (None, Some(words.clone()));
            (held.note(&slot.relay), before, held.grant.life)
        };
        if let Err(fault) = self.write(change).await {
            tracing::warn!(%fault, "the state of a grant could not be stored");
        }
        let (next, said) = (after.next.map(rfc3339), &words.words);
        let (state, turn) = (after.state, turn_to(after.state));
        match turn.filter(|_| state != before) {
            Some(turn) => {
                tracing::error!(relay, state = state.name(), %said, "the grant of relay {relay} is {}: {said}", state.name());
                self.audit(relay, turn, said).await;
            }
            None => tracing::warn!(relay, state = state.name(), next, %said, "no token for relay {relay}: {said}"),
        }
    }

    /// Makes the next secret the first one in the settings, after the provider took it and refused the first.
    async fn promote(&self, slot: &GrantSlot, refused: &Secret, believed: &Secret) {
        let relay = &slot.relay.name;
        match self.settings.promote_next_secret(slot.relay.id, refused, believed).await {
            Ok(()) => tracing::warn!(relay, "the client secret of relay {relay} was refused; using the next secret"),
            Err(fault) => {
                tracing::error!(relay, %fault, "the next secret of relay {relay} is in use, but could not replace the first in the settings");
            }
        }
    }

    async fn audit(&self, relay: &str, turn: GrantTurn, words: &str) {
        let act = AuditedAct::GrantTurned { relay: relay.to_owned(), turn, words: words.to_owned() };
        if let Err(fault) = self.write(AuditRow::new(NODE, &act)).await {
            tracing::warn!(%fault, "an audit entry could not be stored");
        }
    }
}

/// The audit entry for a state that needs an operator. `None` for the other states.
fn turn_to(state: GrantPhase) -> Option<GrantTurn> {
    match state {
        GrantPhase::Lost => Some(GrantTurn::Lost),
        GrantPhase::ClientRefused => Some(GrantTurn::ClientRefused),
        GrantPhase::Misconfigured => Some(GrantTurn::Misconfigured),
        GrantPhase::Absent | GrantPhase::Authorized | GrantPhase::Doubted(_) => None,
    }
}

/// Tries one proof after the other until the provider takes one. Returns true if it was not the first.
pub(super) async fn ask_with_each_proof(client: &OAuthClient<'_>, request: &TokenRequest<'_>) -> (TokenAnswer, bool) {
    let proofs = client.proofs();
    let mut first_refusal: Option<TokenAnswer> = None;
    for (i, proof) in proofs.iter().enumerate() {
        let answer = client.ask(request, proof).await;
        match &answer.result {
            Ok(_) => return (answer, i > 0),
            // The refusal of the first proof is the one that a person must know.
            Err(refused) if refused.refusal == Refusal::Client => first_refusal = first_refusal.or(Some(answer)),
            Err(_) => return (answer, false),
        }
    }
    let nothing = || TokenAnswer {
        result: Err(Refused { refusal: Refusal::Client, words: WordsOfProvider::default(), retry_after: None, unsure: false }),
        skew: None,
        secret_method: SecretMethod::default(),
    };
    (first_refusal.unwrap_or_else(nothing), false)
}

impl HeldGrant {
    /// Forgets the grant and its tokens. Keeps the facts about the provider (`skew`, `secret_method`).
    pub(super) fn empty(&mut self) {
        *self = Self { skew: self.skew, secret_method: self.secret_method, ..Self::default() };
    }

    /// Records what any answer tells of the provider: its clock and the method for the secret.
    pub(super) fn learn(&mut self, answer: &TokenAnswer) {
        self.skew = answer.skew.or(self.skew);
        self.secret_method = if answer.result.is_ok() { answer.secret_method } else { self.secret_method };
    }
}

//! Authorization by an administrator: authorization code with PKCE (RFC 6749 §4.1, RFC 7636), bound to its starter.

use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use admin::account::{random_token, token_digest};
use admin::clock::random_bytes;
use model::Secret;
use model::account::{Actor, Role};
use model::audit::AuditedAct;
use model::catalogue::codes_in;
use model::id::RelayId;
use model::oauth::{Destination, Grant, WordsOfProvider};
use model::settings::OAuth2Settings;
use model::time::Timestamp;
use store::{AuditRow, Commit, CommitFault};

use super::flow::{Flow, RequestedScopes, Returned, SignInRequest, Starter, VerifyFault, address, check, origin};
use super::live::{GrantSlot, HeldGrant};
use super::renewal::ask_with_each_proof;
use super::token_answer::{TokenSet, masked};
use super::token_request::{OAuthClient, TokenRequest};
use super::{OAuth, OAuthFault, refusal};

/// Redirect for a browser that cannot come back to this node. The administrator pastes the resulting address instead.
pub const PASTED: &str = "http://localhost/login/smtp-verification";
/// Time within which a sign-in must come back.
const FLOW_MAX: Duration = Duration::from_secs(600);
/// Time in which an account that differs from *Email* can be confirmed.
const WAIT_MAX: Duration = Duration::from_secs(3600);
/// Maximum number of sign-ins under way.
const FLOWS_MAX: usize = 64;
/// Maximum number of sign-ins under way for one starter.
const OWN_MAX: usize = 8;
/// Maximum number of refused sign-ins in the audit per minute. They must not fill it.
const REFUSED_MAX: u32 = 20;

/// A sign-in under way, with the address for the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    pub url: String,
    pub redirect: String,
    pub email: String,
}

/// The result of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// The grant is stored. `test`: the starter asked for a test.
    Authorized { relay: String, account: Option<String>, test: bool },
    /// The account differs from *Email*. Nothing is stored until an administrator confirms it.
    /// `test`: the starter asked for a test.
    Confirm { relay: String, account: String, email: String, test: bool },
    /// The provider does not give the account's name. A second sign-in asks without it.
    Again(Begun),
}

/// A grant whose account waits for confirmation.
struct UnconfirmedGrant {
    held: HeldGrant,
    account: String,
    /// The *Email* that was shown with the account.
    email: String,
    destination: Destination,
    until: Duration,
}

#[derive(Default)]
pub(super) struct Flows {
    /// The current minute and the number of refused sign-ins in it, for the audit.
    refused: (u64, u32),
    /// Sign-ins under way, by the digest of their state.
    begun: HashMap<Vec<u8>, Flow>,
    waiting: HashMap<RelayId, UnconfirmedGrant>,
}

impl OAuth {
    fn flows(&self) -> MutexGuard<'_, Flows> {
        let mut flows = self.flows.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.mono();
        flows.begun.retain(|_, flow| flow.until > now);
        flows.waiting.retain(|_, waiting| waiting.until > now);
        flows
    }

    /// Begins a sign-in at the provider of a relay.
    pub fn start(&self, relay: Option<&str>, request: SignInRequest) -> Result<Begun, VerifyFault> {
        request.starter.actor.needs(Role::Administrator)?;
        self.settings.writable().map_err(OAuthFault::Follows)?;
        let slot = self.named(relay)?;
        self.begin(&slot, request, RequestedScopes::MailAndIdentity)
    }

    fn begin(&self, slot: &GrantSlot, request: SignInRequest, scopes: RequestedScopes) -> Result<Begun, VerifyFault> {
        let settings = slot.settings().ok_or(VerifyFault::Application)?;
        let page = settings.authorization_endpoint().ok_or(VerifyFault::Application)?;
        let (state, nonce, verifier) = (random_token(), random_token(), Secret::new(random_token()));
        let (relay, destination, starter_key) = (slot.relay.id, slot.destination.clone(), request.starter.key.clone());
        let until = self.clock.mono() + FLOW_MAX;
        let flow = Flow { relay, destination, request, nonce, verifier, scopes, until };
        let url = address(settings, page, &flow, &state);
        let begun = Begun { url, redirect: flow.request.redirect.clone(), email: settings.email.to_string() };
        let mut flows = self.flows();
        // A starter with many sign-ins loses its oldest one, so that it shuts out no other starter.
        let own = |flow: &Flow| flow.request.starter.key == starter_key;
        if flows.begun.values().filter(|flow| own(flow)).count() >= OWN_MAX {
            let oldest = flows.begun.iter().filter(|(_, flow)| own(flow)).min_by_key(|(_, flow)| flow.until);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                flows.begun.remove(&oldest);
            }
        }
        if flows.begun.len() >= FLOWS_MAX {
            return Err(VerifyFault::TooMany);
        }
        flows.begun.insert(token_digest(&state), flow);
        Ok(begun)
    }

    fn may_tell(&self) -> bool {
        let minute = self.clock.mono().as_secs() / 60;
        let mut flows = self.flows();
        if flows.refused.0 != minute {
            flows.refused = (minute, 0);
        }
        flows.refused.1 += 1;
        flows.refused.1 <= REFUSED_MAX
    }

    /// True if the answer belongs to a sign-in under way.
    pub fn knows(&self, returned: &Returned) -> bool {
        returned.state.as_deref().is_some_and(|state| self.flows().begun.contains_key(&token_digest(state)))
    }

    /// Ends a sign-in with the provider's answer. If anything is wrong, nothing is stored and the audit records the reason.
    pub async fn finish(self: &Arc<Self>, returned: Returned, starter: &Starter) -> Result<Verified, VerifyFault> {
        let (this, starter) = (Arc::clone(self), starter.clone());
        let who = starter.actor.name.clone();
        // Runs to its end: the browser may go away after the code was exchanged for a grant.
        let ending = async move { this.end(returned, &starter).await };
        let ended = self.to_its_end(ending).await.unwrap_or(Err(VerifyFault::OAuth(OAuthFault::Store(CommitFault::Closed))));
        if let Err(fault) = &ended
            && self.may_tell()
        {
            tracing::warn!(%fault, who, "a sign-in at the provider was rejected: {fault}");
            if let Err(fault) = self.write(AuditRow::new(who, &AuditedAct::GrantRefused { reason: fault.to_string() })).await {
                tracing::warn!(%fault, "an audit entry could not be stored");
            }
        }
        ended
    }

    async fn end(self: &Arc<Self>, returned: Returned, starter: &Starter) -> Result<Verified, VerifyFault> {
        starter.actor.needs(Role::Administrator)?;
        let state = returned.state.as_deref().ok_or(VerifyFault::NoState)?;
        let flow = {
            let mut flows = self.flows();
            let key = token_digest(state);
            match flows.begun.get(&key) {
                None => return Err(VerifyFault::Unknown),
                // An attempt of another starter does not use up the sign-in.
                Some(flow) if flow.request.starter.key != starter.key => return Err(VerifyFault::Foreign),
                Some(_) => flows.begun.remove(&key).ok_or(VerifyFault::Unknown)?,
            }
        };
        let slot = self.slot(flow.relay).filter(|slot| slot.destination == flow.destination).ok_or(VerifyFault::Changed)?;
        let settings = slot.settings().ok_or(VerifyFault::Changed)?;
        if let Some(issuer) = &returned.issuer
            && settings.authorization_endpoint().is_none_or(|page| origin(issuer) != origin(page))
        {
            return Err(VerifyFault::OtherIssuer(masked(issuer, &[])));
        }
        if let Some(error) = &returned.error {
            let refuses_scope = matches!(error.as_str(), "consent_required" | "invalid_scope");
            if refuses_scope && flow.scopes == RequestedScopes::MailAndIdentity {
                return self.begin(&slot, flow.request, RequestedScopes::Mail).map(Verified::Again);
            }
            return Err(refused(settings, error, returned.description.as_deref().unwrap_or(""), self.clock.now()));
        }
        let code = returned.code.ok_or(VerifyFault::NoCode)?;
        let mut client = OAuthClient::of(&slot.relay, &self.clock).ok_or(VerifyFault::Changed)?;
        client.secret_method = slot.live.lock().secret_method;
        let request = TokenRequest::AuthorizationCode { code: &code, verifier: &flow.verifier, redirect: &flow.request.redirect };
        let (answer, _) = ask_with_each_proof(&client, &request).await;
        slot.live.lock().learn(&answer);
        let tokens = answer.result.map_err(|refused| {
            let known = refusal::known(settings, &refused.words);
            VerifyFault::Refused { words: refused.words, known }
        })?;
        check(&tokens, settings, &flow)?;
        self.take(&slot, settings, tokens, flow).await
    }

    async fn take(
        &self,
        slot: &GrantSlot,
        settings: &OAuth2Settings,
        tokens: TokenSet,
        flow: Flow,
    ) -> Result<Verified, VerifyFault> {
        let now = self.clock.now();
        let account = tokens.identity.as_ref().and_then(|identity| identity.account(&settings.email));
        let grant = Grant {
            life: model::oauth::Life::default().granted(tokens.life.lifetime(), now, random_bytes::<1>()[0]),
            given: slot.destination.clone(),
            scopes: settings.scopes.clone(),
            account: account.clone(),
            by: flow.request.starter.actor.name.clone(),
            authorized: Some(now),
            renewed: Some(now),
            token: Some(tokens.life),
            known_end: tokens.known_end,
            ..Grant::default()
        };
        let held = HeldGrant { grant, refresh: tokens.refresh, access: Some(tokens.access), ..HeldGrant::default() };
        let relay = slot.relay.name.clone();
        // The same other account was confirmed before. It needs no second confirmation.
        let confirmed = slot.live.lock().grant.clone();
        let known = confirmed.account == account && confirmed.to_confirm(&settings.email).is_none();
        match (held.grant.to_confirm(&settings.email), &account) {
            (Some(confirm), Some(account)) if !known => {
                let until = self.clock.mono() + WAIT_MAX;
                let (destination, waited) = (slot.destination.clone(), account.clone());
                self.flows().waiting.insert(
                    slot.relay.id,
                    UnconfirmedGrant { held, account: waited, email: confirm.email.clone(), destination, until },
                );
                Ok(Verified::Confirm { relay, account: confirm.account, email: confirm.email, test: flow.request.test })
            }
            (asked, _) => {
                let mut held = held;
                held.grant.confirmed = asked.map(|asked| asked.email);
                self.adopt(slot, held, &flow.request.starter.actor).await?;
                Ok(Verified::Authorized { relay, account, test: flow.request.test })
            }
        }
    }

    /// Makes this the relay's grant. It is on disk before it is used.
    async fn adopt(&self, slot: &GrantSlot, held: HeldGrant, who: &Actor) -> Result<(), VerifyFault> {
        let _one_at_a_time = slot.live.asking.lock().await;
        self.settings.writable().map_err(OAuthFault::Follows)?;
        if !self.is_current(slot) {
            return Err(VerifyFault::Changed);
        }
        let account = held.grant.account.clone().unwrap_or_else(|| "?".into());
        let audited = AuditRow::new(&who.name, &authorized(slot, &account));
        self.store.commit(Commit::at(self.clock.now()).and(held.put(&slot.relay)).and(audited)).await?;
        {
            let mut now = slot.live.lock();
            *now = HeldGrant { skew: now.skew, secret_method: now.secret_method, ..held };
        }
        slot.live.changed();
        slot.live.attempted();
        self.unwait(slot.relay.id);
        tracing::info!(relay = slot.relay.name, account, "relay {} is authorized as {account}", slot.relay.name);
        self.tell(slot.relay.id);
        self.wake.notify_one();
        self.decided.send_modify(|count| *count += 1);
        Ok(())
    }

    /// The account that signed in and waits for confirmation with this *Email*.
    pub(super) fn waiting_account(&self, relay: RelayId, email: &str) -> Option<String> {
        let flows = self.flows();
        flows.waiting.get(&relay).filter(|waiting| waiting.email == email).map(|waiting| waiting.account.clone())
    }

    pub(super) fn unwait(&self, relay: RelayId) {
        self.flows().waiting.remove(&relay);
    }

    /// Confirms an account that differs from *Email*. The administrator names it, so that no other account is confirmed.
    pub async fn confirm(self: &Arc<Self>, relay: Option<&str>, account: &str, who: &Actor) -> Result<(), VerifyFault> {
        who.needs(Role::Administrator)?;
        self.settings.writable().map_err(OAuthFault::Follows)?;
        let slot = self.named(relay)?;
        let (this, who, account) = (Arc::clone(self), who.clone(), account.to_owned());
        let confirming = async move {
            let settings = slot.settings().ok_or(VerifyFault::Changed)?;
            let email = settings.email.to_string();
            let waiting = {
                let mut flows = this.flows();
                let meant = |waiting: &UnconfirmedGrant| {
                    waiting.account == account && waiting.email == email && waiting.destination == slot.destination
                };
                if flows.waiting.get(&slot.relay.id).is_some_and(meant) { flows.waiting.remove(&slot.relay.id) } else { None }
            };
            match waiting {
                Some(UnconfirmedGrant { mut held, .. }) => {
                    held.grant.confirmed = Some(email);
                    this.adopt(&slot, held, &who).await
                }
                None => this.confirm_stored(&slot, &account, email, &who).await,
            }
        };
        self.to_its_end(confirming).await.unwrap_or(Err(VerifyFault::OAuth(OAuthFault::Store(CommitFault::Closed))))
    }

    /// Confirms the account of the stored grant, after *Email* was changed. Nothing else in the grant changes.
    async fn confirm_stored(&self, slot: &GrantSlot, account: &str, email: String, who: &Actor) -> Result<(), VerifyFault> {
        let _one_at_a_time = slot.live.asking.lock().await;
        let settings = slot.settings().ok_or(VerifyFault::Changed)?;
        let note = {
            let mut held = slot.live.lock();
            if held.grant.to_confirm(&settings.email).is_none_or(|asked| asked.account != account) {
                return Err(OAuthFault::NothingToConfirm.into());
            }
            held.grant.confirmed = Some(email);
            held.note(&slot.relay)
        };
        let audited = AuditRow::new(&who.name, &authorized(slot, account));
        self.store.commit(Commit::at(self.clock.now()).and(note).and(audited)).await?;
        self.tell(slot.relay.id);
        self.decided.send_modify(|count| *count += 1);
        Ok(())
    }
}

fn authorized(slot: &GrantSlot, account: &str) -> AuditedAct {
    AuditedAct::GrantAuthorized { relay: slot.relay.name.clone(), account: account.to_owned() }
}

fn refused(settings: &OAuth2Settings, error: &str, description: &str, now: Timestamp) -> VerifyFault {
    let said = masked(description, &[]);
    let error = masked(error, &[]);
    let words = if said.is_empty() { error.clone() } else { said };
    let words = WordsOfProvider { at: now, status: 0, error: Some(error), codes: codes_in(&words), words };
    let known = refusal::known(settings, &words);
    VerifyFault::Refused { words, known }
}

//! The status of a grant for people and programs. It holds no secrets.

use std::sync::Arc;
use std::time::Duration;

use admin::certificate::certificate_end;
use admin::clock::rfc3339;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use model::Phrase;
use model::account::{Actor, Role};
use model::audit::AuditedAct;
use model::catalogue::KnownRefusal;
use model::oauth::{Claims, Confirm, GrantPhase};
use model::settings::{ApplicationProof, Method};
use model::time::{SKEW_MAX, Timestamp, skew_minutes};
use store::{AuditRow, Commit};

use super::live::{GrantSlot, NoToken};
use super::refusal::known;
use super::{OAuth, OAuthFault, claims};

/// Time without a token in which the provider fails. After it an operator must be told.
const STARVED: Duration = Duration::from_mins(30);
/// A remark begins this many days before the end of a secret or a certificate.
const SECRET_DAYS: i64 = 60;

/// The reason why the last request brought no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantFault {
    pub at: Timestamp,
    pub error: Option<String>,
    pub words: String,
    /// HTTP status; 0 without an answer.
    pub status: u16,
    pub cause: Phrase,
    pub remedy: Phrase,
}

/// The status of a relay's grant.
#[derive(Clone, Debug)]
pub struct GrantStatus {
    pub relay: String,
    pub provider: &'static str,
    pub application: bool,
    pub state: GrantPhase,
    pub since: Timestamp,
    pub email: String,
    pub account: Option<String>,
    /// The account differs from *Email* and is not confirmed. The grant is not used before.
    pub confirm: Option<Confirm>,
    pub authorized: Option<Timestamp>,
    pub by: String,
    pub renewed: Option<Timestamp>,
    pub next: Option<Timestamp>,
    pub token_expires: Option<Timestamp>,
    /// Time when the grant ends if it is not renewed any more.
    pub idle_end: Option<Timestamp>,
    /// The scopes have changed since. The administrator should authorize again.
    pub verify_again: bool,
    /// Days until the client secret ends, as an administrator noted it; below, the time.
    pub secret_days: Option<i64>,
    pub secret_ends: Option<Timestamp>,
    pub next_secret: bool,
    /// End of the application's certificate, and the days left.
    pub certificate: Option<(Timestamp, i64)>,
    pub fault: Option<GrantFault>,
    /// Time since which an answer of the provider may have been lost.
    pub cut_off: Option<Timestamp>,
    /// Lead of the provider's clock over ours, if it is too large.
    pub skew: Option<SignedDuration>,
    /// True if a new token cannot be written to disk.
    pub unwritten: bool,
    /// True if the last token has ended and the provider has failed for long.
    pub starved: bool,
    /// True if no token can be used and only a person can change that. The relay takes no mail.
    pub blocked: bool,
}

impl GrantStatus {
    /// True if tokens come and a relay may be shown them.
    pub fn is_well(&self) -> bool {
        self.state == GrantPhase::Authorized && self.confirm.is_none() && self.fault.is_none() && !self.unwritten
    }

    /// True if no account has signed in, and none waits for confirmation.
    fn is_empty(&self) -> bool {
        self.authorized.is_none() && self.token_expires.is_none() && self.confirm.is_none()
    }

    /// True if an operator must be told at once.
    pub fn is_alarm(&self) -> bool {
        self.state.alarms() || self.unwritten || self.starved
    }

    /// The state in one sentence.
    pub fn phrase(&self) -> Phrase {
        let name = match (&self.confirm, self.state) {
            _ if self.unwritten => "unwritten",
            (_, state) if state.alarms() => state.name(),
            _ if self.starved => "starved",
            (Some(_), _) => "confirm",
            (None, GrantPhase::Authorized) if self.fault.is_some() => "failing",
            (None, GrantPhase::Authorized) if !self.application && self.account.is_none() => "authorized-unknown",
            (None, GrantPhase::Authorized) if self.application => "application",
            (None, GrantPhase::Absent) if self.application => "application-absent",
            (None, state) => state.name(),
        };
        let account = self.confirm.as_ref().map(|confirm| confirm.account.clone()).or_else(|| self.account.clone());
        Phrase::new(format!("grant-{name}"))
            .with("relay", &self.relay)
            .with("account", account.unwrap_or_else(|| self.email.clone()))
            .with("email", &self.email)
    }

    /// Remarks for the administrator besides the state.
    pub fn remarks(&self) -> Vec<Phrase> {
        let named = |key: &str| Phrase::new(key).with("relay", &self.relay);
        let mut remarks = Vec::new();
        if self.verify_again {
            remarks.push(named("grant-verify-again"));
        }
        if let Some(days) = self.secret_days.filter(|days| *days <= SECRET_DAYS) {
            let key = if days < 0 { "grant-secret-ended" } else { "grant-secret-days" };
            remarks.push(named(key).with("days", days.abs()));
        }
        if let Some((_, days)) = self.certificate.filter(|(_, days)| *days <= SECRET_DAYS) {
            let key = if days < 0 { "grant-certificate-ended" } else { "grant-certificate-days" };
            remarks.push(named(key).with("days", days.abs()));
        }
        if let Some(skew) = self.skew {
            let key = if skew.is_positive() { "grant-clock-behind" } else { "grant-clock-ahead" };
            remarks.push(named(key).with("minutes", skew_minutes(skew)));
        }
        if let Some(at) = self.cut_off.filter(|_| matches!(self.state, GrantPhase::Doubted(_) | GrantPhase::Lost)) {
            remarks.push(named("grant-cut-off").with("at", rfc3339(at)));
        }
        remarks
    }
}

/// The claims of an access token, for diagnosis.
pub enum TokenClaims {
    Readable(Claims),
    /// The token has a form that only the provider and the relay read.
    Opaque,
}

impl TokenClaims {
    pub fn readable(self) -> Option<Claims> {
        match self {
            Self::Readable(claims) => Some(claims),
            Self::Opaque => None,
        }
    }
}

impl OAuth {
    /// Every grant of the settings in force, in the order of the relay ids.
    pub fn statuses(&self) -> Vec<GrantStatus> {
        self.all().iter().filter_map(|slot| self.status_of(slot)).collect()
    }

    /// The grant of one relay. `None` selects the first that signs in with OAuth2.
    pub fn status(&self, relay: Option<&str>) -> Result<GrantStatus, OAuthFault> {
        let slot = self.named(relay)?;
        self.status_of(&slot).ok_or_else(|| OAuthFault::NotOAuth2(slot.relay.name.clone()))
    }

    fn status_of(&self, slot: &Arc<GrantSlot>) -> Option<GrantStatus> {
        let settings = slot.settings()?;
        let now = self.clock.now();
        let waiting = self.waiting_account(slot.relay.id, &settings.email.to_string());
        let held = slot.live.lock();
        let grant = &held.grant;
        let fault = grant.fault.as_ref().map(|fault| {
            let key = known(settings, fault).map_or_else(|| NoToken::of(slot, &held).key, KnownRefusal::key);
            let phrase = |part: &str| Phrase::new(format!("{key}.{part}")).with("detail", &fault.words);
            GrantFault {
                at: fault.at,
                error: fault.error.clone(),
                words: fault.words.clone(),
                status: fault.status,
                cause: phrase("cause"),
                remedy: phrase("remedy"),
            }
        });
        let ends = match &settings.method {
            Method::Application(ApplicationProof::Certificate { certificate, .. }) => certificate_end(certificate),
            Method::Application(ApplicationProof::Secret(_)) | Method::User { .. } => None,
        };
        Some(GrantStatus {
            relay: slot.relay.name.clone(),
            provider: settings.provider.name(),
            application: slot.is_application(),
            state: grant.life.state,
            since: grant.life.since,
            email: settings.email.to_string(),
            account: grant.account.clone(),
            confirm: waiting
                .map(|account| Confirm { account, email: settings.email.to_string() })
                .or_else(|| grant.to_confirm(&settings.email)),
            authorized: grant.authorized,
            by: grant.by.clone(),
            renewed: grant.renewed,
            next: grant.life.next,
            token_expires: grant.token.map(|token| token.expires),
            idle_end: if slot.is_application() { None } else { grant.idle_end(settings.provider) },
            verify_again: !slot.is_application() && grant.wants_verifying(settings),
            secret_days: settings.client_secret_expires.and_then(end_of_day).map(|end| now.days_until(end)),
            secret_ends: settings.client_secret_expires.and_then(end_of_day),
            next_secret: settings.client_secret_next.is_some(),
            certificate: ends.map(|ends| (ends, now.days_until(ends))),
            fault,
            cut_off: grant.cut_off,
            skew: held.skew.filter(|skew| skew.unsigned_abs() > SKEW_MAX),
            unwritten: held.unwritable,
            blocked: (held.usable(now).is_none() || grant.to_confirm(&settings.email).is_some())
                && !NoToken::of(slot, &held).passing,
            starved: held.usable(now).is_none() && grant.life.failing.is_some_and(|since| now.since(since) >= STARVED),
        })
    }

    /// Asks the provider now, for an operator. The returned status shows the result.
    pub async fn renew_now(self: &Arc<Self>, relay: Option<&str>, who: &Actor) -> Result<GrantStatus, OAuthFault> {
        who.needs(Role::Operator)?;
        let slot = self.named(relay)?;
        self.renew(&slot, slot.live.attempts()).await;
        self.status_of(&slot).ok_or_else(|| OAuthFault::NotOAuth2(slot.relay.name.clone()))
    }

    /// Forgets the grant and its tokens. At the provider it remains until it is revoked there.
    pub async fn forget(self: &Arc<Self>, relay: Option<&str>, who: &Actor) -> Result<(), OAuthFault> {
        who.needs(Role::Administrator)?;
        self.settings.writable()?;
        let slot = self.named(relay)?;
        let (this, who) = (Arc::clone(self), who.name.clone());
        let forgetting = async move {
            let _one_at_a_time = slot.live.asking.lock().await;
            if this.status_of(&slot).is_some_and(|status| status.is_empty()) {
                return Err(OAuthFault::NothingToForget);
            }
            let audited = AuditRow::new(who, &AuditedAct::GrantForgotten { relay: slot.relay.name.clone() });
            this.store.commit(Commit::at(this.clock.now()).and(Self::delete(&slot.relay)).and(audited)).await?;
            slot.live.lock().empty();
            slot.live.changed();
            this.unwait(slot.relay.id);
            this.decided.send_modify(|count| *count += 1);
            Ok(())
        };
        self.to_its_end(forgetting).await.unwrap_or(Err(OAuthFault::Store(store::CommitFault::Closed)))
    }

    /// The claims of a relay's token. `None` without a usable token.
    pub fn token_claims(&self, relay: &str) -> Option<TokenClaims> {
        let slot = self.named(Some(relay)).ok()?;
        let token = slot.live.lock().usable(self.clock.now())?;
        Some(claims::read_claims(&token).map_or(TokenClaims::Opaque, TokenClaims::Readable))
    }
}

/// End of the day in UTC. Providers do not name the hour at which a secret ends, so the day counts.
fn end_of_day(date: jiff::civil::Date) -> Option<Timestamp> {
    Some(Timestamp::from(date.to_zoned(TimeZone::UTC).ok()?.timestamp()) + Duration::from_hours(24))
}

//! API tokens for programs on other machines. Each token expires and allows only its scopes.

use std::time::Duration;

use model::Secret;
use model::account::{Actor, Forbidden, Role};
use model::audit::AuditedAct;
use model::id::TokenId;
use model::scope::Scope;
use store::{AuditRow, Commit, CommitFault, Outcome, ReadFault, Store, TokenChange, TokenView};

use crate::account::{random_token, token_digest};
use crate::clock::{Clock, rfc3339};

/// Prefix of every token, so that secret scanners recognise a leaked one.
const MARK: &str = "pwt_";
/// Longest life of a token. People forget older ones.
pub const LIFE_MAX: Duration = Duration::from_secs(5 * 366 * 86_400);
/// Longest name of a token, in characters.
pub const NAME_MAX: usize = 64;
/// Time between two writes of a token's last use.
const SEEN_EVERY: Duration = Duration::from_secs(60);

#[derive(Debug, thiserror::Error)]
pub enum TokenFault {
    #[error("a name has 1 to {NAME_MAX} characters, none of them a control character")]
    BadName,
    #[error("at least one of: metrics, send, read, operate, administer")]
    NoScope,
    #[error("the lifetime of a token is between one minute and five years")]
    BadLife,
    #[error("a valid token with this name exists already")]
    Taken,
    #[error("the token does not exist")]
    NoToken,
    #[error("there are 1000 tokens already")]
    TooMany,
    #[error("{0}")]
    Forbidden(#[from] Forbidden),
    #[error("{0}")]
    Store(CommitFault),
}

impl From<CommitFault> for TokenFault {
    fn from(fault: CommitFault) -> Self {
        match fault {
            CommitFault::NotFound => Self::NoToken,
            CommitFault::Busy => Self::TooMany,
            CommitFault::Done(_) => Self::Taken,
            other => Self::Store(other),
        }
    }
}

/// A program that a token has authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    pub id: TokenId,
    pub name: String,
    pub scopes: Vec<Scope>,
}

impl Granted {
    pub fn may(&self, needed: Scope) -> bool {
        self.scopes.iter().any(|scope| scope.gives(needed))
    }

    /// The highest role among the scopes.
    pub fn role(&self) -> Option<Role> {
        self.scopes.iter().filter_map(|scope| scope.role()).max()
    }
}

pub struct Tokens {
    store: Store,
    clock: Clock,
}

impl Tokens {
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// Makes a token. The caller shows the returned secret once; the store keeps only its digest.
    pub async fn create(
        &self,
        who: &Actor,
        name: &str,
        scopes: &[Scope],
        life: Duration,
    ) -> Result<(TokenId, Secret), TokenFault> {
        who.needs(Role::Administrator)?;
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
            return Err(TokenFault::BadName);
        }
        if scopes.is_empty() {
            return Err(TokenFault::NoScope);
        }
        if !(Duration::from_secs(60)..=LIFE_MAX).contains(&life) {
            return Err(TokenFault::BadLife);
        }
        let (token, at) = (format!("{MARK}{}", random_token()), self.clock.now());
        let until = at + life;
        let names: Vec<&str> = scopes.iter().map(|scope| scope.name()).collect();
        let (scopes, by) = (names.join(" "), who.name.clone());
        let act = AuditedAct::TokenCreated { name: name.to_owned(), scopes: scopes.clone(), until: rfc3339(until) };
        let create = TokenChange::Create { digest: token_digest(&token), name: name.to_owned(), scopes, by, until };
        let audited = AuditRow::new(&who.name, &act);
        let outcomes = self.store.commit(Commit::at(at).and(create).and(audited)).await?;
        let made = outcomes.iter().find_map(|o| if let Outcome::TokenMade(id) = o { Some(*id) } else { None });
        Ok((made.ok_or(TokenFault::Store(CommitFault::Closed))?, Secret::new(token)))
    }

    pub async fn list(&self) -> Result<Vec<TokenView>, ReadFault> {
        self.store.tokens().await
    }

    /// Revokes a token at once.
    pub async fn revoke(&self, who: &Actor, id: TokenId) -> Result<(), TokenFault> {
        who.needs(Role::Administrator)?;
        let audited = AuditRow::new(&who.name, &AuditedAct::TokenRevoked { id });
        self.store.commit(Commit::at(self.clock.now()).and(TokenChange::Revoke { id }).and(audited)).await?;
        Ok(())
    }

    /// The program of a token. `None` if the token is unknown or has expired.
    pub async fn find(&self, token: &str) -> Result<Option<Granted>, ReadFault> {
        if !token.starts_with(MARK) {
            return Ok(None);
        }
        let now = self.clock.now();
        let Some(found) = self.store.token(token_digest(token)).await?.filter(|found| found.until > now) else { return Ok(None) };
        if found.seen.is_none_or(|seen| now.distance(seen) > SEEN_EVERY)
            && let Err(fault) = self.store.change(now, TokenChange::Seen { id: found.id }).await
        {
            // The last use is only for display.
            tracing::debug!(%fault, "the use of a token could not be stored");
        }
        // Scopes of a newer version are ignored.
        let scopes = found.scopes.split(' ').filter_map(Scope::of_name).collect();
        Ok(Some(Granted { id: found.id, name: found.name, scopes }))
    }
}

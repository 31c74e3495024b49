//! Changes to the configuration of the site: documents and secrets, accounts and sessions, API tokens, OAuth2 grants, and the
//! audit log of it all.

use model::Secret;
use model::account::Role;
use model::audit::AuditedAct;
use model::id::{AccountId, RelayId, TokenId};
use model::time::Timestamp;

pub enum SiteChange {
    Document(DocumentSave),
    Account(AccountChange),
    Token(TokenChange),
    Grant(GrantChange),
    Audit(AuditRow),
    /// Deletes one slice of the rows of the audit log beyond its limit, the oldest first.
    TrimAudit,
}

pub struct DocumentSave {
    pub kind: &'static str,
    pub by: String,
    pub schema: u32,
    /// JSON, without secrets.
    pub draft: String,
    /// Names and new values; `None` removes the secret.
    pub secrets: Vec<(String, Option<Secret>)>,
}

/// A row of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// The actor.
    pub who: String,
    pub what: String,
    pub detail: String,
}

impl AuditRow {
    /// The row of an act. `who` is the account, program or part of the node that acted.
    pub fn new(who: impl Into<String>, act: &AuditedAct) -> Self {
        Self { who: who.into(), what: act.name().to_owned(), detail: act.into() }
    }
}

/// Changes to the OAuth2 grant of a relay. Records are JSON without secrets.
pub enum GrantChange {
    /// Stores a grant with its tokens (JSON), which the store seals.
    Put {
        relay: RelayId,
        record: String,
        tokens: Secret,
    },
    /// Stores a new record and keeps the tokens. Has no effect if there is no grant.
    Note {
        relay: RelayId,
        record: String,
    },
    Delete {
        relay: RelayId,
    },
}

/// Changes to API tokens of programs. Digests are SHA-256.
pub enum TokenChange {
    /// [`crate::CommitFault::Busy`] if there are 1,000 tokens already. `Done` if a valid token has the name.
    Create {
        digest: Vec<u8>,
        name: String,
        scopes: String,
        by: String,
        until: Timestamp,
    },
    Seen {
        id: TokenId,
    },
    Revoke {
        id: TokenId,
    },
}

/// Changes to accounts, sessions and links. Digests are SHA-256.
pub enum AccountChange {
    /// [`crate::CommitFault::Done`] if the name is taken. The comparison ignores (ASCII) case.
    Create {
        name: String,
        role: Role,
        /// A PHC string. If it is empty, no password signs in to the account.
        password: String,
        language: Option<String>,
    },
    /// Sets the password. Ends the links of the account and every session except `keep`, which must exist.
    Password {
        id: AccountId,
        password: String,
        keep: Option<Vec<u8>>,
    },
    Language {
        id: AccountId,
        language: Option<String>,
    },
    /// [`crate::CommitFault::LastAdministrator`] if no other administrator would be left. The same holds for `Delete`.
    Role {
        id: AccountId,
        role: Role,
    },
    Delete {
        id: AccountId,
    },
    /// [`crate::CommitFault::NotFound`] if the account does not exist any more, or if its password has changed since it was
    /// checked.
    Open(NewSession),
    Seen {
        digest: Vec<u8>,
    },
    Close {
        digest: Vec<u8>,
    },
    CloseAll {
        account: AccountId,
        keep: Option<Vec<u8>>,
    },
    /// A link that works once before its end: for an account, or (`None`) to make the first account.
    Link {
        digest: Vec<u8>,
        account: Option<AccountId>,
        until: Timestamp,
    },
    /// [`crate::CommitFault::NotFound`] if the link was used, has expired, or never existed.
    UseLink {
        digest: Vec<u8>,
    },
}

/// A session to open.
pub struct NewSession {
    pub digest: Vec<u8>,
    pub account: AccountId,
    /// The hash of the password that was checked; `None` if a link has signed in.
    pub password: Option<String>,
    pub address: String,
    pub agent: String,
}

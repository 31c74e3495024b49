//! Changes to access: accounts and sessions, API tokens, OAuth2 grants of relays.

use model::Secret;
use model::account::Role;

use crate::Millis;

/// Changes to the OAuth2 grant of a relay. Records are JSON without secrets.
pub enum GrantChange {
    /// Stores a grant with its tokens (JSON), which the store seals.
    Put {
        relay: u32,
        record: String,
        tokens: Secret,
    },
    /// Stores a new record and keeps the tokens. Has no effect if there is no grant.
    Note {
        relay: u32,
        record: String,
    },
    Delete {
        relay: u32,
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
        at: Millis,
        until: Millis,
    },
    Seen {
        id: i64,
        at: Millis,
    },
    Revoke {
        id: i64,
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
        at: Millis,
    },
    /// Sets the password. Ends the links of the account and every session except `keep`, which must exist.
    Password {
        id: i64,
        password: String,
        keep: Option<Vec<u8>>,
    },
    Language {
        id: i64,
        language: Option<String>,
    },
    /// [`crate::CommitFault::LastAdministrator`] if no other administrator would be left. The same holds for `Delete`.
    Role {
        id: i64,
        role: Role,
    },
    Delete {
        id: i64,
    },
    /// [`crate::CommitFault::NotFound`] if the account does not exist any more, or if its password has changed since it was
    /// checked.
    Open {
        digest: Vec<u8>,
        account: i64,
        password: Option<String>,
        at: Millis,
        address: String,
        agent: String,
    },
    Seen {
        digest: Vec<u8>,
        at: Millis,
    },
    Close {
        digest: Vec<u8>,
    },
    CloseAll {
        account: i64,
        keep: Option<Vec<u8>>,
    },
    /// A link that works once before its end: for an account, or (`None`) to make the first account.
    Link {
        digest: Vec<u8>,
        account: Option<i64>,
        at: Millis,
        until: Millis,
    },
    /// [`crate::CommitFault::NotFound`] if the link was used, has expired, or never existed.
    UseLink {
        digest: Vec<u8>,
        at: Millis,
    },
}

//! Who may do what: accounts and sessions, tokens of programs, grants at relays.

use model::Secret;
use model::account::Role;

use crate::Millis;

/// The OAuth2 grant of a relay. Records are JSON without secrets.
pub enum GrantChange {
    /// With its tokens (JSON), which are sealed.
    Put {
        relay: u32,
        record: String,
        tokens: Secret,
    },
    /// What is known of it changed, its tokens did not. Nothing if there is none.
    Note {
        relay: u32,
        record: String,
    },
    Delete {
        relay: u32,
    },
}

/// Tokens of programs that use the API. Digests are SHA-256.
pub enum TokenChange {
    /// [`crate::CommitFault::Busy`] if there are 1,000 already, `Done` if one that holds has the name.
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

/// Accounts, sessions and links. Digests are SHA-256.
pub enum AccountChange {
    /// [`crate::CommitFault::Done`] if the name is taken (whatever its case).
    Create {
        name: String,
        role: Role,
        /// A PHC string; empty signs nobody in.
        password: String,
        language: Option<String>,
        at: Millis,
    },
    /// Ends every session of the account but one (which must be there), and its links.
    Password {
        id: i64,
        password: String,
        keep: Option<Vec<u8>>,
    },
    Language {
        id: i64,
        language: Option<String>,
    },
    /// [`crate::CommitFault::LastAdministrator`] if nobody else were left to let others in; so for `Delete`.
    Role {
        id: i64,
        role: Role,
    },
    Delete {
        id: i64,
    },
    /// [`crate::CommitFault::NotFound`] if the account is gone, or its password is no longer the one that was checked.
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
    /// A link that can be used once before its end: for an account, or (`None`) to make the first one.
    Link {
        digest: Vec<u8>,
        account: Option<i64>,
        at: Millis,
        until: Millis,
    },
    /// [`crate::CommitFault::NotFound`] if it was used, has ended, or never was.
    UseLink {
        digest: Vec<u8>,
        at: Millis,
    },
}

//! The reasons why an act on an account is refused.

use model::account::{Forbidden, WeakPassword};
use store::{CommitFault, ReadFault};

/// The reason why a sign-in or a change of an account is refused.
#[derive(Debug, thiserror::Error)]
pub enum AccountFault {
    /// The name or the password is wrong. The caller is not told which.
    #[error("name or password is wrong")]
    WrongPassword,
    #[error("too many failed sign-ins; try again in {seconds} s")]
    SlowDown { seconds: u64 },
    #[error("the link was used already, or has expired")]
    NoLink,
    #[error("not an account name")]
    BadName,
    #[error("an account with this name exists already")]
    Taken,
    #[error("the password is too weak")]
    Weak(WeakPassword),
    #[error("the new password is the current one")]
    SamePassword,
    #[error("the account does not exist")]
    NoAccount,
    #[error("the last administrator cannot be removed")]
    LastAdministrator,
    #[error("{0}")]
    Forbidden(#[from] Forbidden),
    #[error("too many sign-ins at once")]
    Busy,
    #[error("{0}")]
    Store(CommitFault),
    #[error("{0}")]
    Read(#[from] ReadFault),
}

impl From<CommitFault> for AccountFault {
    fn from(fault: CommitFault) -> Self {
        match fault {
            CommitFault::Done(_) => Self::Taken,
            CommitFault::LastAdministrator => Self::LastAdministrator,
            CommitFault::NotFound => Self::NoAccount,
            other => Self::Store(other),
        }
    }
}

//! The three roles and their rights: each role includes the rights of the role below it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Rights of an account, or of the caller behind it. Ordered: each role includes the lesser ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees everything but secrets.
    Viewer,
    /// Also acts on mail: queue, tests.
    Operator,
    /// Also changes settings and accounts.
    Administrator,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Administrator];

    /// Name in the API, on the command line and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Administrator => "administrator",
        }
    }

    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// A caller who asks for an action: named in the audit, bounded by a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub name: String,
    pub role: Role,
}

/// The actor's role is too low. Contains the role that the action needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this needs the role {}", .0.name())]
pub struct Forbidden(pub Role);

impl Actor {
    /// The node itself, or a caller with its full authority (the control socket, the command line without a node).
    pub fn whole(name: impl Into<String>) -> Self {
        Self { name: name.into(), role: Role::Administrator }
    }

    pub fn needs(&self, role: Role) -> Result<(), Forbidden> {
        if self.role >= role { Ok(()) } else { Err(Forbidden(role)) }
    }
}

/// True for a valid account name: 1 to 64 letters, digits, `.`, `-`, `_` or `@`, beginning with a letter or digit. Names are
/// compared without regard to case (ASCII).
pub fn is_account_name(name: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
    name.len() <= 64 && name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(inside)
}

/// Reason for the rejection of a chosen password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeakPassword {
    /// Fewer than [`PASSWORD_MIN`] characters.
    Short,
    /// More than [`PASSWORD_MAX`] bytes.
    Long,
    /// Little more than the account's name, or a single repeated character.
    Guessable,
}

/// Shortest password, in characters. NIST SP 800-63B §3.1.1.2: length counts, composition rules do not help.
pub const PASSWORD_MIN: usize = 12;
/// Longest password, in bytes: hashing must not be a way to keep the processor busy.
pub const PASSWORD_MAX: usize = 1024;

pub fn judge_password(name: &str, password: &str) -> Result<(), WeakPassword> {
    let first = password.chars().next();
    match password.chars().count() {
        _ if password.len() > PASSWORD_MAX => Err(WeakPassword::Long),
        count if count < PASSWORD_MIN => Err(WeakPassword::Short),
        _ if password.chars().all(|c| Some(c) == first) => Err(WeakPassword::Guessable),
        _ if name.len() >= 4 && password.to_lowercase().replace(&name.to_lowercase(), "").chars().count() < 4 => {
            Err(WeakPassword::Guessable)
        }
        _ => Ok(()),
    }
}

/// Wait before the next sign-in. The first three attempts are free. Then the wait doubles from one second to
/// five minutes. The caller counts failures for each name and for each address.
pub fn slow_down(failures: u32) -> Duration {
    const FREE: u32 = 3;
    const LONGEST: Duration = Duration::from_mins(5);
    match failures.checked_sub(FREE) {
        None => Duration::ZERO,
        Some(over) => Duration::from_secs(1 << over.min(20)).min(LONGEST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_include_lesser_roles() {
        let actor = |role| Actor { name: "x".into(), role };
        for (have, need, may) in [
            (Role::Viewer, Role::Viewer, true),
            (Role::Viewer, Role::Operator, false),
            (Role::Operator, Role::Viewer, true),
            (Role::Operator, Role::Administrator, false),
            (Role::Administrator, Role::Operator, true),
        ] {
            assert_eq!(actor(have).needs(need).is_ok(), may, "{have:?} for {need:?}");
        }
    }

    #[test]
    fn password_is_judged_by_length_not_composition() {
        assert_eq!(judge_password("jo", "correct horse"), Ok(()));
        assert_eq!(judge_password("jo", "Tr0ub4dor&3"), Err(WeakPassword::Short));
        assert_eq!(judge_password("jo", "aaaaaaaaaaaaaaaa"), Err(WeakPassword::Guessable));
        assert_eq!(judge_password("administrator", "Administrator1"), Err(WeakPassword::Guessable));
        assert_eq!(judge_password("jo", &"x y".repeat(400)), Err(WeakPassword::Long));
    }

    #[test]
    fn slow_down_starts_at_third_failure_and_ends_at_five_minutes() {
        let seconds = |failures| slow_down(failures).as_secs();
        assert_eq!([0, 2, 3, 4, 5, 11, 12, 4_000_000].map(seconds), [0, 0, 1, 2, 4, 256, 300, 300]);
    }

    #[test]
    fn account_names_are_plain() {
        for (name, good) in [("m.jansen", true), ("a@b.example", true), ("", false), (".x", false), ("a b", false), ("é", false)]
        {
            assert_eq!(is_account_name(name), good, "{name}");
        }
    }
}

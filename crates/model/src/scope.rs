//! The scopes of a program's token. A scope is narrower than a role: most programs need to do one thing.

use crate::account::Role;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `/healthz` and `/metrics`.
    Metrics,
    /// Submit mail from the site's address.
    Send,
    /// See everything but secrets.
    Read,
    /// Read, and act on mail: queue, tests.
    Operate,
    /// Everything, including settings and accounts.
    Administer,
}

impl Scope {
    pub const ALL: [Self; 5] = [Self::Metrics, Self::Send, Self::Read, Self::Operate, Self::Administer];

    /// Name in the API, on the command line and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Send => "send",
            Self::Read => "read",
            Self::Operate => "operate",
            Self::Administer => "administer",
        }
    }

    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }

    /// True if this scope permits an action that needs the other scope.
    pub fn gives(self, needed: Self) -> bool {
        match self {
            Self::Administer => true,
            Self::Operate => matches!(needed, Self::Operate | Self::Read | Self::Metrics),
            Self::Read => matches!(needed, Self::Read | Self::Metrics),
            Self::Send | Self::Metrics => self == needed,
        }
    }

    /// The equivalent role; `None` for scopes that see nothing.
    pub fn role(self) -> Option<Role> {
        match self {
            Self::Metrics | Self::Send => None,
            Self::Read => Some(Role::Viewer),
            Self::Operate => Some(Role::Operator),
            Self::Administer => Some(Role::Administrator),
        }
    }
}

/// A word that names no scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no scope")]
pub struct UnknownScope(pub String);

/// Parses scopes separated by spaces or commas. Fails at the first unknown word.
pub fn scopes(text: &str) -> Result<Vec<Scope>, UnknownScope> {
    let words = text.split([' ', ',']).filter(|word| !word.is_empty());
    words.map(|word| Scope::of_name(word).ok_or_else(|| UnknownScope(word.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scope_permits_only_included_scopes() {
        for (has, needed, gives) in [
            (Scope::Send, Scope::Send, true),
            (Scope::Send, Scope::Read, false),
            (Scope::Read, Scope::Send, false),
            (Scope::Read, Scope::Operate, false),
            (Scope::Operate, Scope::Read, true),
            (Scope::Operate, Scope::Send, false),
            (Scope::Operate, Scope::Administer, false),
            (Scope::Metrics, Scope::Read, false),
            (Scope::Administer, Scope::Send, true),
        ] {
            assert_eq!(has.gives(needed), gives, "{has:?} for {needed:?}");
        }
        assert_eq!(scopes("send, read"), Ok(vec![Scope::Send, Scope::Read]));
        assert_eq!(scopes("send root"), Err(UnknownScope("root".to_owned())));
    }
}

//! What a program's token may do. Narrower than a role: most programs need to do one thing.

use crate::account::Role;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `/healthz` and `/metrics`.
    Metrics,
    /// Hand over mail from the site's address.
    Send,
    /// See everything but secrets.
    Read,
    /// And act on mail: queue, tests.
    Operate,
    /// Everything, settings and accounts among it.
    Administer,
}

impl Scope {
    pub const ALL: [Self; 5] = [Self::Metrics, Self::Send, Self::Read, Self::Operate, Self::Administer];

    /// As in the API, on the command line and in the store.
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

    /// Whether who has this scope may do what needs the other.
    pub fn gives(self, needed: Self) -> bool {
        match self {
            Self::Administer => true,
            Self::Operate => matches!(needed, Self::Operate | Self::Read | Self::Metrics),
            Self::Read => matches!(needed, Self::Read | Self::Metrics),
            Self::Send | Self::Metrics => self == needed,
        }
    }

    /// The role that it amounts to; those that see nothing have none.
    pub fn role(self) -> Option<Role> {
        match self {
            Self::Metrics | Self::Send => None,
            Self::Read => Some(Role::Viewer),
            Self::Operate => Some(Role::Operator),
            Self::Administer => Some(Role::Administrator),
        }
    }
}

/// The scopes in a text, with spaces or commas between. `Err` with the first word that is none.
pub fn scopes(text: &str) -> Result<Vec<Scope>, String> {
    let words = text.split([' ', ',']).filter(|word| !word.is_empty());
    words.map(|word| Scope::of_name(word).ok_or_else(|| word.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_gives_itself_and_no_more_than_it_says() {
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
        assert_eq!(scopes("send root"), Err("root".to_owned()));
    }
}

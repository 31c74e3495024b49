//! The state of a relay, in words of the status.

use model::hold::HoldCause;
use model::settings::{Auth, Method};

#[derive(Clone, Debug)]
pub struct RelayStatus {
    pub name: String,
    pub host: String,
    pub port: u16,
    /// The cause of its hold; `None` if it is open.
    pub hold_cause: Option<HoldCause>,
    /// True if its settings have changed, and a probe of the new ones is under way.
    pub is_checking: bool,
    /// True if it answers again after it lost a message: the next one shows whether it works.
    pub is_on_trial: bool,
    pub since: Option<String>,
    pub next_probe: Option<String>,
    pub fault: Option<String>,
    /// The Fluent key of the fault's cause and remedy, if more is known than the cause of the hold.
    pub advice: Option<String>,
    pub held_senders: Vec<String>,
    /// True for the first relay that takes mail of the site's sender, once it has accepted a message.
    pub in_use: bool,
    /// The kind of its tokens; `None` if it signs in without.
    pub token: Option<TokenKind>,
}

/// The holder of a relay's tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    User,
    Application,
}

impl TokenKind {
    pub fn of(auth: &Auth) -> Option<Self> {
        match auth {
            Auth::OAuth2(oauth2) if matches!(oauth2.method, Method::Application(_)) => Some(Self::Application),
            Auth::OAuth2(_) => Some(Self::User),
            Auth::None | Auth::Password { .. } => None,
        }
    }
}

/// The Fluent key of the remedy for a hold, without prefix. A refused token has another remedy than a refused password, and an
/// application has no person who signs in.
pub fn hold_remedy(cause: HoldCause, token: Option<TokenKind>) -> &'static str {
    match (cause, token) {
        (HoldCause::SignIn, Some(_)) => "token",
        (HoldCause::Grant, Some(TokenKind::Application)) => "application",
        (cause, _) => cause.name(),
    }
}

impl RelayStatus {
    /// The name of its state in the API and in Fluent keys: `open`, `checking`, `trial`, or the cause of its hold.
    pub fn state_name(&self) -> &'static str {
        match self.hold_cause {
            _ if self.is_checking => "checking",
            Some(_) if self.is_on_trial => "trial",
            cause => cause.map_or("open", HoldCause::name),
        }
    }

    /// The Fluent key of its state in words, without prefix.
    pub fn state_key(&self) -> &'static str {
        if self.in_use { "in-use" } else { self.state_name() }
    }

    /// The Fluent key of the remedy for its hold, without prefix.
    pub fn remedy_key(&self) -> &'static str {
        match self.hold_cause {
            Some(cause) if !self.is_checking && !self.is_on_trial => hold_remedy(cause, self.token),
            _ => self.state_name(),
        }
    }

    /// True if it can take mail of this sender now, as far as is known.
    pub(super) fn takes(&self, sender: &str) -> bool {
        self.hold_cause.is_none() && !self.held_senders.iter().any(|held| held == sender)
    }

    /// True if it takes mail of every sender.
    pub fn takes_all(&self) -> bool {
        self.hold_cause.is_none() && self.held_senders.is_empty()
    }
}

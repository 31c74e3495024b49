//! Sign-in (RFC 4954): PLAIN (RFC 4616), LOGIN, XOAUTH2 (Google's and Microsoft's documents), OAUTHBEARER (RFC 7628).
//!
//! Tokens always travel in two steps: first the mechanism, then the token after the `334`. Relays limit a command
//! line far below the length of a token. A line that answers a challenge may be long (RFC 4954 §4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::Secret;

/// Longest initial response on the AUTH line itself, in bytes. It keeps the line within 512 bytes (RFC 5321 §4.5.3.1.4).
const INITIAL_MAX: usize = 400;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    Plain,
    Login,
    XOAuth2,
    OAuthBearer,
}

impl Mechanism {
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
            Self::XOAuth2 => "XOAUTH2",
            Self::OAuthBearer => "OAUTHBEARER",
        }
    }

    pub fn named(word: &str) -> Option<Self> {
        [Self::Plain, Self::Login, Self::XOAuth2, Self::OAuthBearer]
            .into_iter()
            .find(|mechanism| mechanism.name().eq_ignore_ascii_case(word))
    }
}

/// The credentials for a relay.
#[derive(Clone, PartialEq, Eq)]
pub enum SignIn {
    Password {
        username: String,
        password: Secret,
    },
    /// `identity` is the SASL user: the mailbox, not the application.
    Bearer {
        identity: String,
        token: Secret,
    },
}

impl SignIn {
    /// The mechanisms that can carry these credentials, best first.
    pub fn mechanisms(&self) -> &'static [Mechanism] {
        match self {
            Self::Password { .. } => &[Mechanism::Plain, Mechanism::Login],
            Self::Bearer { .. } => &[Mechanism::XOAuth2, Mechanism::OAuthBearer],
        }
    }

    /// Every form of the secret that a relay might echo. A transcript must mask them all.
    pub fn spellings(&self) -> Vec<Secret> {
        match self {
            Self::Password { username, password } => {
                vec![password.clone(), Secret::new(BASE64.encode(password.reveal())), Secret::new(plain_blob(username, password))]
            }
            Self::Bearer { token, .. } => vec![
                token.clone(),
                Secret::new(token_blob(Mechanism::XOAuth2, self)),
                Secret::new(token_blob(Mechanism::OAuthBearer, self)),
            ],
        }
    }
}

fn plain_blob(username: &str, password: &Secret) -> String {
    BASE64.encode(format!("\0{username}\0{}", password.reveal()))
}

fn token_blob(mechanism: Mechanism, sign_in: &SignIn) -> String {
    let SignIn::Bearer { identity, token } = sign_in else { return String::new() };
    let token = token.reveal();
    BASE64.encode(match mechanism {
        // RFC 7628 §3.1 with a GS2 header, in which `=` and `,` of the identity are escaped (RFC 5801 §4).
        Mechanism::OAuthBearer => {
            let identity = identity.replace('=', "=3D").replace(',', "=2C");
            format!("n,a={identity},\u{1}auth=Bearer {token}\u{1}\u{1}")
        }
        Mechanism::XOAuth2 | Mechanism::Plain | Mechanism::Login => {
            format!("user={identity}\u{1}auth=Bearer {token}\u{1}\u{1}")
        }
    })
}

/// One sign-in: takes the relay's challenges in turn and gives the answers.
pub struct Exchange {
    mechanism: Mechanism,
    answers: std::vec::IntoIter<String>,
    initial: Option<Secret>,
    /// The challenge with which the relay refused a token, decoded, without control characters, at most 2,000 characters.
    /// No other reply carries the provider's reason.
    pub challenge: Option<String>,
}

/// The answer to a `334`.
pub enum SaslResponse {
    Say(Secret),
    /// The relay sends more challenges than the mechanism has: `*` ends the exchange (RFC 4954 §4).
    Cancel,
}

impl Exchange {
    /// Chooses the mechanism. Returns `None` if the relay offers none that can carry the credentials.
    pub fn begin(sign_in: &SignIn, offered: &[Mechanism]) -> Option<Self> {
        let mechanism = sign_in.mechanisms().iter().copied().find(|m| offered.contains(m))?;
        let mut initial = None;
        let answers = match sign_in {
            SignIn::Password { username, password } if mechanism == Mechanism::Plain => {
                let blob = plain_blob(username, password);
                if blob.len() <= INITIAL_MAX {
                    initial = Some(Secret::new(blob));
                    vec![]
                } else {
                    vec![blob]
                }
            }
            SignIn::Password { username, password } => vec![BASE64.encode(username), BASE64.encode(password.reveal())],
            SignIn::Bearer { .. } => vec![token_blob(mechanism, sign_in)],
        };
        Some(Self { mechanism, answers: answers.into_iter(), initial, challenge: None })
    }

    pub fn mechanism(&self) -> Mechanism {
        self.mechanism
    }

    pub fn initial(&self) -> Option<Secret> {
        self.initial.clone()
    }

    pub fn answer(&mut self, challenge: &str) -> SaslResponse {
        if let Some(next) = self.answers.next() {
            return SaslResponse::Say(Secret::new(next));
        }
        // A challenge after the token is the refusal with its reason. The relay sends the 535 only after an answer:
        // an empty line for XOAUTH2 (Google), a lone 0x01 for OAUTHBEARER (RFC 7628 §3.2.3).
        let end = match self.mechanism {
            Mechanism::XOAuth2 => "",
            Mechanism::OAuthBearer => "AQ==",
            Mechanism::Plain | Mechanism::Login => return SaslResponse::Cancel,
        };
        if self.challenge.is_some() {
            return SaslResponse::Cancel;
        }
        let decoded = BASE64.decode(challenge.trim()).unwrap_or_else(|_| challenge.as_bytes().to_vec());
        self.challenge = Some(String::from_utf8_lossy(&decoded).chars().filter(|c| !c.is_control()).take(2000).collect());
        SaslResponse::Say(Secret::new(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(answer: &SaslResponse) -> &str {
        match answer {
            SaslResponse::Say(secret) => secret.reveal(),
            SaslResponse::Cancel => "*",
        }
    }

    fn decoded(blob: &str) -> String {
        String::from_utf8(BASE64.decode(blob).unwrap()).unwrap()
    }

    #[test]
    fn plain_carries_spaces_quotes_and_letters_beyond_ascii() {
        let sign_in = SignIn::Password { username: "u@x".into(), password: Secret::new(" pass word é \"quoted\" ") };
        let exchange = Exchange::begin(&sign_in, &[Mechanism::Login, Mechanism::Plain]).unwrap();
        assert_eq!(decoded(exchange.initial().unwrap().reveal()), "\0u@x\0 pass word é \"quoted\" ");
    }

    #[test]
    fn long_password_is_kept_off_the_auth_line() {
        let sign_in = SignIn::Password { username: "u".into(), password: Secret::new("p".repeat(600)) };
        let mut exchange = Exchange::begin(&sign_in, &[Mechanism::Plain]).unwrap();
        assert!(exchange.initial().is_none());
        assert_eq!(decoded(text(&exchange.answer(""))).len(), 603);
    }

    /// A refused token gives the provider's reason, and the exchange ends as each mechanism demands.
    #[test]
    fn refused_token_gives_reason_and_ends_exchange() {
        for (mechanism, end) in [(Mechanism::XOAuth2, ""), (Mechanism::OAuthBearer, "AQ==")] {
            let sign_in = SignIn::Bearer { identity: "a=b,c@x".into(), token: Secret::new("t") };
            let mut exchange = Exchange::begin(&sign_in, &[mechanism]).unwrap();
            assert!(exchange.initial().is_none(), "a token never stands on the AUTH line");
            assert!(decoded(text(&exchange.answer(""))).contains("auth=Bearer t\u{1}\u{1}"));
            assert_eq!(text(&exchange.answer(&BASE64.encode(r#"{"status":"401"}"#))), end);
            assert_eq!(exchange.challenge.as_deref(), Some(r#"{"status":"401"}"#));
            assert_eq!(text(&exchange.answer("")), "*", "an endless exchange is ended by us");
        }
    }

    #[test]
    fn exchange_without_common_mechanism_does_not_begin() {
        let sign_in = SignIn::Bearer { identity: "a@x".into(), token: Secret::new("t") };
        assert!(Exchange::begin(&sign_in, &[Mechanism::Plain, Mechanism::Login]).is_none());
    }
}

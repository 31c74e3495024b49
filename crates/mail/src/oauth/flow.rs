//! One authorization code flow, without I/O: the address for the browser, the answer it brings back, and its check.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::Secret;
use model::account::Actor;
use model::catalogue::KnownRefusal;
use model::id::RelayId;
use model::oauth::{Destination, WordsOfProvider};
use model::settings::{IDENTITY_SCOPES, OAuth2Settings, Provider};
use store::CommitFault;

use super::OAuthFault;
use super::token_answer::{TokenSet, masked};

/// The parameters that the browser brought back.
#[derive(Clone, Default)]
pub struct Returned {
    pub state: Option<String>,
    pub code: Option<Secret>,
    pub error: Option<String>,
    pub description: Option<String>,
    /// The provider's issuer (RFC 9207).
    pub issuer: Option<String>,
}

impl Returned {
    /// Reads the query of an address, also of a whole pasted address.
    pub fn read(address: &str) -> Self {
        let query = address.split_once('?').map_or(address, |(_, query)| query);
        let query = query.split('#').next().unwrap_or("").trim();
        let mut returned = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = Some(value.into_owned()).filter(|value| !value.is_empty());
            match key.as_ref() {
                "state" => returned.state = value,
                "code" => returned.code = value.map(Secret::new),
                "error" => returned.error = value,
                "error_description" => returned.description = value,
                "iss" => returned.issuer = value,
                _ => {}
            }
        }
        returned
    }
}

/// The session or program that began a sign-in. Only it can end the sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Starter {
    /// Identifies the session or program.
    pub key: String,
    pub actor: Actor,
}

/// The sign-in that a starter asks for.
pub struct SignInRequest {
    /// The address to which the provider sends the browser back.
    pub redirect: String,
    /// True if the starter wants a test after the grant is stored.
    pub test: bool,
    pub starter: Starter,
}

/// The scopes that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestedScopes {
    Mail,
    /// Also [`IDENTITY_SCOPES`], so that the provider names the account.
    MailAndIdentity,
}

/// The reason why a sign-in failed. Nothing is stored.
#[derive(Debug, thiserror::Error)]
pub enum VerifyFault {
    #[error("the answer contains no state")]
    NoState,
    #[error("this sign-in is not known: it was used, has expired, or was not started here")]
    Unknown,
    #[error("this sign-in was started by another user, or in another session")]
    Foreign,
    #[error("the answer is from another provider: {0}")]
    OtherIssuer(String),
    #[error("the answer contains no code")]
    NoCode,
    #[error("the settings were changed after the sign-in was started")]
    Changed,
    #[error("the provider refused: {}", .words.words)]
    Refused { words: WordsOfProvider, known: Option<&'static KnownRefusal> },
    #[error("the provider gave no lasting permission (no refresh token)")]
    NoRefreshToken,
    #[error("the permission to send mail was not given; given: {given}")]
    NoMailScope { given: String },
    #[error("the answer does not belong to this sign-in")]
    NotOurs,
    #[error("too many sign-ins are in progress")]
    TooMany,
    #[error("the settings use the sign-in as the application, which needs no person")]
    Application,
    #[error("{0}")]
    OAuth(#[from] OAuthFault),
}

impl From<CommitFault> for VerifyFault {
    fn from(fault: CommitFault) -> Self {
        Self::OAuth(fault.into())
    }
}

impl From<model::account::Forbidden> for VerifyFault {
    fn from(forbidden: model::account::Forbidden) -> Self {
        Self::OAuth(forbidden.into())
    }
}

/// A sign-in under way.
pub(super) struct Flow {
    pub(super) relay: RelayId,
    pub(super) destination: Destination,
    pub(super) request: SignInRequest,
    pub(super) nonce: String,
    pub(super) verifier: Secret,
    pub(super) scopes: RequestedScopes,
    pub(super) until: Duration,
}

/// Checks that the tokens belong to this sign-in and grant the scopes that were asked for.
pub(super) fn check(tokens: &TokenSet, settings: &OAuth2Settings, flow: &Flow) -> Result<(), VerifyFault> {
    if let Some(identity) = &tokens.identity {
        let ours = identity.audience.contains(&settings.client_id);
        // OpenID Connect Core §3.1.3.7: the id_token must answer this request.
        if !ours || identity.nonce.as_deref() != Some(flow.nonce.as_str()) {
            return Err(VerifyFault::NotOurs);
        }
    }
    if let Some(given) = &tokens.scope {
        let has = |wanted: &str| given.iter().any(|scope| scope.eq_ignore_ascii_case(wanted));
        if !settings.mail_scopes().all(has) {
            return Err(VerifyFault::NoMailScope { given: masked(&given.join(" "), &[]) });
        }
    }
    if tokens.refresh.is_none() { Err(VerifyFault::NoRefreshToken) } else { Ok(()) }
}

/// The address of the provider's page for the browser. `state` leads the answer back to this sign-in.
pub(super) fn address(settings: &OAuth2Settings, page: &str, flow: &Flow, state: &str) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(ring::digest::digest(&ring::digest::SHA256, flow.verifier.reveal().as_bytes()));
    let mut scopes: Vec<&str> = settings.scopes.iter().map(String::as_str).collect();
    if flow.scopes == RequestedScopes::MailAndIdentity {
        scopes.extend(IDENTITY_SCOPES.iter().filter(|scope| !settings.scopes.iter().any(|typed| typed == *scope)));
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("client_id", &settings.client_id)
        .append_pair("response_type", "code")
        .append_pair("response_mode", "query")
        .append_pair("redirect_uri", &flow.request.redirect)
        .append_pair("scope", &scopes.join(" "))
        .append_pair("state", state)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        .append_pair("login_hint", &settings.email.to_string());
    if scopes.contains(&"openid") {
        query.append_pair("nonce", &flow.nonce);
    }
    match settings.provider {
        // Google gives a lasting grant only with both (its document on web server applications).
        Provider::Google => drop(query.append_pair("access_type", "offline").append_pair("prompt", "consent")),
        // OpenID Connect Core §11
        Provider::Other if scopes.contains(&"offline_access") => drop(query.append_pair("prompt", "consent")),
        Provider::Entra | Provider::Other => {}
    }
    let join = if page.contains('?') { '&' } else { '?' };
    format!("{page}{join}{}", query.finish())
}

/// Scheme, host and port of an address.
pub(super) fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?.to_ascii_lowercase();
    Some(format!("{}://{authority}", scheme.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returned_parameters_are_read_from_query_or_address() {
        for text in [
            "code=a%2Bb&state=s&iss=https%3A%2F%2Fx",
            " http://localhost/login/smtp-verification?code=a%2Bb&state=s&iss=https%3A%2F%2Fx#frag\n",
        ] {
            let returned = Returned::read(text);
            assert_eq!(returned.code.as_ref().map(Secret::reveal), Some("a+b"));
            assert_eq!((returned.state.as_deref(), returned.issuer.as_deref()), (Some("s"), Some("https://x")));
        }
        let empty = Returned::read("code=&state=&error=");
        assert!(empty.code.is_none() && empty.state.is_none() && empty.error.is_none());
    }

    #[test]
    fn issuer_is_compared_by_scheme_host_and_port() {
        let endpoint = origin("https://login.example/oauth2/authorize");
        assert_eq!(origin("https://LOGIN.example"), endpoint);
        for other in ["https://login.example.evil/", "http://login.example", "https://login.example:444", "login.example", ""] {
            assert_ne!(origin(other), endpoint, "{other}");
        }
    }
}

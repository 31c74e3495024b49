//! How our client proves its identity at a token endpoint: with a secret, or with an assertion. The assertion is a signed
//! statement of its identity (RFC 7523 §2.2, `private_key_jwt`).

use std::time::Duration;

use admin::account::random_token;
use admin::certificate::PemFault;
use admin::key_pair::{SignFault, SigningKey, parse_signing_key, sign};
use admin::library_words::pem_words;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::Secret;
use model::settings::{OAuth2Settings, Provider};
use model::time::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::json;

/// Life of an assertion. It is used at once; the time allows for clocks that differ.
const ASSERTION_LIFE: Duration = Duration::from_mins(5);

/// The client's authentication.
pub(super) enum Proof<'a> {
    /// None: a public client has PKCE alone.
    Nothing,
    Secret(&'a Secret),
    Certificate {
        certificate: &'a str,
        key: &'a Secret,
    },
}

/// The way in which a request carries the client's secret (OpenID Connect Core §9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SecretMethod {
    /// In the form: `client_secret_post`.
    #[default]
    Post,
    /// By HTTP Basic: `client_secret_basic`.
    Basic,
}

impl SecretMethod {
    pub(super) fn other(self) -> Self {
        match self {
            Self::Post => Self::Basic,
            Self::Basic => Self::Post,
        }
    }
}

/// The application could not sign an assertion.
#[derive(Debug, thiserror::Error)]
pub(super) enum AssertionFault {
    #[error("the application's key: {0}")]
    Key(PemFault),
    #[error("the application's certificate: {0}")]
    Certificate(PemFault),
    #[error("{0}")]
    Sign(#[from] SignFault),
}

/// Signs an assertion: the application's statement of its identity.
pub(super) fn assertion(
    settings: &OAuth2Settings,
    certificate: &str,
    key: &Secret,
    now: Timestamp,
) -> Result<Secret, AssertionFault> {
    let key = parse_signing_key(key).map_err(AssertionFault::Key)?;
    let der = CertificateDer::from_pem_slice(certificate.as_bytes())
        .map_err(|error| AssertionFault::Certificate(PemFault::NotPem(pem_words(&error))))?;
    let print = URL_SAFE_NO_PAD.encode(ring::digest::digest(&ring::digest::SHA256, &der));
    // Entra ID wants PSS. Every other provider knows RS256 (RFC 7518 §3.1).
    let algorithm = match (&key, settings.provider) {
        (SigningKey::P256(_), _) => "ES256",
        (SigningKey::Rsa(_), Provider::Entra) => "PS256",
        (SigningKey::Rsa(_), Provider::Google | Provider::Other) => "RS256",
    };
    let head = json!({ "alg": algorithm, "typ": "JWT", "x5t#S256": print });
    let claims = json!({
        "iss": settings.client_id, "sub": settings.client_id, "aud": settings.token_endpoint, "jti": random_token(),
        "iat": now.as_secs(), "nbf": now.as_secs(), "exp": (now + ASSERTION_LIFE).as_secs(),
    });
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(head.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
    let signature = sign(&key, algorithm, text.as_bytes())?;
    Ok(Secret::new(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))))
}

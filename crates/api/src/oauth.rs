//! Grants: the permission to sign in at a relay with OAuth2.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

names!(
    /// The state of a grant.
    GrantStateName {
        /// There is none yet.
        Absent = "absent",
        Authorized = "authorized",
        /// The provider or the relay has refused it; it may still work.
        Doubted = "doubted",
        /// A person must authorize again.
        Lost = "lost",
        /// The provider refuses our client or its secret.
        ClientRefused = "client-refused",
        Misconfigured = "misconfigured",
    }
);

names!(
    /// The way in which the node signs in at the provider.
    MethodName {
        /// As a user who gave the permission.
        User = "user",
        /// As the application itself.
        Application = "application",
    }
);

names!(
    /// The provider of the tokens.
    ProviderName {
        Entra = "entra",
        Google = "google",
        Other = "other",
    }
);

/// The grant of a relay. It holds no secrets.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GrantDetails {
    /// Name of the relay.
    pub relay: String,
    pub provider: ProviderName,
    pub method: MethodName,
    pub state: GrantStateName,
    /// True if tokens come and the relay may be shown them.
    pub well: bool,
    /// True if an operator must act at once.
    pub alarm: bool,
    /// The state in one sentence.
    pub says: String,
    /// The identity in the settings.
    pub email: String,
    /// The account that signed in at the provider.
    #[schema(required = true)]
    pub account: Option<String>,
    /// An account other than `email` that waits for confirmation. Its grant is not used before.
    #[schema(required = true)]
    pub confirm: Option<String>,
    /// True if the scopes have changed since: authorize again.
    pub verify_again: bool,
    /// Time when the grant was given (RFC 3339, UTC).
    #[schema(required = true, format = DateTime)]
    pub authorized: Option<String>,
    /// The actor that gave it.
    pub by: String,
    #[schema(required = true, format = DateTime)]
    pub last_renewed: Option<String>,
    #[schema(required = true, format = DateTime)]
    pub next_renewal: Option<String>,
    /// End of the present access token (RFC 3339, UTC).
    #[schema(required = true, format = DateTime)]
    pub token_expires: Option<String>,
    /// Time when the grant ends if it is not renewed any more (RFC 3339, UTC).
    #[schema(required = true, format = DateTime)]
    pub idle_limit: Option<String>,
    /// Days until the client secret ends.
    #[schema(required = true)]
    pub secret_days: Option<i64>,
    /// True if the client secret after it is stored.
    pub next_secret: bool,
    /// End of the application's certificate (RFC 3339, UTC).
    #[schema(required = true, format = DateTime)]
    pub certificate_expires: Option<String>,
    /// Days until that end.
    #[schema(required = true)]
    pub certificate_days: Option<i64>,
    /// Time since which an answer of the provider may have been lost (RFC 3339, UTC).
    #[schema(required = true, format = DateTime)]
    pub cut_off: Option<String>,
    /// Lead of the provider's clock over ours in seconds, if it is too large.
    #[schema(required = true)]
    pub clock_ahead_seconds: Option<i64>,
    /// Remarks, one sentence each.
    pub remarks: Vec<String>,
    /// The reason why the last request brought no token.
    #[schema(required = true)]
    pub fault: Option<GrantRefusal>,
}

/// The reason why the provider gave no token.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GrantRefusal {
    /// Time of the request (RFC 3339, UTC).
    #[schema(format = DateTime)]
    pub at: String,
    /// HTTP status; 0 without an answer.
    pub status: u16,
    /// The provider's error code (RFC 6749 §5.2).
    #[schema(required = true)]
    pub error: Option<String>,
    /// The provider's own words.
    pub words: String,
    pub cause: String,
    /// The action that mends the cause.
    pub remedy: String,
}

/// A sign-in to begin.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInStart {
    /// Redirect address as registered at the provider. Pass the address at which the browser arrives to `finish`.
    /// Default: `http://localhost/login/smtp-verification`.
    pub redirect_uri: Option<String>,
}

/// A begun sign-in. A person opens `url` within ten minutes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignInBegun {
    /// The provider's page.
    pub url: String,
    /// The address to which the provider sends the browser.
    pub redirect_uri: String,
    /// The identity in the settings.
    pub email: String,
}

/// The end of a sign-in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInFinish {
    /// The full address at which the browser arrived.
    pub address: String,
}

/// The outcome of a sign-in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "result", rename_all = "lowercase")]
pub enum SignInOutcome {
    /// The grant is in use.
    Authorized {
        /// Name of the relay.
        relay: String,
        /// The account that signed in, if the provider names it.
        #[schema(required = true)]
        account: Option<String>,
    },
    /// Another account than the one in the settings signed in. Nothing is used before `confirm`.
    Confirm {
        /// Name of the relay.
        relay: String,
        /// The account that signed in.
        account: String,
        /// The identity in the settings.
        email: String,
    },
    /// The sign-in must be done once more.
    Again {
        /// The provider's page.
        url: String,
        /// The address to which the provider sends the browser.
        redirect_uri: String,
    },
}

/// The confirmation of an account other than *Email*.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountConfirmation {
    /// The account that signed in at the provider.
    pub account: String,
}

/// The certificate of a new key pair, to upload at the provider.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ApplicationCertificate {
    /// PEM.
    pub certificate: String,
    /// SHA-256 of the certificate, in hexadecimal digits.
    pub fingerprint: String,
    /// End of its validity (RFC 3339, UTC).
    pub not_after: String,
}

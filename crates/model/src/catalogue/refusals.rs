//! Known refusals of token endpoints, as data. A row explains: cause and remedy (Fluent keys `token-<id>`). The consequence
//! depends on status and `error` only ([`crate::oauth::Refusal`]), never on a row.

use super::Peer::{self, Any, Google, Microsoft};
use super::ReplyKind::{self, Configuration, Limit, Reauthorize, Transient};
use crate::phrase::Phrase;

/// A known refusal: recognised by its number, its `error`, or words in its description.
#[derive(Debug, PartialEq, Eq)]
pub struct KnownRefusal {
    pub id: &'static str,
    pub peer: Peer,
    /// Numbers of `AADSTS…`; empty is any.
    pub codes: &'static [u32],
    /// Values of `error`; empty is any.
    pub errors: &'static [&'static str],
    /// Lower-case texts. The description must contain at least one; empty is any text.
    pub texts: &'static [&'static str],
    pub kind: ReplyKind,
    /// A real refusal, as `error: description`.
    pub sample: &'static str,
}

impl KnownRefusal {
    pub fn cause(&self) -> Phrase {
        Phrase::new(format!("{}.cause", self.key()))
    }

    pub fn remedy(&self) -> Phrase {
        Phrase::new(format!("{}.remedy", self.key()))
    }

    pub fn key(&self) -> String {
        format!("token-{}", self.id)
    }

    fn fits(&self, peer: Peer, error: &str, codes: &[u32], text: &str) -> bool {
        (self.peer == Any || self.peer == peer)
            && (self.codes.is_empty() || self.codes.iter().any(|code| codes.contains(code)))
            && (self.errors.is_empty() || self.errors.contains(&error))
            && (self.texts.is_empty() || self.texts.iter().any(|known| text.contains(known)))
    }
}

/// The error numbers in Microsoft's words: `AADSTS70008: …`.
pub fn codes_in(words: &str) -> Vec<u32> {
    let numbers = words.split("AADSTS").skip(1);
    let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
    numbers.filter_map(|rest| digits(rest).parse().ok()).collect()
}

/// The row for a refusal, or `None` if the refusal is not known.
pub fn known_refusal(peer: Peer, error: &str, codes: &[u32], words: &str) -> Option<&'static KnownRefusal> {
    let text = words.to_lowercase();
    REFUSALS.iter().find(|row| row.fits(peer, error, codes, &text))
}

const fn entra(id: &'static str, codes: &'static [u32], kind: ReplyKind, sample: &'static str) -> KnownRefusal {
    KnownRefusal { id, peer: Microsoft, codes, errors: &[], texts: &[], kind, sample }
}

// Five arguments: the columns of the table below.
const fn by_error(
    id: &'static str,
    peer: Peer,
    errors: &'static [&'static str],
    kind: ReplyKind,
    sample: &'static str,
) -> KnownRefusal {
    KnownRefusal { id, peer, codes: &[], errors, texts: &[], kind, sample }
}

/// Sources: the providers' own lists of errors, and public issue threads. Answers to a device code are not included: that way
/// of signing in is not offered.
#[rustfmt::skip]
pub const REFUSALS: &[KnownRefusal] = &[
    entra("entra-idle", &[700_082, 70_008], Reauthorize, "invalid_grant: AADSTS700082: The refresh token has expired due to inactivity."),
    entra("entra-spa", &[700_084], Reauthorize, "invalid_grant: AADSTS700084: The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime"),
    entra("entra-sign-in-frequency", &[70_043], Reauthorize, "invalid_grant: AADSTS70043: The refresh token has expired or is invalid due to sign-in frequency checks by conditional access."),
    entra("entra-revoked", &[50_173], Reauthorize, "invalid_grant: AADSTS50173: The provided grant has expired due to it being revoked"),
    entra("entra-mfa", &[50_076, 50_079, 50_074, 50_078], Reauthorize, "interaction_required: AADSTS50076: Due to a configuration change made by your administrator, you must use multi-factor authentication"),
    entra("entra-conditional-access", &[53_003, 530_032, 530_035], Configuration, "interaction_required: AADSTS53003: Access has been blocked by Conditional Access policies."),
    entra("entra-device", &[50_158, 53_000, 53_001], Configuration, "interaction_required: AADSTS53000: Your device is required to be managed to access this resource."),
    entra("entra-secret-expired", &[7_000_222], Configuration, "invalid_client: AADSTS7000222: The provided client secret keys for app are expired."),
    entra("entra-secret-wrong", &[7_000_215, 70_002], Configuration, "invalid_client: AADSTS7000215: Invalid client secret provided."),
    entra("entra-secret-missing", &[7_000_218], Configuration, "invalid_client: AADSTS7000218: The request body must contain the following parameter: 'client_assertion' or 'client_secret'."),
    entra("entra-public-client", &[700_025], Configuration, "invalid_client: AADSTS700025: Client is public so neither 'client_assertion' nor 'client_secret' should be presented."),
    entra("entra-certificate", &[700_027, 50_012, 700_030], Configuration, "invalid_client: AADSTS700027: Client assertion failed signature validation."),
    entra("entra-app-unknown", &[700_016, 700_011], Configuration, "unauthorized_client: AADSTS700016: Application with identifier was not found in the directory"),
    entra("entra-app-disabled", &[7_000_112, 70_001], Configuration, "unauthorized_client: AADSTS7000112: Application is disabled."),
    entra("entra-tenant", &[90_002, 900_023], Configuration, "invalid_request: AADSTS90002: Tenant not found."),
    entra("entra-cloud", &[900_382, 90_038], Configuration, "invalid_request: AADSTS900382: Confidential Client is not supported in Cross Cloud request."),
    entra("entra-single-tenant", &[50_194], Configuration, "invalid_request: AADSTS50194: Application is not configured as a multi-tenant application."),
    entra("entra-wrong-authority", &[9_002_332, 9_001_023, 90_130], Configuration, "invalid_request: AADSTS9001023: The grant type is not supported over the /common or /consumers endpoints."),
    entra("entra-redirect", &[50_011], Configuration, "invalid_request: AADSTS50011: The redirect URI specified in the request does not match"),
    entra("entra-consent", &[65_001, 90_094, 90_095, 65_004], Configuration, "consent_required: AADSTS65001: The user or administrator has not consented to use the application"),
    entra("entra-permission", &[650_057, 65_005, 650_056], Configuration, "invalid_client: AADSTS650057: Invalid resource. The client has requested access to a resource which is not listed in the requested permissions"),
    entra("entra-scope", &[70_011, 700_022, 28_002, 900_144], Configuration, "invalid_scope: AADSTS70011: The provided value for the input parameter 'scope' is not valid."),
    entra("entra-no-exchange", &[500_011], Configuration, "invalid_resource: AADSTS500011: The resource principal named https://outlook.office365.com was not found in the tenant"),
    entra("entra-other-account", &[50_020, 50_034, 16_000], Configuration, "invalid_grant: AADSTS50020: User account from identity provider does not exist in tenant"),
    entra("entra-not-assigned", &[50_105], Configuration, "access_denied: AADSTS50105: The signed in user is not assigned to a role for the application"),
    entra("entra-account-state", &[50_057, 50_055, 50_053], Configuration, "invalid_grant: AADSTS50057: The user account is disabled."),
    entra("entra-code-used", &[54_005], Reauthorize, "invalid_grant: AADSTS54005: OAuth2 Authorization code was already redeemed"),
    entra("entra-pkce", &[501_481, 50_147], Configuration, "invalid_grant: AADSTS501481: The Code_Verifier does not match the code_challenge supplied in the authorization request."),
    entra("entra-loop", &[50_196], Limit, "invalid_grant: AADSTS50196: The server terminated an operation because it encountered a client request loop."),
    entra("entra-busy", &[90_033, 90_006, 90_024, 50_033], Transient, "temporarily_unavailable: AADSTS90033: A transient error has occurred. Please try again."),
    KnownRefusal { id: "google-revoked", peer: Google, codes: &[], errors: &["invalid_grant"], texts: &["expired or revoked"], kind: Reauthorize, sample: "invalid_grant: Token has been expired or revoked." },
    by_error("google-redirect", Google, &["redirect_uri_mismatch"], Configuration, "redirect_uri_mismatch: Bad Request"),
    by_error("google-admin-policy", Google, &["admin_policy_enforced"], Configuration, "admin_policy_enforced: Access to your account data is restricted by policies within your organization."),
    by_error("google-deleted-client", Google, &["deleted_client"], Configuration, "deleted_client: The OAuth client was deleted."),
    by_error("google-access-denied", Google, &["access_denied"], Configuration, "access_denied: "),
    by_error("google-client", Google, &["invalid_client"], Configuration, "invalid_client: The OAuth client was not found."),
    by_error("google-unauthorized-client", Google, &["unauthorized_client"], Configuration, "unauthorized_client: Unauthorized"),
    by_error("grant", Any, &["invalid_grant"], Reauthorize, "invalid_grant: grant request is invalid"),
    by_error("person", Any, &["interaction_required", "login_required", "consent_required"], Reauthorize, "interaction_required: "),
    by_error("client", Any, &["invalid_client"], Configuration, "invalid_client: client authentication failed"),
    by_error("unauthorized-client", Any, &["unauthorized_client"], Configuration, "unauthorized_client: requested grant type is not allowed for this client"),
    by_error("scope", Any, &["invalid_scope"], Configuration, "invalid_scope: requested scope is not allowed"),
    by_error("denied", Any, &["access_denied"], Configuration, "access_denied: End-User aborted interaction"),
    by_error("request", Any, &["invalid_request", "unsupported_grant_type", "unsupported_response_type", "invalid_target", "invalid_resource"], Configuration, "invalid_request: no client authentication mechanism provided"),
    by_error("busy", Any, &["temporarily_unavailable", "server_error"], Transient, "temporarily_unavailable: "),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_match_own_samples_and_shadow_none() {
        for (i, row) in REFUSALS.iter().enumerate() {
            let (error, words) = row.sample.split_once(": ").expect("error: description");
            let found = known_refusal(row.peer, error, &codes_in(words), words);
            assert_eq!(found.map(|row| row.id), Some(row.id), "{}", row.sample);
            for code in row.codes {
                assert_eq!(known_refusal(Microsoft, error, &[*code], "").map(|row| row.id), Some(row.id), "{code}");
            }
            assert!(REFUSALS[..i].iter().all(|other| other.id != row.id), "{}", row.id);
            assert!(row.texts.iter().all(|text| text.to_lowercase() == **text), "{}", row.id);
        }
    }

    #[test]
    fn refusal_number_counts_only_for_its_provider() {
        assert_eq!(known_refusal(Google, "invalid_grant", &[700_082], "").map(|row| row.id), Some("grant"));
        assert_eq!(known_refusal(Any, "something_new", &[], "AADSTS1"), None);
        assert_eq!(codes_in("AADSTS70008: x AADSTS50173"), [70_008, 50_173]);
        assert!(codes_in("AADSTS").is_empty());
    }
}

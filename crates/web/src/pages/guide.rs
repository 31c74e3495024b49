//! Values for the OAuth2 guides beside the form. Also fills a draft from a relay with password sign-in, or from Google's
//! client file.

use mail::oauth::{PASTED, TokenClaims};
use model::Secret;
use model::oauth::{application_commands, powershell_literal};
use model::settings::{Auth, Draft, MethodKind, Provider, SecretEntry, provider_restricting_passwords};
use serde_json::Value;

use super::pages_state::PagesState;
use super::redirect::redirect_for;
use crate::via::Here;

/// The field for the client file that Google issues. It is no setting: its values go into their own fields.
pub(super) const CLIENT_FILE: &str = "client_file";

/// Microsoft's announcement about password sign-in for SMTP. The words of `page-password-ends` have its dates, as read in
/// September 2026.
pub(super) const PASSWORD_ANNOUNCEMENT: &str = "https://techcommunity.microsoft.com/blog/exchange/\
    updated-exchange-online-smtp-auth-basic-authentication-deprecation-timeline/4489835";

/// The redirect address to register at one provider.
pub(super) struct Redirect {
    pub(super) uri: String,
    /// The provider does not register the address in the browser: the user pastes the last address of the sign-in.
    pub(super) pasted: bool,
}

impl Redirect {
    fn of(provider: Provider, here: &Here) -> Self {
        let uri = redirect_for(provider, here);
        Self { pasted: uri == PASTED, uri }
    }
}

/// Values that the guides show.
pub(super) struct Guide {
    pub(super) email: String,
    pub(super) scopes: String,
    /// Exchange Online PowerShell: allows SMTP sign-in for the mailbox.
    pub(super) mailbox_command: String,
    /// Exchange Online PowerShell: lets the application send from the mailbox. Made from the saved settings of the first
    /// relay and the claims of its token. Empty if the first relay does not use OAuth2.
    pub(super) application_commands: String,
    pub(super) entra: Redirect,
    pub(super) google: Redirect,
    pub(super) other: Redirect,
}

impl Guide {
    pub(super) fn of(draft: &Draft, pages: &PagesState, here: &Here) -> Self {
        let oauth2 = &draft.email.oauth2;
        let email = oauth2.email.clone().filter(|email| !email.is_empty()).unwrap_or_else(|| "alerts@example.com".into());
        let current = pages.service.settings().current().settings();
        let first = current.as_ref().and_then(|settings| settings.route.first());
        let commands = first.and_then(|relay| match &relay.auth {
            Auth::OAuth2(settings) => {
                let claims = pages.service.oauth().token_claims(&relay.name).and_then(TokenClaims::readable);
                Some(application_commands(settings, claims.as_ref()).join("\n"))
            }
            Auth::None | Auth::Password { .. } => None,
        });
        Self {
            scopes: Provider::Entra
                .default_scopes(model::settings::Cloud::of_name(oauth2.cloud.as_deref().unwrap_or("")), MethodKind::User)
                .unwrap_or_default(),
            mailbox_command: format!(
                "Set-CASMailbox -Identity {} -SmtpClientAuthenticationDisabled $false",
                powershell_literal(&email)
            ),
            application_commands: commands.unwrap_or_default(),
            entra: Redirect::of(Provider::Entra, here),
            google: Redirect::of(Provider::Google, here),
            other: Redirect::of(Provider::Other, here),
            email,
        }
    }
}

/// Sets OAuth2 up from the settings of a relay with password sign-in. `false` if its provider is unknown.
pub(super) fn set_up_oauth2(draft: &mut Draft) -> bool {
    let Some(provider) = draft.email.relay.host.as_deref().and_then(provider_restricting_passwords) else { return false };
    let auth = &mut draft.email.auth;
    auth.kind = Some("oauth2".into());
    let user = auth.username.clone().filter(|user| user.contains('@'));
    let oauth2 = &mut draft.email.oauth2;
    oauth2.provider = Some(provider.name().into());
    oauth2.method = oauth2.method.take().or_else(|| Some("user".into()));
    oauth2.email = oauth2.email.take().or_else(|| user.clone());
    if provider == Provider::Entra {
        let domain = user.as_deref().and_then(|user| user.rsplit_once('@')).map(|(_, domain)| domain.to_owned());
        oauth2.tenant = oauth2.tenant.take().or(domain);
    }
    true
}

/// Takes client ID and secret from the JSON file that Google issues. An empty text changes nothing. The token endpoint in
/// the file is not used; the function only checks that it is Google's. `Err` is the suffix of the Fluent key.
pub(super) fn import_google_client(draft: &mut Draft, text: &str) -> Result<(), &'static str> {
    if text.trim().is_empty() {
        return Ok(());
    }
    let file: Value = serde_json::from_str(text).map_err(|_| "json")?;
    if file["type"] == "service_account" {
        return Err("service-account");
    }
    let client = ["web", "installed"].iter().map(|kind| &file[*kind]).find(|client| client.is_object()).ok_or("kind")?;
    let value = |key: &str| client[key].as_str().filter(|value| !value.is_empty());
    let is_google_host = |url: &str| {
        url.split("://")
            .nth(1)
            .and_then(|rest| rest.split(['/', ':']).next())
            .is_some_and(|host| host.ends_with(".googleapis.com") || host == "accounts.google.com")
    };
    if value("token_uri").is_some_and(|url| !is_google_host(url)) {
        return Err("endpoint");
    }
    let (id, secret) = value("client_id").zip(value("client_secret")).ok_or("kind")?;
    let oauth2 = &mut draft.email.oauth2;
    oauth2.client_id = Some(id.to_owned());
    oauth2.client_secret = SecretEntry::New(Secret::new(secret));
    oauth2.provider = Some(Provider::Google.name().into());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn google_file_fills_client_and_rejects_other_endpoint() {
        let file = |token: &str| {
            format!(r#"{{"web":{{"client_id":"id.apps","client_secret":"s3cret","token_uri":"{token}","redirect_uris":[]}}}}"#)
        };
        let mut draft = Draft::default();
        assert_eq!(import_google_client(&mut draft, &file("https://oauth2.googleapis.com/token")), Ok(()));
        assert_eq!(draft.email.oauth2.client_id.as_deref(), Some("id.apps"));
        assert!(matches!(&draft.email.oauth2.client_secret, SecretEntry::New(secret) if secret.reveal() == "s3cret"));
        assert_eq!((draft.email.oauth2.provider.as_deref(), draft.email.oauth2.token_endpoint), (Some("google"), None));
        for (text, why) in [
            (file("https://evil.example/token"), "endpoint"),
            (file("https://googleapis.com.evil.example/token"), "endpoint"),
            (r#"{"type":"service_account"}"#.to_owned(), "service-account"),
            (r#"{"web":{}}"#.to_owned(), "kind"),
            ("rubbish".to_owned(), "json"),
        ] {
            assert_eq!(import_google_client(&mut Draft::default(), &text), Err(why), "{text}");
        }
        assert_eq!(import_google_client(&mut Draft::default(), "  "), Ok(()));
    }

    #[test]
    fn redirect_is_pasted_where_provider_refuses_the_address() {
        let pasted = |provider, here: &str| Redirect::of(provider, &Here(here.into())).pasted;
        for (here, entra, google, other) in [
            ("https://post.example.net", false, false, false),
            ("https://post.example.net:8443", false, false, false),
            ("https://192.0.2.7:8025", false, true, false),
            ("https://[2001:db8::7]", false, true, false),
            ("https://post.lan", false, true, false),
            ("https://post", false, true, false),
            ("http://192.0.2.7:8025", true, true, true),
            ("http://127.0.0.1:8025", true, false, false),
            ("http://localhost:8025", false, false, false),
        ] {
            let all = [Provider::Entra, Provider::Google, Provider::Other].map(|provider| pasted(provider, here));
            assert_eq!(all, [entra, google, other], "{here}");
        }
        let own = Redirect::of(Provider::Google, &Here("https://post.example.net".into()));
        assert_eq!(own.uri, "https://post.example.net/login/smtp-verification");
    }

    #[test]
    fn oauth2_setup_takes_over_password_settings() {
        let mut draft = Draft::default();
        draft.email.relay.host = Some("SMTP.office365.com".into());
        draft.email.auth.username = Some("alerts@contoso.example".into());
        assert!(set_up_oauth2(&mut draft));
        let oauth2 = &draft.email.oauth2;
        assert_eq!((oauth2.provider.as_deref(), oauth2.tenant.as_deref()), (Some("entra"), Some("contoso.example")));
        assert_eq!(oauth2.email.as_deref(), Some("alerts@contoso.example"));
        assert!(!set_up_oauth2(&mut Draft::default()));
    }
}

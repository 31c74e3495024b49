//! The redirect address: where a provider sends the browser after a sign-in.

use mail::oauth::PASTED;
use model::settings::{Provider, is_loopback_url};

use super::pages_state::PagesState;
use crate::via::Here;

/// Path to which the provider redirects the browser.
pub(super) const CALLBACK: &str = "/login/smtp-verification";

/// Returns the redirect addresses to register at providers: under each name of this site, and the address to be pasted.
pub(super) fn redirects(pages: &PagesState, here: &Here) -> Vec<String> {
    let of_settings = pages.service.settings().current().settings().and_then(|settings| settings.site.external_url.clone());
    let mut all: Vec<String> = pages.urls.iter().chain(&of_settings).map(|url| format!("{url}{CALLBACK}")).collect();
    let own = format!("{}{CALLBACK}", here.0);
    if !all.contains(&own) {
        all.insert(0, own);
    }
    all.retain(|url| url != PASTED);
    all.push(PASTED.to_owned());
    all
}

/// True if providers accept the address as a redirect: TLS, or this machine itself.
pub(super) fn comes_back(here: &Here) -> bool {
    here.0.starts_with("https://") || is_loopback_url(&here.0)
}

/// Returns the redirect address to register at a provider: the one of this site, or the one to paste if the provider does
/// not register the address in the browser.
pub(super) fn redirect_for(provider: Provider, here: &Here) -> String {
    if is_registrable(provider, here) { format!("{}{CALLBACK}", here.0) } else { PASTED.to_owned() }
}

/// Entra ID registers TLS, and `localhost` by that name. Google registers this machine, and names below a public suffix.
fn is_registrable(provider: Provider, here: &Here) -> bool {
    let Some((scheme, authority)) = here.0.split_once("://") else { return false };
    match provider {
        Provider::Entra => scheme == "https" || authority.split(':').next() == Some("localhost"),
        Provider::Google if scheme == "https" => is_public_name(authority),
        Provider::Google | Provider::Other => comes_back(here),
    }
}

/// Suffixes that private networks use. No public registry has them (RFC 6762, RFC 8375 and ICANN's `.internal`).
const PRIVATE_SUFFIXES: [&str; 9] = ["arpa", "corp", "home", "internal", "intranet", "lan", "local", "localdomain", "localhost"];

fn is_public_name(authority: &str) -> bool {
    let host = authority.split(':').next().unwrap_or_default();
    match host.rsplit_once('.') {
        // The last label of an IPv4 address is a number. An IPv6 address has brackets, and no dot before its first colon.
        Some((_, suffix)) => !suffix.starts_with(|c: char| c.is_ascii_digit()) && !PRIVATE_SUFFIXES.contains(&suffix),
        None => false,
    }
}

//! The grant for a relay: begun at the provider, completed here; renewed, confirmed, forgotten.

use admin::account::SignedIn;
use admin::clock::rfc3339;
use admin::settings::labels::with_labels;
use admin::words::say;
use askama::Template;
use axum::extract::{Path, RawForm, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use mail::oauth::{Begun, GrantStatus, OAuthFault, PASTED, Returned, SignInRequest, Starter, Verified, VerifyFault};
use model::Phrase;
use model::account::{Actor, Role};
use model::oauth::Confirm;
use model::settings::{ApplicationProof, Auth, Method};
use node::test_send::TestSend;

use super::form::{pairs, value_of};
use super::frame::{Frame, failed, forbidden, page, sorry, with_status};
use super::pages_state::PagesState;
use super::redirect::{CALLBACK, comes_back};
use super::run::{self, TestedSettings};
use super::sign_in_results::SignInResult;
use super::visitor::{Member, Visitor};
use crate::api::oauth::refusal;

const PAGE: &str = "/login/management/email";
/// Identifies a sign-in by its session, so that no other session can complete it.
fn starter(signed: &SignedIn) -> Starter {
    Starter { key: format!("session#{:?}", signed.session.digest), actor: signed.actor() }
}

/// A grant as the settings page shows it.
pub(super) struct Panel {
    pub(super) grant: GrantStatus,
    pub(super) class: &'static str,
    pub(super) said: String,
    pub(super) remarks: Vec<String>,
    /// Time, cause, remedy, and the words of the last refusal.
    pub(super) fault: Option<(String, String, String, String)>,
    /// Identifier of the separate forms and their buttons.
    pub(super) form: String,
}

pub(super) fn panels(pages: &PagesState, member: &Member) -> Vec<Panel> {
    let say = |phrase: &Phrase| with_labels(&say(member.language, phrase), member.language);
    let panel = |(i, grant): (usize, GrantStatus)| Panel {
        class: match () {
            () if grant.is_alarm() => "bad",
            () if grant.is_well() && grant.remarks().is_empty() => "ok",
            () => "wait",
        },
        said: say(&grant.phrase()),
        remarks: grant.remarks().iter().map(say).collect(),
        fault: grant.fault.as_ref().map(|fault| (rfc3339(fault.at), say(&fault.cause), say(&fault.remedy), fault.words.clone())),
        form: format!("oauth-{i}"),
        grant,
    };
    pages.service.oauth().statuses().into_iter().enumerate().map(panel).collect()
}

#[derive(Template)]
#[template(path = "leave.html")]
struct Leave {
    f: Frame,
    begun: Begun,
    /// Host of the provider.
    host: String,
    pasted: bool,
}

#[derive(Template)]
#[template(path = "forget.html")]
struct Forget {
    f: Frame,
    relay: String,
}

/// Runs the button beside a grant.
pub(super) async fn act(State(pages): State<PagesState>, member: Member, RawForm(body): RawForm) -> Response {
    let pairs = pairs(&body);
    let relay = value_of(&pairs, "relay").to_owned();
    let (oauth, who) = (pages.service.oauth(), member.signed.actor());
    let done = match value_of(&pairs, "do") {
        "verify" => return begin(&pages, &member, &pairs, &relay).await,
        "renew" => oauth.renew_now(Some(&relay), &who).await.map(drop),
        "forget" if value_of(&pairs, "sure").is_empty() => {
            return match Frame::of(&pages, &member).await {
                Ok(f) => page(member.language, &Forget { f, relay }),
                Err(response) => response,
            };
        }
        "forget" => oauth.forget(Some(&relay), &who).await,
        "confirm" => match oauth.confirm(Some(&relay), value_of(&pairs, "account"), &who).await {
            Err(VerifyFault::OAuth(fault)) => Err(fault),
            Err(fault) => return failed(member.language, &fault),
            Ok(()) if !value_of(&pairs, "test").is_empty() => {
                pages.state_line.discard().await;
                let test = run_test(&pages, &member, &relay);
                return Redirect::to(test.as_deref().unwrap_or(PAGE)).into_response();
            }
            Ok(()) => Ok(()),
        },
        _ => return sorry(member.language, StatusCode::BAD_REQUEST, "bad-form"),
    };
    pages.state_line.discard().await;
    match done {
        Ok(()) => Redirect::to(&format!("{PAGE}#s-oauth")).into_response(),
        Err(fault) => not_done(&member, &fault),
    }
}

fn not_done(member: &Member, fault: &OAuthFault) -> Response {
    match fault {
        OAuthFault::Forbidden(_) => forbidden(member.language),
        OAuthFault::Unset | OAuthFault::NoSuchRelay(_) | OAuthFault::NotOAuth2(_) => {
            sorry(member.language, StatusCode::CONFLICT, "not-oauth2")
        }
        OAuthFault::NothingToForget => sorry(member.language, StatusCode::CONFLICT, "nothing-to-forget"),
        OAuthFault::NothingToConfirm => sorry(member.language, StatusCode::CONFLICT, "nothing-to-confirm"),
        OAuthFault::Follows(_) => sorry(member.language, StatusCode::CONFLICT, "follows-primary"),
        OAuthFault::Store(fault) => failed(member.language, fault),
    }
}

async fn begin(pages: &PagesState, member: &Member, pairs: &[(String, String)], relay: &str) -> Response {
    // The user pastes the address if no provider redirects to this site.
    let pasted = value_of(pairs, "back") == "pasted" || !comes_back(&member.here);
    let redirect = if pasted { PASTED.to_owned() } else { format!("{}{CALLBACK}", member.here.0) };
    let test = !value_of(pairs, "test").is_empty();
    let request = SignInRequest { redirect, test, starter: starter(&member.signed) };
    match pages.service.oauth().start(Some(relay), request) {
        Ok(begun) => leave(pages, member, begun).await,
        Err(VerifyFault::OAuth(fault)) => not_done(member, &fault),
        Err(fault) => ended(pages, &member.signed, relay, refused(&fault)),
    }
}

/// Shows a page that leads to the provider. The form cannot redirect there: the content policy allows forms to lead to
/// this site only.
async fn leave(pages: &PagesState, member: &Member, begun: Begun) -> Response {
    let host = begun.url.split("://").nth(1).and_then(|rest| rest.split(['/', '?']).next()).unwrap_or("").to_owned();
    match Frame::of(pages, member).await {
        Ok(f) => page(member.language, &Leave { f, host, pasted: begun.redirect == PASTED, begun }),
        Err(response) => response,
    }
}

fn refused(fault: &VerifyFault) -> SignInResult {
    let (key, words) = refusal(fault);
    SignInResult::Refused { key, words }
}

/// Takes the provider's answer from the redirected browser.
pub(super) async fn returned(State(pages): State<PagesState>, visitor: Visitor, RawQuery(query): RawQuery) -> Response {
    let returned = Returned::read(&query.unwrap_or_default());
    take(&pages, visitor, returned).await
}

/// Takes the provider's answer from an address that the user pasted.
pub(super) async fn pasted(State(pages): State<PagesState>, visitor: Visitor, RawForm(body): RawForm) -> Response {
    let pairs = pairs(&body);
    take(&pages, visitor, Returned::read(value_of(&pairs, "address"))).await
}

async fn take(pages: &PagesState, visitor: Visitor, returned: Returned) -> Response {
    let Some(signed) = visitor.signed.clone() else {
        // Do not redirect to the sign-in: its address would carry the code. Any client can send a request here. So
        // write an audit entry only for a sign-in under way.
        let oauth = pages.service.oauth();
        if oauth.knows(&returned) {
            let nobody = Starter { key: "nobody".into(), actor: Actor { name: "-".into(), role: Role::Viewer } };
            drop(oauth.finish(returned, &nobody).await);
        }
        return sorry(visitor.language, StatusCode::FORBIDDEN, "verify-signed-out");
    };
    let language = visitor.language;
    let member = Member { path: PAGE.into(), language, origin: visitor.origin, signed, via: visitor.via, here: visitor.here };
    let finished = pages.service.oauth().finish(returned, &starter(&member.signed)).await;
    pages.state_line.discard().await;
    match finished {
        Ok(Verified::Authorized { relay, account, test }) => {
            let test = if test { run_test(pages, &member, &relay) } else { None };
            ended(pages, &member.signed, &relay, SignInResult::Authorized { account, test })
        }
        Ok(Verified::Confirm { relay, account, email, test }) => {
            ended(pages, &member.signed, &relay, SignInResult::Confirm { confirm: Confirm { account, email }, test })
        }
        Ok(Verified::Again(begun)) => leave(pages, &member, begun).await,
        Err(VerifyFault::OAuth(OAuthFault::Forbidden(_))) => forbidden(language),
        Err(fault) => ended(pages, &member.signed, "", refused(&fault)),
    }
}

/// Starts the test that the user asked for. Returns the address of its page.
fn run_test(pages: &PagesState, member: &Member, relay: &str) -> Option<String> {
    let current = pages.service.settings().current();
    let settings = current.settings()?;
    let relay = Some(relay.to_owned());
    let test = TestSend { settings, stored: true, to: Vec::new(), relay, by: member.signed.actor() };
    let begun = run::start(pages, member, test, TestedSettings::Stored { revision: current.revision });
    begun.headers().get(header::LOCATION)?.to_str().ok().map(str::to_owned)
}

/// Redirects to a page whose address carries no code.
fn ended(pages: &PagesState, signed: &SignedIn, relay: &str, ended: SignInResult) -> Response {
    let number = pages.sign_in_results.keep(&starter(signed).key, relay, ended);
    Redirect::to(&format!("/login/verification/{number}")).into_response()
}

#[derive(Template)]
#[template(path = "verification.html")]
struct Verification {
    f: Frame,
    relay: String,
    ended: SignInResult,
    cause: String,
    remedy: String,
}

impl Verification {
    fn account(&self) -> Option<&str> {
        if let SignInResult::Authorized { account, .. } = &self.ended { account.as_deref() } else { None }
    }

    fn authorized(&self) -> bool {
        matches!(self.ended, SignInResult::Authorized { .. })
    }

    fn test(&self) -> Option<&str> {
        if let SignInResult::Authorized { test, .. } = &self.ended { test.as_deref() } else { None }
    }

    fn confirm(&self) -> Option<&Confirm> {
        if let SignInResult::Confirm { confirm, .. } = &self.ended { Some(confirm) } else { None }
    }

    /// True if a test is to follow the confirmation.
    fn test_follows(&self) -> bool {
        matches!(self.ended, SignInResult::Confirm { test: true, .. })
    }

    fn words(&self) -> &str {
        if let SignInResult::Refused { words, .. } = &self.ended { words } else { "" }
    }
}

pub(super) async fn show(State(pages): State<PagesState>, member: Member, Path(number): Path<u64>) -> Response {
    let Some((relay, ended)) = pages.sign_in_results.find(number, &starter(&member.signed).key) else {
        return sorry(member.language, StatusCode::NOT_FOUND, "not-found");
    };
    let part = |part: &str| match &ended {
        SignInResult::Refused { key, words } => {
            let phrase = Phrase::new(format!("{key}.{part}")).with("detail", words);
            with_labels(&say(member.language, &phrase), member.language)
        }
        _ => String::new(),
    };
    let (cause, remedy) = (part("cause"), part("remedy"));
    let status = if cause.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    match Frame::of(&pages, &member).await {
        Ok(f) => with_status(status, page(member.language, &Verification { f, relay, ended, cause, remedy })),
        Err(response) => response,
    }
}

/// Serves the application's certificate as a file for upload at the provider.
pub(super) async fn certificate(State(pages): State<PagesState>, member: Member, Path(relay): Path<String>) -> Response {
    let settings = pages.service.settings().current().settings();
    let relay = settings.iter().flat_map(|settings| &settings.route).find(|candidate| candidate.name == relay);
    let pem = relay.and_then(|relay| match &relay.auth {
        Auth::OAuth2(oauth2) => match &oauth2.method {
            Method::Application(ApplicationProof::Certificate { certificate, .. }) => Some(certificate.clone()),
            _ => None,
        },
        _ => None,
    });
    match pem {
        None => sorry(member.language, StatusCode::NOT_FOUND, "not-found"),
        Some(pem) => {
            let name = "attachment; filename=\"postwacht.cer\"";
            ([(header::CONTENT_TYPE, "application/pkix-cert"), (header::CONTENT_DISPOSITION, name)], pem).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::tests::compare_text;

    /// Results that only a provider can bring about.
    #[test]
    fn result_of_a_sign_in_is_shown() {
        let authorized = |account: Option<&str>, test: Option<&str>| SignInResult::Authorized {
            account: account.map(str::to_owned),
            test: test.map(str::to_owned),
        };
        let other = Confirm { account: "bob@lab.test".into(), email: "alerts@lab.test".into() };
        for (name, ended) in [
            ("oauth-authorized", authorized(Some("alerts@lab.test"), Some("/login/test/1"))),
            ("oauth-authorized-unnamed", authorized(None, None)),
            ("oauth-other-account", SignInResult::Confirm { confirm: other, test: true }),
        ] {
            for language in model::Language::ALL {
                let (relay, cause, remedy) = ("main".to_owned(), String::new(), String::new());
                let page = Verification { f: Frame::bare(language), relay, ended: ended.clone(), cause, remedy };
                let html = page.render().expect("the template renders");
                let (_, main) = html.split_once("<main").expect("a main part");
                compare_text(name, language, main);
            }
        }
    }
}

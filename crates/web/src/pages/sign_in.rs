//! Sign-in, sign-out, and the link of the first start.

use admin::account::{AccountFault, OpenedSession};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use model::account::{PASSWORD_MIN, WeakPassword, is_account_name, judge_password};
use model::{Language, Secret};
use serde::Deserialize;

use super::frame::{Frame, failed, page, sorry};
use super::pages_state::PagesState;
use super::visitor::{Visitor, cookie, device_cookie, ended_cookie};
use crate::via::Via;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    f: Frame,
    name: String,
    next: String,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "start.html")]
struct FirstStartPage {
    f: Frame,
    name: String,
    faults: Vec<(&'static str, String)>,
}

impl FirstStartPage {
    fn fault(&self, field: &str) -> Option<&str> {
        self.faults.iter().find(|(of, _)| *of == field).map(|(_, words)| words.as_str())
    }
}

#[derive(Default, Deserialize)]
pub(super) struct NextPage {
    #[serde(default)]
    next: String,
}

/// Accepts only a path of our own: a link to the sign-in must not lead to another site.
fn safe(next: &str) -> &str {
    let plain = next.bytes().all(|byte| (0x21..=0x7e).contains(&byte) && byte != b'\\');
    let ours = next.starts_with("/login/") && plain && !next.contains("..") && !next.contains("//");
    if ours { next } else { "/login/overview" }
}

pub(super) async fn show(visitor: Visitor, Query(NextPage { next }): Query<NextPage>) -> Response {
    if visitor.signed.is_some() {
        return Redirect::to(safe(&next)).into_response();
    }
    page(visitor.language, &SignInPage { f: Frame::bare(visitor.language), name: String::new(), next, fault: None })
}

#[derive(Deserialize)]
pub(super) struct SignInForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// Returns status and text for a fault.
pub(super) fn words(language: Language, fault: &AccountFault) -> (StatusCode, String) {
    let f = Frame::bare(language);
    match fault {
        AccountFault::WrongPassword => (StatusCode::FORBIDDEN, f.t("fault-sign-in")),
        AccountFault::SlowDown { seconds } => (StatusCode::TOO_MANY_REQUESTS, f.t1("fault-slow-down", "seconds", seconds)),
        AccountFault::Busy => (StatusCode::SERVICE_UNAVAILABLE, f.t("fault-busy")),
        AccountFault::BadName => (StatusCode::UNPROCESSABLE_ENTITY, f.t("fault-name")),
        AccountFault::Taken => (StatusCode::UNPROCESSABLE_ENTITY, f.t("fault-taken")),
        AccountFault::Weak(WeakPassword::Short) => {
            (StatusCode::UNPROCESSABLE_ENTITY, f.t1("fault-password-short", "count", PASSWORD_MIN))
        }
        AccountFault::Weak(WeakPassword::Long) => (StatusCode::UNPROCESSABLE_ENTITY, f.t("fault-password-long")),
        AccountFault::Weak(WeakPassword::Guessable) => (StatusCode::UNPROCESSABLE_ENTITY, f.t("fault-password-guessable")),
        AccountFault::SamePassword => (StatusCode::UNPROCESSABLE_ENTITY, f.t("fault-same")),
        other => (StatusCode::INTERNAL_SERVER_ERROR, other.to_string()),
    }
}

pub(super) async fn enter(State(pages): State<PagesState>, visitor: Visitor, Form(entry): Form<SignInForm>) -> Response {
    let SignInForm { name, password, next } = entry;
    let password = Secret::new(password);
    match pages.service.accounts().sign_in(&name, password.reveal(), &visitor.origin).await {
        Ok(opened) => come_in(&visitor, &opened, safe(&next)),
        Err(fault @ (AccountFault::Store(_) | AccountFault::Read(_))) => failed(visitor.language, &fault),
        Err(fault) => {
            let (status, words) = words(visitor.language, &fault);
            let form = SignInPage { f: Frame::bare(visitor.language), name, next, fault: Some(words) };
            (status, page(visitor.language, &form)).into_response()
        }
    }
}

fn come_in(visitor: &Visitor, opened: &OpenedSession, to: &str) -> Response {
    let mut response = Redirect::to(to).into_response();
    if let Ok(value) = HeaderValue::from_str(&cookie(visitor.via, opened.token.reveal())) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    know(&mut response, visitor.via, opened.devices.as_ref());
    response
}

/// Makes the browser a known device. Its failed sign-ins are then counted apart.
pub(super) fn know(response: &mut Response, via: Via, devices: Option<&Secret>) {
    let value = devices.map(|devices| device_cookie(via, devices.reveal()));
    if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

pub(super) async fn leave(State(pages): State<PagesState>, visitor: Visitor) -> Response {
    if let Some(signed) = &visitor.signed
        && let Err(fault) = pages.service.accounts().sign_out(signed).await
    {
        return failed(visitor.language, &fault);
    }
    let mut response = Redirect::to("/login").into_response();
    if let Ok(value) = HeaderValue::from_str(&ended_cookie(visitor.via)) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// Opens a link. The link of the first start asks for an account. Any other signs in after a click: a mail scanner that
/// follows links must not use it up.
pub(super) async fn start(State(pages): State<PagesState>, visitor: Visitor, Path(token): Path<String>) -> Response {
    match pages.service.accounts().find_link(&token).await {
        Ok(Some(account)) => {
            let name = account.map(|account| account.name);
            let f = Frame::bare(visitor.language);
            match name {
                Some(name) => page(visitor.language, &Enter { f, name }),
                None => page(visitor.language, &FirstStartPage { f, name: String::new(), faults: Vec::new() }),
            }
        }
        Ok(None) => sorry(visitor.language, StatusCode::GONE, "no-link"),
        Err(fault) => failed(visitor.language, &fault),
    }
}

#[derive(Template)]
#[template(path = "enter.html")]
struct Enter {
    f: Frame,
    name: String,
}

#[derive(Deserialize)]
pub(super) struct SetUp {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

/// Returns every fault of the first account's form.
fn start_faults(language: Language, name: &str, password: &Secret, again: &str) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    if !is_account_name(name.trim()) {
        faults.push(("name", words(language, &AccountFault::BadName).1));
    }
    if let Err(weak) = judge_password(name.trim(), password.reveal()) {
        faults.push(("password", words(language, &AccountFault::Weak(weak)).1));
    }
    if password.reveal() != again {
        faults.push(("again", Frame::bare(language).t("fault-again")));
    }
    faults
}

pub(super) async fn set_up(
    State(pages): State<PagesState>,
    visitor: Visitor,
    Path(token): Path<String>,
    Form(typed): Form<SetUp>,
) -> Response {
    let accounts = pages.service.accounts();
    let language = visitor.language;
    let first = match accounts.find_link(&token).await {
        Ok(Some(account)) => account.is_none(),
        Ok(None) => return sorry(language, StatusCode::GONE, "no-link"),
        Err(fault) => return failed(language, &fault),
    };
    let password = Secret::new(typed.password);
    let opened = match first {
        false => accounts.sign_in_by_link(&token, &visitor.origin).await,
        true if !start_faults(language, &typed.name, &password, &typed.again).is_empty() => {
            let faults = start_faults(language, &typed.name, &password, &typed.again);
            let form = FirstStartPage { f: Frame::bare(language), name: typed.name, faults };
            return (StatusCode::UNPROCESSABLE_ENTITY, page(language, &form)).into_response();
        }
        true => accounts.create_first(&token, &typed.name, password.reveal(), &visitor.origin).await,
    };
    match opened {
        Ok(opened) => come_in(
            &visitor,
            &opened,
            match (first, opened.account.has_password) {
                (true, _) => "/login/management/email",
                (false, true) => "/login/overview",
                // A demo ends before its user could return with a password.
                (false, false) if pages.mailbox.is_some() => "/login/overview",
                // Until the user sets a password, this session is the only way in.
                (false, false) => "/login/account?new=1",
            },
        ),
        Err(AccountFault::NoLink) => sorry(language, StatusCode::GONE, "no-link"),
        Err(fault @ (AccountFault::Store(_) | AccountFault::Read(_))) => failed(language, &fault),
        Err(fault) => {
            let field = if matches!(fault, AccountFault::Weak(_)) { "password" } else { "name" };
            let (status, words) = words(language, &fault);
            let form = FirstStartPage { f: Frame::bare(language), name: typed.name, faults: vec![(field, words)] };
            (status, page(language, &form)).into_response()
        }
    }
}

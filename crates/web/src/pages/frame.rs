//! What every page has: who is signed in, in which language, the navigation with the answer in it, and the words.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use model::account::Role;
use model::{Language, Phrase};
use service::account::{Origin, Signed};
use service::status::{Health, Status};
use service::{Service, say, word};

use super::Site;
use crate::guard;
use crate::principal::Tongue;

/// The name of the session's cookie. With TLS it has the prefix that binds it to this host (RFC 6265bis §4.1.3.2).
pub(super) const COOKIE: &str = "postwacht";
pub(super) const COOKIE_TLS: &str = "__Host-postwacht";

pub(super) fn cookie(site: &Site, value: &str, alive: bool) -> String {
    let (name, secure) = if site.reach.tls { (COOKIE_TLS, "; Secure") } else { (COOKIE, "") };
    let end = if alive { "" } else { "; Max-Age=0" };
    // Lax: a provider sends the browser back to us at the end of an OAuth2 sign-in, and Strict would lose the session.
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{end}")
}

/// Where a request came from.
pub(super) fn origin(parts: &Parts) -> Origin {
    let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
    Origin { address: guard::address(parts), agent }
}

fn token(site: &Site, parts: &Parts) -> Option<String> {
    let name = if site.reach.tls { COOKIE_TLS } else { COOKIE };
    let cookies = parts.headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// Somebody who may or may not be signed in.
pub(super) struct Visitor {
    pub(super) signed: Option<Signed>,
    pub(super) language: Language,
    pub(super) origin: Origin,
}

impl FromRequestParts<Site> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Response> {
        let asked = <Tongue as FromRequestParts<Site>>::from_request_parts(parts, site).await;
        let Ok(Tongue(asked)) = asked;
        let signed = match token(site, parts) {
            Some(token) => site.service.accounts().session(&token).await.map_err(|fault| failed(asked, &fault))?,
            None => None,
        };
        let chosen = language_in(parts.uri.query().unwrap_or(""));
        let language = chosen.or_else(|| signed.as_ref().and_then(Signed::language)).unwrap_or(asked);
        Ok(Self { signed, language, origin: origin(parts) })
    }
}

/// `?lang=nl` shows one page in that language; the account page keeps a choice.
fn language_in(query: &str) -> Option<Language> {
    query.split('&').find_map(|pair| pair.strip_prefix("lang=")).and_then(Language::of_tag)
}

/// Somebody signed in; others are sent to the sign-in and come back.
pub(super) struct Member {
    pub(super) signed: Signed,
    pub(super) language: Language,
    pub(super) origin: Origin,
    pub(super) path: String,
}

impl FromRequestParts<Site> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Response> {
        let visitor = <Visitor as FromRequestParts<Site>>::from_request_parts(parts, site).await?;
        let path = parts.uri.path().to_owned();
        match visitor.signed {
            Some(signed) => Ok(Self { signed, language: visitor.language, origin: visitor.origin, path }),
            None if parts.method == axum::http::Method::GET => Err(Redirect::to(&format!("/login?next={path}")).into_response()),
            // What was sent is lost with a redirect: it must be said that nothing was done.
            None => Err(sorry(visitor.language, StatusCode::UNAUTHORIZED, "signed-out")),
        }
    }
}

/// The frame of a page for somebody signed in.
pub(super) struct Frame {
    pub(super) language: Language,
    pub(super) path: String,
    pub(super) who: Option<(String, Role)>,
    pub(super) health: Health,
    pub(super) waiting: u64,
    /// The page loads itself again after so many seconds, where no script does better.
    pub(super) refresh: bool,
    /// The site's.
    pub(super) zone: jiff::tz::TimeZone,
}

fn in_all(status: &Status) -> u64 {
    status.waiting + status.held + status.sender_held
}

/// The state line that stands on every page. Counting costs more the deeper the queue is, so it is done once a second at
/// most, however many pages are asked for.
#[derive(Default)]
pub(crate) struct Pulse {
    felt: tokio::sync::Mutex<Option<(Duration, Health, u64)>>,
}

impl Pulse {
    async fn feel(&self, service: &Service) -> Result<(Health, u64), store::ReadFault> {
        const OLD: Duration = Duration::from_secs(1);
        let mut felt = self.felt.lock().await;
        let now = service.clock().mono();
        if let Some((_, health, waiting)) = felt.filter(|(at, _, _)| now.saturating_sub(*at) < OLD) {
            return Ok((health, waiting));
        }
        let status = service.status().await?;
        *felt = Some((now, status.health, in_all(&status)));
        Ok((status.health, in_all(&status)))
    }
}

/// The zone of times on pages: the site's, as far as this machine knows it.
fn zone(site: &Site) -> jiff::tz::TimeZone {
    let current = site.service.desk().current();
    let name = current.draft.site.time_zone.as_deref().unwrap_or("UTC");
    jiff::tz::TimeZone::get(name).unwrap_or(jiff::tz::TimeZone::UTC)
}

impl Frame {
    pub(super) async fn of(site: &Site, member: &Member) -> Result<Self, Response> {
        let (health, waiting) = site.pulse.feel(&site.service).await.map_err(|fault| failed(member.language, &fault))?;
        Ok(Self { health, waiting, ..Self::around(site, member) })
    }

    pub(super) fn with(site: &Site, member: &Member, status: &Status) -> Self {
        Self { health: status.health, waiting: in_all(status), ..Self::around(site, member) }
    }

    fn around(site: &Site, member: &Member) -> Self {
        let who = Some((member.signed.account.name.clone(), member.signed.account.role));
        Self { path: member.path.clone(), who, zone: zone(site), ..Self::bare(member.language) }
    }

    pub(super) fn bare(language: Language) -> Self {
        Self {
            language,
            path: String::new(),
            who: None,
            health: Health::Unset,
            waiting: 0,
            refresh: false,
            zone: jiff::tz::TimeZone::UTC,
        }
    }

    /// A word of the page.
    pub(super) fn t(&self, key: &str) -> String {
        word(self.language, &format!("page-{key}"))
    }

    /// A sentence with one argument.
    pub(super) fn t1(&self, key: &str, name: &'static str, value: impl ToString) -> String {
        say(self.language, &Phrase::new(format!("page-{key}")).with(name, value.to_string()))
    }

    /// The shape that goes with a class of state: colour never speaks alone.
    pub(super) fn mark(&self, class: &str) -> &'static str {
        match class {
            "ok" => "m-ok",
            "bad" => "m-bad",
            "wait" => "m-warn",
            _ => "m-none",
        }
    }

    /// The class of a message's state or a recipient's fate.
    pub(super) fn class(&self, state: &str) -> &'static str {
        match state {
            "accepted" => "ok",
            "refused" => "bad",
            "held" | "sender-held" => "wait",
            _ => "none",
        }
    }

    pub(super) fn good(&self, good: impl std::borrow::Borrow<bool>) -> &'static str {
        if *good.borrow() { "ok" } else { "bad" }
    }

    pub(super) fn passed(&self, ok: &bool) -> String {
        self.t(if *ok { "passed" } else { "stage-failed" })
    }

    pub(super) fn last_test(&self, accepted: &bool) -> String {
        self.t(if *accepted { "last-test-accepted" } else { "last-test-failed" })
    }

    /// A stored time as RFC 3339.
    pub(super) fn iso(&self, at: impl std::borrow::Borrow<i64>) -> String {
        service::clock::rfc3339(*at.borrow())
    }

    /// What stands below a label, if anything does.
    pub(super) fn hint(&self, key: &str) -> String {
        let key = format!("page-{key}.hint");
        if service::words::knows(self.language, &key) { word(self.language, &key) } else { String::new() }
    }

    /// What was done, to how many.
    pub(super) fn done(&self, verb: &str, count: &usize) -> String {
        let known = ["retry", "hold", "release", "cancel"].contains(&verb);
        self.t1(if known { format!("done-{verb}") } else { "done".into() }.as_str(), "count", count)
    }

    fn time(&self, at: &str) -> Option<jiff::Zoned> {
        at.parse::<jiff::Timestamp>().ok().map(|at| at.to_zoned(self.zone.clone()))
    }

    /// The date of a time (RFC 3339), in the site's zone.
    pub(super) fn day(&self, at: &str) -> String {
        self.time(at).map_or_else(|| at.to_owned(), |at| at.strftime("%Y-%m-%d").to_string())
    }

    /// The time of day, in the site's zone, with its name.
    pub(super) fn clock(&self, at: &str) -> String {
        self.time(at).map_or_else(String::new, |at| at.strftime("%H:%M:%S %Z").to_string())
    }

    pub(super) fn code(&self) -> &'static str {
        self.language.code()
    }

    pub(super) fn here(&self, path: &str) -> bool {
        self.path == path || path != "/login" && self.path.starts_with(&format!("{path}/"))
    }

    pub(super) fn may_operate(&self) -> bool {
        self.who.as_ref().is_some_and(|(_, role)| *role >= Role::Operator)
    }

    pub(super) fn may_administer(&self) -> bool {
        self.who.as_ref().is_some_and(|(_, role)| *role >= Role::Administrator)
    }

    /// Class and word of the answer: does mail get out?
    pub(super) fn answer(&self) -> (&'static str, String) {
        let (class, key) = match self.health {
            Health::Well => ("ok", "answer-well"),
            Health::Degraded => ("wait", "answer-degraded"),
            Health::Silent => ("bad", "answer-silent"),
            Health::Unset => ("none", "answer-unset"),
        };
        (class, self.t(key))
    }
}

/// A rendered page.
pub(super) fn page(language: Language, template: &impl askama::Template) -> Response {
    match template.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => failed(language, &error),
    }
}

/// A page under another status; one that could not be made keeps its own.
pub(super) fn with_status(status: StatusCode, mut page: Response) -> Response {
    if page.status() == StatusCode::OK {
        *page.status_mut() = status;
    }
    page
}

/// A page that says that something failed, and in the log what.
pub(super) fn failed(language: Language, error: &impl std::fmt::Display) -> Response {
    tracing::error!(%error, "a page could not be made");
    (StatusCode::INTERNAL_SERVER_ERROR, plain(language, "failed")).into_response()
}

#[derive(askama::Template)]
#[template(path = "plain.html")]
struct Plain {
    f: Frame,
    title: String,
    text: String,
}

fn plain(language: Language, key: &str) -> Html<String> {
    let f = Frame::bare(language);
    let (title, text) = (f.t(&format!("{key}-title")), f.t(&format!("{key}-text")));
    Html(askama::Template::render(&Plain { f, title, text }).unwrap_or_default())
}

pub(super) fn sorry(language: Language, status: StatusCode, key: &str) -> Response {
    (status, plain(language, key)).into_response()
}

pub(super) async fn not_found(visitor: Visitor, _: Uri) -> Response {
    sorry(visitor.language, StatusCode::NOT_FOUND, "not-found")
}

/// The role is too small for what was asked.
pub(super) fn forbidden(language: Language) -> Response {
    sorry(language, StatusCode::FORBIDDEN, "forbidden")
}

//! The frame of every page: the navigation with the state of mail, and the words. `member_frame` fills it.

use std::borrow::Borrow;

use admin::words::{say, word};
use alerts::health::MailHealth;
use alerts::status::{Alarm, SettingsPart};
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use model::account::Role;
use model::time::Timestamp;
use model::{Language, Phrase};

use crate::answer_language::AnswerLanguage;

/// The frame of a page for a signed-in user.
pub(super) struct Frame {
    pub(super) language: Language,
    pub(super) path: String,
    pub(super) who: Option<(String, Role)>,
    pub(super) health: MailHealth,
    pub(super) waiting: u64,
    /// Number of open incidents.
    pub(super) incidents: usize,
    /// Alarms that every page shows.
    pub(super) alarms: Vec<Alarm>,
    /// Without a script, the page reloads itself at an interval.
    pub(super) refresh: bool,
    /// The site's time zone.
    pub(super) zone: jiff::tz::TimeZone,
    /// True in the demo, which has a mailbox to show.
    pub(super) demo: bool,
}

impl Frame {
    pub(super) fn bare(language: Language) -> Self {
        Self {
            language,
            path: String::new(),
            who: None,
            health: MailHealth::Unset,
            waiting: 0,
            incidents: 0,
            alarms: Vec::new(),
            refresh: false,
            zone: jiff::tz::TimeZone::UTC,
            demo: false,
        }
    }

    /// Returns the alarms that every page shows, as sentences, each with the part of the settings that mends it.
    pub(super) fn alarms(&self) -> Vec<(String, &'static str)> {
        self.alarms.iter().map(|alarm| (say(self.language, &alarm.phrase), alarm.mended_in.map_or("", anchor))).collect()
    }

    /// Returns a text of the pages.
    pub(super) fn t(&self, key: &str) -> String {
        word(self.language, &format!("page-{key}"))
    }

    /// Returns a technical reason in the language of the page.
    pub(super) fn reason(&self, words: &str) -> String {
        admin::words::reason(self.language, words)
    }

    /// Returns a text that other parts of the program also use.
    pub(super) fn w(&self, key: &str) -> String {
        word(self.language, key)
    }

    /// Returns a sentence of the pages with one argument.
    pub(super) fn t1(&self, key: &str, name: &'static str, value: impl ToString) -> String {
        say(self.language, &Phrase::new(format!("page-{key}")).with(name, value.to_string()))
    }

    /// Returns the shape for a class of state. Colour alone never carries a meaning.
    pub(super) fn mark(&self, class: &str) -> &'static str {
        match class {
            "ok" => "m-ok",
            "bad" => "m-bad",
            "wait" => "m-warn",
            _ => "m-none",
        }
    }

    /// Returns the class of a message's state or a recipient's fate.
    pub(super) fn class(&self, state: &str) -> &'static str {
        match state {
            "accepted" => "ok",
            "refused" => "bad",
            "held" | "sender-held" | "partly-accepted" => "wait",
            _ => "none",
        }
    }

    pub(super) fn good(&self, good: impl Borrow<bool>) -> &'static str {
        if *good.borrow() { "ok" } else { "bad" }
    }

    pub(super) fn passed(&self, ok: &bool) -> String {
        self.t(if *ok { "passed" } else { "stage-failed" })
    }

    pub(super) fn last_test(&self, accepted: &bool) -> String {
        self.t(if *accepted { "last-test-accepted" } else { "last-test-failed" })
    }

    /// Formats a stored time as RFC 3339.
    pub(super) fn iso(&self, at: impl Borrow<Timestamp>) -> String {
        admin::clock::rfc3339(*at.borrow())
    }

    /// Returns the hint below a label. Empty if there is none.
    pub(super) fn hint(&self, key: &str) -> String {
        let key = format!("page-{key}.hint");
        if admin::words::knows(self.language, &key) { word(self.language, &key) } else { String::new() }
    }

    fn time(&self, at: &str) -> Option<jiff::Zoned> {
        at.parse::<jiff::Timestamp>().ok().map(|at| at.to_zoned(self.zone.clone()))
    }

    /// Returns the date of a time (RFC 3339), in the site's zone.
    pub(super) fn day(&self, at: &str) -> String {
        self.time(at).map_or_else(|| at.to_owned(), |at| at.strftime("%Y-%m-%d").to_string())
    }

    /// Returns the time of day in the site's zone, with the zone's abbreviation.
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

    /// Returns class and text of the health state.
    pub(super) fn answer(&self) -> (&'static str, String) {
        let (class, key) = match self.health {
            MailHealth::Well => ("ok", "answer-well"),
            MailHealth::Degraded => ("wait", "answer-degraded"),
            MailHealth::Checking => ("wait", "answer-checking"),
            MailHealth::Unproven => ("wait", "answer-unproven"),
            MailHealth::Silent => ("bad", "answer-silent"),
            MailHealth::Unset => ("none", "answer-unset"),
        };
        (class, self.t(key))
    }
}

/// Renders a page.
pub(super) fn page(language: Language, template: &impl askama::Template) -> Response {
    match template.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => failed(language, &error),
    }
}

/// Sets the status of a page. A page that failed to render keeps its own status.
pub(super) fn with_status(status: StatusCode, mut page: Response) -> Response {
    if page.status() == StatusCode::OK {
        *page.status_mut() = status;
    }
    page
}

/// Logs an error and returns a page that reports a failure.
pub(super) fn failed(language: Language, error: &impl std::fmt::Display) -> Response {
    tracing::error!(%error, "a page could not be rendered");
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

/// Returns the page for a role that lacks a permission.
pub(super) fn forbidden(language: Language) -> Response {
    sorry(language, StatusCode::FORBIDDEN, "forbidden")
}

/// Turns a refusal of the framework (an unreadable query or form) into a page.
pub(super) async fn never_bare(AnswerLanguage(language): AnswerLanguage, request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let response = next.run(request).await;
    let kind = response.headers().get(header::CONTENT_TYPE);
    let bare = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    match response.status() {
        StatusCode::BAD_REQUEST if is_read && bare => sorry(language, StatusCode::NOT_FOUND, "not-found"),
        status if status.is_client_error() && bare => sorry(language, status, "bad-form"),
        _ => response,
    }
}

/// Policy for the HTML of a mail, which may come from any sender. No script, no form, no loaded resource, and a
/// separate origin. Only our pages may frame it.
pub(super) const SANDBOX: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

/// Answers with the HTML of a mail, for a frame in our pages.
pub(super) fn framed(html: String) -> Response {
    let mut response = html.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    response
}

/// The anchor of a part on the page of the settings.
fn anchor(part: SettingsPart) -> &'static str {
    match part {
        SettingsPart::OAuth2 => "#s-oauth",
        SettingsPart::SignIn => "#s-auth",
        SettingsPart::Relay => "#s-relay",
    }
}

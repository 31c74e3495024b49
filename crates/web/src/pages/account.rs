//! The account page of a signed-in user: password, language, and sessions.

use admin::account::AccountFault;
use admin::clock::rfc3339;
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use model::{Language, Secret};
use serde::Deserialize;

use super::frame::{Frame, failed, page, with_status};
use super::pages_state::PagesState;
use super::sign_in::{know, words};
use super::visitor::Member;

struct SessionRow {
    id: String,
    seen: String,
    created: String,
    address: String,
    agent: String,
    this: bool,
}

#[derive(Template)]
#[template(path = "account.html")]
struct Account {
    f: Frame,
    role: String,
    has_password: bool,
    chosen: String,
    sessions: Vec<SessionRow>,
    fault: Option<(&'static str, String)>,
    done: bool,
}

impl Account {
    fn fault(&self, field: &str) -> Option<&str> {
        self.fault.as_ref().filter(|(of, _)| *of == field).map(|(_, words)| words.as_str())
    }
}

/// Names the browser and its system from the User-Agent. Falls back to the beginning of that field.
fn browser(agent: &str) -> String {
    let first = |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    // Keep this order: each browser also claims to be the ones after it.
    let program = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (program, system) {
        (Some(program), Some(system)) => format!("{program}, {system}"),
        (Some(program), None) => program.to_owned(),
        (None, _) => agent.chars().take(40).collect(),
    }
}

/// The result of a change that the page reports.
enum ChangeResult {
    /// The user only opened the page.
    None,
    Done,
    /// A field was refused, with the words for it.
    Refused(&'static str, String),
}

async fn render(pages: &PagesState, member: &Member, change: ChangeResult) -> Response {
    let (done, fault) = match change {
        ChangeResult::None => (false, None),
        ChangeResult::Done => (true, None),
        ChangeResult::Refused(field, words) => (false, Some((field, words))),
    };
    let f = match Frame::of(pages, member).await {
        Ok(f) => f,
        Err(response) => return response,
    };
    let sessions = match pages.service.accounts().sessions(&member.signed).await {
        Ok(sessions) => sessions,
        Err(fault) => return failed(member.language, &fault),
    };
    let sessions = sessions.into_iter().map(|session| SessionRow {
        // Half of a digest identifies a session, but does not give access to it.
        id: model::hex(&session.digest[..8]),
        seen: rfc3339(session.seen),
        created: rfc3339(session.created),
        this: session.digest == member.signed.session.digest,
        address: session.address,
        agent: browser(&session.agent),
    });
    let chosen = member.signed.account.language.clone().unwrap_or_default();
    let role = f.t(&format!("role-{}", member.signed.account.role.name()));
    page(
        member.language,
        &Account { f, has_password: member.signed.account.has_password, role, chosen, sessions: sessions.collect(), fault, done },
    )
}

#[derive(Default, Deserialize)]
pub(super) struct AccountQuery {
    #[serde(default)]
    done: String,
}

pub(super) async fn show(
    State(pages): State<PagesState>,
    member: Member,
    axum::extract::Query(asked): axum::extract::Query<AccountQuery>,
) -> Response {
    let change = if asked.done.is_empty() { ChangeResult::None } else { ChangeResult::Done };
    render(&pages, &member, change).await
}

#[derive(Deserialize)]
pub(super) struct AccountForm {
    #[serde(rename = "do")]
    what: String,
    #[serde(default)]
    old: String,
    #[serde(default)]
    new: String,
    #[serde(default)]
    again: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    session: String,
}

pub(super) async fn change(State(pages): State<PagesState>, member: Member, Form(change): Form<AccountForm>) -> Response {
    let accounts = pages.service.accounts();
    let signed = &member.signed;
    let mut devices = None;
    let done = match change.what.as_str() {
        "language" => accounts.choose_language(signed, Language::of_tag(&change.language)).await,
        "end-others" => accounts.end_sessions(signed, None).await,
        "end" => {
            let sessions = match accounts.sessions(signed).await {
                Ok(sessions) => sessions,
                Err(fault) => return failed(member.language, &fault),
            };
            match sessions.into_iter().find(|session| model::hex(&session.digest[..8]) == change.session) {
                Some(session) => accounts.end_sessions(signed, Some(session.digest)).await,
                // The session has ended meanwhile.
                None => Ok(()),
            }
        }
        "password" => {
            let (old, new) = (Secret::new(change.old), Secret::new(change.new));
            if new.reveal() != change.again {
                let words = Frame::bare(member.language).t("fault-again");
                return with_fault(&pages, &member, ("again", words)).await;
            }
            let changed = accounts.change_password(signed, old.reveal(), new.reveal(), &member.origin).await;
            changed.map(|changed| devices = changed)
        }
        _ => return StatusCode::BAD_REQUEST.into_response(),
    };
    match done {
        Ok(()) => {
            let mut response = Redirect::to("/login/account?done=1").into_response();
            know(&mut response, member.via, devices.as_ref());
            response
        }
        Err(fault @ (AccountFault::Store(_) | AccountFault::Read(_))) => failed(member.language, &fault),
        Err(AccountFault::WrongPassword) => {
            let words = Frame::bare(member.language).t("fault-old-password");
            with_fault(&pages, &member, ("old", words)).await
        }
        Err(fault) => {
            let (status, words) = words(member.language, &fault);
            with_status(status, render(&pages, &member, ChangeResult::Refused("new", words)).await)
        }
    }
}

async fn with_fault(pages: &PagesState, member: &Member, (field, words): (&'static str, String)) -> Response {
    let change = ChangeResult::Refused(field, words);
    with_status(StatusCode::UNPROCESSABLE_ENTITY, render(pages, member, change).await)
}

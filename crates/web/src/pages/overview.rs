//! In one line whether mail gets out; then what waits, and what needs somebody.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use service::say;
use service::status::{RelayStatus, Status};

use super::Site;
use super::frame::{Frame, failed, page};
use super::visitor::Member;

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    f: Frame,
    status: Status,
    remarks: Vec<String>,
    /// Nothing is stored yet.
    fresh: bool,
}

impl Overview {
    fn relay_class(&self, relay: &RelayStatus) -> &'static str {
        match relay.state.as_str() {
            "open" if relay.held_senders.is_empty() => "ok",
            "open" => "wait",
            _ => "bad",
        }
    }
}

pub(super) async fn show(State(site): State<Site>, member: Member) -> Response {
    let status = match site.service.status().await {
        Ok(status) => status,
        Err(fault) => return failed(member.language, &fault),
    };
    let remarks = status.phrases.iter().map(|phrase| say(member.language, phrase)).collect();
    let f = Frame::with(&site, &member, &status);
    page(member.language, &Overview { f, remarks, fresh: status.revision == 0, status })
}

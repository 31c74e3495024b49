//! Sample page with every element in every state. Use no element that is missing here: screenshots are compared with
//! this page.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use model::settings::{Draft, Scalar, SettingFault, Wrong};

use super::form::Form;
use super::frame::{Frame, page};
use super::pages_state::PagesState;
use super::visitor::Member;

/// The colour tokens of the stylesheet, each with the key for its purpose.
pub(crate) const COLOURS: [(&str, &str); 12] = [
    ("bg", "c-page"),
    ("side", "c-navigation"),
    ("field", "c-field"),
    ("tint", "c-tint"),
    ("line", "c-line"),
    ("edge", "c-edge"),
    ("ink", "c-ink"),
    ("soft", "c-soft"),
    ("link", "c-link"),
    ("ok", "c-ok"),
    ("wait", "c-wait"),
    ("bad", "c-bad"),
];

/// States of a message, as the queue shows them.
const STATES: [&str; 6] = ["waiting", "held", "sender-held", "accepted", "refused", "cancelled"];
/// Health states of the overview: class and word.
const ANSWERS: [(&str, &str); 5] = [
    ("ok", "answer-well"),
    ("wait", "answer-degraded"),
    ("wait", "answer-unproven"),
    ("bad", "answer-silent"),
    ("none", "answer-unset"),
];

#[derive(Template)]
#[template(path = "components.html")]
struct Components {
    f: Frame,
    form: Form,
}

/// Builds a form with one wrong field, one stored secret and one lost secret.
fn sample(f: &Frame) -> Form {
    let mut draft: Draft = serde_json::from_str(r#"{"email":{"auth":{"password":{"set":true}}}}"#).unwrap_or_default();
    draft.email.from = Some("Alerts <alerts@example.com>".into());
    draft.email.relay.host = Some("relay example".into());
    draft.email.auth.kind = Some("password".into());
    draft.email.contacts.admin = vec!["ops@example.com j.devries@example.org".into()];
    draft.email.daily.enabled = Some(Scalar("true".into()));
    let faults = [SettingFault { field: "email.relay.host".into(), wrong: Wrong::Required }];
    Form::new(&draft, &draft, &faults, f.language).without(vec!["email.oauth2.client_secret".into()])
}

pub(super) async fn show(State(pages): State<PagesState>, member: Member) -> Response {
    match Frame::of(&pages, &member).await {
        Ok(f) => page(member.language, &Components { form: sample(&f), f }),
        Err(response) => response,
    }
}

//! Messages: handed over, listed, shown.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use model::id::MessageId;
use model::message::Class;
use model::settings::{EmailSettings, Wrong};
use model::{Address, Language, Mailbox, Phrase};
use serde::Deserialize;
use serde_json::{Value, json};
use service::intake::{Submission, once};
use service::notice::{Attachment, Parts, compose};
use store::{ListFilter, MessageState, Once};
use utoipa::{IntoParams, ToSchema};

use super::{Svc, view};
use crate::principal::{Principal, Tongue};
use crate::problem::Problem;

/// Rows of one page of the list.
const PAGE: usize = 100;
/// Longest idempotency key.
const KEY_MAX: usize = 200;

/// One address or a list of them.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
enum Addresses {
    One(String),
    Many(Vec<String>),
}

impl Default for Addresses {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AttachmentBody {
    name: String,
    #[serde(default = "octets")]
    content_type: String,
    /// Base64.
    data: String,
}

fn octets() -> String {
    "application/octet-stream".to_owned()
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MessageBody {
    from: Option<String>,
    to: Addresses,
    #[serde(default)]
    cc: Addresses,
    #[serde(default)]
    bcc: Addresses,
    subject: String,
    text: Option<String>,
    html: Option<String>,
    #[serde(default)]
    headers: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    attachments: Vec<AttachmentBody>,
    priority: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Raw {
    /// Recipients of a `message/rfc822` body, separated by commas.
    to: Option<String>,
    priority: Option<String>,
}

struct Caller<'a> {
    who: &'a Principal,
    language: Language,
    settings: &'a EmailSettings,
}

impl Caller<'_> {
    fn bad(&self, field: &str, why: &Phrase) -> Problem {
        let problem = Problem::new(self.language, StatusCode::UNPROCESSABLE_ENTITY, "message");
        problem.field(field, service::say(self.language, why))
    }

    fn mailbox(&self, field: &str, typed: &str) -> Result<Mailbox, Problem> {
        typed.parse().map_err(|fault| self.bad(field, &Wrong::address(typed, &fault).phrase()))
    }

    fn mailboxes(&self, field: &str, list: Addresses) -> Result<Vec<Mailbox>, Problem> {
        let texts = match list {
            Addresses::One(text) => vec![text],
            Addresses::Many(texts) => texts,
        };
        texts.iter().map(|text| self.mailbox(field, text)).collect()
    }

    /// Local programs speak for the site; who administers may name another sender.
    fn from(&self, typed: Option<&str>) -> Result<(Mailbox, Address), Problem> {
        let site = &self.settings.from;
        let Some(typed) = typed else { return Ok((site.clone(), self.settings.bounce.clone())) };
        let from = self.mailbox("from", typed)?;
        if from.address.key() == site.address.key() {
            return Ok((from, self.settings.bounce.clone()));
        }
        if self.who.speaks_for_others() {
            let sender = from.address.clone();
            return Ok((from, sender));
        }
        Err(self.bad("from", &Phrase::new("problem-from-not-allowed").with("from", &site.address)))
    }

    fn class(&self, priority: Option<&str>) -> Result<Class, Problem> {
        match (priority, self.who.speaks_for_others()) {
            (None | Some("submitted" | "normal"), _) => Ok(Class::Submitted),
            (Some("critical"), true) => Ok(Class::Critical),
            (Some("notice"), true) => Ok(Class::Notice),
            (Some("notice" | "critical"), false) => Err(self.bad("priority", &Phrase::new("problem-priority"))),
            (Some(other), _) => Err(self.bad("priority", &Wrong::word(other, &["submitted", "notice", "critical"]).phrase())),
        }
    }

    fn json(&self, body: &[u8], now: i64) -> Result<Submission, Problem> {
        let message: MessageBody = serde_json::from_slice(body)
            .map_err(|error| Problem::new(self.language, StatusCode::UNPROCESSABLE_ENTITY, "message").detail(error))?;
        let (from, sender) = self.from(message.from.as_deref())?;
        let class = self.class(message.priority.as_deref())?;
        let parts = Parts {
            to: self.mailboxes("to", message.to)?,
            cc: self.mailboxes("cc", message.cc)?,
            bcc: self.mailboxes("bcc", message.bcc)?,
            subject: message.subject,
            text: message.text,
            html: message.html,
            headers: message.headers.into_iter().collect(),
            attachments: message.attachments.into_iter().map(|a| self.attachment(a)).collect::<Result<_, _>>()?,
            message_id: None,
        };
        let recipients = [&parts.to, &parts.cc, &parts.bcc].into_iter().flatten().map(|m| m.address.clone()).collect();
        let text = compose(&from, &parts, now)
            .map_err(|fault| Problem::new(self.language, StatusCode::UNPROCESSABLE_ENTITY, "header").detail(fault))?;
        Ok(self.submission(class, sender, recipients, text))
    }

    fn attachment(&self, body: AttachmentBody) -> Result<Attachment, Problem> {
        let data =
            service::notice::decode_base64(&body.data).ok_or_else(|| self.bad("attachments", &Phrase::new("problem-base64")))?;
        Ok(Attachment { name: body.name, content_type: body.content_type, data })
    }

    fn raw(&self, raw: &Raw, body: &[u8]) -> Result<Submission, Problem> {
        let class = self.class(raw.priority.as_deref())?;
        self.own_from(body)?;
        let mut recipients = Vec::new();
        for typed in model::settings::split_addresses(raw.to.as_deref().unwrap_or("")) {
            recipients.push(self.mailbox("to", typed)?.address);
        }
        Ok(self.submission(class, self.settings.bounce.clone(), recipients, body.to_vec()))
    }

    /// A ready-made message carries its own From: on the submit socket it must be the site's, once.
    fn own_from(&self, body: &[u8]) -> Result<(), Problem> {
        if self.who.speaks_for_others() {
            return Ok(());
        }
        let froms = service::intake::header_values(body, "from");
        let site = self.settings.from.address.key();
        let own = |value: &String| value.parse::<Mailbox>().is_ok_and(|mailbox| mailbox.address.key() == site);
        if froms.len() == 1 && froms.iter().all(own) {
            return Ok(());
        }
        Err(self.bad("from", &Phrase::new("problem-from-not-allowed").with("from", &self.settings.from.address)))
    }

    fn submission(&self, class: Class, sender: Address, recipients: Vec<Address>, text: Vec<u8>) -> Submission {
        let app = (class == Class::Submitted).then(|| self.who.name());
        Submission { class, app, sender: Some(sender), recipients, text, once: None, via: "HTTP", avoid: None, hands_off: false }
    }
}

/// The `Idempotency-Key`, kept apart for each caller, with a digest of what is asked under it: a key that is used again for
/// something else would else be answered well while nothing is done (draft-ietf-httpapi-idempotency-key-header-07 section 2.7).
pub(super) fn idempotency(
    headers: &HeaderMap,
    language: Language,
    caller: &str,
    asked: &[&[u8]],
) -> Result<Option<Once>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let bad = || Problem::new(language, StatusCode::BAD_REQUEST, "idempotency-key");
    let key = value.to_str().map_err(|_| bad())?;
    if key.is_empty() || key.len() > KEY_MAX {
        return Err(bad());
    }
    Ok(Some(once(format!("{caller}\u{1f}{key}"), asked)))
}

/// Takes a message: JSON, or `message/rfc822` with `?to=`. Answers once it is on disk.
#[utoipa::path(post, path = "/messages", request_body(content = MessageBody, content_type = "application/json"), params(Raw, ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, description = "On disk", body = Value), (status = 200, description = "Taken before, under the same key", body = Value),
        (status = 409, description = "Nothing is set up yet", body = Problem), (status = 422, description = "Not a message", body = Problem),
        (status = 507, description = "The disk or the write-ahead log is full", body = Problem)))]
pub(crate) async fn post(
    State(service): Svc,
    who: Principal,
    tongue: Tongue,
    headers: HeaderMap,
    Query(raw): Query<Raw>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let language = tongue.0;
    let settings = service.desk().current().settings();
    let settings = settings.ok_or_else(|| Problem::new(language, StatusCode::CONFLICT, "unset"))?;
    let caller = Caller { who: &who, language, settings: &settings };
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let mut submission = match kind.split(';').next().unwrap_or("").trim() {
        "application/json" => caller.json(&body, service.clock().now())?,
        "message/rfc822" => caller.raw(&raw, &body)?,
        _ => return Err(Problem::new(language, StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type")),
    };
    let asked = [kind.as_bytes(), query.as_deref().unwrap_or("").as_bytes(), &body];
    submission.once = idempotency(&headers, language, &who.key(), &asked)?;
    let accepted = service.door().accept(submission).await.map_err(|fault| Problem::intake(language, &fault))?;
    let status = if accepted.repeated { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(json!({ "id": accepted.id.to_string() }))))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listing {
    /// waiting, held, sender-held, accepted, refused, cancelled
    state: Option<String>,
    /// Text in a recipient's address.
    to: Option<String>,
    /// RFC 3339.
    since: Option<String>,
    /// `next` of the page before.
    cursor: Option<i64>,
}

/// Messages, newest first; `next` is the cursor of the next page, `null` at the end. A page may have few rows, or none, where
/// the search took long: it goes on at `next`.
#[utoipa::path(get, path = "/messages", params(Listing),
    responses((status = 200, description = "A page", body = Value), (status = 422, description = "A filter that is none", body = Problem)))]
pub(crate) async fn list(
    State(service): Svc,
    tongue: Tongue,
    listing: Result<Query<Listing>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let language = tongue.0;
    let bad = |field: &str, why: String| Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, "filter").field(field, why);
    let Query(listing) = listing.map_err(|rejection| bad("query", rejection.body_text()))?;
    let state = match listing.state.as_deref() {
        None => None,
        Some(name) => Some(MessageState::named(name).ok_or_else(|| bad("state", name.to_owned()))?),
    };
    let since = match listing.since.as_deref() {
        None => None,
        Some(text) => Some(text.parse::<jiff::Timestamp>().map_err(|error| bad("since", error.to_string()))?.as_millisecond()),
    };
    let filter = ListFilter { state, to: listing.to, since, before: listing.cursor };
    let found = service.store().messages(filter, PAGE).await.map_err(|fault| Problem::read(language, &fault))?;
    let next = found.next;
    let rows: Vec<_> = found.rows.iter().map(|row| view::Row::new(&service, row)).collect();
    Ok(Json(json!({ "messages": rows, "next": next })))
}

/// The number behind an id of this node.
pub(crate) fn number_of(service: &service::Service, text: &str) -> Option<i64> {
    let id: MessageId = text.parse().ok()?;
    (id.origin == service.store().origin()).then_some(id.number.0)
}

pub(super) fn parse_id(service: &service::Service, language: Language, text: &str) -> Result<i64, Problem> {
    number_of(service, text).ok_or_else(|| Problem::new(language, StatusCode::NOT_FOUND, "no-message").detail(text))
}

/// One message with the fate of each recipient and the report of each attempt.
#[utoipa::path(get, path = "/messages/{id}", params(("id" = String, Path)),
    responses((status = 200, description = "The message", body = Value), (status = 404, description = "No such message", body = Problem)))]
pub(crate) async fn show(State(service): Svc, tongue: Tongue, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    let number = parse_id(&service, tongue.0, &id)?;
    let message = service.store().message(number).await.map_err(|fault| Problem::read(tongue.0, &fault))?;
    let message = message.ok_or_else(|| Problem::new(tongue.0, StatusCode::NOT_FOUND, "no-message").detail(&id))?;
    let view = serde_json::to_value(view::Message::new(&service, tongue.0, &message)).unwrap_or(Value::Null);
    Ok(Json(view))
}

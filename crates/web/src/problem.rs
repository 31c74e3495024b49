//! Errors as RFC 9457 problems: what happened, why, and what to do, with each fault at its field.

use admin::settings::{FollowsPrimary, SaveFault};
use admin::words::{reason, say};
use api::problem::{FieldError, ProblemDetails};
use axum::Json;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use mail::compose::PartsFault;
use mail::intake::{IntakeFault, NotServing, RECIPIENTS_MAX};
use model::account::Forbidden;
use model::settings::{SettingFault, Wrong};
use model::{Language, Phrase};
use serde::Serialize;

use crate::answer_language::AnswerLanguage;
use crate::json::Excess;

/// Longest detail, in characters.
const DETAIL_MAX: usize = 1000;

/// A problem, as a response in the language of its reader.
#[derive(Debug)]
pub(crate) struct Problem {
    language: Language,
    details: ProblemDetails,
}

impl Serialize for Problem {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.details.serialize(serializer)
    }
}

impl Problem {
    /// Creates a problem of this kind. Its title is the text of `problem-<kind>`.
    pub(crate) fn new(language: Language, status: StatusCode, kind: &str) -> Self {
        let title = say(language, &Phrase::new(format!("problem-{kind}")));
        let kind = format!("urn:postwacht:{kind}");
        let details = ProblemDetails { kind, title, status: status.as_u16(), detail: None, errors: Vec::new() };
        Self { language, details }
    }

    /// Returns the title: what went wrong, in one sentence.
    pub(crate) fn title(&self) -> &str {
        &self.details.title
    }

    pub(crate) fn details(&self) -> &ProblemDetails {
        &self.details
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.details.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub(crate) fn detail(mut self, detail: impl ToString) -> Self {
        // Cut it: the detail may repeat the caller's input.
        let detail = reason(self.language, &detail.to_string());
        self.details.detail = Some(detail.chars().take(DETAIL_MAX).collect());
        self
    }

    pub(crate) fn field(mut self, field: &str, message: impl ToString) -> Self {
        self.details.errors.push(FieldError { field: field.to_owned(), message: reason(self.language, &message.to_string()) });
        self
    }

    /// A part of a message that cannot be composed.
    pub(crate) fn parts(language: Language, fault: &PartsFault) -> Self {
        let problem = Self::new(language, StatusCode::UNPROCESSABLE_ENTITY, "header");
        problem.field(&fault.field(), say(language, &fault.phrase()))
    }

    pub(crate) fn faults(language: Language, faults: &[SettingFault]) -> Self {
        Self::faults_of(language, StatusCode::UNPROCESSABLE_ENTITY, "settings", faults)
    }

    /// Creates a problem from faults of settings, each at its field, with the title of `kind`.
    pub(crate) fn faults_of(language: Language, status: StatusCode, kind: &str, faults: &[SettingFault]) -> Self {
        let problem = Self::new(language, status, kind);
        faults.iter().fold(problem, |problem, fault| problem.field(&fault.field, say(language, &fault.wrong.phrase())))
    }

    pub(crate) fn save(language: Language, fault: &SaveFault) -> Self {
        match fault {
            SaveFault::Wrong(faults) => Self::faults(language, faults),
            SaveFault::Stale { found } => Self::new(language, StatusCode::PRECONDITION_FAILED, "stale").detail(found),
            SaveFault::NoSuchRevision => Self::new(language, StatusCode::NOT_FOUND, "no-revision"),
            SaveFault::Unreadable => Self::new(language, StatusCode::CONFLICT, "unreadable"),
            SaveFault::Forbidden(fault) => Self::forbidden(language, *fault),
            SaveFault::Follows(primary) => Self::follows(language, primary),
            SaveFault::NotFollowing => Self::new(language, StatusCode::CONFLICT, "role-not-backup"),
            SaveFault::Store(fault) => Self::store(language, fault),
            SaveFault::Read(fault) => Self::read(language, fault),
        }
    }

    /// The settings of a backup are changed on its primary.
    pub(crate) fn follows(language: Language, primary: &FollowsPrimary) -> Self {
        let problem = Self::new(language, StatusCode::CONFLICT, "email-config-read-only");
        primary.primary.iter().fold(problem, |problem, name| problem.detail(name))
    }

    /// Creates a problem for a body that exceeds a bound. Names the bound and the field.
    pub(crate) fn excess(language: Language, kind: &str, excess: &Excess) -> Self {
        let (field, key, limit) = match excess {
            Excess::Entries { field, limit } => (field.as_str(), "wrong-too-many-entries", limit),
            Excess::Text { field, limit } => (field.as_str(), "wrong-too-long", limit),
            Excess::Depth { limit } => ("body", "wrong-too-deep", limit),
            Excess::Values { limit } => ("body", "wrong-too-many-values", limit),
        };
        let problem = Self::new(language, StatusCode::UNPROCESSABLE_ENTITY, kind);
        problem.field(field, say(language, &Phrase::new(key).with("limit", limit)))
    }

    pub(crate) fn forbidden(language: Language, fault: Forbidden) -> Self {
        Self::new(language, StatusCode::FORBIDDEN, "forbidden").detail(fault)
    }

    pub(crate) fn store(language: Language, fault: &store::CommitFault) -> Self {
        use store::CommitFault::{Busy, Damaged, DiskFull, Locked, Lost, NotFound, WalFull};
        match fault {
            DiskFull => Self::new(language, StatusCode::INSUFFICIENT_STORAGE, "disk-full"),
            WalFull(cause) => Self::new(language, StatusCode::INSUFFICIENT_STORAGE, "wal-full").detail(cause),
            Damaged(why) => Self::new(language, StatusCode::SERVICE_UNAVAILABLE, "store-lost").detail(why),
            Lost(file) => Self::new(language, StatusCode::SERVICE_UNAVAILABLE, "store-lost").detail(file),
            Locked => Self::new(language, StatusCode::SERVICE_UNAVAILABLE, "locked").detail(fault),
            Busy => Self::new(language, StatusCode::SERVICE_UNAVAILABLE, "busy"),
            NotFound => Self::new(language, StatusCode::NOT_FOUND, "no-message"),
            other => Self::new(language, StatusCode::INTERNAL_SERVER_ERROR, "storage").detail(other),
        }
    }

    pub(crate) fn read(language: Language, fault: &store::ReadFault) -> Self {
        match fault {
            store::ReadFault::TookTooLong => Self::new(language, StatusCode::SERVICE_UNAVAILABLE, "took-too-long"),
            other => Self::new(language, StatusCode::INTERNAL_SERVER_ERROR, "storage").detail(other),
        }
    }

    pub(crate) fn intake(language: Language, fault: &IntakeFault) -> Self {
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        match fault {
            IntakeFault::NoRecipient => {
                Self::new(language, unprocessable, "no-recipient").field("to", say(language, &Wrong::Required.phrase()))
            }
            IntakeFault::TooManyRecipients => {
                let why = Wrong::TooManyContacts { limit: RECIPIENTS_MAX }.phrase();
                Self::new(language, unprocessable, "too-many-recipients").field("to", say(language, &why))
            }
            IntakeFault::TooLarge => Self::new(language, StatusCode::PAYLOAD_TOO_LARGE, "too-large").detail(fault),
            IntakeFault::Body(fault) => Self::new(language, unprocessable, "body").detail(fault),
            IntakeFault::Header(fault) => Self::new(language, unprocessable, "header").detail(fault),
            IntakeFault::DiskFull => Self::new(language, StatusCode::INSUFFICIENT_STORAGE, "disk-full"),
            IntakeFault::Differs => Self::new(language, unprocessable, "idempotency-differs"),
            IntakeFault::Busy => Self::new(language, StatusCode::SERVICE_UNAVAILABLE, "busy"),
            IntakeFault::NotServing(NotServing::Backup { primary }) => {
                Self::new(language, StatusCode::CONFLICT, "not-primary").detail(primary)
            }
            IntakeFault::NotServing(NotServing::Retired) => Self::new(language, StatusCode::CONFLICT, "retired"),
            IntakeFault::NotServing(NotServing::Waiting | NotServing::Draining) => {
                Self::new(language, StatusCode::SERVICE_UNAVAILABLE, "not-serving")
            }
            IntakeFault::Store(fault) => Self::store(language, fault),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.details.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_server_error() {
            tracing::error!(kind = self.details.kind, detail = self.details.detail, "a request failed: {}", self.details.title);
        }
        let mut response = (status, Json(self)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/problem+json"));
        response
    }
}

pub(crate) async fn not_found(language: AnswerLanguage, request: Request) -> Problem {
    crate::drain::drain(request).await;
    Problem::new(language.0, StatusCode::NOT_FOUND, "not-found")
}

/// A path of the API that this socket does not serve.
pub(crate) async fn not_here(language: AnswerLanguage, request: Request) -> Problem {
    crate::drain::drain(request).await;
    Problem::new(language.0, StatusCode::NOT_FOUND, "not-on-this-socket")
}

pub(crate) async fn not_allowed(language: AnswerLanguage, request: Request) -> Problem {
    crate::drain::drain(request).await;
    Problem::new(language.0, StatusCode::METHOD_NOT_ALLOWED, "not-allowed")
}

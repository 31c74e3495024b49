//! Who asks, and in which language.

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use model::Language;
use model::account::{Actor, Role};

/// The caller, as the audit log names him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A user of this machine on the control socket: may do everything.
    Control { user: String },
    /// A user of this machine on the submit socket: may hand over mail.
    Submit { user: String },
}

impl Principal {
    pub fn name(&self) -> String {
        match self {
            Self::Control { user } | Self::Submit { user } => format!("local:{user}"),
        }
    }
}

impl Principal {
    /// What the caller may do. The control socket is open to those who may do everything; the other to nobody's settings.
    pub(crate) fn actor(&self) -> Actor {
        let role = match self {
            Self::Control { .. } => Role::Administrator,
            Self::Submit { .. } => Role::Viewer,
        };
        Actor { name: self.name(), role }
    }
}

impl<S: Sync> FromRequestParts<S> for Principal {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        // Absent only if a listener was set up without naming its callers: then nobody is let in.
        parts.extensions.get::<ConnectInfo<Self>>().map(|info| info.0.clone()).ok_or(StatusCode::FORBIDDEN)
    }
}

/// The language of the answer: the first of `Accept-Language` that we speak, else English.
pub(crate) struct Tongue(pub(crate) Language);

impl<S: Sync> FromRequestParts<S> for Tongue {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let wanted = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let first = wanted.split(',').filter_map(|tag| Language::of_tag(tag.split(';').next()?.trim())).next();
        Ok(Self(first.unwrap_or_default()))
    }
}

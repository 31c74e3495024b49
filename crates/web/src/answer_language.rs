//! The language of an answer.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header;
use axum::http::request::Parts;
use model::Language;

/// The language of the answer: the first supported language in `Accept-Language`, else English.
pub(crate) struct AnswerLanguage(pub(crate) Language);

impl<S: Sync> FromRequestParts<S> for AnswerLanguage {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(Self::of(&parts.headers)))
    }
}

impl AnswerLanguage {
    /// The language of an answer to a request with this header.
    pub(crate) fn of(headers: &HeaderMap) -> Language {
        let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let first = wanted.split(',').filter_map(|tag| Language::of_tag(tag.split(';').next()?.trim())).next();
        first.unwrap_or_default()
    }
}

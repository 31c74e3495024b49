//! The language of an answer.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use model::Language;

/// The language of the answer: the first supported language in `Accept-Language`, else English.
pub(crate) struct AnswerLanguage(pub(crate) Language);

impl<S: Sync> FromRequestParts<S> for AnswerLanguage {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let wanted = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let first = wanted.split(',').filter_map(|tag| Language::of_tag(tag.split(';').next()?.trim())).next();
        Ok(Self(first.unwrap_or_default()))
    }
}

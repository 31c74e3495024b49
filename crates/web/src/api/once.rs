//! The idempotency key of a request.

use axum::http::{HeaderMap, StatusCode};
use mail::intake::once;
use model::Language;
use store::Once;

use crate::problem::Problem;

/// Longest idempotency key, in bytes.
const KEY_MAX: usize = 200;

/// Returns the `Idempotency-Key`, separate for each caller, with a digest of the request. The digest detects a reused
/// key with another request. Without it, that request would be answered with success and not carried out
/// (draft-ietf-httpapi-idempotency-key-header-07 section 2.7).
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

//! Tokens of programs: create, list, revoke.

use admin::clock::rfc3339;
use admin::token::TokenFault;
use api::problem::ProblemDetails;
use api::tokens::{CreatedToken, NewToken, ScopeName, TokenEntry};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use model::Language;
use model::id::TokenId;
use model::scope::Scope;

use super::body::{JsonBody, Svc};
use crate::answer_language::AnswerLanguage;
use crate::principal::Principal;
use crate::problem::Problem;

fn problem(language: Language, fault: &TokenFault) -> Problem {
    let wrong = |kind: &str| Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, kind);
    match fault {
        TokenFault::BadName => wrong("token-name").field("name", fault),
        TokenFault::NoScope => wrong("token-scope").field("scopes", fault),
        TokenFault::BadLife => wrong("token-life").field("expires", fault),
        TokenFault::Taken => Problem::new(language, StatusCode::CONFLICT, "token-taken").field("name", fault),
        TokenFault::NoToken => Problem::new(language, StatusCode::NOT_FOUND, "no-token"),
        TokenFault::TooMany => Problem::new(language, StatusCode::CONFLICT, "too-many-tokens"),
        TokenFault::Forbidden(fault) => Problem::forbidden(language, *fault),
        TokenFault::Store(fault) => Problem::store(language, fault),
    }
}

/// Lists every token, newest first, without its secret.
#[utoipa::path(get, path = "/tokens", responses((status = 200, description = "Tokens", body = Vec<TokenEntry>)))]
pub(crate) async fn list(State(service): Svc, language: AnswerLanguage) -> Result<Json<Vec<TokenEntry>>, Problem> {
    let tokens = service.tokens().list().await.map_err(|fault| Problem::read(language.0, &fault))?;
    let now = service.clock().now();
    let entry = |token: store::TokenView| TokenEntry {
        id: token.id.0,
        name: token.name,
        scopes: token.scopes.split(' ').map(ScopeName::from).collect(),
        by: token.by,
        created: rfc3339(token.created),
        expires: rfc3339(token.until),
        ended: token.until <= now,
        last_used: token.seen.map(rfc3339),
    };
    Ok(Json(tokens.into_iter().map(entry).collect()))
}

/// Creates a token. Only this answer shows it.
#[utoipa::path(post, path = "/tokens", request_body = NewToken,
    responses((status = 201, description = "Made; `token` is what the program shows", body = CreatedToken),
        (status = 409, description = "The name is taken, or there are too many", body = ProblemDetails)))]
pub(crate) async fn create(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    JsonBody(new): JsonBody<NewToken>,
) -> Result<(StatusCode, Json<CreatedToken>), Problem> {
    let scope = |name: &String| Scope::of_name(name).ok_or_else(|| problem(language.0, &TokenFault::NoScope).detail(name));
    let scopes = new.scopes.iter().map(scope).collect::<Result<Vec<_>, _>>()?;
    let life = life(&new.expires).ok_or_else(|| problem(language.0, &TokenFault::BadLife).detail(&new.expires))?;
    let made = service.tokens().create(&who.actor(), &new.name, &scopes, life).await;
    let (id, token) = made.map_err(|fault| problem(language.0, &fault))?;
    Ok((StatusCode::CREATED, Json(CreatedToken { id: id.0, token: token.reveal().to_owned() })))
}

/// Revokes a token at once.
#[utoipa::path(delete, path = "/tokens/{id}", params(("id" = i64, Path)), responses((status = 204, description = "Ended")))]
pub(crate) async fn revoke(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    Path(id): Path<TokenId>,
) -> Result<StatusCode, Problem> {
    service.tokens().revoke(&who.actor(), id).await.map_err(|fault| problem(language.0, &fault))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Parses the lifetime of a token. A year has 365 days here. Other settings take no years, because their length depends
/// on the date.
fn life(typed: &str) -> Option<std::time::Duration> {
    let years =
        typed.trim().strip_suffix(['y', 'Y']).and_then(|years| years.trim_start_matches(['P', 'p']).trim().parse::<u64>().ok());
    match years {
        Some(years) => Some(std::time::Duration::from_secs(years.checked_mul(365 * 86_400)?)),
        None => model::settings::duration(typed),
    }
}

#[cfg(test)]
mod tests {
    use super::life;

    #[test]
    fn token_lifetime_may_be_in_years() {
        let days = |typed: &str| life(typed).map(|life| life.as_secs() / 86_400);
        for (typed, expected) in
            [("1y", Some(365)), ("2y", Some(730)), ("P1Y", Some(365)), ("90d", Some(90)), ("400d", Some(400)), ("52w", Some(364))]
        {
            assert_eq!(days(typed), expected, "{typed}");
        }
        assert_eq!([life("y"), life("-1y"), life("1 month"), life("99999999999999999999y")], [None; 4]);
    }
}

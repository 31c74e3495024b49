//! Accounts: create, list, reset with a new link, delete.

use admin::account::AccountFault;
use admin::clock::rfc3339;
use api::accounts::{AccountEntry, NewAccount, SignInLink};
use api::problem::ProblemDetails;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use model::Language;
use model::account::Role;

use super::body::{JsonBody, Svc};
use crate::answer_language::AnswerLanguage;
use crate::base::Base;
use crate::principal::Principal;
use crate::problem::Problem;

fn problem(language: Language, fault: &AccountFault) -> Problem {
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    match fault {
        AccountFault::BadName => Problem::new(language, unprocessable, "account-name").field("name", fault),
        AccountFault::Taken => Problem::new(language, StatusCode::CONFLICT, "account-taken").field("name", fault),
        AccountFault::NoAccount => Problem::new(language, StatusCode::NOT_FOUND, "no-account"),
        AccountFault::LastAdministrator => Problem::new(language, StatusCode::CONFLICT, "last-administrator"),
        AccountFault::Forbidden(fault) => Problem::forbidden(language, *fault),
        AccountFault::Store(fault) => Problem::store(language, fault),
        AccountFault::Read(fault) => Problem::read(language, fault),
        other => Problem::new(language, unprocessable, "account").detail(other),
    }
}

/// Lists every account, by name.
#[utoipa::path(get, path = "/accounts", responses((status = 200, description = "Accounts", body = Vec<AccountEntry>)))]
pub(crate) async fn list(State(service): Svc, language: AnswerLanguage) -> Result<Json<Vec<AccountEntry>>, Problem> {
    let accounts = service.accounts().list().await.map_err(|fault| Problem::read(language.0, &fault))?;
    let entry = |account: store::AccountView| AccountEntry {
        name: account.name,
        role: account.role.name().into(),
        created: rfc3339(account.created),
    };
    Ok(Json(accounts.into_iter().map(entry).collect()))
}

fn link(base: &Base, token: &model::Secret) -> SignInLink {
    let path = format!("/login/start/{}", token.reveal());
    SignInLink { url: base.0.as_ref().map(|base| format!("{base}{path}")), path }
}

/// Creates an account. Its owner signs in with a link that works once, for a day, and sets a password.
#[utoipa::path(post, path = "/accounts", request_body = NewAccount,
    responses((status = 201, description = "Made; `url` is the link", body = SignInLink),
        (status = 409, description = "The name is taken", body = ProblemDetails),
        (status = 422, description = "Not a name or a role", body = ProblemDetails)))]
pub(crate) async fn create(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    base: Extension<Base>,
    JsonBody(new): JsonBody<NewAccount>,
) -> Result<(StatusCode, Json<SignInLink>), Problem> {
    let role = Role::of_name(&new.role)
        .ok_or_else(|| Problem::new(language.0, StatusCode::UNPROCESSABLE_ENTITY, "account-role").field("role", &new.role))?;
    let accounts = service.accounts();
    let id = accounts.create(&who.actor(), &new.name, role, None).await.map_err(|fault| problem(language.0, &fault))?;
    let token = accounts.make_link(Some(id)).await.map_err(|fault| problem(language.0, &fault))?;
    Ok((StatusCode::CREATED, Json(link(&base, &token))))
}

/// Deletes an account and ends its sessions. The last administrator cannot be deleted.
#[utoipa::path(delete, path = "/accounts/{name}", params(("name" = String, Path)),
    responses((status = 204, description = "Deleted"), (status = 404, description = "No such account", body = ProblemDetails),
        (status = 409, description = "The last administrator", body = ProblemDetails)))]
pub(crate) async fn delete(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    service.accounts().delete(&who.actor(), &name).await.map_err(|fault| problem(language.0, &fault))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes the password, ends all sessions, and returns a new link.
#[utoipa::path(post, path = "/accounts/{name}/reset", params(("name" = String, Path)),
    responses((status = 200, description = "`url` is the link", body = SignInLink),
        (status = 404, description = "No such account", body = ProblemDetails)))]
pub(crate) async fn reset(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    base: Extension<Base>,
    Path(name): Path<String>,
) -> Result<Json<SignInLink>, Problem> {
    let token = service.accounts().reset(&who.actor(), &name).await.map_err(|fault| problem(language.0, &fault))?;
    Ok(Json(link(&base, &token)))
}

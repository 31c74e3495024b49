//! The grant of a relay: show, start, finish, renew, confirm, forget.

use admin::clock::rfc3339;
use admin::words::say;
use api::oauth::{
    AccountConfirmation, ApplicationCertificate, GrantDetails, GrantRefusal, MethodName, SignInBegun, SignInFinish,
    SignInOutcome, SignInStart,
};
use api::problem::ProblemDetails;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use mail::oauth::{GrantStatus, OAuthFault, PASTED, Returned, SignInRequest, Starter, Verified, VerifyFault};
use model::time::Timestamp;
use model::{Language, Phrase};

use super::body::{JsonBody, Svc};
use crate::answer_language::AnswerLanguage;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::run_to_end::run_to_end;

fn problem(language: Language, fault: &OAuthFault) -> Problem {
    match fault {
        OAuthFault::Unset => Problem::new(language, StatusCode::CONFLICT, "unset"),
        OAuthFault::NoSuchRelay(name) => Problem::new(language, StatusCode::NOT_FOUND, "no-relay").detail(name),
        OAuthFault::NotOAuth2(name) => Problem::new(language, StatusCode::CONFLICT, "not-oauth2").detail(name),
        OAuthFault::NothingToForget => Problem::new(language, StatusCode::CONFLICT, "nothing-to-forget"),
        OAuthFault::NothingToConfirm => Problem::new(language, StatusCode::CONFLICT, "nothing-to-confirm"),
        OAuthFault::Forbidden(fault) => Problem::forbidden(language, *fault),
        OAuthFault::Follows(primary) => Problem::follows(language, primary),
        OAuthFault::Store(fault) => Problem::store(language, fault),
    }
}

/// Reason for a refused sign-in: the message key without `.cause` and `.remedy`, and its argument.
pub(crate) fn refusal(fault: &VerifyFault) -> (String, String) {
    let plain = |key: &str| (format!("verify-{key}"), String::new());
    match fault {
        VerifyFault::NoState => plain("no-state"),
        VerifyFault::Unknown => plain("unknown"),
        VerifyFault::Foreign => plain("foreign"),
        VerifyFault::OtherIssuer(issuer) => ("verify-other-issuer".into(), issuer.clone()),
        VerifyFault::NoCode => plain("no-code"),
        VerifyFault::Changed => plain("changed"),
        VerifyFault::Refused { words, known } => {
            let key = known.map_or_else(|| "verify-refused".into(), model::catalogue::KnownRefusal::key);
            (key, words.words.clone())
        }
        VerifyFault::NoRefreshToken => plain("no-refresh-token"),
        VerifyFault::NoMailScope { given } => ("verify-no-mail-scope".into(), given.clone()),
        VerifyFault::NotOurs => plain("not-ours"),
        VerifyFault::TooMany => plain("too-many"),
        VerifyFault::Application => plain("application"),
        VerifyFault::OAuth(fault) => ("verify-failed".into(), fault.to_string()),
    }
}

fn verify_problem(language: Language, fault: &VerifyFault) -> Problem {
    if let VerifyFault::OAuth(fault) = fault {
        return problem(language, fault);
    }
    let (key, words) = refusal(fault);
    let part = |part: &str| say(language, &Phrase::new(format!("{key}.{part}")).with("detail", &words));
    let detail = [part("cause"), words.clone(), part("remedy")].join("\n");
    Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, "verify").detail(detail.replace("\n\n", "\n"))
}

/// Returns a grant as the API shows it. `says` is one sentence.
fn shown(grant: &GrantStatus, language: Language) -> GrantDetails {
    let at = |at: Option<Timestamp>| at.map(rfc3339);
    GrantDetails {
        relay: grant.relay.clone(),
        provider: grant.provider.into(),
        method: if grant.application { MethodName::Application } else { MethodName::User },
        state: grant.state.name().into(),
        well: grant.is_well(),
        alarm: grant.is_alarm(),
        says: say(language, &grant.phrase()),
        email: grant.email.clone(),
        account: grant.account.clone(),
        confirm: grant.confirm.as_ref().map(|confirm| confirm.account.clone()),
        verify_again: grant.verify_again,
        authorized: at(grant.authorized),
        by: grant.by.clone(),
        last_renewed: at(grant.renewed),
        next_renewal: at(grant.next),
        token_expires: at(grant.token_expires),
        idle_limit: at(grant.idle_end),
        secret_days: grant.secret_days,
        next_secret: grant.next_secret,
        certificate_expires: at(grant.certificate.map(|(ends, _)| ends)),
        certificate_days: grant.certificate.map(|(_, days)| days),
        cut_off: at(grant.cut_off),
        clock_ahead_seconds: grant.skew.map(|skew| skew.as_secs()),
        remarks: grant.remarks().iter().map(|remark| say(language, remark)).collect(),
        fault: grant.fault.as_ref().map(|fault| GrantRefusal {
            at: rfc3339(fault.at),
            status: fault.status,
            error: fault.error.clone(),
            words: fault.words.clone(),
            cause: say(language, &fault.cause),
            remedy: say(language, &fault.remedy),
        }),
    }
}

/// Returns the state of the grant for a relay.
#[utoipa::path(get, path = "/email/relays/{name}/oauth", params(("name" = String, Path)),
    responses((status = 200, description = "The grant", body = GrantDetails), (status = 409, description = "The relay does not use OAuth2", body = ProblemDetails)))]
pub(crate) async fn get(
    State(service): Svc,
    language: AnswerLanguage,
    Path(name): Path<String>,
) -> Result<Json<GrantDetails>, Problem> {
    let grant = service.oauth().status(Some(&name)).map_err(|fault| problem(language.0, &fault))?;
    Ok(Json(shown(&grant, language.0)))
}

/// True for `https://HOST[:PORT]/login/smtp-verification`. Plain http is allowed only for this machine.
fn is_redirect(url: &str) -> bool {
    let Some(base) = url.strip_suffix("/login/smtp-verification") else { return false };
    let plain = |host: &str| !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b));
    match (base.strip_prefix("https://"), base.strip_prefix("http://")) {
        (Some(host), _) => plain(host),
        (None, Some(host)) => {
            let name = host.rsplit_once(':').map_or(host, |(name, port)| if port.parse::<u16>().is_ok() { name } else { host });
            matches!(name, "localhost" | "127.0.0.1" | "[::1]")
        }
        (None, None) => false,
    }
}

fn starter(who: &Principal) -> Starter {
    Starter { key: who.key(), actor: who.actor() }
}

/// Begins a sign-in at the provider; a person opens `url`. Only the same caller can finish it, within ten minutes.
#[utoipa::path(post, path = "/email/relays/{name}/oauth/start", params(("name" = String, Path)), request_body = SignInStart,
    responses((status = 200, description = "Where the browser goes", body = SignInBegun), (status = 409, description = "The relay does not use OAuth2", body = ProblemDetails)))]
pub(crate) async fn start(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    Path(name): Path<String>,
    JsonBody(start): JsonBody<SignInStart>,
) -> Result<Json<SignInBegun>, Problem> {
    let redirect = start.redirect_uri.unwrap_or_else(|| PASTED.to_owned());
    if !is_redirect(&redirect) {
        let why = "https://…/login/smtp-verification";
        return Err(Problem::new(language.0, StatusCode::UNPROCESSABLE_ENTITY, "redirect").field("redirect_uri", why));
    }
    let request = SignInRequest { redirect, test: false, starter: starter(&who) };
    let begun = service.oauth().start(Some(&name), request).map_err(|fault| verify_problem(language.0, &fault))?;
    Ok(Json(SignInBegun { url: begun.url, redirect_uri: begun.redirect, email: begun.email }))
}

/// Finishes a sign-in with the address at which the browser arrived.
#[utoipa::path(post, path = "/email/relays/{name}/oauth/finish", params(("name" = String, Path)), request_body = SignInFinish,
    responses((status = 200, description = "`authorized`, `confirm` (another account than *Email*: nothing is used before it is confirmed), or `again` with another `url`", body = SignInOutcome),
        (status = 409, description = "The relay does not use OAuth2", body = ProblemDetails),
        (status = 422, description = "Not taken; nothing is stored", body = ProblemDetails)))]
pub(crate) async fn finish(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    Path(name): Path<String>,
    JsonBody(finish): JsonBody<SignInFinish>,
) -> Result<Json<SignInOutcome>, Problem> {
    service.oauth().status(Some(&name)).map_err(|fault| problem(language.0, &fault))?;
    let ended = service.oauth().finish(Returned::read(&finish.address), &starter(&who)).await;
    Ok(Json(match ended.map_err(|fault| verify_problem(language.0, &fault))? {
        Verified::Authorized { relay, account, .. } => SignInOutcome::Authorized { relay, account },
        Verified::Confirm { relay, account, email, test: _ } => SignInOutcome::Confirm { relay, account, email },
        Verified::Again(begun) => SignInOutcome::Again { url: begun.url, redirect_uri: begun.redirect },
    }))
}

/// Asks the provider for a token now.
#[utoipa::path(post, path = "/email/relays/{name}/oauth/renew", params(("name" = String, Path)),
    responses((status = 200, description = "The grant afterwards", body = GrantDetails), (status = 409, description = "The relay does not use OAuth2", body = ProblemDetails)))]
pub(crate) async fn renew(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    Path(name): Path<String>,
) -> Result<Json<GrantDetails>, Problem> {
    let grant = service.oauth().renew_now(Some(&name), &who.actor()).await.map_err(|fault| problem(language.0, &fault))?;
    Ok(Json(shown(&grant, language.0)))
}

/// Confirms the use of an account other than *Email*.
#[utoipa::path(post, path = "/email/relays/{name}/oauth/confirm", params(("name" = String, Path)), request_body = AccountConfirmation,
    responses((status = 204, description = "It is used from now on"), (status = 409, description = "Nothing is to be confirmed", body = ProblemDetails)))]
pub(crate) async fn confirm(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    Path(name): Path<String>,
    JsonBody(confirm): JsonBody<AccountConfirmation>,
) -> Result<StatusCode, Problem> {
    let confirmed = service.oauth().confirm(Some(&name), &confirm.account, &who.actor()).await;
    confirmed.map(|()| StatusCode::NO_CONTENT).map_err(|fault| verify_problem(language.0, &fault))
}

/// Deletes the grant and its tokens.
#[utoipa::path(post, path = "/email/relays/{name}/oauth/forget", params(("name" = String, Path)),
    responses((status = 204, description = "Forgotten"), (status = 409, description = "The relay does not use OAuth2", body = ProblemDetails)))]
pub(crate) async fn forget(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    let forgotten = service.oauth().forget(Some(&name), &who.actor()).await;
    forgotten.map(|()| StatusCode::NO_CONTENT).map_err(|fault| problem(language.0, &fault))
}

/// Creates a key pair for the application and saves it. Returns the certificate to upload at the provider.
#[utoipa::path(post, path = "/email/relays/{name}/oauth/key", params(("name" = String, Path)),
    responses((status = 200, description = "The certificate (PEM), and its SHA-256", body = ApplicationCertificate), (status = 404, description = "No such relay", body = ProblemDetails),
        (status = 409, description = "The relay signs in as a user", body = ProblemDetails),
        (status = 422, description = "The settings cannot be saved with it", body = ProblemDetails)))]
pub(crate) async fn key(
    State(service): Svc,
    who: Principal,
    language: AnswerLanguage,
    Path(name): Path<String>,
) -> Result<Json<ApplicationCertificate>, Problem> {
    let made = run_to_end(async move { service.admin().make_oauth_client_key(&name, &who.actor()).await }).await;
    let view = made.map_err(|fault| match &fault {
        admin::settings::KeyPairFault::NoSuchRelay(name) => {
            Problem::new(language.0, StatusCode::NOT_FOUND, "no-relay").detail(name)
        }
        admin::settings::KeyPairFault::NotAnApplication(name) => {
            Problem::new(language.0, StatusCode::CONFLICT, "not-application").detail(name)
        }
        admin::settings::KeyPairFault::NotMade(why) => {
            Problem::new(language.0, StatusCode::INTERNAL_SERVER_ERROR, "storage").detail(why)
        }
        admin::settings::KeyPairFault::Save(fault) => Problem::save(language.0, fault),
    })?;
    Ok(Json(ApplicationCertificate { certificate: view.pem, fingerprint: view.view.fingerprint, not_after: view.view.not_after }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirect_is_accepted_only_with_callback_path_and_safe_host() {
        for good in [
            PASTED,
            "https://post.example.net/login/smtp-verification",
            "https://[::1]:8/login/smtp-verification",
            "http://127.0.0.1:8025/login/smtp-verification",
        ] {
            assert!(is_redirect(good), "{good}");
        }
        for bad in [
            "http://127.0.0.1:1@evil.example/login/smtp-verification",
            "https://evil.example/?x=/login/smtp-verification",
            "https://a@evil.example/login/smtp-verification",
            "https://evil.example\r\nx/login/smtp-verification",
            "http://10.9.8.7/login/smtp-verification",
            "http://127.0.0.1.evil.example/login/smtp-verification",
            "https:///login/smtp-verification",
            "/login/smtp-verification",
        ] {
            assert!(!is_redirect(bad), "{bad}");
        }
    }
}

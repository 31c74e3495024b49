//! The user of a page: session cookie and language.

use admin::account::{DEVICE_MAX, RequestOrigin, SignedIn};
use axum::Extension;
use axum::body::HttpBody;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use mail::intake::Caller;
use model::Language;

use super::frame::{failed, sorry};
use super::pages_state::PagesState;
use crate::answer_language::AnswerLanguage;
use crate::via::{Here, Via};

/// Returns the name of the session cookie. Cookies ignore ports, so two nodes on one host need different names. With
/// TLS the prefix binds the cookie to this host (RFC 6265bis §4.1.3.2).
fn name(via: Via) -> String {
    let prefix = if via.secure { "__Host-" } else { "" };
    let port = via.port.map(|port| format!("-{port}")).unwrap_or_default();
    format!("{prefix}postwacht{port}")
}

/// Builds the session cookie. It is bound to TLS if the browser uses TLS.
pub(super) fn cookie(via: Via, value: &str) -> String {
    let (name, secure) = (name(via), if via.secure { "; Secure" } else { "" });
    // Lax: at the end of an OAuth2 sign-in, a provider redirects the browser to us. Strict would lose the session then.
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}")
}

/// Builds the cookie that makes the browser delete its session cookie.
pub(super) fn ended_cookie(via: Via) -> String {
    format!("{}; Max-Age=0", cookie(via, ""))
}

/// Builds the cookie of known devices. It outlives the session, and signs no user in.
pub(super) fn device_cookie(via: Via, value: &str) -> String {
    let (name, secure) = (device_name(via), if via.secure { "; Secure" } else { "" });
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{secure}", DEVICE_MAX.as_secs())
}

fn device_name(via: Via) -> String {
    format!("{}-device", name(via))
}

/// Returns the value of a cookie.
fn cookie_of(parts: &Parts, name: &str) -> Option<String> {
    let cookies = parts.headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// Charges the memory of a form to the account that sends it, if it is signed in.
pub(super) async fn name_caller(State(pages): State<PagesState>, mut request: Request, next: Next) -> Response {
    if !request.body().is_end_stream() {
        let (mut parts, body) = request.into_parts();
        let name = parts.extensions.get::<Via>().map(|via| name(*via));
        let token = name.and_then(|name| cookie_of(&parts, &name));
        // Without an account, the address is charged. The page itself reports the missing sign-in.
        if let Some(token) = token
            && let Ok(Some(signed)) = pages.service.accounts().find_session(&token).await
        {
            parts.extensions.insert(Caller::known(format!("account:{}", signed.account.name)));
        }
        request = Request::from_parts(parts, body);
    }
    next.run(request).await
}

/// A user who may be signed in or not.
pub(super) struct Visitor {
    pub(super) signed: Option<SignedIn>,
    pub(super) language: Language,
    pub(super) origin: RequestOrigin,
    pub(super) via: Via,
    pub(super) here: Here,
}

impl FromRequestParts<PagesState> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, pages: &PagesState) -> Result<Self, Response> {
        let asked = <AnswerLanguage as FromRequestParts<PagesState>>::from_request_parts(parts, pages).await;
        let Ok(AnswerLanguage(asked)) = asked;
        let Extension(via) = <Extension<Via> as FromRequestParts<PagesState>>::from_request_parts(parts, pages)
            .await
            .map_err(IntoResponse::into_response)?;
        let here = parts.extensions.get::<Here>().cloned().unwrap_or_else(|| Here("http://localhost".into()));
        let signed = match cookie_of(parts, &name(via)) {
            Some(token) => pages.service.accounts().find_session(&token).await.map_err(|fault| failed(asked, &fault))?,
            None => None,
        };
        let chosen = language_in(parts.uri.query().unwrap_or(""));
        let remembered = cookie_of(parts, LANGUAGE).and_then(|tag| Language::of_tag(&tag));
        let language = chosen.or_else(|| signed.as_ref().and_then(SignedIn::language)).or(remembered).unwrap_or(asked);
        let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
        let devices = cookie_of(parts, &device_name(via)).unwrap_or_default();
        Ok(Self { signed, language, origin: RequestOrigin { address: via.address, agent, devices }, via, here })
    }
}

/// Name of the cookie that keeps a language chosen before the sign-in.
const LANGUAGE: &str = "postwacht-language";

/// Stores the language in the query string in a cookie.
pub(super) async fn remember_language(request: Request, next: Next) -> Response {
    let chosen = language_in(request.uri().query().unwrap_or(""));
    let mut response = next.run(request).await;
    let cookie =
        chosen.map(|language| format!("{LANGUAGE}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000", language.code()));
    if let Some(value) = cookie.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// Returns the language of `?lang=nl`. Later pages keep it by a cookie, unless the account has chosen
/// another.
fn language_in(query: &str) -> Option<Language> {
    query.split('&').find_map(|pair| pair.strip_prefix("lang=")).and_then(Language::of_tag)
}

/// A signed-in user. Any other user is redirected to the sign-in and returns after it.
pub(super) struct Member {
    pub(super) signed: SignedIn,
    pub(super) language: Language,
    pub(super) origin: RequestOrigin,
    pub(super) path: String,
    pub(super) via: Via,
    /// Base of this site as the browser names it: scheme, host and port.
    pub(super) here: Here,
}

impl FromRequestParts<PagesState> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, pages: &PagesState) -> Result<Self, Response> {
        let visitor = <Visitor as FromRequestParts<PagesState>>::from_request_parts(parts, pages).await?;
        let path = parts.uri.path().to_owned();
        let whole = parts.uri.path_and_query().map_or("/", |whole| whole.as_str());
        match visitor.signed {
            Some(signed) => Ok(Self {
                signed,
                language: visitor.language,
                origin: visitor.origin,
                path,
                via: visitor.via,
                here: visitor.here,
            }),
            None if parts.method == axum::http::Method::GET => {
                let next: String = form_urlencoded::byte_serialize(whole.as_bytes()).collect();
                Err(Redirect::to(&format!("/login?next={next}")).into_response())
            }
            // A redirect would lose the content of the request, so the page must say that nothing was done.
            None => Err(sorry(visitor.language, StatusCode::UNAUTHORIZED, "signed-out")),
        }
    }
}

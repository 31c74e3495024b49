//! The caller of a request.

use std::sync::Arc;

use admin::token::Granted;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use mail::intake::policy::Rights;
use model::account::{Actor, Role};
use model::scope::Scope;
use node::Service;
use store::ReadFault;

use crate::answer_language::AnswerLanguage;
use crate::drain::drain;
use crate::problem::Problem;

/// The caller, as the audit log names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A user of this machine on the control socket. May do everything.
    Control { user: String },
    /// A user of this machine on the submit socket. May submit mail.
    Submit { user: String },
    /// A program with a token, over TCP. May do what the token's scopes allow.
    Token(Granted),
}

impl Principal {
    pub fn name(&self) -> String {
        match self {
            Self::Control { user } | Self::Submit { user } => format!("local:{user}"),
            Self::Token(granted) => format!("token:{}", granted.name),
        }
    }

    /// A key that identifies this caller. A later token with the same name has another key.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Control { .. } | Self::Submit { .. } => self.name(),
            Self::Token(granted) => format!("token#{}", granted.id),
        }
    }

    /// Returns the caller's name and role, for the service to judge. A caller on the control socket is an
    /// administrator.
    pub(crate) fn actor(&self) -> Actor {
        let role = match self {
            Self::Control { .. } => Role::Administrator,
            Self::Submit { .. } => Role::Viewer,
            Self::Token(granted) => granted.role().unwrap_or(Role::Viewer),
        };
        Actor { name: self.name(), role }
    }

    fn may(&self, needed: Scope) -> bool {
        match self {
            Self::Control { .. } => true,
            Self::Submit { .. } => needed == Scope::Send,
            Self::Token(granted) => granted.may(needed),
        }
    }

    /// The rights of the caller when it submits messages.
    pub(crate) fn rights(&self) -> Rights {
        if self.may(Scope::Administer) { Rights::Administrator } else { Rights::Application }
    }
}

/// Passes a request on if its caller has the scope that the route needs.
// Five arguments: a middleware of axum takes what it reads from the request as arguments.
pub(crate) async fn needs(
    State(needed): State<Scope>,
    who: Principal,
    AnswerLanguage(language): AnswerLanguage,
    request: Request,
    next: Next,
) -> Response {
    if who.may(needed) {
        return next.run(request).await;
    }
    let why = format!("the scope {} is needed", needed.name());
    Problem::new(language, StatusCode::FORBIDDEN, "scope").detail(why).into_response()
}

/// Returns the grant of the bearer token in a request (RFC 6750 §2.1), if the token is valid.
pub(crate) async fn bearer(service: &Service, headers: &HeaderMap) -> Result<Option<Granted>, ReadFault> {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = shown.and_then(|text| text.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match token {
        Some((_, token)) => service.tokens().find(token.trim()).await,
        None => Ok(None),
    }
}

/// Names the caller of a request over TCP by its token alone.
pub(crate) async fn by_token(
    State(service): State<Arc<Service>>,
    AnswerLanguage(language): AnswerLanguage,
    mut request: Request,
    next: Next,
) -> Response {
    match bearer(&service, request.headers()).await {
        Ok(Some(granted)) => {
            request.extensions_mut().insert(ConnectInfo(Principal::Token(granted)));
            next.run(request).await
        }
        Ok(None) => {
            let shown = request.headers().contains_key(header::AUTHORIZATION);
            drain(request).await;
            let kind = if shown { "token-unknown" } else { "token" };
            let mut response = Problem::new(language, StatusCode::UNAUTHORIZED, kind).into_response();
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"postwacht\""));
            response
        }
        Err(fault) => Problem::read(language, &fault).into_response(),
    }
}

impl<S: Sync> FromRequestParts<S> for Principal {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        // Absent only if a listener was set up without naming its callers. Then the request is refused.
        parts.extensions.get::<ConnectInfo<Self>>().map(|info| info.0.clone()).ok_or(StatusCode::FORBIDDEN)
    }
}

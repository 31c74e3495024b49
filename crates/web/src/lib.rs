//! The HTTP view of the service: the pages over TCP, and `/api/v1` on the control and submit sockets.
//!
//! Callers differ only in who makes the [`Principal`]. Nothing here changes state other than through `service`.

mod api;
mod guard;
mod health;
mod local;
mod pages;
mod principal;
mod problem;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use service::Service;
use tokio::sync::{Semaphore, watch};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use guard::Reach;
pub use local::{LocalSocket, bind, serve_local};
pub use principal::Principal;

/// Longest request body taken, in bytes: a message of the largest size in base64, and its envelope.
const BODY_MAX: usize = service::intake::SIZE_MAX / 3 * 4 + (1 << 20);

#[derive(OpenApi)]
#[openapi(
    info(title = "Postwacht", description = "Mail that must arrive: settings, test, messages, queue, status.", license(name = "MIT OR Apache-2.0")),
    servers((url = "/api/v1"))
)]
struct Document;

/// All that an administrator may do.
pub fn control(service: Arc<Service>) -> Router {
    let (router, document) = documented().split_for_parts();
    let router = router.with_state(service);
    finish(router.route("/openapi.json", axum::routing::get(async move || Json(document))))
}

/// All that any local program may do: hand over mail.
pub fn submit(service: Arc<Service>) -> Router {
    let (router, _) = OpenApiRouter::<Arc<Service>>::new().routes(routes!(api::messages::post)).split_for_parts();
    finish(router.with_state(service))
}

/// What a browser gets over TCP.
pub fn site(service: Arc<Service>, reach: Reach) -> Router {
    let reach = Arc::new(reach);
    let health = Router::new().route("/healthz", axum::routing::get(health::healthz)).with_state(Arc::clone(&service));
    pages::pages(service, Arc::clone(&reach)).merge(health).layer(axum::middleware::from_fn_with_state(reach, guard::guard))
}

/// Serves the pages until `stop`; requests under way are ended properly.
pub async fn serve_site(
    listener: tokio::net::TcpListener,
    router: Router,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let stopped = async move { drop(stop.wait_for(|stop| *stop).await) };
    let service = router.into_make_service_with_connect_info::<std::net::SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stopped).await
}

/// The OpenAPI 3.1 document.
pub fn openapi() -> utoipa::openapi::OpenApi {
    documented().into_openapi()
}

fn documented() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(api::email::get, api::email::put))
        .routes(routes!(api::email::check))
        .routes(routes!(api::email::revisions))
        .routes(routes!(api::email::restore))
        .routes(routes!(api::test::post))
        .routes(routes!(api::messages::list, api::messages::post))
        .routes(routes!(api::messages::show))
        .routes(routes!(api::operate::one))
        .routes(routes!(api::operate::bulk))
        .routes(routes!(api::accounts::list, api::accounts::create))
        .routes(routes!(api::accounts::delete))
        .routes(routes!(api::accounts::reset))
        .routes(routes!(api::status::status))
        .routes(routes!(api::status::doctor))
        .routes(routes!(api::status::audit))
        .routes(routes!(api::status::backup))
}

/// Request bodies in memory at once, in KiB, over all callers of a router.
const BODIES_KIB: usize = 4 * BODY_MAX / 1024;

/// A request waits until there is room for the body it announces; one that announces none is taken for the largest.
async fn with_room(State(room): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let bodiless = request.method() == Method::GET && announced.is_none();
    let bytes = if bodiless { 0 } else { announced.unwrap_or(BODY_MAX).min(BODY_MAX) };
    // Parsing and decoding hold copies: three times the body is what a message costs.
    let kibs = u32::try_from((3 * bytes / 1024).min(BODIES_KIB)).unwrap_or(u32::MAX);
    let Ok(_place) = room.acquire_many(kibs).await else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    next.run(request).await
}

fn finish(router: Router) -> Router {
    let room = Arc::new(Semaphore::new(BODIES_KIB));
    Router::new()
        .nest("/api/v1", router)
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::not_allowed)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(axum::middleware::from_fn_with_state(room, with_room))
}

#[cfg(test)]
mod tests {
    use model::Language;

    /// Words that pages put together: what stands before the dash, and all that may stand behind it.
    const MADE: [(&str, &[&str]); 17] = [
        ("role-", &["viewer", "operator", "administrator"]),
        ("relay-", &["open", "network", "tls", "sign-in", "configuration", "operator", "sender"]),
        ("state-", &["waiting", "held", "sender-held", "accepted", "refused", "cancelled"]),
        ("fate-", &["waiting", "accepted", "refused", "cancelled"]),
        ("class-", &["critical", "notice", "submitted"]),
        ("verb-", &["retry", "hold", "release", "cancel"]),
        ("done-", &["retry", "hold", "release", "cancel"]),
        ("encryption-", &["none", "starttls", "tls"]),
        ("trust-", &["system", "ca", "pin"]),
        ("family-", &["any", "ipv4", "ipv6"]),
        ("auth-", &["none", "password", "oauth2"]),
        ("provider-", &["entra", "google", "other"]),
        ("cloud-", &["public", "us-gcc-high", "us-dod", "china"]),
        ("method-", &["user", "application"]),
        ("answer-", &["well", "degraded", "silent", "unset"]),
        ("last-test-", &["accepted", "failed"]),
        (
            "stage-",
            &[
                "resolve",
                "connect",
                "tls",
                "greeting",
                "ehlo",
                "starttls",
                "sign-in",
                "sender",
                "recipient",
                "data",
                "accepted",
                "quit",
                "failed",
            ],
        ),
    ];

    /// The keys in a template or a source: what stands in quotes behind these.
    fn keys(text: &str) -> Vec<String> {
        let mut keys = Vec::new();
        for call in ["f.t(\"", "f.t1(\"", "self.t(\"", "self.t1(\""] {
            keys.extend(text.split(call).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        }
        // Words handed to the macros of the form: (form, f, "key", "word", …).
        let macros = text.split("(form, f, \"").skip(1).filter_map(|rest| {
            let (_, rest) = rest.split_once('"')?;
            rest.strip_prefix(", \"")?.split('"').next()
        });
        keys.extend(macros.map(str::to_owned));
        keys.retain(|key| !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
        keys
    }

    #[test]
    fn every_word_of_the_pages_is_there_in_every_language() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut wanted: Vec<String> = Vec::new();
        for folder in ["templates", "src/pages"] {
            for entry in std::fs::read_dir(root.join(folder)).expect("a folder").flatten() {
                wanted.extend(keys(&std::fs::read_to_string(entry.path()).expect("text")));
            }
        }
        assert!(wanted.len() > 150, "the search finds the words: {}", wanted.len());
        wanted.extend(MADE.iter().flat_map(|(head, tails)| tails.iter().map(move |tail| format!("{head}{tail}"))));
        for plain in
            ["failed", "not-found", "forbidden", "bad-form", "no-message", "no-run", "no-link", "signed-out", "unreadable"]
        {
            wanted.extend([format!("{plain}-title"), format!("{plain}-text")]);
        }
        for language in Language::ALL {
            let missing: Vec<_> = wanted.iter().filter(|key| !service::words::knows(language, &format!("page-{key}"))).collect();
            assert!(missing.is_empty(), "{}: {missing:?}", language.code());
        }
    }

    #[test]
    fn the_checked_in_openapi_document_is_what_the_program_says() {
        testkit::same_as_file("docs/openapi.json", &(super::openapi().to_pretty_json().expect("serialises") + "\n"));
    }
}

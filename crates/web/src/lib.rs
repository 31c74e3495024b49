//! The HTTP view of the service: `/api/v1`, now on the control and submit sockets; the same router comes to TCP later.
//!
//! Callers differ only in who makes the [`Principal`]. Nothing here changes state other than through `service`.

mod api;
mod local;
mod principal;
mod problem;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use service::Service;
use tokio::sync::Semaphore;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

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
    #[test]
    fn the_checked_in_openapi_document_is_what_the_program_says() {
        testkit::same_as_file("docs/openapi.json", &(super::openapi().to_pretty_json().expect("serialises") + "\n"));
    }
}

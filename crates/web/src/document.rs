//! The OpenAPI 3.1 document: what the handlers say of themselves, and what holds for all of them.

use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, ContentBuilder, OpenApi as Document, Ref, ResponseBuilder};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Postwacht",
        description = "Mail that must arrive: settings, test, messages, queue, status. Over TCP with a token (`postwacht token create`), on this machine over the control socket.",
        license(name = "MIT OR Apache-2.0")
    ),
    servers((url = "/api/v1"))
)]
pub(crate) struct Head;

/// The OpenAPI 3.1 document.
pub fn openapi() -> Document {
    finish(crate::documented().into_openapi())
}

/// What any request may be answered with.
const ALWAYS: [(&str, &str); 6] = [
    ("400", "The path, the query or the body cannot be read"),
    ("401", "No token, or one that does not hold"),
    ("403", "The token does not allow this, or the request came from another site"),
    ("404", "There is nothing here"),
    ("421", "This node does not answer under that name"),
    ("503", "Too much at once, or it took too long"),
];
/// And one with a body.
const WITH_BODY: [(&str, &str); 4] = [
    ("408", "The body did not come in time"),
    ("413", "The body is too large"),
    ("415", "The body is of another kind"),
    ("422", "The body is not what is wanted here; `errors` names the fields"),
];

/// Adds the token, and the answers that any path may give.
pub(crate) fn finish(mut document: Document) -> Document {
    let head = Head::openapi();
    (document.info, document.servers) = (head.info, head.servers);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    let components = document.components.take().unwrap_or_else(|| ComponentsBuilder::new().build());
    let mut components = components;
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    document.components = Some(components);
    document.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
    for item in document.paths.paths.values_mut() {
        for operation in operations(item) {
            let with_body = operation.request_body.is_some();
            let more = WITH_BODY.iter().filter(|_| with_body);
            for (status, words) in ALWAYS.iter().chain(more) {
                let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
                let response = ResponseBuilder::new().description(*words).content("application/problem+json", problem).build();
                operation.responses.responses.entry((*status).to_owned()).or_insert_with(|| response.into());
            }
        }
    }
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let all = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
    all.into_iter().filter_map(Option::as_mut)
}

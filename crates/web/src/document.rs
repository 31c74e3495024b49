//! The OpenAPI 3.1 document: built from the handlers' annotations, with the parts that hold for every path.

use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, ContentBuilder, OpenApi as Document, Ref, RefOr, Response, ResponseBuilder};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Postwacht",
        description = "Settings, test, messages, queue, events and status of a Postwacht node. Over TCP with a token (`postwacht token create`), on this machine over the control socket.",
        license(name = "MIT OR Apache-2.0")
    ),
    servers((url = "/api/v1"))
)]
struct Head;

/// Error answers that any request may get.
const ALWAYS: [(&str, &str); 6] = [
    ("400", "The path, the query or the body cannot be read"),
    ("401", "No valid token"),
    ("403", "The token does not allow this, or the request came from another site"),
    ("404", "This address does not exist"),
    ("421", "The host name in the request is not one of this node"),
    ("503", "Too many requests at the same time, or the request took too long"),
];
/// Error answers that a request with a body may get besides.
const WITH_BODY: [(&str, &str); 4] = [
    ("408", "The body did not arrive in time"),
    ("413", "The body is too large"),
    ("415", "The media type of the body is not supported"),
    ("422", "The body is not valid; `errors` names the fields"),
];

/// Adds the token's security scheme and the error answers that any path may give.
pub(crate) fn finish(mut document: Document) -> Document {
    let head = Head::openapi();
    (document.info, document.servers) = (head.info, head.servers);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    let components = document.components.take().unwrap_or_else(|| ComponentsBuilder::new().build());
    let mut components = components;
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    document.components = Some(components);
    document.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            // Handler names are not unique, and clients have no use for them.
            operation.operation_id = Some(format!("{method}{}", path.replace('/', "-").replace(['{', '}'], "")));
            for response in operation.responses.responses.values_mut() {
                as_problem(response);
            }
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

/// A problem is sent as `application/problem+json` (RFC 9457 §3).
fn as_problem(response: &mut RefOr<Response>) {
    let RefOr::T(response) = response else { return };
    let problem = Some(RefOr::Ref(Ref::from_schema_name("Problem")));
    if let Some(content) = response.content.shift_remove("application/json") {
        let is_problem = matches!(&content, RefOr::T(content) if content.schema == problem);
        let kind = if is_problem { "application/problem+json" } else { "application/json" };
        response.content.insert(kind.to_owned(), content);
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [("get", &mut item.get), ("put", &mut item.put), ("post", &mut item.post), ("delete", &mut item.delete)];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

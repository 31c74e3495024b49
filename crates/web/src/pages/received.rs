//! *I received this*: the page behind the link in our mail. Its readers need no account. The link alone confirms
//! nothing, because programs that read mail follow links.

use askama::Template;
use axum::extract::{Path, RawForm, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::form::{pairs, value_of};
use super::frame::{Frame, failed, page, sorry};
use super::pages_state::PagesState;
use super::visitor::Visitor;

#[derive(Template)]
#[template(path = "received.html")]
struct Received {
    f: Frame,
    /// Recipients of the mail.
    addresses: Vec<String>,
    /// Address of the reader who has just confirmed.
    said: Option<String>,
}

/// True if the text has the form of a token. Other texts are not looked up.
fn well_formed(token: &str) -> bool {
    token.len() == 32 && token.bytes().all(|b| b.is_ascii_hexdigit())
}

pub(super) async fn show(State(pages): State<PagesState>, visitor: Visitor, Path(token): Path<String>) -> Response {
    answer(&pages, visitor, &token, None).await
}

pub(super) async fn say(
    State(pages): State<PagesState>,
    visitor: Visitor,
    Path(token): Path<String>,
    RawForm(body): RawForm,
) -> Response {
    let form = pairs(&body);
    let address = value_of(&form, "address").to_owned();
    if !well_formed(&token) {
        return sorry(visitor.language, StatusCode::NOT_FOUND, "no-receipt");
    }
    match pages.service.alerts().confirm_receipt(&token, &address).await {
        Ok(true) => answer(&pages, visitor, &token, Some(address)).await,
        Ok(false) => sorry(visitor.language, StatusCode::NOT_FOUND, "no-receipt"),
        Err(fault) => failed(visitor.language, &fault),
    }
}

async fn answer(pages: &PagesState, visitor: Visitor, token: &str, said: Option<String>) -> Response {
    let addresses = match pages.service.alerts().contacts_of_link(token).await {
        Ok(addresses) if well_formed(token) && !addresses.is_empty() => addresses,
        Ok(_) => return sorry(visitor.language, StatusCode::NOT_FOUND, "no-receipt"),
        Err(fault) => return failed(visitor.language, &fault),
    };
    page(visitor.language, &Received { f: Frame::bare(visitor.language), addresses, said })
}

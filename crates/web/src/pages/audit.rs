//! Who did what, newest first.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use store::AuditView;

use super::Site;
use super::frame::{Frame, failed, page};
use super::visitor::Member;

const ROWS: usize = 100;

#[derive(Template)]
#[template(path = "audit.html")]
struct Audit {
    f: Frame,
    rows: Vec<AuditView>,
    older: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct From {
    before: Option<i64>,
}

pub(super) async fn show(State(site): State<Site>, member: Member, Query(from): Query<From>) -> Response {
    let f = match Frame::of(&site, &member).await {
        Ok(f) => f,
        Err(response) => return response,
    };
    match site.service.store().audit(from.before, ROWS).await {
        Ok(rows) => {
            let older = rows.last().filter(|_| rows.len() == ROWS).map(|row| row.n);
            page(member.language, &Audit { f, rows, older })
        }
        Err(fault) => failed(member.language, &fault),
    }
}

//! The frame of a page for a signed-in user: with the state of mail, in the site's time zone.

use alerts::status::Status;
use axum::http::{StatusCode, Uri};
use axum::response::Response;

use super::frame::{Frame, failed, sorry};
use super::pages_state::PagesState;
use super::visitor::{Member, Visitor};

/// Returns the site's time zone, or UTC if this machine does not know it.
fn zone(pages: &PagesState) -> jiff::tz::TimeZone {
    let current = pages.service.settings().current();
    let name = current.draft.site.time_zone.as_deref().unwrap_or("UTC");
    jiff::tz::TimeZone::get(name).unwrap_or(jiff::tz::TimeZone::UTC)
}

impl Frame {
    pub(super) async fn of(pages: &PagesState, member: &Member) -> Result<Self, Response> {
        let line = pages.state_line.current(&pages.service).await.map_err(|fault| failed(member.language, &fault))?;
        Ok(Self {
            health: line.health,
            waiting: line.waiting,
            incidents: line.incidents,
            alarms: line.alarms,
            ..Self::around(pages, member)
        })
    }

    pub(super) fn with(pages: &PagesState, member: &Member, status: &Status) -> Self {
        let alarms = status.alarms.clone();
        Self {
            health: status.health,
            waiting: status.waiting,
            incidents: status.incidents,
            alarms,
            ..Self::around(pages, member)
        }
    }

    fn around(pages: &PagesState, member: &Member) -> Self {
        let who = Some((member.signed.account.name.clone(), member.signed.account.role));
        Self { path: member.path.clone(), who, zone: zone(pages), demo: pages.mailbox.is_some(), ..Self::bare(member.language) }
    }
}

pub(super) async fn not_found(visitor: Visitor, _: Uri) -> Response {
    sorry(visitor.language, StatusCode::NOT_FOUND, "not-found")
}

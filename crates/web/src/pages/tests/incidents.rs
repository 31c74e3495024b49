//! Incidents: the lists, one incident, and the previews of notices.

use axum::http::StatusCode;
use model::Language;
use model::account::Role;
use serde_json::json;

use super::{PageNode, relay};

#[tokio::test]
async fn incident_pages_without_incidents() {
    let node = PageNode::new().await;
    let ann = node.administrator().await;
    ann.shows("incidents-none", "/login/incidents").await;
    ann.shows("incidents-history-empty", "/login/incidents?show=history").await;
    ann.shows("incident-unknown", "/login/incidents/7").await;
}

#[tokio::test]
async fn incident_pages_with_open_and_past_incidents() {
    let node = PageNode::set_up(relay::none().await).await;
    for (object, severity) in [("db-1", "critical"), ("db-2", "warning"), ("<b>db-3</b>", "error")] {
        node.raise("app.backup-failed", object, severity).await;
    }
    let over = json!({ "code": "app.backup-failed", "object": "db-2", "state": "resolved" });
    node.api(axum::http::Method::POST, "/events", over).await;
    let (ann, vic) = (node.administrator().await, node.member("vic", Role::Viewer).await);
    ann.shows("incidents-open", "/login/incidents").await;
    ann.shows("incidents-all", "/login/incidents?show=all").await;
    ann.shows("incidents-history", "/login/incidents?show=history").await;
    ann.shows("incidents-filtered", "/login/incidents?show=all&severity=critical&code=app.").await;
    ann.shows("incident-open", "/login/incidents/1").await;
    ann.shows("incident-resolved", "/login/incidents/2").await;
    vic.shows("incident-viewer", "/login/incidents/1").await;
    vic.answers("incident-forbidden", "/login/incidents/1", &[("do", "acknowledge")]).await;
    let taken = ann.post("/login/incidents/1", &[("do", "acknowledge")], Language::En).await;
    assert_eq!((taken.status, taken.to.as_str()), (StatusCode::SEE_OTHER, "/login/incidents/1?done=true"));
    ann.shows("incident-acknowledged", &taken.to).await;
    ann.answers("incident-bad-form", "/login/incidents/1", &[("do", "burn")]).await;
}

#[tokio::test]
async fn notices_are_previewed_in_both_languages() {
    let node = PageNode::set_up(relay::none().await).await;
    let ann = node.administrator().await;
    ann.shows("notices", "/login/notices").await;
    ann.shows("notices-raised", "/login/notices?code=relay.unreachable&kind=raised").await;
    ann.shows("notices-recovered", "/login/notices?code=relay.unreachable&kind=resolved").await;
    for language in Language::ALL {
        let html = ann.get("/login/notices/html?code=relay.unreachable", language).await;
        assert_eq!(html.status, StatusCode::OK);
        assert!(html.policy.contains("sandbox"), "{}", html.policy);
        super::compare_text("notice-html", language, &html.html);
    }
}

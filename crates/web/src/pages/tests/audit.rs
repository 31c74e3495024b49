//! The audit log, and the revisions of the settings.

use axum::http::StatusCode;
use model::Language;
use model::account::Role;

use super::{PageNode, relay, settings};

#[tokio::test]
async fn audit_tells_each_act_in_words() {
    let node = PageNode::set_up(relay::none().await).await;
    let id = node.send("ops@lab.test", "Disk full").await;
    for verb in ["hold", "release", "cancel"] {
        node.act(&id, verb).await;
    }
    let token = serde_json::json!({ "name": "nas", "scopes": ["send"], "expires": "1d" });
    node.api(axum::http::Method::POST, "/tokens", token).await;
    node.administrator().await.shows("audit", "/login/audit").await;
}

#[tokio::test]
async fn revisions_are_compared_and_restored() {
    let node = PageNode::new().await;
    let ann = node.administrator().await;
    ann.shows("revisions-none", "/login/management/email/revisions").await;
    node.save(settings(1025)).await;
    let mut other = settings(1026);
    other["email"]["contacts"]["admin"] = serde_json::json!(["bob@lab.test", "carol@lab.test"]);
    node.save(other).await;
    ann.shows("revisions", "/login/management/email/revisions").await;
    node.member("vic", Role::Viewer).await.shows("revisions-viewer", "/login/management/email/revisions").await;
    ann.answers("revisions-stale", "/login/management/email/revisions", &[("revision", "1"), ("seen", "1")]).await;
    let restored = [("revision", "1"), ("seen", "2")];
    let restored = ann.post("/login/management/email/revisions", &restored, Language::En).await;
    assert_eq!((restored.status, restored.to.as_str()), (StatusCode::SEE_OTHER, "/login/management/email?done=1"));
}

//! The frame around the pages, the component gallery, and the error pages.

use model::Language;
use model::account::Role;

use super::{PageNode, relay};

/// Compares the HTML before `<main>`. The other tests compare only `<main>`.
#[tokio::test]
async fn frame_shows_navigation_state_and_user() {
    let node = PageNode::set_up(relay::none().await).await;
    node.send("ops@lab.test", "Disk full").await;
    node.raise("app.backup-failed", "db-1", "error").await;
    let vic = node.member("vic", Role::Viewer).await;
    for language in Language::ALL {
        let page = vic.get("/login/incidents/7", language).await;
        assert!(page.html.contains("</html>"));
        let audit = vic.get("/login/audit", language).await.html;
        let (head, _) = audit.split_once("<main").unwrap();
        super::compare_text("frame", language, head);
        let signed_out = node.stranger().get("/login", language).await.html;
        let (head, _) = signed_out.split_once("<main").unwrap();
        super::compare_text("frame-alone", language, head);
    }
}

#[tokio::test]
async fn every_component_is_shown() {
    let node = PageNode::new().await;
    node.administrator().await.shows("components", "/login/about/components").await;
}

#[tokio::test]
async fn errors_render_as_pages() {
    let node = PageNode::new().await;
    let ann = node.administrator().await;
    ann.shows("not-found", "/login/nothing").await;
    ann.shows("bad-form", "/login/queue?before=x").await;
    ann.answers("method-not-allowed", "/login/audit", &[]).await;
}

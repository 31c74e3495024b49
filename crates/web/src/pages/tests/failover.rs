//! The pages of the pair on a node without one. `postwacht/tests/it/pair.rs` walks them on two paired hosts.

use axum::http::StatusCode;
use model::Language;
use model::account::Role;

use super::PageNode;

const PAGE: &str = "/login/management/failover";
const NETWORKING: &str = "/login/appliance/networking";

#[tokio::test]
async fn failover_without_a_pair() {
    let node = PageNode::new().await;
    node.administrator().await.shows("failover-alone", PAGE).await;
    node.member("vic", Role::Viewer).await.shows("failover-alone-viewer", PAGE).await;
}

#[tokio::test]
async fn failover_after_refused_forms() {
    let node = PageNode::new().await;
    let admin = node.administrator().await;
    let typed =
        [("do", "establish"), ("peer", "not a host"), ("reverse", "203.0.113.1"), ("code", "1"), ("shared_ips", "203.0.113.9")];
    admin.answers("failover-bad-peer", PAGE, &typed).await;
    let typed = [("do", "establish"), ("peer", "203.0.113.2"), ("reverse", "203.0.113.1"), ("code", "ABCD"), ("discard", "1")];
    admin.answers("failover-bad-code", PAGE, &typed).await;
    let typed = [("do", "node"), ("enabled", "1"), ("automatic", "1"), ("primary_timeout", "2m"), ("test_ips_min", "1")];
    admin.answers("failover-no-test-ip", PAGE, &typed).await;
    admin.answers("failover-wrong-host", PAGE, &[("do", "end"), ("host", "node-7")]).await;
    admin.answers("failover-role-without-pair", PAGE, &[("do", "role"), ("role", "backup")]).await;
    admin.answers("failover-bad-hold", PAGE, &[("do", "hold"), ("time", "a while")]).await;
}

#[tokio::test]
async fn saved_settings_of_the_pair_come_back() {
    let node = PageNode::new().await;
    let admin = node.administrator().await;
    let typed = [
        ("do", "node"),
        ("enabled", "1"),
        ("automatic", "1"),
        ("primary_timeout", "3m"),
        ("test_ips", "203.0.113.1\r\ntcp://203.0.113.2:443"),
        ("test_ips_min", "2"),
    ];
    let saved = admin.post(PAGE, &typed, Language::En).await;
    assert_eq!(
        (saved.status, saved.to.as_str()),
        (StatusCode::SEE_OTHER, "/login/management/failover?done=saved"),
        "{}",
        saved.html
    );
    admin.shows("failover-saved", "/login/management/failover?done=saved").await;
    let typed =
        [("ip.0", "203.0.113.9"), ("interface.0", "eth7"), ("enabled.0", "1"), ("ip.1", "nowhere"), ("interface.1", "eth7")];
    let refused = admin.post(NETWORKING, &typed, Language::En).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.html.contains("nowhere") && refused.html.contains("value=\"203.0.113.9\""), "{}", refused.html);
    assert_eq!(admin.post(NETWORKING, &typed[..3], Language::En).await.status, StatusCode::SEE_OTHER);
    for (language, words) in [(Language::En, "Addresses now"), (Language::Nl, "Adressen nu")] {
        let shown = admin.get(NETWORKING, language).await;
        assert!(shown.html.contains(words) && shown.html.contains("value=\"203.0.113.9\""), "{}", shown.html);
        assert!(!shown.html.contains("page-"), "a key instead of a word: {}", shown.html);
    }
}

/// Each act needs its role, and a form of another version changes nothing.
#[tokio::test]
async fn acts_on_the_pair_need_their_role() {
    let node = PageNode::new().await;
    let (viewer, operator) = (node.member("vic", Role::Viewer).await, node.member("ola", Role::Operator).await);
    for (act, operator_may) in [
        ("invite", false),
        ("disinvite", false),
        ("establish", false),
        ("role", false),
        ("hold", true),
        ("end-hold", true),
        ("end", false),
        ("rotate", false),
        ("site", false),
        ("node", false),
        ("pair", false),
    ] {
        let fields = [("do", act), ("time", "2h")];
        assert_eq!(viewer.post(PAGE, &fields, Language::En).await.status, StatusCode::FORBIDDEN, "{act}");
        let is_refused = operator.post(PAGE, &fields, Language::En).await.status == StatusCode::FORBIDDEN;
        assert_eq!(is_refused, !operator_may, "{act}");
    }
    assert_eq!(operator.post(NETWORKING, &[], Language::En).await.status, StatusCode::FORBIDDEN);
    let admin = node.administrator().await;
    assert_eq!(admin.post(PAGE, &[("do", "dance")], Language::En).await.status, StatusCode::BAD_REQUEST);
}

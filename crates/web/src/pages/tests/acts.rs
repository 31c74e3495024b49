//! The buttons of the pages: their effects, and the roles that they are refused to.

use axum::http::StatusCode;
use model::Language;
use model::account::Role;

use super::{PageNode, relay};

const EMAIL: &str = "/login/management/email";

#[tokio::test]
async fn bulk_actions_are_done_undone_and_audited() {
    let node = PageNode::set_up(relay::none().await).await;
    let ann = node.administrator().await;
    let mut ids = Vec::new();
    for n in 0..3 {
        ids.push(node.send("bob@lab.test", &format!("bulk-{n}")).await);
    }
    let post = async |path: &str, fields: &[(&str, &str)]| ann.post(path, fields, Language::En).await;
    let shown = async |path: &str| ann.get(path, Language::En).await.html;
    let held = post("/login/queue", &[("do", "hold"), ("id", &ids[0]), ("id", &ids[1])]).await;
    assert_eq!(held.to, format!("/login/queue?state=&to=&done=hold&count=2&ids={},{}", ids[0], ids[1]));
    assert!(shown(&held.to).await.contains("value=\"release\""), "the undo");
    node.becomes(&ids[0], "held").await;
    let undone = post("/login/queue", &[("id", &ids[0]), ("id", &ids[1]), ("do", "release")]).await;
    assert!(undone.to.contains("done=release&count=2"), "{}", undone.to);
    node.becomes(&ids[0], "waiting").await;
    assert_eq!(post("/login/queue", &[("do", "retry")]).await.to, "/login/queue?state=&to=&done=none&count=0");
    let path = format!("/login/queue/{}", ids[2]);
    assert_eq!(post(&path, &[("do", "cancel")]).await.status, StatusCode::OK, "asks first");
    node.becomes(&ids[2], "waiting").await;
    assert_eq!(post(&path, &[("do", "cancel"), ("sure", "1")]).await.status, StatusCode::SEE_OTHER);
    node.becomes(&ids[2], "cancelled").await;
    let audit = shown("/login/audit").await;
    assert!(audit.contains("<td>ann</td>") && audit.contains(&format!("href=\"{path}\"")), "{audit}");
}

#[tokio::test]
async fn role_limits_every_action() {
    let node = PageNode::set_up(relay::none().await).await;
    let id = node.send("bob@lab.test", "Role").await;
    let message = format!("/login/queue/{id}");
    let see = |done: bool| if done { StatusCode::SEE_OTHER } else { StatusCode::FORBIDDEN };
    for (name, role) in [("vic", Role::Viewer), ("ola", Role::Operator)] {
        let browser = node.member(name, role).await;
        let operates = role == Role::Operator;
        for (path, fields, done) in [
            (EMAIL, &[("do", "save"), ("revision", "1")][..], false),
            (EMAIL, &[("do", "test"), ("revision", "1")], false),
            ("/login/management/email/revisions", &[("revision", "1"), ("seen", "1")], false),
            ("/login/management/email/oauth", &[("do", "forget"), ("sure", "1"), ("relay", "main")], false),
            ("/login/test", &[], operates),
            ("/login/overview", &[], operates),
            ("/login/queue", &[("do", "hold"), ("id", &id)], operates),
            ("/login/queue", &[("do", "cancel"), ("sure", "1"), ("id", "x")], operates),
            (&message, &[("do", "retry")], operates),
        ] {
            let answer = browser.post(path, fields, Language::En).await;
            assert_eq!(answer.status, see(done), "{name}: {path} {fields:?}");
        }
        assert_eq!(browser.get(EMAIL, Language::En).await.status, StatusCode::OK, "all may look");
    }
    assert_eq!(node.service.settings().revisions().await.unwrap().len(), 1);
}

#[tokio::test]
async fn deleted_account_is_signed_out_at_once() {
    let node = PageNode::new().await;
    node.administrator().await;
    let vic = node.member("vic", Role::Viewer).await;
    node.api(axum::http::Method::DELETE, "/accounts/vic", serde_json::Value::Null).await;
    assert_eq!(vic.get("/login/overview", Language::En).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn overview_retries_mail_that_waits_for_a_held_relay() {
    let port = relay::none().await;
    let node = PageNode::set_up(port).await;
    let ola = node.member("ola", Role::Operator).await;
    let retry = async || ola.get("/login/overview", Language::En).await.html.contains("action=\"/login/overview\"");
    assert!(!retry().await, "nothing waits");
    let id = node.send("ops@lab.test", "Disk full").await;
    node.service.start_sending().await;
    super::until("it may be retried", retry).await;
    relay::at(port).await;
    let tried = ola.post("/login/overview", &[], Language::En).await;
    assert!(tried.to.starts_with("/login/overview?done=retry&count="), "{}", tried.to);
    node.becomes(&id, "accepted").await;
    node.service.stop_sending().await;
    assert!(!retry().await, "nothing waits any more");
}

/// A link to the sign-in leads to no other site.
#[tokio::test]
async fn sign_in_returns_only_to_our_pages() {
    let node = PageNode::new().await;
    let pages =
        ["overview", "queue", "queue/x-1", "audit", "management/email", "management/email/revisions", "account", "test/1"];
    for page in pages {
        let path = format!("/login/{page}");
        let answer = node.stranger().get(&path, Language::En).await;
        assert_eq!((answer.status, answer.to), (StatusCode::SEE_OTHER, format!("/login?next={}", path.replace('/', "%2F"))));
        assert!(answer.html.is_empty());
    }
    let link = format!("/login/start/{}", node.service.accounts().make_link(None).await.unwrap().reveal());
    let fields = [("name", "ann"), ("password", super::PASSWORD), ("again", super::PASSWORD)];
    node.stranger().post(&link, &fields, Language::En).await;
    for (next, to) in [
        ("/login/queue", "/login/queue"),
        ("/login/..//evil.example", "/login/overview"),
        ("https://evil.example/", "/login/overview"),
        ("//evil.example", "/login/overview"),
        ("/login/\\evil.example", "/login/overview"),
        ("/login/%01\u{1}", "/login/overview"),
        ("javascript:alert(1)", "/login/overview"),
    ] {
        let fields = [("name", "Ann"), ("password", super::PASSWORD), ("next", next)];
        assert_eq!(node.stranger().post("/login", &fields, Language::En).await.to, to, "{next}");
    }
}

//! The page of a test.

use axum::http::StatusCode;
use model::Language;
use model::account::Role;

use super::{PageBrowser, PageNode, relay};

/// Waits until a test has ended.
pub(super) async fn ends(browser: &PageBrowser, path: &str) {
    let ended = async || !browser.get(path, Language::En).await.html.contains("http-equiv=\"refresh\"");
    super::until("the test has ended", ended).await;
}

#[tokio::test]
async fn test_page_of_an_accepted_test() {
    let node = PageNode::set_up(relay::start().await).await;
    let ann = node.administrator().await;
    let begun = ann.post("/login/test", &[], Language::En).await;
    assert_eq!((begun.status, begun.to.as_str()), (StatusCode::SEE_OTHER, "/login/test/1"));
    ends(&ann, &begun.to).await;
    ann.shows("test-accepted", &begun.to).await;
    node.member("vic", Role::Viewer).await.shows("test-viewer", &begun.to).await;
}

#[tokio::test]
async fn test_page_names_the_stage_that_failed() {
    let node = PageNode::set_up(relay::none().await).await;
    let ann = node.administrator().await;
    let begun = ann.post("/login/test", &[], Language::En).await;
    ends(&ann, &begun.to).await;
    ann.shows("test-failed", &begun.to).await;
}

/// Typed values are tested, shown again, and saved.
#[tokio::test]
async fn test_of_typed_values_is_saved_or_returns_to_the_form() {
    let node = PageNode::new().await;
    let ann = node.administrator().await;
    let port = relay::start().await.to_string();
    let fields = [
        ("do", "test"),
        ("revision", "0"),
        ("email.from", "Typed <typed@lab.test>"),
        ("email.relay.host", "127.0.0.1"),
        ("email.relay.port", &port),
        ("email.relay.encryption", "none"),
        ("email.contacts.admin", "bob@lab.test"),
    ];
    let begun = ann.post("/login/management/email", &fields, Language::En).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.html);
    ends(&ann, &begun.to).await;
    ann.shows("test-typed", &begun.to).await;
    let typed = ann.get("/login/management/email?typed=1", Language::En).await.html;
    assert!(typed.contains("Typed &#60;typed@lab.test&#62;"), "{typed}");
    let colleague = node.member("eve", Role::Administrator).await;
    for (language, result) in [
        (Language::En, "The test of your unsaved values was accepted:"),
        (Language::Nl, "De test van uw niet-opgeslagen waarden is aangenomen:"),
    ] {
        for form in ["/login/management/email?typed=1", "/login/management/email"] {
            let html = ann.get(form, language).await.html;
            assert!(html.contains(result) && html.contains("href=\"/login/test/1\""), "{html}");
        }
        let html = colleague.get("/login/management/email", language).await.html;
        assert!(!html.contains(result), "another user typed these values");
    }
    let saved = ann.post(&begun.to, &[], Language::En).await;
    assert_eq!(saved.to, "/login/management/email?done=1");
    let html = ann.get(&saved.to, Language::En).await.html;
    assert!(html.contains("The last test of saved settings was accepted:") && !html.contains("unsaved values"), "{html}");
}

#[tokio::test]
async fn test_that_is_not_kept_is_not_found() {
    let node = PageNode::new().await;
    let ann = node.administrator().await;
    ann.shows("test-unknown", "/login/test/7").await;
    let none = ann.post("/login/test", &[], Language::En).await;
    assert_eq!(none.to, "/login/management/email", "without settings there is nothing to test");
}

//! Sign-in, the first start, links of accounts, and the account page.

use axum::http::StatusCode;
use model::Language;
use model::account::Role;

use super::{PASSWORD, PageBrowser, PageNode};

/// The link of a node without accounts.
async fn first_link(node: &PageNode) -> String {
    format!("/login/start/{}", node.service.accounts().make_link(None).await.unwrap().reveal())
}

#[tokio::test]
async fn first_start_asks_for_an_account_and_names_each_fault() {
    let node = PageNode::new().await;
    let (link, browser) = (first_link(&node).await, node.stranger());
    browser.shows("start", &link).await;
    browser.answers("start-faults", &link, &[("name", "a b"), ("password", "short"), ("again", "else")]).await;
    let made = browser.post(&link, &[("name", "ann"), ("password", PASSWORD), ("again", PASSWORD)], Language::En).await;
    assert_eq!((made.status, made.to.as_str()), (StatusCode::SEE_OTHER, "/login/management/email"));
    node.stranger().shows("start-used", &link).await;
}

#[tokio::test]
async fn link_of_an_account_signs_in_after_a_click() {
    let node = PageNode::new().await;
    let link = node.link("ola", Role::Operator).await;
    let browser = node.stranger();
    browser.shows("enter", &link).await;
    let entered = browser.post(&link, &[], Language::En).await;
    assert_eq!(entered.to, "/login/account?new=1");
    browser.shows("account-without-password", &entered.to).await;
}

#[tokio::test]
async fn sign_in_page_and_its_refusals() {
    let node = PageNode::new().await;
    let browser = node.stranger();
    browser.shows("sign-in", "/login?next=%2Flogin%2Fqueue").await;
    let wrong = [("name", "eve"), ("password", "wrong wrong wrong")];
    // One refusal a language; more would be slowed down.
    browser.answers("sign-in-wrong", "/login", &wrong).await;
    for _ in 0..10 {
        browser.post("/login", &wrong, Language::En).await;
    }
    let slowed = browser.post("/login", &wrong, Language::En).await;
    assert_eq!(slowed.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(slowed.html.contains("Try again in"), "{}", slowed.html);
}

#[tokio::test]
async fn page_without_sign_in_leads_to_it_and_loses_no_form() {
    let node = PageNode::new().await;
    let browser = node.stranger();
    let lost = browser.get("/login/queue?state=held", Language::En).await;
    assert_eq!((lost.status, lost.to.as_str()), (StatusCode::SEE_OTHER, "/login?next=%2Flogin%2Fqueue%3Fstate%3Dheld"));
    browser.answers("signed-out", "/login/queue", &[("do", "hold")]).await;
}

async fn with_password(node: &PageNode) -> PageBrowser {
    let browser = node.stranger();
    let fields = [("name", "ann"), ("password", PASSWORD), ("again", PASSWORD)];
    let made = browser.post(&first_link(node).await, &fields, Language::En).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.html);
    browser
}

#[tokio::test]
async fn account_page_changes_password_and_language() {
    let node = PageNode::new().await;
    let ann = with_password(&node).await;
    ann.shows("account", "/login/account").await;
    ann.shows("account-done", "/login/account?done=1").await;
    let change = |old, new| [("do", "password"), ("old", old), ("new", new), ("again", new)];
    ann.answers("account-wrong-password", "/login/account", &change("no", "a new long word")).await;
    ann.answers("account-weak-password", "/login/account", &change(PASSWORD, "short")).await;
    let chosen = ann.post("/login/account", &[("do", "language"), ("language", "nl")], Language::En).await;
    assert_eq!(chosen.to, "/login/account?done=1");
    let dutch = ann.get("/login/account", Language::En).await;
    assert!(dutch.html.contains("<html lang=\"nl\">"), "the account's language is stronger than the browser's");
}

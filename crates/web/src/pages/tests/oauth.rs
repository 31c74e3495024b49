//! Pages on the way to an OAuth2 provider and back.

use axum::http::StatusCode;
use model::Language;
use serde_json::{Value, json};

use super::PageNode;

const ACT: &str = "/login/management/email/oauth";

/// Settings with OAuth2 and these values for it.
pub(super) fn settings(oauth2: Value) -> Value {
    let mut all = super::settings(587);
    all["email"]["relay"] = json!({ "name": "main" });
    all["email"]["auth"] = json!({ "type": "oauth2" });
    all["email"]["oauth2"] = oauth2;
    all["email"]["oauth2"]["email"] = json!("alerts@contoso.example");
    all["email"]["oauth2"]["client_id"] = json!("11112222-3333-4444-5555-666677778888");
    all["email"]["oauth2"]["client_secret"] = json!("s3cret");
    all
}

async fn google() -> PageNode {
    let node = PageNode::new().await;
    node.save(settings(json!({ "provider": "google" }))).await;
    node
}

#[tokio::test]
async fn page_before_the_provider_names_it_and_the_way_back() {
    let node = google().await;
    let ann = node.administrator().await;
    ann.answers("oauth-leave", ACT, &[("do", "verify"), ("relay", "main"), ("back", "here")]).await;
    ann.answers("oauth-leave-pasted", ACT, &[("do", "verify"), ("relay", "main"), ("back", "pasted")]).await;
}

#[tokio::test]
async fn refused_sign_in_shows_the_words_of_the_provider() {
    let node = google().await;
    let ann = node.administrator().await;
    let left = ann.post(ACT, &[("do", "verify"), ("relay", "main"), ("back", "here")], Language::En).await.html;
    let state: String =
        left.split("state=").nth(1).unwrap().chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    let back = format!("/login/smtp-verification?state={state}&error=access_denied&error_description=%3Cscript%3E");
    let ended = ann.get(&back, Language::En).await;
    assert_eq!((ended.status, ended.to.as_str()), (StatusCode::SEE_OTHER, "/login/verification/1"));
    ann.shows("oauth-refused", &ended.to).await;
    let unknown = ann.get("/login/smtp-verification?state=unknown&code=x", Language::En).await;
    ann.shows("oauth-unknown-state", &unknown.to).await;
    node.stranger().shows("oauth-signed-out", "/login/smtp-verification?state=unknown&code=x").await;
}

#[tokio::test]
async fn grant_is_forgotten_only_after_a_question() {
    let node = google().await;
    let ann = node.administrator().await;
    ann.answers("oauth-forget-asked", ACT, &[("do", "forget"), ("relay", "main")]).await;
    ann.answers("oauth-nothing-to-confirm", ACT, &[("do", "confirm"), ("relay", "main"), ("account", "x")]).await;
    ann.answers("oauth-no-such-relay", ACT, &[("do", "renew"), ("relay", "other")]).await;
    ann.answers("oauth-bad-form", ACT, &[("do", "burn"), ("relay", "main")]).await;
    ann.shows("oauth-no-certificate", "/login/management/email/certificate/main").await;
}

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

/// The time at which the node starts, 2026-03-12T10:30:00Z, in Unix milliseconds.
const NOW: i64 = 1_773_311_400_000;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// The stored record of a grant for these settings, with changes.
fn record(life: &Value, changes: &Value) -> Value {
    let mut all = json!({
        "life": { "state": "authorized", "since": NOW - 9 * DAY, "failures": 0, "next": NOW + HOUR },
        "given": {
            "token_endpoint": "https://oauth2.googleapis.com/token",
            "client_id": "11112222-3333-4444-5555-666677778888",
            "tenant": null,
            "application": false,
            "host": "smtp.gmail.com",
            "trust": "",
        },
        "scopes": ["https://mail.google.com/"],
        "account": "alerts@contoso.example",
        "by": "ann",
        "authorized": NOW - 9 * DAY,
        "renewed": NOW - HOUR / 2,
        "token": { "issued": NOW - HOUR / 2, "expires": NOW + HOUR / 2 },
    });
    let merge = |into: &mut Value, values: &Value| into.as_object_mut().unwrap().extend(values.as_object().unwrap().clone());
    merge(&mut all["life"], life);
    merge(&mut all, changes);
    all
}

/// Each state of a grant on the email configuration.
#[tokio::test]
async fn panel_shows_each_state_of_a_grant() {
    let fault =
        |error: &str, words: &str| json!({ "fault": { "at": NOW - HOUR, "status": 400, "error": error, "words": words } });
    let failing =
        |state: Value| json!({ "state": state, "since": NOW - HOUR, "failures": 3, "failing": NOW - HOUR, "next": NOW + HOUR });
    let lost = json!({ "state": "lost", "since": NOW - HOUR, "failures": 3, "failing": NOW - DAY, "next": null });
    let states = [
        ("grant-authorized", json!({}), json!({})),
        ("grant-expires-soon", json!({}), json!({ "known_end": NOW + 5 * DAY })),
        ("grant-doubted", failing(json!({ "doubted": 1 })), fault("invalid_grant", "Token has been expired or revoked.")),
        ("grant-lost", lost, fault("invalid_grant", "Token has been expired or revoked.")),
        ("grant-client-refused", failing(json!("client-refused")), fault("invalid_client", "The OAuth client was deleted.")),
        ("grant-misconfigured", failing(json!("misconfigured")), fault("invalid_scope", "Some scopes were invalid: <x>")),
        (
            "grant-no-answer",
            failing(json!("authorized")),
            json!({ "fault": { "at": NOW - HOUR, "status": 0, "words": "timed out" } }),
        ),
        ("grant-other-account", json!({}), json!({ "account": "someone.else@contoso.example" })),
        ("grant-other-scopes", json!({}), json!({ "scopes": ["openid"] })),
        ("grant-cut-off", json!({}), json!({ "cut_off": NOW - HOUR })),
    ];
    for (name, life, changes) in states {
        let node = PageNode::with_grant(&record(&life, &changes)).await;
        node.save(settings(json!({ "provider": "google" }))).await;
        let page = node.administrator().await;
        for language in Language::ALL {
            let html = page.get("/login/management/email", language).await.html;
            let panel = html.split_once("id=\"s-oauth\"").map_or("", |(_, rest)| rest);
            let panel = panel.split_once("<fieldset").map_or(panel, |(panel, _)| panel);
            super::compare_text(name, language, panel);
            assert!(!html.contains("r3fresh") && !html.contains("acc3ss"), "no token is shown");
        }
    }
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

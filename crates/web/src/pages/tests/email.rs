//! The email configuration: empty, stored, with faults at its fields, overtaken by another user, and for each provider.

use model::Language;
use model::account::Role;
use serde_json::json;

use super::{PageNode, relay, settings};

const FORM: &str = "/login/management/email";

#[tokio::test]
async fn email_form_without_settings() {
    let node = PageNode::new().await;
    node.administrator().await.shows("email-empty", FORM).await;
}

#[tokio::test]
async fn email_form_with_stored_settings() {
    let node = PageNode::set_up(1025).await;
    node.administrator().await.shows("email-saved", &format!("{FORM}?done=1")).await;
    let vic = node.member("vic", Role::Viewer).await;
    vic.shows("email-viewer", FORM).await;
    vic.answers("email-forbidden", FORM, &[("do", "save"), ("revision", "1")]).await;
}

/// Fields with a fault, and how they are typed.
const FAULTS: [(&str, &[(&str, &str)]); 5] = [
    (
        "email-faults-common",
        &[
            ("email.from", "no address"),
            ("email.bounce_address", "a@@b"),
            ("email.relay.host", "not a host"),
            ("email.relay.port", "99999"),
            ("email.relay.ehlo_name", "-bad-"),
            ("email.relay.source_address", "999.1.1.1"),
            ("email.contacts.admin", "ok@lab.test <script>two@@"),
            ("email.daily.at", "25:00"),
            ("site.time_zone", "Mars/Olympus"),
        ],
    ),
    ("email-faults-password", &[("email.auth.username", ""), ("email.auth.password", "")]),
    (
        "email-faults-oauth2",
        &[
            ("email.oauth2.email", "no address"),
            ("email.oauth2.client_id", ""),
            ("email.oauth2.tenant", "not a tenant"),
            ("email.oauth2.client_secret_expires", "31-12-2026"),
            ("email.oauth2.token_endpoint", "http://evil.example/token"),
            ("email.oauth2.authorization_endpoint", "ftp://x"),
        ],
    ),
    ("email-faults-ca", &[("email.relay.ca", "no PEM")]),
    ("email-faults-pin", &[("email.relay.pins", "abc")]),
];

/// Every field with a fault shows it, is in the summary, keeps its text, and returns no secret. Nothing is saved.
#[tokio::test]
async fn email_form_shows_each_fault_at_its_field() {
    let node = PageNode::new().await;
    let ann = node.administrator().await;
    for (name, wrong) in FAULTS {
        let auth = if name == "email-faults-oauth2" { "oauth2" } else { "password" };
        let trust = name.trim_start_matches("email-faults-");
        let mut fields = vec![("do", "save"), ("revision", "0"), ("trust", trust), ("email.auth.type", auth)];
        fields.extend([("email.oauth2.provider", "entra"), ("email.oauth2.client_secret", "hunter2-hunter2")]);
        fields.push(("email.relay.encryption", "tls"));
        fields.extend(wrong);
        let page = ann.post(FORM, &fields, Language::En).await.html;
        for (key, value) in wrong {
            let anchor = key.replace('.', "-");
            assert!(page.contains(&format!("id=\"{anchor}-e\"")), "{key} shows no fault: {page}");
            assert!(page.contains(&format!("<a href=\"#{anchor}\">")), "{key} is not in the summary");
            assert!(value.contains('<') || page.contains(value), "{key} has lost its text");
        }
        assert!(!page.contains("hunter2") && !page.contains("<script>two"), "no secret comes back, and no text is markup");
        ann.answers(name, FORM, &fields).await;
    }
    assert_eq!(node.service.settings().current().revision, 0);
    ann.answers("email-bad-form", FORM, &[("do", "save"), ("email.nothing", "x")]).await;
    let deep = "a.".repeat(10_000);
    let refused = ann.post(FORM, &[("do", "save"), (&deep, "x")], Language::En).await;
    assert_eq!(refused.status, axum::http::StatusCode::BAD_REQUEST);
}

/// Another user has saved since the form was opened.
#[tokio::test]
async fn email_form_shows_what_another_user_saved() {
    let node = PageNode::set_up(1025).await;
    let ann = node.administrator().await;
    let mut other = settings(1026);
    other["email"]["from"] = json!("Other <other@lab.test>");
    node.save(other).await;
    let fields = [
        ("do", "save"),
        ("revision", "1"),
        ("email.from", "Mine <mine@lab.test>"),
        ("email.relay.name", "main"),
        ("email.relay.host", "127.0.0.1"),
        ("email.relay.port", "1025"),
        ("email.relay.encryption", "none"),
        ("email.contacts.admin", "bob@lab.test"),
    ];
    ann.answers("email-stale", FORM, &fields).await;
}

#[tokio::test]
async fn email_form_guides_from_a_password_to_oauth2() {
    let node = PageNode::new().await;
    let mut office = settings(587);
    office["email"]["relay"] = json!({ "name": "main", "host": "smtp.office365.com", "encryption": "starttls" });
    office["email"]["auth"] = json!({ "type": "password", "username": "alerts@contoso.example", "password": "hunter2-hunter2" });
    node.save(office).await;
    let ann = node.administrator().await;
    ann.shows("email-password-ends", FORM).await;
    ann.shows("email-oauth2-prefilled", &format!("{FORM}?oauth2=1")).await;
    let file = [("do", "save"), ("revision", "1"), ("client_file", "{\"type\":\"service_account\"}")];
    ann.answers("email-client-file-refused", FORM, &file).await;
}

#[tokio::test]
async fn email_form_of_each_provider() {
    for (name, oauth2) in [
        ("email-entra-user", json!({ "provider": "entra", "tenant": "contoso.example" })),
        ("email-entra-application", json!({ "provider": "entra", "tenant": "contoso.example", "method": "application" })),
        ("email-google", json!({ "provider": "google", "client_secret_expires": "2026-04-01", "client_secret_next": "n3xt" })),
    ] {
        let node = PageNode::new().await;
        node.save(super::oauth::settings(oauth2)).await;
        node.administrator().await.shows(name, FORM).await;
    }
}

#[tokio::test]
async fn email_form_shows_the_last_test() {
    let node = PageNode::set_up(relay::none().await).await;
    let ann = node.administrator().await;
    let begun = ann.post("/login/test", &[], Language::En).await;
    super::run::ends(&ann, &begun.to).await;
    ann.shows("email-last-test", FORM).await;
}

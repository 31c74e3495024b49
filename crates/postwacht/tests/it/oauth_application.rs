//! OAuth2 sign-in as an application: with a secret, with a generated certificate, through proxies and TLS.

use serde_json::{Value, json};
use testkit::{Lab, Node, Oidc, eventually};

use crate::grant::{Setting, grant, renew};
use crate::pages::signed_in;
use crate::way::{PATIENCE, arrives, token};

const APPLICATION: &str = "method = \"application\"";

fn application(oidc: &Oidc, port: u16, metadata: &Value) -> Setting {
    Setting { email: "daemon@lab.test", scopes: "smtp.send", more: APPLICATION.into(), ..Setting::new(oidc, port, metadata) }
}

fn authorized(node: &Node) -> Value {
    eventually("a token of the application's own accord", PATIENCE, || Some(grant(node)).filter(|grant| grant["well"] == true))
}

#[test]
#[ignore = "needs the lab"]
fn application_with_secret_gets_token_and_sends() {
    let lab = Lab::get();
    let oidc = Oidc::start(&lab);
    for method in ["client_secret_post", "client_secret_basic"] {
        let node = Node::start();
        let setting = application(&oidc, lab.postfix(11), &json!({ "token_endpoint_auth_method": method }));
        node.settings(&setting.toml(&lab, &oidc));
        let grant = authorized(&node);
        assert_eq!((grant["method"].as_str(), grant["state"].as_str()), (Some("application"), Some("authorized")), "{grant}");
        let subject = token(method);
        let id = node.send(&["bob@lab.test"], &subject);
        node.becomes(&id, "accepted");
        assert!(arrives(&lab, &subject).contains("Authenticated sender: daemon@lab.test"));
        let verify = node.cli(&["oauth", "verify"]);
        assert!(verify.code == 0 && verify.out.contains("the application has a token"), "{}{}", verify.out, verify.err);
    }
}

#[test]
#[ignore = "needs the lab"]
fn application_with_generated_key_pair_is_authorized() {
    let lab = Lab::get();
    let oidc = Oidc::start(&lab);
    let node = Node::start();
    let setting = application(&oidc, lab.postfix(11), &json!({}));
    node.settings(&setting.toml(&lab, &oidc));
    let made = node.cli(&["oauth", "key"]);
    assert!(made.code == 0 && made.out.starts_with("-----BEGIN CERTIFICATE-----"), "{}{}", made.out, made.err);
    let refused = renew(&node);
    assert_eq!(
        (refused["state"].as_str(), refused["alarm"].as_bool()),
        (Some("client-refused"), Some(true)),
        "not uploaded yet: {refused}"
    );
    oidc.client(&json!({ "client_id": setting.client, "certificate": made.out, "redirect_uris": ["http://127.0.0.1:9/x"] }));
    let grant = renew(&node);
    assert_eq!(grant["well"], true, "{grant}");
    assert!((728..=730).contains(&grant["certificate_days"].as_i64().unwrap()), "{grant}");
    let test = node.cli(&["test"]);
    assert_eq!(test.code, 0, "{}", test.out);
    // No command shows the key.
    let settings = node.json(&["settings", "show"]);
    assert_eq!(settings["email"]["oauth2"]["key"], json!({ "set": true }), "{settings}");
}

#[test]
#[ignore = "needs the lab"]
fn page_generates_key_pair_and_offers_certificate() {
    let lab = Lab::get();
    let oidc = Oidc::start(&lab);
    let node = Node::start();
    let ann = signed_in(&node);
    let setting = application(&oidc, lab.postfix(11), &json!({}));
    node.settings(&setting.toml(&lab, &oidc));
    let page = ann.get("/login/management/email").text;
    let revision = page.split_once("name=\"revision\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    // The button also saves the contents of the form.
    let settings = node.json(&["settings", "show"]);
    let text = |path: &str| settings.pointer(path).and_then(Value::as_str).unwrap_or("").to_owned();
    let fields: Vec<(&str, String)> = vec![
        ("do", "key".into()),
        ("revision", revision),
        ("email.from", "daemon@lab.test".into()),
        ("email.relay.host", "127.0.0.1".into()),
        ("email.relay.port", setting.port.to_string()),
        ("email.relay.encryption", "starttls".into()),
        ("trust", "ca".into()),
        ("email.relay.ca", text("/email/relay/ca")),
        ("email.auth.type", "oauth2".into()),
        ("email.oauth2.provider", "other".into()),
        ("email.oauth2.method", "application".into()),
        ("email.oauth2.email", "daemon@lab.test".into()),
        ("email.oauth2.client_id", setting.client.clone()),
        ("email.oauth2.scopes", "smtp.send".into()),
        ("email.oauth2.authorization_endpoint", text("/email/oauth2/authorization_endpoint")),
        ("email.oauth2.token_endpoint", text("/email/oauth2/token_endpoint")),
        ("email.contacts.admin", "bob@lab.test".into()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let saved = ann.post("/login/management/email", &fields);
    assert_eq!(saved.status, 303, "{}", saved.text);
    let certificate = ann.get("/login/management/email/certificate/main");
    assert!(
        certificate.status == 200 && certificate.header("content-disposition").unwrap().contains(".cer"),
        "{}",
        certificate.text
    );
    oidc.client(
        &json!({ "client_id": setting.client, "certificate": certificate.text, "redirect_uris": ["http://127.0.0.1:9/x"] }),
    );
    // The notice of the change may request a token at this moment. The provider does not know its key yet.
    eventually("the application is believed", PATIENCE, || {
        ann.post("/login/management/email/oauth", &[("do", "renew"), ("relay", "main")]);
        (grant(&node)["well"] == true).then_some(())
    });
    let page = ann.get("/login/management/email").text;
    assert!(page.contains("the application has a token") && page.contains("Download .cer"), "{page}");
    assert!(!page.contains("PRIVATE KEY"));
}

#[test]
#[ignore = "needs the lab"]
fn token_endpoint_uses_tls_and_only_configured_proxies() {
    let lab = Lab::get();
    let oidc = Oidc::secured(&lab);
    let (http, socks) = lab.proxies();
    let port = oidc.issuer.rsplit(':').next().unwrap().to_owned();
    for (proxy, seen) in [
        (String::new(), None),
        (format!("proxy = \"http://127.0.0.1:{http}\""), Some(format!("CONNECT 127.0.0.1:{port}"))),
        (format!("proxy = \"socks5://127.0.0.1:{socks}\""), Some(format!("connected to 127.0.0.1:{port}"))),
        (format!("proxy = \"socks5h://127.0.0.1:{socks}\""), Some(format!("connected to 127.0.0.1:{port}"))),
    ] {
        let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
        let mut node = Node::at(place.path());
        // The node must ignore these proxies of the environment, which do not answer.
        for name in ["http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
            node.variable(name, "http://127.0.0.1:9");
        }
        node.run();
        let before = seen.as_ref().map_or(0, |seen| lab.proxied().matches(seen.as_str()).count());
        let setting = application(&oidc, lab.postfix(11), &json!({}));
        node.settings(&Setting { more: format!("{APPLICATION}\n{proxy}"), ..setting }.toml(&lab, &oidc));
        assert_eq!(authorized(&node)["state"], "authorized");
        if let Some(seen) = seen {
            assert!(lab.proxied().matches(seen.as_str()).count() > before, "{seen}: {}", lab.proxied());
        }
    }
    // The relay's added authority also applies to the provider. Without it the provider's certificate is not trusted.
    let node = Node::start();
    let setting = application(&oidc, lab.postfix(11), &json!({}));
    let toml = setting.toml(&lab, &oidc);
    let without =
        format!("{}{}", toml.split("ca = '''").next().unwrap(), toml.split("-----END CERTIFICATE-----\n'''").nth(1).unwrap());
    node.settings(&without);
    let refused = renew(&node);
    assert!(refused["fault"]["words"].as_str().unwrap().contains("issued by an authority that is not trusted"), "{refused}");
    // A proxy that does not answer is reported.
    let node = Node::start();
    node.settings(
        &Setting { more: format!("{APPLICATION}\nproxy = \"socks5://127.0.0.1:9\""), ..application(&oidc, 1, &json!({})) }
            .toml(&lab, &oidc),
    );
    let refused = renew(&node);
    assert!(refused["fault"]["words"].as_str().unwrap().contains("no connection"), "{refused}");
}

#[test]
#[ignore = "needs the lab"]
fn doctor_reads_token_and_names_failed_gate() {
    let lab = Lab::get();
    let oidc = Oidc::start(&lab);
    let node = Node::start();
    let setting = application(&oidc, lab.postfix(11), &json!({}));
    node.settings(&setting.toml(&lab, &oidc));
    authorized(&node);
    let doctor = node.cli(&["doctor"]);
    assert_eq!(doctor.code, 0, "{}", doctor.out);
    for words in ["token for urn:lab:smtp", "permissions smtp.send", "account daemon@lab.test", "the application has a token"] {
        assert!(doctor.out.contains(words), "{words}: {}", doctor.out);
    }
    // The same token fails where a token for Exchange Online is needed.
    let toml = setting.toml(&lab, &oidc).replace("provider = \"other\"", "provider = \"entra\"\ntenant = \"contoso.example\"");
    node.settings(&toml);
    authorized(&node);
    let doctor = node.cli(&["doctor"]);
    assert_eq!(doctor.code, 3, "{}", doctor.out);
    for words in ["for another service than Exchange Online", "lacks the role SMTP.SendAsApp"] {
        assert!(doctor.out.contains(words), "{words}: {}", doctor.out);
    }
    let checks = node.cli(&["--json", "doctor"]).json();
    assert!(
        checks.as_array().unwrap().iter().any(|check| check["check"] == "prerequisite" && check["finding"] == "wrong"),
        "{checks}"
    );
    // The doctor cannot read an opaque token, and says so.
    let shared = Oidc::shared(&lab);
    let node = Node::start();
    let setting = application(&shared, lab.postfix(11), &json!({ "lab_format": "opaque" }));
    node.settings(&setting.toml(&lab, &shared));
    authorized(&node);
    assert!(node.cli(&["doctor"]).out.contains("the token is opaque"));
}

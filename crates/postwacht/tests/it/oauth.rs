//! OAuth2 sign-in end to end: the lab's OIDC server, Postfix and Dovecot.

use std::io::{BufRead, BufReader, Write};

use serde_json::json;
use testkit::{Lab, Node, Oidc, eventually};

use crate::grant::{Setting, authorize, finish, grant, start};
use crate::pages::signed_in;
use crate::way::{PATIENCE, arrives, token};

/// A person signs in. Mail then goes out by XOAUTH2 and OAUTHBEARER, with JWT and opaque tokens.
#[test]
#[ignore = "needs the lab"]
fn user_grant_sends_by_each_mechanism_and_token_format() {
    let lab = Lab::get();
    let own = Oidc::start(&lab);
    own.knobs(&json!({ "padBytes": 3000 }));
    let shared = Oidc::shared(&lab);
    for (oidc, kind, format, mechanism) in [
        (&own, 11, "jwt", "XOAUTH2"),
        (&own, 10, "jwt", "OAUTHBEARER"),
        (&shared, 11, "opaque", "XOAUTH2"),
        (&shared, 10, "opaque", "OAUTHBEARER"),
    ] {
        let node = Node::start();
        let setting = Setting::new(oidc, lab.postfix(kind), &json!({ "lab_format": format }));
        node.settings(&setting.toml(&lab, oidc));
        let before = grant(&node);
        assert_eq!((before["state"].as_str(), before["well"].as_bool()), (Some("absent"), Some(false)), "{before}");
        let id = node.send(&["bob@lab.test"], &token("before"));
        authorize(&node, oidc, "alice@lab.test");
        let after = grant(&node);
        assert_eq!((after["state"].as_str(), after["account"].as_str()), (Some("authorized"), Some("alice@lab.test")), "{after}");
        node.becomes(&id, "accepted");
        let test = node.cli(&["test", "--transcript"]);
        assert_eq!(test.code, 0, "{}{}", test.out, test.err);
        assert!(test.out.contains(&format!("AUTH {mechanism}")), "{}", test.out);
        let subject = token(&format!("oauth-{kind}-{format}"));
        let id = node.send(&["bob@lab.test"], &subject);
        node.becomes(&id, "accepted");
        let mail = arrives(&lab, &subject);
        assert!(mail.contains("Authenticated sender: alice@lab.test"), "{mail}");
    }
}

#[test]
#[ignore = "needs the lab"]
fn command_line_verifies_with_pasted_address() {
    let lab = Lab::get();
    let oidc = Oidc::start(&lab);
    let node = Node::start();
    let setting = Setting::new(&oidc, lab.postfix(11), &json!({}));
    node.settings(&setting.toml(&lab, &oidc));
    assert_eq!(node.cli(&["oauth", "status"]).code, 3, "asked, and the answer is no");
    let nothing = node.cli(&["oauth", "verify"]);
    assert!(nothing.code == 2 && nothing.err.contains("Nothing was pasted"), "{}", nothing.err);
    let mut verify = node.begin(&["oauth", "verify"]);
    let mut told = BufReader::new(verify.stderr.take().unwrap()).lines();
    let url = told.by_ref().map_while(Result::ok).find(|line| line.starts_with("http")).unwrap();
    let address = oidc.sign_in(&url, "alice@lab.test");
    verify.stdin.take().unwrap().write_all(format!("{address}\n").as_bytes()).unwrap();
    let output = verify.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("authorized as alice@lab.test"), "{said}");
    // The command line also finishes a sign-in that another program of the same user began.
    let address = oidc.sign_in(&start(&node), "alice@lab.test");
    let mut other = node.begin(&["oauth", "verify"]);
    other.stdin.take().unwrap().write_all(format!("{address}\n").as_bytes()).unwrap();
    assert_eq!(other.wait_with_output().unwrap().status.code(), Some(0), "the same user of this machine may");
    let renewed = node.cli(&["oauth", "renew"]);
    assert!(renewed.code == 0 && renewed.out.contains("Next renewal"), "{}", renewed.out);
    assert_eq!(node.cli(&["oauth", "forget"]).code, 0);
    assert_eq!(node.cli(&["oauth", "status"]).code, 3);
    let unknown = node.cli(&["oauth", "status", "--relay", "nowhere"]);
    assert!(unknown.code == 1 && unknown.err.contains("no relay with this name"), "{}", unknown.err);
}

#[test]
#[ignore = "needs the lab"]
fn token_is_renewed_on_schedule_without_mail() {
    let lab = Lab::get();
    let oidc = Oidc::start(&lab);
    let node = Node::start();
    oidc.knobs(&json!({ "accessTtl": 10 }));
    let setting = Setting::new(&oidc, lab.postfix(11), &json!({}));
    node.settings(&setting.toml(&lab, &oidc));
    authorize(&node, &oidc, "alice@lab.test");
    let first = grant(&node)["last_renewed"].clone();
    eventually("renewed twice, each time with the newest permission", PATIENCE, || {
        let good = oidc.asked().iter().filter(|asked| asked["grant"] == "refresh_token" && asked["status"] == 200).count();
        (good >= 2).then_some(())
    });
    eventually("and it shows", PATIENCE, || (grant(&node)["last_renewed"] != first).then_some(()));
    assert_eq!(grant(&node)["state"], "authorized");
}

#[test]
#[ignore = "needs the lab"]
fn mail_uses_fallback_while_first_relay_has_no_grant() {
    let lab = Lab::get();
    let oidc = Oidc::start(&lab);
    let node = Node::start();
    let setting = Setting::new(&oidc, lab.postfix(11), &json!({}));
    let second = format!(
        "[[email.fallback]]\n[email.fallback.relay]\nname = \"second\"\nhost = \"127.0.0.1\"\nport = {}\nencryption = \"none\"\n",
        lab.postfix(0)
    );
    node.settings(&format!("{}{second}", setting.toml(&lab, &oidc)));
    let subject = token("fallback");
    let id = node.send(&["bob@lab.test"], &subject);
    let message = node.becomes(&id, "accepted");
    assert_eq!(message["relay"], "second", "{message}");
    arrives(&lab, &subject);
    let status = node.json_of(&["status"], 5);
    assert_eq!(status["relays"][0]["state"], "grant", "{status}");
    authorize(&node, &oidc, "alice@lab.test");
    let subject = token("first-again");
    eventually("by the first again", PATIENCE, || {
        let id = node.send(&["bob@lab.test"], &subject);
        (node.becomes(&id, "accepted")["relay"] == "main").then_some(())
    });
}

#[test]
#[ignore = "needs the lab"]
fn tokens_secrets_and_codes_are_never_shown() {
    let lab = Lab::get();
    let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
    let mut node = Node::at(place.path());
    node.variable("POSTWACHT_LOG", "trace");
    node.run();
    let shared = Oidc::shared(&lab);
    let setting = Setting::new(&shared, lab.postfix(11), &json!({ "lab_format": "opaque" }));
    let ann = signed_in(&node);
    node.settings(&setting.toml(&lab, &shared));
    let address = shared.sign_in(&start(&node), "alice@lab.test");
    let code = address.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let state = address.split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    assert_eq!(finish(&node, &address).0, 200);
    let spent = finish(&node, &address).1;
    let tokens = shared.tokens_of(&setting.client);
    assert!(tokens.len() >= 2, "access and refresh: {tokens:?}");
    let said = [
        vec!["test", "--transcript"],
        vec!["--json", "test", "--transcript"],
        vec!["doctor"],
        vec!["--json", "doctor"],
        vec!["--json", "status"],
        vec!["--json", "oauth", "status"],
        vec!["oauth", "renew"],
        vec!["settings", "show"],
        vec!["settings", "export"],
        vec!["--json", "settings", "revisions"],
    ];
    let mut secrets = tokens;
    secrets.extend([code, state, setting.secret.clone().unwrap()]);
    let clean = |what: &str, text: &str| {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{what} shows {secret}:\n{text}");
        }
    };
    clean("a spent answer", &spent.to_string());
    for args in said {
        let output = node.cli(&args);
        clean(&args.join(" "), &format!("{}{}", output.out, output.err));
    }
    for page in ["overview", "queue", "audit", "management/email", "management/email/revisions", "management/email?oauth2=1"] {
        clean(page, &ann.get(&format!("/login/{page}")).text);
    }
    clean("the audit", &node.api("GET", "/audit", &serde_json::Value::Null).1.to_string());
    // Tests a provider whose error repeats the secret.
    let own = Oidc::start(&lab);
    let echo = Setting::new(&own, lab.postfix(11), &json!({}));
    node.settings(&echo.toml(&lab, &own));
    let secret = echo.secret.clone().unwrap();
    own.fault(&json!({ "path": "/token", "times": 9, "status": 401, "body": { "error": "invalid_client", "error_description": format!("wrong: {secret}") } }));
    let refused = finish(&node, &own.sign_in(&start(&node), "alice@lab.test"));
    assert_eq!(refused.0, 422);
    assert!(refused.1.to_string().contains("****") && !refused.1.to_string().contains(&secret), "{}", refused.1);
    node.stop();
    clean("the log", &node.log());
    assert!(!node.log().contains(&secret));
    for file in ["postwacht.db", "postwacht.db-wal"] {
        let bytes = std::fs::read(node.dir.join(file)).unwrap_or_default();
        clean(file, &String::from_utf8_lossy(&bytes));
    }
    // The export with secrets holds no token either: tokens are not settings.
    let file = node.dir.join("with-secrets.toml");
    assert_eq!(node.cli(&["settings", "export", "--with-secrets", file.to_str().unwrap()]).code, 0);
    let exported = std::fs::read_to_string(&file).unwrap();
    assert!(exported.contains(&secret) && !exported.contains("refresh"), "{exported}");
}

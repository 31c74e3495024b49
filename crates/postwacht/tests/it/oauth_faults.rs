//! Faults of a grant. Each either keeps mail flowing or is reported.

use std::process::Command;

use serde_json::{Value, json};
use testkit::{Lab, Node, Oidc, eventually, holds_for};

use crate::grant::{Setting, authorize, finish, grant, renew, start};
use crate::pages::signed_in;
use crate::way::{PATIENCE, arrives, token};

/// A node that is authorized at its own provider.
fn authorized(lab: &Lab) -> (Node, Oidc, Setting) {
    let oidc = Oidc::start(lab);
    let node = Node::start();
    let setting = Setting::new(&oidc, lab.postfix(11), &json!({}));
    node.settings(&setting.toml(lab, &oidc));
    authorize(&node, &oidc, "alice@lab.test");
    (node, oidc, setting)
}

fn healthz(node: &Node) -> (String, String) {
    let output =
        Command::new("curl").args(["-s", "-w", "\n%{http_code}", &format!("{}/healthz?deep", node.url())]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (body, code) = text.rsplit_once('\n').unwrap();
    (code.to_owned(), body.to_owned())
}

fn metrics(node: &Node) -> String {
    let output = Command::new("curl").args(["-s", &format!("{}/metrics", node.url())]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Waits until the node's current token has expired.
fn ended(node: &Node) {
    let expires = grant(node)["token_expires"].as_str().unwrap().to_owned();
    eventually("the token has ended", PATIENCE, || {
        let now = admin::clock::rfc3339(admin::Clock::default().now());
        (now > expires).then_some(())
    });
}

/// Restarts the node to close its relay connections. A connection opened while the token was valid would still accept mail.
fn without_connections(node: &mut Node) {
    assert_eq!(node.stop(), Some(0));
    node.run();
}

#[test]
#[ignore = "needs the lab"]
fn lost_grant_holds_mail_and_alarms_until_authorized_again() {
    let lab = Lab::get();
    let (mut node, oidc, _) = authorized(&lab);
    assert_eq!(node.cli(&["test"]).code, 0);
    assert_eq!(healthz(&node).0, "200");
    // Loses the grant for good: the provider demands a person, and the current token has expired.
    oidc.knobs(&json!({ "accessTtl": 1 }));
    renew(&node);
    oidc.fault(&json!({ "path": "/token", "times": 1000, "status": 400, "body": { "error": "interaction_required", "error_description": "AADSTS50076: more proof is wanted" } }));
    let lost = renew(&node);
    assert_eq!((lost["state"].as_str(), lost["alarm"].as_bool()), (Some("lost"), Some(true)), "{lost}");
    assert!(lost["fault"]["words"].as_str().unwrap().contains("AADSTS50076"), "{lost}");
    assert_eq!(node.cli(&["doctor"]).code, 3);
    ended(&node);
    without_connections(&mut node);
    let subject = token("while-lost");
    let id = node.send(&["bob@lab.test"], &subject);
    let status = eventually("held for want of a permission", PATIENCE, || {
        let status = node.cli(&["--json", "status"]);
        let relay = status.json()["relays"][0]["state"].clone();
        (relay == "grant").then_some(status)
    });
    assert_eq!(status.code, 3, "mail does not get out");
    assert!(status.json()["alarms"][0].as_str().unwrap().contains("lost"), "{}", status.out);
    let (code, body) = healthz(&node);
    assert!(code == "503" && body.contains("\"alarm\":true"), "{code} {body}");
    let figures = metrics(&node);
    assert!(figures.contains("postwacht_alarm 1\n"), "{figures}");
    assert!(figures.contains("postwacht_oauth_grant{relay=\"main\",state=\"lost\"} 1\n"), "{figures}");
    assert!(node.log().contains("ERROR") && node.log().contains("the grant of relay main is lost"), "{}", node.log());
    let audit = node.api("GET", "/audit", &Value::Null).1;
    assert!(audit.as_array().unwrap().iter().any(|row| row["what"] == "oauth.lost"), "{audit}");
    assert_eq!(node.message(&id)["state"], "waiting");
    // A person signs in again, and the waiting mail goes out by itself.
    oidc.mend();
    oidc.knobs(&json!({ "accessTtl": 3600 }));
    authorize(&node, &oidc, "alice@lab.test");
    node.becomes(&id, "accepted");
    arrives(&lab, &subject);
    assert_eq!(healthz(&node).0, "200");
    assert!(metrics(&node).contains("postwacht_alarm 0\n"));
    assert_eq!(node.cli(&["oauth", "status"]).code, 0);
}

#[test]
#[ignore = "needs the lab"]
fn withdrawn_grant_is_doubted_first_and_mail_waits() {
    let lab = Lab::get();
    let (mut node, oidc, _) = authorized(&lab);
    oidc.knobs(&json!({ "accessTtl": 1 }));
    renew(&node);
    oidc.remove(&["Grant", "RefreshToken"]);
    let doubted = renew(&node);
    assert_eq!((doubted["state"].as_str(), doubted["alarm"].as_bool()), (Some("doubted"), Some(false)), "{doubted}");
    assert_eq!(doubted["fault"]["error"], "invalid_grant");
    // Repeated requests by a person do not lose the grant before its time.
    for _ in 0..5 {
        assert_eq!(renew(&node)["state"], "doubted");
    }
    ended(&node);
    without_connections(&mut node);
    let id = node.send(&["bob@lab.test"], &token("doubted"));
    eventually("held meanwhile", PATIENCE, || (node.json(&["queue", "show", &id])["state"] == "waiting").then_some(()));
    assert_eq!(node.cli(&["oauth", "status"]).code, 5);
    authorize(&node, &oidc, "alice@lab.test");
    node.becomes(&id, "accepted");
}

#[test]
#[ignore = "needs the lab"]
fn single_invalid_grant_does_not_lose_the_grant() {
    let lab = Lab::get();
    let (node, oidc, _) = authorized(&lab);
    oidc.fault(&json!({ "path": "/token", "times": 1, "status": 400, "body": { "error": "invalid_grant" } }));
    assert_eq!(renew(&node)["state"], "doubted");
    // The current token is still valid, so mail continues.
    let id = node.send(&["bob@lab.test"], &token("once"));
    node.becomes(&id, "accepted");
    assert_eq!(renew(&node)["state"], "authorized");
}

#[test]
#[ignore = "needs the lab"]
fn token_expired_while_queued_is_renewed_before_sending() {
    let lab = Lab::get();
    let (node, oidc, _) = authorized(&lab);
    oidc.knobs(&json!({ "accessTtl": 1 }));
    renew(&node);
    for n in 0..3 {
        ended(&node);
        let id = node.send(&["bob@lab.test"], &token(&format!("ended-{n}")));
        let message = node.becomes(&id, "accepted");
        assert_eq!(message["attempts"], 1, "{message}");
    }
}

#[test]
#[ignore = "needs the lab"]
fn token_refused_by_relay_is_renewed_once() {
    let lab = Lab::get();
    // Opaque tokens end at once when they are revoked.
    let oidc = Oidc::shared(&lab);
    let node = Node::start();
    let setting = Setting::new(&oidc, lab.postfix(11), &json!({ "lab_format": "opaque" }));
    node.settings(&setting.toml(&lab, &oidc));
    authorize(&node, &oidc, "alice@lab.test");
    oidc.remove_of(&["AccessToken"], &setting.client);
    let test = node.cli(&["test", "--transcript"]);
    assert_eq!(test.code, 0, "{}{}", test.out, test.err);
    assert!(test.out.contains("the relay refused the token; retrying once with a new one"), "{}", test.out);
    assert_eq!(node.json(&["status"])["relays"][0]["state"], "open");
    // A second refusal within five minutes counts, and the node does not ask the provider again.
    let asked = oidc.asked_of(&setting.client);
    oidc.remove_of(&["AccessToken"], &setting.client);
    let test = node.cli(&["test"]);
    assert_eq!(test.code, 3, "{}", test.out);
    assert_eq!(oidc.asked_of(&setting.client), asked);
    assert_eq!(node.cli(&["--json", "status"]).json()["relays"][0]["state"], "sign-in");
}

#[test]
#[ignore = "needs the lab"]
fn provider_fault_stops_no_mail_while_token_is_valid() {
    let lab = Lab::get();
    let (node, mut oidc, _) = authorized(&lab);
    for (fault, words) in [
        (json!({ "status": 503 }), "temporarily_unavailable"),
        (json!({ "status": 500, "body": "oops" }), "not JSON (HTTP 500)"),
        (json!({ "hangup": true }), ""),
        (
            json!({ "status": 200, "body": "<html>Sign in</html>", "headers": { "content-type": "text/html" } }),
            "not JSON (HTTP 200)",
        ),
        (json!({ "status": 302, "headers": { "location": "http://127.0.0.1:9/token" } }), "a redirect, which is not followed"),
        (json!({ "status": 200, "bigBytes": 10 << 20 }), "longer than 1 MiB"),
    ] {
        let mut fault = fault;
        fault["path"] = json!("/token");
        fault["times"] = json!(1);
        oidc.fault(&fault);
        let failed = renew(&node);
        assert_eq!((failed["state"].as_str(), failed["well"].as_bool()), (Some("authorized"), Some(false)), "{fault}: {failed}");
        assert!(failed["fault"]["words"].as_str().unwrap().contains(words), "{fault}: {failed}");
        assert!(failed["fault"]["remedy"].as_str().unwrap().len() > 20, "{failed}");
        let id = node.send(&["bob@lab.test"], &token("trouble"));
        node.becomes(&id, "accepted");
        assert_eq!(renew(&node)["well"], true);
    }
    // The node respects the provider's `Retry-After`.
    oidc.fault(&json!({ "path": "/token", "times": 1, "status": 429, "headers": { "retry-after": "1200" } }));
    let before = admin::clock::rfc3339(admin::Clock::default().now() + std::time::Duration::from_secs(1190));
    assert!(renew(&node)["next_renewal"].as_str().unwrap() > before.as_str());
    assert_eq!(renew(&node)["well"], true);
    oidc.kill();
    assert_eq!(renew(&node)["fault"]["status"], 0);
    let id = node.send(&["bob@lab.test"], &token("gone"));
    node.becomes(&id, "accepted");
    oidc.run();
    assert_eq!(renew(&node)["well"], true);
}

#[test]
#[ignore = "needs the lab"]
fn many_messages_share_one_slow_renewal() {
    let lab = Lab::get();
    let oidc = Oidc::start(&lab);
    let node = Node::start();
    let setting = Setting::new(&oidc, lab.postfix(11), &json!({}));
    node.settings(&setting.toml(&lab, &oidc).replace("encryption =", "connections = 20\nencryption ="));
    authorize(&node, &oidc, "alice@lab.test");
    // The current token expires within a second, and the provider is slow with the next token.
    oidc.knobs(&json!({ "accessTtl": 1 }));
    renew(&node);
    oidc.mend();
    oidc.knobs(&json!({ "accessTtl": 3600 }));
    oidc.fault(&json!({ "path": "/token", "times": 1, "status": 0, "delayMs": 4000 }));
    ended(&node);
    let subject = token("two-hundred");
    node.send_many(200, "bob@lab.test", &subject);
    eventually("all are out", PATIENCE, || (lab.mail_with(&subject).len() == 200).then_some(()));
    assert_eq!(oidc.asked_of(&setting.client), 1, "{:?}", oidc.asked());
}

#[test]
#[ignore = "needs the lab"]
fn node_killed_during_renewal_reports_the_cut_off() {
    let lab = Lab::get();
    let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
    let mut node = Node::at(place.path());
    node.run();
    let oidc = Oidc::start(&lab);
    let setting = Setting::new(&oidc, lab.postfix(11), &json!({}));
    node.settings(&setting.toml(&lab, &oidc));
    authorize(&node, &oidc, "alice@lab.test");
    // The provider answers with a new refresh token. The node is killed before the answer arrives.
    oidc.mend();
    oidc.fault(&json!({ "path": "/token", "times": 1, "holdMs": 60_000 }));
    let mut asking = node.begin(&["oauth", "renew"]);
    eventually("the provider has answered", PATIENCE, || (oidc.asked().iter().any(|asked| asked["status"] == 200)).then_some(()));
    node.kill();
    drop(asking.wait());
    node.run();
    // The previous access token is still valid.
    let id = node.send(&["bob@lab.test"], &token("killed"));
    node.becomes(&id, "accepted");
    let after = renew(&node);
    assert_eq!(after["fault"]["error"], "invalid_grant", "the provider knows the old permission no more: {after}");
    assert!(after["cut_off"].is_string(), "{after}");
    assert!(after["remarks"][0].as_str().unwrap().contains("was interrupted"), "{after}");
    authorize(&node, &oidc, "alice@lab.test");
    assert!(grant(&node)["cut_off"].is_null());
}

/// The change of secrets stops no mail.
#[test]
#[ignore = "needs the lab"]
fn expired_secret_is_replaced_by_next_secret() {
    let lab = Lab::get();
    let (node, oidc, mut setting) = authorized(&lab);
    let second = token("second-s3cret");
    setting.more = format!("client_secret_next = '{second}'\nclient_secret_expires = \"2020-01-01\"");
    node.settings(&setting.toml(&lab, &oidc));
    assert!(grant(&node)["remarks"][0].as_str().unwrap().contains("client secret"), "{}", grant(&node));
    oidc.client(&json!({ "client_id": setting.client, "client_secret": second, "redirect_uris": [crate::grant::PASTED] }));
    let renewed = renew(&node);
    assert_eq!((renewed["well"].as_bool(), renewed["state"].as_str()), (Some(true), Some("authorized")), "{renewed}");
    // A renewal for a notice may have been in progress when the provider's secret changed. Then this renewal was not sent
    // again.
    let promoted = eventually("the next secret has taken its place", PATIENCE, || {
        assert_eq!(renew(&node)["well"], true);
        let grant = grant(&node);
        (grant["next_secret"] == false).then_some(grant)
    });
    assert!(promoted["secret_days"].is_null(), "its end is not known: {promoted}");
    assert_eq!(node.json(&["settings", "show"])["email"]["oauth2"]["client_secret"]["set"], true);
    assert_eq!(renew(&node)["well"], true);
    // Without a next secret the node keeps the grant and raises the alarm. A new secret resolves it.
    oidc.client(
        &json!({ "client_id": setting.client, "client_secret": "third-s3cret", "redirect_uris": [crate::grant::PASTED] }),
    );
    let refused = renew(&node);
    assert_eq!((refused["state"].as_str(), refused["alarm"].as_bool()), (Some("client-refused"), Some(true)), "{refused}");
    let id = node.send(&["bob@lab.test"], &token("secret"));
    node.becomes(&id, "accepted");
    (setting.secret, setting.more) = (Some("third-s3cret".into()), String::new());
    node.settings(&setting.toml(&lab, &oidc));
    eventually("mended by the save", PATIENCE, || (grant(&node)["well"] == true).then_some(()));
}

#[test]
#[ignore = "needs the lab"]
fn account_other_than_email_needs_confirmation() {
    let lab = Lab::get();
    let oidc = Oidc::start(&lab);
    let node = Node::start();
    let setting = Setting::new(&oidc, lab.postfix(11), &json!({}));
    node.settings(&setting.toml(&lab, &oidc));
    let (status, ended) = finish(&node, &oidc.sign_in(&start(&node), "bob@lab.test"));
    assert_eq!(
        (status, ended["result"].as_str(), ended["account"].as_str()),
        (200, Some("confirm"), Some("bob@lab.test")),
        "{ended}"
    );
    let asked = grant(&node);
    assert_eq!((asked["state"].as_str(), asked["confirm"].as_str()), (Some("absent"), Some("bob@lab.test")), "{asked}");
    assert_eq!(node.cli(&["test"]).code, 3, "not used before");
    assert_eq!(node.cli(&["oauth", "confirm", "carol@lab.test"]).code, 1, "another one is not confirmed");
    assert_eq!(node.cli(&["oauth", "confirm", "bob@lab.test"]).code, 0);
    let confirmed = grant(&node);
    assert_eq!((confirmed["account"].as_str(), confirmed["confirm"].is_null()), (Some("bob@lab.test"), true), "{confirmed}");
    // The same account again needs no new confirmation. Another Email does.
    authorize(&node, &oidc, "bob@lab.test");
    node.settings(&Setting { email: "daemon@lab.test", ..setting }.toml(&lab, &oidc));
    let asked = grant(&node);
    assert_eq!((asked["state"].as_str(), asked["confirm"].as_str()), (Some("authorized"), Some("bob@lab.test")), "{asked}");
    let refused = node.cli(&["test"]);
    assert!(refused.code == 3 && refused.out.contains("not the one in Email"), "{}", refused.out);
}

#[test]
#[ignore = "needs the lab"]
fn provider_clock_difference_is_reported() {
    let lab = Lab::get();
    let (node, oidc, _) = authorized(&lab);
    assert!(grant(&node)["clock_ahead_seconds"].is_null());
    oidc.knobs(&json!({ "dateSkew": 600 }));
    let told = renew(&node);
    assert!((590..=610).contains(&told["clock_ahead_seconds"].as_i64().unwrap()), "{told}");
    let doctor = node.cli(&["doctor"]);
    assert!(doctor.out.contains("clock is 10 minutes ahead of the clock of this machine"), "{}", doctor.out);
    let page = signed_in(&node).get("/login/management/email").text;
    assert!(page.contains("clock is 10 minutes ahead of the clock of this machine"), "{page}");
    oidc.knobs(&json!({ "dateSkew": -600 }));
    renew(&node);
    assert!(node.cli(&["doctor"]).out.contains("clock is 10 minutes behind the clock of this machine"));
    oidc.knobs(&json!({ "dateSkew": 0 }));
    assert!(renew(&node)["clock_ahead_seconds"].is_null());
}

#[test]
#[ignore = "needs the lab"]
fn grant_ends_when_its_destination_settings_change() {
    let lab = Lab::get();
    let (node, oidc, setting) = authorized(&lab);
    let toml = setting.toml(&lab, &oidc);
    let without_secret = toml.replace(&format!("client_secret = '{}'\n", setting.secret.as_ref().unwrap()), "");
    // By import, command line and API: the administrator must type the secret again.
    for (from, to) in [
        (format!("token_endpoint = \"{}/token\"", oidc.issuer), "token_endpoint = \"http://127.0.0.1:9/token\"".to_owned()),
        (format!("client_id = \"{}\"", setting.client), "client_id = \"another\"".to_owned()),
        (
            "email = \"alice@lab.test\"\nclient_id".to_owned(),
            "tenant = \"other-tenant\"\nemail = \"alice@lab.test\"\nclient_id".to_owned(),
        ),
        ("host = \"127.0.0.1\"".to_owned(), "host = \"localhost\"".to_owned()),
    ] {
        assert!(toml.contains(&from), "{from}");
        let refused = node.cli_with(&["settings", "import", "-"], &without_secret.replace(&from, &to));
        assert!(refused.code == 2 && refused.err.contains("email.oauth2.client_secret"), "{to}: {}{}", refused.out, refused.err);
        assert_eq!(grant(&node)["state"], "authorized", "nothing was saved");
    }
    let refused = node.cli(&["settings", "set", "email.oauth2.client_id=another"]);
    assert!(refused.code == 2 && refused.err.contains("email.oauth2.client_secret"), "{}", refused.err);
    let (_, mut settings) = node.api("GET", "/email", &Value::Null);
    settings["email"]["oauth2"]["token_endpoint"] = json!("http://127.0.0.1:9/token");
    assert_eq!(node.api("POST", "/email/check", &settings).0, 422);
    let put = node.put("/email", &settings);
    assert_eq!((put.0, put.1["errors"][0]["field"].as_str()), (422, Some("email.oauth2.client_secret")), "{}", put.1);
    let ann = signed_in(&node);
    let (host, port, issuer) = ("127.0.0.1", setting.port.to_string(), &oidc.issuer);
    let endpoints = [format!("{issuer}/auth"), format!("{issuer}/token")];
    let fields = [
        ("do", "save"),
        ("revision", "1"),
        ("email.from", "alice@lab.test"),
        ("email.relay.host", host),
        ("email.relay.port", port.as_str()),
        ("email.relay.encryption", "starttls"),
        ("trust", "ca"),
        ("email.relay.ca", &lab.pem("ca.pem")),
        ("email.auth.type", "oauth2"),
        ("email.oauth2.provider", "other"),
        ("email.oauth2.email", "alice@lab.test"),
        ("email.oauth2.client_id", "another"),
        ("email.oauth2.scopes", setting.scopes),
        ("email.oauth2.authorization_endpoint", endpoints[0].as_str()),
        ("email.oauth2.token_endpoint", endpoints[1].as_str()),
        ("email.contacts.admin", "bob@lab.test"),
    ];
    let page = ann.post("/login/management/email", &fields);
    assert!(page.status == 422 && page.text.contains("email-oauth2-client_secret-e"), "{} {}", page.status, page.text);
    assert_eq!(grant(&node)["state"], "authorized", "nothing was saved");
    // Changes to other settings keep the grant.
    node.settings(&without_secret.replace("admin = [\"bob@lab.test\"]", "admin = [\"bob@lab.test\", \"ops@lab.test\"]"));
    assert_eq!(grant(&node)["state"], "authorized");
    node.settings(&without_secret.replace("scopes = \"", "scopes = \"smtp.send "));
    let asked = grant(&node);
    assert_eq!((asked["state"].as_str(), asked["verify_again"].as_bool()), (Some("authorized"), Some(true)), "{asked}");
    node.settings(&without_secret);
    // With the secret typed again, the settings are saved and the grant is removed, on disk too.
    node.settings(&toml.replace(&format!("client_id = \"{}\"", setting.client), "client_id = \"another\""));
    assert_eq!(grant(&node)["state"], "absent");
    node.settings(&toml);
    assert_eq!(grant(&node)["state"], "absent", "and does not come back with the old settings");
    holds_for("no token is asked for", std::time::Duration::from_millis(300), || grant(&node)["state"] == "absent");
}

#[test]
#[ignore = "needs the lab"]
fn grant_survives_kill_without_provider() {
    let lab = Lab::get();
    let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
    let mut node = Node::at(place.path());
    node.run();
    let mut oidc = Oidc::start(&lab);
    let setting = Setting::new(&oidc, lab.postfix(11), &json!({}));
    node.settings(&setting.toml(&lab, &oidc));
    authorize(&node, &oidc, "alice@lab.test");
    node.kill();
    // The provider does not run: the stored grant is enough.
    oidc.kill();
    node.run();
    assert_eq!(grant(&node)["account"], "alice@lab.test");
    let id = node.send(&["bob@lab.test"], &token("restart"));
    node.becomes(&id, "accepted");
}

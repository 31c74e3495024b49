//! Network access to the node: TLS, proxies, slow clients, and programs with tokens.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use testkit::{Browser, Lab, Node, Page};

use crate::way::{Relay, arrives, token};

const PASSWORD: &str = "correct horse battery";

/// A node that serves TLS with a self-signed certificate, and its port.
fn by_tls() -> (Node, String) {
    let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap().keep();
    let mut node = Node::at(&place);
    node.variable("POSTWACHT_TLS", "on");
    node.run();
    let port = node.url().rsplit(':').next().unwrap().to_owned();
    (node, port)
}

/// Runs curl. Returns its exit code and standard output.
fn curl(args: &[&str]) -> (i32, String) {
    let output = Command::new("curl").args(["-sS", "-i", "--max-time", "60", "--noproxy", "*"]).args(args).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stdout).into_owned())
}

pub(crate) fn api(node: &Node, method: &str, path: &str, token: &str, body: &str) -> Page {
    let bearer = format!("Bearer {token}");
    let headers = [("Content-Type", "application/json"), ("Authorization", bearer.as_str())];
    Browser::new(&node.url()).send(method, &format!("/api/v1{path}"), &headers[..if token.is_empty() { 1 } else { 2 }], body)
}

pub(crate) fn new_token(node: &Node, scope: &str) -> String {
    let made = node.json(&["token", "create", "--scope", scope, "--expires", "1d"]);
    made["token"].as_str().unwrap().to_owned()
}

/// Clients must trust the certificate explicitly.
#[test]
fn self_signed_tls_serves_pages_and_redirects_http() {
    let (node, port) = by_tls();
    let (ca, page) = (node.dir.join("tls/self-signed.crt"), format!("https://localhost:{port}/login"));
    let ca = ca.to_str().unwrap();
    assert_eq!(curl(&[&page]).0, 60, "trusted by nobody");
    let (code, answer) = curl(&["--cacert", ca, &page]);
    assert!(code == 0 && answer.starts_with("HTTP/2 200"), "{answer}");
    let (_, answer) = curl(&["--cacert", ca, "--http1.1", &page]);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let link = node.first_link();
    let fields = format!("name=ann&password={0}&again={0}", PASSWORD.replace(' ', "+"));
    let (_, entered) = curl(&["--cacert", ca, "--data", &fields, &link]);
    let cookie = entered.lines().find(|line| line.starts_with("set-cookie:")).expect("signed in");
    assert!(cookie.contains("__Host-postwacht-") && cookie.contains("; Secure") && cookie.contains("HttpOnly"), "{cookie}");
    assert!(entered.to_ascii_lowercase().contains("strict-transport-security: max-age=31536000"), "{entered}");
    let (_, clear) = curl(&[&format!("http://localhost:{port}/login?next=/login/queue")]);
    assert!(clear.starts_with("HTTP/1.1 307") && clear.contains(&format!("location: {page}?next=/login/queue")), "{clear}");
    let (_, posted) = curl(&["--data", "password=x", &format!("http://localhost:{port}/login")]);
    assert!(
        posted.starts_with("HTTP/1.1 400") && posted.contains("with https"),
        "nothing sent in clear is asked for again: {posted}"
    );
    assert!(node.log().contains("SHA-256") || node.log().contains("fingerprint"), "{}", node.log());
    let key = std::fs::metadata(node.dir.join("tls/self-signed.key")).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&key.permissions()) & 0o077, 0, "the key is our own user's");
    assert_eq!(node.cli(&["status", "--url", &format!("https://localhost:{port}"), "--token", "pwt_x"]).code, 4, "not trusted");
}

#[test]
fn unusable_certificate_is_named_and_node_does_not_start() {
    let place = tempfile::tempdir().unwrap();
    let mut node = Node::at(place.path());
    std::fs::write(place.path().join("x.crt"), "rubbish").unwrap();
    let file = place.path().join("x.crt").display().to_string();
    node.variable("POSTWACHT_TLS_CERTIFICATE", &file);
    let half = node.cli(&["serve"]);
    assert!(half.code == 2 && half.err.contains("one of them is missing"), "{}", half.err);
    node.variable("POSTWACHT_TLS_KEY", &file);
    let rubbish = node.cli(&["serve"]);
    assert!(rubbish.code == 1 && rubbish.err.contains(&file) && rubbish.err.contains("no certificate in it"), "{}", rubbish.err);
}

/// The node trusts only the address that the listed proxy adds, not the earlier addresses.
#[test]
fn trusted_proxy_sets_client_address_and_scheme() {
    let place = tempfile::tempdir().unwrap();
    let mut node = Node::at(place.path());
    node.variable("POSTWACHT_TRUSTED_PROXIES", "127.0.0.1");
    node.run();
    let browser = Browser::new(&node.url());
    let kind = ("Content-Type", "application/x-www-form-urlencoded");
    let fields = format!("name=ann&password={0}&again={0}", PASSWORD.replace(' ', "+"));
    let by = [kind, ("X-Forwarded-For", "198.51.100.7, 192.0.2.7"), ("X-Forwarded-Proto", "https")];
    let made = browser.send("POST", &node.first_link(), &by, &fields);
    let cookie = made.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-postwacht-") && cookie.contains("Secure"), "{cookie}");
    assert!(made.header("strict-transport-security").is_some());
    let account = browser.send("GET", "/login/account", &by[1..], "");
    assert!(account.text.contains("192.0.2.7") && !account.text.contains("198.51.100.7"), "{}", account.text);
    // Guesses from one address do not slow down another address.
    let guess = |from: &str, name: &str, password: &str| {
        let fields = format!("name={name}&password={password}");
        browser.send("POST", "/login", &[kind, ("X-Forwarded-For", from)], &fields).status
    };
    assert!((0..8).map(|n| guess("203.0.113.9", &format!("nobody{n}"), "wrong")).any(|status| status == 429));
    assert_eq!(guess("192.0.2.8", "ann", &PASSWORD.replace(' ', "+")), 303, "the rightful user gets in");
}

#[test]
#[ignore = "needs the lab"]
fn token_is_limited_to_its_scope_until_revoked() {
    let (lab, node) = (Lab::get(), Node::start());
    node.settings(&Relay::new(lab.postfix(0), "none").toml());
    let id = node.send(&["bob@lab.test"], &token("token"));
    let message = format!(r#"{{"to":"bob@lab.test","subject":"{}","text":"x"}}"#, token("by-token"));
    let foreign = message.replacen('{', r#"{"from":"eve@evil.example","#, 1);
    let retry = format!("/messages/{id}/retry");
    let all = ["metrics", "send", "read", "operate", "administer"];
    for (method, path, body, allowed) in [
        ("GET", "/status", "", &["read", "operate", "administer"][..]),
        ("GET", "/email", "", &["read", "operate", "administer"]),
        ("GET", "/messages", "", &["read", "operate", "administer"]),
        ("GET", "/audit", "", &["read", "operate", "administer"]),
        ("POST", "/messages", message.as_str(), &["send", "administer"]),
        ("POST", retry.as_str(), "", &["operate", "administer"]),
        ("POST", "/email/test", "{}", &["operate", "administer"]),
        ("POST", "/email/check", "{}", &["administer"]),
        ("GET", "/accounts", "", &["administer"]),
        ("GET", "/tokens", "", &["administer"]),
        ("POST", "/tokens", "{}", &["administer"]),
        ("DELETE", "/accounts/nobody", "", &["administer"]),
    ] {
        assert_eq!(api(&node, method, path, "", body).status, 401, "{method} {path} without a token");
        for scope in all {
            let status = api(&node, method, path, &new_token(&node, scope), body).status;
            assert_eq!(status != 403, allowed.contains(&scope), "{scope}: {method} {path} gives {status}");
        }
    }
    let backup = api(&node, "POST", "/backup", &new_token(&node, "administer"), r#"{"file":"/etc/shadow"}"#);
    assert!(backup.status == 403 && !backup.text.contains("exists"), "a token learns nothing of files: {}", backup.text);
    let sender = new_token(&node, "send");
    assert_eq!(api(&node, "POST", "/messages", &sender, &foreign).status, 422, "from the site's address only");
    let listed = node.json(&["token", "list"]);
    assert!(!listed.to_string().contains(&sender), "what the program holds is shown once");
    let number = listed[0]["id"].to_string();
    assert_eq!(node.cli(&["token", "revoke", &number]).code, 0);
    let ended = api(&node, "POST", "/messages", &sender, &message);
    assert_eq!((ended.status, ended.header("www-authenticate")), (401, Some("Bearer realm=\"postwacht\"")));
    assert_eq!(node.cli(&["token", "revoke", &number]).code, 1, "there is no such token any more");
    let audit = node.json(&["queue", "show", &id]).to_string() + &api(&node, "GET", "/audit", &new_token(&node, "read"), "").text;
    assert!(
        audit.contains("token.created")
            && audit.contains("token.revoked")
            && audit.contains(r#""what":"test.sent","who":"token:cli-"#),
        "{audit}"
    );
    assert!(!audit.contains(&sender));
}

#[test]
#[ignore = "needs the lab"]
fn idempotency_keys_are_separate_per_token() {
    let (lab, node) = (Lab::get(), Node::start());
    node.settings(&Relay::new(lab.postfix(0), "none").toml());
    let send = |bearer: &str| {
        let bearer = format!("Bearer {bearer}");
        let headers = [("Content-Type", "application/json"), ("Authorization", &bearer), ("Idempotency-Key", "invoice-1")];
        let message = r#"{"to":"bob@lab.test","subject":"once","text":"x"}"#;
        let answer = Browser::new(&node.url()).send("POST", "/api/v1/messages", &headers, message);
        let id = serde_json::from_str::<Value>(&answer.text).unwrap()["id"].as_str().unwrap().to_owned();
        (answer.status, id)
    };
    let (token_1, other) = (new_token(&node, "send"), new_token(&node, "send"));
    let (first, again, foreign) = (send(&token_1), send(&token_1), send(&other));
    assert_eq!((first.0, again.0, foreign.0), (201, 200, 201));
    assert!(first.1 == again.1 && first.1 != foreign.1);
    let twice = ["token", "create", "--scope", "send", "--expires", "1d", "--name", "nas"];
    assert_eq!((node.cli(&twice).code, node.cli(&twice).code), (0, 1), "the audit names tokens by their names");
}

#[test]
fn request_with_too_many_header_fields_is_refused() {
    let node = Node::start();
    let fields: Vec<(String, String)> = (0..150).map(|n| (format!("X-{n}"), "x".to_owned())).collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(Browser::new(&node.url()).send("GET", "/login", &fields, "").status, 431);
}

#[test]
fn cookie_opens_no_api_and_token_opens_no_page() {
    let node = Node::start();
    let browser = Browser::new(&node.url());
    browser.post(&node.first_link(), &[("name", "ann"), ("password", PASSWORD), ("again", PASSWORD)]);
    assert_eq!(browser.get("/login/overview").status, 200);
    assert_eq!(browser.get("/api/v1/status").status, 401, "so that no page of another site can use it");
    let bearer = format!("Bearer {}", new_token(&node, "administer"));
    let page = Browser::new(&node.url()).send("GET", "/login/overview", &[("Authorization", &bearer)], "");
    assert_eq!(page.status, 303);
}

#[test]
#[ignore = "needs the lab"]
fn command_line_works_with_remote_node() {
    let (lab, (node, port)) = (Lab::get(), by_tls());
    let site = token("afar");
    let toml = Relay::new(lab.postfix(0), "none").toml().replace("Post <", &format!("{site} <"));
    let (url, ca) = (format!("https://localhost:{port}"), node.dir.join("tls/self-signed.crt").display().to_string());
    let file = node.dir.join("token").display().to_string();
    std::fs::write(&file, new_token(&node, "administer") + "\n").unwrap();
    let held = format!("@{file}");
    let elsewhere = Node::at(tempfile::tempdir().unwrap().path());
    let far = |args: &[&str], input: &str| {
        let mut all = vec!["--url", &url, "--token", &held, "--ca", &ca];
        all.extend(args);
        elsewhere.cli_with(&all, input)
    };
    let unset = far(&["status"], "");
    assert_eq!(unset.code, 5, "{}{}", unset.out, unset.err);
    let imported = far(&["settings", "import", "-"], &toml);
    assert_eq!(imported.code, 0, "{}{}", imported.out, imported.err);
    let tested = far(&["test"], "");
    assert!(tested.code == 0 && tested.out.contains("EHLO"), "stages come live: {}{}", tested.out, tested.err);
    let sent = far(&["--json", "send", "--to", "bob@lab.test", "--subject", &site, "--wait"], "");
    assert_eq!(sent.code, 0, "{}{}", sent.out, sent.err);
    arrives(&lab, &site);
    for (args, code) in [(&["queue", "list"][..], 0), (&["doctor"], 0), (&["account", "list"], 0), (&["token", "list"], 0)] {
        let said = far(args, "");
        assert_eq!(said.code, code, "{args:?}: {}{}", said.out, said.err);
    }
    let none = elsewhere.cli(&["--url", &url, "status"]);
    assert!(none.code == 2 && none.err.contains("requires a token"), "{}", none.err);
    let clear = elsewhere.cli(&["--url", "http://192.0.2.1:8025", "--token", "x", "status"]);
    assert!(clear.code == 2 && clear.err.contains("Use https"), "{}", clear.err);
    let refused: Vec<String> = (0..6)
        .map(|_| {
            curl(&["--cacert", &ca, "-H", "Authorization: Bearer pwt_x", "--data", "{}", &format!("{url}/api/v1/messages")]).1
        })
        .collect();
    assert!(refused.iter().all(|answer| answer.starts_with("HTTP/2 401")), "a refusal is seen, over HTTP/2 too: {refused:?}");
    let wrong = elsewhere.cli(&["--url", &url, "--token", "pwt_wrong", "--ca", &ca, "status"]);
    assert!(wrong.code == 1 && wrong.err.contains("token"), "{}", wrong.err);
}

/// Serves metrics in the Prometheus format, to this machine and to tokens with a matching scope.
#[test]
fn metrics_need_this_machine_or_a_token() {
    let node = Node::start();
    let browser = Browser::new(&node.url());
    let page = browser.get("/metrics");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/plain; version=0.0.4; charset=utf-8")));
    assert!(page.text.contains("postwacht_health{state=\"unset\"} 1\n"), "{}", page.text);
    for line in page.text.lines().filter(|line| !line.starts_with("# ")) {
        let (name, value) = line.rsplit_once(' ').expect("a name and a value");
        assert!(name.starts_with("postwacht_") && value.parse::<f64>().is_ok(), "{line}");
    }
    let afar = ("X-Forwarded-For", "192.0.2.1");
    for path in ["/metrics", "/healthz"] {
        assert_eq!(browser.send("GET", path, &[afar], "").status, 403, "{path}");
        for (scope, status) in [("metrics", 200), ("read", 200), ("send", 403)] {
            let bearer = format!("Bearer {}", new_token(&node, scope));
            let answer = browser.send("GET", path, &[afar, ("Authorization", &bearer)], "");
            assert_eq!(answer.status, status, "{path} with {scope}");
        }
    }
}

/// Reads until the server closes the connection.
fn to_the_end(mut stream: TcpStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    let mut answer = Vec::new();
    // A reset also ends the answer.
    drop(stream.read_to_end(&mut answer));
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn slow_clients_time_out_while_others_are_served() {
    let node = Node::start();
    let host = node.url().trim_start_matches("http://").to_owned();
    let open = |text: &str| {
        let mut stream = TcpStream::connect(&host).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream
    };
    let silent: Vec<TcpStream> = (0..100).map(|_| open("")).collect();
    let head = open("GET /login HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
    let body = open(
        "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 50\r\n\r\nname=",
    );
    assert_eq!(Browser::new(&node.url()).get("/login").status, 200, "others are served");
    let large = Browser::new(&node.url()).send("POST", "/login", &[("Expect-Large", "1")], &"x".repeat((1 << 20) + 1));
    assert!(large.status == 413 && large.text.contains("The form exceeds the size limit"), "{}", large.text);
    let slow = to_the_end(body);
    assert!(slow.starts_with("HTTP/1.1 408"), "{slow}");
    assert!(!to_the_end(head).contains("200 OK"));
    silent.into_iter().for_each(|stream| assert!(!to_the_end(stream).contains("200 OK")));
    assert_eq!(Browser::new(&node.url()).get("/login").status, 200);
}

#[test]
fn unreadable_request_gets_a_problem_document() {
    let node = Node::start();
    let administrator = new_token(&node, "administer");
    for (method, path, body, status) in [
        ("GET", "/messages?cursor=x", "", 422),
        ("GET", "/audit?cursor=x", "", 400),
        ("DELETE", "/tokens/x", "", 400),
        ("GET", "/messages/%FF", "", 400),
        ("GET", "/nothing", "", 404),
        ("PATCH", "/email", "", 405),
        ("POST", "/tokens", "{", 400),
        ("POST", "/tokens", "[]", 422),
        ("POST", "/tokens", r#"{"name":"x","scopes":["root"],"expires":"1d"}"#, 422),
        ("POST", "/tokens", r#"{"name":"x","scopes":["read"],"expires":"never"}"#, 422),
        ("POST", "/tokens", r#"{"name":"x","scopes":["read"],"expires":"10y"}"#, 422),
        ("POST", "/tokens", r#"{"name":"","scopes":["read"],"expires":"1d"}"#, 422),
    ] {
        let answer = api(&node, method, path, &administrator, body);
        assert_eq!((answer.status, answer.header("content-type")), (status, Some("application/problem+json")), "{method} {path}");
        let problem: Value = serde_json::from_str(&answer.text).unwrap();
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{}", answer.text);
    }
}

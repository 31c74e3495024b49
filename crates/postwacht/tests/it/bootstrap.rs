//! Bad input gets a clear error with its line: the fault, the reason, the remedy.

use testkit::{Lab, Node};

use crate::way::Relay;

#[test]
fn bad_bootstrap_file_error_shows_line_and_caret() {
    let node = Node::start();
    let file = node.dir.join("bad.toml");
    std::fs::write(&file, "run_dir = \"/x\"\n\n[log]\nformat = \"xml\"\n").unwrap();
    let output = node.cli(&["--config", file.to_str().unwrap(), "status"]);
    assert_eq!(output.code, 2);
    assert!(output.err.contains("line 4") && output.err.contains("^^^") && output.err.contains("xml"), "{}", output.err);
}

#[test]
fn bad_settings_file_error_shows_line_and_saves_nothing() {
    let node = Node::start();
    let toml = Relay::new(4464, "none").toml().replace("port = 4464", "port = 70000");
    for verb in ["check", "import"] {
        let output = node.cli_with(&["settings", verb, "-"], &toml);
        assert_eq!(output.code, 2, "{}", output.err);
        let has = |text: &str| output.err.contains(text);
        assert!(has("port = 70000") && has("^^^^^") && has("email.relay.port:") && has("65535"), "{}", output.err);
    }
    let unknown = node.cli_with(&["settings", "import", "-"], "[email.relay]\nhots = \"x\"\n");
    assert!(unknown.code == 2 && unknown.err.contains("hots") && unknown.err.contains("line 2"), "{}", unknown.err);
    assert_eq!(node.json(&["settings", "revisions"]), serde_json::json!([]));
}

#[test]
#[ignore = "needs the lab"]
fn settings_set_by_key_refuses_secret_on_command_line() {
    let lab = Lab::get();
    let node = Node::start();
    let ca = lab.dir.join("pki/ca.pem");
    let set = node.cli_with(
        &[
            "settings",
            "set",
            "email.from=alice@lab.test",
            "email.relay.host=127.0.0.1",
            &format!("email.relay.port={}", lab.postfix(1)),
            "email.relay.encryption=starttls",
            &format!("email.relay.ca=@{}", ca.display()),
            "email.auth.type=password",
            "email.auth.username=alice@lab.test",
            "email.auth.password=@-",
            "email.contacts.admin=[\"bob@lab.test\"]",
        ],
        "alice-secret\n",
    );
    assert_eq!(set.code, 0, "{}", set.err);
    assert_eq!(node.cli(&["test"]).code, 0);
    let refused = node.cli(&["settings", "set", "email.auth.password=alice-secret"]);
    assert!(refused.code == 2 && !refused.err.contains("alice-secret"), "{}", refused.err);
    let shown = node.cli(&["settings", "show"]);
    assert!(!shown.out.contains("alice-secret") && shown.out.contains("set = true"), "{}", shown.out);
    // The output of `settings show` can be imported: the password stays.
    assert_eq!(node.cli_with(&["settings", "import", "-"], &shown.out).code, 0);
    assert_eq!(node.cli(&["test"]).code, 0);
    // The password is not kept for another host.
    let moved = node.cli(&["settings", "set", "email.relay.host=localhost"]);
    assert!(moved.code == 2 && moved.err.contains("email.auth.password"), "{}", moved.err);
    assert_eq!(node.cli(&["settings", "restore", "1"]).code, 0);
    assert_eq!(node.json(&["settings", "get", "email.relay.host"]), "127.0.0.1");
}

#[test]
fn closed_pipe_ends_command_quietly() {
    let node = Node::start();
    let script = format!(
        "{} --data-dir {} settings --help | true; {} --data-dir {} --json status | true",
        testkit::program().display(),
        node.dir.display(),
        testkit::program().display(),
        node.dir.display()
    );
    let output = std::process::Command::new("bash").args(["-o", "pipefail", "-c", &script]).output().unwrap();
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{output:?}");
}

#[test]
fn files_in_open_data_directory_are_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut node = Node::at(place.path());
    node.run();
    node.settings(&Relay::new(1, "none").toml());
    node.send(&["bob@lab.test"], "private");
    for name in ["postwacht.db", "postwacht.db-wal", "key"] {
        let mode = std::fs::metadata(place.path().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
    node.stop();
}

#[test]
fn mistyped_key_differs_from_unset_key() {
    let node = Node::start();
    assert_eq!(node.cli(&["settings", "get", "email.relay.port"]).code, 3);
    for args in [["settings", "get", "email.relay.prot"], ["settings", "set", "email.relay.prot=1"]] {
        let output = node.cli(&args);
        assert!(output.code == 2 && output.err.contains("prot"), "{}", output.err);
    }
    let json = node.cli(&["--json", "settings", "get", "bogus.key"]);
    assert!(serde_json::from_str::<serde_json::Value>(&json.err).is_ok_and(|error| error["exit"] == 2), "{}", json.err);
}

#[test]
fn stale_etag_is_refused() {
    let node = Node::start();
    let put = |tag: &str| {
        let body = r#"{"email":{"from":"a@x","relay":{"host":"mx"},"contacts":{"admin":["a@x"]}}}"#;
        let mut curl = std::process::Command::new("curl");
        curl.args([
            "-s",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            "-X",
            "PUT",
            "-H",
            "content-type: application/json",
            "-d",
            body,
        ]);
        if !tag.is_empty() {
            curl.args(["-H", &format!("if-match: {tag}")]);
        }
        let output =
            curl.arg("--unix-socket").arg(node.dir.join("control.sock")).arg("http://localhost/api/v1/email").output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!(["", "\"r0\"", "\"r0\"", "\"r1\""].map(put), ["428", "200", "412", "200"]);
    // Revision 1 is saved, and saving the same again makes no other. A restore needs no If-Match, but honours one.
    let restore = |header: &str| node.api_with("POST", "/email/restore", &serde_json::json!({ "revision": 1 }), header).0;
    let headers = ["if-match: \"r7\"", "if-match: \"x\"", "if-match: r", "if-match: \"r1\"", "if-match: *", "x-other: 1"];
    assert_eq!(headers.map(restore), [412, 412, 412, 200, 200, 200]);
}

#[test]
fn watchdog_is_fed_by_healthy_node() {
    let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
    let mut node = Node::at(place.path());
    node.variable("WATCHDOG_USEC", "200000");
    node.run();
    testkit::eventually("a sign of life", crate::way::PATIENCE, || node.told().filter(|told| told == "WATCHDOG=1"));
    node.stop();
}

#[test]
fn backup_of_running_node_restores_with_waiting_mail_held() {
    let node = Node::start();
    node.settings(&Relay::new(1, "none").toml());
    let id = node.send(&["bob@lab.test"], "waiting");
    let file = node.dir.join("copy");
    assert_eq!(node.cli(&["backup", file.to_str().unwrap()]).code, 0);
    assert_eq!(node.cli(&["backup", file.to_str().unwrap()]).code, 2, "nothing is overwritten");
    let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
    std::fs::copy(node.dir.join("key"), place.path().join("key")).unwrap();
    let mut restored = Node::at(place.path());
    let output = restored.cli(&["restore", file.to_str().unwrap()]);
    assert!(output.code == 0 && output.out.contains("One message was waiting"), "{}{}", output.out, output.err);
    restored.run();
    assert_eq!(restored.message(&id)["state"], "held");
    restored.stop();
}

#[test]
fn openapi_document_names_main_routes() {
    let node = Node::start();
    let mut curl = std::process::Command::new("curl");
    let output = curl
        .args(["-s", "--unix-socket"])
        .arg(node.dir.join("control.sock"))
        .arg("http://localhost/api/v1/openapi.json")
        .output()
        .unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(document["info"]["title"], "Postwacht");
    let paths: Vec<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
    for path in [
        "/email",
        "/email/test",
        "/messages",
        "/messages/{id}",
        "/messages/{id}/{verb}",
        "/queue",
        "/status",
        "/doctor",
        "/audit",
        "/backup",
    ] {
        assert!(paths.iter().any(|p| p == path), "{path}: {paths:?}");
    }
}

//! Searches for planted secrets in every output that might leak them.

use testkit::{Lab, Node, eventually};

use crate::way::{PATIENCE, Relay, token};

const PASSWORD: &str = "Pl4nted-s3cret-word";

/// Checks logs at trace level, transcripts, exports, errors and the files on disk.
#[test]
#[ignore = "needs the lab"]
fn secret_is_absent_from_logs_outputs_and_disk() {
    let lab = Lab::get();
    let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
    let mut node = Node::at(place.path());
    node.variable("POSTWACHT_LOG", "trace");
    node.run();
    let user = Some(("alice@lab.test", PASSWORD));
    node.settings(&Relay { user, ca: Some(lab.pem("ca.pem")), ..Relay::new(lab.postfix(1), "starttls") }.toml());
    let id = node.send(&["bob@lab.test"], &token("planted"));
    eventually("the relay is held", PATIENCE, || (node.cli(&["status"]).code == 3).then_some(()));
    let said = [
        vec!["test", "--transcript"],
        vec!["--json", "test"],
        vec!["doctor"],
        vec!["--json", "doctor"],
        vec!["settings", "show"],
        vec!["settings", "export"],
        vec!["--json", "settings", "revisions"],
        vec!["queue", "show", &id],
        vec!["--json", "status"],
        vec!["settings", "set", "email.auth.password=Pl4nted-s3cret-word"],
        vec!["settings", "set", "email.relay.host=other"],
    ];
    let blob = "AGFsaWNlQGxhYi50ZXN0AFBsNG50ZWQtczNjcmV0LXdvcmQ="; // PLAIN
    let clean = |what: &str, text: &str| {
        for secret in [PASSWORD, blob, "UGw0bnRlZC1zM2NyZXQtd29yZA"] {
            assert!(!text.contains(secret), "{what} shows {secret}:\n{text}");
        }
    };
    for args in said {
        let output = node.cli(&args);
        clean(&args.join(" "), &format!("{}{}", output.out, output.err));
    }
    let wrong =
        node.cli_with(&["settings", "check", "-"], &format!("[email.auth]\npassword = \"{PASSWORD}\"\ntype = \"password\"\n"));
    clean("an error about settings", &wrong.err);
    // An error at the line of a secret shows the line without the secret.
    for broken in [
        format!("[email.auth]\ntype = \"password\"\nusername = \"u\"\npassword = \"{PASSWORD}\\u0000\"\n"),
        format!("[email.auth]\npassword = {PASSWORD}\n"),
        format!("email.auth.password = \"{PASSWORD}\n"),
    ] {
        let output = node.cli_with(&["settings", "check", "-"], &broken);
        assert_eq!(output.code, 2, "{}", output.err);
        clean("an error at the line of a secret", &output.err);
    }
    node.stop();
    clean("the log", &node.log());
    for file in ["postwacht.db", "postwacht.db-wal"] {
        let bytes = std::fs::read(node.dir.join(file)).unwrap_or_default();
        clean(file, &String::from_utf8_lossy(&bytes));
    }
    // Only the owner can export the secret: deliberately, from a stopped node, into a file that only he can read.
    let file = node.dir.join("with-secrets.toml");
    let exported = node.cli(&["settings", "export", "--with-secrets", file.to_str().unwrap()]);
    assert_eq!(exported.code, 0, "{}", exported.err);
    assert!(std::fs::read_to_string(&file).unwrap().contains(PASSWORD));
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn submit_socket_accepts_only_mail() {
    let node = Node::start();
    let ask = |path: &str, extra: &[&str]| {
        let mut curl = std::process::Command::new("curl");
        curl.args(["-s", "-o", "/dev/null", "-w", "%{http_code}"]).args(extra);
        let output =
            curl.arg("--unix-socket").arg(node.dir.join("submit.sock")).arg(format!("http://localhost{path}")).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    for path in ["/api/v1/email", "/api/v1/status", "/api/v1/audit", "/api/v1/messages/x", "/api/v1/openapi.json", "/"] {
        assert!(matches!(ask(path, &[]).as_str(), "404" | "405"), "{path}");
    }
    node.settings(&Relay::new(1, "none").toml());
    let json = ["-H", "content-type: application/json"];
    let post = |body: &str| ask("/api/v1/messages", &[json[0], json[1], "-d", body]);
    assert_eq!(post(r#"{"to":"b@x","subject":"s"}"#), "201");
    assert_eq!(post(r#"{"to":"b@x","subject":"s","from":"evil@x"}"#), "422");
    assert_eq!(post(r#"{"to":"b@x","subject":"s","priority":"critical"}"#), "422");
    for bad in [
        r#"{"to":"b@x","subject":"s\r\nBcc: e@x"}"#,
        r#"{"to":"b@x\r\nRCPT TO:<e@x>","subject":"s"}"#,
        r#"{"to":[],"subject":"s"}"#,
        r#"{"to":"b@x","subject":"s","headers":{"X-A":"1\nBcc: e@x"}}"#,
        r#"{"to":"b@x","subject":"s","nonsense":1}"#,
        "rubbish",
        "[]",
    ] {
        assert_eq!(post(bad), "422", "{bad}");
    }
    // A ready-made message may not name another sender either.
    let raw = |body: &str| ask("/api/v1/messages?to=b@x", &["-H", "content-type: message/rfc822", "--data-binary", body]);
    assert_eq!(raw("From: A <alice@lab.test>\nSubject: s\n\nHi\n"), "201");
    for evil in [
        "From: evil@x\nSubject: s\n\n",
        "From: alice@lab.test\nFrom: evil@x\n\n",
        "From: alice@lab.test, evil@x\n\n",
        "Subject: s\n\n",
    ] {
        assert_eq!(raw(evil), "422", "{evil:?}");
    }
    let modes = ["control.sock", "submit.sock"].map(|name| {
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(node.dir.join(name)).unwrap().permissions()) & 0o777
    });
    assert!(matches!(modes[0], 0o600 | 0o660) && modes[1] == 0o666, "{modes:?}");
}

//! The node answers to every name that it prints.

use std::process::Command;

use testkit::Node;

/// Runs a command with another host name and another `/etc/hosts`. Needs root, as `./test` has.
const ELSEWHERE: &str = r#"mount --bind "$1" /etc/hosts && printf %s "$2" >/proc/sys/kernel/hostname && shift 2 && exec "$@""#;

/// A node with this host name and a matching hosts file, which listens at `http`. The directory holds the hosts file.
fn node_of(host: &str, http: &str) -> (Node, tempfile::TempDir) {
    let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
    let hosts = place.path().join("hosts");
    let short = host.split('.').next().unwrap_or(host);
    let named = host.trim_end_matches('.');
    std::fs::write(&hosts, format!("127.0.0.1 localhost\n127.0.0.1 {short}.lan.example {named} {short}\n")).unwrap();
    let mut node = Node::at(place.path());
    node.under(&["unshare", "--uts", "--mount", "sh", "-c", ELSEWHERE, "sh", hosts.to_str().unwrap(), host]);
    node.variable("POSTWACHT_HTTP", http);
    node.run();
    (node, place)
}

/// Requests the sign-in page under this name, which resolves to 127.0.0.1. Returns the HTTP status.
fn status(node: &Node, name: &str) -> String {
    let port = node.url().rsplit(':').next().unwrap().to_owned();
    let (page, to) = (format!("https://{name}:{port}/login"), format!("{name}:{port}:127.0.0.1"));
    let mut curl = Command::new("curl");
    curl.args(["-s", "-k", "--noproxy", "*", "-o", "/dev/null", "-w", "%{http_code}", "--resolve", &to, &page]);
    String::from_utf8_lossy(&curl.output().unwrap().stdout).into_owned()
}

#[test]
fn printed_name_works_for_browsers_and_commands() {
    for (host, printed) in [
        ("post-9", "post-9"),
        ("POST-9", "post-9"),
        ("post-9.example.net", "post-9.example.net"),
        ("post-9.example.net.", "post-9.example.net"),
    ] {
        let (mut node, place) = node_of(host, "0.0.0.0:0");
        let link = node.first_link();
        assert!(link.starts_with(&format!("https://{printed}:")), "{host}: {link}");
        for name in [printed, "post-9", "POST-9", "post-9.lan.example", "post-9.", "localhost", "127.0.0.1"] {
            assert_eq!(status(&node, name), "200", "{host} as {name}");
        }
        for name in ["evil.example", "post-9.evil.example", "post-10", "lan.example"] {
            assert_eq!(status(&node, name), "421", "{host} as {name}");
        }
        let token = node.json(&["token", "create", "--scope", "read", "--expires", "1d"]);
        let ca = place.path().join("tls/self-signed.crt");
        let args = ["--url", &node.url(), "--token", token["token"].as_str().unwrap(), "--ca", ca.to_str().unwrap(), "status"];
        let status = node.cli(&args);
        assert!(!matches!(status.code, 1 | 2 | 4), "{host}: {}{}", status.out, status.err);
        let made = node.json(&["account", "create", "ann", "--role", "viewer"]).to_string();
        assert!(made.contains(&format!("https://{printed}:")), "{made}");
        node.stop();
    }
}

#[test]
fn host_name_invalid_in_urls_is_not_printed() {
    for host in ["1234", "post_9 x", "(none)"] {
        let (mut node, _place) = node_of(host, "0.0.0.0:0");
        assert!(node.first_link().starts_with("https://localhost:"), "{host}: {}", node.first_link());
        assert_eq!(status(&node, "localhost"), "200", "{host}");
        node.stop();
    }
}

#[test]
fn loopback_node_answers_to_no_machine_name() {
    let (mut node, _place) = node_of("post-9", "127.0.0.1:0");
    assert!(node.url().starts_with("http://127.0.0.1:"), "{}", node.url());
    let port = node.url().rsplit(':').next().unwrap().to_owned();
    let mut curl = Command::new("curl");
    curl.args(["-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", &format!("Host: post-9:{port}"), &node.url()]);
    assert_eq!(String::from_utf8_lossy(&curl.output().unwrap().stdout), "421");
    node.stop();
}

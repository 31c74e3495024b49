//! TLS with old or broken peers: `openssl s_server`.

use std::process::{Child, Command, Stdio};

use testkit::{Lab, Node, eventually};

use crate::way::{PATIENCE, Relay};

struct TlsPeer {
    child: Child,
    port: u16,
    _dir: tempfile::TempDir,
}

impl Drop for TlsPeer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Starts an `openssl s_server` with this certificate. It completes handshakes and then sends nothing.
fn peer(lab: &Lab, certificate: &str, args: &[&str]) -> TlsPeer {
    let dir = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let pki = lab.dir.join("pki");
    let mut command = Command::new("openssl");
    command
        .args(["s_server", "-quiet", "-accept", &format!("127.0.0.1:{port}"), "-cert"])
        .arg(pki.join(format!("{certificate}.pem")));
    command.arg("-key").arg(pki.join(format!("{certificate}.key"))).args(args);
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("s_server listens", PATIENCE, || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
    TlsPeer { child, port, _dir: dir }
}

fn fault(lab: &Lab, peer: &TlsPeer, extra: &str) -> String {
    let node = Node::start();
    let ca = (!extra.contains("pins")).then(|| lab.pem("ca.pem"));
    node.settings(&Relay { ca, extra, ..Relay::new(peer.port, "tls") }.toml());
    let test = node.cli(&["--json", "test"]);
    assert_eq!(test.code, 3, "{}{}", test.out, test.err);
    let report = &test.json()["report"];
    assert!(report["cause"].is_string() && report["remedy"].is_string(), "{report}");
    report["fault"].as_str().unwrap().to_owned()
}

#[test]
#[ignore = "needs the lab"]
fn old_tls_version_and_missing_cipher_are_named() {
    let lab = Lab::get();
    let old = peer(&lab, "rsa", &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]);
    assert_eq!(fault(&lab, &old, ""), "the relay supports no TLS version from 1.2 on");
    let odd = peer(&lab, "rsa", &["-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"]);
    assert_eq!(fault(&lab, &odd, ""), "no common cipher");
}

#[test]
#[ignore = "needs the lab"]
fn certificate_without_san_is_named_and_can_be_pinned() {
    let lab = Lab::get();
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let script = format!(
        "openssl req -newkey rsa:2048 -nodes -keyout {key} -out {csr} -subj /CN=127.0.0.1 2>/dev/null && \
         printf 'basicConstraints=CA:FALSE' > {ext} && \
         openssl x509 -req -in {csr} -CA {pki}/ca.pem -CAkey {pki}/ca.key -CAcreateserial -CAserial {srl} -days 30 -extfile {ext} -out {pem} 2>/dev/null && \
         openssl x509 -in {pem} -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -r",
        key = path("nosan.key"),
        csr = path("csr"),
        ext = path("ext"),
        srl = path("srl"),
        pem = path("nosan.pem"),
        pki = lab.dir.join("pki").display()
    );
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    let pin = String::from_utf8_lossy(&output.stdout).split_whitespace().next().expect("openssl makes it").to_owned();
    let pem = path("nosan");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = Command::new("openssl");
    command.args([
        "s_server",
        "-quiet",
        "-accept",
        &format!("127.0.0.1:{port}"),
        "-cert",
        &format!("{pem}.pem"),
        "-key",
        &format!("{pem}.key"),
    ]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("s_server listens", PATIENCE, || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
    let peer = TlsPeer { child, port, _dir: dir };
    assert_eq!(fault(&lab, &peer, ""), "the certificate has no host name in its subjectAltName");
    // With the pin the handshake succeeds. The fault is then that this peer sends nothing.
    let pinned = fault(&lab, &peer, &format!("pins = [\"{pin}\"]\n"));
    assert!(pinned.contains("no answer") || pinned.contains("lost"), "{pinned}");
}

#[test]
#[ignore = "needs the lab"]
fn client_certificate_is_sent_and_its_lack_is_named() {
    let lab = Lab::get();
    let authority = lab.dir.join("pki/ca.pem").display().to_string();
    for version in ["-tls1_2", "-tls1_3"] {
        let strict = peer(&lab, "good", &[version, "-Verify", "1", "-verify_return_error", "-CAfile", &authority]);
        assert_eq!(
            fault(&lab, &strict, ""),
            "the relay requires a client certificate, or refuses the one of this node",
            "{version}"
        );
        let ours =
            format!("client_certificate = '''\n{}'''\nclient_key = '''\n{}'''\n", lab.pem("client.pem"), lab.pem("client.key"));
        // The handshake succeeds. The fault is then that this peer sends nothing.
        let silent = fault(&lab, &strict, &ours);
        assert!(silent.contains("no answer") || silent.contains("lost"), "{version}: {silent}");
    }
}

#[test]
#[ignore = "needs the lab"]
fn mismatched_client_key_is_refused_by_settings_check() {
    let lab = Lab::get();
    let node = Node::start();
    let extra = format!("client_certificate = '''\n{}'''\nclient_key = '''\n{}'''\n", lab.pem("client.pem"), lab.pem("good.key"));
    let toml = Relay { extra: &extra, ..Relay::new(1, "tls") }.toml();
    let output = node.cli_with(&["settings", "check", "-"], &toml);
    assert!(output.code == 2 && output.err.contains("email.relay.client_key"), "{}", output.err);
    assert!(!output.err.contains("BEGIN EC PRIVATE KEY"), "no key in an error: {}", output.err);
}

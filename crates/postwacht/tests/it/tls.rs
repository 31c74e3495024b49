//! TLS with old or broken peers: `openssl s_server`.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use testkit::{Lab, Node, eventually};

use crate::way::{PATIENCE, Relay};

struct TlsPeer {
    child: Child,
    port: u16,
}

impl Drop for TlsPeer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Starts an `openssl s_server` with a certificate of the lab. It completes handshakes and then sends nothing.
fn peer(lab: &Lab, certificate: &str, args: &[&str]) -> TlsPeer {
    peer_with(&lab.dir.join("pki"), certificate, args)
}

/// Starts an `openssl s_server` with the certificate and the key of this name in `folder`.
fn peer_with(folder: &Path, certificate: &str, args: &[&str]) -> TlsPeer {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = Command::new("openssl");
    command.args(["s_server", "-quiet", "-accept", &format!("127.0.0.1:{port}"), "-cert"]);
    command.arg(folder.join(format!("{certificate}.pem"))).arg("-key").arg(folder.join(format!("{certificate}.key"))).args(args);
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("s_server listens", PATIENCE, || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
    TlsPeer { child, port }
}

fn fault(lab: &Lab, peer: &TlsPeer, extra: &str) -> String {
    let ca = (!extra.contains("pins")).then(|| lab.pem("ca.pem"));
    fault_with(&Relay { ca, extra, ..Relay::new(peer.port, "tls") })
}

/// The fault that a test with this relay finds. It has a cause and a remedy for people.
fn fault_with(relay: &Relay<'_>) -> String {
    let node = Node::start();
    node.settings(&relay.toml());
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

/// Certificates as devices and administrators make them, each with the fault that it has for a relay at 127.0.0.1. The script
/// makes `NAME.pem` and `NAME.key`; the row says what is trusted besides the system.
#[rustfmt::skip]
const CERTIFICATES: &[(&str, &str, &str, &str)] = &[
    ("plain", "sign plain 'subjectAltName=IP:127.0.0.1'", "root", ""),
    // RFC 5280 §4.2: an unknown critical extension.
    ("critical", "sign critical 'subjectAltName=IP:127.0.0.1\n1.2.3.4=critical,ASN1:UTF8String:x'", "root", "the certificate has a critical extension that is not known"),
    // dani-garcia/vaultwarden#6558: ring verifies no ECDSA with SHA-512.
    ("sha512", "DIGEST=sha512 ROOT=ecroot sign sha512 'subjectAltName=IP:127.0.0.1'", "ecroot", "the certificate is signed with an algorithm that cannot be verified: ECDSA with SHA-512"),
    ("sha1", "DIGEST=sha1 sign sha1 'subjectAltName=IP:127.0.0.1'", "root", "the certificate is signed with an algorithm that cannot be verified: RSA with SHA-1"),
    // briansmith/webpki#257, RFC 9525 §6.5.
    ("dns", "sign dns 'subjectAltName=DNS:127.0.0.1'", "root", "the certificate has 127.0.0.1 as a DNS name, not as an IP address"),
    ("other", "sign other 'subjectAltName=IP:127.0.0.2,DNS:mail.lab.test'", "root", "the certificate is for 127.0.0.2, mail.lab.test, not for 127.0.0.1"),
    ("mail", "sign mail 'subjectAltName=email:a@lab.test'", "root", "the certificate has no host name in its subjectAltName"),
    ("nosan", "sign nosan 'basicConstraints=CA:FALSE'", "root", "the certificate has no host name in its subjectAltName"),
    ("client", "sign client 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=clientAuth'", "root", "the certificate is not made for servers"),
    ("v1", "sign_v1 v1", "root", "the certificate cannot be used: its version is 1, and only version 3 holds host names"),
    ("limited", "ROOT=ncroot sign limited 'subjectAltName=IP:127.0.0.1'", "ncroot", "the certificate cannot be used: its authority may not issue certificates for this name"),
    ("unknown", "ROOT=ecroot sign unknown 'subjectAltName=IP:127.0.0.1'", "root", "the certificate was issued by an authority that is not trusted"),
    // Self-signed certificates, given as an authority. `openssl req -x509` marks them as one.
    ("own", "self own 'subjectAltName=IP:127.0.0.1\nbasicConstraints=critical,CA:TRUE'", "own", ""),
    ("ownleaf", "self ownleaf 'subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE'", "ownleaf", ""),
    ("ownplain", "self ownplain 'subjectAltName=IP:127.0.0.1'", "ownplain", ""),
    ("ownother", "self ownother 'subjectAltName=DNS:mail.lab.test\nbasicConstraints=critical,CA:TRUE'", "ownother", "the certificate is for mail.lab.test, not for 127.0.0.1"),
    ("owndns", "self owndns 'subjectAltName=DNS:127.0.0.1\nbasicConstraints=critical,CA:TRUE'", "owndns", "the certificate has 127.0.0.1 as a DNS name, not as an IP address"),
    ("ownold", "DAYS='-startdate 20200101000000Z -enddate 20210101000000Z' self ownold 'subjectAltName=IP:127.0.0.1\nbasicConstraints=critical,CA:TRUE'", "ownold", "the certificate expired on 2021-01-01T00:00:00Z"),
    ("stranger", "self stranger 'subjectAltName=IP:127.0.0.1\nbasicConstraints=critical,CA:TRUE'", "root", "the certificate is self-signed"),
];

/// Makes the certificates of the table in `folder`.
fn certificates(folder: &Path) {
    let functions = r#"set -e
        key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key 2>/dev/null; }
        authority() { openssl req -x509 -new -key $1.key -sha256 -days 30 -subj /CN=$1 -out $1.pem -addext basicConstraints=critical,CA:TRUE $EXTRA 2>/dev/null; }
        sign() {
            key $1; printf "$2
" > $1.ext
            openssl req -new -key $1.key -subj /CN=$1 -out $1.csr 2>/dev/null
            openssl x509 -req -in $1.csr -CA ${ROOT:-root}.pem -CAkey ${ROOT:-root}.key -CAcreateserial -CAserial $1.srl                 -${DIGEST:-sha256} -days 30 -extfile $1.ext -out $1.pem 2>/dev/null
        }
        sign_v1() {
            key $1
            openssl req -new -key $1.key -subj /CN=127.0.0.1 -out $1.csr 2>/dev/null
            openssl x509 -req -in $1.csr -CA root.pem -CAkey root.key -CAcreateserial -CAserial $1.srl -sha256 -days 30 -out $1.pem 2>/dev/null
        }
        self() {
            key $1; printf "[v3]
$2
[req]
distinguished_name=dn
[dn]
" > $1.cnf
            openssl req -new -key $1.key -subj /CN=$1 -out $1.csr 2>/dev/null
            touch $1.db; mkdir -p $1.d
            printf "[ca]
default_ca=c
[c]
database=$1.db
new_certs_dir=$1.d
rand_serial=yes
default_md=sha256
policy=p
[p]
commonName=supplied
[v3]
$2
" > $1.ca
            openssl ca -batch -selfsign -config $1.ca -keyfile $1.key -in $1.csr -out $1.pem -notext -extensions v3 ${DAYS:--days 30} 2>/dev/null
        }
        openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out root.key 2>/dev/null; authority root
        key ecroot; authority ecroot
        key ncroot; EXTRA='-addext nameConstraints=critical,permitted;IP:10.0.0.0/255.0.0.0' authority ncroot
    "#;
    let rows: Vec<&str> = CERTIFICATES.iter().map(|(_, script, ..)| *script).collect();
    let script = format!("cd {}\n{functions}\n{}", folder.display(), rows.join("\n"));
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The pin of a certificate, as docs/settings.md shows to find it.
fn pin(folder: &Path, name: &str) -> String {
    let script =
        format!("openssl x509 -in {name}.pem -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -r");
    let output = Command::new("sh").current_dir(folder).args(["-c", &script]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).split_whitespace().next().expect("openssl makes it").to_owned()
}

/// True if the handshake succeeded: the fault is then that this peer sends nothing.
fn is_silence(fault: &str) -> bool {
    fault.contains("no answer") || fault.contains("the connection was lost: the relay closed")
}

#[test]
#[ignore = "needs the lab"]
fn each_certificate_has_its_fault_and_can_be_pinned() {
    let lab = Lab::get();
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    certificates(folder);
    let wrong = std::thread::scope(|scope| {
        let lab = &lab;
        let check = |row: &'static (&str, &str, &str, &str)| {
            let (name, _, trusted, expected) = *row;
            let mut wrong = Vec::new();
            let pem = std::fs::read_to_string(folder.join(format!("{trusted}.pem"))).unwrap();
            for version in ["-tls1_2", "-tls1_3"] {
                // OpenSSL itself would refuse to show a certificate with SHA-1.
                let peer = peer_with(folder, name, &[version, "-cipher", "DEFAULT@SECLEVEL=0"]);
                let found = fault_with(&Relay { ca: Some(pem.clone()), ..Relay::new(peer.port, "tls") });
                if if expected.is_empty() { !is_silence(&found) } else { found != expected } {
                    wrong.push(format!("{name} {version}: {found}"));
                }
                // With the pin of its key every certificate is right: chain, name, dates and form do not count.
                let pinned = fault(lab, &peer, &format!("pins = [\"{}\"]\n", pin(folder, name)));
                if !is_silence(&pinned) {
                    wrong.push(format!("{name} {version} pinned: {pinned}"));
                }
                let other = fault(lab, &peer, &format!("pins = [\"{}\"]\n", "ab".repeat(32)));
                let shown = format!("the relay shows another key than the pinned one: {}", pin(folder, name));
                if other != shown {
                    wrong.push(format!("{name} {version} with another pin: {other}"));
                }
            }
            wrong
        };
        let rows: Vec<_> = CERTIFICATES.iter().map(|row| scope.spawn(move || check(row))).collect();
        rows.into_iter().flat_map(|row| row.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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

//! Strangers at the port of a pair, and what its logs show.

use std::time::Duration;

use serde_json::json;
use testkit::{IdleConnections, Lab, NetworkBench, Node, Oidc, TcpProxy, eventually, holds_for};

use crate::grant::{Setting, authorize, grant};
use crate::pair::{OperatedNode, PATIENCE, paired, paired_with, relay};

const PORT: u16 = 8874;

/// A third host holds a thousand connections to each node, and opens each anew that is closed. The pair goes on, and the logs stay short.
#[test]
#[ignore = "needs the lab"]
fn idle_strangers_harm_no_pair() {
    let lab = Lab::get();
    let Some(bench) = NetworkBench::new(&["a", "b", "gw"]) else { return };
    let [a, b] = [("a", 1), ("b", 2)].map(|place| OperatedNode::start_with(&bench, &lab, place, None));
    a.node().settings(&relay(&lab).toml());
    paired(&a, &b);
    b.becomes("backup");
    b.is_ready();
    a.is_ready();
    let strangers = [&a, &b].map(|node| IdleConnections::from_host(&bench, "gw", &format!("{}:{PORT}", node.host.ip), 1000));
    let is_well = |node: &OperatedNode, duty: &str| {
        let status = node.status();
        status["duty"] == duty && status["peer"]["answers"] == true
    };
    let calls = || a.node().log().matches("at the port of the pair").count();
    eventually("the strangers are turned away", PATIENCE, || (calls() > 20).then_some(()));
    // Longer than the primary timeout of 12 s: a pair that was cut off would show it.
    holds_for("the pair goes on", Duration::from_secs(15), || is_well(&a, "primary") && is_well(&b, "backup"));
    assert!(calls() < 200, "{} lines", calls());
    drop(strangers);
    b.is_ready();
}

/// Logs at trace level, from the pairing to the renewal of a permission, show no key, no password, no code and no token.
#[test]
#[ignore = "needs the lab"]
fn logs_of_a_pair_show_no_secret() {
    let lab = Lab::get();
    let Some(bench) = NetworkBench::new(&["a", "b", "gw"]) else { return };
    let oidc = Oidc::start(&lab);
    // Entra ID and Google keep an earlier refresh token valid (decision 27).
    oidc.knobs(&json!({ "accessTtl": 10, "rotate": false }));
    let provider: u16 = oidc.issuer.rsplit_once(':').unwrap().1.parse().unwrap();
    let ways = ["a", "b"].map(|host| [lab.postfix(11), provider].map(|port| TcpProxy::on_host(&bench, host, port)));
    let start = |place| {
        let mut node = OperatedNode::start_with(&bench, &lab, place, None);
        node.host.node.kill();
        node.host.node.variable("POSTWACHT_LOG", "trace");
        node.host.node.run();
        node
    };
    let (a, b) = (start(("a", 1)), start(("b", 2)));
    let setting = Setting::new(&oidc, lab.postfix(11), &json!({}));
    a.node().settings(&setting.toml(&lab, &oidc));
    authorize(a.node(), &oidc, "alice@lab.test");
    let code = paired_with(&a, &b);
    b.becomes("backup");
    b.has_settings();
    eventually("the permission has followed", PATIENCE, || (grant(b.node())["well"] == true).then_some(()));
    b.is_ready();
    a.done(&["rotate-keys"]);
    let renewals = || oidc.asked().iter().filter(|asked| asked["grant"] == "refresh_token" && asked["status"] == 200).count();
    let before = renewals();
    eventually("both renew", PATIENCE, || (renewals() >= before + 2).then_some(()));

    let mut secrets = oidc.tokens_of(&setting.client);
    secrets.extend([setting.secret.clone().unwrap(), code.replace('-', ""), code]);
    for node in [a.node(), b.node()] {
        secrets.extend(key_lines(node));
    }
    assert!(secrets.len() >= 6 && secrets.iter().all(|secret| secret.len() > 10), "{} secrets", secrets.len());
    for node in [a.node(), b.node()] {
        let log = node.log();
        let (lines, traces) = (log.lines().count(), log.matches("TRACE").count());
        assert!(lines > 10 && traces > 0, "the log is at trace level: {lines} lines, {traces} traces");
        for secret in &secrets {
            assert!(!log.contains(secret.as_str()), "the log shows {secret}");
        }
        // Keys, access tokens (JWT), and the first answers of XOAUTH2 and PLAIN in base64.
        for start in ["PRIVATE KEY", "eyJhbGci", "dXNlcj1", "AGFsaWNlQ"] {
            assert!(!log.contains(start), "the log shows {start}");
        }
    }
    drop(ways);
}

/// The lines of the key file of a node.
fn key_lines(node: &Node) -> Vec<String> {
    let text = std::fs::read_to_string(node.data_dir().join("key")).expect("a node has a key file");
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

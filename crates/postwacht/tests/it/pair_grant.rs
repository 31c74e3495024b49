//! A backup sends its own notices with the OAuth2 permission that was given on the primary.

use serde_json::json;
use testkit::{Lab, NetworkBench, Oidc, TcpProxy, eventually};

use crate::grant::{Setting, authorize, grant};
use crate::pair::{OperatedNode, PATIENCE, mail, paired};
use crate::way::token;

/// The primary is dead, and its last token has expired: the backup renews the permission itself, and mails that.
#[test]
#[ignore = "needs the lab"]
fn backup_mails_with_the_permission_of_the_dead_primary() {
    let lab = Lab::get();
    let Some(bench) = NetworkBench::new(&["a", "b", "gw"]) else { return };
    let oidc = Oidc::start(&lab);
    // Entra ID and Google keep an earlier refresh token valid (decision 27).
    oidc.knobs(&json!({ "accessTtl": 10, "rotate": false }));
    let provider: u16 = oidc.issuer.rsplit_once(':').unwrap().1.parse().unwrap();
    let ways = ["a", "b"].map(|host| [lab.postfix(11), provider].map(|port| TcpProxy::on_host(&bench, host, port)));
    let start = |host, n| OperatedNode::start_with(&bench, &lab, (host, n), None);
    let (mut a, b) = (start("a", 1), start("b", 2));
    let site = token("grant");
    let setting = Setting::new(&oidc, lab.postfix(11), &json!({}));
    a.node().settings(&format!("{}[site]\nname = \"{site}\"\n", setting.toml(&lab, &oidc)));
    authorize(a.node(), &oidc, "alice@lab.test");
    paired(&a, &b);
    b.done(&["settings", "set", "automatic=false"]);
    b.becomes("backup");
    b.has_settings();
    eventually("the permission has followed", PATIENCE, || (grant(b.node())["well"] == true).then_some(()));
    eventually("they answer each other", PATIENCE, || (b.status()["peer"]["answers"] == true).then_some(()));

    a.host.node.kill();
    let renewals = || oidc.asked().iter().filter(|asked| asked["grant"] == "refresh_token" && asked["status"] == 200).count();
    let before = renewals();
    eventually("the backup renews the permission", PATIENCE, || (renewals() > before).then_some(()));
    let told = eventually("the mail of FO-09", PATIENCE, || mail(&lab, "FO-09", (&site, "node-b")));
    assert!(told.contains("Authenticated sender: alice@lab.test") && told.contains("To: <bob@lab.test>"), "{told}");
    drop(ways);
}

//! Signing in with OAuth2, end to end: the lab's OIDC server, Postfix and Dovecot.

use serde_json::json;
use testkit::{Lab, Node, Oidc};

use crate::grant::{Setting, authorize, grant};
use crate::way::{arrives, token};

#[test]
fn a_person_signs_in_and_mail_goes_out_by_xoauth2_and_oauthbearer_with_jwt_and_opaque_tokens() {
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

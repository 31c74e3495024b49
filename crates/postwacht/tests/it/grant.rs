//! Helpers for a node that signs in at its relay with OAuth2, and for its provider.

use serde_json::{Value, json};
use testkit::{Lab, Node, Oidc};

use crate::way::token;

pub(crate) const SCOPE: &str = "https://outlook.office.com/SMTP.Send offline_access";
pub(crate) const PASTED: &str = "http://localhost/login/smtp-verification";

/// OAuth2 client of a relay, as the provider and the settings know it.
pub(crate) struct Setting {
    pub(crate) port: u16,
    pub(crate) client: String,
    pub(crate) secret: Option<String>,
    pub(crate) email: &'static str,
    pub(crate) scopes: &'static str,
    /// More lines of `[email.oauth2]`.
    pub(crate) more: String,
}

impl Setting {
    /// Registers a client with a secret at the provider. `metadata` adds to its registration.
    pub(crate) fn new(oidc: &Oidc, port: u16, metadata: &Value) -> Self {
        let client = token("client");
        let secret = format!("s3cret-{}", token("of"));
        let mut about = json!({ "client_id": client, "client_secret": secret, "redirect_uris": [PASTED] });
        about.as_object_mut().unwrap().extend(metadata.as_object().into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())));
        oidc.client(&about);
        Self { port, client, secret: Some(secret), email: "alice@lab.test", scopes: SCOPE, more: String::new() }
    }

    pub(crate) fn toml(&self, lab: &Lab, oidc: &Oidc) -> String {
        let Self { port, client, email, scopes, more, .. } = self;
        let (ca, issuer) = (lab.pem("ca.pem"), &oidc.issuer);
        let secret = self.secret.as_ref().map(|secret| format!("client_secret = '{secret}'\n")).unwrap_or_default();
        format!(
            "[email]\nfrom = \"{email}\"\n[email.relay]\nhost = \"127.0.0.1\"\nport = {port}\nencryption = \"starttls\"\nca = '''\n{ca}'''\n\
             [email.auth]\ntype = \"oauth2\"\n[email.oauth2]\nprovider = \"other\"\nemail = \"{email}\"\nclient_id = \"{client}\"\n{secret}\
             scopes = \"{scopes}\"\nauthorization_endpoint = \"{issuer}/auth\"\ntoken_endpoint = \"{issuer}/token\"\n{more}\n\
             [email.contacts]\nadmin = [\"bob@lab.test\"]\n"
        )
    }
}

const OAUTH: &str = "/email/relays/main/oauth";

/// Begins a sign-in. Returns the address for the browser.
pub(crate) fn start(node: &Node) -> String {
    let (status, begun) = node.api("POST", &format!("{OAUTH}/start"), &json!({}));
    assert_eq!(status, 200, "{begun}");
    begun["url"].as_str().unwrap().to_owned()
}

pub(crate) fn finish(node: &Node, address: &str) -> (u16, Value) {
    node.api("POST", &format!("{OAUTH}/finish"), &json!({ "address": address }))
}

/// Signs in as this user and authorizes the node.
pub(crate) fn authorize(node: &Node, oidc: &Oidc, user: &str) {
    let (status, ended) = finish(node, &oidc.sign_in(&start(node), user));
    assert_eq!((status, &ended["result"]), (200, &json!("authorized")), "{ended}");
}

pub(crate) fn grant(node: &Node) -> Value {
    let (status, grant) = node.api("GET", OAUTH, &Value::Null);
    assert_eq!(status, 200, "{grant}");
    grant
}

pub(crate) fn renew(node: &Node) -> Value {
    let (status, grant) = node.api("POST", &format!("{OAUTH}/renew"), &json!({}));
    assert_eq!(status, 200, "{grant}");
    grant
}

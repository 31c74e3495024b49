//! OAuth2 Verify on the pages: in Chromium as an administrator uses it, and attacks on it.

use serde_json::json;
use testkit::{Browser, Chromium, Lab, Node, Oidc, eventually};

use crate::grant::{PASTED, Setting, grant};
use crate::heavy::browser::{ended, first_start, well};
use crate::pages::{come_in, signed_in};
use crate::way::{PATIENCE, arrives, token};

const CALLBACK: &str = "/login/smtp-verification";

/// Waits until the page has this text.
fn shows(chromium: &Chromium, text: &str) {
    eventually(&format!("“{text}”"), PATIENCE, || chromium.text().contains(text).then_some(()));
}

fn fill_form(chromium: &Chromium, lab: &Lab, oidc: &Oidc, setting: &Setting, name: &str) {
    let there = |css: &str, text: &str| chromium.fill(css, text);
    there("#email-from", &format!("{name} <alice@lab.test>"));
    there("#email-relay-host", "127.0.0.1");
    there("#port", &setting.port.to_string());
    chromium.click("input[name='trust'][value='ca']");
    chromium.run(&format!("document.getElementById('email-relay-ca').value = {}", json!(lab.pem("ca.pem"))));
    chromium.click("#auth-oauth2");
    chromium.click("#provider-other");
    there("#email-oauth2-email", setting.email);
    there("#email-oauth2-client_id", &setting.client);
    there("#email-oauth2-client_secret", setting.secret.as_ref().unwrap());
    there("#email-oauth2-scopes", setting.scopes);
    there("#email-oauth2-authorization_endpoint", &format!("{}/auth", oidc.issuer));
    there("#email-oauth2-token_endpoint", &format!("{}/token", oidc.issuer));
    there("#email-contacts-admin", "bob@lab.test");
}

/// Signs in and consents on the provider's own pages.
fn at_the_provider(chromium: &Chromium, user: &str) {
    let there =
        |css: &str| chromium.run(&format!("return document.querySelector({}) !== null", json!(css))).as_bool().unwrap_or(false);
    eventually("the provider's sign-in", PATIENCE, || there("input[name=login]").then_some(()));
    chromium.fill("input[name=login]", user);
    chromium.fill("input[name=password]", "any");
    chromium.click("button[type=submit]");
    eventually("the provider's consent", PATIENCE, || there("input[name=prompt][value=consent]").then_some(()));
    chromium.click("button[type=submit]");
}

#[test]
#[ignore = "needs the lab"]
fn callback_works_only_in_the_session_that_began_it() {
    let lab = Lab::get();
    let oidc = Oidc::start(&lab);
    let node = Node::start();
    let ann = signed_in(&node);
    let callback = format!("{}{CALLBACK}", node.url());
    let setting = Setting::new(&oidc, lab.postfix(11), &json!({ "redirect_uris": [callback, PASTED] }));
    node.settings(&setting.toml(&lab, &oidc));
    let begin = |browser: &Browser| {
        let page =
            browser.post("/login/management/email/oauth", &[("do", "verify"), ("relay", "main"), ("back", "here"), ("test", "")]);
        assert_eq!(page.status, 200, "{}", page.text);
        let (_, rest) = page.text.split_once("id=\"provider\" href=\"").expect("a link to the provider");
        rest.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&")
    };
    let refused = |browser: &Browser, path: &str, says: &str| {
        let page = browser.get(path);
        let page = if page.status == 303 {
            assert!(page.to().starts_with("/login/verification/"), "{path}: {}", page.to());
            browser.get(page.to())
        } else {
            page
        };
        assert!((400..500).contains(&page.status) && page.text.contains(says), "{path}: {} {}", page.status, page.text);
        assert_eq!(grant(&node)["state"], "absent", "{path}");
    };
    let back = |address: &str| address.split_once(&node.url()).expect("back here").1.to_owned();
    // A callback without a state, with an unknown state, and with no parameters.
    refused(&ann, &format!("{CALLBACK}?code=x"), "contains no");
    refused(&ann, CALLBACK, "contains no");
    refused(&ann, &format!("{CALLBACK}?code=x&state=made-up"), "is not known");
    // Callbacks in another operator's session and without a session do not use up the code.
    let bob = come_in(&node, "bob", "administrator");
    let vera = come_in(&node, "vera", "viewer");
    let address = back(&oidc.sign_in(&begin(&ann), "alice@lab.test"));
    refused(&bob, &address, "another session");
    refused(&Browser::new(&node.url()), &address, "signed out");
    assert_eq!(vera.get(&address).status, 403);
    assert_eq!(vera.post("/login/management/email/oauth", &[("do", "verify"), ("relay", "main")]).status, 403);
    // A mix-up attack: the answer names another provider.
    refused(&ann, &format!("{}&iss=https%3A%2F%2Fevil.example", address.split("&iss=").next().unwrap()), "another provider");
    // No callback parameter redirects the browser.
    for lure in ["redirect_uri=https://evil.example", "next=//evil.example", "state=x&iss=https://evil.example&error=x"] {
        let page = ann.get(&format!("{CALLBACK}?{lure}"));
        assert!(!page.to().contains("evil"), "{lure}: {}", page.to());
    }
    // The provider's text is escaped.
    let address = back(&oidc.cancel(&begin(&ann), "alice@lab.test"));
    refused(&ann, &address.replace("error_description=", "error_description=%3Cscript%3E"), "cancelled");
    // The callback works once. A replay is reported.
    let address = back(&oidc.sign_in(&begin(&ann), "alice@lab.test"));
    let page = ann.get(&address);
    assert_eq!(page.status, 303);
    assert!(ann.get(page.to()).text.contains("Authorized as alice@lab.test"));
    assert_eq!(grant(&node)["state"], "authorized");
    assert_eq!(bob.get(page.to()).status, 404, "the ending is shown to who began it");
    let again = ann.get(&address);
    assert!(ann.get(again.to()).text.contains("it was used already"));
    assert_eq!(grant(&node)["state"], "authorized", "and what was given stays");
    let audit = ann.get("/login/audit").text;
    assert!(audit.contains("OAuth2 authorized") && audit.contains("OAuth2 sign-in rejected"), "{audit}");
    // The buttons work only from this site.
    for act in ["verify", "renew", "forget", "confirm"] {
        let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Sec-Fetch-Site", "cross-site")];
        let page = ann.send("POST", "/login/management/email/oauth", &headers, &format!("do={act}&relay=main&sure=1"));
        assert_eq!(page.status, 403, "{act}");
    }
    // The grant is removed only after a confirmation.
    let asked = ann.post("/login/management/email/oauth", &[("do", "forget"), ("relay", "main")]);
    assert!(asked.status == 200 && grant(&node)["state"] == "authorized", "{}", asked.text);
    ann.post("/login/management/email/oauth", &[("do", "forget"), ("relay", "main"), ("sure", "1")]);
    assert_eq!(grant(&node)["state"], "absent");
}

#[test]
fn form_prefills_providers_and_reads_google_client_file() {
    let node = Node::start();
    let ann = signed_in(&node);
    let fields = |more: &[(&'static str, &str)]| {
        let mut all: Vec<(&str, String)> = vec![
            ("do", "save".into()),
            ("email.from", "alerts@contoso.example".into()),
            ("email.contacts.admin", "bob@lab.test".into()),
            ("email.relay.encryption", "starttls".into()),
        ];
        all.extend(more.iter().map(|(key, value)| (*key, (*value).to_owned())));
        all
    };
    let save = |revision: &str, more: &[(&'static str, &str)]| {
        let mut all = fields(more);
        all.push(("revision", revision.to_owned()));
        let all: Vec<(&str, &str)> = all.iter().map(|(key, value)| (*key, value.as_str())).collect();
        ann.post("/login/management/email", &all)
    };
    // The page warns of a provider that ends passwords, links to OAuth2, and fills in the known values.
    let password: &[(&'static str, &str)] = &[
        ("email.relay.host", "smtp.office365.com"),
        ("email.auth.type", "password"),
        ("email.auth.username", "alerts@contoso.example"),
        ("email.auth.password", "hunter2-hunter2"),
    ];
    assert_eq!(save("0", password).status, 303);
    let page = ann.get("/login/management/email").text;
    assert!(page.contains("restricts sign-in with a password for SMTP") && page.contains("?oauth2=1#s-auth"), "{page}");
    let page = ann.get("/login/management/email?oauth2=1").text;
    for filled in [
        "value=\"oauth2\" checked",
        "value=\"entra\" data-provider=\"entra\" checked",
        "name=\"email.oauth2.tenant\" type=\"text\"",
        "value=\"contoso.example\"",
        "value=\"alerts@contoso.example\"",
        "placeholder=\"https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token\"",
        "placeholder=\"https://outlook.office.com/SMTP.Send offline_access\"",
    ] {
        assert!(page.contains(filled), "{filled}: {page}");
    }
    assert_eq!(node.json(&["settings", "show"])["email"]["auth"]["type"], "password", "nothing is saved by looking");
    // For Google the node sets the relay host, and the file gives client and secret.
    let file = r#"{"web":{"client_id":"id.apps.example","client_secret":"G0CSPX-s3cret","token_uri":"https://oauth2.googleapis.com/token"}}"#;
    let google = |file: &'static str| {
        save(
            "1",
            &[
                ("email.relay.host", ""),
                ("email.auth.type", "oauth2"),
                ("email.oauth2.provider", "google"),
                ("email.oauth2.email", "a@contoso.example"),
                ("client_file", file),
            ],
        )
    };
    let refused = google("{\"type\":\"service_account\"}");
    assert!(refused.status == 422 && refused.text.contains("key of a service account"), "{}", refused.text);
    assert_eq!(google(file).status, 303);
    let settings = node.json(&["settings", "show"]);
    assert_eq!(settings["email"]["oauth2"]["client_id"], "id.apps.example", "{settings}");
    assert_eq!(settings["email"]["oauth2"]["client_secret"], json!({ "set": true }));
    assert_eq!(node.json_of(&["status"], 3)["relays"][0]["host"], "smtp.gmail.com", "no mail is sent before the sign-in");
    let page = ann.get("/login/management/email").text;
    assert!(!page.contains("G0CSPX") && page.contains("accounts.google.com"), "{page}");
    // The address at Google requests a permission that lasts.
    let leave = ann.post("/login/management/email/oauth", &[("do", "verify"), ("relay", "main"), ("back", "here")]);
    for part in ["accounts.google.com/o/oauth2/v2/auth", "access_type=offline", "prompt=consent", "mail.google.com", "S256"] {
        assert!(leave.text.contains(part), "{part}: {}", leave.text);
    }
    assert!(!leave.text.contains("G0CSPX"));
}

/// Tests that fill a machine: one at a time (`.config/nextest.toml`).
mod heavy {
    use super::*;

    #[test]
    #[ignore = "needs the lab"]
    fn administrator_verifies_and_test_mail_arrives() {
        let lab = Lab::get();
        // The provider is another site than the node: the browser's return crosses from one site to the other.
        let oidc = Oidc::named(&lab, "localhost");
        let (node, chromium) = (Node::start(), Chromium::start("en"));
        let setting =
            Setting::new(&oidc, lab.postfix(11), &json!({ "redirect_uris": [format!("{}{CALLBACK}", node.url()), PASTED] }));
        first_start(&chromium, &node);
        let name = token("verify");
        fill_form(&chromium, &lab, &oidc, &setting, &name);
        chromium.click("button.main[value='save']");
        shows(&chromium, "Saved as revision 1");
        assert!(chromium.text().contains("not authorized yet"), "{}", chromium.text());
        well(&chromium, &node.url(), "oauth2-saved-en");
        let form = chromium.tab();
        chromium.click("#oauth-0-verify");
        let provider = eventually("a new tab", PATIENCE, || chromium.tabs().into_iter().find(|tab| *tab != form));
        chromium.to_tab(&provider);
        at_the_provider(&chromium, "alice@lab.test");
        shows(&chromium, "Authorized as alice@lab.test");
        let here = chromium.run("return location.href");
        assert!(!here.as_str().unwrap().contains("code="), "no code stays in the address: {here}");
        chromium.forget_complaints();
        well(&chromium, &node.url(), "oauth2-authorized-en");
        // The requested test has begun by itself.
        chromium.click("main a.btn.main");
        ended(&chromium);
        shows(&chromium, "Accepted by the relay");
        arrives(&lab, &name);
        // The settings page has updated itself.
        chromium.to_tab(&form);
        shows(&chromium, "authorized as alice@lab.test");
        well(&chromium, &node.url(), "oauth2-form-en");
    }

    #[test]
    #[ignore = "needs the lab"]
    fn other_account_is_confirmed_by_pasted_address_in_dutch() {
        let lab = Lab::get();
        let oidc = Oidc::named(&lab, "localhost");
        let (node, chromium) = (Node::start(), Chromium::start("nl"));
        let setting = Setting::new(&oidc, lab.postfix(11), &json!({}));
        first_start(&chromium, &node);
        node.settings(&setting.toml(&lab, &oidc));
        chromium.go(&format!("{}/login/management/email", node.url()));
        chromium.click("input[name=back][value=pasted]");
        let form = chromium.tab();
        chromium.click("#oauth-0-verify");
        let tab = eventually("a new tab", PATIENCE, || chromium.tabs().into_iter().find(|tab| *tab != form));
        chromium.to_tab(&tab);
        shows(&chromium, "Aanmelden bij de provider");
        well(&chromium, &node.url(), "oauth2-paste-nl");
        let url = chromium.run("return document.getElementById('provider').href");
        let address = oidc.sign_in(url.as_str().unwrap(), "bob@lab.test");
        chromium.fill("#address", &address);
        chromium.click("main form button.main");
        shows(&chromium, "Ander account aangemeld");
        well(&chromium, &node.url(), "oauth2-other-account-nl");
        assert_eq!(grant(&node)["state"], "absent", "not used before it is confirmed");
        chromium.click("button[value=confirm]");
        // The test that was asked for before the sign-in follows.
        eventually("the page of the test", PATIENCE, || {
            chromium.run("return location.pathname").as_str().is_some_and(|path| path.starts_with("/login/test/")).then_some(())
        });
        chromium.go(&format!("{}/login/management/email", node.url()));
        shows(&chromium, "geautoriseerd als bob@lab.test");
        well(&chromium, &node.url(), "oauth2-form-nl");
        // The lost grant is shown without scripts too, with a banner on every page.
        oidc.fault(&json!({ "path": "/token", "times": 10, "status": 400, "body": { "error": "interaction_required", "error_description": "<script>alert(1)</script> AADSTS50076" } }));
        chromium.without_scripts();
        chromium.click("#oauth-0-renew");
        eventually("the banner", PATIENCE, || chromium.source().contains("is verloren").then_some(()));
        assert!(
            chromium.source().contains("&lt;script&gt;alert(1)") || chromium.source().contains("&#60;script&#62;alert(1)"),
            "{}",
            chromium.source()
        );
        chromium.go(&format!("{}/login/queue", node.url()));
        assert!(chromium.source().contains("is verloren"), "on every page");
    }

    #[test]
    #[ignore = "needs the lab"]
    fn provider_forms_are_accessible_in_both_languages() {
        for language in ["en", "nl"] {
            let (node, chromium) = (Node::start(), Chromium::start(language));
            first_start(&chromium, &node);
            for (name, provider) in [
                ("entra-user", "provider = \"entra\"\ntenant = \"contoso.example\""),
                ("entra-application", "provider = \"entra\"\ntenant = \"contoso.example\"\nmethod = \"application\""),
                ("google", "provider = \"google\"\nclient_secret_expires = \"2020-01-31\"\nclient_secret_next = \"n3xt\""),
            ] {
                node.settings(&format!(
                    "[email]\nfrom = \"alerts@contoso.example\"\n[email.auth]\ntype = \"oauth2\"\n[email.oauth2]\n{provider}\n\
                     email = \"alerts@contoso.example\"\nclient_id = \"11112222-3333-4444-5555-666677778888\"\nclient_secret = \"s3cret\"\n\
                     proxy = \"socks5://127.0.0.1:9\"\n[email.contacts]\nadmin = [\"bob@lab.test\"]\n"
                ));
                chromium.go(&format!("{}/login/management/email", node.url()));
                well(&chromium, &node.url(), &format!("oauth2-{name}-{language}"));
            }
            let text = chromium.text();
            assert!(
                text.contains("https://mail.google.com/") || chromium.source().contains("https://mail.google.com/"),
                "{text}"
            );
        }
    }
}

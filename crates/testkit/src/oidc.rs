//! The lab's OIDC server: one of a test's own, or the lab's, which Dovecot asks about opaque tokens.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::wait::eventually;
use crate::{Browser, Lab};

const PATIENCE: Duration = Duration::from_secs(60);

pub struct Oidc {
    pub issuer: String,
    child: Option<Child>,
    place: Option<tempfile::TempDir>,
    keys: PathBuf,
    host: String,
    /// Where its certificate lies, if it speaks TLS.
    pki: Option<PathBuf>,
}

impl Drop for Oidc {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Oidc {
    /// A server that this test may steer. Tokens (JWT) of its are taken by the lab's relay.
    pub fn start(lab: &Lab) -> Self {
        Self::named(lab, "127.0.0.1")
    }

    /// Under this name of the machine: under `localhost` it is another site than a node at 127.0.0.1.
    pub fn named(lab: &Lab, host: &str) -> Self {
        Self::begin(lab, host, None)
    }

    /// By TLS, with the lab's certificate.
    pub fn secured(lab: &Lab) -> Self {
        Self::begin(lab, "127.0.0.1", Some(lab.dir.join("pki")))
    }

    fn begin(lab: &Lab, host: &str, pki: Option<PathBuf>) -> Self {
        let place = tempfile::Builder::new().prefix("pwo").tempdir_in("/tmp").unwrap();
        let (keys, host) = (lab.dir.join("oidc/jwks.json"), host.to_owned());
        let mut oidc = Self { issuer: String::new(), child: None, place: Some(place), keys, host, pki };
        oidc.run();
        oidc
    }

    /// The one that the relay asks about tokens. Others use it too: it is not steered.
    pub fn shared(lab: &Lab) -> Self {
        Self {
            issuer: issuer(&lab.dir.join("oidc")).unwrap(),
            child: None,
            place: None,
            keys: PathBuf::new(),
            host: String::new(),
            pki: None,
        }
    }

    fn dir(&self) -> &Path {
        self.place.as_ref().expect("a server of the test's own").path()
    }

    /// Starts it (again, with what it knew before).
    pub fn run(&mut self) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lab/oidc/server.mjs");
        drop(std::fs::remove_file(self.dir().join("oidc.json")));
        let mut command = Command::new("node");
        command.arg(script).arg(self.dir()).env("OIDC_JWKS", &self.keys).env("OIDC_HOST", &self.host).stdin(Stdio::null());
        if let Some(pki) = &self.pki {
            command.env("OIDC_TLS_CERT", pki.join("good.pem")).env("OIDC_TLS_KEY", pki.join("good.key"));
        }
        let log = std::fs::File::options().create(true).append(true).open(self.dir().join("log")).unwrap();
        self.child = Some(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().expect("node is there"));
        self.issuer = eventually("the OIDC server runs", PATIENCE, || issuer(self.dir()));
    }

    /// As when the provider cannot be reached.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Asked to stop it writes down what it knows.
            let pid = rustix::process::Pid::from_child(&child);
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
            drop(child.wait());
        }
    }

    fn lab(&self, method: &str, what: &str, body: &Value) -> Value {
        let kind = [("Content-Type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        if let Some(pki) = &self.pki {
            let mut curl = Command::new("curl");
            curl.args(["-s", "-f", "-X", method, "-d", &body, "--cacert"]).arg(pki.join("ca.pem"));
            let output = curl.arg(format!("{}/lab/{what}", self.issuer)).output().unwrap();
            return serde_json::from_slice(&output.stdout).unwrap();
        }
        let page = Browser::new(&self.issuer).send(method, &format!("/lab/{what}"), &kind, &body);
        assert_eq!(page.status, 200, "{what}: {}", page.text);
        serde_json::from_str(&page.text).unwrap()
    }

    /// Registers a client, or changes it.
    pub fn client(&self, metadata: &Value) -> Value {
        self.lab("POST", "client", metadata)
    }

    pub fn knobs(&self, knobs: &Value) {
        self.lab("POST", "knobs", knobs);
    }

    /// The next answers at a path go wrong.
    pub fn fault(&self, fault: &Value) {
        self.lab("POST", "fault", fault);
    }

    /// No fault any more.
    pub fn mend(&self) {
        self.lab("POST", "reset", &json!({}));
    }

    /// Records of these kinds are gone: `Grant`, `RefreshToken` …
    pub fn remove(&self, kinds: &[&str]) {
        self.lab("POST", "remove", &json!({ "kinds": kinds }));
    }

    /// Of one client alone, at a server that others use too.
    pub fn remove_of(&self, kinds: &[&str], client: &str) {
        self.lab("POST", "remove", &json!({ "kinds": kinds, "client": client }));
    }

    /// Every token that this client holds.
    pub fn tokens_of(&self, client: &str) -> Vec<String> {
        let tokens = self.lab("POST", "tokens", &json!({ "client": client, "kinds": ["AccessToken", "RefreshToken"] }));
        tokens.as_array().unwrap().iter().map(|token| token.as_str().unwrap().to_owned()).collect()
    }

    /// Questions for a token that have come, answered or not.
    pub fn requests_begun(&self) -> usize {
        usize::try_from(self.lab("GET", "begun", &Value::Null).as_u64().unwrap()).unwrap()
    }

    /// How often this client asked for a token.
    pub fn asked_of(&self, client: &str) -> usize {
        self.asked().iter().filter(|request| request["client"] == client).count()
    }

    /// How often a token was asked for, and how the last answers were.
    pub fn asked(&self) -> Vec<Value> {
        let requests = self.lab("GET", "requests", &Value::Null);
        requests.as_array().unwrap().iter().filter(|request| request["path"] == "/token").cloned().collect()
    }

    /// Signs in and consents, as a person at the provider's screens would. Where the provider sends the browser then.
    pub fn sign_in(&self, url: &str, user: &str) -> String {
        self.walk(url, user, "consent")
    }

    /// The same person presses *Cancel*.
    pub fn cancel(&self, url: &str, user: &str) -> String {
        self.walk(url, user, "abort")
    }

    fn walk(&self, url: &str, user: &str, end: &str) -> String {
        let browser = Browser::new(&self.issuer);
        let mut next = url.to_owned();
        for _ in 0..12 {
            let here = next.starts_with(&self.issuer) || next.starts_with('/');
            if !here {
                return next;
            }
            let page = browser.get(&next);
            let page = match next.contains("/interaction/") {
                false => page,
                true if page.text.contains("name=\"login\"") => {
                    browser.post(&next, &[("prompt", "login"), ("login", user), ("password", "any")])
                }
                true if end == "abort" => browser.get(&format!("{next}/abort")),
                true => browser.post(&next, &[("prompt", "consent")]),
            };
            assert!((300..400).contains(&page.status), "{next}: {} {}", page.status, page.text);
            page.to().clone_into(&mut next);
        }
        panic!("the provider's screens do not end: {next}");
    }
}

fn issuer(dir: &Path) -> Option<String> {
    let text = std::fs::read_to_string(dir.join("oidc.json")).ok()?;
    let about: Value = serde_json::from_str(&text).ok()?;
    Some(about["issuer"].as_str()?.to_owned())
}

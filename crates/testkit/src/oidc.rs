//! The lab's OIDC server: a test's own instance, or the shared one, which Dovecot asks about opaque tokens.

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
    /// The directory of its certificate, if it speaks TLS.
    pki: Option<PathBuf>,
}

impl Drop for Oidc {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Oidc {
    /// Starts a server that this test may control. The lab's relay accepts its tokens (JWT).
    pub fn start(lab: &Lab) -> Self {
        Self::named(lab, "127.0.0.1")
    }

    /// Starts a server with this host name in its URLs. At `localhost` it is another site than a node at 127.0.0.1.
    pub fn named(lab: &Lab, host: &str) -> Self {
        Self::begin(lab, host, None)
    }

    /// Starts a server with TLS and the lab's certificate.
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

    /// The shared server, which the relay asks about tokens. Other tests use it too: do not change it.
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

    /// Starts the server, or restarts it with its saved state.
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

    /// Stops the server: callers cannot reach the provider.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // SIGTERM makes the server save its state.
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

    /// Registers a client or changes it. Returns its metadata.
    pub fn client(&self, metadata: &Value) -> Value {
        self.lab("POST", "client", metadata)
    }

    pub fn knobs(&self, knobs: &Value) {
        self.lab("POST", "knobs", knobs);
    }

    /// Makes the next answers at a path fail.
    pub fn fault(&self, fault: &Value) {
        self.lab("POST", "fault", fault);
    }

    /// Removes all faults and empties the list of requests.
    pub fn mend(&self) {
        self.lab("POST", "reset", &json!({}));
    }

    /// Deletes the records of these kinds: `Grant`, `RefreshToken` …
    pub fn remove(&self, kinds: &[&str]) {
        self.lab("POST", "remove", &json!({ "kinds": kinds }));
    }

    /// Deletes the records of these kinds of one client: for a server that other tests use too.
    pub fn remove_of(&self, kinds: &[&str], client: &str) {
        self.lab("POST", "remove", &json!({ "kinds": kinds, "client": client }));
    }

    /// Every access and refresh token of this client.
    pub fn tokens_of(&self, client: &str) -> Vec<String> {
        let tokens = self.lab("POST", "tokens", &json!({ "client": client, "kinds": ["AccessToken", "RefreshToken"] }));
        tokens.as_array().unwrap().iter().map(|token| token.as_str().unwrap().to_owned()).collect()
    }

    /// The number of token requests received since the last [`Oidc::mend`], answered or not.
    pub fn requests_begun(&self) -> usize {
        usize::try_from(self.lab("GET", "begun", &Value::Null).as_u64().unwrap()).unwrap()
    }

    /// The number of answered token requests of this client.
    pub fn asked_of(&self, client: &str) -> usize {
        self.asked().iter().filter(|request| request["client"] == client).count()
    }

    /// The token requests since the last [`Oidc::mend`] with their answers, oldest first.
    pub fn asked(&self) -> Vec<Value> {
        let requests = self.lab("GET", "requests", &Value::Null);
        requests.as_array().unwrap().iter().filter(|request| request["path"] == "/token").cloned().collect()
    }

    /// Signs in and consents at the provider's pages, as a person would. Returns the URL to which the provider then redirects.
    pub fn sign_in(&self, url: &str, user: &str) -> String {
        self.walk(url, user, "consent")
    }

    /// Signs in and presses *Cancel*. Returns the URL to which the provider then redirects.
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

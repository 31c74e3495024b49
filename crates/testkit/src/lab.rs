//! The lab: the peers that `./test` starts.

use std::path::{Path, PathBuf};

pub struct Lab {
    pub dir: PathBuf,
    base: u16,
}

impl Lab {
    /// The running lab. Panics if no lab runs, with a text that says how to start it. A test that calls this is marked
    /// `#[ignore = "needs the lab"]`, so that a run without the lab shows it as ignored.
    pub fn get() -> Self {
        let dir = std::env::var_os("POSTWACHT_LAB").map(PathBuf::from);
        let dir = dir.expect("POSTWACHT_LAB names no running lab: run ./test, or start one with `cargo xtask lab up`");
        let base = std::fs::read_to_string(dir.join("portbase")).unwrap().trim().parse().unwrap();
        Self { dir, base }
    }

    /// The port of a Postfix, by the number of its kind (lab/README.md).
    pub fn postfix(&self, kind: u16) -> u16 {
        self.base + kind
    }

    /// The ports of the HTTP proxy and the SOCKS5 proxy.
    pub fn proxies(&self) -> (u16, u16) {
        (self.base + 12, self.base + 13)
    }

    /// The port of Exim with the checks of Debian's configuration.
    pub fn exim(&self) -> u16 {
        self.base + 14
    }

    /// Every message that Exim delivered and that contains this text.
    pub fn exim_mail_with(&self, text: &str) -> Vec<String> {
        mail_with(&self.dir.join("exim/mail"), text)
    }

    /// The logs of both proxies.
    pub fn proxied(&self) -> String {
        ["http.log", "socks.log"]
            .map(|log| std::fs::read_to_string(self.dir.join("proxy").join(log)).unwrap_or_default())
            .concat()
    }

    /// The port at which the faulty relay plays a scenario.
    pub fn faulty(&self, scenario: &str) -> u16 {
        let text = std::fs::read_to_string(self.dir.join("faulty/ports.json")).unwrap();
        let ports: serde_json::Value = serde_json::from_str(&text).unwrap();
        u16::try_from(ports[scenario].as_u64().unwrap_or_else(|| panic!("no scenario {scenario}"))).unwrap()
    }

    pub fn scenarios(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.dir.join("faulty/ports.json")).unwrap();
        let ports: serde_json::Value = serde_json::from_str(&text).unwrap();
        ports.as_object().unwrap().keys().cloned().collect()
    }

    pub fn pem(&self, name: &str) -> String {
        std::fs::read_to_string(self.dir.join("pki").join(name)).unwrap()
    }

    /// Every delivered message that contains this text, from any mailbox.
    pub fn mail_with(&self, text: &str) -> Vec<String> {
        mail_with(&self.dir.join("mail"), text)
    }

    /// The lines of the faulty relay's journal for a scenario.
    pub fn journal(&self, scenario: &str) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.dir.join("faulty/journal.jsonl")).unwrap_or_default();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        lines.filter(|line| line["scenario"] == scenario).collect()
    }
}

/// A program of the lab's Python environment.
pub fn python(program: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lab/.venv/bin").join(program);
    assert!(path.exists(), "{} is not there: lab/setup.sh installs it", path.display());
    path
}

/// A file of the lab's npm packages.
pub fn npm(file: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lab/node_modules").join(file);
    path.canonicalize().unwrap_or_else(|error| panic!("{}: {error}: lab/setup.sh installs it", path.display()))
}

fn mail_with(top: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for mailbox in std::fs::read_dir(top).into_iter().flatten().flatten() {
        for file in std::fs::read_dir(mailbox.path().join("new")).into_iter().flatten().flatten() {
            // Another process may move a message between the listing and the reading.
            let mail = std::fs::read(file.path()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
            if mail.contains(text) {
                found.push(mail);
            }
        }
    }
    found
}

//! Helpers: a relay as settings, and mail with a unique subject.

use std::time::Duration;

use testkit::{Lab, eventually};

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Relay<'a> {
    pub(crate) port: u16,
    pub(crate) encryption: &'a str,
    pub(crate) user: Option<(&'a str, &'a str)>,
    pub(crate) ca: Option<String>,
    pub(crate) extra: &'a str,
    pub(crate) from: &'a str,
}

impl<'a> Relay<'a> {
    pub(crate) fn new(port: u16, encryption: &'a str) -> Self {
        Self { port, encryption, user: None, ca: None, extra: "", from: "alice@lab.test" }
    }

    pub(crate) fn toml(&self) -> String {
        let (port, encryption, from) = (self.port, self.encryption, self.from);
        let ca = self.ca.as_ref().map(|pem| format!("ca = '''\n{pem}'''\n")).unwrap_or_default();
        let auth = self.user.map(|(user, password)| {
            format!("[email.auth]\ntype = \"password\"\nusername = '{user}'\npassword = '{password}'\nallow_unencrypted = true\n")
        });
        format!(
            "[email]\nfrom = \"{from}\"\n[email.relay]\nhost = \"127.0.0.1\"\nport = {port}\nencryption = \"{encryption}\"\n{}{ca}\n{}\n[email.contacts]\nadmin = [\"bob@lab.test\"]\n",
            self.extra,
            auth.unwrap_or_default()
        )
    }
}

/// A subject that no other test uses.
pub(crate) fn token(name: &str) -> String {
    format!("{name}-{}-{:?}", std::process::id(), std::thread::current().id()).replace(['(', ')'], "")
}

pub(crate) fn arrives(lab: &Lab, text: &str) -> String {
    eventually(&format!("mail with {text}"), PATIENCE, || lab.mail_with(text).pop())
}

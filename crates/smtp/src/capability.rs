//! The capabilities of a relay: the EHLO reply (RFC 5321 §4.1.1.1) and its extensions.

use crate::reply::Reply;
use crate::sasl::Mechanism;

/// The extensions that change our commands. The parser ignores all others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    pub starttls: bool,
    pub pipelining: bool,
    pub eight_bit: bool,
    pub utf8: bool,
    pub enhanced_codes: bool,
    /// RFC 1870: the largest message the relay takes, in bytes. `Some(0)`: SIZE without a limit.
    pub size: Option<u64>,
    /// The offered sign-in mechanisms that we know, in the relay's order.
    pub mechanisms: Vec<Mechanism>,
    /// All offered sign-in mechanisms in upper case, each once: for the error text that lists them.
    pub offered: Vec<String>,
}

impl Capabilities {
    pub fn read(ehlo: &Reply) -> Self {
        let mut caps = Self::default();
        // The first line holds the relay's name and no extension.
        for line in ehlo.lines.iter().skip(1) {
            caps.line(&line.to_ascii_uppercase());
        }
        caps
    }

    fn line(&mut self, line: &str) {
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            Some("STARTTLS") => self.starttls = true,
            Some("PIPELINING") => self.pipelining = true,
            Some("8BITMIME") => self.eight_bit = true,
            Some("SMTPUTF8") => self.utf8 = true,
            Some("ENHANCEDSTATUSCODES") => self.enhanced_codes = true,
            Some("SIZE") => self.size = Some(words.next().and_then(|n| n.parse().ok()).unwrap_or(0)),
            Some("AUTH") => words.for_each(|word| self.mechanism(word)),
            // Servers from before RFC 2554 write `AUTH=LOGIN PLAIN`.
            Some(word) if word.starts_with("AUTH=") => {
                std::iter::once(&word[5..]).chain(words).for_each(|word| self.mechanism(word));
            }
            Some(_) | None => {}
        }
    }

    fn mechanism(&mut self, word: &str) {
        if word.is_empty() || self.offered.iter().any(|known| known == word) {
            return;
        }
        self.offered.push(word.to_owned());
        self.mechanisms.extend(Mechanism::named(word));
    }

    /// The largest message the relay takes, in bytes. `None` if the relay names no limit.
    pub fn size_max(&self) -> Option<u64> {
        self.size.filter(|&limit| limit > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_auth_are_read_and_counted_once() {
        let mut reply = Reply::new(250, "mx.example AUTH NOT-HERE");
        for line in ["pipelining", "SIZE 1000", "AUTH LOGIN XOAUTH2 GSSAPI", "AUTH=LOGIN", "8BITMIME"] {
            reply.lines.push(line.to_owned());
        }
        let caps = Capabilities::read(&reply);
        assert!(caps.pipelining && caps.eight_bit && !caps.starttls);
        assert_eq!(caps.size_max(), Some(1000));
        assert_eq!(caps.mechanisms, [Mechanism::Login, Mechanism::XOAuth2]);
        assert_eq!(caps.offered, ["LOGIN", "XOAUTH2", "GSSAPI"]);
    }
}

//! Addresses: `local@domain` (RFC 5321 §4.1.2), with letters beyond ASCII (RFC 6531) and IDN domains (RFC 5890).
//!
//! [`Address`] keeps a domain as typed for people and as A-labels for the wire. The parser refuses any character that
//! could end a line or an angle bracket early. So no address can become a second command or a second header.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Longest local part, in bytes: RFC 5321 §4.5.3.1.1.
const LOCAL_MAX: usize = 64;
/// Longest address, in bytes: RFC 5321 §4.5.3.1.3, less the angle brackets.
const ADDRESS_MAX: usize = 254;
/// Longest display name that a person may type, in characters.
pub(crate) const NAME_MAX: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    local: String,
    domain: Domain,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Domain {
    Name { typed: String, ascii: String },
    Literal(IpAddr),
}

/// The reason why a text is no address. The `model` crate has the texts for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    #[error("empty")]
    Empty,
    #[error("no @")]
    NoAt,
    #[error("character {0:?} before the @")]
    Local(char),
    #[error("not a domain: {0}")]
    Domain(String),
    #[error("more than {ADDRESS_MAX} bytes, or more than {LOCAL_MAX} before the @")]
    TooLong,
    #[error("a name of more than {NAME_MAX} characters")]
    NameTooLong,
    #[error("a control character")]
    Control,
    #[error("brackets, quotes or parentheses that do not match")]
    Unbalanced,
    #[error("character {0:?} where an address or a comma belongs")]
    Unexpected(char),
    #[error("more than one address")]
    Several,
}

impl Address {
    pub fn domain(&self) -> String {
        match &self.domain {
            Domain::Name { typed, .. } => typed.clone(),
            Domain::Literal(ip) => literal(*ip),
        }
    }

    /// The address as it goes on the wire. The domain is always in A-labels, with or without SMTPUTF8: RFC 6531 allows
    /// both forms, and every relay understands A-labels.
    pub fn wire(&self) -> String {
        match &self.domain {
            Domain::Name { ascii, .. } => format!("{}@{ascii}", self.local),
            Domain::Literal(ip) => format!("{}@{}", self.local, literal(*ip)),
        }
    }

    /// True if the local part needs SMTPUTF8 (RFC 6531).
    pub fn needs_utf8(&self) -> bool {
        !self.local.is_ascii()
    }

    /// The key that finds duplicates: the domain in lower case, the local part as typed (RFC 5321 §2.4).
    pub fn key(&self) -> String {
        self.wire().rsplit_once('@').map_or_else(String::new, |(l, d)| format!("{l}@{}", d.to_ascii_lowercase()))
    }
}

fn literal(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(v4) => format!("[{v4}]"),
        IpAddr::V6(v6) => format!("[IPv6:{v6}]"),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain())
    }
}

impl FromStr for Address {
    type Err = AddressFault;

    fn from_str(text: &str) -> Result<Self, AddressFault> {
        if text.is_empty() {
            return Err(AddressFault::Empty);
        }
        if text.chars().any(char::is_control) {
            return Err(AddressFault::Control);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(AddressFault::NoAt)?;
        check_local(local)?;
        let domain = Domain::parse(domain)?;
        let address = Self { local: local.to_owned(), domain };
        if local.len() > LOCAL_MAX || address.wire().len() > ADDRESS_MAX {
            return Err(AddressFault::TooLong);
        }
        Ok(address)
    }
}

/// Accepts a dot-string or a quoted string (RFC 5321 §4.1.2), with UTF-8 (RFC 6531 §3.3).
fn check_local(local: &str) -> Result<(), AddressFault> {
    if let Some(quoted) = local.strip_prefix('"') {
        let inner = quoted.strip_suffix('"').filter(|_| local.len() >= 2).ok_or(AddressFault::Unbalanced)?;
        let mut chars = inner.chars();
        while let Some(c) = chars.next() {
            match c {
                '"' => return Err(AddressFault::Unbalanced),
                '\\' => drop(chars.next().ok_or(AddressFault::Unbalanced)?),
                _ => {}
            }
        }
        return Ok(());
    }
    if let Some(bad) = local.chars().find(|&c| c != '.' && !is_atext(c)) {
        return Err(AddressFault::Local(bad));
    }
    if local.split('.').any(str::is_empty) {
        return Err(AddressFault::Local('.'));
    }
    Ok(())
}

/// True for a character of an atom (RFC 5322 §3.2.3), with letters beyond ASCII (RFC 6532 §3.2).
pub(crate) fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || (!c.is_ascii() && !c.is_whitespace() && !c.is_control())
}

/// A quoted string with this content (RFC 5322 §3.2.4).
pub(crate) fn quoted(content: &str) -> String {
    format!("\"{}\"", content.replace('\\', "\\\\").replace('"', "\\\""))
}

impl Domain {
    fn parse(text: &str) -> Result<Self, AddressFault> {
        let fault = || AddressFault::Domain(text.to_owned());
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner.strip_suffix(']').ok_or_else(fault)?;
            let v6 = inner.get(..5).is_some_and(|tag| tag.eq_ignore_ascii_case("IPv6:"));
            return Ok(Self::Literal(match v6 {
                true => inner[5..].parse::<Ipv6Addr>().map_err(|_| fault())?.into(),
                false => inner.parse::<Ipv4Addr>().map_err(|_| fault())?.into(),
            }));
        }
        Ok(Self::Name { typed: text.to_owned(), ascii: ascii_domain(text).ok_or_else(fault)? })
    }
}

/// Converts a host name to A-labels in lower case, without a final dot. Returns `None` if the text is no host name:
/// labels of 1 to 63 bytes with letters, digits, hyphens and underscores, at most 253 bytes in all.
pub fn ascii_domain(text: &str) -> Option<String> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let ascii = idna::domain_to_ascii(text).ok()?;
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    (ascii.len() <= 253 && ascii.split('.').all(label)).then_some(ascii)
}

/// A host name as EHLO may carry it, in A-labels: letters, digits and hyphens alone (RFC 5321 §4.1.2, RFC 1123 §2.1). Relays
/// refuse an underscore there, which container names have.
pub fn ehlo_name(text: &str) -> Option<String> {
    ascii_domain(text).filter(|name| !name.contains('_'))
}

/// An address with an optional display name: `Name <local@domain>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    pub name: Option<String>,
    pub address: Address,
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            None => write!(f, "{}", self.address),
            Some(name) if name.chars().all(|c| is_atext(c) || c == ' ') && !name.contains("=?") && !name.contains("  ") => {
                write!(f, "{name} <{}>", self.address)
            }
            Some(name) => write!(f, "{} <{}>", quoted(name), self.address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn idn_domain_is_shown_as_typed_and_sent_in_a_labels() {
        let address: Address = "info@Bücher.example".parse().unwrap();
        assert_eq!(address.to_string(), "info@Bücher.example");
        assert_eq!(address.wire(), "info@xn--bcher-kva.example");
        assert!(!address.needs_utf8());
        assert!("grüße@lab.test".parse::<Address>().unwrap().needs_utf8());
    }

    #[test]
    fn good_addresses_are_accepted() {
        for good in [
            "a@b",
            "o'brien+tag@example.com",
            "\"a b\"@x.example",
            "\"a\\\"b\"@x",
            "x@[127.0.0.1]",
            "x@[IPv6:::1]",
            "a@xn--bcher-kva.example",
        ] {
            assert_eq!(good.parse::<Address>().unwrap().to_string(), good);
        }
    }

    #[test]
    fn bad_addresses_give_their_fault() {
        let long = format!("{}@x.example", "a".repeat(65));
        for (bad, fault) in [
            ("", AddressFault::Empty),
            ("a", AddressFault::NoAt),
            ("a b@x", AddressFault::Local(' ')),
            ("a..b@x", AddressFault::Local('.')),
            ("a>@x", AddressFault::Local('>')),
            ("a@", AddressFault::Domain("".into())),
            ("a@-x", AddressFault::Domain("-x".into())),
            ("a@x y", AddressFault::Domain("x y".into())),
            ("a@x>", AddressFault::Domain("x>".into())),
            ("a@[1.2.3]", AddressFault::Domain("[1.2.3]".into())),
            ("a\r\nRCPT TO:<b@x>", AddressFault::Control),
            ("\"a\"b\"@x", AddressFault::Unbalanced),
            (&long, AddressFault::TooLong),
        ] {
            assert_eq!(bad.parse::<Address>(), Err(fault), "{bad}");
        }
    }

    #[test]
    fn ehlo_name_has_letters_digits_and_hyphens() {
        for (text, name) in [
            ("node.example.net", Some("node.example.net")),
            ("Node-1.Example.NET.", Some("node-1.example.net")),
            ("bücher.example", Some("xn--bcher-kva.example")),
            ("node", Some("node")),
            ("web_app_1.lab.test", None),
            ("node.lab_1.test", None),
            ("_node.lab.test", None),
            ("-node.lab.test", None),
            ("node..test", None),
            ("node lab.test", None),
            ("", None),
            ("[192.0.2.1]", None),
        ] {
            assert_eq!(ehlo_name(text).as_deref(), name, "{text}");
        }
    }

    #[test]
    fn mailbox_keeps_its_display_name() {
        let mailbox: Mailbox = "\"Ops, \\\"night\\\"\" <a@x>".parse().unwrap();
        assert_eq!(mailbox.name.as_deref(), Some("Ops, \"night\""));
        assert_eq!(mailbox.to_string().parse::<Mailbox>().unwrap(), mailbox);
        assert!("Evil\r\nBcc: b@x <a@x>".parse::<Mailbox>().is_err());
        assert_eq!("<a@x>".parse::<Mailbox>().unwrap().name, None);
    }

    proptest! {
        #[test]
        fn parsed_address_stays_within_line_and_brackets(text in any::<String>()) {
            if let Ok(address) = text.parse::<Address>() {
                let wire = address.wire();
                prop_assert!(!wire.chars().any(char::is_control));
                if !wire.starts_with('"') {
                    prop_assert!(!wire.contains(['<', '>', ' ']));
                }
                prop_assert_eq!(address.to_string().parse::<Address>().unwrap(), address);
            }
            if let Ok(mailbox) = text.parse::<Mailbox>() {
                prop_assert!(!mailbox.to_string().chars().any(char::is_control));
            }
        }
    }
}

//! Commands of a client (RFC 5321 §4.1, RFC 4954, RFC 3207). The parser refuses every ambiguous line.

use std::net::IpAddr;
use std::str::FromStr;

use crate::Secret;
use crate::address::{Address, AddressFault};

/// Longest command line accepted, in bytes without CRLF: RFC 5321 §4.5.3.1.4, raised for SIZE, BODY, AUTH and SMTPUTF8.
pub const LINE_MAX: usize = 2048;
/// Longest line of a sign-in, in bytes: RFC 4954 §4.
pub const AUTH_LINE_MAX: usize = 12_288;

pub enum Request {
    Ehlo(String),
    Helo(String),
    StartTls,
    Auth { mechanism: String, initial: Option<Secret> },
    Mail { sender: Option<Address>, size: Option<u64>, eight_bit: bool, utf8: bool },
    Rcpt(Address),
    Data,
    Rset,
    Noop,
    Help,
    Vrfy,
    Quit,
}

/// The reason why a line is no command. The error text is the reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestFault {
    #[error("500 5.5.2 Unknown command")]
    Unknown,
    #[error("500 5.5.2 The line contains bytes that no command may have")]
    BadBytes,
    #[error("501 5.5.4 {0}")]
    Argument(String),
    #[error("555 5.5.4 Unknown parameter: {0}")]
    Parameter(String),
    #[error("501 5.1.3 Not an address: {0}")]
    Address(AddressFault),
}

impl Request {
    /// Parses a line without its CRLF.
    pub fn parse(line: &[u8]) -> Result<Self, RequestFault> {
        let line = std::str::from_utf8(line).map_err(|_| RequestFault::BadBytes)?;
        if line.chars().any(char::is_control) {
            return Err(RequestFault::BadBytes);
        }
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        let alone = |request| if rest.is_empty() { Ok(request) } else { Err(argument("No argument is allowed here")) };
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => Ok(Self::Ehlo(client_name(rest)?)),
            "HELO" => Ok(Self::Helo(client_name(rest)?)),
            "STARTTLS" => alone(Self::StartTls),
            "AUTH" => auth(rest),
            "MAIL" => mail(rest),
            "RCPT" => rcpt(rest),
            "DATA" => alone(Self::Data),
            "RSET" => alone(Self::Rset),
            "QUIT" => alone(Self::Quit),
            "NOOP" => Ok(Self::Noop),
            "HELP" => Ok(Self::Help),
            "VRFY" => Ok(Self::Vrfy),
            _ => Err(RequestFault::Unknown),
        }
    }
}

fn argument(text: &str) -> RequestFault {
    RequestFault::Argument(text.to_owned())
}

/// Accepts a host name or an address literal. Devices send many forms here, so the parser refuses only an empty text,
/// more than 255 bytes, and characters that could break a header.
fn client_name(text: &str) -> Result<String, RequestFault> {
    let fits = !text.is_empty() && text.len() <= 255 && !text.contains([' ', '(', ')', '<', '>']);
    if fits { Ok(text.to_owned()) } else { Err(argument("Give your host name")) }
}

fn auth(rest: &str) -> Result<Request, RequestFault> {
    let mut words = rest.split(' ');
    let mechanism = words.next().filter(|m| !m.is_empty()).ok_or_else(|| argument("Name a mechanism"))?;
    let initial = words.next().map(|blob| Secret::new(if blob == "=" { "" } else { blob }));
    if words.next().is_some() {
        return Err(argument("Too many words"));
    }
    Ok(Request::Auth { mechanism: mechanism.to_ascii_uppercase(), initial })
}

/// Parses `FROM:<path> params` or `TO:<path> params`. Accepts spaces behind the colon, as other servers do.
fn path<'a>(rest: &'a str, tag: &str) -> Result<(&'a str, &'a str), RequestFault> {
    let fault = || argument(&format!("The form is {tag}<address>"));
    let head = rest.get(..tag.len()).filter(|head| head.eq_ignore_ascii_case(tag)).ok_or_else(fault)?;
    let rest = rest[head.len()..].trim_start().strip_prefix('<').ok_or_else(fault)?;
    let end = closing_bracket(rest).ok_or_else(fault)?;
    let (path, params) = (&rest[..end], &rest[end + 1..]);
    if !params.is_empty() && !params.starts_with(' ') {
        return Err(fault());
    }
    // RFC 5321 §4.1.1.3: the server ignores a source route.
    let path = if path.starts_with('@') { path.split_once(':').map_or(path, |(_, p)| p) } else { path };
    Ok((path, params.trim()))
}

/// The position of the `>` that closes the path. A `>` within a quoted local part does not close it.
fn closing_bracket(text: &str) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    for (i, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => return Some(i),
            _ => {}
        }
    }
    None
}

fn mail(rest: &str) -> Result<Request, RequestFault> {
    let (path, params) = path(rest, "FROM:")?;
    let sender = if path.is_empty() { None } else { Some(Address::from_str(path).map_err(RequestFault::Address)?) };
    let (mut size, mut eight_bit, mut utf8) = (None, false, false);
    for param in params.split_ascii_whitespace() {
        let (key, value) = param.split_once('=').unwrap_or((param, ""));
        match key.to_ascii_uppercase().as_str() {
            "SIZE" => size = Some(value.parse().map_err(|_| argument("SIZE takes a number of bytes"))?),
            "BODY" if value.eq_ignore_ascii_case("8BITMIME") => eight_bit = true,
            "BODY" if value.eq_ignore_ascii_case("7BIT") => {}
            "SMTPUTF8" if value.is_empty() => utf8 = true,
            // RFC 4954 §5: the original submitter. The server accepts the parameter and ignores it.
            "AUTH" => {}
            _ => return Err(RequestFault::Parameter(key.to_owned())),
        }
    }
    if sender.as_ref().is_some_and(Address::needs_utf8) && !utf8 {
        return Err(argument("Letters beyond ASCII need SMTPUTF8"));
    }
    Ok(Request::Mail { sender, size, eight_bit, utf8 })
}

fn rcpt(rest: &str) -> Result<Request, RequestFault> {
    let (path, params) = path(rest, "TO:")?;
    if let Some(param) = params.split_ascii_whitespace().next() {
        return Err(RequestFault::Parameter(param.to_owned()));
    }
    Ok(Request::Rcpt(Address::from_str(path).map_err(RequestFault::Address)?))
}

/// The address literal of an IP address (RFC 5321 §4.1.3): `[127.0.0.1]`, `[IPv6:::1]`.
pub fn address_literal(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(v4) => format!("[{v4}]"),
        IpAddr::V6(v6) => format!("[IPv6:{v6}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_and_parameters_are_read() {
        let Ok(Request::Mail { sender, size, eight_bit, utf8 }) =
            Request::parse("mail from: <\"a>b\"@x> SIZE=12 BODY=8BITMIME SMTPUTF8".as_bytes())
        else {
            panic!("not read");
        };
        assert_eq!(sender.unwrap().to_string(), "\"a>b\"@x");
        assert_eq!((size, eight_bit, utf8), (Some(12), true, true));
        assert!(matches!(Request::parse(b"MAIL FROM:<>"), Ok(Request::Mail { sender: None, .. })));
        assert!(matches!(Request::parse(b"RCPT TO:<@a,@b:c@d>"), Ok(Request::Rcpt(to)) if to.to_string() == "c@d"));
    }

    #[test]
    fn ambiguous_lines_are_refused() {
        for bad in [
            "MAIL FROM:a@x",
            "MAIL FROM:<a@x",
            "MAIL FROM:<a@x>x",
            "RCPT TO:<>",
            "RCPT TO:<a@x> NOTIFY=NEVER",
            "DATA x",
            "EHLO",
            "MAIL FROM:<a@x>\rRCPT",
            "MAIL FROM:<é@x>",
        ] {
            assert!(Request::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(matches!(Request::parse(b"NOOP\xff"), Err(RequestFault::BadBytes)));
    }

    proptest! {
        #[test]
        fn parse_of_any_bytes_does_not_panic(line in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Request::parse(&line);
        }
    }
}

//! Commands to a relay, each as a line for the wire and as a line for the transcript with secrets masked.

use crate::Secret;
use crate::address::Address;
use crate::sasl::Mechanism;

#[derive(Clone)]
pub enum Command {
    Ehlo(String),
    Helo(String),
    StartTls,
    Auth {
        mechanism: Mechanism,
        initial: Option<Secret>,
    },
    /// The line that answers a `334`.
    Respond(Secret),
    Cancel,
    Mail {
        sender: Option<Address>,
        size: Option<u64>,
        eight_bit: bool,
        utf8: bool,
    },
    Rcpt(Address),
    Data,
    /// A lone dot. It ends a body without recipients (RFC 2920 §3.1).
    LoneDot,
    Rset,
    Quit,
}

impl Command {
    /// Appends the line with its CRLF to `out`, as it goes on the wire. The line holds secrets in clear.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Auth { mechanism, initial: Some(initial) } => {
                out.extend_from_slice(format!("AUTH {} {}", mechanism.name(), initial.reveal()).as_bytes());
            }
            Self::Respond(secret) => out.extend_from_slice(secret.reveal().as_bytes()),
            shown => out.extend_from_slice(shown.shown().as_bytes()),
        }
        out.extend_from_slice(b"\r\n");
    }

    /// The line as a transcript may show it: without CRLF, secrets masked.
    pub fn shown(&self) -> String {
        match self {
            Self::Ehlo(name) => format!("EHLO {name}"),
            Self::Helo(name) => format!("HELO {name}"),
            Self::StartTls => "STARTTLS".into(),
            Self::Auth { mechanism, initial: None } => format!("AUTH {}", mechanism.name()),
            Self::Auth { mechanism, initial: Some(_) } => format!("AUTH {} ****", mechanism.name()),
            Self::Respond(secret) if secret.reveal().is_empty() => String::new(),
            Self::Respond(_) => "****".into(),
            Self::Cancel => "*".into(),
            Self::Mail { sender, size, eight_bit, utf8 } => {
                let mut line = format!("MAIL FROM:<{}>", sender.as_ref().map(|s| s.wire()).unwrap_or_default());
                if let Some(size) = size {
                    line += &format!(" SIZE={size}");
                }
                line += if *eight_bit { " BODY=8BITMIME" } else { "" };
                line + if *utf8 { " SMTPUTF8" } else { "" }
            }
            Self::Rcpt(address) => format!("RCPT TO:<{}>", address.wire()),
            Self::Data => "DATA".into(),
            Self::LoneDot => ".".into(),
            Self::Rset => "RSET".into(),
            Self::Quit => "QUIT".into(),
        }
    }
}

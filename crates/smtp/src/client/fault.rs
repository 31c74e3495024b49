//! The faults that end a session early. `model::verdict` assigns the blame.

use crate::reply::{Reply, ReplyFault};
use crate::sasl::Mechanism;

use super::Stage;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub stage: Stage,
    pub kind: FaultKind,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    /// The relay refused the session, not a message.
    #[error("{0}")]
    Refused(Reply),
    /// The relay refused a token. `challenge` holds the provider's reason.
    #[error("{reply} ({challenge})")]
    TokenRefused { reply: Reply, challenge: String },
    #[error("the connection was lost: {0}")]
    Lost(String),
    #[error("no answer in {0} s")]
    TimedOut(u64),
    #[error("{0}")]
    Unreadable(#[from] ReplyFault),
    #[error("unexpected reply: {0}")]
    OutOfTurn(Reply),
    #[error("the relay does not offer STARTTLS")]
    StartTlsMissing,
    /// Bytes in clear behind the reply to STARTTLS, from an unknown sender: an attacker may have injected them.
    #[error("unencrypted bytes after the reply to STARTTLS")]
    BytesBehindStartTls,
    /// `chosen` is the mechanism that the settings name.
    #[error("{}; it offers{}{}", not_offered(*chosen), if offered.is_empty() { " none" } else { ": " }, offered.join(" "))]
    NoMechanism { offered: Vec<String>, chosen: Option<Mechanism> },
    /// OAuth2 is set and there is no token for the sign-in. `key` names the texts with cause and remedy. `passing` is
    /// true if the cause ends without an operator.
    #[error("no OAuth2 token for the sign-in{}{words}", if words.is_empty() { "" } else { ": " })]
    NoToken { passing: bool, key: String, words: String },
    #[error("no address for this name: {0}")]
    NotResolved(String),
    #[error("no connection: {0}")]
    NotConnected(String),
    /// The settings name a local address that this machine does not have.
    #[error("the local address cannot be used: {0}")]
    NoLocalAddress(String),
    /// The name has addresses, and the settings exclude all of them.
    #[error("no address of the chosen address family: {0}")]
    NoAddressOfFamily(String),
    #[error("{0}")]
    Tls(TlsFault),
    /// The relay's address is this node.
    #[error("the relay is this node itself")]
    OurOwnListener,
    /// This machine lacks a resource for a connection. The fault says nothing about the relay.
    #[error("this machine has no {} left for a connection", .0.name())]
    NoResource(Resource),
}

fn not_offered(chosen: Option<Mechanism>) -> String {
    let none = || "the relay offers no usable sign-in mechanism".to_owned();
    chosen.map_or_else(none, |chosen| format!("the relay does not offer {}", chosen.name()))
}

/// A resource that this machine may lack for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// File descriptors, of the process or of the system (EMFILE, ENFILE).
    Descriptors,
    /// Kernel memory (ENOMEM, ENOBUFS).
    Memory,
    /// Local ports for connections to the relay (EADDRNOTAVAIL of connect(2)).
    Ports,
}

impl Resource {
    pub const ALL: [Self; 3] = [Self::Descriptors, Self::Memory, Self::Ports];

    pub fn name(self) -> &'static str {
        match self {
            Self::Descriptors => "file descriptors",
            Self::Memory => "memory",
            Self::Ports => "ports",
        }
    }

    /// The key of the texts for people.
    pub fn key(self) -> &'static str {
        match self {
            Self::Descriptors => "descriptors",
            Self::Memory => "memory",
            Self::Ports => "ports",
        }
    }
}

/// The faults of TLS, distinguished by their remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    #[error("the certificate was issued by an authority that is not trusted")]
    UnknownAuthority,
    #[error("the certificate is self-signed")]
    SelfSigned,
    #[error("the certificate expired on {0}")]
    Expired(String),
    #[error("the certificate is not valid before {0}")]
    NotYetValid(String),
    #[error("the certificate is for {}, not for {wanted}", names.join(", "))]
    WrongHost { wanted: String, names: Vec<String> },
    #[error("the certificate has no host name in its subjectAltName")]
    NoSubjectAltName,
    #[error("the certificate has {0} as a DNS name, not as an IP address")]
    WrongNameKind(String),
    #[error("the relay shows another key than the pinned one: {shown}")]
    OtherKey { shown: String },
    #[error("the certificate cannot be used: {0}")]
    BadCertificate(String),
    #[error("the certificate is signed with an algorithm that cannot be verified: {0}")]
    UnsupportedSignature(String),
    #[error("the certificate has a critical extension that is not known")]
    CriticalExtension,
    #[error("the certificate is not made for servers")]
    WrongPurpose,
    #[error("the signature of the certificate is wrong")]
    BadSignature,
    #[error("the certificate was revoked")]
    Revoked,
    #[error("the relay supports no TLS version from 1.2 on")]
    OldVersion,
    #[error("no common cipher")]
    NoCommonCipher,
    #[error("the relay does not use TLS on this port")]
    NotTls,
    #[error("the relay requires a client certificate, or refuses the one of this node")]
    ClientCertificate,
    #[error("{0}")]
    Other(String),
}

impl TlsFault {
    /// True if the relay could not prove its identity; false for a technical fault.
    pub fn is_trust(&self) -> bool {
        match self {
            Self::UnknownAuthority
            | Self::SelfSigned
            | Self::Expired(_)
            | Self::NotYetValid(_)
            | Self::WrongHost { .. }
            | Self::NoSubjectAltName
            | Self::WrongNameKind(_)
            | Self::OtherKey { .. }
            | Self::BadCertificate(_)
            | Self::UnsupportedSignature(_)
            | Self::CriticalExtension
            | Self::WrongPurpose
            | Self::BadSignature
            | Self::Revoked => true,
            Self::OldVersion | Self::NoCommonCipher | Self::NotTls | Self::ClientCertificate | Self::Other(_) => false,
        }
    }

    /// The short name in JSON and in catalogue guards; also the key of the texts for people.
    pub fn name(&self) -> &'static str {
        match self {
            Self::UnknownAuthority => "unknown-authority",
            Self::SelfSigned => "self-signed",
            Self::Expired(_) => "expired",
            Self::NotYetValid(_) => "not-yet-valid",
            Self::WrongHost { .. } => "wrong-host",
            Self::NoSubjectAltName => "no-subject-alt-name",
            Self::WrongNameKind(_) => "wrong-name-kind",
            Self::OtherKey { .. } => "other-key",
            Self::BadCertificate(_) => "bad-certificate",
            Self::UnsupportedSignature(_) => "unsupported-signature",
            Self::CriticalExtension => "critical-extension",
            Self::WrongPurpose => "wrong-purpose",
            Self::BadSignature => "bad-signature",
            Self::Revoked => "revoked",
            Self::OldVersion => "old-version",
            Self::NoCommonCipher => "no-common-cipher",
            Self::NotTls => "not-tls",
            Self::ClientCertificate => "client-certificate",
            Self::Other(_) => "tls-other",
        }
    }
}

impl Fault {
    /// The resource that this machine lacked. `None` for every other fault.
    pub fn lack(&self) -> Option<Resource> {
        if let FaultKind::NoResource(resource) = self.kind { Some(resource) } else { None }
    }

    /// The relay's reply, if that reply is the fault.
    pub fn reply(&self) -> Option<&Reply> {
        match &self.kind {
            FaultKind::Refused(reply) | FaultKind::TokenRefused { reply, .. } | FaultKind::OutOfTurn(reply) => Some(reply),
            FaultKind::Lost(_)
            | FaultKind::TimedOut(_)
            | FaultKind::Unreadable(_)
            | FaultKind::StartTlsMissing
            | FaultKind::BytesBehindStartTls
            | FaultKind::NoMechanism { .. }
            | FaultKind::NotResolved(_)
            | FaultKind::NoToken { .. }
            | FaultKind::NotConnected(_)
            | FaultKind::NoLocalAddress(_)
            | FaultKind::NoAddressOfFamily(_)
            | FaultKind::Tls(_)
            | FaultKind::OurOwnListener
            | FaultKind::NoResource(_) => None,
        }
    }
}

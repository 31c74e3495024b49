//! The meaning of enhanced status codes in refusals: the IANA registry *SMTP Enhanced Status Codes*, row by row.
//!
//! A basic code says only *permanent*. The enhanced code says what is refused, and RFC 3463 says of some conditions that they
//! pass whatever the class. The table of docs/verdicts.md is this table.

use smtp::reply::Enhanced;

/// The subject of a refusal, with what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// The code names nothing. The basic code and the stage decide.
    Unspecified,
    /// One recipient, for good.
    Recipient,
    /// A condition that passes, such as a full mailbox. RFC 3463 has it as a persistent transient failure.
    Passing,
    /// The message has more recipients than the relay takes at once (RFC 3463 §3.6: segmentation).
    TooManyRecipients,
    /// The message. Every relay would refuse it.
    Message,
    /// The message, at this relay: it is too large here, or needs a feature that is missing here.
    MessageHere,
    /// The sender, or the right to send.
    Sender,
    /// Our session with the relay: sign-in and encryption.
    Session,
}

impl Concern {
    #[cfg(test)]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Recipient => "recipient",
            Self::Passing => "passing",
            Self::TooManyRecipients => "too many recipients",
            Self::Message => "message",
            Self::MessageHere => "message here",
            Self::Sender => "sender",
            Self::Session => "session",
        }
    }
}

/// The rows of the registry: subject, detail, meaning, and the registry's title. Codes that are missing here are unknown.
#[rustfmt::skip]
pub(crate) const REGISTRY: &[(u16, u16, Concern, &str)] = &[
    (0, 0, Concern::Unspecified, "Other undefined status"),
    (1, 0, Concern::Recipient, "Other address status"),
    (1, 1, Concern::Recipient, "Bad destination mailbox address"),
    (1, 2, Concern::Recipient, "Bad destination system address"),
    (1, 3, Concern::Recipient, "Bad destination mailbox address syntax"),
    (1, 4, Concern::Recipient, "Destination mailbox address ambiguous"),
    (1, 5, Concern::Unspecified, "Destination address valid"),
    (1, 6, Concern::Recipient, "Destination mailbox has moved, no forwarding address"),
    (1, 7, Concern::Sender, "Bad sender's mailbox address syntax"),
    (1, 8, Concern::Sender, "Bad sender's system address"),
    (1, 9, Concern::Unspecified, "Message relayed to non-compliant mailer"),
    (1, 10, Concern::Recipient, "Recipient address has null MX"),
    (2, 0, Concern::Unspecified, "Other or undefined mailbox status"),
    (2, 1, Concern::Recipient, "Mailbox disabled, not accepting messages"),
    (2, 2, Concern::Passing, "Mailbox full"),
    (2, 3, Concern::Message, "Message length exceeds administrative limit"),
    (2, 4, Concern::Recipient, "Mailing list expansion problem"),
    (3, 0, Concern::Unspecified, "Other or undefined mail system status"),
    (3, 1, Concern::Passing, "Mail system full"),
    (3, 2, Concern::Passing, "System not accepting network messages"),
    (3, 3, Concern::MessageHere, "System not capable of selected features"),
    (3, 4, Concern::MessageHere, "Message too big for system"),
    (3, 5, Concern::Passing, "System incorrectly configured"),
    (3, 6, Concern::Unspecified, "Requested priority was changed"),
    (4, 0, Concern::Unspecified, "Other or undefined network or routing status"),
    (4, 1, Concern::Passing, "No answer from host"),
    (4, 2, Concern::Passing, "Bad connection"),
    (4, 3, Concern::Passing, "Directory server failure"),
    (4, 4, Concern::Recipient, "Unable to route"),
    (4, 5, Concern::Passing, "Mail system congestion"),
    (4, 6, Concern::Recipient, "Routing loop detected"),
    (4, 7, Concern::Passing, "Delivery time expired"),
    (5, 0, Concern::Unspecified, "Other or undefined protocol status"),
    (5, 1, Concern::Unspecified, "Invalid command"),
    (5, 2, Concern::Unspecified, "Syntax error"),
    (5, 3, Concern::TooManyRecipients, "Too many recipients"),
    (5, 4, Concern::Unspecified, "Invalid command arguments"),
    (5, 5, Concern::Unspecified, "Wrong protocol version"),
    (5, 6, Concern::Unspecified, "Authentication exchange line is too long"),
    (6, 0, Concern::Message, "Other or undefined media error"),
    (6, 1, Concern::MessageHere, "Media not supported"),
    (6, 2, Concern::MessageHere, "Conversion required and prohibited"),
    (6, 3, Concern::MessageHere, "Conversion required but not supported"),
    (6, 4, Concern::Unspecified, "Conversion with loss performed"),
    (6, 5, Concern::MessageHere, "Conversion failed"),
    (6, 6, Concern::Message, "Message content not available"),
    (6, 7, Concern::MessageHere, "Non-ASCII addresses not permitted for that sender/recipient"),
    (6, 8, Concern::Unspecified, "UTF-8 string reply is required, but not permitted by the SMTP client"),
    (6, 9, Concern::MessageHere, "UTF-8 header message cannot be transferred to one or more recipients"),
    (6, 10, Concern::Unspecified, "Duplicate of X.6.8, deprecated"),
    (7, 0, Concern::Sender, "Other or undefined security status"),
    (7, 1, Concern::Sender, "Delivery not authorized, message refused"),
    (7, 2, Concern::Recipient, "Mailing list expansion prohibited"),
    (7, 3, Concern::MessageHere, "Security conversion required but not possible"),
    (7, 4, Concern::MessageHere, "Security features not supported"),
    (7, 5, Concern::MessageHere, "Cryptographic failure"),
    (7, 6, Concern::MessageHere, "Cryptographic algorithm not supported"),
    (7, 7, Concern::Message, "Message integrity failure"),
    (7, 8, Concern::Session, "Authentication credentials invalid"),
    (7, 9, Concern::Session, "Authentication mechanism is too weak"),
    (7, 10, Concern::Session, "Encryption needed"),
    (7, 11, Concern::Session, "Encryption required for requested authentication mechanism"),
    (7, 12, Concern::Session, "A password transition is needed"),
    (7, 13, Concern::Session, "User account disabled"),
    (7, 14, Concern::Session, "Trust relationship required"),
    (7, 15, Concern::Message, "Priority level is too low"),
    (7, 16, Concern::Message, "Message is too big for the specified priority"),
    (7, 17, Concern::Recipient, "Mailbox owner has changed"),
    (7, 18, Concern::Recipient, "Domain owner has changed"),
    (7, 19, Concern::Recipient, "RRVS test cannot be completed"),
    (7, 20, Concern::Sender, "No passing DKIM signature found"),
    (7, 21, Concern::Sender, "No acceptable DKIM signature found"),
    (7, 22, Concern::Sender, "No valid author-matched DKIM signature found"),
    (7, 23, Concern::Sender, "SPF validation failed"),
    (7, 24, Concern::Sender, "SPF validation error"),
    (7, 25, Concern::Sender, "Reverse DNS validation failed"),
    (7, 26, Concern::Sender, "Multiple authentication checks failed"),
    (7, 27, Concern::Sender, "Sender address has null MX"),
    (7, 28, Concern::Passing, "Mail flood detected"),
    (7, 29, Concern::Sender, "ARC validation failure"),
    (7, 30, Concern::MessageHere, "REQUIRETLS support required"),
];

/// The meaning of a code. `None` if the registry does not have it: providers invent such codes.
pub(super) fn concern(enhanced: Enhanced) -> Option<Concern> {
    let Enhanced(_, subject, detail) = enhanced;
    REGISTRY.iter().find(|row| (row.0, row.1) == (subject, detail)).map(|row| row.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3463 §3.1–3.8, RFC 5248, RFC 6531, RFC 6710, RFC 7293, RFC 7372, RFC 7505, RFC 8616, RFC 8689.
    #[test]
    fn registry_stands_in_the_reference() {
        let text = include_str!("../../../../docs/verdicts.md");
        for (subject, detail, concern, title) in REGISTRY {
            let row = format!("| X.{subject}.{detail} | {title} | {} |", concern.name());
            assert!(text.contains(&row), "docs/verdicts.md has no row {row}");
        }
    }

    #[test]
    fn codes_are_in_order_and_unique() {
        assert!(REGISTRY.windows(2).all(|pair| (pair[0].0, pair[0].1) < (pair[1].0, pair[1].1)));
        assert_eq!(concern(Enhanced(5, 9, 9)), None);
        assert_eq!(concern(Enhanced(4, 5, 3)), Some(Concern::TooManyRecipients));
    }
}

//! Identifiers as newtypes: the compiler keeps a relay's number apart from a message's.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Number of a relay in the settings, given at its first save. Two relays never share a number at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RelayId(pub u32);

impl RelayId {
    /// No relay has this number. The secrets of the site are stored under it.
    pub const ZERO: Self = Self(0);
}

impl fmt::Display for RelayId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Declares identifiers that are numbers of rows in the store: ascending, never reused.
macro_rules! row_ids {
    ($($(#[doc = $doc:literal])+ $name:ident;)+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
            #[serde(transparent)]
            pub struct $name(pub i64);

            impl $name {
                /// Below each number in use: a walk through the rows starts after it.
                pub const BEFORE_FIRST: Self = Self(0);

                /// The number after this one.
                #[must_use]
                pub fn next(self) -> Self {
                    Self(self.0.saturating_add(1))
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    self.0.fmt(f)
                }
            }

            impl FromStr for $name {
                type Err = std::num::ParseIntError;

                fn from_str(text: &str) -> Result<Self, Self::Err> {
                    text.parse().map(Self)
                }
            }
        )+
    };
}

row_ids! {
    /// Number of a message on this node.
    MessageNumber;
    /// Number of an incident on this node.
    IncidentId;
    /// Number of an account of the site.
    AccountId;
    /// Number of an API token of a program.
    TokenId;
    /// Number of a lane: the waiting messages of one class or application. See [`LaneId::CRITICAL`].
    LaneId;
    /// Number of a gate, behind which messages are parked. See [`GateId::OPERATOR`].
    GateId;
}

impl LaneId {
    /// The lane of critical notices.
    pub const CRITICAL: Self = Self(0);
    /// The lane of other notices. Each application has a lane of its own, from 2.
    pub const NOTICES: Self = Self(1);

    /// True for the lane of an application.
    pub fn is_of_application(self) -> bool {
        self > Self::NOTICES
    }
}

impl GateId {
    /// The gate of messages that an operator holds. Each held sender has a gate of its own, from 2.
    pub const OPERATOR: Self = Self(1);
}

/// The node that accepted a message: two letters, drawn when the store is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Origin([u8; 2]);

const LETTERS: &[u8; 20] = b"bcdfghjkmnpqrstvwxyz";

impl Origin {
    /// Draws an origin from two random bytes.
    pub fn draw(chance: [u8; 2]) -> Self {
        Self(chance.map(|byte| LETTERS[usize::from(byte) % LETTERS.len()]))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", char::from(self.0[0]), char::from(self.0[1]))
    }
}

impl FromStr for Origin {
    type Err = IdFault;

    fn from_str(text: &str) -> Result<Self, IdFault> {
        match text.as_bytes() {
            [a, b] if LETTERS.contains(a) && LETTERS.contains(b) => Ok(Self([*a, *b])),
            _ => Err(IdFault::NotAnId),
        }
    }
}

/// A message's name for people: origin, number and check letter, such as `kx1042p`. The check letter reveals typing errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MessageId {
    pub origin: Origin,
    pub number: MessageNumber,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdFault {
    #[error("not a message ID; example: kx1042p")]
    NotAnId,
    #[error("the check letter at the end is wrong: a character was mistyped")]
    Mistyped,
}

impl MessageId {
    fn check(self) -> char {
        let digits = self.number.to_string();
        let all = self.origin.0.iter().chain(digits.as_bytes());
        // Weights reveal a swap of two neighbours. A plain sum does not.
        let sum = all.enumerate().fold(0u32, |sum, (i, &b)| sum + u32::from(b) * (2 * u32::try_from(i).unwrap_or(0) + 3));
        char::from(LETTERS[usize::try_from(sum).unwrap_or(0) % LETTERS.len()])
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.origin, self.number, self.check())
    }
}

impl FromStr for MessageId {
    type Err = IdFault;

    fn from_str(text: &str) -> Result<Self, IdFault> {
        let text = text.trim().to_ascii_lowercase();
        if !text.is_ascii() || text.len() < 4 {
            return Err(IdFault::NotAnId);
        }
        let (origin, rest) = text.split_at(2);
        let (digits, check) = rest.split_at(rest.len() - 1);
        let origin = origin.parse()?;
        let number = digits.parse().ok().filter(|n| *n > 0 && !digits.starts_with(['+', '0'])).ok_or(IdFault::NotAnId)?;
        let id = Self { origin, number: MessageNumber(number) };
        if check.starts_with(id.check()) { Ok(id) } else { Err(IdFault::Mistyped) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn id_round_trips_and_wrong_digit_is_noticed(a: u8, b: u8, n in 1..i64::MAX, at in 0usize..19, to in 0u8..10) {
            let id = MessageId { origin: Origin::draw([a, b]), number: MessageNumber(n) };
            let text = id.to_string();
            prop_assert_eq!(text.parse(), Ok(id));
            let digits = n.to_string().len();
            let mut bytes = text.clone().into_bytes();
            bytes[2 + at % digits] = b'0' + to;
            let other = String::from_utf8(bytes).unwrap();
            let noticed = other == text || other.parse::<MessageId>() != Ok(id);
            prop_assert!(noticed);
        }

        #[test]
        fn id_from_arbitrary_text_does_not_panic(text: String) {
            let _ = text.parse::<MessageId>();
        }
    }
}

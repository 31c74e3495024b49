//! The proof that both nodes know the same secret. It is bound to the TLS connection and to both keys, so that an attacker in the
//! middle cannot pass it on, and to its direction, so that it cannot be sent back.

use std::fmt;

use argon2::Argon2;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use model::Secret;
use ring::{digest, hkdf, hmac};
use serde::{Deserialize, Serialize};

use crate::code::PairingCode;
use crate::identity::KeyPin;

/// Shortest pre-shared key, in characters. It stands for good, so an attacker has time to guess it.
pub const PRE_SHARED_MIN: usize = 20;
const PRE_SHARED_MAX: usize = 1000;
/// Purposes of the derived keys.
const OF_CODE: &[u8] = b"postwacht pairing code v1";
const OF_PRE_SHARED: &[u8] = b"postwacht pre-shared key v1";

/// A pre-shared key cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretFault {
    #[error("a pre-shared key has at least {PRE_SHARED_MIN} characters, and this has {0}")]
    TooShort(usize),
    #[error("a pre-shared key has at most {PRE_SHARED_MAX} characters")]
    TooLong,
    #[error("the key cannot be derived: {0}")]
    Derivation(String),
}

/// The key of the proofs, from a code or a pre-shared key.
#[derive(Clone)]
pub struct PairingSecret(hmac::Key);

/// One side of a pairing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PairingSide {
    /// The node that connects: the primary.
    Caller,
    /// The node that listens: the backup.
    Listener,
}

/// The connection that a proof belongs to.
pub(crate) struct Channel {
    /// The channel binding of the TLS connection (RFC 9266 §4.1).
    pub(crate) binding: [u8; 32],
    pub(crate) caller: KeyPin,
    pub(crate) listener: KeyPin,
}

/// A proof on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SecretProof(String);

impl PairingSecret {
    /// The key of a one-time code. Its 80 bits cannot be guessed while the code is valid, so the key is derived at once.
    pub fn of_code(code: &PairingCode) -> Self {
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, OF_CODE).extract(code.bytes());
        let expanded = extracted.expand(&[OF_CODE], hmac::HMAC_SHA256).map(hmac::Key::from);
        Self(expanded.expect("32 bytes are within what HKDF-SHA256 gives: RFC 5869 section 2.3"))
    }

    /// The key of a pre-shared key, which a person has chosen: each guess costs 19 MiB and some tens of milliseconds. Blocks the
    /// thread for as long.
    pub fn of_pre_shared(key: &Secret) -> Result<Self, SecretFault> {
        let length = key.reveal().chars().count();
        if length < PRE_SHARED_MIN {
            return Err(SecretFault::TooShort(length));
        }
        if length > PRE_SHARED_MAX {
            return Err(SecretFault::TooLong);
        }
        // Both nodes must derive the same key before they know anything of each other, so the salt is the same everywhere.
        let salt = digest::digest(&digest::SHA256, OF_PRE_SHARED);
        let mut derived = [0; 32];
        Argon2::default()
            .hash_password_into(key.reveal().as_bytes(), salt.as_ref(), &mut derived)
            .map_err(|error| SecretFault::Derivation(error.to_string()))?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &derived)))
    }

    pub(crate) fn prove(&self, channel: &Channel, side: PairingSide) -> SecretProof {
        SecretProof(BASE64.encode(hmac::sign(&self.0, &channel.statement(side))))
    }

    /// True if the other side knows the secret. Takes the same time for every wrong proof.
    pub(crate) fn holds(&self, channel: &Channel, side: PairingSide, proof: &SecretProof) -> bool {
        let Ok(tag) = BASE64.decode(&proof.0) else { return false };
        hmac::verify(&self.0, &channel.statement(side), &tag).is_ok()
    }
}

impl fmt::Debug for PairingSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PairingSecret(…)")
    }
}

impl Channel {
    /// The bytes that a side signs. Each part has a fixed length.
    fn statement(&self, side: PairingSide) -> Vec<u8> {
        let side = match side {
            PairingSide::Caller => b'c',
            PairingSide::Listener => b'l',
        };
        [&self.binding, self.caller.as_bytes(), self.listener.as_bytes(), &[side]].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::PairIdentity;

    fn pin() -> KeyPin {
        PairIdentity::make().unwrap().pin().clone()
    }

    /// A proof holds for nothing but its own secret, connection, keys and side.
    #[test]
    fn proof_of_another_connection_does_not_hold() {
        let secret = PairingSecret::of_code(&PairingCode::draw());
        let (caller, listener, third) = (pin(), pin(), pin());
        let channel = |binding: u8, caller: &KeyPin, listener: &KeyPin| Channel {
            binding: [binding; 32],
            caller: caller.clone(),
            listener: listener.clone(),
        };
        let made = channel(1, &caller, &listener);
        let proof = secret.prove(&made, PairingSide::Caller);
        assert!(secret.holds(&made, PairingSide::Caller, &proof));
        assert!(!secret.holds(&made, PairingSide::Listener, &proof), "sent back");
        for (other, what) in [
            (channel(2, &caller, &listener), "another connection"),
            (channel(1, &third, &listener), "another caller"),
            (channel(1, &caller, &third), "another listener"),
            (channel(1, &listener, &caller), "exchanged"),
        ] {
            assert!(!secret.holds(&other, PairingSide::Caller, &proof), "{what}");
        }
        let other = PairingSecret::of_code(&PairingCode::draw());
        assert!(!other.holds(&made, PairingSide::Caller, &proof));
        for rubbish in ["", "!", "AAAA", &"A".repeat(44)] {
            assert!(!secret.holds(&made, PairingSide::Caller, &SecretProof(rubbish.to_owned())), "{rubbish}");
        }
    }

    #[test]
    fn pre_shared_key_is_the_same_on_both_nodes_and_long() {
        let channel = Channel { binding: [7; 32], caller: pin(), listener: pin() };
        let of = |key: &str| PairingSecret::of_pre_shared(&Secret::new(key));
        let proof = of("a key of twenty signs").unwrap().prove(&channel, PairingSide::Listener);
        assert!(of("a key of twenty signs").unwrap().holds(&channel, PairingSide::Listener, &proof));
        assert!(!of("a key of twenty sighs").unwrap().holds(&channel, PairingSide::Listener, &proof));
        assert_eq!(of("nineteen characters").unwrap_err(), SecretFault::TooShort(19));
        assert_eq!(of(&"x".repeat(1001)).unwrap_err(), SecretFault::TooLong);
    }
}

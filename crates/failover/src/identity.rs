//! The key of a node for its pair, and the certificate that shows it. Only the key counts: the peer pins it.

use std::fmt;

use admin::certificate::{key_info, pin_of};
use model::Secret;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde::{Deserialize, Serialize};

/// SHA-256 of a SubjectPublicKeyInfo, in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyPin(String);

impl KeyPin {
    /// The pin of a certificate's key. `None` if the certificate has no readable key.
    pub fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        Some(Self(pin_of(key_info(certificate).ok()?)))
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Display for KeyPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key cannot be made or read.
#[derive(Debug, thiserror::Error)]
#[error("the key of the pair cannot be used: {0}")]
pub struct IdentityFault(String);

impl IdentityFault {
    pub(crate) fn unreadable() -> Self {
        Self("the stored keys are unreadable".into())
    }
}

/// The key pair of a node for one relationship.
pub struct PairIdentity {
    /// PKCS #8, PEM.
    key: Secret,
    private: PrivatePkcs8KeyDer<'static>,
    certificate: CertificateDer<'static>,
    pin: KeyPin,
}

impl PairIdentity {
    /// Makes a new key (ECDSA P-256).
    pub fn make() -> Result<Self, IdentityFault> {
        let pair = rcgen::KeyPair::generate().map_err(|error| IdentityFault(error.to_string()))?;
        Self::of_pair(&pair)
    }

    /// Reads a stored key. The certificate is made anew: only its key is ever checked.
    pub fn of_key(key: &Secret) -> Result<Self, IdentityFault> {
        let pair = rcgen::KeyPair::from_pem(key.reveal()).map_err(|error| IdentityFault(error.to_string()))?;
        Self::of_pair(&pair)
    }

    fn of_pair(pair: &rcgen::KeyPair) -> Result<Self, IdentityFault> {
        let fault = |error: rcgen::Error| IdentityFault(error.to_string());
        let mut parameters = rcgen::CertificateParams::new(Vec::new()).map_err(fault)?;
        parameters.distinguished_name.push(rcgen::DnType::CommonName, "Postwacht pair");
        let certificate = parameters.self_signed(pair).map_err(fault)?.der().clone();
        let pin = KeyPin::of(&certificate).ok_or_else(|| IdentityFault("it has no key".into()))?;
        let private = PrivatePkcs8KeyDer::from(pair.serialize_der());
        Ok(Self { key: Secret::new(pair.serialize_pem()), private, certificate, pin })
    }

    /// The private key, for the store.
    pub fn key(&self) -> &Secret {
        &self.key
    }

    pub fn pin(&self) -> &KeyPin {
        &self.pin
    }

    pub(crate) fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![self.certificate.clone()]
    }

    pub(crate) fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(self.private.clone_key())
    }
}

impl PartialEq for PairIdentity {
    fn eq(&self, other: &Self) -> bool {
        self.pin == other.pin
    }
}

impl Eq for PairIdentity {}

impl fmt::Debug for PairIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PairIdentity").field("pin", &self.pin).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_key_gives_the_same_pin() {
        let made = PairIdentity::make().unwrap();
        let read = PairIdentity::of_key(made.key()).unwrap();
        assert_eq!(made.pin(), read.pin());
        assert_ne!(made.pin(), PairIdentity::make().unwrap().pin());
        assert!(!format!("{made:?}").contains("PRIVATE"));
        assert!(PairIdentity::of_key(&Secret::new("rubbish")).is_err());
    }
}

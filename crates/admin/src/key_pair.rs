//! The key pair with which an OAuth2 client signs in at its identity provider: makes one, checks one that an administrator enters,
//! and signs with it.

use std::time::Duration;

use model::Secret;
use model::time::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::certificate::{CertificateView, PemFault};
use crate::library_words::pem_words;
use crate::trust::{PartFault, check_key};

/// Length of a new key. It is RSA, since Entra ID takes no other key; other providers also take a P-256 key that an administrator
/// enters. This length signs fast on the smallest machine.
const BITS: usize = 2048;
/// Life of a new certificate: two years. Entra ID sets no limit; this is the longest life that it allows for a client secret.
const LIFE: Duration = Duration::from_hours(730 * 24);
/// A new certificate is backdated by this much, for a provider whose clock is behind ours.
const BACKDATED_BY: Duration = Duration::from_hours(24);

/// A key pair could not be made.
#[derive(Debug, thiserror::Error)]
pub enum MakeKeyFault {
    #[error("{0}")]
    Key(#[from] rsa::Error),
    #[error("{0}")]
    Encoding(#[from] rsa::pkcs8::Error),
    #[error("{0}")]
    Certificate(#[from] rcgen::Error),
    #[error("{0}")]
    Unreadable(#[from] PemFault),
    #[error("the generation of the key was interrupted")]
    Interrupted,
}

/// The key did not sign.
#[derive(Debug, thiserror::Error)]
#[error("the application's key cannot sign")]
pub struct SignFault;

/// A new key pair.
pub struct KeyPair {
    /// PEM.
    pub certificate: String,
    pub key: Secret,
}

/// Makes a key pair and a self-signed certificate for the provider. Takes about a second of CPU time, so do not call it
/// on an async worker thread.
pub fn make_key_pair(name: &str, now: Timestamp) -> Result<KeyPair, MakeKeyFault> {
    use rsa::pkcs8::{EncodePrivateKey, LineEnding};
    let private = rsa::RsaPrivateKey::new(&mut rand_source::System, BITS)?;
    let pem = Secret::new(private.to_pkcs8_pem(LineEnding::LF)?.as_str());
    let pair = rcgen::KeyPair::from_pkcs8_pem_and_sign_algo(pem.reveal(), &rcgen::PKCS_RSA_SHA256)?;
    let mut parameters = rcgen::CertificateParams::new(Vec::new())?;
    let plain: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
    parameters.distinguished_name.push(rcgen::DnType::CommonName, format!("Postwacht {plain}").trim());
    let day = |at: Timestamp| {
        let at = jiff::Timestamp::try_from(at).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
        rcgen::date_time_ymd(at.year().into(), at.month().unsigned_abs(), at.day().unsigned_abs())
    };
    (parameters.not_before, parameters.not_after) = (day(now - BACKDATED_BY), day(now + LIFE));
    let certificate = parameters.self_signed(&pair)?.pem();
    Ok(KeyPair { certificate, key: pem })
}

/// The system's randomness in the form that the `rsa` crate wants.
mod rand_source {
    pub(super) struct System;

    impl rsa::rand_core::RngCore for System {
        fn next_u32(&mut self) -> u32 {
            u32::from_ne_bytes(crate::clock::random_bytes())
        }

        fn next_u64(&mut self) -> u64 {
            u64::from_ne_bytes(crate::clock::random_bytes())
        }

        fn fill_bytes(&mut self, bytes: &mut [u8]) {
            for part in bytes.chunks_mut(32) {
                part.copy_from_slice(&crate::clock::random_bytes::<32>()[..part.len()]);
            }
        }

        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
            self.fill_bytes(bytes);
            Ok(())
        }
    }

    impl rsa::rand_core::CryptoRng for System {}
}

/// A private key of an application.
pub enum SigningKey {
    Rsa(Box<RsaKeyPair>),
    P256(Box<EcdsaKeyPair>),
}

/// Reads a private key: RSA from 2048 bits, or P-256. PEM.
pub fn parse_signing_key(pem: &Secret) -> Result<SigningKey, PemFault> {
    let der = PrivateKeyDer::from_pem_slice(pem.reveal().as_bytes()).map_err(|error| PemFault::NotPem(pem_words(&error)))?;
    match &der {
        PrivateKeyDer::Pkcs1(der) => {
            let key = RsaKeyPair::from_der(der.secret_pkcs1_der());
            key.map(|key| SigningKey::Rsa(Box::new(key))).map_err(|_| PemFault::UnsupportedKey)
        }
        PrivateKeyDer::Pkcs8(der) => {
            let der = der.secret_pkcs8_der();
            let rsa = RsaKeyPair::from_pkcs8(der).map(|key| SigningKey::Rsa(Box::new(key)));
            rsa.or_else(|_| {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &SystemRandom::new())
                    .map(|key| SigningKey::P256(Box::new(key)))
            })
            .map_err(|_| PemFault::UnsupportedKey)
        }
        _ => Err(PemFault::UnsupportedKey),
    }
}

/// Checks that a certificate and a key can be used and belong together. The fault names the wrong part: `certificate` or `key`.
pub fn check_key_pair(certificate: &str, key: &Secret) -> Result<(), PartFault> {
    let der = CertificateDer::from_pem_slice(certificate.as_bytes()).map_err(|error| PemFault::NotPem(pem_words(&error)));
    let der = der.map_err(PartFault::at("certificate"))?;
    CertificateView::read(&der).map_err(PartFault::at("certificate"))?;
    parse_signing_key(key).map_err(PartFault::at("key"))?;
    check_key(vec![der], key).map_err(PartFault::at("key"))
}

/// Signs a text. `algorithm` is a name of RFC 7518 §3.1: `PS256` or `RS256` for an RSA key. A P-256 key signs with `ES256` whatever
/// the name.
pub fn sign(key: &SigningKey, algorithm: &str, text: &[u8]) -> Result<Vec<u8>, SignFault> {
    let (random, failed) = (SystemRandom::new(), |_| SignFault);
    match key {
        SigningKey::P256(key) => Ok(key.sign(&random, text).map_err(failed)?.as_ref().to_vec()),
        SigningKey::Rsa(key) => {
            let mut signature = vec![0; key.public().modulus_len()];
            let padding: &dyn ring::signature::RsaEncoding =
                if algorithm == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
            key.sign(padding, &random, text, &mut signature).map_err(failed)?;
            Ok(signature)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_key_pair_fits_and_foreign_key_does_not() {
        let now = Timestamp::from_secs(1_800_000_000);
        let made = |name, now| make_key_pair(name, now).expect("made");
        let (pair, other) = (made("site\r\n", now), made("x", Timestamp::EPOCH));
        assert_eq!(check_key_pair(&pair.certificate, &pair.key), Ok(()));
        assert_eq!(check_key_pair(&pair.certificate, &other.key).map_err(|fault| fault.part), Err("key"));
        assert_eq!(check_key_pair("x", &pair.key).map_err(|fault| fault.part), Err("certificate"));
        let view = CertificateDer::from_pem_slice(pair.certificate.as_bytes()).expect("PEM");
        let view = CertificateView::read(&view).expect("readable");
        assert!(view.ends.distance(now + LIFE) <= Duration::from_hours(24), "two years");
    }
}

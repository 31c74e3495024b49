//! Trust in certificates: the system's roots, an added authority, or a pinned key. Checks certificates and keys when the
//! administrator saves them.

use std::sync::Arc;

use model::Secret;
use model::settings::{TlsSettings, Trust};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use smtp::client::TlsFault;

use crate::certificate::{CertificateView, PemFault};
use crate::chain::ChainVerifier;
use crate::library_words::{pem_words, tls_words};

pub use crate::crypto::provider;

/// No server can be trusted.
#[derive(Debug, thiserror::Error)]
pub enum TrustFault {
    #[error("this machine has no certificate store, and no certificate authority is set")]
    NoAuthority,
    #[error("{0}")]
    Authority(#[from] TlsFault),
    #[error("{}", tls_words(.0))]
    Tls(#[from] rustls::Error),
}

/// A part of the settings that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartFault {
    /// The key of the setting within its group, such as `ca`.
    pub part: &'static str,
    pub fault: PemFault,
}

impl PartFault {
    pub(crate) fn at(part: &'static str) -> impl Fn(PemFault) -> Self {
        move |fault| Self { part, fault }
    }
}

/// TLS configuration for servers other than relays. It trusts the system's authorities and those of `added` (PEM).
pub fn client_config(added: Option<&str>) -> Result<Arc<ClientConfig>, TrustFault> {
    let trust = added.map_or(Trust::System, |pem| Trust::Added(pem.to_owned()));
    let Trusted::Chain(verifier) = trusted(&trust)? else { return Err(TrustFault::NoAuthority) };
    if !verifier.has_root() {
        return Err(TrustFault::NoAuthority);
    }
    config_with(verifier)
}

/// TLS configuration for a server that proves itself in another way. Name and dates of its certificate must be right.
pub(crate) fn config_of_any_issuer() -> Result<Arc<ClientConfig>, TrustFault> {
    config_with(ChainVerifier::of_any_issuer())
}

fn config_with(verifier: ChainVerifier) -> Result<Arc<ClientConfig>, TrustFault> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?;
    Ok(Arc::new(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()))
}

/// Reads the certificates of a PEM text. Fails if there is none or one is broken.
pub fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, PemFault> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let all = all.map_err(|error| PemFault::NotPem(pem_words(&error)))?;
    if all.is_empty() {
        return Err(PemFault::Empty);
    }
    for certificate in &all {
        CertificateView::read(certificate)?;
    }
    Ok(all)
}

/// Checks certificates and keys when the administrator saves, so that broken ones are never stored. The parts are `ca`,
/// `client_certificate` and `client_key`.
pub fn check_tls(settings: &TlsSettings) -> Result<(), PartFault> {
    if let Trust::Added(pem) = &settings.trust {
        let added = certificates(pem).map_err(PartFault::at("ca"))?;
        let mut roots = RootCertStore::empty();
        for certificate in added {
            roots.add(certificate).map_err(|error| PemFault::Authority(tls_words(&error))).map_err(PartFault::at("ca"))?;
        }
    }
    let Some(client) = &settings.client else { return Ok(()) };
    let chain = certificates(&client.chain).map_err(PartFault::at("client_certificate"))?;
    check_key(chain, &client.key).map_err(PartFault::at("client_key"))
}

/// Checks that a private key (PEM) can be used and belongs to the first certificate.
pub(crate) fn check_key(chain: Vec<CertificateDer<'static>>, key: &Secret) -> Result<(), PemFault> {
    let key = PrivateKeyDer::from_pem_slice(key.reveal().as_bytes()).map_err(|error| PemFault::NotPem(pem_words(&error)))?;
    let signer = provider().key_provider.load_private_key(key).map_err(|error| PemFault::NotPem(tls_words(&error)))?;
    rustls::sign::CertifiedKey::new(chain, signer).keys_match().map_err(|_| PemFault::Mismatch)
}

/// The parsed form of [`Trust`].
#[derive(Debug)]
pub enum Trusted {
    Chain(ChainVerifier),
    /// SHA-256 of the public keys.
    Pins(Vec<[u8; 32]>),
}

/// Reads how a server is verified: by its chain, or by the hashes of its keys.
pub fn trusted(trust: &Trust) -> Result<Trusted, TlsFault> {
    let added = match trust {
        Trust::Pinned(pins) => return Ok(Trusted::Pins(pins.clone())),
        Trust::System => Vec::new(),
        Trust::Added(pem) => certificates(pem).map_err(|fault| TlsFault::Other(fault.to_string()))?,
    };
    ChainVerifier::new(added).map(Trusted::Chain).map_err(|error| TlsFault::Other(tls_words(&error)))
}

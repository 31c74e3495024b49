//! Trust in certificates: the system's roots, an added authority, or a pinned key. Checks certificates and keys when the
//! administrator saves them.

use std::sync::{Arc, OnceLock};

use model::settings::{TlsSettings, Trust};
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use smtp::client::TlsFault;

use crate::certificate::CertificateView;

/// The cryptography provider. Only this function chooses it.
pub fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(rustls::crypto::ring::default_provider())))
}

fn system_roots() -> &'static RootCertStore {
    static ROOTS: OnceLock<RootCertStore> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "a part of the system's certificate store cannot be read");
        }
        let mut roots = RootCertStore::empty();
        let (_, bad) = roots.add_parsable_certificates(found.certs);
        if bad > 0 {
            tracing::debug!(bad, "certificates of the system's store that cannot be used");
        }
        roots
    })
}

/// TLS configuration for servers other than relays. It trusts the system's authorities and those of `added` (PEM).
pub fn client_config(added: Option<&str>) -> Result<Arc<ClientConfig>, String> {
    let trust = added.map_or(Trust::System, |pem| Trust::Added(pem.to_owned()));
    let Trusted::Chain(Some(verifier)) = trusted(&trust).map_err(|fault| fault.to_string())? else {
        return Err("this machine has no certificate store, and no authority was given".into());
    };
    let builder = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| error.to_string())?;
    Ok(Arc::new(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()))
}

/// Reads the certificates of a PEM text. Fails if there is none or one is broken.
pub fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let all = all.map_err(|error| error.to_string())?;
    if all.is_empty() {
        return Err("no certificate in it".into());
    }
    for certificate in &all {
        CertificateView::read(certificate)?;
    }
    Ok(all)
}

/// Checks certificates and keys when the administrator saves, so that broken ones are never stored.
/// An error names the part (`ca`, `client_certificate`, `client_key`) and gives the reason.
pub fn check_tls(settings: &TlsSettings) -> Result<(), (&'static str, String)> {
    if let Trust::Added(pem) = &settings.trust {
        let added = certificates(pem).map_err(|why| ("ca", why))?;
        let mut roots = RootCertStore::empty();
        for certificate in added {
            roots.add(certificate).map_err(|error| ("ca", error.to_string()))?;
        }
    }
    let Some(client) = &settings.client else { return Ok(()) };
    let chain = certificates(&client.chain).map_err(|why| ("client_certificate", why))?;
    let key = PrivateKeyDer::from_pem_slice(client.key.reveal().as_bytes());
    let key = key.map_err(|error| ("client_key", error.to_string()))?;
    let signer = provider().key_provider.load_private_key(key).map_err(|error| ("client_key", error.to_string()))?;
    let certified = rustls::sign::CertifiedKey::new(chain, signer);
    certified.keys_match().map_err(|_| ("client_key", "it does not belong to the certificate".to_owned()))
}

#[derive(Debug)]
/// The parsed form of [`Trust`].
pub enum Trusted {
    /// `None` if there is no root to trust.
    Chain(Option<Arc<WebPkiServerVerifier>>),
    Keys(Vec<[u8; 32]>),
}

/// Reads the certificates that a relay is trusted by.
pub fn trusted(trust: &Trust) -> Result<Trusted, TlsFault> {
    let mut roots = match trust {
        Trust::Pinned(pins) => return Ok(Trusted::Keys(pins.clone())),
        Trust::System | Trust::Added(_) => system_roots().clone(),
    };
    if let Trust::Added(pem) = trust {
        for certificate in certificates(pem).map_err(TlsFault::Other)? {
            roots.add(certificate).map_err(|error| TlsFault::Other(error.to_string()))?;
        }
    }
    if roots.is_empty() {
        return Ok(Trusted::Chain(None));
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build();
    Ok(Trusted::Chain(Some(verifier.map_err(|error| TlsFault::Other(error.to_string()))?)))
}

//! Verification of a server by its chain: the system's authorities and those of the settings.

use std::sync::Arc;

use model::time::Timestamp;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use crate::certificate::{CertificateView, may_sign};
use crate::crypto::{provider, system_roots};

/// Verifies chains up to a trusted root. A certificate that the settings add is trusted as a root, and also as the certificate of
/// the server itself: many devices show a self-signed certificate, and OpenSSL makes these with the mark of an authority, which
/// no end of a chain may have.
#[derive(Debug)]
pub struct ChainVerifier {
    /// `None` if there is no root.
    roots: Option<Arc<WebPkiServerVerifier>>,
    added: Vec<CertificateDer<'static>>,
    issuers: AcceptedIssuers,
}

/// The issuers whose certificates are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AcceptedIssuers {
    Trusted,
    /// Any: the server proves itself in another way, and only the name and the dates of its certificate matter.
    Any,
}

impl ChainVerifier {
    pub(crate) fn new(added: Vec<CertificateDer<'static>>) -> Result<Self, Error> {
        let mut roots = system_roots().clone();
        // The certificate of a server signs no other server's.
        for certificate in added.iter().filter(|certificate| may_sign(certificate)) {
            roots.add(certificate.clone())?;
        }
        let roots = match roots.is_empty() {
            true => None,
            false => {
                let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider());
                Some(builder.build().map_err(|error| Error::General(error.to_string()))?)
            }
        };
        Ok(Self { roots, added, issuers: AcceptedIssuers::Trusted })
    }

    /// Verifies name and dates of a certificate, and that the server has its key. The server must prove itself in another way.
    pub(crate) fn of_any_issuer() -> Self {
        Self { roots: None, added: Vec::new(), issuers: AcceptedIssuers::Any }
    }

    pub(crate) fn has_root(&self) -> bool {
        self.roots.is_some()
    }
}

/// Verifies a certificate that is trusted itself: its name and its dates.
fn verify_added_certificate(
    shown: &CertificateDer<'_>,
    name: &ServerName<'_>,
    now: UnixTime,
) -> Result<ServerCertVerified, Error> {
    let view = CertificateView::read(shown).map_err(|_| CertificateError::BadEncoding)?;
    let now = Timestamp::EPOCH + std::time::Duration::from_secs(now.as_secs());
    match () {
        () if now < view.begins => return Err(CertificateError::NotValidYet.into()),
        () if now > view.ends => return Err(CertificateError::Expired.into()),
        () => {}
    }
    verify_server_name(&ParsedCertificate::try_from(shown)?, name)?;
    Ok(ServerCertVerified::assertion())
}

impl ServerCertVerifier for ChainVerifier {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.issuers == AcceptedIssuers::Any || self.added.iter().any(|added| **added == **shown) {
            return verify_added_certificate(shown, name, now);
        }
        match &self.roots {
            Some(roots) => roots.verify_server_cert(shown, intermediates, name, ocsp, now),
            None => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &provider().signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &provider().signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}

//! TLS 1.3 between two nodes. Each shows its own key; a certificate is only its envelope. While a pairing is under way any key is
//! let in, and a proof then shows whose it is. Afterwards only the pinned keys of the peer are.

use std::sync::Arc;

use admin::crypto::provider;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::version::TLS13;
use rustls::{
    CertificateError, ClientConfig, ConnectionCommon, DigitallySignedStruct, DistinguishedName, Error, ServerConfig,
    SignatureScheme,
};

use crate::identity::{KeyPin, PairIdentity};
use crate::proof::Channel;

/// Protocol of a pairing, and of two nodes that know each other (ALPN, RFC 7301).
pub(crate) const PAIRING: &[u8] = b"postwacht-pairing/1";
pub(crate) const PEER: &[u8] = b"postwacht-peer/1";
/// The label of the channel binding (RFC 9266 §4.2).
const BINDING: &[u8] = b"EXPORTER-Channel-Binding";

/// The keys that a node lets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PeerKeys {
    /// Any: a proof must follow.
    Any,
    Pinned(Vec<KeyPin>),
}

impl PeerKeys {
    fn protocol(&self) -> Vec<u8> {
        match self {
            Self::Any => PAIRING.to_vec(),
            Self::Pinned(_) => PEER.to_vec(),
        }
    }
}

/// Checks the key in a certificate, and that the other side holds it.
#[derive(Debug)]
struct KeyVerifier(PeerKeys);

impl KeyVerifier {
    fn check(&self, shown: &CertificateDer<'_>) -> Result<(), Error> {
        let pin = KeyPin::of(shown).ok_or(CertificateError::BadEncoding)?;
        match &self.0 {
            PeerKeys::Pinned(pins) if !pins.contains(&pin) => Err(CertificateError::ApplicationVerificationFailure.into()),
            PeerKeys::Pinned(_) | PeerKeys::Any => Ok(()),
        }
    }

    fn signature(
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let key = admin::certificate::key_info(certificate).map_err(|_| CertificateError::BadEncoding)?;
        let key = SubjectPublicKeyInfoDer::from(key);
        rustls::crypto::verify_tls13_signature_with_raw_key(
            message,
            &key,
            signature,
            &provider().signature_verification_algorithms,
        )
    }
}

/// TLS 1.2 is switched off, so its signatures never come.
fn no_tls12() -> Result<HandshakeSignatureValid, Error> {
    Err(Error::General("TLS 1.3 is required".into()))
}

impl ServerCertVerifier for KeyVerifier {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.check(shown).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        no_tls12()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Self::signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}

impl ClientCertVerifier for KeyVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.check(shown).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        no_tls12()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Self::signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}

/// The listener's side. Sessions are never resumed: each connection shows the key anew.
pub(crate) fn server(identity: &PairIdentity, keys: PeerKeys) -> Result<Arc<ServerConfig>, Error> {
    let protocol = keys.protocol();
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(Arc::new(KeyVerifier(keys)))
        .with_single_cert(identity.chain(), identity.private_key())?;
    config.alpn_protocols = vec![protocol];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// The caller's side.
pub(crate) fn client(identity: &PairIdentity, keys: PeerKeys) -> Result<Arc<ClientConfig>, Error> {
    let protocol = keys.protocol();
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(KeyVerifier(keys)))
        .with_client_auth_cert(identity.chain(), identity.private_key())?;
    config.alpn_protocols = vec![protocol];
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

/// The key that the other side has shown. `None` before the end of the handshake.
pub(crate) fn shown<D>(connection: &ConnectionCommon<D>) -> Option<KeyPin> {
    KeyPin::of(connection.peer_certificates()?.first()?)
}

/// The connection as both sides name it. `caller` and `listener` are the keys that they have shown.
pub(crate) fn channel<D>(connection: &ConnectionCommon<D>, caller: KeyPin, listener: KeyPin) -> Result<Channel, Error> {
    let binding = connection.export_keying_material([0; 32], BINDING, Some(&[]))?;
    Ok(Channel { binding, caller, listener })
}

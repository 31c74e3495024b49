//! TLS with a relay: trusted certificates, our client certificate, and the meaning of a failed handshake.
//!
//! Verification has exactly three forms: system roots, added authority, pinned key.

use std::sync::{Arc, Mutex, PoisonError};

use admin::certificate::{CertificateView, key_info, pin_of};
use admin::clock::Clock;
use admin::library_words::{alert_words, pem_words, tls_words};
use admin::pinned::PinVerifier;
use admin::trust::{Trusted, certificates, provider, trusted};
use model::settings::{Host, TlsSettings};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, PeerIncompatible, SignatureScheme,
};
use smtp::client::{FaultKind, TlsFault};

/// The certificate that the relay showed, also after a failed handshake.
#[derive(Debug, Default)]
pub(super) struct PresentedCertificate {
    /// `None` if it cannot be read.
    pub(super) view: Option<CertificateView>,
    pub(super) pin: Option<String>,
}

/// The TLS configuration of one connection. `shown` receives the certificate that the relay shows.
pub(super) struct TlsSetup {
    pub(super) config: Arc<ClientConfig>,
    pub(super) name: ServerName<'static>,
    pub(super) shown: Arc<Mutex<PresentedCertificate>>,
}

pub(super) fn prepare(host: &Host, settings: &TlsSettings, clock: &Clock) -> Result<TlsSetup, TlsFault> {
    let name = match host {
        Host::Ip(ip) => ServerName::from(*ip),
        Host::Name { ascii, .. } => ServerName::try_from(ascii.clone()).map_err(|error| TlsFault::Other(error.to_string()))?,
    };
    let shown = Arc::<Mutex<PresentedCertificate>>::default();
    let inner: Arc<dyn ServerCertVerifier> = match trusted(&settings.trust)? {
        Trusted::Chain(verifier) => Arc::new(verifier),
        Trusted::Pins(pins) => Arc::new(PinVerifier::new(&pins)),
    };
    let verifier = RecordingVerifier { inner, shown: Arc::clone(&shown) };
    let other = |error: Error| TlsFault::Other(tls_words(&error));
    let builder = ClientConfig::builder_with_details(provider(), Arc::new(clock.clone()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let config = match &settings.client {
        None => builder.with_no_client_auth(),
        Some(client) => {
            let chain = certificates(&client.chain).map_err(|fault| TlsFault::Other(fault.to_string()))?;
            let key = PrivateKeyDer::from_pem_slice(client.key.reveal().as_bytes())
                .map_err(|error| TlsFault::Other(pem_words(&error)))?;
            builder.with_client_auth_cert(chain, key).map_err(other)?
        }
    };
    Ok(TlsSetup { config: Arc::new(config), name, shown })
}

/// Keeps the certificate that the relay shows, and lets another verifier decide.
#[derive(Debug)]
struct RecordingVerifier {
    inner: Arc<dyn ServerCertVerifier>,
    shown: Arc<Mutex<PresentedCertificate>>,
}

impl ServerCertVerifier for RecordingVerifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) =
            PresentedCertificate { view: CertificateView::read(certificate).ok(), pin: key_info(certificate).ok().map(pin_of) };
        self.inner.verify_server_cert(certificate, intermediates, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Maps the error of a failed handshake to a fault.
pub(super) fn fault(error: &std::io::Error, host: &Host, shown: &PresentedCertificate) -> TlsFault {
    let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) else {
        // A relay that does not support our TLS often hangs up without an alert.
        return TlsFault::Other(format!("the connection was lost during the TLS handshake: {error}"));
    };
    match error {
        Error::InvalidCertificate(why) => certificate_fault(why, host, shown),
        // The ciphers are agreed on before a certificate is shown. A later failure means that our certificate is missing.
        Error::AlertReceived(AlertDescription::HandshakeFailure) if shown.pin.is_some() => TlsFault::ClientCertificate,
        Error::AlertReceived(alert) => alert_fault(*alert),
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::Tls12NotOffered
            | PeerIncompatible::Tls12NotOfferedOrEnabled,
        ) => TlsFault::OldVersion,
        Error::PeerIncompatible(
            PeerIncompatible::NoCipherSuitesInCommon
            | PeerIncompatible::NoKxGroupsInCommon
            | PeerIncompatible::NoSignatureSchemesInCommon,
        ) => TlsFault::NoCommonCipher,
        Error::InvalidMessage(_) => TlsFault::NotTls,
        other => TlsFault::Other(tls_words(other)),
    }
}

/// The fault of an alert after the handshake, if the alert is about our certificate.
pub(super) fn late_fault(error: &std::io::Error) -> Option<FaultKind> {
    match error.get_ref()?.downcast_ref::<Error>()? {
        Error::AlertReceived(alert) => match alert_fault(*alert) {
            fault @ TlsFault::ClientCertificate => Some(FaultKind::Tls(fault)),
            _ => None,
        },
        _ => None,
    }
}

fn alert_fault(alert: AlertDescription) -> TlsFault {
    match alert {
        AlertDescription::ProtocolVersion => TlsFault::OldVersion,
        AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => TlsFault::NoCommonCipher,
        AlertDescription::CertificateRequired
        | AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::NoCertificate => TlsFault::ClientCertificate,
        other => TlsFault::Other(alert_words(other)),
    }
}

fn certificate_fault(why: &CertificateError, host: &Host, shown: &PresentedCertificate) -> TlsFault {
    let seen = shown.view.as_ref();
    let is_self_signed = seen.is_some_and(|seen| seen.self_signed);
    match why {
        // Only the check of a pin gives this error.
        CertificateError::ApplicationVerificationFailure => TlsFault::OtherKey { shown: shown.pin.clone().unwrap_or_default() },
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            TlsFault::Expired(seen.map(|seen| seen.not_after.clone()).unwrap_or_default())
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            TlsFault::NotYetValid(seen.map(|seen| seen.not_before.clone()).unwrap_or_default())
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => name_fault(host, seen),
        CertificateError::UnknownIssuer if is_self_signed => TlsFault::SelfSigned,
        CertificateError::UnknownIssuer => TlsFault::UnknownAuthority,
        CertificateError::UnhandledCriticalExtension => TlsFault::CriticalExtension,
        CertificateError::BadSignature => TlsFault::BadSignature,
        CertificateError::Revoked => TlsFault::Revoked,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => TlsFault::WrongPurpose,
        CertificateError::UnsupportedSignatureAlgorithmContext { signature_algorithm_id, .. } => {
            TlsFault::UnsupportedSignature(algorithm_name(signature_algorithm_id))
        }
        CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { signature_algorithm_id, .. } => {
            TlsFault::UnsupportedSignature(algorithm_name(signature_algorithm_id))
        }
        // The verifier refuses a self-signed certificate that is also an authority before it looks for the signer.
        CertificateError::Other(_) if is_self_signed => TlsFault::SelfSigned,
        CertificateError::Other(error) => webpki_fault(error),
        CertificateError::BadEncoding => TlsFault::BadCertificate("its encoding is broken".into()),
        _ => TlsFault::BadCertificate("it breaks a rule of RFC 5280".into()),
    }
}

/// The name in a certificate must be of the right kind: RFC 9525 §6.3, §6.5.
fn name_fault(host: &Host, seen: Option<&CertificateView>) -> TlsFault {
    let names = seen.map(|seen| seen.names.clone()).unwrap_or_default();
    let is_wanted = |name: &String| match host {
        Host::Ip(ip) => name.parse() == Ok(*ip),
        Host::Name { ascii, .. } => name.eq_ignore_ascii_case(ascii),
    };
    match () {
        () if names.is_empty() => TlsFault::NoSubjectAltName,
        () if names.iter().any(is_wanted) => TlsFault::WrongNameKind(host.to_string()),
        () => TlsFault::WrongHost { wanted: host.to_string(), names },
    }
}

/// Faults that rustls hands on from webpki.
fn webpki_fault(error: &OtherError) -> TlsFault {
    match error.0.downcast_ref::<webpki::Error>() {
        Some(webpki::Error::CaUsedAsEndEntity) => TlsFault::BadCertificate("it is the certificate of an authority".into()),
        Some(webpki::Error::EndEntityUsedAsCa | webpki::Error::PathLenConstraintViolated) => {
            TlsFault::BadCertificate("it is signed by a certificate that may not sign others".into())
        }
        Some(webpki::Error::UnsupportedCriticalExtension) => TlsFault::CriticalExtension,
        Some(webpki::Error::NameConstraintViolation) => {
            TlsFault::BadCertificate("its authority may not issue certificates for this name".into())
        }
        Some(webpki::Error::UnsupportedCertVersion) => {
            TlsFault::BadCertificate("its version is 1, and only version 3 holds host names".into())
        }
        _ => TlsFault::BadCertificate("it breaks a rule of RFC 5280".into()),
    }
}

/// The name of a signature algorithm, from its AlgorithmIdentifier without the outer frame. An unknown one is shown by its number.
fn algorithm_name(identifier: &[u8]) -> String {
    // The tag and the length of an object identifier come first.
    let number = identifier.get(1).map(|&length| usize::from(length)).and_then(|length| identifier.get(2..2 + length));
    let Some(number) = number.and_then(dotted_oid) else { return "an unknown algorithm".to_owned() };
    let known = ALGORITHMS.iter().find(|(known, _)| *known == number);
    known.map_or(format!("algorithm {number}"), |(_, name)| (*name).to_owned())
}

/// Signature algorithms that are met in certificates: RFC 3279, RFC 4055, RFC 5758, RFC 8410, RFC 9881.
const ALGORITHMS: [(&str, &str); 20] = [
    ("1.2.840.113549.1.1.4", "RSA with MD5"),
    ("1.2.840.113549.1.1.5", "RSA with SHA-1"),
    ("1.2.840.113549.1.1.10", "RSA-PSS"),
    ("1.2.840.113549.1.1.11", "RSA with SHA-256"),
    ("1.2.840.113549.1.1.12", "RSA with SHA-384"),
    ("1.2.840.113549.1.1.13", "RSA with SHA-512"),
    ("1.2.840.113549.1.1.14", "RSA with SHA-224"),
    ("1.2.840.10045.4.1", "ECDSA with SHA-1"),
    ("1.2.840.10045.4.3.1", "ECDSA with SHA-224"),
    ("1.2.840.10045.4.3.2", "ECDSA with SHA-256"),
    ("1.2.840.10045.4.3.3", "ECDSA with SHA-384"),
    ("1.2.840.10045.4.3.4", "ECDSA with SHA-512"),
    ("1.2.840.10040.4.3", "DSA with SHA-1"),
    ("2.16.840.1.101.3.4.3.2", "DSA with SHA-256"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
    ("2.16.840.1.101.3.4.3.17", "ML-DSA-44"),
    ("2.16.840.1.101.3.4.3.18", "ML-DSA-65"),
    ("2.16.840.1.101.3.4.3.19", "ML-DSA-87"),
    ("1.2.156.10197.1.501", "SM2 with SM3"),
];

/// The dotted_oid form of an object identifier (ITU-T X.690 §8.19).
fn dotted_oid(bytes: &[u8]) -> Option<String> {
    let mut arcs: Vec<u64> = Vec::new();
    let mut arc = 0_u64;
    for byte in bytes {
        arc = arc.checked_mul(128)?.checked_add(u64::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            arcs.push(std::mem::take(&mut arc));
        }
    }
    let (first, rest) = arcs.split_first()?;
    let top = (first / 40).min(2);
    let arcs = [top, first - top * 40].into_iter().chain(rest.iter().copied());
    Some(arcs.map(|arc| arc.to_string()).collect::<Vec<_>>().join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_algorithm_is_named() {
        for (identifier, name) in [
            (&[6, 8, 42, 134, 72, 206, 61, 4, 3, 4][..], "ECDSA with SHA-512"),
            (&[6, 9, 42, 134, 72, 134, 247, 13, 1, 1, 5, 5, 0], "RSA with SHA-1"),
            (&[6, 3, 43, 101, 113], "Ed448"),
            (&[6, 9, 96, 134, 72, 1, 101, 3, 4, 3, 18], "ML-DSA-65"),
            (&[6, 3, 43, 6, 1], "algorithm 1.3.6.1"),
            (&[6, 9, 1], "an unknown algorithm"),
            (&[], "an unknown algorithm"),
        ] {
            assert_eq!(algorithm_name(identifier), name);
        }
    }
}

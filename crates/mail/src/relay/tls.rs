//! TLS with a relay: trusted certificates, our client certificate, and the meaning of a failed handshake.
//!
//! Verification has exactly three forms: system roots, added authority, pinned key.

use std::sync::{Arc, Mutex, PoisonError};

use admin::certificate::CertificateView;
use admin::clock::Clock;
use admin::trust::{Trusted, certificates, provider, trusted};
use model::settings::{Host, TlsSettings, Trust};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error, PeerIncompatible, SignatureScheme};
use smtp::client::{FaultKind, TlsFault};

/// The certificate that the relay showed, also after a failed handshake.
pub(super) type SeenCertificate = Arc<Mutex<Option<CertificateView>>>;

/// The TLS configuration of one connection. `seen` receives the certificate that the relay shows.
pub(super) struct Prepared {
    pub(super) config: Arc<ClientConfig>,
    pub(super) name: ServerName<'static>,
    pub(super) seen: SeenCertificate,
}

pub(super) fn prepare(host: &Host, settings: &TlsSettings, clock: &Clock) -> Result<Prepared, TlsFault> {
    let name = match host {
        Host::Ip(ip) => ServerName::from(*ip),
        Host::Name { ascii, .. } => ServerName::try_from(ascii.clone()).map_err(|error| TlsFault::Other(error.to_string()))?,
    };
    let seen = SeenCertificate::default();
    let verifier = Verifier { trust: trusted(&settings.trust)?, seen: Arc::clone(&seen) };
    let other = |error: Error| TlsFault::Other(error.to_string());
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
                .map_err(|error| TlsFault::Other(error.to_string()))?;
            builder.with_client_auth_cert(chain, key).map_err(other)?
        }
    };
    Ok(Prepared { config: Arc::new(config), name, seen })
}

#[derive(Debug)]
struct Verifier {
    trust: Trusted,
    seen: SeenCertificate,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown = CertificateView::read(end_entity).ok();
        let pin = shown.as_ref().map(|shown| shown.pin.clone());
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = shown;
        match &self.trust {
            Trusted::Chain(Some(chain)) => chain.verify_server_cert(end_entity, intermediates, server_name, ocsp, now),
            Trusted::Chain(None) => Err(CertificateError::UnknownIssuer.into()),
            Trusted::Keys(pins) => {
                let known = pin.is_some_and(|pin| pins.iter().any(|known| model::hex(known) == pin));
                if known { Ok(ServerCertVerified::assertion()) } else { Err(CertificateError::UnknownIssuer.into()) }
            }
        }
    }

    // A pinned key needs this check too: the relay must prove that it holds the key.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &provider().signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &provider().signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}

/// Maps the error of a failed handshake to a fault.
pub(super) fn fault(error: &std::io::Error, trust: &Trust, host: &Host, seen: Option<&CertificateView>) -> TlsFault {
    let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) else {
        // A relay that does not support our TLS often hangs up without an alert.
        return TlsFault::Other(format!("the connection was lost during the TLS handshake: {error}"));
    };
    match error {
        Error::InvalidCertificate(why) => certificate_fault(why, trust, host, seen),
        // The ciphers are agreed on before a certificate is shown. A later failure means that our certificate is missing.
        Error::AlertReceived(AlertDescription::HandshakeFailure) if seen.is_some() => TlsFault::ClientCertificate,
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
        other => TlsFault::Other(other.to_string()),
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
        other => TlsFault::Other(format!("the relay ended the TLS handshake: {other:?}")),
    }
}

fn certificate_fault(why: &CertificateError, trust: &Trust, host: &Host, seen: Option<&CertificateView>) -> TlsFault {
    let ends = || seen.map(|seen| seen.not_after.clone()).unwrap_or_default();
    match why {
        _ if matches!(trust, Trust::Pinned(_)) => {
            TlsFault::OtherKey { shown: seen.map(|seen| seen.pin.clone()).unwrap_or_default() }
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsFault::Expired(ends()),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            TlsFault::NotYetValid(seen.map(|seen| seen.not_before.clone()).unwrap_or_default())
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => match seen {
            Some(seen) if seen.names.is_empty() => TlsFault::NoSubjectAltName,
            seen => TlsFault::WrongHost { wanted: host.to_string(), names: seen.map(|s| s.names.clone()).unwrap_or_default() },
        },
        CertificateError::UnknownIssuer if seen.is_some_and(|seen| seen.self_signed) => TlsFault::SelfSigned,
        CertificateError::UnknownIssuer => TlsFault::UnknownAuthority,
        // The verifier refuses a self-signed certificate that is also an authority before it looks for the signer.
        CertificateError::Other(_) if seen.is_some_and(|seen| seen.self_signed) => TlsFault::SelfSigned,
        other => TlsFault::BadCertificate(format!("{other:?}")),
    }
}

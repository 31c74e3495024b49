//! Faults of TLS and PEM in plain words. The libraries name their own types in their errors.

use std::error::Error as StdError;

use rustls::pki_types::pem;
use rustls::{AlertDescription, CertificateError, Error};

/// A fault of TLS, without the names of the library.
pub fn tls_words(error: &Error) -> String {
    let words = match error {
        Error::InconsistentKeys(_) => "the key does not belong to the certificate",
        Error::InvalidCertificate(why) => return certificate_words(why).to_owned(),
        Error::NoCertificatesPresented => "the server shows no certificate",
        Error::PeerIncompatible(_) => "the server lacks a part of TLS that is needed",
        Error::PeerMisbehaved(_) => "the server does not keep to the TLS protocol",
        Error::InvalidMessage(_) => "the server does not use TLS on this port",
        Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => {
            "the server sent a TLS message out of turn"
        }
        Error::AlertReceived(alert) => return alert_words(*alert),
        Error::General(why) => return why.clone(),
        _ => "TLS failed",
    };
    words.to_owned()
}

/// The alert by which a server ended a handshake (RFC 8446 §6).
pub fn alert_words(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::UnrecognisedName => "the server does not know itself by this host name".into(),
        AlertDescription::InternalError => "the server reports an internal error of its TLS".into(),
        AlertDescription::AccessDenied => "the server denies access".into(),
        other => format!("the server ended the TLS handshake with alert {} (RFC 8446 §6)", u8::from(other)),
    }
}

fn certificate_words(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "the certificate has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "the certificate is not valid yet",
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the certificate is for another host name"
        }
        CertificateError::UnknownIssuer => "the certificate was issued by an authority that is not trusted",
        CertificateError::UnhandledCriticalExtension => "the certificate has a critical extension that is not known",
        CertificateError::BadSignature => "the signature of the certificate is wrong",
        CertificateError::Revoked => "the certificate was revoked",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "the certificate is not made for servers"
        }
        CertificateError::BadEncoding => "the certificate cannot be used: its encoding is broken",
        _ => "the certificate cannot be used: it breaks a rule of RFC 5280",
    }
}

/// A fault of a PEM text or file.
pub fn pem_words(error: &pem::Error) -> String {
    match error {
        // The system's own words say more than the frame of the library.
        pem::Error::Io(error) => error.to_string(),
        pem::Error::NoItemsFound => "there is no PEM section of this kind in it".into(),
        pem::Error::MissingSectionEnd { .. } => "a PEM section has no END line".into(),
        pem::Error::IllegalSectionStart { .. } => "the BEGIN line of a PEM section is broken".into(),
        pem::Error::Base64Decode(_) => "the base64 of a PEM section is broken".into(),
        pem::Error::SectionTooLarge => "a PEM section is too large".into(),
        _ => "it is not PEM text".into(),
    }
}

/// The text of an error with all its sources.
pub(crate) fn chain_words(error: &(dyn StdError + 'static)) -> String {
    let mut words = words_of(error);
    let mut source = error.source();
    while let Some(reason) = source {
        let text = words_of(reason);
        if !words.contains(&text) {
            words = format!("{words}: {text}");
        }
        source = reason.source();
    }
    words
}

/// An I/O error may hold one of TLS.
fn words_of(error: &(dyn StdError + 'static)) -> String {
    let held = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    let tls = error.downcast_ref::<Error>().or_else(|| held?.downcast_ref::<Error>());
    tls.map_or_else(|| error.to_string(), tls_words)
}

#[cfg(test)]
mod tests {
    use model::Language;
    use rustls::{InconsistentKeys, InvalidMessage, PeerIncompatible, PeerMisbehaved};

    use super::*;
    use crate::words::reason;

    /// No name of the library is left, and each sentence has its Dutch words.
    #[test]
    fn faults_of_libraries_are_told_in_words() {
        let mut told: Vec<String> = [
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch),
            Error::InconsistentKeys(InconsistentKeys::Unknown),
            Error::NoCertificatesPresented,
            Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon),
            Error::PeerMisbehaved(PeerMisbehaved::TooMuchEarlyDataReceived),
            Error::InvalidMessage(InvalidMessage::InvalidContentType),
            Error::AlertReceived(AlertDescription::HandshakeFailure),
            Error::AlertReceived(AlertDescription::UnrecognisedName),
            Error::AlertReceived(AlertDescription::InternalError),
            Error::AlertReceived(AlertDescription::AccessDenied),
            Error::EncryptError,
            Error::InvalidCertificate(CertificateError::Expired),
            Error::InvalidCertificate(CertificateError::NotValidYet),
            Error::InvalidCertificate(CertificateError::NotValidForName),
            Error::InvalidCertificate(CertificateError::UnknownIssuer),
            Error::InvalidCertificate(CertificateError::UnhandledCriticalExtension),
            Error::InvalidCertificate(CertificateError::BadSignature),
            Error::InvalidCertificate(CertificateError::Revoked),
            Error::InvalidCertificate(CertificateError::InvalidPurpose),
            Error::InvalidCertificate(CertificateError::BadEncoding),
            Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure),
        ]
        .iter()
        .map(tls_words)
        .collect();
        told.extend(
            [
                pem::Error::NoItemsFound,
                pem::Error::MissingSectionEnd { end_marker: b"-----END".to_vec() },
                pem::Error::IllegalSectionStart { line: b"-----BEGIN".to_vec() },
                pem::Error::Base64Decode("InvalidCharacter(37)".into()),
                pem::Error::SectionTooLarge,
                pem::Error::Io(std::io::Error::from_raw_os_error(2)),
            ]
            .iter()
            .map(pem_words),
        );
        let is_name = |word: &str| {
            word.chars().zip(word.chars().skip(1)).any(|(first, second)| first.is_lowercase() && second.is_uppercase())
        };
        for words in told {
            let shown = [Language::En, Language::Nl].map(|language| reason(language, &format!("/x/y: {words}")));
            assert_ne!(shown[0], shown[1], "no Dutch words");
            for shown in shown {
                assert!(!shown.split_whitespace().any(is_name), "a name of the library: {shown}");
                assert!(!shown.contains("os error"), "{shown}");
            }
        }
    }

    #[test]
    fn tls_fault_in_an_io_error_is_told_in_words() {
        let fault = Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let error = std::io::Error::new(std::io::ErrorKind::InvalidData, fault);
        assert_eq!(chain_words(&error), "the certificate was issued by an authority that is not trusted");
    }
}

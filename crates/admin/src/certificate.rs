//! A certificate in the form that an operator needs before trusting it.

use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader};
use model::time::Timestamp;
use ring::digest::{SHA256, digest};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use x509_cert::der;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, SubjectAltName};

/// Maximum number of names shown. A certificate may hold thousands.
const NAMES_MAX: usize = 20;

/// A certificate or a private key that cannot be read or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PemFault {
    #[error("its encoding is broken")]
    Der(#[from] der::Error),
    /// The PEM frame is broken, or the key has an unknown form. In the words of the reader.
    #[error("{0}")]
    NotPem(String),
    #[error("no certificate in it")]
    Empty,
    #[error("it does not belong to the certificate")]
    Mismatch,
    #[error("RSA from 2048 bits or P-256 is required")]
    UnsupportedKey,
    /// The certificate cannot be an authority. In the words of the verifier.
    #[error("{0}")]
    Authority(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateView {
    pub subject: String,
    pub issuer: String,
    /// Host names and IP addresses of the subject alternative name.
    pub names: Vec<String>,
    pub not_before: String,
    pub not_after: String,
    pub begins: Timestamp,
    pub ends: Timestamp,
    /// SHA-256 of the certificate.
    pub fingerprint: String,
    /// SHA-256 of the SubjectPublicKeyInfo. Settings pin this value.
    pub pin: String,
    pub self_signed: bool,
}

impl CertificateView {
    pub fn read(der: &CertificateDer<'_>) -> Result<Self, PemFault> {
        let certificate = x509_cert::Certificate::from_der(der)?;
        let tbs = &certificate.tbs_certificate;
        let at = |time: &x509_cert::time::Time| Timestamp::EPOCH + time.to_unix_duration();
        let shown = |at: Timestamp| jiff::Timestamp::try_from(at).map_or_else(|_| at.as_secs().to_string(), |at| at.to_string());
        let (begins, ends) = (at(&tbs.validity.not_before), at(&tbs.validity.not_after));
        let spki = key_info(der)?;
        Ok(Self {
            subject: printable(&tbs.subject.to_string()),
            issuer: printable(&tbs.issuer.to_string()),
            names: names(tbs),
            not_before: shown(begins),
            not_after: shown(ends),
            begins,
            ends,
            fingerprint: model::hex(digest(&SHA256, der).as_ref()),
            pin: pin_of(spki),
            self_signed: tbs.subject == tbs.issuer,
        })
    }
}

/// The SubjectPublicKeyInfo of a certificate (RFC 5280 §4.1), as it stands there. Reads nothing else: a key can be pinned though
/// other parts of its certificate are unusual or broken.
pub fn key_info<'a>(certificate: &'a CertificateDer<'_>) -> Result<&'a [u8], PemFault> {
    /// Fields before the key: serial number, algorithm, issuer, validity, subject.
    const BEFORE: usize = 5;
    let whole = AnyRef::from_der(certificate)?;
    let mut fields = SliceReader::new(AnyRef::decode(&mut SliceReader::new(whole.value())?)?.value())?;
    // The version has a tag of its own and may be absent.
    if fields.peek_tag()?.is_context_specific() {
        fields.tlv_bytes()?;
    }
    for _ in 0..BEFORE {
        fields.tlv_bytes()?;
    }
    Ok(fields.tlv_bytes()?)
}

/// True unless the certificate says that it may sign no others (RFC 5280 §4.2.1.9).
pub(crate) fn may_sign(certificate: &CertificateDer<'_>) -> bool {
    let Ok(parsed) = x509_cert::Certificate::from_der(certificate) else { return true };
    match parsed.tbs_certificate.get::<BasicConstraints>() {
        Ok(Some((_, constraints))) => constraints.ca,
        Ok(None) | Err(_) => true,
    }
}

/// The pin of a SubjectPublicKeyInfo: its SHA-256 in hexadecimal digits.
pub fn pin_of(key_info: &[u8]) -> String {
    model::hex(digest(&SHA256, key_info).as_ref())
}

/// End of the first certificate of a PEM chain.
pub fn certificate_end(pem: &str) -> Option<Timestamp> {
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
    CertificateView::read(&der).ok().map(|view| view.ends)
}

/// Removes control characters and cuts the text: a stranger made the certificate, and its names go to terminals and pages.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

fn names(tbs: &x509_cert::TbsCertificate) -> Vec<String> {
    let Ok(Some((_, alternative))) = tbs.get::<SubjectAltName>() else { return Vec::new() };
    let name = |name: &GeneralName| match name {
        GeneralName::DnsName(name) => Some(printable(name.as_str())),
        GeneralName::IpAddress(bytes) => match bytes.as_bytes() {
            [a, b, c, d] => Some(std::net::Ipv4Addr::new(*a, *b, *c, *d).to_string()),
            bytes => <[u8; 16]>::try_from(bytes).ok().map(|bytes| std::net::Ipv6Addr::from(bytes).to_string()),
        },
        _ => None,
    };
    alternative.0.iter().filter_map(name).take(NAMES_MAX).collect()
}

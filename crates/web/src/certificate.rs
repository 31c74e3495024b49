//! The certificate of our own pages: read from files that the administrator renews, or self-signed at the first start.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use admin::certificate::CertificateView;
use admin::library_words::{pem_words, tls_words};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use store::{FileKind, ForeignFile, examine, no_follow};
use tokio::sync::watch;

/// Interval of checks for renewed files.
pub(crate) const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Called with each certificate that is read.
pub type CertificateCallback = Box<dyn Fn(&CertificateView) + Send + Sync>;

/// Paths of the certificate chain and its key (PEM).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    pub chain: PathBuf,
    pub key: PathBuf,
}

/// The certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateFault {
    #[error("{}: {why}", .file.display())]
    File { file: PathBuf, why: String },
    /// The key does not belong to the certificate, or rustls does not support its kind.
    #[error("{}, {}: {why}", .files.chain.display(), .files.key.display())]
    Pair { files: CertificateFiles, why: String },
    /// A file of another kind occupies the path of our own certificate.
    #[error("{0}")]
    Foreign(#[from] ForeignFile),
}

impl CertificateFiles {
    fn read(&self, told: &CertificateCallback) -> Result<Arc<ServerConfig>, CertificateFault> {
        let bad = |file: &Path, why: String| CertificateFault::File { file: file.to_owned(), why };
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&self.chain)
            .and_then(Iterator::collect)
            .map_err(|error| bad(&self.chain, pem_words(&error)))?;
        if chain.is_empty() {
            return Err(bad(&self.chain, "no certificate in it".into()));
        }
        if let Ok(view) = CertificateView::read(&chain[0]) {
            told(&view);
        }
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| bad(&self.key, pem_words(&error)))?;
        let pair = |error: rustls::Error| CertificateFault::Pair { files: self.clone(), why: tls_words(&error) };
        let mut config = ServerConfig::builder_with_provider(admin::trust::provider())
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(pair)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(pair)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    fn written(&self) -> [Option<SystemTime>; 2] {
        [&self.chain, &self.key].map(|file| std::fs::metadata(file).and_then(|about| about.modified()).ok())
    }

    /// Returns the configuration in force and starts a task that checks the files at each interval `every`. If new
    /// files are unusable, the task logs that and keeps the old certificate.
    pub(crate) fn follow(
        self,
        every: Duration,
        told_of: CertificateCallback,
    ) -> Result<watch::Receiver<Arc<ServerConfig>>, CertificateFault> {
        let mut seen = self.written();
        let (tell, told) = watch::channel(self.read(&told_of)?);
        tokio::spawn(async move {
            while !tell.is_closed() {
                tokio::time::sleep(every).await;
                let now = self.written();
                if now == seen {
                    continue;
                }
                match self.read(&told_of) {
                    Ok(config) => {
                        tell.send_replace(config);
                        tracing::info!(file = %self.chain.display(), "the certificate of the pages was reloaded");
                    }
                    Err(fault) => {
                        tracing::error!(%fault, "the new certificate of the pages cannot be used; the old one stays in use");
                    }
                }
                seen = now;
            }
        });
        Ok(told)
    }
}

/// Makes a self-signed certificate in `folder` for these names and addresses, if there is none. No browser trusts it:
/// each warns until the administrator replaces it or the user compares its fingerprint.
pub fn self_signed(folder: &Path, names: &[String]) -> Result<CertificateFiles, CertificateFault> {
    let files = CertificateFiles { chain: folder.join("self-signed.crt"), key: folder.join("self-signed.key") };
    examine(folder, FileKind::Directory)?;
    let chain = examine(&files.chain, FileKind::Regular)?;
    if examine(&files.key, FileKind::Regular)?.is_some() && chain.is_some() {
        return Ok(files);
    }
    let bad = |why: String| CertificateFault::File { file: folder.to_owned(), why };
    let mut wanted = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    wanted.extend(names.iter().filter(|name| name.is_ascii() && !name.is_empty()).cloned());
    let mut parameters = rcgen::CertificateParams::new(wanted).map_err(|error| bad(error.to_string()))?;
    parameters.distinguished_name.push(rcgen::DnType::CommonName, names.first().map_or("Postwacht", String::as_str));
    // No task renews this certificate, so it must not expire while the node is in use.
    parameters.not_after = rcgen::date_time_ymd(2099, 1, 1);
    let key = rcgen::KeyPair::generate().map_err(|error| bad(error.to_string()))?;
    let certificate = parameters.self_signed(&key).map_err(|error| bad(error.to_string()))?;
    std::fs::create_dir_all(folder).map_err(|error| bad(error.to_string()))?;
    for (file, text) in [(&files.key, key.serialize_pem()), (&files.chain, certificate.pem())] {
        let written = no_follow().write(true).create(true).truncate(true).open(file);
        let written = written.and_then(|mut made| made.write_all(text.as_bytes()));
        written.map_err(|error| CertificateFault::File { file: file.clone(), why: error.to_string() })?;
    }
    Ok(files)
}

/// SHA-256 of the first certificate in a PEM file, in the format that browsers show. `None` if the file holds no
/// readable certificate.
pub fn fingerprint(chain: &Path) -> Option<String> {
    let view = CertificateView::read(&CertificateDer::from_pem_file(chain).ok()?).ok()?;
    let pairs: Vec<&str> = view.fingerprint.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok()).collect();
    Some(pairs.join(":").to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nobody() -> CertificateCallback {
        Box::new(|_| ())
    }

    #[test]
    fn self_signed_certificate_is_made_once_and_is_usable() {
        let folder = tempfile::tempdir().expect("a directory");
        let names = ["node-1".to_owned(), "post.example.net".to_owned(), "192.0.2.1".to_owned()];
        let files = self_signed(folder.path(), &names).expect("made");
        assert!(files.read(&nobody()).is_ok());
        let print = fingerprint(&files.chain).expect("a fingerprint");
        assert_eq!(print.len(), 32 * 3 - 1);
        self_signed(folder.path(), &names).expect("there already");
        assert_eq!(fingerprint(&files.chain), Some(print));
    }

    #[tokio::test]
    async fn renewed_certificate_is_loaded() {
        let (directory, other) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
        let (files, renewed) = (self_signed(directory.path(), &[]).expect("made"), self_signed(other.path(), &[]).expect("made"));
        let mut told = files.clone().follow(Duration::from_millis(5), nobody()).expect("usable");
        std::fs::copy(&renewed.key, &files.key).expect("copied");
        // Between the two writes the pair does not match, and the old certificate stays.
        std::fs::copy(&renewed.chain, &files.chain).expect("copied");
        let later = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        std::fs::File::options().write(true).open(&files.chain).and_then(|file| file.set_modified(later)).expect("dated");
        told.changed().await.expect("taken up");
    }

    #[test]
    fn certificate_fault_names_its_file() {
        let (directory, other) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
        let (mine, theirs) = (self_signed(directory.path(), &[]).expect("made"), self_signed(other.path(), &[]).expect("made"));
        let mixed = CertificateFiles { chain: mine.chain.clone(), key: theirs.key.clone() };
        assert!(matches!(mixed.read(&nobody()), Err(CertificateFault::Pair { .. })));
        let swapped = CertificateFiles { chain: mine.key.clone(), key: mine.chain.clone() };
        assert!(swapped.read(&nobody()).expect_err("refused").to_string().contains("self-signed.key"));
        let gone = CertificateFiles { chain: "/nowhere/x.crt".into(), key: mine.key };
        assert!(gone.read(&nobody()).expect_err("refused").to_string().starts_with("/nowhere/x.crt"));
    }
}

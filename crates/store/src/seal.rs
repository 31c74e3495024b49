//! Secrets at rest: XChaCha20-Poly1305 with a random nonce. The associated data is a stable name, so that a sealed secret
//! cannot be moved to another place. The key file is a key ring: the first key seals, every key opens.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use model::Secret;
use zeroize::Zeroizing;

use crate::files::{FileKind, ForeignFile, examine, no_follow};

const VERSION: u8 = 1;
const NONCE: usize = 24;
const CHECK_NAME: &str = "node/check";
const CHECK_TEXT: &str = "postwacht";

#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    #[error("the key file {0} cannot be read: {1}")]
    Unreadable(PathBuf, std::io::Error),
    #[error("the key file {0} may be read by others (mode {1:o}, 600 is wanted)")]
    OpenToOthers(PathBuf, u32),
    #[error("the key is no key: line {0} should be 32 bytes in base64")]
    NotAKey(usize),
    #[error("no key of the ring opens it")]
    NoKeyFits,
    #[error("{0}")]
    Foreign(#[from] ForeignFile),
    #[error("no randomness from the system: {0}")]
    NoRandomness(String),
}

/// The site's keys. Not printable and not comparable.
pub struct KeyRing {
    keys: Vec<Zeroizing<[u8; 32]>>,
    /// The key file, if the ring was read from a file of ours.
    file: Option<PathBuf>,
}

/// The state of the key file of a running node: the next start needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyFile {
    /// The file holds the key that seals, or the ring did not come from a file.
    InPlace,
    Missing(PathBuf),
    /// The file holds other keys or none, or cannot be read.
    Other(PathBuf),
}

fn random<const N: usize>() -> Result<[u8; N], KeyFault> {
    let mut bytes = [0; N];
    #[expect(clippy::disallowed_methods, reason = "keys and nonces are drawn here and nowhere else")]
    let drawn = getrandom::fill(&mut bytes);
    drawn.map_err(|error| KeyFault::NoRandomness(error.to_string()))?;
    Ok(bytes)
}

impl KeyRing {
    /// Reads the key file. If there is none, makes it with a new key and mode 0600.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyFault> {
        let unreadable = |error| KeyFault::Unreadable(path.to_owned(), error);
        match examine(path, FileKind::Regular)? {
            Some(meta) => {
                let mode = meta.permissions().mode() & 0o777;
                if mode & 0o077 != 0 {
                    return Err(KeyFault::OpenToOthers(path.to_owned(), mode));
                }
                let mut text = Zeroizing::new(String::new());
                no_follow().read(true).open(path).and_then(|mut file| file.read_to_string(&mut text)).map_err(unreadable)?;
                Ok(Self { file: Some(path.to_owned()), ..Self::parse(&text)? })
            }
            None => {
                let key = Zeroizing::new(random::<32>()?);
                let mut file = no_follow().write(true).create_new(true).open(path).map_err(unreadable)?;
                writeln!(file, "{}", BASE64.encode(key.as_slice())).and_then(|()| file.sync_all()).map_err(unreadable)?;
                Ok(Self { keys: vec![key], file: Some(path.to_owned()) })
            }
        }
    }

    /// Parses one base64 key a line; the first key seals. The environment variable and the systemd credential have the same
    /// form.
    pub fn parse(text: &str) -> Result<Self, KeyFault> {
        let mut keys = Vec::new();
        for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let bytes = Zeroizing::new(BASE64.decode(line.trim()).map_err(|_| KeyFault::NotAKey(i + 1))?);
            keys.push(Zeroizing::new(<[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| KeyFault::NotAKey(i + 1))?));
        }
        if keys.is_empty() { Err(KeyFault::NotAKey(1)) } else { Ok(Self { keys, file: None }) }
    }

    /// Compares the key file with the keys in memory.
    pub(crate) fn key_file(&self) -> KeyFile {
        let Some(file) = &self.file else { return KeyFile::InPlace };
        let text = no_follow().read(true).open(file).and_then(|mut open| {
            let mut text = Zeroizing::new(String::new());
            open.read_to_string(&mut text).map(|_| text)
        });
        match text {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => KeyFile::Missing(file.clone()),
            Ok(text) if Self::parse(&text).is_ok_and(|ring| ring.keys.contains(&self.keys[0])) => KeyFile::InPlace,
            _ => KeyFile::Other(file.clone()),
        }
    }

    fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(*key))
    }

    /// Returns version, nonce and ciphertext.
    pub fn seal(&self, name: &str, secret: &Secret) -> Result<Vec<u8>, KeyFault> {
        let nonce = random::<NONCE>()?;
        let payload = Payload { msg: secret.reveal().as_bytes(), aad: name.as_bytes() };
        let sealed = Self::cipher(&self.keys[0]).encrypt(&XNonce::from(nonce), payload).map_err(|_| KeyFault::NoKeyFits)?;
        Ok([&[VERSION], nonce.as_slice(), &sealed].concat())
    }

    pub fn open(&self, name: &str, sealed: &[u8]) -> Result<Secret, KeyFault> {
        let (nonce, text) = match sealed.split_first() {
            Some((&VERSION, rest)) if rest.len() > NONCE => rest.split_at(NONCE),
            _ => return Err(KeyFault::NoKeyFits),
        };
        let nonce = <[u8; NONCE]>::try_from(nonce).map_err(|_| KeyFault::NoKeyFits)?;
        for key in &self.keys {
            let payload = Payload { msg: text, aad: name.as_bytes() };
            if let Ok(open) = Self::cipher(key).decrypt(&XNonce::from(nonce), payload) {
                return String::from_utf8(open).map(Secret::new).map_err(|_| KeyFault::NoKeyFits);
            }
        }
        Err(KeyFault::NoKeyFits)
    }

    pub(crate) fn check(&self) -> Result<Vec<u8>, KeyFault> {
        self.seal(CHECK_NAME, &Secret::new(CHECK_TEXT))
    }

    pub(crate) fn fits(&self, sealed_check: &[u8]) -> bool {
        self.open(CHECK_NAME, sealed_check).is_ok_and(|open| open.reveal() == CHECK_TEXT)
    }

    /// HMAC-SHA256 keys derived for one purpose (HKDF, RFC 5869), one for each key of the ring, in its order. They reveal
    /// nothing about the keys that seal.
    pub(crate) fn signing_keys(&self, purpose: &'static [u8]) -> Vec<ring::hmac::Key> {
        let derive = |key: &Zeroizing<[u8; 32]>| {
            let extracted = ring::hkdf::Salt::new(ring::hkdf::HKDF_SHA256, &[]).extract(key.as_slice());
            let expanded = extracted.expand(&[purpose], ring::hmac::HMAC_SHA256).map(ring::hmac::Key::from);
            expanded.expect("32 bytes are within what HKDF-SHA256 gives: RFC 5869 section 2.3")
        };
        self.keys.iter().map(derive).collect()
    }

    pub(crate) fn draw<const N: usize>() -> Result<[u8; N], KeyFault> {
        random()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(bytes: &[u8]) -> KeyRing {
        let lines: Vec<_> = bytes.iter().map(|b| BASE64.encode([*b; 32])).collect();
        KeyRing::parse(&lines.join("\n")).ok().unwrap()
    }

    #[test]
    fn sealed_secret_opens_only_with_its_name_and_a_ring_key() {
        let sealed = ring(&[1]).seal("relay/1/password", &Secret::new("hunter2")).unwrap();
        assert!(!sealed.windows(7).any(|w| w == b"hunter2"));
        assert_eq!(ring(&[2, 1]).open("relay/1/password", &sealed).ok().unwrap().reveal(), "hunter2");
        assert!(ring(&[1]).open("relay/2/password", &sealed).is_err());
        assert!(ring(&[2]).open("relay/1/password", &sealed).is_err());
        assert!(ring(&[1]).open("relay/1/password", &sealed[..20]).is_err());
        assert!(ring(&[1]).open("relay/1/password", &[]).is_err());
    }

    /// A key file is made once, then read again. It is refused if other users may read it.
    #[test]
    fn key_file_readable_by_others_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        let check = KeyRing::load_or_create(&path).ok().unwrap().check().unwrap();
        assert!(KeyRing::load_or_create(&path).ok().unwrap().fits(&check));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(KeyRing::load_or_create(&path), Err(KeyFault::OpenToOthers(_, 0o640))));
        assert!(matches!(KeyRing::parse("abc"), Err(KeyFault::NotAKey(1))));
        assert!(matches!(KeyRing::parse(""), Err(KeyFault::NotAKey(1))));
    }
}

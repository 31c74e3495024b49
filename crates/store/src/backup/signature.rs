//! The signature of a backup: 64 bytes after the database, which SQLite does not read.
//!
//! HMAC-SHA256 over the length and the SHA-256 of the database, with a key derived by HKDF from a key of the ring. The file
//! is read once, however many keys the ring has. The key identifier shows which key signed. It distinguishes the file of
//! another node from a changed file.

use ring::digest::{Context, SHA256};
use ring::hmac;

use crate::seal::KeyRing;

/// Bytes of a signature: mark, key identifier, code.
pub(super) const LENGTH: usize = MARK.len() + KEY_ID + CODE;
const MARK: &[u8; 16] = b"POSTWACHT-SIG-1\n";
const KEY_ID: usize = 16;
const CODE: usize = 32;
/// Separates these keys from every other use of the ring.
const PURPOSE: &[u8] = b"postwacht backup signature 1";

/// Hashes a database piece by piece.
pub(super) struct Digest {
    context: Context,
    length: u64,
}

impl Digest {
    pub(super) fn new() -> Self {
        Self { context: Context::new(&SHA256), length: 0 }
    }

    pub(super) fn update(&mut self, piece: &[u8]) {
        self.context.update(piece);
        self.length += piece.len() as u64;
    }

    fn signed_text(self) -> Vec<u8> {
        [MARK.as_slice(), &self.length.to_be_bytes(), self.context.finish().as_ref()].concat()
    }
}

/// The result of checking a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignatureCheck {
    Ours,
    /// No key of the ring has the identifier in the signature.
    OtherKey,
    /// The key is ours, but the content differs from the signed one.
    Changed,
}

fn key_id(key: &hmac::Key) -> [u8; KEY_ID] {
    let mut id = [0; KEY_ID];
    id.copy_from_slice(&hmac::sign(key, b"identifier").as_ref()[..KEY_ID]);
    id
}

/// Signs with the first key of the ring, which is the sealing key.
pub(super) fn sign(ring: &KeyRing, digest: Digest) -> Vec<u8> {
    let keys = ring.signing_keys(PURPOSE);
    let key = keys.first().expect("a ring has at least one key: KeyRing::parse");
    [MARK.as_slice(), &key_id(key), hmac::sign(key, &digest.signed_text()).as_ref()].concat()
}

/// True if these last bytes of a file are a signature.
pub(super) fn is_signature(tail: &[u8]) -> bool {
    tail.len() == LENGTH && tail.starts_with(MARK)
}

/// Checks a signature against the content before it.
pub(super) fn verify(ring: &KeyRing, signature: &[u8], digest: Digest) -> SignatureCheck {
    let (id, code) = signature[MARK.len()..].split_at(KEY_ID);
    let Some(key) = ring.signing_keys(PURPOSE).into_iter().find(|key| key_id(key) == id) else { return SignatureCheck::OtherKey };
    match hmac::verify(&key, &digest.signed_text(), code) {
        Ok(()) => SignatureCheck::Ours,
        Err(_) => SignatureCheck::Changed,
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD as BASE64;

    use super::*;

    fn ring(bytes: &[u8]) -> KeyRing {
        let lines: Vec<_> = bytes.iter().map(|b| BASE64.encode([*b; 32])).collect();
        KeyRing::parse(&lines.join("\n")).ok().unwrap()
    }

    fn digest(pieces: &[&[u8]]) -> Digest {
        let mut digest = Digest::new();
        pieces.iter().for_each(|piece| digest.update(piece));
        digest
    }

    #[test]
    fn signature_holds_for_its_content_and_key_only() {
        let signature = sign(&ring(&[1, 2]), digest(&[b"ab", b"c"]));
        assert!(is_signature(&signature));
        for (keys, content, verdict) in [
            (&[1][..], &b"abc"[..], SignatureCheck::Ours),
            (&[3, 1], b"abc", SignatureCheck::Ours),
            (&[2], b"abc", SignatureCheck::OtherKey),
            (&[1], b"abd", SignatureCheck::Changed),
            (&[1], b"ab", SignatureCheck::Changed),
            (&[1], b"abc\0", SignatureCheck::Changed),
            (&[1], b"", SignatureCheck::Changed),
        ] {
            assert_eq!(verify(&ring(keys), &signature, digest(&[content])), verdict, "{keys:?} {content:?}");
        }
    }

    #[test]
    fn signature_with_changed_bit_is_invalid() {
        let signature = sign(&ring(&[1]), digest(&[b"abc"]));
        for bit in 0..signature.len() * 8 {
            let mut changed = signature.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let holds = is_signature(&changed) && verify(&ring(&[1]), &changed, digest(&[b"abc"])) == SignatureCheck::Ours;
            assert!(!holds, "bit {bit}");
        }
    }
}

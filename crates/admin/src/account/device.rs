//! Known devices: after a sign-in, a browser keeps a token that makes it known to that account alone.
//!
//! The token does not sign in. With it, failures of that browser are counted apart from those of other browsers
//! (`guessing`). Nothing is stored: a token is signed with a key derived from the key ring. The signature covers the hash of
//! the account's password, so that a new password, a reset and the deletion of the account revoke all its tokens.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::id::AccountId;
use model::time::Timestamp;
use ring::{digest, hmac};

/// Life of a token after the last sign-in with it.
pub const DEVICE_MAX: Duration = Duration::from_hours(180 * 24);
/// Tokens that one browser keeps: one for each account that signs in there.
const TOKENS_MAX: usize = 4;
/// Separator between the tokens of a browser. Not a character of base64.
const BETWEEN: char = '.';
const BYTES: usize = 8 + 8 + ID + CODE;
const ID: usize = 16;
const CODE: usize = 32;
/// Separates these keys from every other use of the ring.
pub(super) const PURPOSE: &[u8] = b"postwacht known device 1";

/// A random number that stays the same as long as the browser keeps its token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct DeviceId([u8; ID]);

impl DeviceId {
    pub(super) const fn new(bytes: [u8; ID]) -> Self {
        Self(bytes)
    }
}

/// The number is a secret of the browser.
impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceId")
    }
}

/// The account data that a token is bound to.
#[derive(Clone, Copy)]
pub(super) struct TokenBinding<'a> {
    pub(super) account: AccountId,
    /// The PHC string of its password.
    pub(super) hash: &'a str,
}

struct DeviceToken {
    account: AccountId,
    until: Timestamp,
    id: DeviceId,
    code: [u8; CODE],
}

impl DeviceToken {
    fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; BYTES] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (account, rest) = bytes.split_first_chunk()?;
        let (until, rest) = rest.split_first_chunk()?;
        let (id, code) = rest.split_first_chunk()?;
        let code = code.try_into().ok()?;
        let until = Timestamp::from_millis(i64::from_be_bytes(*until));
        Some(Self { account: AccountId(i64::from_be_bytes(*account)), until, id: DeviceId(*id), code })
    }

    fn text(&self) -> String {
        let until = self.until.as_millis().to_be_bytes();
        let bytes = [&self.account.0.to_be_bytes()[..], &until, &self.id.0, &self.code].concat();
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

fn signed_text(bound: TokenBinding<'_>, until: Timestamp, id: DeviceId) -> Vec<u8> {
    let hash = digest::digest(&digest::SHA256, bound.hash.as_bytes());
    [&bound.account.0.to_be_bytes()[..], &until.as_millis().to_be_bytes(), &id.0, hash.as_ref()].concat()
}

/// Signs and recognizes tokens.
pub(super) struct Devices {
    /// Signing keys, one for each key of the ring. The first signs; all verify.
    keys: Vec<hmac::Key>,
}

fn tokens(held: &str) -> impl Iterator<Item = DeviceToken> {
    held.split(BETWEEN).take(TOKENS_MAX).filter_map(DeviceToken::parse)
}

impl Devices {
    pub(super) fn new(keys: Vec<hmac::Key>) -> Self {
        Self { keys }
    }

    /// The browser's device ID for this account. `None` if the browser is a stranger.
    pub(super) fn recognize(&self, held: &str, bound: TokenBinding<'_>, now: Timestamp) -> Option<DeviceId> {
        // An account without a password knows no device: nothing would revoke its tokens.
        if bound.hash.is_empty() {
            return None;
        }
        let holds = |token: &DeviceToken| {
            // A token from a clock that was ahead would not end in time.
            let in_time = token.until > now && token.until.since(now) <= DEVICE_MAX;
            let text = signed_text(bound, token.until, token.id);
            in_time && token.account == bound.account && self.keys.iter().any(|key| hmac::verify(key, &text, &token.code).is_ok())
        };
        tokens(held).find(holds).map(|token| token.id)
    }

    /// The browser's new tokens after a sign-in: one for this account, and those of other accounts.
    pub(super) fn remember(&self, held: &str, bound: TokenBinding<'_>, fresh: [u8; ID], now: Timestamp) -> Option<String> {
        let key = self.keys.first().filter(|_| !bound.hash.is_empty())?;
        let id = self.recognize(held, bound, now).unwrap_or(DeviceId(fresh));
        let until = now + DEVICE_MAX;
        let mut code = [0; CODE];
        code.copy_from_slice(hmac::sign(key, &signed_text(bound, until, id)).as_ref());
        let others = tokens(held).filter(|token| token.account != bound.account);
        let all: Vec<String> = std::iter::once(DeviceToken { account: bound.account, until, id, code })
            .chain(others)
            .take(TOKENS_MAX)
            .map(|token| token.text())
            .collect();
        Some(all.join(&BETWEEN.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
    const MILLI: Duration = Duration::from_millis(1);
    const ANN: TokenBinding<'static> = TokenBinding { account: AccountId(1), hash: "$argon2id$ann" };
    const BOB: TokenBinding<'static> = TokenBinding { account: AccountId(2), hash: "$argon2id$bob" };

    fn devices(keys: &[u8]) -> Devices {
        Devices::new(keys.iter().map(|key| hmac::Key::new(hmac::HMAC_SHA256, &[*key; 32])).collect())
    }

    #[test]
    fn token_holds_for_its_account_password_key_and_time() {
        let held = devices(&[1]).remember("", ANN, [7; 16], NOW).expect("a token");
        let id = Some(DeviceId([7; 16]));
        for (keys, bound, now, known) in [
            (&[1][..], ANN, NOW, id),
            (&[2, 1], ANN, NOW, id),
            (&[1], ANN, NOW + DEVICE_MAX - MILLI, id),
            (&[2], ANN, NOW, None),
            (&[1], BOB, NOW, None),
            (&[1], TokenBinding { account: AccountId(2), ..ANN }, NOW, None),
            (&[1], TokenBinding { hash: "$argon2id$new", ..ANN }, NOW, None),
            (&[1], TokenBinding { hash: "", ..ANN }, NOW, None),
            (&[1], ANN, NOW + DEVICE_MAX, None),
            (&[1], ANN, NOW - MILLI, None),
        ] {
            assert_eq!(devices(keys).recognize(&held, bound, now), known, "{keys:?} {} {now:?}", bound.account);
        }
    }

    #[test]
    fn any_changed_character_of_a_token_ends_it() {
        let held = devices(&[1]).remember("", ANN, [7; 16], NOW).expect("a token");
        for at in 0..held.len() {
            let mut changed = held.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'Q' } else { b'A' };
            let changed = String::from_utf8(changed).expect("ASCII");
            assert_eq!(devices(&[1]).recognize(&changed, ANN, NOW), None, "{at}");
        }
        for rubbish in ["", ".", "....", "x", "é", &held[1..], &"A".repeat(100_000)] {
            assert_eq!(devices(&[1]).recognize(rubbish, ANN, NOW), None);
            assert!(devices(&[1]).remember(rubbish, ANN, [7; 16], NOW).is_some_and(|held| held.len() < 400));
        }
    }

    #[test]
    fn browser_keeps_its_device_and_those_of_other_accounts() {
        let devices = devices(&[1]);
        let first = devices.remember("", ANN, [1; 16], NOW).expect("a token");
        let both = devices.remember(&first, BOB, [2; 16], NOW).expect("two");
        assert_eq!(devices.recognize(&both, ANN, NOW), Some(DeviceId([1; 16])));
        assert_eq!(devices.recognize(&both, BOB, NOW), Some(DeviceId([2; 16])));
        let again = devices.remember(&both, ANN, [3; 16], NOW + MILLI).expect("renewed");
        assert_eq!(devices.recognize(&again, ANN, NOW + MILLI), Some(DeviceId([1; 16])), "no new count by signing in again");
        let many = (10..60).map(AccountId).fold(again, |held, account| {
            devices.remember(&held, TokenBinding { account, hash: "$x" }, [9; 16], NOW).expect("a token")
        });
        assert_eq!(many.split(BETWEEN).count(), TOKENS_MAX);
    }
}

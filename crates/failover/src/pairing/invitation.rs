//! The permission to pair: a one-time code, or a pre-shared key. It bounds the tries.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::code::PairingCode;
use crate::identity::PairIdentity;
use crate::proof::PairingSecret;

use super::message::PeerRefusal;

/// Life of a code.
pub(super) const CODE_LIFE: Duration = Duration::from_mins(10);
/// Wrong tries until a code is void, or until a pre-shared key rests for the life of a code.
pub const TRIES: u8 = 5;

/// A code as shown to the administrator of the backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub code: PairingCode,
    /// Time until it expires.
    pub life: Duration,
}

/// The kind of a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PermissionKind {
    /// Ends at this time.
    OneTime(Instant),
    Standing,
}

/// A permission of this node.
pub(super) struct Permission {
    secret: PairingSecret,
    kind: PermissionKind,
    /// The key that this node shows while it is invited.
    pub(super) identity: Arc<PairIdentity>,
    tries: u8,
    /// Begin of the time in which the tries are counted.
    counted_from: Instant,
}

impl Permission {
    pub(super) fn one_time(code: &PairingCode, identity: PairIdentity, now: Instant) -> Self {
        Self {
            secret: PairingSecret::of_code(code),
            kind: PermissionKind::OneTime(now + CODE_LIFE),
            identity: Arc::new(identity),
            tries: TRIES,
            counted_from: now,
        }
    }

    pub(super) fn standing(secret: PairingSecret, identity: PairIdentity, now: Instant) -> Self {
        Self { secret, kind: PermissionKind::Standing, identity: Arc::new(identity), tries: TRIES, counted_from: now }
    }

    /// True if a pairing may begin.
    pub(super) fn is_valid(&self, now: Instant) -> bool {
        match self.kind {
            PermissionKind::OneTime(until) => now < until && self.tries > 0,
            PermissionKind::Standing => true,
        }
    }

    /// Takes a try before the proof is looked at, so that attempts side by side cannot have more of them.
    pub(super) fn begin_try(&mut self, now: Instant) -> Result<PairingSecret, PeerRefusal> {
        match self.kind {
            PermissionKind::OneTime(until) if now >= until => return Err(PeerRefusal::NotInvited),
            PermissionKind::Standing if now.saturating_duration_since(self.counted_from) >= CODE_LIFE => {
                (self.tries, self.counted_from) = (TRIES, now);
            }
            PermissionKind::OneTime(_) | PermissionKind::Standing => {}
        }
        self.tries = self.tries.checked_sub(1).ok_or(PeerRefusal::TooManyTries)?;
        Ok(self.secret.clone())
    }

    /// The proof was right: the try does not count.
    pub(super) fn give_back_try(&mut self) {
        self.tries = (self.tries + 1).min(TRIES);
    }

    /// The answer to a wrong proof.
    pub(super) fn wrong(&self) -> PeerRefusal {
        let left = matches!(self.kind, PermissionKind::OneTime(_)).then_some(self.tries);
        PeerRefusal::WrongSecret { left }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(now: Instant) -> Permission {
        Permission::one_time(&PairingCode::draw(), PairIdentity::make().unwrap(), now)
    }

    #[test]
    fn code_is_void_after_five_wrong_tries() {
        let now = Instant::now();
        let mut permission = code(now);
        for left in (0..TRIES).rev() {
            assert!(permission.is_valid(now) && permission.begin_try(now).is_ok());
            assert_eq!(permission.wrong(), PeerRefusal::WrongSecret { left: Some(left) });
        }
        assert!(!permission.is_valid(now));
        assert_eq!(permission.begin_try(now).unwrap_err(), PeerRefusal::TooManyTries);
    }

    #[test]
    fn right_tries_do_not_count_and_time_ends_a_code() {
        let now = Instant::now();
        let mut permission = code(now);
        for _ in 0..50 {
            permission.begin_try(now).unwrap();
            permission.give_back_try();
        }
        let end = now + CODE_LIFE;
        assert!(permission.is_valid(end - Duration::from_millis(1)) && !permission.is_valid(end));
        assert_eq!(permission.begin_try(end).unwrap_err(), PeerRefusal::NotInvited);
    }

    /// A pre-shared key has no end, so its tries come back, slowly.
    #[test]
    fn pre_shared_key_rests_after_five_wrong_tries() {
        let now = Instant::now();
        let secret = PairingSecret::of_code(&PairingCode::draw());
        let mut permission = Permission::standing(secret, PairIdentity::make().unwrap(), now);
        for _ in 0..TRIES {
            permission.begin_try(now).unwrap();
        }
        let later = now + CODE_LIFE - Duration::from_millis(1);
        assert_eq!(permission.begin_try(later).unwrap_err(), PeerRefusal::TooManyTries);
        assert!(permission.begin_try(now + CODE_LIFE).is_ok() && permission.is_valid(now + CODE_LIFE * 100));
        assert_eq!(permission.wrong(), PeerRefusal::WrongSecret { left: None });
    }
}

//! Checks the node itself: disk, key file, write-ahead log and clock.

use jiff::SignedDuration;
use mail::oauth::GrantStatus;
use model::event::{OwnCode, Severity};
use model::time::{SKEW_MAX, skew_minutes};
use store::{KeyFile, Store};

use super::{condition, facts};
use crate::event::Observation;
use crate::signals::RunAge;

pub(super) fn check_disk(store: &Store, observation: &mut Observation) {
    let Some(room) = store.room() else {
        observation.mark_unknown(OwnCode::NodeDiskLow);
        return observation.mark_unknown(OwnCode::QueueQuotaNear);
    };
    let facts = facts([
        ("free", room.free.to_string()),
        ("total", room.total.to_string()),
        ("directory", store.directory().display().to_string()),
    ]);
    if room.free < room.floor.saturating_mul(2) {
        let severity = if room.free < room.floor { Severity::Critical } else { Severity::Error };
        observation.extend([condition(OwnCode::NodeDiskLow, "", severity, facts.clone())]);
    }
    if room.free < room.floor.saturating_mul(12) / 10 {
        observation.extend([condition(OwnCode::QueueQuotaNear, "", Severity::Error, facts)]);
    }
}

/// Checks the key file. A missing file does harm at the next start, when no copy of the key is in memory any more.
pub(super) fn check_key(store: &Store, observation: &mut Observation) {
    let (file, why) = match store.key_file() {
        KeyFile::InPlace => return,
        KeyFile::Missing(file) => (file, "missing"),
        KeyFile::Other(file) => (file, "other"),
    };
    let facts = facts([("file", file.display().to_string()), ("why", why.to_owned())]);
    observation.extend([condition(OwnCode::NodeKeyLost, "", Severity::Error, facts)]);
}

/// Checks the write-ahead log: a checkpoint fails, or a reader delays it until the log is too large.
pub(super) fn check_wal(store: &Store, observation: &mut Observation) {
    let wal = store.wal();
    let Some(cause) = &wal.trouble else { return };
    let severity = if wal.is_full() { Severity::Critical } else { Severity::Error };
    let facts = facts([("size", wal.bytes.to_string()), ("error", cause.to_string())]);
    observation.extend([condition(OwnCode::StoreCheckpointFailed, "", severity, facts)]);
}

/// Compares our clock with remote clocks: `clocks` gives each source and its lead. In a young run a source may
/// not have shown its clock yet.
pub(super) fn check_clock(
    clocks: Vec<(String, SignedDuration)>,
    grants: &[GrantStatus],
    age: RunAge,
    observation: &mut Observation,
) {
    const CODE: OwnCode = OwnCode::NodeClockSkew;
    let of_providers = grants.iter().filter_map(|grant| Some((grant.relay.clone(), grant.skew?)));
    let worst = clocks.into_iter().chain(of_providers).max_by_key(|(_, ahead)| ahead.unsigned_abs());
    let Some((source, ahead)) = worst else {
        if age == RunAge::Young {
            observation.mark_unknown(CODE);
        }
        return;
    };
    if ahead.unsigned_abs() > SKEW_MAX {
        // The remote clock is ahead: ours is behind.
        let direction = if ahead.is_positive() { "behind" } else { "ahead" };
        let facts =
            facts([("minutes", skew_minutes(ahead).to_string()), ("direction", direction.to_owned()), ("source", source)]);
        observation.extend([condition(CODE, "", Severity::Error, facts)]);
    }
}

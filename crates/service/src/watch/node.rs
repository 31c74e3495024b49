//! The node itself: its disk and its clock.

use model::event::Severity;
use store::Store;

use super::{SHOWN_MS, Told, condition, facts};
use crate::event::Condition;
use crate::oauth::GrantStatus;

/// Clocks further apart than this break tokens and TLS.
const SKEW_MAX_MS: i64 = 300_000;

pub(super) fn conditions(store: &Store, told: &Told, grants: &[GrantStatus], now: i64) -> Vec<Condition> {
    let mut found = Vec::new();
    if let Some(room) = store.room() {
        let facts = facts([
            ("free", room.free.to_string()),
            ("total", room.total.to_string()),
            ("directory", store.directory().display().to_string()),
        ]);
        if room.free < room.floor.saturating_mul(2) {
            let severity = if room.free < room.floor { Severity::Critical } else { Severity::Error };
            found.push(condition("node.disk.low", "", severity, facts.clone()));
        }
        if room.free < room.floor.saturating_mul(12) / 10 {
            found.push(condition("queue.quota.near", "", Severity::Error, facts));
        }
    }
    let worst = {
        let inside = told.lock();
        let shown = inside.clocks.iter().filter(|(_, (_, at))| (now - at).abs() < SHOWN_MS);
        let shown = shown.map(|(source, (ahead, _))| (source.clone(), *ahead));
        let of_providers = grants.iter().filter_map(|grant| Some((grant.relay.clone(), grant.skew?)));
        shown.chain(of_providers).max_by_key(|(_, ahead)| ahead.abs())
    };
    if let Some((source, ahead)) = worst.filter(|(_, ahead)| ahead.abs() > SKEW_MAX_MS) {
        // Theirs is ahead: ours is behind.
        let direction = if ahead > 0 { "behind" } else { "ahead" };
        let minutes = (ahead.abs() + 30_000) / 60_000;
        let facts = facts([("minutes", minutes.to_string()), ("direction", direction.to_owned()), ("source", source)]);
        found.push(condition("node.clock.skew", "", Severity::Error, facts));
    }
    found
}

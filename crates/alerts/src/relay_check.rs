//! The check of a relay's new settings. Until its probe has ended, an incident of the former settings proves nothing.

use std::time::Duration;

use mail::queue::KnownRelay;
use model::incident::Incident;
use model::time::Timestamp;

/// Time that a probe of new settings may take before the fault of the former ones is dropped.
const CHECKING: Duration = Duration::from_secs(15);

/// Codes of faults of one relay.
pub(crate) const FAULTS: [&str; 4] = ["relay.unreachable", "relay.trust.failed", "relay.signin.refused", "relay.refused"];

/// True while a probe may show whether a fault of the former settings is one of the present settings too.
pub(crate) fn is_checking(relay: &KnownRelay, now: Timestamp) -> bool {
    relay.is_outdated && now.since(relay.settings_since) < CHECKING
}

/// True if an incident tells of former settings of a relay whose present ones are being checked. It may be over in a moment.
pub(crate) fn is_undecided(incident: &Incident, relays: &[KnownRelay], now: Timestamp) -> bool {
    let of_relay = FAULTS.contains(&incident.code.as_str());
    let concerns = |relay: &&KnownRelay| incident.code == "relay.none" || of_relay && incident.object == relay.settings.name;
    relays.iter().filter(concerns).any(|relay| is_checking(relay, now) && incident.since < relay.settings_since)
}

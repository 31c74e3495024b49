//! Tells whether new settings of a relay are still being checked. Until their probe has ended, an incident of the former settings
//! may or may not be one of the present ones.

use std::time::Duration;

use mail::queue::KnownRelay;
use model::event::OwnCode;
use model::hold::RelayState;
use model::incident::Incident;
use model::time::Timestamp;

/// How long an incident of the former settings stays undecided. After that the watch ends it.
const CHECKING: Duration = Duration::from_secs(15);

/// Codes of faults of one relay.
pub(crate) const FAULTS: [OwnCode; 4] =
    [OwnCode::RelayUnreachable, OwnCode::RelayTrustFailed, OwnCode::RelaySigninRefused, OwnCode::RelayRefused];

/// True for a moment after a change of a relay's settings.
pub(crate) fn is_recent(relay: &KnownRelay, now: Timestamp) -> bool {
    now.since(relay.settings_since) < CHECKING
}

/// True while the known state of a relay is that of its former settings, and a probe of the present ones is under way.
pub(crate) fn is_checking(relay: &KnownRelay, now: Timestamp) -> bool {
    relay.is_outdated && is_recent(relay, now)
}

/// Longest time in which a relay passes for being checked: a connection to each of its addresses and the answers of its server.
const PROBING: Duration = Duration::from_secs(60);

/// True after a change of a relay's settings, until a probe has shown whether it works with them.
pub(crate) fn is_probing(relay: &KnownRelay, now: Timestamp) -> bool {
    let is_untried = relay.state == RelayState::Open && relay.proven.is_none() && now.since(relay.settings_since) < PROBING;
    relay.is_outdated || is_untried
}

/// True if an incident tells of former settings of a relay whose present ones are being checked. It may be over in a moment.
pub(crate) fn is_undecided(incident: &Incident, relays: &[KnownRelay], now: Timestamp) -> bool {
    // `relay.none` tells of all relays.
    let of_relay = incident.code.own().is_some_and(|code| FAULTS.contains(&code));
    let concerns =
        |relay: &&KnownRelay| incident.code == OwnCode::RelayNone || of_relay && incident.object == relay.settings.name;
    relays.iter().filter(concerns).any(|relay| is_checking(relay, now) && incident.since < relay.settings_since)
}

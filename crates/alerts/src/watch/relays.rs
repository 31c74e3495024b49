//! Finds relays that cannot be used, senders that relays refuse, and lost grants.

use std::collections::BTreeSet;
use std::time::Duration;

use mail::oauth::GrantStatus;
use mail::queue::KnownRelay;
use model::event::{NO_ADVICE, OwnCode, Severity, time_fact};
use model::hold::{Hold, HoldCause, RelayState};
use model::id::RelayId;
use model::oauth::GrantPhase;
use model::route::fallback;
use model::settings::RelaySettings;
use model::time::Timestamp;

use super::{condition, facts};
use crate::event::{Condition, Observation};
use crate::relay_check::{FAULTS, is_checking, is_recent};

/// Time until an unreachable relay is reported. A shorter outage often ends by itself.
const UNREACHABLE: Duration = Duration::from_mins(15);

type HeldSender = (RelayId, String, Hold);

/// The route with the state of its relays, in its order.
pub(super) struct RouteView<'a> {
    pub(super) relays: &'a [KnownRelay],
    /// Senders that are held or being tried again.
    pub(super) senders: &'a [HeldSender],
    pub(super) grants: &'a [GrantStatus],
    /// The sender of the site's own mail.
    pub(super) own_sender: &'a str,
    /// Other senders under which notices wait: they are about to be written anew under the present one.
    pub(super) rewritten: &'a BTreeSet<String>,
    /// True if a relay has accepted a message in this run of the node.
    pub(super) has_accepted: bool,
    /// Since when no relay can be used, as far as this run of the node knows.
    pub(super) closed: Option<Timestamp>,
}

impl RouteView<'_> {
    /// The grant that keeps a relay from being used, if one does.
    fn blocking_grant(&self, relay: &KnownRelay) -> Option<&GrantStatus> {
        self.grants.iter().find(|grant| grant.blocked && grant.relay == relay.settings.name)
    }

    fn is_open(&self, relay: &KnownRelay) -> bool {
        relay.state == RelayState::Open && self.blocking_grant(relay).is_none()
    }
}

/// Keeps an incident whose fault cannot be observed now. One from before the present settings is kept only while they are
/// checked.
fn keep(code: OwnCode, relay: &KnownRelay, now: Timestamp, observation: &mut Observation) {
    let since = if is_checking(relay, now) { Timestamp::MIN } else { relay.settings_since };
    observation.mark_unknown_since(code, &relay.settings.name, since);
}

/// Finds relays that cannot be used, and senders that relays refuse. A fault that was found under former settings of a relay is
/// no finding: the probe that is due decides.
pub(super) fn check_route(route: &RouteView<'_>, now: Timestamp, observation: &mut Observation) {
    let any_open = route.relays.iter().any(|relay| route.is_open(relay));
    // Without an open relay, a fault of one relay stops all mail.
    let severity = if any_open { Severity::Error } else { Severity::Critical };
    for relay in route.relays {
        if relay.proven.is_none_or(|proven| proven < relay.settings_since) {
            observation.mark_replaced(&relay.settings.name, relay.settings_since);
        }
        if is_recent(relay, now) {
            // Senders are tried anew under new settings. The next messages show what became of them.
            observation.mark_unknown(OwnCode::RelaySenderRefused);
        }
        if relay.state == RelayState::Open && relay.proven.is_none() {
            // Nothing has shown yet that a fault from before this run, or before the settings, was mended.
            FAULTS.iter().for_each(|code| keep(*code, relay, now, observation));
        }
        if relay.is_outdated {
            FAULTS.iter().for_each(|code| keep(*code, relay, now, observation));
            continue;
        }
        observation.extend(hold_condition(&relay.settings, &relay.state, severity));
        unobservable_codes(&relay.state).iter().for_each(|code| keep(*code, relay, now, observation));
    }
    check_senders(route, observation);
    check_fallback(route, observation);
    let is_none_told = !any_open && check_none(route, now, observation);
    for relay in route.relays.iter().filter(|relay| !relay.is_outdated) {
        if is_none_told {
            // One incident tells that nothing works. One that is open stays open.
            keep(OwnCode::RelayUnreachable, relay, now, observation);
        } else {
            observation.extend(unreachable_condition(&relay.settings, &relay.state, severity, now));
        }
    }
}

fn check_senders(route: &RouteView<'_>, observation: &mut Observation) {
    if !route.has_accepted {
        // A refusal from before this run may be lost with its hold. An accepted message ends it.
        observation.mark_unknown(OwnCode::RelaySenderRefused);
    }
    for (id, sender, hold) in route.senders {
        let Some(relay) = route.relays.iter().map(|relay| &relay.settings).find(|relay| relay.id == *id) else { continue };
        let object = format!("{} {sender}", relay.name);
        if route.rewritten.contains(sender) {
            // The relay may have refused nothing but former notices. What waits without them shows it.
            observation.mark_unknown_of(OwnCode::RelaySenderRefused, &object);
            continue;
        }
        let mut facts = facts_of(relay, hold);
        facts.insert("sender".to_owned(), sender.clone());
        // Another relay that takes this sender keeps its mail going.
        let held = |id: RelayId| route.senders.iter().any(|(of, who, _)| *of == id && who == sender);
        let goes = route.relays.iter().any(|candidate| route.is_open(candidate) && !held(candidate.settings.id));
        // Alarms have the site's own sender. Mail of another one waits for its program.
        let stops_alarms = !goes && sender == route.own_sender;
        let severity = if stops_alarms { Severity::Critical } else { Severity::Error };
        observation.extend([condition(OwnCode::RelaySenderRefused, &object, severity, facts)]);
    }
}

/// Finds that mail goes by a fallback. That it can be used is no proof: it must have accepted a message or a sign-in since the
/// first relay failed.
fn check_fallback(route: &RouteView<'_>, observation: &mut Observation) {
    const CODE: OwnCode = OwnCode::RelayFallbackActive;
    let Some(first) = route.relays.first() else { return };
    let used = fallback(route.relays.iter().map(|relay| (relay.settings.id, route.is_open(relay))));
    let Some(used) = used.and_then(|used| route.relays.iter().find(|relay| relay.settings.id == used)) else {
        if !route.is_open(first) {
            // No fallback works either. That is told, and mail goes by none.
            observation.mark_superseded(CODE);
        }
        return;
    };
    let (since, error) = match (&first.state, route.blocking_grant(first)) {
        (RelayState::Held(hold), _) => (hold.since, hold.fault.clone()),
        (RelayState::Open, Some(grant)) => (grant.since, words_of(grant)),
        (RelayState::Open, None) => return,
    };
    let refuses_us = route.senders.iter().any(|(of, sender, _)| *of == used.settings.id && sender == route.own_sender);
    if first.is_outdated || refuses_us || used.proven.is_none_or(|proven| proven < since) {
        return observation.mark_unknown(CODE);
    }
    let facts = facts([
        ("relay", first.settings.name.clone()),
        ("used", used.settings.name.clone()),
        ("error", error),
        ("since", time_fact(since)),
    ]);
    observation.extend([condition(CODE, &first.settings.name, Severity::Warning, facts)]);
}

/// Finds that no relay can be used, unless the critical fault of a relay tells so already. True if it is found.
fn check_none(route: &RouteView<'_>, now: Timestamp, observation: &mut Observation) -> bool {
    const CODE: OwnCode = OwnCode::RelayNone;
    let is_told = |condition: &Condition| FAULTS.contains(&condition.code);
    let by_grant = |relay: &KnownRelay| route.blocking_grant(relay).is_some_and(GrantStatus::is_alarm);
    let is_unknown = route.relays.iter().any(|relay| is_checking(relay, now));
    if is_unknown {
        observation.mark_unknown(CODE);
        return false;
    }
    if observation.found().iter().any(is_told) || route.relays.iter().any(by_grant) {
        // The fault of former settings is over: another incident tells of the present ones.
        let since = route.relays.iter().map(|relay| relay.settings_since).max().unwrap_or(Timestamp::MIN);
        observation.mark_unknown_since(CODE, "", since);
        observation.mark_superseded(CODE);
        return false;
    }
    let held = |relay: &KnownRelay| if let RelayState::Held(hold) = &relay.state { Some(hold.since) } else { None };
    let since = route.relays.iter().filter_map(held).chain(route.closed).max();
    let first = route.relays.iter().find_map(|relay| match &relay.state {
        RelayState::Held(hold) if !relay.is_outdated => Some((relay, hold)),
        RelayState::Held(_) | RelayState::Open => None,
    });
    let (Some((relay, hold)), Some(since)) = (first, since) else {
        if route.relays.iter().any(|relay| relay.is_outdated) {
            // A slow probe of new settings has not ended. As far as is known, no relay works: that must not pass for resolved.
            observation.mark_unknown(CODE);
        }
        return false;
    };
    let mut facts = facts_of(&relay.settings, hold);
    facts.insert("since".to_owned(), time_fact(since));
    observation.extend([condition(CODE, "", Severity::Critical, facts)]);
    true
}

/// The provider's words about a grant that cannot be used. Empty if it said nothing.
fn words_of(grant: &GrantStatus) -> String {
    grant.fault.as_ref().map(|fault| fault.words.clone()).unwrap_or_default()
}

/// Codes that cannot be observed during this hold: no connection reaches the stage that would show them.
fn unobservable_codes(state: &RelayState) -> &'static [OwnCode] {
    let RelayState::Held(hold) = state else { return &[] };
    match hold.cause {
        HoldCause::Network | HoldCause::Provider => {
            &[OwnCode::RelayTrustFailed, OwnCode::RelaySigninRefused, OwnCode::RelayRefused]
        }
        HoldCause::Tls => &[OwnCode::RelaySigninRefused, OwnCode::RelayRefused],
        HoldCause::Encryption => &[OwnCode::RelayTrustFailed, OwnCode::RelaySigninRefused],
        HoldCause::SignIn | HoldCause::Grant => &[OwnCode::RelayRefused],
        HoldCause::Configuration | HoldCause::Sender => &[],
    }
}

fn facts_of(relay: &RelaySettings, hold: &Hold) -> model::event::Facts {
    facts([
        ("relay", relay.name.clone()),
        ("host", format!("{}:{}", relay.host, relay.port)),
        ("error", hold.fault.clone()),
        ("since", time_fact(hold.since)),
        ("advice", hold.advice.clone().unwrap_or_else(|| NO_ADVICE.to_owned())),
    ])
}

/// The condition of a relay that does not answer.
fn unreachable_condition(relay: &RelaySettings, state: &RelayState, severity: Severity, now: Timestamp) -> Option<Condition> {
    let RelayState::Held(hold) = state else { return None };
    let is_reported = matches!(hold.cause, HoldCause::Network | HoldCause::Provider) && now.since(hold.since) >= UNREACHABLE;
    is_reported.then(|| condition(OwnCode::RelayUnreachable, &relay.name, severity, facts_of(relay, hold)))
}

/// The condition of a relay that answers and cannot be used.
fn hold_condition(relay: &RelaySettings, state: &RelayState, severity: Severity) -> Option<Condition> {
    let RelayState::Held(hold) = state else { return None };
    let code = match hold.cause {
        HoldCause::Tls => OwnCode::RelayTrustFailed,
        HoldCause::SignIn => OwnCode::RelaySigninRefused,
        HoldCause::Configuration | HoldCause::Encryption => OwnCode::RelayRefused,
        // The grant and the sender have incidents of their own, and the operator knows.
        HoldCause::Network | HoldCause::Provider | HoldCause::Grant | HoldCause::Sender => return None,
    };
    Some(condition(code, &relay.name, severity, facts_of(relay, hold)))
}

/// Finds grants that need a person.
pub(super) fn check_grants(grants: &[GrantStatus], observation: &mut Observation) {
    for grant in grants {
        let error = words_of(grant);
        let facts = facts([
            ("relay", grant.relay.clone()),
            ("account", grant.account.clone().unwrap_or_else(|| grant.email.clone())),
            ("error", error),
            ("since", time_fact(grant.since)),
            ("email", grant.email.clone()),
        ]);
        let code = match grant.state {
            GrantPhase::Lost => Some(OwnCode::OauthGrantLost),
            GrantPhase::ClientRefused => Some(OwnCode::OauthClientRefused),
            GrantPhase::Misconfigured => Some(OwnCode::OauthSettingsRefused),
            GrantPhase::Absent | GrantPhase::Authorized | GrantPhase::Doubted(_) if grant.starved => {
                Some(OwnCode::OauthTokenMissing)
            }
            GrantPhase::Absent | GrantPhase::Authorized | GrantPhase::Doubted(_) => None,
        };
        observation.extend(code.map(|code| condition(code, &grant.relay, Severity::Critical, facts.clone())));
        if grant.unwritten {
            observation.extend([condition(OwnCode::OauthTokenUnwritten, &grant.relay, Severity::Critical, facts.clone())]);
        }
        if let Some(confirm) = &grant.confirm {
            let mut facts = facts;
            facts.insert("account".to_owned(), confirm.account.clone());
            facts.insert("email".to_owned(), confirm.email.clone());
            observation.extend([condition(OwnCode::OauthAccountMismatch, &grant.relay, Severity::Error, facts)]);
        }
    }
}

#[cfg(test)]
mod tests;

//! Finds relays that cannot be used, senders that relays refuse, and lost grants.

use std::time::Duration;

use mail::oauth::GrantStatus;
use model::event::{Severity, time_fact};
use model::hold::{Hold, HoldCause, RelayState};
use model::id::RelayId;
use model::oauth::GrantPhase;
use model::route::fallback;
use model::settings::RelaySettings;
use model::time::Timestamp;

use super::{condition, facts};
use crate::event::{Condition, Observation};

/// Time until an unreachable relay is reported. A shorter outage often ends by itself.
const UNREACHABLE: Duration = Duration::from_mins(15);

type HeldSender = (RelayId, String, Hold);

/// The route with the state of its relays, in its order.
pub(super) struct RouteView<'a> {
    pub(super) relays: &'a [(RelaySettings, RelayState)],
    /// Senders that are held or being tried again.
    pub(super) senders: &'a [HeldSender],
    pub(super) grants: &'a [GrantStatus],
}

/// Finds relays that cannot be used, and senders that relays refuse.
pub(super) fn check_route(route: &RouteView<'_>, now: Timestamp, observation: &mut Observation) {
    let RouteView { relays, senders, grants } = *route;
    let blocked = |relay: &RelaySettings| grants.iter().any(|grant| grant.blocked && grant.relay == relay.name);
    let open = |(relay, state): &(RelaySettings, RelayState)| *state == RelayState::Open && !blocked(relay);
    let any_open = relays.iter().any(open);
    // Without an open relay, a fault of one relay stops all mail.
    let severity = if any_open { Severity::Error } else { Severity::Critical };
    observation.extend(relays.iter().filter_map(|(relay, state)| hold_condition(relay, state, severity, now)));
    for (relay, state) in relays {
        unobservable_codes(state).iter().for_each(|code| observation.mark_unknown_of(code, &relay.name));
    }
    let about = |(id, sender, hold): &HeldSender| {
        let relay = relays.iter().map(|(relay, _)| relay).find(|relay| relay.id == *id)?;
        let mut facts = facts_of(relay, hold);
        facts.insert("sender".to_owned(), sender.clone());
        // Another relay that takes this sender keeps its mail going.
        let held = |id: RelayId| senders.iter().any(|(of, who, _)| *of == id && who == sender);
        let goes = relays.iter().any(|candidate| open(candidate) && !held(candidate.0.id));
        let severity = if goes { Severity::Error } else { Severity::Critical };
        Some(condition("relay.sender.refused", &format!("{} {sender}", relay.name), severity, facts))
    };
    observation.extend(senders.iter().filter_map(about));
    let used = fallback(relays.iter().map(|candidate| (candidate.0.id, open(candidate))));
    if let (Some((first, state)), Some(used)) = (relays.first(), used) {
        let used = relays.iter().find(|(relay, _)| relay.id == used).map_or("", |(relay, _)| &relay.name);
        let (since, error) = match state {
            RelayState::Held(hold) => (hold.since, hold.fault.clone()),
            RelayState::Open => {
                (grants.iter().find(|grant| grant.relay == first.name).map_or(now, |grant| grant.since), String::new())
            }
        };
        let facts =
            facts([("relay", first.name.clone()), ("used", used.to_owned()), ("error", error), ("since", time_fact(since))]);
        observation.extend([condition("relay.fallback.active", &first.name, Severity::Warning, facts)]);
    } else if !any_open {
        // The fallback does not work either, so this does not show that the first relay is back.
        observation.mark_unknown("relay.fallback.active");
    }
}

/// Codes that cannot be observed during this hold: no connection reaches the stage that would show them.
fn unobservable_codes(state: &RelayState) -> &'static [&'static str] {
    let RelayState::Held(hold) = state else { return &[] };
    match hold.cause {
        HoldCause::Network => &["relay.trust.failed", "relay.signin.refused", "relay.refused"],
        HoldCause::Tls => &["relay.signin.refused", "relay.refused"],
        HoldCause::SignIn | HoldCause::Grant => &["relay.refused"],
        HoldCause::Configuration | HoldCause::Sender => &[],
    }
}

fn facts_of(relay: &RelaySettings, hold: &Hold) -> model::event::Facts {
    facts([
        ("relay", relay.name.clone()),
        ("host", format!("{}:{}", relay.host, relay.port)),
        ("error", hold.fault.clone()),
        ("since", time_fact(hold.since)),
    ])
}

fn hold_condition(relay: &RelaySettings, state: &RelayState, severity: Severity, now: Timestamp) -> Option<Condition> {
    let RelayState::Held(hold) = state else { return None };
    let code = match hold.cause {
        HoldCause::Network if now.since(hold.since) >= UNREACHABLE => "relay.unreachable",
        HoldCause::Tls => "relay.trust.failed",
        HoldCause::SignIn => "relay.signin.refused",
        HoldCause::Configuration => "relay.refused",
        // A network fault is not reported yet. The grant and the sender have incidents of their own, and the operator knows.
        HoldCause::Network | HoldCause::Grant | HoldCause::Sender => return None,
    };
    Some(condition(code, &relay.name, severity, facts_of(relay, hold)))
}

/// Finds grants that need a person.
pub(super) fn check_grants(grants: &[GrantStatus], observation: &mut Observation) {
    for grant in grants {
        let error = grant.fault.as_ref().map(|fault| fault.words.clone()).unwrap_or_default();
        let facts = facts([
            ("relay", grant.relay.clone()),
            ("account", grant.account.clone().unwrap_or_else(|| grant.email.clone())),
            ("error", error),
            ("since", time_fact(grant.since)),
            ("email", grant.email.clone()),
        ]);
        let code = match grant.state {
            GrantPhase::Lost => Some("oauth.grant.lost"),
            GrantPhase::ClientRefused => Some("oauth.client.refused"),
            GrantPhase::Misconfigured => Some("oauth.settings.refused"),
            GrantPhase::Absent | GrantPhase::Authorized | GrantPhase::Doubted(_) if grant.starved => Some("oauth.token.missing"),
            GrantPhase::Absent | GrantPhase::Authorized | GrantPhase::Doubted(_) => None,
        };
        observation.extend(code.map(|code| condition(code, &grant.relay, Severity::Critical, facts.clone())));
        if grant.unwritten {
            observation.extend([condition("oauth.token.unwritten", &grant.relay, Severity::Critical, facts.clone())]);
        }
        if let Some(confirm) = &grant.confirm {
            let mut facts = facts;
            facts.insert("account".to_owned(), confirm.account.clone());
            facts.insert("email".to_owned(), confirm.email.clone());
            observation.extend([condition("oauth.account.mismatch", &grant.relay, Severity::Error, facts)]);
        }
    }
}

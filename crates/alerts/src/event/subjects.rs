//! Tells whether the settings in force still have the relay, certificate, sender, contact or webhook that an incident names.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use model::event::{Object, OwnCode};
use model::id::RelayId;
use model::incident::Incident;
use model::settings::{Auth, EmailSettings, RelaySettings, origin_of};

/// The settings in force, and the senders that the site no longer has.
#[derive(Clone)]
pub(crate) struct Subjects {
    pub(crate) settings: Arc<EmailSettings>,
    pub(crate) former_senders: BTreeSet<String>,
    /// The names that relays have or had.
    pub(crate) relay_names: Arc<BTreeMap<String, RelayId>>,
}

impl fmt::Debug for Subjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subjects").field("former_senders", &self.former_senders).finish_non_exhaustive()
    }
}

impl Subjects {
    /// True if the settings no longer have what the incident is about. Its fault can then be neither seen nor mended.
    pub(super) fn lack(&self, incident: &Incident) -> bool {
        let Some(code) = incident.code.own() else { return false };
        match code {
            OwnCode::ContactRefused | OwnCode::ContactUnconfirmed => {
                !self.settings.contacts.iter().any(|contact| contact.key() == incident.object)
            }
            OwnCode::AlarmWebhookFailed => {
                !self.settings.alarm.webhooks.iter().any(|webhook| origin_of(&webhook.url) == incident.object)
            }
            OwnCode::RelayNone => false,
            code if code.entry().object == Object::Relay => self.lack_part_of_relay(code, incident),
            _ => false,
        }
    }

    /// The present name of the incident's relay, if it has another one now.
    pub(super) fn renamed(&self, incident: &Incident) -> Option<&str> {
        let former = relay_of(incident);
        let id = self.relay_names.get(former)?;
        let relay = self.settings.route.iter().find(|relay| relay.id == *id)?;
        (relay.name != former && !self.settings.route.iter().any(|relay| relay.name == former)).then_some(&relay.name)
    }

    /// Host and port of a relay, as facts name them.
    pub(super) fn host_of(&self, relay: &str) -> Option<String> {
        let relay = self.settings.route.iter().find(|known| known.name == relay)?;
        Some(format!("{}:{}", relay.host, relay.port))
    }

    fn lack_part_of_relay(&self, code: OwnCode, incident: &Incident) -> bool {
        let name = self.renamed(incident).unwrap_or_else(|| relay_of(incident));
        let Some(relay) = self.settings.route.iter().find(|relay| relay.name == name) else { return true };
        if code == OwnCode::RelayFallbackActive {
            let used = incident.facts.get("used");
            return !self.settings.route.iter().skip(1).any(|relay| used.is_none_or(|used| relay.name == *used));
        }
        if code == OwnCode::RelaySenderRefused {
            return incident.facts.get("sender").is_some_and(|sender| self.former_senders.contains(sender));
        }
        !has_part(relay, code)
    }
}

/// The name of an incident's relay when it was raised.
pub(super) fn relay_of(incident: &Incident) -> &str {
    incident.facts.get("relay").unwrap_or(&incident.object)
}

/// True if the relay has what this code watches.
fn has_part(relay: &RelaySettings, code: OwnCode) -> bool {
    let tls = relay.encryption.tls();
    match code {
        OwnCode::RelaySigninRefused => !matches!(relay.auth, Auth::None),
        OwnCode::RelayTrustFailed | OwnCode::RelayCertificateExpiring => tls.is_some(),
        OwnCode::RelayClientCertificateExpiring => tls.is_some_and(|tls| tls.client.is_some()),
        code if OwnCode::OF_OAUTH.contains(&code) => matches!(relay.auth, Auth::OAuth2(_)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use model::Secret;
    use model::event::{EventKind, Facts, Severity};
    use model::id::IncidentId;
    use model::incident::{Input, NewIncident, Raised};
    use model::settings::{Draft, parse};
    use model::time::Timestamp;
    use serde_json::{Value, json};

    use super::*;
    use crate::event::{Condition, Observation};

    fn subjects(change: impl FnOnce(&mut Value)) -> Subjects {
        let mut all = json!({
            "email": {
                "from": "alice@lab.test",
                "relay": { "name": "main", "host": "mail.example", "encryption": "starttls" },
                "auth": { "type": "password", "username": "u", "password": "p" },
                "fallback": [{ "relay": { "name": "second", "host": "other.example", "encryption": "none" } }],
                "contacts": { "admin": ["bob@lab.test"] },
            },
            "alarm": { "webhooks": ["https://hook.example/secret"] },
        });
        change(&mut all);
        let mut draft: Draft = serde_json::from_value(all).unwrap();
        model::settings::ensure_ids(&mut draft, None);
        let settings = Arc::new(parse(&draft, &|_| Some(Secret::new("secret"))).unwrap_or_else(|faults| panic!("{faults:?}")));
        Subjects { settings, former_senders: BTreeSet::from(["old@lab.test".to_owned()]), relay_names: Arc::default() }
    }

    fn incident(code: OwnCode, object: &str, facts: &[(&str, &str)]) -> Incident {
        let facts = facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Facts>();
        let new =
            NewIncident { id: IncidentId(1), kind: EventKind::Lasting, code: code.into(), object, by: "node", inhibited: false };
        Incident::begin(new, Raised { severity: Severity::Error, facts, step: None }, Timestamp::EPOCH).0
    }

    #[test]
    fn incident_is_obsolete_without_its_subject() {
        use OwnCode as C;
        let same: fn(&mut Value) = |_| {};
        let plain: fn(&mut Value) = |all| {
            all["email"]["relay"]["encryption"] = "none".into();
            all["email"]["auth"] = json!({ "type": "none" });
        };
        let anonymous: fn(&mut Value) = |all| all["email"]["auth"] = json!({ "type": "none" });
        let renamed: fn(&mut Value) = |all| all["email"]["relay"]["name"] = "other".into();
        let moved: fn(&mut Value) = |all| all["email"]["relay"]["host"] = "new.example".into();
        let alone: fn(&mut Value) = |all| all["email"]["fallback"] = json!([]);
        let colleague: fn(&mut Value) = |all| all["email"]["contacts"]["admin"] = json!(["eve@lab.test"]);
        let unhooked: fn(&mut Value) = |all| all["alarm"]["webhooks"] = json!([]);
        let main: &[(&str, &str)] = &[("relay", "main")];
        let used: &[(&str, &str)] = &[("relay", "main"), ("used", "second")];
        let second: &[(&str, &str)] = &[("relay", "second")];
        let old: &[(&str, &str)] = &[("relay", "main"), ("sender", "old@lab.test")];
        let app: &[(&str, &str)] = &[("relay", "main"), ("sender", "app@lab.test")];
        let rows = [
            (C::RelaySigninRefused, "main", main, same, false),
            (C::RelaySigninRefused, "main", main, moved, false),
            (C::RelaySigninRefused, "main", main, anonymous, true),
            (C::RelaySigninRefused, "main", main, renamed, true),
            (C::RelayUnreachable, "second", second, same, false),
            (C::RelayUnreachable, "second", second, alone, true),
            (C::RelayUnreachable, "second", &[], alone, true),
            (C::RelayRefused, "second", second, alone, true),
            (C::RelayFallbackActive, "main", used, same, false),
            (C::RelayFallbackActive, "main", used, alone, true),
            (C::RelayFallbackActive, "main", used, renamed, true),
            (C::RelayTrustFailed, "main", main, same, false),
            (C::RelayTrustFailed, "main", main, plain, true),
            (C::RelayCertificateExpiring, "main", main, plain, true),
            (C::RelayClientCertificateExpiring, "main", main, same, true),
            (C::OauthGrantLost, "main", main, same, true),
            (C::OauthTokenMissing, "main", main, anonymous, true),
            (C::RelaySenderRefused, "main old@lab.test", old, same, true),
            (C::RelaySenderRefused, "main app@lab.test", app, same, false),
            (C::RelaySenderRefused, "main app@lab.test", app, renamed, true),
            (C::ContactRefused, "bob@lab.test", &[], same, false),
            (C::ContactRefused, "bob@lab.test", &[], colleague, true),
            (C::ContactUnconfirmed, "bob@lab.test", &[], colleague, true),
            (C::AlarmWebhookFailed, "https://hook.example", &[], same, false),
            (C::AlarmWebhookFailed, "https://hook.example", &[], unhooked, true),
            (C::RelayNone, "", main, renamed, false),
            (C::MailSilent, "", &[], alone, false),
            (C::NodeDiskLow, "", &[], alone, false),
        ];
        for (code, object, facts, change, expected) in rows {
            assert_eq!(subjects(change).lack(&incident(code, object, facts)), expected, "{code} {object} {facts:?}");
        }
    }

    /// A relay with another host or port works. That does not mend the fault of the former one.
    #[test]
    fn fault_of_another_host_is_not_resolved() {
        let same: fn(&mut Value) = |_| {};
        let moved: fn(&mut Value) = |all| all["email"]["relay"]["host"] = "new.example".into();
        let other_port: fn(&mut Value) = |all| all["email"]["relay"]["port"] = 2525.into();
        let password: fn(&mut Value) = |all| all["email"]["auth"]["username"] = "other".into();
        let facts: &[(&str, &str)] = &[("relay", "main"), ("host", "mail.example:587"), ("sender", "app@lab.test")];
        for (code, object) in [
            (OwnCode::RelaySigninRefused, "main"),
            (OwnCode::RelayTrustFailed, "main"),
            (OwnCode::RelaySenderRefused, "main app@lab.test"),
        ] {
            for (change, end) in
                [(same, Input::Clear), (password, Input::Clear), (moved, Input::Retire), (other_port, Input::Retire)]
            {
                let mut observation = Observation::default();
                observation.subjects = Some(subjects(change));
                observation.mark_checked(&[code]);
                assert_eq!(observation.end_of(&incident(code, object, facts)), Some(end), "{code}");
            }
        }
    }

    /// The certificate at another address is unknown until the first connection. That keeps no incident of the former address.
    #[test]
    fn certificate_of_another_host_ends_while_unknown() {
        const CODE: OwnCode = OwnCode::RelayCertificateExpiring;
        type DraftEdit = fn(&mut Value);
        let rows: [(&str, DraftEdit, Option<Input>); 6] = [
            ("same", |_| {}, None),
            ("name of a contact", |all| all["email"]["contacts"]["admin"] = json!(["eve@lab.test"]), None),
            ("user", |all| all["email"]["auth"]["username"] = "other".into(), None),
            ("host", |all| all["email"]["relay"]["host"] = "new.example".into(), Some(Input::Retire)),
            ("port", |all| all["email"]["relay"]["port"] = 2525.into(), Some(Input::Retire)),
            (
                "no encryption",
                |all| (all["email"]["relay"]["encryption"], all["email"]["auth"]) = ("none".into(), json!({ "type": "none" })),
                Some(Input::Retire),
            ),
        ];
        for (name, change, end) in rows {
            let mut observation = Observation::default();
            observation.subjects = Some(subjects(change));
            observation.mark_checked(&[CODE]);
            observation.mark_unknown_of(CODE, "main");
            let expiring = incident(CODE, "main", &[("relay", "main"), ("host", "mail.example:587")]);
            assert_eq!(observation.end_of(&expiring), end, "{name}");
            let without_host = incident(CODE, "main", &[("relay", "main")]);
            let end = if name == "no encryption" { end } else { None };
            assert_eq!(observation.end_of(&without_host), end, "{name}, of an older version");
        }
    }

    /// A relay with a new name keeps its fault. Another incident tells it, or it is over, or nothing is known yet.
    #[test]
    fn fault_of_a_renamed_relay_is_not_obsolete() {
        const CODE: OwnCode = OwnCode::RelaySigninRefused;
        let raised = |relay: &str| Raised {
            severity: Severity::Error,
            facts: Facts::from([("relay".to_owned(), relay.to_owned())]),
            step: None,
        };
        let found = |object: &str| Condition { code: CODE, object: object.into(), raised: raised(object) };
        let facts: &[(&str, &str)] = &[("relay", "former"), ("host", "mail.example:587")];
        type Look = fn(&mut Observation);
        let rows: [(&str, Look, Option<Input>); 5] = [
            ("former", |_| {}, None),
            ("former", |seen| seen.mark_checked(&[CODE]), Some(Input::Clear)),
            ("former", |seen| (seen.mark_checked(&[CODE]), seen.mark_unknown_of(CODE, "main")).1, None),
            (
                "former",
                |seen| (seen.mark_checked(&[CODE]), seen.mark_replaced("main", Timestamp::from_secs(9))).1,
                Some(Input::Retire),
            ),
            ("never", |seen| seen.mark_checked(&[CODE]), Some(Input::Retire)),
        ];
        let observed = |name: &str, change: Look| {
            let mut seen = Observation::default();
            let names = BTreeMap::from([(name.to_owned(), RelayId(1)), ("main".to_owned(), RelayId(1))]);
            seen.subjects = Some(Subjects { relay_names: Arc::new(names), ..subjects(|_| {}) });
            change(&mut seen);
            seen
        };
        for (at, (name, change, end)) in rows.into_iter().enumerate() {
            assert_eq!(observed(name, change).end_of(&incident(CODE, "former", facts)), end, "row {at}");
        }
        for (object, end) in [("main", Input::Supersede), ("second", Input::Clear)] {
            let mut seen = observed("former", |seen| seen.mark_checked(&[CODE]));
            seen.extend([found(object)]);
            assert_eq!(seen.end_of(&incident(CODE, "former", facts)), Some(end), "found at {object}");
        }
    }

    /// A fault that is over does not end again when the settings change.
    #[test]
    fn incident_that_is_over_stays_so() {
        let mut over = incident(OwnCode::RelaySigninRefused, "main", &[("relay", "main")]);
        for minute in 1..6 {
            let input = if minute % 2 == 1 {
                Input::Clear
            } else {
                Input::Raise(Raised { severity: Severity::Error, facts: over.facts.clone(), step: None })
            };
            over.apply(input, Timestamp::from_secs(minute * 60));
        }
        assert_eq!(over.state, model::incident::IncidentState::Unstable { open: false });
        let renamed = subjects(|all| all["email"]["relay"]["name"] = "other".into());
        let mut observation = Observation::default();
        observation.subjects = Some(renamed);
        assert_eq!(observation.end_of(&over), None);
    }
}

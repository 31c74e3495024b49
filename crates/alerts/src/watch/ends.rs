//! Finds permissions, secrets and certificates with a known end.

use std::collections::HashMap;
use std::time::Duration;

use admin::certificate::certificate_end;
use mail::oauth::GrantStatus;
use model::event::{CERTIFICATE_COUNTDOWN, Countdown, OwnCode, PERMISSION_COUNTDOWN, SECRET_COUNTDOWN, time_fact};
use model::id::RelayId;
use model::incident::Raised;
use model::settings::{EmailSettings, TlsSettings, Trust};
use model::time::Timestamp;

use super::facts;
use crate::event::{Condition, Observation};
use crate::signals::{ExternalSignals, PageCertificate};

const DAY: Duration = Duration::from_hours(24);

/// A permission, secret or certificate with a known end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) code: OwnCode,
    /// The relay's name. Empty for the node.
    pub(crate) relay: String,
    pub(crate) ends: Timestamp,
    facts: Vec<(&'static str, String)>,
}

impl End {
    /// Days left, rounded up; 0 from the end on.
    pub(crate) fn days(&self, now: Timestamp) -> u64 {
        u64::try_from(self.ends.since(now).as_millis().div_ceil(DAY.as_millis())).unwrap_or(u64::MAX)
    }

    /// The key of its words in lists of the daily notice.
    pub(crate) fn key(&self) -> &'static str {
        match self.code {
            OwnCode::OauthGrantExpiring => "daily-ends-grant",
            OwnCode::OauthSecretExpiring => "daily-ends-secret",
            OwnCode::OauthCertificateExpiring => "daily-ends-application",
            OwnCode::RelayCertificateExpiring => "daily-ends-relay",
            OwnCode::RelayClientCertificateExpiring => "daily-ends-client",
            _ => "daily-ends-node",
        }
    }

    fn countdown(&self) -> Countdown {
        match self.code {
            OwnCode::OauthGrantExpiring => PERMISSION_COUNTDOWN,
            OwnCode::OauthSecretExpiring | OwnCode::OauthCertificateExpiring => SECRET_COUNTDOWN,
            _ => CERTIFICATE_COUNTDOWN,
        }
    }
}

/// The sources of all known ends.
pub(crate) struct EndSources<'a> {
    pub(crate) settings: &'a EmailSettings,
    pub(crate) grants: &'a [GrantStatus],
    /// End of the certificate that each relay last showed.
    pub(crate) certificates: &'a HashMap<RelayId, Timestamp>,
    pub(crate) signals: &'a ExternalSignals,
}

/// All permissions, secrets and certificates with a known end, the nearest first.
pub(crate) fn known_ends(sources: &EndSources<'_>) -> Vec<End> {
    let EndSources { settings, grants, certificates, signals } = *sources;
    let mut all = Vec::new();
    for grant in grants {
        let mut add = |code, ends: Option<Timestamp>| {
            let account = grant.account.clone().unwrap_or_else(|| grant.email.clone());
            all.extend(ends.map(|ends| End { code, relay: grant.relay.clone(), ends, facts: vec![("account", account)] }));
        };
        add(OwnCode::OauthGrantExpiring, grant.idle_end);
        add(OwnCode::OauthSecretExpiring, grant.secret_ends);
        add(OwnCode::OauthCertificateExpiring, grant.certificate.map(|(ends, _)| ends));
    }
    for relay in &settings.route {
        let Some(tls) = relay.encryption.tls() else { continue };
        let shown = certificates.get(&relay.id).filter(|_| dates_matter(tls));
        let host = format!("{}:{}", relay.host, relay.port);
        let own = tls.client.as_ref().and_then(|client| certificate_end(&client.chain));
        let ends = [(OwnCode::RelayCertificateExpiring, shown.copied()), (OwnCode::RelayClientCertificateExpiring, own)];
        for (code, ends) in ends {
            let facts = vec![("host", host.clone())];
            all.extend(ends.map(|ends| End { code, relay: relay.name.clone(), ends, facts }));
        }
    }
    if let PageCertificate::Served { names, ends } = signals.page_certificate() {
        all.push(End { code: OwnCode::NodeCertificateExpiring, relay: String::new(), ends, facts: vec![("names", names)] });
    }
    all.sort_by_key(|end| end.ends);
    all
}

/// True if the dates of the relay's certificate are checked. A pin trusts a key regardless of dates.
fn dates_matter(tls: &TlsSettings) -> bool {
    !matches!(tls.trust, Trust::Pinned(_))
}

pub(super) fn check_ends(sources: &EndSources<'_>, now: Timestamp, observation: &mut Observation) {
    let ending_soon = |end: End| {
        let step = end.countdown().step(end.ends.since(now))?;
        let mut facts = facts([("relay", end.relay.clone()), ("days", end.days(now).to_string()), ("ends", time_fact(end.ends))]);
        facts.extend(end.facts.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let raised = Raised { severity: Countdown::severity(step), facts, step: Some(step) };
        Some(Condition { code: end.code, object: end.relay, raised })
    };
    observation.extend(known_ends(sources).into_iter().filter_map(ending_soon));
    // After a start, a relay's certificate is unknown until the first connection.
    for relay in &sources.settings.route {
        if relay.encryption.tls().is_some_and(dates_matter) && !sources.certificates.contains_key(&relay.id) {
            observation.mark_unknown_of(OwnCode::RelayCertificateExpiring, &relay.name);
        }
    }
    if sources.signals.page_certificate() == PageCertificate::Unknown {
        observation.mark_unknown(OwnCode::NodeCertificateExpiring);
    }
}

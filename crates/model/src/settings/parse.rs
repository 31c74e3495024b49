//! Parses settings as typed into valid ones. Collects all faults, each with the key of its field. Guesses nothing.

mod oauth2;
mod relay;

use std::collections::HashSet;
use std::net::IpAddr;
use std::time::Duration;

use smtp::address::{AddressFault, ascii_domain};
use smtp::address_list::ListFault;
use smtp::{Address, AddressList, Mailbox, Secret};

use crate::id::RelayId;
use crate::phrase::Language;
use crate::retry::RetrySchedule;

use super::draft::{AuthDraft, Draft, EmailDraft, OAuth2Draft, RelayDraft};
use super::fault::{SettingFault, Wrong};
use super::parts::{Part, PartKeys, name_of};
use super::provider::{Cloud, MethodKind, Provider};
use super::typed::{Scalar, SecretEntry};
use super::types::{
    AddressFamily, AlarmSettings, ApplicationProof, Auth, ClientCertificate, Daily, EmailSettings, Encryption, Host, Method,
    OAuth2Settings, QueueSettings, RelaySettings, Site, TlsSettings, Trust, Webhook, WebhookKind,
};

/// Most contacts. RFC 5321 §4.5.3.1.8 requires a relay to take 100 recipients, so every notice fits one envelope.
const CONTACTS_MAX: usize = 100;
/// Most webhooks.
const WEBHOOKS_MAX: usize = 10;
/// Longest text field accepted, in bytes. A certificate chain may be longer.
const TEXT_MAX: usize = 1000;
const PEM_MAX: usize = 100_000;
/// Longest secret, in bytes. A private key in PEM is far shorter.
const SECRET_MAX: usize = 100_000;
const CONNECTIONS_MAX: u32 = 20;

/// Returns a stored secret by its name (see [`super::secret_name`]).
pub type SecretSource<'a> = &'a dyn Fn(&str) -> Option<Secret>;

/// Reads the fields of a draft and collects their faults.
struct DraftReader<'a> {
    faults: Vec<SettingFault>,
    secrets: SecretSource<'a>,
}

/// Gives a number to every relay without a known one. The caller runs it before secrets are bound and stored.
pub fn ensure_ids(draft: &mut Draft, stored: Option<&Draft>) {
    let old = stored.map_or_else(Vec::new, relay_names);
    let mut next = old.iter().map(|(id, _)| id.0).max().unwrap_or(0) + 1;
    let mut used: Vec<RelayId> = Vec::new();
    for Part { relay: (relay, ..), keys } in draft.parts_mut() {
        let name = name_of(relay, &keys);
        let known = old.iter().find(|(id, old_name)| relay.id == Some(*id) || relay.id.is_none() && *old_name == name);
        relay.id = match known {
            Some((id, _)) if !used.contains(id) => Some(*id),
            _ => {
                next += 1;
                Some(RelayId(next - 1))
            }
        };
        used.extend(relay.id);
    }
}

/// Parses a draft whose relays are numbered and whose secrets are bound. Returns the settings or all faults.
pub fn parse(draft: &Draft, secrets: SecretSource<'_>) -> Result<EmailSettings, Vec<SettingFault>> {
    let mut reader = DraftReader { faults: Vec::new(), secrets };
    let email = &draft.email;
    let site = reader.site(draft);
    let from = reader.mailbox("email.from", email.from.as_deref());
    let bounce = reader.bounce(email, from.as_ref());
    let route: Vec<_> = draft.parts().into_iter().filter_map(|part| reader.relay(&part)).collect();
    reader.distinct_names(draft);
    let contacts = reader.contacts(&email.contacts.admin);
    let daily = reader.daily(draft);
    let queue = reader.queue(draft);
    let alarm = reader.alarm(draft);
    match (reader.faults.is_empty(), from, bounce) {
        (true, Some(from), Some(bounce)) => Ok(EmailSettings { site, from, bounce, route, contacts, daily, queue, alarm }),
        _ => Err(reader.faults),
    }
}

/// The address under which a draft's mail leaves. `None` if it is not valid.
pub fn sender_of(draft: &Draft) -> Option<Address> {
    let mut reader = DraftReader { faults: Vec::new(), secrets: &|_| None };
    let from = reader.mailbox("email.from", draft.email.from.as_deref());
    reader.bounce(&draft.email, from.as_ref())
}

/// The numbers and names of a draft's relays.
pub fn relay_names(draft: &Draft) -> Vec<(RelayId, String)> {
    draft.parts().iter().filter_map(|part| Some((part.relay.0.id?, name_of(part.relay.0, &part.keys)))).collect()
}

/// The trimmed text; `None` if it is empty or blank.
fn text(typed: Option<&str>) -> Option<&str> {
    typed.map(str::trim).filter(|text| !text.is_empty())
}

/// Splits a list of words at spaces, commas, semicolons and line breaks.
fn split_words(typed: &str) -> impl Iterator<Item = &str> {
    typed.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).filter(|part| !part.is_empty())
}

impl DraftReader<'_> {
    /// Records a fault. Always `None`: the field has no valid value.
    fn fault<T>(&mut self, field: impl Into<String>, wrong: Wrong) -> Option<T> {
        self.faults.push(SettingFault { field: field.into(), wrong });
        None
    }

    /// A short text without control characters: it may end up in a header or a command.
    fn line<'t>(&mut self, field: &str, typed: Option<&'t str>) -> Option<&'t str> {
        let typed = text(typed)?;
        if typed.chars().any(char::is_control) {
            return self.fault(field, Wrong::ControlCharacter);
        }
        if typed.len() > TEXT_MAX {
            return self.fault(field, Wrong::TooLong { limit: TEXT_MAX });
        }
        Some(typed)
    }

    fn required<'t>(&mut self, field: &str, typed: Option<&'t str>) -> Option<&'t str> {
        match text(typed) {
            None => self.fault(field, Wrong::Required),
            Some(_) => self.line(field, typed),
        }
    }

    /// The envelope sender: the address for bounces, otherwise that of From.
    fn bounce(&mut self, email: &EmailDraft, from: Option<&Mailbox>) -> Option<Address> {
        match text(email.bounce_address.as_deref()) {
            None => from.map(|from| from.address.clone()),
            Some(typed) => self.address("email.bounce_address", typed),
        }
    }

    fn address(&mut self, field: &str, typed: &str) -> Option<Address> {
        match typed.trim().parse() {
            Ok(address) => Some(address),
            Err(fault) => self.bad_address(field, typed, &fault),
        }
    }

    fn bad_address<T>(&mut self, field: &str, typed: &str, fault: &AddressFault) -> Option<T> {
        self.fault(field, Wrong::address(typed, fault))
    }

    fn mailbox(&mut self, field: &str, typed: Option<&str>) -> Option<Mailbox> {
        // Not through `required`: the address parser itself reports a control character.
        let Some(typed) = text(typed) else { return self.fault(field, Wrong::Required) };
        match typed.parse() {
            Ok(mailbox) => Some(mailbox),
            Err(fault) => self.bad_address(field, typed, &fault),
        }
    }

    fn choice<T: Copy>(&mut self, field: &str, typed: Option<&str>, default: T, choices: &[(&str, T)]) -> T {
        let Some(typed) = text(typed) else { return default };
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == typed) {
            return *value;
        }
        let allowed = choices.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        self.fault::<()>(field, Wrong::NotOneOf { typed: typed.to_owned(), allowed });
        default
    }

    /// A checkbox or a typed truth value; `false` if it is empty.
    fn truth(&mut self, field: &str, typed: Option<&Scalar>) -> bool {
        match typed.map(|s| s.0.trim()) {
            None | Some("" | "false" | "off" | "no") => false,
            Some("true" | "on" | "yes") => true,
            Some(typed) => self.fault::<bool>(field, Wrong::NotTrueOrFalse { typed: typed.to_owned() }).unwrap_or(false),
        }
    }

    fn ip(&mut self, field: &str, typed: Option<&str>) -> Option<IpAddr> {
        let typed = text(typed)?;
        typed.parse().ok().or_else(|| self.fault(field, Wrong::NotAnIp { typed: typed.to_owned() }))
    }

    fn site(&mut self, draft: &Draft) -> Site {
        let name = self.line("site.name", draft.site.name.as_deref()).map(str::to_owned);
        let languages = Language::ALL.map(|language| (language.code(), language));
        let language = self.choice("site.language", draft.site.language.as_deref(), Language::En, &languages);
        let time_zone = self.line("site.time_zone", draft.site.time_zone.as_deref()).unwrap_or("UTC").to_owned();
        if jiff::tz::TimeZone::get(&time_zone).is_err() {
            self.fault::<()>("site.time_zone", Wrong::NotATimeZone { typed: time_zone.clone() });
        }
        let external_url = self.external_url("site.external_url", draft.site.external_url.as_deref());
        Site { name, language, time_zone, external_url }
    }

    fn contacts(&mut self, typed: &[String]) -> Vec<Address> {
        let field = "email.contacts.admin";
        let mut contacts: Vec<Address> = Vec::new();
        for entry in typed {
            match AddressList::typed(entry) {
                Ok(list) => contacts.extend(list.mailboxes().map(|mailbox| mailbox.address.clone())),
                Err(ListFault { part, fault }) => drop(self.bad_address::<()>(field, &part, &fault)),
            }
        }
        let mut keys = HashSet::new();
        contacts.retain(|address| keys.insert(address.key()));
        if contacts.len() > CONTACTS_MAX {
            self.fault::<()>(field, Wrong::TooManyContacts { limit: CONTACTS_MAX });
        }
        if contacts.is_empty() && !self.faults.iter().any(|fault| fault.field == field) {
            self.fault::<()>(field, Wrong::Required);
        }
        contacts
    }

    fn daily(&mut self, draft: &Draft) -> Daily {
        let daily = &draft.email.daily;
        let on = self.truth("email.daily.enabled", daily.enabled.as_ref());
        let typed = text(daily.at.as_deref()).unwrap_or("08:00");
        let time = jiff::civil::Time::strptime("%H:%M", typed).ok();
        let Some(time) = time else {
            return self.fault("email.daily.at", Wrong::NotATime { typed: typed.to_owned() }).unwrap_or(Daily::Off);
        };
        if on { Daily::At { hour: time.hour(), minute: time.minute() } } else { Daily::Off }
    }

    fn duration(&mut self, field: &str, typed: Option<&str>, default: Duration) -> Duration {
        let Some(typed) = text(typed) else { return default };
        duration(typed).or_else(|| self.fault(field, Wrong::NotADuration { typed: typed.to_owned() })).unwrap_or(default)
    }

    fn queue(&mut self, draft: &Draft) -> QueueSettings {
        let (q, default) = (&draft.queue, QueueSettings::default());
        QueueSettings {
            retry: self.retry(&q.retry_after).unwrap_or(default.retry),
            give_up_after: self.duration("queue.give_up_after", q.give_up_after.as_deref(), default.give_up_after),
            keep_notices: self.duration("queue.keep_notices", q.keep_notices.as_deref(), default.keep_notices),
            keep_submitted: self.duration("queue.keep_submitted", q.keep_submitted.as_deref(), default.keep_submitted),
            keep_reports: self.duration("queue.keep_reports", q.keep_reports.as_deref(), default.keep_reports),
        }
    }

    /// Reads the waits between attempts: separate entries, or one text with commas.
    fn retry(&mut self, typed: &[String]) -> Option<RetrySchedule> {
        let typed: Vec<&str> =
            typed.iter().flat_map(|entry| entry.split(',')).map(str::trim).filter(|wait| !wait.is_empty()).collect();
        if typed.is_empty() {
            return None;
        }
        let waits: Option<Vec<Duration>> = typed.iter().map(|wait| duration(wait)).collect();
        let schedule = waits.and_then(RetrySchedule::new);
        schedule.or_else(|| self.fault("queue.retry_after", Wrong::NotRetryWaits { typed: typed.join(", ") }))
    }

    fn alarm(&mut self, draft: &Draft) -> AlarmSettings {
        let mut webhooks: Vec<Webhook> = Vec::new();
        for typed in draft.alarm.webhooks.iter().flat_map(|entry| entry.split_whitespace()) {
            let (kind, url) = Webhook::kind_of(typed);
            let url = self.url("alarm.webhooks", Some(url));
            webhooks.extend(url.map(|url| Webhook { kind: kind.unwrap_or_else(|| WebhookKind::of_url(&url)), url }));
        }
        if webhooks.len() > WEBHOOKS_MAX {
            self.fault::<()>("alarm.webhooks", Wrong::TooManyWebhooks { limit: WEBHOOKS_MAX });
        }
        let webhook_secret =
            self.secret("alarm.webhook_secret", &draft.alarm.webhook_secret, Some(RelayId::ZERO), "webhook_secret");
        let heartbeat_url = self.url("alarm.heartbeat_url", draft.alarm.heartbeat_url.as_deref());
        AlarmSettings { webhooks, webhook_secret, heartbeat_url }
    }

    /// Accepts `https://host`, `http://host:port` and the like, without a path. A browser elsewhere must reach it, so it is not an
    /// address of this machine alone.
    fn external_url(&mut self, field: &str, typed: Option<&str>) -> Option<String> {
        let typed = self.line(field, typed)?;
        let base = typed.strip_suffix('/').unwrap_or(typed).to_ascii_lowercase();
        let base = base.as_str();
        let authority = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://"));
        let host = authority.and_then(|authority| match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => port.parse::<u16>().is_ok_and(|port| port > 0).then_some(host),
            _ => Some(authority),
        });
        let is_name = |host: &str| match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(ip) => ip.parse::<std::net::Ipv6Addr>().is_ok(),
            None => ascii_domain(host).is_some_and(|ascii| ascii == host),
        };
        if !host.is_some_and(is_name) || is_loopback_url(base) {
            return self.fault(field, Wrong::NotAnExternalUrl { typed: typed.to_owned() });
        }
        Some(base.to_owned())
    }

    /// Accepts `https://…`, and `http://` to this machine only.
    fn url(&mut self, field: &str, typed: Option<&str>) -> Option<String> {
        let typed = self.line(field, typed)?;
        let host = |rest: &str| rest.split(['/', '?', '#']).next().unwrap_or("").to_owned();
        let is_allowed = match (typed.strip_prefix("https://"), typed.strip_prefix("http://")) {
            (Some(rest), _) => !host(rest).is_empty() && !host(rest).contains('@'),
            (_, Some(_)) => is_loopback_url(typed),
            _ => false,
        };
        if !is_allowed || typed.contains(' ') {
            return self.fault(field, Wrong::NotAUrl { typed: typed.to_owned() });
        }
        Some(typed.to_owned())
    }

    /// Records a fault for each relay whose name another relay has.
    fn distinct_names(&mut self, draft: &Draft) {
        let mut names: Vec<String> = Vec::new();
        for Part { relay: (relay, ..), keys } in draft.parts() {
            let name = name_of(relay, &keys);
            if names.contains(&name) {
                self.fault::<()>(format!("{}.name", keys.relay), Wrong::DuplicateName { name: name.clone() });
            }
            names.push(name);
        }
    }
}

/// True if a URL names this machine by a loopback address.
pub fn is_loopback_url(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_port = |port: &str| port.parse::<u16>().is_ok();
    let name = authority.rsplit_once(':').filter(|(_, port)| is_port(port)).map_or(authority, |(name, _)| name);
    let ip = name.trim_matches(['[', ']']).parse::<IpAddr>();
    name == "localhost" || name.ends_with(".localhost") || ip.is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified())
}

/// Parses a duration as people write it (`90d`, `36h`, `5d 12h`) or in ISO 8601. A day has 24 hours. `None` if it is invalid,
/// negative or over a century.
pub fn duration(typed: &str) -> Option<Duration> {
    let span = typed.parse::<jiff::Span>().ok()?;
    let seconds = span.total((jiff::Unit::Second, jiff::SpanRelativeTo::days_are_24_hours())).ok()?;
    (0.0..=3.2e9).contains(&seconds).then(|| Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests;

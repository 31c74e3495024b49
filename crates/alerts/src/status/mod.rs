//! The status: a summary of mail delivery and its problems.

mod relay;

use std::sync::Arc;
use std::time::Duration;

use admin::clock::rfc3339;
use admin::settings::Current;
use mail::intake::{NotServing, Opening};
use mail::oauth::GrantStatus;
use mail::queue::KnownRelay;
use model::event::{EventCode, Object, OwnCode, Severity};
use model::hold::{HoldCause, RelayState};
use model::incident::Incident;
use model::oauth::GrantPhase;
use model::settings::{EmailSettings, origin_of};
use model::time::Timestamp;
use model::{Address, Phrase};
use store::{Backlog, QueuePlace, ReadFault};

use crate::Alerts;
use crate::health::MailHealth;
use crate::notice::incident_phrase;
use crate::relay_check::is_probing;
use crate::watch::{is_silent, oldest_accepted};

pub use relay::{RelayStatus, TokenKind, hold_remedy};

/// Longest wait for the queue to adopt saved settings.
const ADOPTION_WAIT: Duration = Duration::from_secs(2);

/// A contact, and the time when a reader last confirmed that mail arrives there.
#[derive(Clone, Debug)]
pub struct ContactStatus {
    pub address: String,
    pub confirmed: Option<String>,
    /// True while a relay refuses the address.
    pub is_refused: bool,
}

/// The grant of a relay in brief: only its phase. A [`GrantStatus`] describes it in full.
#[derive(Clone, Debug)]
pub struct RelayGrant {
    pub relay: String,
    pub phase: GrantPhase,
    pub renewed: Option<Timestamp>,
}

/// The part of the settings in which an alarm's cause can be mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsPart {
    OAuth2,
    SignIn,
    Relay,
}

/// An alarm that needs an operator at once.
#[derive(Clone, Debug)]
pub struct Alarm {
    pub phrase: Phrase,
    /// `None` if no setting mends it.
    pub mended_in: Option<SettingsPart>,
}

impl Alarm {
    fn without_setting(phrase: Phrase) -> Self {
        Self { phrase, mended_in: None }
    }
}

/// The part of the settings in which an operator mends what this incident tells of.
fn part_of(incident: &Incident) -> Option<SettingsPart> {
    match incident.code.own()? {
        OwnCode::RelaySigninRefused => Some(SettingsPart::SignIn),
        code if code.entry().object == Object::Relay || code == OwnCode::RelayNone => Some(SettingsPart::Relay),
        _ => None,
    }
}

/// The state of mail delivery, for `status`, the pages, the daily notice and metrics.
#[derive(Clone, Debug)]
pub struct Status {
    pub health: MailHealth,
    pub version: &'static str,
    pub revision: i64,
    /// Number of messages that wait for a relay.
    pub waiting: u64,
    /// Number of messages that an operator holds.
    pub operator_held: u64,
    /// Number of messages whose sender no relay takes now.
    pub sender_held: u64,
    /// True if `waiting`, `operator_held` and `sender_held` are lower bounds: counting ends at 100,000 for each application.
    pub are_lower_bounds: bool,
    /// Time when Postwacht accepted the oldest message that waits for a relay.
    pub oldest_waiting: Option<Timestamp>,
    /// Time when a relay last accepted a message.
    pub last_accepted: Option<String>,
    pub relays: Vec<RelayStatus>,
    /// The grants of the relays.
    pub grants: Vec<RelayGrant>,
    /// Alarms that need an operator at once.
    pub alarms: Vec<Alarm>,
    /// Remarks for an operator.
    pub remark_phrases: Vec<Phrase>,
    /// Time when a relay last worked: it took a message or accepted a sign-in.
    pub last_proven: Option<String>,
    /// Number of notices that wait until mail can go.
    pub waiting_notices: usize,
    /// Number of open incidents.
    pub incidents: usize,
    /// Number of events from applications that were refused since the start.
    pub events_refused: u64,
    /// The contacts, with the time when a reader last confirmed that mail arrives.
    pub contacts: Vec<ContactStatus>,
    /// True if only e-mail would report that mail is broken: there is no working webhook, heartbeat or second relay.
    pub only_mail: bool,
}

/// True for incidents with alarms of their own: those of the grants, and that of the write-ahead log, which has current figures.
fn is_reported_separately(code: OwnCode) -> bool {
    OwnCode::OF_OAUTH.contains(&code) || code == OwnCode::StoreCheckpointFailed
}

/// True for an incident of the mail path with severity warning or more.
fn is_trouble_with_mail(incident: &Incident) -> bool {
    let of_mail = incident.code.entry().is_some_and(|entry| matches!(entry.object, Object::Relay | Object::Mail));
    of_mail && incident.severity >= Severity::Warning
}

/// True for an incident that an operator should handle: one of the mail path, or another of Postwacht that is not acknowledged.
/// Incidents of applications do not count, nor does `queue.refused`: the applications write to wrong addresses.
fn needs_attention(incident: &Incident) -> bool {
    let ours = !matches!(incident.code, EventCode::App(_)) && incident.code != OwnCode::QueueRefused;
    is_trouble_with_mail(incident) || ours && incident.severity >= Severity::Warning && incident.acknowledged.is_none()
}

/// True if there is no other relay, no heartbeat and no working webhook. Only e-mail would report that mail is broken.
fn only_mail(settings: &EmailSettings, open: &[Incident]) -> bool {
    let fails =
        |url: &str| open.iter().any(|incident| incident.code == OwnCode::AlarmWebhookFailed && incident.object == origin_of(url));
    let alarm = &settings.alarm;
    settings.route.len() < 2 && alarm.heartbeat_url.is_none() && alarm.webhooks.iter().all(|webhook| fails(&webhook.url))
}

/// True if a relay refuses an admin contact.
fn is_contact_refused(contact: &Address, open: &[Incident]) -> bool {
    open.iter().any(|incident| incident.code == OwnCode::ContactRefused && incident.object == contact.key())
}

/// True if every admin contact is refused: no notice reaches anybody by mail.
fn are_contacts_refused(settings: &EmailSettings, open: &[Incident]) -> bool {
    !settings.contacts.is_empty() && settings.contacts.iter().all(|contact| is_contact_refused(contact, open))
}

/// The remark for an alarm that would reach nobody, or only by the mail that it reports.
fn channel_remark(settings: &EmailSettings, open: &[Incident]) -> Option<Phrase> {
    match () {
        () if are_contacts_refused(settings, open) => Some(Phrase::new("status-contacts-refused")),
        () if only_mail(settings, open) => Some(Phrase::new("daily-only-mail")),
        () => None,
    }
}

/// The remark for settings that mail cannot be sent with.
fn unset_key(current: &Current) -> &'static str {
    match () {
        () if current.unreadable.is_some() => "status-unreadable",
        () if current.revision > 0 => "status-incomplete",
        () => "status-unset",
    }
}

/// True if no relay of a route can be used.
fn are_all_held(relays: &[RelayStatus]) -> bool {
    !relays.is_empty() && relays.iter().all(|relay| relay.hold_cause.is_some() && !relay.is_checking)
}

/// True if no relay is known to work, and a probe of new settings may show that one does.
fn route_is_checked(relays: &[RelayStatus]) -> bool {
    relays.iter().all(|relay| relay.hold_cause.is_some() || relay.is_checking) && relays.iter().any(|relay| relay.is_checking)
}

/// Remarks on the settings, the route and the queue, and the conditions behind them.
struct GeneralRemarks {
    phrases: Vec<Phrase>,
    /// No relay has accepted a message yet.
    unproven: bool,
    /// No relay has accepted a message since the settings were saved.
    unproven_since_save: bool,
    /// The newest final fate is a refusal.
    refused: bool,
}

/// The grants, and the sentences about them.
struct GrantsReport {
    grants: Vec<RelayGrant>,
    alarms: Vec<Alarm>,
    remarks: Vec<Phrase>,
}

impl Alerts {
    /// That this node takes no mail of programs although nobody planned it: another node of its pair may serve, or none.
    fn closed_remark(&self) -> Option<Phrase> {
        match self.mail().intake.door.opening() {
            Opening::Closed(NotServing::Waiting) => Some(Phrase::new("status-not-serving")),
            Opening::Closed(NotServing::Retired) => Some(Phrase::new("status-retired")),
            Opening::Closed(NotServing::Backup { .. } | NotServing::Draining) | Opening::Open | Opening::Until(_) => None,
        }
    }

    /// The current status. Fails if the store cannot be read.
    pub async fn status(&self) -> Result<Status, ReadFault> {
        let current = self.adopted_settings().await;
        let now = self.clock().now();
        let backlog = self.store().backlog().await?;
        let oldest_waiting = oldest_accepted(self.store(), &backlog, |place| matches!(place, QueuePlace::Lane(_))).await?;
        let mut relays = self.relays_status();
        let GrantsReport { grants, mut alarms, remarks } = self.grants_status(&mut relays);
        let any_hold = !relays.iter().all(RelayStatus::takes_all);
        // Notices have the site's own sender. If every relay refuses it, no notice can be sent.
        let own_sender_refused = current.settings().is_some_and(|settings| {
            let sender = settings.bounce.to_string();
            !relays.is_empty() && !relays.iter().any(|relay| relay.is_checking || relay.takes(&sender))
        });
        let all_held = are_all_held(&relays) || own_sender_refused;
        let notices = self.events().waiting_notices().await;
        let waiting_since = [oldest_waiting, notices.oldest].into_iter().flatten().min();
        let silent = is_silent(waiting_since, self.queue().last_accepted(), now);
        let open = self.events().open_incidents().await;
        // Incidents of the former settings may still be open for a moment. They say nothing about the present ones.
        let is_route_being_checked = route_is_checked(&relays);
        alarms.extend(self.incident_alarms(&open).into_iter().filter(|_| !is_route_being_checked));
        let unwritable = self.signals().unwritable();
        let unwritable_alarm = |(since, why): &(Timestamp, String)| {
            Phrase::new("status-unwritable").with("since", rfc3339(*since)).with("detail", why)
        };
        alarms.extend(unwritable.as_ref().map(unwritable_alarm).map(Alarm::without_setting));
        let stuck_or_short = self.signals().stuck().is_some() || self.queue().shortage().is_some();
        alarms.extend(self.wal_alarm().map(Alarm::without_setting));
        let GeneralRemarks { phrases: mut remark_phrases, unproven, unproven_since_save, refused } =
            self.general_remarks(&backlog, &relays);
        let closed = self.closed_remark();
        let troubled = closed.is_some() || !alarms.is_empty() || !remarks.is_empty() || open.iter().any(needs_attention);
        remark_phrases.extend(closed);
        remark_phrases.extend(remarks);
        let only_mail = current.settings().is_some_and(|settings| only_mail(&settings, &open));
        remark_phrases.extend((notices.count > 0).then(|| Phrase::new("status-untold").with("count", notices.count)));
        let worst = open.iter().filter(|incident| incident.severity >= Severity::Warning).map(|incident| incident.severity).max();
        remark_phrases
            .extend(worst.map(|worst| Phrase::new("status-incidents").with("count", open.len()).with("worst", worst.name())));
        remark_phrases.extend(current.settings().and_then(|settings| channel_remark(&settings, &open)));
        let health = match current.settings() {
            None if current.unreadable.is_some() => MailHealth::Silent,
            None => MailHealth::Unset,
            Some(_) if stuck_or_short || unwritable.is_some() => MailHealth::Silent,
            Some(_) if is_route_being_checked => MailHealth::Checking,
            Some(_) if all_held || silent => MailHealth::Silent,
            Some(_) if unproven => MailHealth::Unproven,
            Some(_) if any_hold || backlog.parked() > 0 || refused || unproven_since_save || troubled => MailHealth::Degraded,
            Some(_) => MailHealth::Well,
        };
        Ok(Status {
            health,
            version: env!("CARGO_PKG_VERSION"),
            revision: current.revision,
            waiting: backlog.waiting(),
            operator_held: backlog.held(),
            sender_held: backlog.parked(),
            are_lower_bounds: backlog.is_deeper(),
            oldest_waiting: oldest_waiting.filter(|_| backlog.waiting() > 0),
            last_proven: self.queue().last_proven().map(rfc3339),
            waiting_notices: notices.count,
            incidents: open.len(),
            events_refused: self.events().refused.all(),
            contacts: self.contacts_status(&open).await?,
            only_mail,
            last_accepted: self.queue().last_accepted().map(rfc3339),
            relays,
            grants,
            alarms,
            remark_phrases,
        })
    }

    /// The settings in force, once the queue has adopted them: a status describes one revision. A queue that does not adopt them
    /// in time is described as it is.
    async fn adopted_settings(&self) -> Arc<Current> {
        let mut changes = self.queue().route_changes();
        let adopted = async { while !self.queue().has_adopted(&self.settings().current()) && changes.changed().await.is_ok() {} };
        if tokio::time::timeout(ADOPTION_WAIT, adopted).await.is_err() {
            tracing::warn!("the queue has not adopted the saved settings yet");
        }
        self.settings().current()
    }

    async fn contacts_status(&self, open: &[Incident]) -> Result<Vec<ContactStatus>, ReadFault> {
        let Some(settings) = self.settings().current().settings() else { return Ok(Vec::new()) };
        let confirmed = self.confirmed(&settings).await?;
        let contact_status = |(contact, (address, confirmed)): (&Address, (String, Option<Timestamp>))| ContactStatus {
            address,
            confirmed: confirmed.map(rfc3339),
            is_refused: is_contact_refused(contact, open),
        };
        Ok(settings.contacts.iter().zip(confirmed).map(contact_status).collect())
    }

    /// The contacts, with the time when a reader last confirmed that mail arrives.
    pub(crate) async fn confirmed(&self, settings: &EmailSettings) -> Result<Vec<(String, Option<Timestamp>)>, ReadFault> {
        let contacts = self.store().contacts().await?;
        let confirmed =
            |key: String| contacts.iter().find(|contact| contact.address == key).and_then(|contact| contact.confirmed);
        Ok(settings.contacts.iter().map(|address| (address.to_string(), confirmed(address.key()))).collect())
    }

    fn general_remarks(&self, backlog: &Backlog, relays: &[RelayStatus]) -> GeneralRemarks {
        let all_held = are_all_held(relays);
        let current = self.settings().current();
        let (set_up, last_accepted) = (current.settings().is_some(), self.queue().last_accepted());
        let unproven = last_accepted.is_none();
        let saved = current.saved.as_ref().map_or(Timestamp::MIN, |(saved, _)| *saved);
        let unproven_since_save =
            last_accepted.is_some() && !self.queue().known_relays().iter().any(|relay| relay.is_accepted(saved));
        let refused = self.queue().last_refused() > last_accepted;
        let remarks = [
            (!set_up, unset_key(&current)),
            (all_held, "status-all-held"),
            (unproven && set_up && !all_held, "status-unproven"),
            (unproven_since_save && !all_held, "status-since-saved"),
            (refused, "status-refused"),
            (backlog.is_deeper(), "status-deeper"),
        ];
        let mut phrases: Vec<Phrase> =
            remarks.into_iter().filter(|(applies, _)| *applies).map(|(_, key)| Phrase::new(key)).collect();
        let settings = current.settings();
        let local = settings.as_ref().and_then(|settings| self.names().local_base(&settings.site));
        phrases.extend(local.map(|base| Phrase::new("status-local-links").with("base", base)));
        if backlog.parked() > 0 {
            phrases.push(Phrase::new("status-parked").with("count", backlog.parked()));
        }
        GeneralRemarks { phrases, unproven, unproven_since_save, refused }
    }

    /// The alarm for a write-ahead log that no checkpoint can empty.
    fn wal_alarm(&self) -> Option<Phrase> {
        let wal = self.store().wal();
        let key = if wal.is_full() { "status-wal-full" } else { "status-wal" };
        wal.trouble.map(|cause| Phrase::new(key).with("size", wal.bytes >> 20).with("cause", cause))
    }

    /// Critical incidents of the mail path.
    fn incident_alarms(&self, open: &[Incident]) -> Vec<Alarm> {
        let current = self.settings().current();
        let zone = current.draft.site.time_zone.as_deref().unwrap_or("UTC");
        let is_alarm = |incident: &&Incident| {
            let is_told_elsewhere = incident.code.own().is_some_and(is_reported_separately);
            is_trouble_with_mail(incident) && incident.severity == Severity::Critical && !is_told_elsewhere
        };
        let alarm =
            |incident: &Incident| Alarm { phrase: incident_phrase(zone, "subject", incident), mended_in: part_of(incident) };
        open.iter().filter(is_alarm).map(alarm).collect()
    }

    /// The grants, their alarms and their remarks. Marks a relay without a token as held, even if no delivery has failed for it yet.
    fn grants_status(&self, relays: &mut [RelayStatus]) -> GrantsReport {
        let grants = self.oauth().statuses();
        for grant in grants.iter().filter(|grant| grant.blocked) {
            if let Some(relay) = relays.iter_mut().find(|relay| relay.name == grant.relay) {
                // Without a token no probe comes as far as the relay.
                relay.is_checking &= relay.hold_cause.is_some();
                relay.hold_cause.get_or_insert(HoldCause::Grant);
                // A probe without a token ends before the relay is asked.
                if relay.hold_cause == Some(HoldCause::Grant) {
                    relay.next_probe = grant.next.map(rfc3339);
                }
            }
        }
        // A fault that is older than the settings is no alarm about them. The renewal asks the provider again at once.
        let known = self.queue().known_relays();
        let is_current = |grant: &&GrantStatus| {
            let since = known.iter().find(|relay| relay.settings.name == grant.relay).map(|relay| relay.settings_since);
            grant.fault.as_ref().is_none_or(|fault| since.is_none_or(|since| fault.at >= since))
        };
        let alarm = |grant: &GrantStatus| Alarm { phrase: grant.phrase(), mended_in: Some(SettingsPart::OAuth2) };
        let alarms = grants.iter().filter(|grant| grant.is_alarm()).filter(is_current).map(alarm).collect();
        let is_remark = |grant: &&GrantStatus| !grant.is_well() && !grant.is_alarm();
        let unwell = grants.iter().filter(is_remark).map(GrantStatus::phrase);
        let remarks = unwell.chain(grants.iter().flat_map(GrantStatus::remarks)).collect();
        let brief = |grant: GrantStatus| RelayGrant { phase: grant.state, renewed: grant.renewed, relay: grant.relay };
        GrantsReport { grants: grants.into_iter().map(brief).collect(), alarms, remarks }
    }

    fn relays_status(&self) -> Vec<RelayStatus> {
        let sender = self.settings().current().settings().map(|settings| settings.bounce.to_string());
        let sender = sender.unwrap_or_default();
        let (in_use, refused) = (self.queue().in_use(&sender), self.queue().refused_senders());
        let now = self.clock().now();
        let relay_status = |known: KnownRelay| {
            // A relay that has refused a sender under these settings has answered: that is a result, and no check.
            let has_refused = refused.iter().any(|(of, _, hold)| *of == known.settings.id && hold.since >= known.settings_since);
            let is_checking = is_probing(&known, now) && !has_refused;
            let KnownRelay { settings: relay, state, is_on_trial, .. } = known;
            let hold = if let RelayState::Held(hold) = &state { Some(hold) } else { None };
            // A new trial is no proof that the relay takes the sender again.
            let held_senders = self.queue().senders_last_refused(relay.id);
            RelayStatus {
                name: relay.name.clone(),
                host: relay.host.to_string(),
                port: relay.port,
                hold_cause: hold.map(|hold| hold.cause),
                is_checking,
                is_on_trial,
                since: hold.map(|hold| rfc3339(hold.since)),
                next_probe: hold.map(|hold| rfc3339(hold.next_probe)),
                fault: hold.filter(|_| !is_checking).map(|hold| hold.fault.clone()),
                advice: hold.filter(|_| !is_checking && !is_on_trial).and_then(|hold| hold.advice.clone()),
                in_use: in_use == Some(relay.id) && !held_senders.contains(&sender),
                held_senders,
                token: TokenKind::of(&relay.auth),
            }
        };
        self.queue().known_relays().into_iter().map(relay_status).collect()
    }
}

//! The doctor checks everything mail depends on, without sending mail.

use admin::clock::rfc3339;
use mail::delivery::AttemptReport;
use mail::oauth::TokenClaims;
use mail::queue::KnownRelay;
use model::event::OwnCode;
use model::hold::RelayState;
use model::oauth::{GrantPhase, Prerequisite};
use model::settings::{Auth, EmailSettings, Encryption, RelaySettings, provider_restricting_passwords};
use model::time::Timestamp;
use model::{Address, Phrase};
use store::{KeyFile, ReadFault};

use crate::pair::Duty;
use crate::service::Service;

/// A remark begins this many days before the end of a relay's certificate.
const CERTIFICATE_DAYS: i64 = 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    Well,
    Remark,
    Wrong,
    Unknown,
}

/// The result of one check.
#[derive(Clone, Debug)]
pub struct Check {
    pub name: &'static str,
    pub finding: Finding,
    pub says: Phrase,
    pub report: Option<AttemptReport>,
    /// Commands for the administrator to paste, at the provider or elsewhere.
    pub commands: Vec<String>,
}

fn check(name: &'static str, finding: Finding, says: Phrase) -> Check {
    Check { name, finding, says, report: None, commands: Vec::new() }
}

impl Service {
    /// Runs all checks. Connects to each relay. Fails if the store cannot be read.
    pub async fn examine(&self) -> Result<Vec<Check>, ReadFault> {
        let mut checks = vec![self.check_settings()];
        checks.extend(self.check_pair());
        if let Some(settings) = self.settings().current().settings() {
            checks.extend(self.check_contacts(&settings).await);
            for relay in &settings.route {
                checks.extend(self.check_relay(relay).await);
            }
        }
        checks.extend(self.check_links());
        checks.push(self.check_clock());
        checks.push(self.check_disk());
        checks.push(self.check_wal());
        checks.extend(self.check_key());
        checks.extend(self.check_queue().await?);
        Ok(checks)
    }

    /// The pair, if there is one or was one: who is primary, and whether a takeover would work.
    fn check_pair(&self) -> Vec<Check> {
        let moment = self.pair().moment();
        if moment.duty == Duty::Alone {
            return Vec::new();
        }
        let finding = |is_well: bool| if is_well { Finding::Well } else { Finding::Wrong };
        moment.sentences().into_iter().map(|said| check("pair", finding(said.is_well), said.phrase)).collect()
    }

    /// The contacts, and each that a relay refuses.
    async fn check_contacts(&self, settings: &EmailSettings) -> Vec<Check> {
        let open = self.events().open_incidents().await;
        let is_refused = |contact: &&Address| {
            open.iter().any(|incident| incident.code == OwnCode::ContactRefused && incident.object == contact.key())
        };
        let refused = settings.contacts.iter().filter(is_refused);
        let refused = refused
            .map(|contact| check("contacts", Finding::Wrong, Phrase::new("doctor-contact-refused").with("contact", contact)));
        let count = Phrase::new("doctor-contacts").with("count", settings.contacts.len());
        std::iter::once(check("contacts", Finding::Well, count)).chain(refused).collect()
    }

    /// Checks that links in mail can be opened elsewhere. `None` without settings, or if no pages are served.
    fn check_links(&self) -> Option<Check> {
        let settings = self.settings().current().settings()?;
        let local = self.names().local_base(&settings.site);
        let told = |finding, key: &str, base: &str| check("links", finding, Phrase::new(key).with("base", base));
        local
            .map(|base| told(Finding::Remark, "status-local-links", base))
            .or_else(|| Some(told(Finding::Well, "doctor-links", &self.names().page("", &settings.site)?)))
    }

    fn check_settings(&self) -> Check {
        let current = self.settings().current();
        match (&current.parsed, &current.unreadable) {
            (_, Some(why)) => check("settings", Finding::Wrong, Phrase::new("doctor-settings-unreadable").with("why", why)),
            (Ok(_), None) => check("settings", Finding::Well, Phrase::new("doctor-settings").with("revision", current.revision)),
            (Err(_), None) => check("settings", Finding::Wrong, Phrase::new("doctor-settings-unset")),
        }
    }

    async fn check_relay(&self, relay: &RelaySettings) -> Vec<Check> {
        let mut checks = Vec::new();
        let named =
            |key: &str| Phrase::new(key).with("relay", &relay.name).with("host", format!("{}:{}", relay.host, relay.port));
        if matches!(relay.auth, Auth::Password { .. }) && provider_restricting_passwords(&relay.host.ascii()).is_some() {
            checks.push(check("password", Finding::Remark, named("doctor-password-provider")));
        }
        let mail::probe::Examined { report, certificate, opened } = self.queue().examine(relay).await;
        let finding = if opened { Finding::Well } else { Finding::Wrong };
        let says = match (finding, &relay.encryption, &relay.auth) {
            (Finding::Well, Encryption::None, Auth::None) => named("doctor-relay.plain"),
            (Finding::Well, Encryption::None, _) => named("doctor-relay.sign-in"),
            (Finding::Well, _, Auth::None) => named("doctor-relay.encryption"),
            (Finding::Well, ..) => named("doctor-relay"),
            _ => named("doctor-relay-fails"),
        };
        // After the check of the relay, which asks for a token if there is none.
        checks.extend(self.check_grant(relay, report.cause.as_deref()));
        checks.push(Check { report: Some(report), ..check("relay", finding, says) });
        checks.extend(self.check_senders(relay));
        if let Some(certificate) = certificate {
            let days = self.clock().now().days_until(certificate.ends);
            let finding = if days <= CERTIFICATE_DAYS { Finding::Remark } else { Finding::Well };
            let key = if days < 0 { "doctor-certificate.expired" } else { "doctor-certificate" };
            let says = named(key).with("days", days).with("until", certificate.not_after);
            checks.push(check("certificate", finding, says));
        }
        checks
    }

    /// The senders that a relay refuses. It matters most if one of them is the site's own: its notices wait.
    fn check_senders(&self, relay: &RelaySettings) -> Vec<Check> {
        let own = self.settings().current().settings().map(|settings| settings.bounce.to_string());
        let relays = self.queue().known_relays();
        let refused = self.queue().senders_last_refused(relay.id).into_iter().map(|sender| {
            let finding = if own.as_ref() == Some(&sender) { Finding::Wrong } else { Finding::Remark };
            let takes = |other: &&KnownRelay| {
                let refuses = || self.queue().senders_last_refused(other.settings.id).contains(&sender);
                other.settings.id != relay.id && other.state == RelayState::Open && !refuses()
            };
            let says = match relays.iter().find(takes) {
                Some(other) => Phrase::new("doctor-sender-held.other").with("other", &other.settings.name),
                None => Phrase::new("doctor-sender-held"),
            };
            check("sender", finding, says.with("relay", &relay.name).with("sender", sender))
        });
        refused.collect()
    }

    /// Checks the grant, the claims of its token, and the provider prerequisites that the token or the relay's reply shows
    /// to be unmet. `cause` is the Fluent key of the relay's refusal, if any.
    fn check_grant(&self, relay: &RelaySettings, cause: Option<&str>) -> Vec<Check> {
        let Auth::OAuth2(settings) = &relay.auth else { return Vec::new() };
        let Ok(grant) = self.oauth().status(Some(&relay.name)) else { return Vec::new() };
        let finding = match () {
            () if grant.is_well() => Finding::Well,
            () if grant.is_alarm() || grant.confirm.is_some() || grant.state == GrantPhase::Absent => Finding::Wrong,
            () => Finding::Remark,
        };
        let mut checks = vec![check("grant", finding, grant.phrase())];
        if let Some(fault) = &grant.fault {
            checks.push(check("grant", finding, fault.cause.clone()));
            checks.push(check("grant", Finding::Remark, fault.remedy.clone()));
        }
        checks.extend(grant.remarks().into_iter().map(|remark| check("grant", Finding::Remark, remark)));
        let token = self.oauth().token_claims(&relay.name);
        let is_opaque = matches!(token, Some(TokenClaims::Opaque));
        let claims = token.and_then(TokenClaims::readable);
        let until = grant.token_expires.map(rfc3339).unwrap_or_default();
        let named = |key: &str| Phrase::new(key).with("relay", &relay.name).with("until", &until);
        let mut prerequisites = Vec::new();
        if let Some(claims) = &claims {
            let list = |list: &[String]| if list.is_empty() { "–".to_owned() } else { list.join(" ") };
            let permissions: Vec<String> = claims.scopes.iter().chain(&claims.roles).cloned().collect();
            let says = named("doctor-token")
                .with("audience", list(&claims.audience))
                .with("permissions", list(&permissions))
                .with("account", claims.account.as_deref().unwrap_or("–"))
                .with("tenant", claims.tenant.as_deref().unwrap_or("–"));
            checks.push(check("token", Finding::Well, says));
            prerequisites = Prerequisite::unmet_in_token(claims, settings, self.clock().now());
        } else if is_opaque {
            checks.push(check("token", Finding::Unknown, named("doctor-token-opaque")));
        }
        // The relay's reply adds something only if the token itself is right.
        let reply = cause.and_then(|key| key.strip_prefix("known-")?.strip_suffix(".cause"));
        if prerequisites.is_empty() {
            prerequisites.extend(reply.and_then(Prerequisite::unmet_in_reply));
        }
        let from = self.settings().current().settings().map_or_else(|| settings.email.clone(), |all| all.from.address.clone());
        checks.extend(prerequisites.into_iter().map(|prerequisite| {
            let commands = prerequisite.commands(settings, &from, claims.as_ref());
            Check {
                commands,
                ..check("prerequisite", Finding::Wrong, Phrase::new(format!("prerequisite-{}", prerequisite.name())))
            }
        }));
        checks
    }

    fn check_clock(&self) -> Check {
        match clock_is_synchronised() {
            Some(true) => check("clock", Finding::Well, Phrase::new("doctor-clock")),
            Some(false) => check("clock", Finding::Remark, Phrase::new("doctor-clock-unsynchronised")),
            None => check("clock", Finding::Unknown, Phrase::new("doctor-clock-unknown")),
        }
    }

    fn check_disk(&self) -> Check {
        let Some(room) = self.store().room() else {
            return check("disk", Finding::Unknown, Phrase::new("doctor-disk-unknown"));
        };
        let says = |key: &str| Phrase::new(key).with("free", room.free >> 20).with("floor", room.floor >> 20);
        match room.free {
            free if free < room.floor => check("disk", Finding::Wrong, says("doctor-disk-full")),
            free if free < room.floor.saturating_mul(2) => check("disk", Finding::Remark, says("doctor-disk-low")),
            _ => check("disk", Finding::Well, says("doctor-disk")),
        }
    }

    fn check_key(&self) -> Option<Check> {
        let (key, file) = match self.store().key_file() {
            KeyFile::InPlace => return None,
            KeyFile::Missing(file) => ("doctor-key-missing", file),
            KeyFile::Other(file) => ("doctor-key-other", file),
        };
        Some(check("key", Finding::Wrong, Phrase::new(key).with("file", file.display().to_string())))
    }

    /// Checks that writes reach the disk and that checkpoints empty the write-ahead log.
    fn check_wal(&self) -> Check {
        if let Some((since, why)) = self.signals().unwritable() {
            let says = Phrase::new("status-unwritable").with("since", rfc3339(since)).with("detail", why);
            return check("wal", Finding::Wrong, says);
        }
        let wal = self.store().wal();
        let size = wal.bytes >> 20;
        match wal.trouble {
            Some(cause) => check("wal", Finding::Wrong, Phrase::new("doctor-wal-held").with("size", size).with("cause", cause)),
            None => check("wal", Finding::Well, Phrase::new("doctor-wal").with("size", size)),
        }
    }

    async fn check_queue(&self) -> Result<Vec<Check>, ReadFault> {
        let backlog = self.store().backlog().await?;
        let finding = if backlog.parked() + backlog.held() > 0 { Finding::Remark } else { Finding::Well };
        let says = Phrase::new("doctor-queue").with("waiting", backlog.waiting()).with("held", backlog.held() + backlog.parked());
        let mut checks = vec![check("queue", finding, says)];
        let stuck = |since: Timestamp| check("stuck", Finding::Wrong, Phrase::new("doctor-stuck").with("since", rfc3339(since)));
        checks.extend(self.signals().stuck().map(stuck));
        for (relay, state) in self.queue().relays() {
            if let RelayState::Held(hold) = state {
                let says = Phrase::new("doctor-held")
                    .with("relay", &relay.name)
                    .with("since", rfc3339(hold.since))
                    .with("fault", &hold.fault);
                checks.push(check("held", Finding::Wrong, says));
            }
        }
        checks.push(match self.queue().last_accepted() {
            Some(at) => check("accepted", Finding::Well, Phrase::new("doctor-accepted").with("at", rfc3339(at))),
            None => check("accepted", Finding::Unknown, Phrase::new("doctor-accepted-never")),
        });
        Ok(checks)
    }
}

/// True if the clock is synchronised; `None` if unknown. Only the mark of systemd-timesyncd is read. Other services set a
/// kernel flag that needs adjtimex(2), for which there is no safe binding.
fn clock_is_synchronised() -> Option<bool> {
    std::path::Path::new("/run/systemd/timesync")
        .exists()
        .then(|| std::path::Path::new("/run/systemd/timesync/synchronized").exists())
}

//! The text of the daily notice: a report, and a request to confirm that it arrived.

use mail::compose::MessageParts;
use model::incident::Incident;
use model::time::Timestamp;
use model::{Phrase, event::Severity};

use super::incident::{NoticeHead, message_id, parts};
use super::scene::{Scene, incident_phrase};
use super::sheet::{Block, Sheet, Tone};
use crate::health::MailHealth;

/// Content of the daily notice.
pub struct DailyReport {
    pub date: String,
    pub missed: Vec<String>,
    pub health: MailHealth,
    /// Accepted, deferred and refused: counts of the last 24 hours.
    pub accepted: u64,
    pub deferred: u64,
    pub refused: u64,
    pub waiting: u64,
    pub oldest: Option<Timestamp>,
    /// Relays with their states.
    pub relays: Vec<(String, Standing)>,
    pub proven: Option<Timestamp>,
    /// Key of the words, relay, days left, end.
    pub ends: Vec<(&'static str, String, u64, Timestamp)>,
    pub incidents: Vec<Incident>,
    /// Contacts, and when each last confirmed that our mail arrives.
    pub contacts: Vec<(String, Option<Timestamp>)>,
    pub only_mail: bool,
    /// The page on which the reader confirms that this notice arrived.
    pub received: Option<String>,
}

pub enum Standing {
    InUse,
    Ready,
    Held(String),
}

impl DailyReport {
    fn tone(&self) -> Tone {
        match self.health {
            MailHealth::Silent | MailHealth::Unset => Tone::Bad,
            MailHealth::Well | MailHealth::Unproven
                if !self.incidents.iter().any(|incident| incident.severity >= Severity::Warning) =>
            {
                Tone::Good
            }
            MailHealth::Well | MailHealth::Degraded | MailHealth::Unproven => Tone::Warning,
        }
    }

    fn mail(&self, scene: &Scene) -> Vec<(String, String)> {
        let mut rows = vec![
            (scene.word("daily-accepted"), self.accepted.to_string()),
            (scene.word("daily-deferred"), self.deferred.to_string()),
            (scene.word("daily-refused"), self.refused.to_string()),
            (scene.word("daily-waiting"), self.waiting.to_string()),
        ];
        rows.extend(self.oldest.map(|at| (scene.word("daily-oldest"), scene.time(at))));
        let proven = self.proven.map_or_else(|| scene.word("daily-never"), |at| scene.time(at));
        rows.push((scene.word("daily-last-proven"), proven));
        rows
    }

    fn ends(&self, scene: &Scene) -> Vec<Block> {
        if self.ends.is_empty() {
            return vec![Block::Text(scene.word("daily-ends-nothing"))];
        }
        let row = |(key, relay, days, ends): &(&'static str, String, u64, Timestamp)| {
            let what = scene.say(&Phrase::new(*key).with("relay", relay));
            (what, scene.say(&Phrase::new("daily-ends-in").with("days", days).with("ends", scene.time(*ends))))
        };
        vec![Block::List(self.ends.iter().map(row).collect())]
    }

    fn incidents(&self, scene: &Scene) -> Vec<Block> {
        if self.incidents.is_empty() {
            return vec![Block::Text(scene.word("daily-incidents-none"))];
        }
        let line = |incident: &Incident| {
            let zone = &scene.settings.site.time_zone;
            let says = scene.say(&incident_phrase(zone, "subject", incident));
            (scene.word(&format!("severity-{}", incident.severity.name())), format!("{says} ({})", scene.time(incident.since)))
        };
        vec![Block::List(self.incidents.iter().take(50).map(line).collect())]
    }

    fn blocks(&self, scene: &Scene) -> Vec<Block> {
        let node = &scene.names.host;
        let lead = Phrase::new("daily-lead").with("date", &self.date).with("node", node);
        let mut blocks = vec![Block::Text(scene.say(&lead))];
        if !self.missed.is_empty() {
            blocks.push(Block::Text(scene.say(&Phrase::new("daily-missed").with("dates", self.missed.join(", ")))));
        }
        if let Some(url) = &self.received {
            blocks.extend([Block::Text(scene.word("received-ask")), Block::Link(scene.word("received-button"), url.clone())]);
        }
        if self.only_mail {
            blocks.push(Block::Text(scene.word("daily-only-mail")));
        }
        let heading = |key: &str| Block::Heading(scene.word(key));
        blocks.extend([heading("daily-mail"), Block::Rows(self.mail(scene))]);
        let relay = |(name, standing): &(String, Standing)| {
            let how = match standing {
                Standing::InUse => scene.word("daily-relay-in-use"),
                Standing::Ready => scene.word("daily-relay-ready"),
                Standing::Held(error) => scene.say(&Phrase::new("daily-relay-held").with("error", error)),
            };
            (name.clone(), how)
        };
        blocks.extend([heading("daily-route"), Block::List(self.relays.iter().map(relay).collect())]);
        blocks.push(heading("daily-incidents"));
        blocks.extend(self.incidents(scene));
        blocks.push(heading("daily-ends"));
        blocks.extend(self.ends(scene));
        let contact = |(address, confirmed): &(String, Option<Timestamp>)| {
            let said = match confirmed {
                Some(at) => scene.say(&Phrase::new("daily-confirmed").with("at", scene.time(*at))),
                None => scene.word("daily-unconfirmed"),
            };
            (address.clone(), said)
        };
        blocks.extend([heading("daily-contacts"), Block::List(self.contacts.iter().map(contact).collect())]);
        blocks.extend([heading("daily-failover"), Block::Text(scene.word("daily-failover-none"))]);
        blocks
    }

    pub fn parts(&self, scene: &Scene) -> MessageParts {
        let answer = match self.tone() {
            Tone::Good => "well",
            Tone::Bad => "silent",
            Tone::Calm | Tone::Warning => "degraded",
        };
        let subject = scene.say(&Phrase::new("daily-subject").with("site", scene.site()).with("answer", answer));
        let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
        let sheet = Sheet {
            language: scene.language(),
            tone: self.tone(),
            headline: subject.strip_prefix(&format!("[{}] ", scene.site())).unwrap_or(&subject).to_owned(),
            blocks: self.blocks(scene),
            footer: format!("{} · node {} · mail.daily", scene.site(), scene.names.host),
        };
        let id = message_id(scene, &self.date, "daily", 0);
        let headers = vec![("X-Postwacht-Event".into(), "mail.daily".into())];
        parts(scene, NoticeHead { subject, message_id: id, headers }, &sheet)
    }
}

//! The text of the daily notice: a report, and a request to confirm that it arrived.

use mail::compose::MessageParts;
use model::Phrase;
use model::event::OwnCode;
use model::incident::Incident;
use model::time::Timestamp;

use super::context::{NoticeContext, incident_phrase};
use super::incident::{NoticeHead, message_id, parts};
use super::layout::{Block, NoticeLayout, Tone};
use crate::health::MailHealth;

/// Content of the daily notice.
pub struct DailyReport {
    pub date: String,
    /// Dates without a daily notice.
    pub missed_dates: Vec<String>,
    pub health: MailHealth,
    /// Accepted, deferred and refused: counts of the last 24 hours.
    pub accepted: u64,
    pub deferred: u64,
    pub refused: u64,
    pub waiting: u64,
    /// Time when Postwacht accepted the oldest waiting message.
    pub oldest_waiting: Option<Timestamp>,
    /// Relays with their states.
    pub relays: Vec<(String, RelayStanding)>,
    /// Time when a relay last worked.
    pub last_proven: Option<Timestamp>,
    /// Permissions, secrets and certificates that expire soon: key of the phrase, relay, days left, end.
    pub expirations: Vec<(&'static str, String, u64, Timestamp)>,
    pub incidents: Vec<Incident>,
    /// Contacts, and when each last confirmed that our mail arrives.
    pub contacts: Vec<(String, Option<Timestamp>)>,
    /// True if only e-mail would report that mail is broken.
    pub only_mail: bool,
    /// Sentences about the failover pair. Empty without one.
    pub pair: Vec<Phrase>,
    /// The page on which the reader confirms that this notice arrived.
    pub confirmation_url: Option<String>,
}

pub enum RelayStanding {
    InUse,
    Ready,
    Held(String),
}

impl DailyReport {
    fn tone(&self) -> Tone {
        match self.health {
            MailHealth::Silent | MailHealth::Unset => Tone::Bad,
            // The health counts the incidents of the mail path. Those of programs say nothing about mail.
            MailHealth::Well => Tone::Good,
            MailHealth::Degraded | MailHealth::Checking | MailHealth::Unproven => Tone::Warning,
        }
    }

    fn mail(&self, context: &NoticeContext) -> Vec<(String, String)> {
        let mut rows = vec![
            (context.word("daily-accepted"), self.accepted.to_string()),
            (context.word("daily-deferred"), self.deferred.to_string()),
            (context.word("daily-refused"), self.refused.to_string()),
            (context.word("daily-waiting"), self.waiting.to_string()),
        ];
        rows.extend(self.oldest_waiting.map(|at| (context.word("daily-oldest"), context.time(at))));
        let proven = self.last_proven.map_or_else(|| context.word("daily-never"), |at| context.time(at));
        rows.push((context.word("daily-last-proven"), proven));
        rows
    }

    fn expirations(&self, context: &NoticeContext) -> Vec<Block> {
        if self.expirations.is_empty() {
            return vec![Block::Text(context.word("daily-ends-nothing"))];
        }
        let row = |(key, relay, days, ends): &(&'static str, String, u64, Timestamp)| {
            let what = context.say(&Phrase::new(*key).with("relay", relay));
            (what, context.say(&Phrase::new("daily-ends-in").with("days", days).with("ends", context.time(*ends))))
        };
        vec![Block::List(self.expirations.iter().map(row).collect())]
    }

    fn incidents(&self, context: &NoticeContext) -> Vec<Block> {
        if self.incidents.is_empty() {
            return vec![Block::Text(context.word("daily-incidents-none"))];
        }
        let line = |incident: &Incident| {
            let zone = &context.settings.site.time_zone;
            let says = context.say(&incident_phrase(zone, "subject", incident));
            (
                context.word(&format!("severity-{}", incident.severity.name())),
                format!("{says} ({})", context.time(incident.since)),
            )
        };
        vec![Block::List(self.incidents.iter().take(50).map(line).collect())]
    }

    fn blocks(&self, context: &NoticeContext) -> Vec<Block> {
        let node = &context.names.host;
        let lead = Phrase::new("daily-lead").with("date", &self.date).with("node", node);
        let mut blocks = vec![Block::Text(context.say(&lead))];
        if !self.missed_dates.is_empty() {
            blocks.push(Block::Text(context.say(&Phrase::new("daily-missed").with("dates", self.missed_dates.join(", ")))));
        }
        if let Some(url) = &self.confirmation_url {
            blocks.extend([Block::Text(context.word("received-ask")), Block::Link(context.word("received-button"), url.clone())]);
        }
        if self.only_mail {
            blocks.push(Block::Text(context.word("daily-only-mail")));
        }
        let heading = |key: &str| Block::Heading(context.word(key));
        blocks.extend([heading("daily-mail"), Block::Rows(self.mail(context))]);
        let relay = |(name, standing): &(String, RelayStanding)| {
            let how = match standing {
                RelayStanding::InUse => context.word("daily-relay-in-use"),
                RelayStanding::Ready => context.word("daily-relay-ready"),
                RelayStanding::Held(error) => context.say(&Phrase::new("daily-relay-held").with("error", error)),
            };
            (name.clone(), how)
        };
        blocks.extend([heading("daily-route"), Block::List(self.relays.iter().map(relay).collect())]);
        blocks.push(heading("daily-incidents"));
        blocks.extend(self.incidents(context));
        blocks.push(heading("daily-ends"));
        blocks.extend(self.expirations(context));
        let contact = |(address, confirmed): &(String, Option<Timestamp>)| {
            let said = match confirmed {
                Some(at) => context.say(&Phrase::new("daily-confirmed").with("at", context.time(*at))),
                None => context.word("daily-unconfirmed"),
            };
            (address.clone(), said)
        };
        blocks.extend([heading("daily-contacts"), Block::List(self.contacts.iter().map(contact).collect())]);
        blocks.push(heading("daily-failover"));
        let none = || vec![Block::Text(context.word("daily-failover-none"))];
        let sentences: Vec<Block> = self.pair.iter().map(|phrase| Block::Text(context.say(phrase))).collect();
        blocks.extend(if sentences.is_empty() { none() } else { sentences });
        blocks
    }

    pub fn parts(&self, context: &NoticeContext) -> MessageParts {
        // The subject depends on the mail health only.
        let answer = match (self.health, self.tone()) {
            (MailHealth::Checking, _) => "checking",
            (MailHealth::Unproven, _) => "unproven",
            (_, Tone::Good) => "well",
            (_, Tone::Bad) => "silent",
            (_, Tone::Calm | Tone::Warning) => "degraded",
        };
        let subject = context.say(&Phrase::new("daily-subject").with("site", context.site()).with("answer", answer));
        let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
        let layout = NoticeLayout {
            language: context.language(),
            tone: self.tone(),
            headline: subject.strip_prefix(&format!("[{}] ", context.site())).unwrap_or(&subject).to_owned(),
            blocks: self.blocks(context),
            footer: format!("{} · node {} · mail.daily", context.site(), context.names.host),
        };
        let id = message_id(context, &self.date, "daily", 0);
        let headers = vec![("X-Postwacht-Event".into(), OwnCode::MailDaily.text().into())];
        parts(context, NoticeHead { subject, message_id: id, headers }, &layout)
    }
}

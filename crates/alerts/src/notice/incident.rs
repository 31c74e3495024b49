//! The notice of an incident or event, and the digest of many.

use admin::settings::labels::fallback_note;
use mail::compose::MessageParts;
use model::event::Severity;
use model::incident::{Incident, LATE, NoticeKind, PendingNotice, STALE};
use model::time::Timestamp;
use model::{Mailbox, Phrase};
use ring::digest::{SHA256, digest};

use super::context::{DescribedEvent, NoticeContext, incident_todo};
use super::layout::{Block, NoticeLayout, Tone};

/// The part of an incident that one notice reports.
pub struct DueNotice<'a> {
    pub incident: &'a Incident,
    pub pending: PendingNotice,
    /// The program or actor that raised it.
    pub by: &'a str,
}

impl DueNotice<'_> {
    fn severity(&self, context: &NoticeContext) -> String {
        context.word(&format!("severity-{}", self.incident.severity.name()))
    }

    fn part(&self, context: &NoticeContext, part: &str) -> String {
        context.of_event(part, &DescribedEvent { by: self.by, ..DescribedEvent::of(self.incident) })
    }

    fn until(&self, context: &NoticeContext) -> Timestamp {
        self.incident.ended.unwrap_or(context.now)
    }

    pub fn subject(&self, context: &NoticeContext) -> String {
        let kind = self.pending.kind;
        let phrase = Phrase::new(format!("notice-subject-{}", kind.name()))
            .with("site", context.site())
            .with("severity", self.severity(context))
            .with("subject", self.part(context, "subject"))
            .with("short", self.part(context, "short"))
            .with("duration", context.duration(context.now.since(self.incident.since)))
            .with("from", context.time(self.incident.since))
            .with("until", context.time(self.until(context)));
        one_line(&context.say(&phrase))
    }

    fn headline(&self, context: &NoticeContext) -> String {
        let subject = self.subject(context);
        let site = format!("[{}] ", context.site());
        subject.strip_prefix(&site).unwrap_or(&subject).to_owned()
    }

    fn tone(&self) -> Tone {
        match (self.pending.kind, self.incident.severity) {
            (NoticeKind::Obsolete, _) => Tone::Calm,
            (NoticeKind::Resolved | NoticeKind::Ended, _) => Tone::Good,
            (_, Severity::Info) => Tone::Calm,
            (_, Severity::Warning) => Tone::Warning,
            (_, Severity::Error | Severity::Critical) => Tone::Bad,
        }
    }

    /// The sentence about the present state, which stands before the description.
    fn now(&self, context: &NoticeContext) -> Option<String> {
        let incident = self.incident;
        let until = self.until(context);
        let key = match self.pending.kind {
            NoticeKind::Raised | NoticeKind::Happened => return None,
            NoticeKind::Reminder => "notice-reminder",
            NoticeKind::Worse => "notice-worse",
            NoticeKind::Resolved => "notice-resolved",
            NoticeKind::Obsolete => "notice-obsolete",
            NoticeKind::Ended => "notice-ended",
            NoticeKind::Unstable if incident.ended.is_some() => "notice-unstable-over",
            NoticeKind::Unstable => "notice-unstable",
        };
        let goes_on = matches!(self.pending.kind, NoticeKind::Reminder | NoticeKind::Worse);
        let length = if goes_on { context.now } else { until }.since(incident.since);
        let phrase = Phrase::new(key)
            .with("from", context.time(incident.since))
            .with("until", context.time(until))
            .with("duration", context.duration(length));
        Some(context.say(&phrase))
    }

    fn blocks(&self, context: &NoticeContext) -> Vec<Block> {
        let incident = self.incident;
        let over = match self.pending.kind {
            NoticeKind::Resolved | NoticeKind::Obsolete | NoticeKind::Ended => true,
            NoticeKind::Unstable => incident.ended.is_some(),
            NoticeKind::Raised | NoticeKind::Happened | NoticeKind::Reminder | NoticeKind::Worse => false,
        };
        let body = self.part(context, "body");
        let body = if over { context.say(&Phrase::new("notice-was").with("body", body)) } else { body };
        let mut blocks: Vec<Block> = self.now(context).map(Block::Text).into_iter().collect();
        blocks.push(Block::Text(body));
        if !over {
            let fallback = incident.relay().and_then(|relay| fallback_note(context.language(), Some(&context.settings), relay));
            let todo = fallback.unwrap_or_else(|| incident_todo(context.language(), &context.settings.site.time_zone, incident));
            blocks.extend([Block::Heading(context.word("notice-todo")), Block::Text(todo)]);
        }
        let mut rows = context.rows(&incident.code, &incident.facts);
        if over {
            rows.push((context.word("notice-began"), context.time(incident.since)));
            rows.push((context.word("notice-over"), context.time(self.until(context))));
        } else {
            rows.push((context.word("notice-detected"), context.time(self.pending.since)));
        }
        if context.now.since(self.pending.since) > LATE {
            rows.push((context.word("notice-sent"), context.time(context.now)));
        }
        if !over && incident.since != self.pending.since {
            rows.push((context.word("notice-first-seen"), context.time(incident.since)));
        }
        if incident.raises > 1 {
            rows.push((context.word("notice-raises"), context.say(&Phrase::new("notice-times").with("count", incident.raises))));
        }
        blocks.extend([Block::Heading(context.word("notice-facts")), Block::Rows(rows)]);
        if let Some(url) = context.page(&format!("/login/incidents/{}", incident.id)) {
            blocks.push(Block::Link(context.word("notice-open"), url));
        } else {
            // A link to this machine would open a page of the reader's own machine.
            let look = Phrase::new("notice-look").with("node", &context.names.host).with("incident", incident.id);
            blocks.push(Block::Text(context.say(&look)));
        }
        blocks
    }

    pub fn parts(&self, context: &NoticeContext) -> MessageParts {
        let incident = self.incident;
        let footer = Phrase::new("notice-footer")
            .with("site", context.site())
            .with("node", &context.names.host)
            .with("code", incident.code.text())
            .with("incident", incident.id);
        let layout = NoticeLayout {
            language: context.language(),
            tone: self.tone(),
            headline: self.headline(context),
            blocks: self.blocks(context),
            footer: context.say(&footer),
        };
        let id = message_id(
            context,
            &format!("{} {}", incident.id, incident.since.as_millis()),
            self.pending.kind.name(),
            incident.notices.number + 1,
        );
        let mut headers = vec![
            ("X-Postwacht-Event".into(), incident.code.to_string()),
            ("X-Postwacht-Incident".into(), incident.id.to_string()),
        ];
        if let Some(last) = incident.notices.thread.last() {
            headers.push(("In-Reply-To".into(), format!("<{last}>")));
            let references: Vec<String> = incident.notices.thread.iter().map(|id| format!("<{id}>")).collect();
            headers.push(("References".into(), references.join(" ")));
        }
        if incident.severity == Severity::Critical && self.tone() == Tone::Bad {
            headers.extend([("Importance".into(), "high".into()), ("X-Priority".into(), "1".into())]);
        }
        parts(context, NoticeHead { subject: self.subject(context), message_id: id, headers }, &layout)
    }
}

/// Builds a digest: many notices in one mail.
pub fn digest_parts(context: &NoticeContext, notices: &[DueNotice<'_>]) -> MessageParts {
    let count = notices.len();
    let phrase = |key: &str| Phrase::new(key).with("count", count);
    let subject = one_line(&context.say(&phrase("notice-subject-digest").with("site", context.site())));
    let item = |notice: &DueNotice<'_>| {
        let kind = context.word(&format!("notice-kind-{}", notice.pending.kind.name()));
        let head = format!("{}: {}", notice.severity(context), one_line(&notice.part(context, "subject")));
        let incident = notice.incident;
        let until = incident.ended.map(|at| format!(" – {}", context.time(at))).unwrap_or_default();
        let changes = context.changes(&incident.code, &incident.facts).map(|lines| format!("; {}", lines.replace('\n', "; ")));
        let changes = changes.unwrap_or_default();
        (head, format!("{kind}; {}{until}; incident {}{changes}", context.time(incident.since), incident.id))
    };
    let worst = notices.iter().map(|notice| notice.incident.severity).max().unwrap_or(Severity::Info);
    // No mail could go for a while: the digest says so.
    let held = notices.iter().any(|notice| context.now.since(notice.pending.since) >= STALE);
    let mut blocks = vec![
        Block::Text(context.say(&phrase(if held { "notice-digest-held" } else { "notice-digest" }))),
        Block::List(notices.iter().map(item).collect()),
    ];
    if let Some(url) = context.page("/login/incidents?show=all") {
        blocks.push(Block::Link(context.word("notice-open"), url));
    } else {
        blocks.push(Block::Text(context.say(&Phrase::new("notice-look-all").with("node", &context.names.host))));
    }
    let layout = NoticeLayout {
        language: context.language(),
        tone: if worst >= Severity::Error { Tone::Bad } else { Tone::Warning },
        headline: subject.strip_prefix(&format!("[{}] ", context.site())).unwrap_or(&subject).to_owned(),
        blocks,
        footer: format!("{} · node {}", context.site(), context.names.host),
    };
    let ids: Vec<String> = notices.iter().map(|notice| notice.incident.id.to_string()).collect();
    let id = message_id(context, &format!("{} {}", ids.join(" "), context.now.as_millis()), "digest", 0);
    // A header line is bounded: the text has all incidents.
    let headers = vec![("X-Postwacht-Incident".into(), ids.join(", ").chars().take(900).collect())];
    parts(context, NoticeHead { subject, message_id: id, headers }, &layout)
}

/// A Message-ID that is equal for the same notice and different for any other. A notice that goes out twice is recognised as
/// one.
pub(super) fn message_id(context: &NoticeContext, of: &str, kind: &str, number: u32) -> String {
    let what = format!("{}\n{}\n{of}\n{kind}\n{number}\n{}", context.site(), context.names.host, context.language().code());
    let hash = digest(&SHA256, what.as_bytes());
    format!("{}@{}", model::hex(&hash.as_ref()[..16]), mail::message_id::id_domain(&context.settings.from.address))
}

/// The header fields by which one mail differs from another.
pub(super) struct NoticeHead {
    pub(super) subject: String,
    pub(super) message_id: String,
    pub(super) headers: Vec<(String, String)>,
}

pub(super) fn parts(context: &NoticeContext, head: NoticeHead, layout: &NoticeLayout) -> MessageParts {
    let NoticeHead { subject, message_id, mut headers } = head;
    headers.extend([("Auto-Submitted".into(), "auto-generated".into()), ("X-Auto-Response-Suppress".into(), "All".into())]);
    MessageParts {
        to: context.settings.contacts.iter().map(|address| Mailbox { name: None, address: address.clone() }).collect(),
        subject,
        text: Some(layout.text()),
        html: Some(layout.html()),
        headers,
        message_id: Some(message_id),
        ..MessageParts::default()
    }
}

fn one_line(text: &str) -> String {
    let flat: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    flat.split_whitespace().collect::<Vec<_>>().join(" ")
}

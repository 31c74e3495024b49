//! The notice of an incident or event, and the digest of many.

use mail::compose::MessageParts;
use model::event::Severity;
use model::incident::{Incident, LATE, NoticeKind, PendingNotice, STALE};
use model::time::Timestamp;
use model::{Mailbox, Phrase};
use ring::digest::{SHA256, digest};

use super::scene::{DescribedEvent, Scene};
use super::sheet::{Block, Sheet, Tone};

/// The part of an incident that one notice reports.
pub struct Telling<'a> {
    pub incident: &'a Incident,
    pub pending: PendingNotice,
    /// The program or actor that raised it.
    pub by: &'a str,
}

impl Telling<'_> {
    fn severity(&self, scene: &Scene) -> String {
        scene.word(&format!("severity-{}", self.incident.severity.name()))
    }

    fn part(&self, scene: &Scene, part: &str) -> String {
        scene.of_event(part, &DescribedEvent { by: self.by, ..DescribedEvent::of(self.incident) })
    }

    fn until(&self, scene: &Scene) -> Timestamp {
        self.incident.ended.unwrap_or(scene.now)
    }

    pub fn subject(&self, scene: &Scene) -> String {
        let kind = self.pending.kind;
        let phrase = Phrase::new(format!("notice-subject-{}", kind.name()))
            .with("site", scene.site())
            .with("severity", self.severity(scene))
            .with("subject", self.part(scene, "subject"))
            .with("short", self.part(scene, "short"))
            .with("duration", scene.span(scene.now.since(self.incident.since)))
            .with("from", scene.time(self.incident.since))
            .with("until", scene.time(self.until(scene)));
        one_line(&scene.say(&phrase))
    }

    fn headline(&self, scene: &Scene) -> String {
        let subject = self.subject(scene);
        let site = format!("[{}] ", scene.site());
        subject.strip_prefix(&site).unwrap_or(&subject).to_owned()
    }

    fn tone(&self) -> Tone {
        match (self.pending.kind, self.incident.severity) {
            (NoticeKind::Resolved | NoticeKind::Ended, _) => Tone::Good,
            (_, Severity::Info) => Tone::Calm,
            (_, Severity::Warning) => Tone::Warning,
            (_, Severity::Error | Severity::Critical) => Tone::Bad,
        }
    }

    /// The sentence about the present state, which stands before the description.
    fn now(&self, scene: &Scene) -> Option<String> {
        let incident = self.incident;
        let until = self.until(scene);
        let key = match self.pending.kind {
            NoticeKind::Raised | NoticeKind::Happened => return None,
            NoticeKind::Reminder => "notice-reminder",
            NoticeKind::Worse => "notice-worse",
            NoticeKind::Resolved => "notice-resolved",
            NoticeKind::Ended => "notice-ended",
            NoticeKind::Unstable => "notice-unstable",
        };
        let goes_on = matches!(self.pending.kind, NoticeKind::Reminder | NoticeKind::Worse);
        let length = if goes_on { scene.now } else { until }.since(incident.since);
        let phrase = Phrase::new(key)
            .with("from", scene.time(incident.since))
            .with("until", scene.time(until))
            .with("duration", scene.span(length));
        Some(scene.say(&phrase))
    }

    fn blocks(&self, scene: &Scene) -> Vec<Block> {
        let incident = self.incident;
        let over = matches!(self.pending.kind, NoticeKind::Resolved | NoticeKind::Ended);
        let body = self.part(scene, "body");
        let body = if over { scene.say(&Phrase::new("notice-was").with("body", body)) } else { body };
        let mut blocks: Vec<Block> = self.now(scene).map(Block::Text).into_iter().collect();
        blocks.push(Block::Text(body));
        if !over {
            blocks.extend([Block::Heading(scene.word("notice-todo")), Block::Text(self.part(scene, "todo"))]);
        }
        let mut rows = scene.rows(&incident.code, &incident.facts);
        if over {
            rows.push((scene.word("notice-began"), scene.time(incident.since)));
            rows.push((scene.word("notice-over"), scene.time(self.until(scene))));
        } else {
            rows.push((scene.word("notice-detected"), scene.time(self.pending.since)));
        }
        if scene.now.since(self.pending.since) > LATE {
            rows.push((scene.word("notice-sent"), scene.time(scene.now)));
        }
        if !over && incident.since != self.pending.since {
            rows.push((scene.word("notice-first-seen"), scene.time(incident.since)));
        }
        if incident.raises > 1 {
            rows.push((scene.word("notice-raises"), scene.say(&Phrase::new("notice-times").with("count", incident.raises))));
        }
        blocks.extend([Block::Heading(scene.word("notice-facts")), Block::Rows(rows)]);
        if let Some(url) = scene.page(&format!("/login/incidents/{}", incident.id)) {
            blocks.push(Block::Link(scene.word("notice-open"), url));
        } else {
            // A link to this machine would open a page of the reader's own machine.
            let look = Phrase::new("notice-look").with("node", &scene.names.host).with("incident", incident.id);
            blocks.push(Block::Text(scene.say(&look)));
        }
        blocks
    }

    pub fn parts(&self, scene: &Scene) -> MessageParts {
        let incident = self.incident;
        let footer = Phrase::new("notice-footer")
            .with("site", scene.site())
            .with("node", &scene.names.host)
            .with("code", &incident.code)
            .with("incident", incident.id);
        let sheet = Sheet {
            language: scene.language(),
            tone: self.tone(),
            headline: self.headline(scene),
            blocks: self.blocks(scene),
            footer: scene.say(&footer),
        };
        let id = message_id(
            scene,
            &format!("{} {}", incident.id, incident.since.as_millis()),
            self.pending.kind.name(),
            incident.notices.number + 1,
        );
        let mut headers =
            vec![("X-Postwacht-Event".into(), incident.code.clone()), ("X-Postwacht-Incident".into(), incident.id.to_string())];
        if let Some(last) = incident.notices.thread.last() {
            headers.push(("In-Reply-To".into(), format!("<{last}>")));
            let references: Vec<String> = incident.notices.thread.iter().map(|id| format!("<{id}>")).collect();
            headers.push(("References".into(), references.join(" ")));
        }
        if incident.severity == Severity::Critical && self.tone() == Tone::Bad {
            headers.extend([("Importance".into(), "high".into()), ("X-Priority".into(), "1".into())]);
        }
        parts(scene, NoticeHead { subject: self.subject(scene), message_id: id, headers }, &sheet)
    }
}

/// Builds a digest: many notices in one mail.
pub fn digest_parts(scene: &Scene, tellings: &[Telling<'_>]) -> MessageParts {
    let count = tellings.len();
    let phrase = |key: &str| Phrase::new(key).with("count", count);
    let subject = one_line(&scene.say(&phrase("notice-subject-digest").with("site", scene.site())));
    let item = |telling: &Telling<'_>| {
        let kind = scene.word(&format!("notice-kind-{}", telling.pending.kind.name()));
        let head = format!("{}: {}", telling.severity(scene), one_line(&telling.part(scene, "subject")));
        let incident = telling.incident;
        let until = incident.ended.map(|at| format!(" – {}", scene.time(at))).unwrap_or_default();
        let changes = scene.changes(&incident.code, &incident.facts).map(|lines| format!("; {}", lines.replace('\n', "; ")));
        let changes = changes.unwrap_or_default();
        (head, format!("{kind}; {}{until}; incident {}{changes}", scene.time(incident.since), incident.id))
    };
    let worst = tellings.iter().map(|telling| telling.incident.severity).max().unwrap_or(Severity::Info);
    // No mail could go for a while: the digest says so.
    let held = tellings.iter().any(|telling| scene.now.since(telling.pending.since) >= STALE);
    let mut blocks = vec![
        Block::Text(scene.say(&phrase(if held { "notice-digest-held" } else { "notice-digest" }))),
        Block::List(tellings.iter().map(item).collect()),
    ];
    if let Some(url) = scene.page("/login/incidents?show=all") {
        blocks.push(Block::Link(scene.word("notice-open"), url));
    } else {
        blocks.push(Block::Text(scene.say(&Phrase::new("notice-look-all").with("node", &scene.names.host))));
    }
    let sheet = Sheet {
        language: scene.language(),
        tone: if worst >= Severity::Error { Tone::Bad } else { Tone::Warning },
        headline: subject.strip_prefix(&format!("[{}] ", scene.site())).unwrap_or(&subject).to_owned(),
        blocks,
        footer: format!("{} · node {}", scene.site(), scene.names.host),
    };
    let ids: Vec<String> = tellings.iter().map(|telling| telling.incident.id.to_string()).collect();
    let id = message_id(scene, &format!("{} {}", ids.join(" "), scene.now.as_millis()), "digest", 0);
    // A header line is bounded: the text has all incidents.
    let headers = vec![("X-Postwacht-Incident".into(), ids.join(", ").chars().take(900).collect())];
    parts(scene, NoticeHead { subject, message_id: id, headers }, &sheet)
}

/// A Message-ID that is equal for the same notice and different for any other. A notice that goes out twice is recognised as
/// one.
pub(super) fn message_id(scene: &Scene, of: &str, kind: &str, number: u32) -> String {
    let what = format!("{}\n{}\n{of}\n{kind}\n{number}\n{}", scene.site(), scene.names.host, scene.language().code());
    let hash = digest(&SHA256, what.as_bytes());
    format!("{}@{}", model::hex(&hash.as_ref()[..16]), mail::message_id::id_domain(&scene.settings.from.address))
}

/// The header fields by which one mail differs from another.
pub(super) struct NoticeHead {
    pub(super) subject: String,
    pub(super) message_id: String,
    pub(super) headers: Vec<(String, String)>,
}

pub(super) fn parts(scene: &Scene, head: NoticeHead, sheet: &Sheet) -> MessageParts {
    let NoticeHead { subject, message_id, mut headers } = head;
    headers.extend([("Auto-Submitted".into(), "auto-generated".into()), ("X-Auto-Response-Suppress".into(), "All".into())]);
    MessageParts {
        to: scene.settings.contacts.iter().map(|address| Mailbox { name: None, address: address.clone() }).collect(),
        subject,
        text: Some(sheet.text()),
        html: Some(sheet.html()),
        headers,
        message_id: Some(message_id),
        ..MessageParts::default()
    }
}

fn one_line(text: &str) -> String {
    let flat: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    flat.split_whitespace().collect::<Vec<_>>().join(" ")
}

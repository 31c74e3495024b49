//! Prints stages and reports on a terminal.

use std::io::IsTerminal;

use api::messages::{FateName, FateTotals, MessageEntry, MessageStateName, RecipientFate, WaitReason};
use api::report::{SessionReport, StageEntry, StageName};
use model::Phrase;
use model::message::FateCounts;
use serde_json::Value;

use super::context::CliContext;
use crate::terminal::{self, reason, word};

fn paint(text: &str, colour: u8) -> String {
    if std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        format!("\x1b[{colour}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

pub(super) fn good(text: &str) -> String {
    paint(text, 32)
}

pub(super) fn bad(text: &str) -> String {
    paint(text, 31)
}

pub(super) fn faint(text: &str) -> String {
    paint(text, 2)
}

/// Says what an act without an answer has done. Programs read the exit code.
pub(super) fn done(context: &CliContext, phrase: &Phrase) {
    if !context.json {
        out!("{}", terminal::say(phrase));
    }
}

/// Prints one stage: a mark, its name, its time, and the relay's reply.
pub(super) fn stage(stage: &StageEntry) {
    let mark = if stage.ok { good("✓") } else { bad("✗") };
    let name = word(&format!("stage-{}", stage.stage));
    let took = stage.took_ms.map_or_else(|| " ".repeat(9), |took| format!("{took:>6} ms"));
    let words: Vec<String> = [&stage.detail, &stage.reply].into_iter().flatten().map(|text| reason(text)).collect();
    out!("  {mark} {name:<16} {} {}", faint(&took), words.join(" — "));
}

/// The word for a refusal. A test is not tried again: its relay may have refused nothing.
pub(super) fn refused_word(message: &MessageEntry) -> &'static str {
    if message.test { "not-accepted" } else { "refused" }
}

/// Prints the fate of each recipient, with the relay's reply. `refused`: the word for a refusal.
pub(super) fn recipients(recipients: &[RecipientFate], refused: &str) {
    for recipient in recipients {
        let fate = if recipient.fate == FateName::Refused { refused } else { recipient.fate.name() };
        let fate = word(&format!("fate-{fate}"));
        let reply = recipient
            .reply
            .as_ref()
            .filter(|reply| !reply.is_empty())
            .map(|reply| format!(" — {}", faint(&reason(reply))))
            .unwrap_or_default();
        out!("  {}: {fate}{reply}", recipient.address);
        explain_with(recipient.cause.as_deref(), recipient.remedy.as_deref());
    }
}

/// The state of a message, or the fates of its recipients if they differ.
pub(super) fn state(message: &MessageEntry) -> String {
    let FateTotals { accepted, refused, waiting, cancelled } = message.fates;
    let fates = FateCounts { accepted, refused, waiting, cancelled };
    let state = message.state.name();
    terminal::summary(fates, state, refused_word(message)).unwrap_or_else(|| word(&format!("state-{state}")))
}

/// The time of the next attempt of a message that waits.
pub(super) fn next_attempt(message: &MessageEntry) -> String {
    match &message.due {
        Some(due) => seconds(due),
        None if message.state == MessageStateName::Waiting => word("next-now"),
        None => String::new(),
    }
}

/// Prints the reason why a message waits.
pub(super) fn waiting(reason: &WaitReason) {
    out!("  {} {}", word("report-waiting"), reason.what);
    if let Some(reply) = &reason.reply {
        out!("    {}", faint(reply));
    }
    explain_with(reason.cause.as_deref(), reason.remedy.as_deref());
}

pub(super) fn explain_with(cause: Option<&str>, remedy: Option<&str>) {
    for (text, label) in [(cause, "report-cause"), (remedy, "report-remedy")] {
        if let Some(text) = text {
            out!("  {} {text}", word(label));
        }
    }
}

/// Prints cause and remedy of a report.
pub(super) fn explain(report: &SessionReport) {
    explain_with(report.cause.as_deref(), report.remedy.as_deref());
}

pub(super) fn transcript(report: &SessionReport) {
    if !report.transcript.is_empty() {
        out!("\n{}", faint(report.transcript.trim_end()));
    }
}

/// Prints the certificate that a relay presented if it stopped the session, with the line that pins it.
pub(super) fn certificate(report: &SessionReport) {
    let is_stopped = report
        .stages
        .iter()
        .rev()
        .find(|stage| !stage.ok)
        .is_some_and(|stage| matches!(stage.stage, StageName::Tls | StageName::Starttls));
    if let Some(shown) = report.certificate.as_ref().filter(|_| is_stopped) {
        out!("  {} {} ({} – {})", word("report-certificate"), shown.subject, shown.not_before, shown.not_after);
        out!("    pin {}", shown.pin);
    }
}

/// A time as people read it. Another text stays as it is.
pub(super) fn seconds(time: &str) -> String {
    admin::clock::readable(time).unwrap_or_else(|| time.to_owned())
}

/// Prints rows in aligned columns. In all columns but the last, cells are cut at 60 characters.
pub(super) fn table(rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| rows.iter().filter_map(|row| row.get(c)).map(|cell| cell.chars().count()).max().unwrap_or(0).min(60);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let last = row.len().saturating_sub(1);
        let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, &width))| {
            let long = at < last && cell.chars().count() > 60;
            let shown = if long { format!("{}…", cell.chars().take(59).collect::<String>()) } else { cell.clone() };
            format!("{shown:<width$}")
        });
        out!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

pub(super) fn json(value: &Value) {
    out!("{}", serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string()));
}

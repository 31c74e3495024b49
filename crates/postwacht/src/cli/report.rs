//! Prints stages and reports on a terminal.

use std::io::IsTerminal;

use serde_json::Value;

use super::word;

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

/// Prints one stage: a mark, its name, its time, and the relay's reply.
pub(super) fn stage(value: &Value) {
    let mark = if value["ok"] == true { good("✓") } else { bad("✗") };
    let name = word(&format!("stage-{}", value["stage"].as_str().unwrap_or("")));
    let took = value["took_ms"].as_u64().map_or_else(|| " ".repeat(9), |took| format!("{took:>6} ms"));
    let words: Vec<&str> = ["detail", "reply"].iter().filter_map(|key| value[*key].as_str()).collect();
    out!("  {mark} {name:<16} {} {}", faint(&took), words.join(" — "));
}

/// Prints the fate of each recipient, with the relay's reply.
pub(super) fn recipients(message: &Value) {
    for recipient in message["all_recipients"].as_array().into_iter().flatten() {
        let fate = word(&format!("fate-{}", recipient["fate"].as_str().unwrap_or("")));
        let reply = recipient["reply"].as_str().map(|reply| format!(" — {}", faint(reply))).unwrap_or_default();
        out!("  {}: {fate}{reply}", recipient["address"].as_str().unwrap_or(""));
    }
}

/// Prints cause and remedy of a report.
pub(super) fn explain(report: &Value) {
    for (key, label) in [("cause", "report-cause"), ("remedy", "report-remedy")] {
        if let Some(text) = report[key].as_str() {
            out!("  {} {text}", word(label));
        }
    }
}

pub(super) fn transcript(report: &Value) {
    if let Some(text) = report["transcript"].as_str().filter(|text| !text.is_empty()) {
        out!("\n{}", faint(text.trim_end()));
    }
}

/// Prints the certificate that a relay presented, with the line that pins it.
pub(super) fn certificate(report: &Value) {
    let shown = &report["certificate"];
    if let Some(pin) = shown["pin"].as_str() {
        let text = |key: &str| shown[key].as_str().unwrap_or("").to_owned();
        out!("  {} {} ({} – {})", word("report-certificate"), text("subject"), text("not_before"), text("not_after"));
        out!("    pin {pin}");
    }
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

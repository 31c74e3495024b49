//! The transcript of a session: the lines of both sides, secrets masked, length bounded. It is for fault finding.

use std::fmt;

use crate::Secret;

/// Lines kept. A longer transcript keeps its first and last lines and drops the middle.
pub const LINES_MAX: usize = 400;
/// Characters kept of each line.
pub const LINE_MAX: usize = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    Relay,
    Us,
    /// A remark of ours that neither side sent, such as "TLS 1.3".
    Aside,
}

/// The number that stands for the session itself, where messages count from 1.
pub const SESSION: u64 = 0;

/// A line, and the message that it belongs to. The lines of two messages mix, because the next one begins before the reply to the
/// last one.
#[derive(Clone)]
struct Line {
    voice: Voice,
    text: String,
    of: u64,
}

#[derive(Clone, Default)]
pub struct Transcript {
    lines: Vec<Line>,
    /// The message whose lines are shown, beside those of the session.
    shown: u64,
    left_out: usize,
    secrets: Vec<Secret>,
}

impl Transcript {
    /// Masks these texts as `****` in later lines of both sides: a relay may echo a secret.
    pub fn hide(&mut self, secrets: Vec<Secret>) {
        self.secrets.extend(secrets.into_iter().filter(|s| !s.reveal().is_empty()));
    }

    /// Adds a line of the session.
    pub fn note(&mut self, voice: Voice, line: &str) {
        self.note_of(SESSION, voice, line);
    }

    /// Adds a line of a message.
    pub fn note_of(&mut self, of: u64, voice: Voice, line: &str) {
        let mut text = self.mask(line);
        if text.len() > LINE_MAX {
            text = text.chars().take(LINE_MAX).chain("…".chars()).collect();
        }
        if self.lines.len() == LINES_MAX {
            self.lines.remove(LINES_MAX / 2);
            self.left_out += 1;
        }
        self.lines.push(Line { voice, text, of });
    }

    /// Shows the lines of the session and of this message from now on. Another message may be one of another sender.
    pub fn show(&mut self, message: u64) {
        self.shown = message;
    }

    /// Drops the lines of the messages that are not kept. Those of the session stay.
    pub fn forget_others(&mut self, is_kept: impl Fn(u64) -> bool) {
        self.lines.retain(|line| line.of == SESSION || is_kept(line.of));
    }

    /// The text with `****` for every known secret.
    pub fn mask(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| {
            if text.contains(secret.reveal()) { text.replace(secret.reveal(), "****") } else { text }
        })
    }

    /// The lines that are shown.
    pub fn lines(&self) -> impl Iterator<Item = (Voice, &str)> {
        let shown = self.lines.iter().filter(|line| line.of == SESSION || line.of == self.shown);
        shown.map(|line| (line.voice, line.text.as_str()))
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (voice, line)) in self.lines().enumerate() {
            if self.left_out > 0 && i == LINES_MAX / 2 {
                writeln!(f, "   … ({} lines left out)", self.left_out)?;
            }
            let mark = match voice {
                Voice::Relay => "S:",
                Voice::Us => "C:",
                Voice::Aside => "--",
            };
            writeln!(f, "{mark} {line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_is_masked_in_a_line_of_the_relay() {
        let mut transcript = Transcript::default();
        transcript.hide(vec![Secret::new("hunter2"), Secret::new("")]);
        transcript.note(Voice::Relay, "535 wrong password hunter2");
        assert_eq!(transcript.to_string(), "S: 535 wrong password ****\n");
    }

    #[test]
    fn message_is_shown_without_lines_of_others() {
        let mut transcript = Transcript::default();
        let said = |transcript: &Transcript| transcript.lines().map(|(_, line)| line.to_owned()).collect::<Vec<_>>().join(" ");
        transcript.note(Voice::Relay, "220");
        for (of, line) in [(1, "MAIL-1"), (2, "MAIL-2"), (1, "250-1"), (2, "250-2")] {
            transcript.note_of(of, Voice::Us, line);
        }
        for (message, shown) in [(SESSION, "220"), (1, "220 MAIL-1 250-1"), (2, "220 MAIL-2 250-2"), (3, "220")] {
            transcript.show(message);
            assert_eq!(said(&transcript), shown, "message {message}");
        }
        transcript.forget_others(|message| message == 2);
        transcript.show(1);
        assert_eq!(said(&transcript), "220");
        transcript.show(2);
        assert_eq!(said(&transcript), "220 MAIL-2 250-2");
    }

    #[test]
    fn long_transcript_keeps_its_first_and_last_lines() {
        let mut transcript = Transcript::default();
        (0..1000).for_each(|n| transcript.note(Voice::Us, &format!("{n} {}", "é".repeat(LINE_MAX))));
        assert_eq!(transcript.lines().count(), LINES_MAX);
        assert!(transcript.lines().next().unwrap().1.starts_with("0 "));
        assert!(transcript.lines().last().unwrap().1.starts_with("999 "));
        assert!(transcript.to_string().contains("600 lines left out"));
    }
}

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

#[derive(Clone, Default)]
pub struct Transcript {
    lines: Vec<(Voice, String)>,
    left_out: usize,
    secrets: Vec<Secret>,
}

impl Transcript {
    /// Masks these texts as `****` in later lines of both sides: a relay may echo a secret.
    pub fn hide(&mut self, secrets: Vec<Secret>) {
        self.secrets.extend(secrets.into_iter().filter(|s| !s.reveal().is_empty()));
    }

    pub fn note(&mut self, voice: Voice, line: &str) {
        let mut line = self.mask(line);
        if line.len() > LINE_MAX {
            line = line.chars().take(LINE_MAX).chain("…".chars()).collect();
        }
        if self.lines.len() == LINES_MAX {
            self.lines.remove(LINES_MAX / 2);
            self.left_out += 1;
        }
        self.lines.push((voice, line));
    }

    /// The number of lines so far: a mark for [`Transcript::forget`].
    pub fn mark(&self) -> usize {
        self.lines.len()
    }

    /// Drops the lines between two marks: those of a settled message.
    pub fn forget(&mut self, from: usize, to: usize) {
        self.lines.drain(from.min(self.lines.len())..to.min(self.lines.len()));
    }

    /// The text with `****` for every known secret.
    pub fn mask(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| {
            if text.contains(secret.reveal()) { text.replace(secret.reveal(), "****") } else { text }
        })
    }

    pub fn lines(&self) -> impl Iterator<Item = (Voice, &str)> {
        self.lines.iter().map(|(voice, line)| (*voice, line.as_str()))
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (voice, line)) in self.lines.iter().enumerate() {
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
    fn long_transcript_keeps_its_first_and_last_lines() {
        let mut transcript = Transcript::default();
        (0..1000).for_each(|n| transcript.note(Voice::Us, &format!("{n} {}", "é".repeat(LINE_MAX))));
        assert_eq!(transcript.lines().count(), LINES_MAX);
        assert!(transcript.lines().next().unwrap().1.starts_with("0 "));
        assert!(transcript.lines().last().unwrap().1.starts_with("999 "));
        assert!(transcript.to_string().contains("600 lines left out"));
    }
}

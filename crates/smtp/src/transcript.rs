//! What both sides said, masked and bounded: for the person who has to find out why.

use std::fmt;

use crate::Secret;

/// Lines kept; the first and the last ones tell the story, the middle of a long one is left out.
pub const LINES_MAX: usize = 400;
/// Characters kept of one line.
pub const LINE_MAX: usize = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    Relay,
    Us,
    /// Not said by anybody: a remark such as "TLS 1.3".
    Aside,
}

#[derive(Clone, Default)]
pub struct Transcript {
    lines: Vec<(Voice, String)>,
    left_out: usize,
    secrets: Vec<Secret>,
}

impl Transcript {
    /// These texts are shown as `****` whoever says them: a relay may echo what it was told.
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

    /// How many lines there are: a mark to come back to with [`Transcript::forget`].
    pub fn mark(&self) -> usize {
        self.lines.len()
    }

    /// Drops the lines between two marks: the story of a message that is settled.
    pub fn forget(&mut self, from: usize, to: usize) {
        self.lines.drain(from.min(self.lines.len())..to.min(self.lines.len()));
    }

    /// The text with every known secret replaced.
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
    fn a_secret_is_masked_whoever_says_it() {
        let mut transcript = Transcript::default();
        transcript.hide(vec![Secret::new("hunter2"), Secret::new("")]);
        transcript.note(Voice::Relay, "535 wrong password hunter2");
        assert_eq!(transcript.to_string(), "S: 535 wrong password ****\n");
    }

    #[test]
    fn a_long_story_keeps_its_beginning_and_its_end() {
        let mut transcript = Transcript::default();
        (0..1000).for_each(|n| transcript.note(Voice::Us, &format!("{n} {}", "é".repeat(LINE_MAX))));
        assert_eq!(transcript.lines().count(), LINES_MAX);
        assert!(transcript.lines().next().unwrap().1.starts_with("0 "));
        assert!(transcript.lines().last().unwrap().1.starts_with("999 "));
        assert!(transcript.to_string().contains("600 lines left out"));
    }
}

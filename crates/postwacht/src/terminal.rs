//! The terminal: its language, the texts in it, and standard output.

use std::sync::atomic::{AtomicBool, Ordering};

use model::message::FateCounts;
use model::{Language, Phrase};

/// True if this process is the demo, which must continue after its reader has gone.
static OUTLIVES_READER: AtomicBool = AtomicBool::new(false);

/// Language of the terminal, from the environment variables that other programs use. `POSTWACHT_LANG` comes first.
pub(crate) fn language() -> Language {
    let names = ["POSTWACHT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"];
    let chosen = names.iter().filter_map(|name| std::env::var(name).ok()).find(|value| !value.is_empty());
    chosen.and_then(|tag| Language::of_tag(&tag)).unwrap_or_default()
}

/// Text for the terminal, in its language.
pub(crate) fn word(key: &str) -> String {
    admin::words::word(language(), key)
}

/// A technical reason in the language of the terminal.
pub(crate) fn reason(words: &str) -> String {
    admin::words::reason(language(), words)
}

/// The fates of a message's recipients, if they differ.
pub(crate) fn summary(fates: FateCounts, state: &str, refused: &str) -> Option<String> {
    admin::words::summary(language(), fates, state, refused)
}

pub(crate) fn say(phrase: &Phrase) -> String {
    admin::words::say(language(), phrase)
}

/// Keeps the process alive after the reader of standard output has gone.
pub(crate) fn outlive_reader() {
    OUTLIVES_READER.store(true, Ordering::Relaxed);
}

/// Prints one line to standard output. If the reader has closed it, the process ends with exit code 0.
pub(crate) fn print_line(line: &str) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        // The reader has closed the pipe. Its output is lost, but the command's work is done. The demo continues without a
        // reader.
        drop(out);
        if !OUTLIVES_READER.load(Ordering::Relaxed) {
            std::process::exit(0);
        }
    }
}

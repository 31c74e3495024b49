//! Faults in the arguments, in the language of the terminal.

use admin::words::say;
use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use model::{Language, Phrase};

use crate::error::{CliError, Exit};
use crate::terminal;

/// The words of a context: one text, or a list of texts with commas.
fn words(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(texts.join(", ")),
        ContextValue::StyledStr(text) => Some(text.to_string()),
        ContextValue::Number(number) => Some(number.to_string()),
        _ => None,
    }
    .filter(|text| !text.is_empty())
}

/// The key of the sentence for a fault.
fn key(error: &clap::Error) -> &'static str {
    let has_value = words(error, ContextKind::InvalidValue).is_some();
    match error.kind() {
        ErrorKind::InvalidValue | ErrorKind::ValueValidation if has_value => "usage-value",
        ErrorKind::InvalidValue => "usage-value-missing",
        ErrorKind::UnknownArgument => "usage-argument",
        ErrorKind::InvalidSubcommand => "usage-command",
        ErrorKind::MissingSubcommand => "usage-command-missing",
        ErrorKind::MissingRequiredArgument => "usage-argument-missing",
        ErrorKind::ArgumentConflict if words(error, ContextKind::InvalidArg) == words(error, ContextKind::PriorArg) => {
            "usage-conflict-itself"
        }
        ErrorKind::ArgumentConflict => "usage-conflict",
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues | ErrorKind::NoEquals => {
            "usage-count"
        }
        ErrorKind::InvalidUtf8 => "usage-utf8",
        _ => "usage-other",
    }
}

/// The fault in words, and hints to the right arguments.
fn told(error: &clap::Error, language: Language) -> (String, Vec<String>) {
    let text = |kind| words(error, kind).unwrap_or_default();
    let what = Phrase::new(key(error))
        .with("argument", text(ContextKind::InvalidArg))
        .with("value", text(ContextKind::InvalidValue))
        .with("other", text(ContextKind::PriorArg))
        .with("command", text(ContextKind::InvalidSubcommand));
    let suggested = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
        .into_iter()
        .find_map(|kind| words(error, kind));
    let values = words(error, ContextKind::ValidValue).filter(|_| error.kind() == ErrorKind::InvalidValue);
    let commands = words(error, ContextKind::ValidSubcommand);
    let usage = words(error, ContextKind::Usage).unwrap_or_default();
    let lacks_ids = error.kind() == ErrorKind::MissingRequiredArgument && text(ContextKind::InvalidArg).contains("IDS");
    // Cancelling is final: it has no `--all`.
    let has_all = lacks_ids && !usage.contains(" cancel ");
    let hints = [
        lacks_ids.then(|| Phrase::new("usage-ids")),
        has_all.then(|| Phrase::new("usage-all")),
        values.or(commands).map(|values| Phrase::new("usage-values").with("values", values)),
        suggested.map(|suggested| Phrase::new("usage-suggestion").with("suggested", suggested)),
    ];
    (say(language, &what), hints.into_iter().flatten().map(|hint| say(language, &hint)).collect())
}

/// The fault as an error of a command.
pub(super) fn fault(error: &clap::Error) -> CliError {
    let (what, hints) = told(error, terminal::language());
    hints.into_iter().fold(CliError::said(Exit::Usage, what), CliError::line).todo("usage-help")
}

/// Parses arguments. An error is a fault in them, in the language of the terminal. For `--help` and `--version`, prints and
/// ends the process.
pub(super) fn matches<I, T>(mut command: Command, arguments: I) -> Result<clap::ArgMatches, CliError>
where
    I: IntoIterator<Item = T>,
    T: Into<std::ffi::OsString> + Clone,
{
    command.try_get_matches_from_mut(arguments).map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => error.exit(),
        _ => fault(&error),
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::{Cli, help};

    /// Every fault names what is wrong, in both languages, and shows no words of the library.
    #[test]
    fn each_fault_is_told_in_both_languages() {
        let rows: [(&[&str], &[&str]); 17] = [
            (&["quue"], &["quue", "queue"]),
            (&["queue", "lst"], &["lst", "list"]),
            (&["queue", "list", "--stat", "x"], &["--stat", "--state"]),
            (&["queue", "list", "--wrong"], &["--wrong"]),
            (&["queue", "list", "--state"], &["--state"]),
            (&["queue", "list", "--state", "a", "--state", "b"], &["--state"]),
            (&["queue", "retry", "kx1", "--all"], &["--all", "[IDS]"]),
            (&["queue", "retry"], &["IDS", "queue list", "--all"]),
            (&["queue", "hold"], &["IDS", "queue list", "--all"]),
            (&["queue", "release"], &["IDS", "queue list", "--all"]),
            (&["queue", "cancel"], &["IDS", "queue list"]),
            (&["account", "create", "ann", "--role", "boss"], &["boss", "--role", "administrator"]),
            (&["event", "raise", "app.x", "--severity", "hig"], &["hig", "critical"]),
            (&["event", "raise"], &["<CODE>", "--severity"]),
            (&["event", "show", "many"], &["many", "<ID>"]),
            (&["completions", "tcsh"], &["tcsh", "bash"]),
            (&["status", "extra"], &["extra"]),
        ];
        for (arguments, parts) in rows {
            for language in Language::ALL {
                let mut command = help::translated(Cli::command(), language);
                let error = command.try_get_matches_from_mut([&["postwacht"], arguments].concat()).expect_err("a fault");
                let (what, hints) = told(&error, language);
                let told = format!("{what}\n{}", hints.join("\n"));
                for part in parts {
                    assert!(told.contains(part), "{arguments:?}: {told}");
                }
                for foreign in ["error:", "Usage", "tip:", "found", "required", "unexpected", "usage-", "“”"] {
                    assert!(!told.contains(foreign), "{arguments:?}: {told}");
                }
            }
        }
    }
}

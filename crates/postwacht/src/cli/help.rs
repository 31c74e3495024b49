//! Texts of `--help`: key `cli-<path>` for a command, `cli-<path>-<argument>` for an argument.

use admin::words::word;
use clap::Command;
use model::Language;

/// Keys that a command tree needs. A test checks that each has a text in every language.
#[cfg(test)]
pub(super) fn keys(command: &Command) -> Vec<String> {
    let mut keys = Vec::new();
    collect(command, "cli", &mut keys);
    keys
}

#[cfg(test)]
fn collect(command: &Command, path: &str, keys: &mut Vec<String>) {
    keys.push(path.to_owned());
    let own = command.get_arguments().filter(|arg| !matches!(arg.get_id().as_str(), "help" | "version"));
    keys.extend(
        own.filter(|arg| path == "cli" || !arg.is_global_set()).map(|arg| format!("{path}-{}", key(arg.get_id().as_str()))),
    );
    for sub in command.get_subcommands() {
        collect(sub, &format!("{path}-{}", sub.get_name()), keys);
    }
}

fn key(id: &str) -> String {
    id.replace('_', "-")
}

pub(super) fn translated(command: Command, language: Language) -> Command {
    let template = format!(
        "{{before-help}}{{about-with-newline}}\n{} {{usage}}\n\n{{all-args}}{{after-help}}",
        word(language, "cli-heading-usage")
    );
    put(command, "cli", &template, language)
}

fn put(command: Command, path: &str, template: &str, language: Language) -> Command {
    let own = path.to_owned();
    let options = word(language, "cli-heading-options");
    let arguments = word(language, "cli-heading-arguments");
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let version = clap::Arg::new("version").short('V').long("version").action(clap::ArgAction::Version);
    let mut command = if path == "cli" { command.arg(version) } else { command }
        .about(word(language, path))
        .help_template(template.to_owned())
        .subcommand_help_heading(word(language, "cli-heading-commands"))
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(clap::Arg::new("help").short('h').long("help").action(clap::ArgAction::Help).global(false))
        .mut_args(|arg| {
            let id = arg.get_id().as_str().to_owned();
            let help = match id.as_str() {
                "help" => word(language, "cli-help"),
                "version" => word(language, "cli-version"),
                id if arg.is_global_set() => word(language, &format!("cli-{}", key(id))),
                id => word(language, &format!("{own}-{}", key(id))),
            };
            let heading = if arg.is_positional() { arguments.clone() } else { options.clone() };
            // The help names the values, in the language of the terminal.
            let takes_values = arg.get_action().takes_values();
            arg.help(help).help_heading(heading).hide_possible_values(takes_values)
        });
    for name in names {
        command = command.mut_subcommand(&name, |sub| put(sub, &format!("{path}-{name}"), template, language));
    }
    command
}

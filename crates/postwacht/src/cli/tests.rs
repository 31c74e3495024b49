//! Tests of the command line: its texts and its reference.

use model::Language;

use super::*;

#[test]
fn help_texts_exist_in_every_language() {
    Cli::command().debug_assert();
    for key in help::keys(&Cli::command()) {
        for language in Language::ALL {
            assert!(admin::words::knows(language, &key), "{key} in {}", language.code());
        }
    }
}

/// Help of every command, as `--help` prints it.
fn reference() -> String {
    let mut text = "# Command line\n\nWhat `--help` says of each command; with `POSTWACHT_LANG=nl` in Dutch. Made by a test: \
                    `POSTWACHT_WRITE=1 cargo test -p postwacht --bins`.\n"
        .to_owned();
    let mut command = help::translated(Cli::command(), Language::En).term_width(100);
    command.build();
    describe(&mut command, &mut text);
    text
}

fn describe(command: &mut clap::Command, text: &mut String) {
    let help = command.render_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    let name = command.get_bin_name().unwrap_or("postwacht").to_owned();
    text.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", help.join("\n").trim_end()));
    command.get_subcommands_mut().for_each(|sub| describe(sub, text));
}

#[test]
fn command_line_reference_matches_the_help() {
    testkit::assert_matches_file("docs/cli.md", &reference());
}

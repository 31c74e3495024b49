//! The command line, with one file per command. This file holds the list of commands, the language, and the exit code.

mod account;
mod alarm;
mod backup;
mod context;
mod demo;
mod doctor;
mod event;
mod failover;
mod help;
mod netd;
mod oauth;
mod queue;
mod report;
mod send;
mod serve;
mod settings;
mod status;
mod test;
mod token;
mod usage;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use context::CliContext;

use crate::bootstrap;
use crate::error::{CliError, Exit};
use crate::terminal::language;
use crate::way::Remote;

/// Fluent files hold the texts of `--help` (`help.rs` adds them).
#[derive(Parser)]
#[command(name = "postwacht", version, disable_help_subcommand = true)]
struct Cli {
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    #[arg(long, global = true)]
    json: bool,
    #[arg(long, global = true, value_name = "URL", env = "POSTWACHT_URL", hide_env = true)]
    url: Option<String>,
    #[arg(long = "token", global = true, value_name = "TOKEN|@FILE", env = "POSTWACHT_TOKEN", hide_env = true)]
    access_token: Option<String>,
    #[arg(long, global = true, value_name = "FILE", env = "POSTWACHT_CA", hide_env = true)]
    ca: Option<PathBuf>,
    #[command(subcommand)]
    command: CliCommand,
}

#[derive(Subcommand)]
enum CliCommand {
    Serve(serve::ServeArgs),
    Demo(demo::DemoArgs),
    Settings {
        #[command(subcommand)]
        verb: settings::SettingsVerb,
    },
    Test(test::TestArgs),
    Doctor,
    Send(send::SendArgs),
    Queue {
        #[command(subcommand)]
        verb: queue::QueueVerb,
    },
    Alarm {
        #[command(subcommand)]
        verb: alarm::AlarmVerb,
    },
    Event {
        #[command(subcommand)]
        verb: event::EventVerb,
    },
    Status(status::StatusArgs),
    Failover {
        #[command(subcommand)]
        verb: failover::FailoverVerb,
    },
    Oauth {
        #[command(subcommand)]
        verb: oauth::OauthVerb,
    },
    Account {
        #[command(subcommand)]
        verb: account::AccountVerb,
    },
    Token {
        #[command(subcommand)]
        verb: token::TokenVerb,
    },
    Backup(backup::BackupArgs),
    Restore(backup::RestoreArgs),
    Netd(netd::NetdArgs),
    Completions {
        shell: clap_complete::Shell,
    },
}

/// Timeout for blocking work that still runs after a command has ended.
const SHUTDOWN_MAX: std::time::Duration = std::time::Duration::from_secs(5);

/// Parses the arguments, runs the command and returns the exit code.
pub(crate) fn run() -> ExitCode {
    // Closes all new files to other users. Code that opens the sockets sets their modes explicitly.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let command = help::translated(Cli::command(), language());
    let parsed = usage::matches(command, std::env::args_os())
        .and_then(|matches| Cli::from_arg_matches(&matches).map_err(|error| usage::fault(&error)));
    let cli = match parsed {
        Ok(cli) => cli,
        // Arguments that cannot be read may still ask for JSON.
        Err(error) if std::env::args_os().any(|argument| argument == "--json") => return failed_as_json(&error),
        Err(error) => return failed(&error),
    };
    let as_json = cli.json;
    match dispatch(cli) {
        Ok(exit) => exit.code(),
        Err(error) if as_json => failed_as_json(&error),
        Err(error) => failed(&error),
    }
}

/// Prints an error of a command, and returns its exit code.
fn failed(error: &CliError) -> ExitCode {
    eprint!("{error}");
    error.exit().code()
}

fn failed_as_json(error: &CliError) -> ExitCode {
    eprintln!("{}", error.json());
    error.exit().code()
}

fn dispatch(cli: Cli) -> Result<Exit, CliError> {
    if let CliCommand::Completions { shell } = cli.command {
        clap_complete::generate(shell, &mut help::translated(Cli::command(), language()), "postwacht", &mut std::io::stdout());
        return Ok(Exit::Well);
    }
    let mut bootstrap = bootstrap::load(cli.config.as_deref(), cli.data_dir.as_deref())?;
    let local = matches!(cli.command, CliCommand::Serve(_) | CliCommand::Demo(_) | CliCommand::Restore(_) | CliCommand::Netd(_));
    if let Some(url) = cli.url.as_deref().filter(|url| !url.is_empty() && !local) {
        bootstrap.remote = Some(Remote::new(url, cli.access_token.as_deref(), cli.ca.as_deref())?);
    }
    let context = CliContext { bootstrap, json: cli.json };
    if let CliCommand::Netd(args) = cli.command {
        return netd::run(&context, args);
    }
    let serving = matches!(cli.command, CliCommand::Serve(_) | CliCommand::Demo(_));
    let mut runtime =
        if serving { tokio::runtime::Builder::new_multi_thread() } else { tokio::runtime::Builder::new_current_thread() };
    let runtime = runtime.enable_all().build().map_err(|error| CliError::failed("error-runtime").why(error))?;
    let result = runtime.block_on(async {
        match cli.command {
            CliCommand::Serve(args) => serve::run(context, args).await,
            CliCommand::Demo(args) => demo::run(&context, args).await,
            CliCommand::Settings { verb } => settings::run(&context, verb).await,
            CliCommand::Test(args) => test::run(&context, args).await,
            CliCommand::Doctor => doctor::run(&context).await,
            CliCommand::Send(args) => send::run(&context, args).await,
            CliCommand::Queue { verb } => queue::run(&context, verb).await,
            CliCommand::Alarm { verb } => alarm::run(&context, verb).await,
            CliCommand::Event { verb } => event::run(&context, verb).await,
            CliCommand::Status(args) => status::run(&context, args).await,
            CliCommand::Failover { verb } => failover::run(&context, verb).await,
            CliCommand::Oauth { verb } => oauth::run(&context, verb).await,
            CliCommand::Token { verb } => token::run(&context, verb).await,
            CliCommand::Account { verb } => account::run(&context, verb).await,
            CliCommand::Backup(args) => backup::backup(&context, args).await,
            CliCommand::Restore(args) => backup::restore(&context, args),
            CliCommand::Completions { .. } | CliCommand::Netd(_) => Ok(Exit::Well),
        }
    });
    // A read that hangs in a dead disk must not keep the process from ending.
    runtime.shutdown_timeout(SHUTDOWN_MAX);
    result
}

#[cfg(test)]
mod tests;

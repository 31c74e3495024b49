//! Postwacht delivers mail through relays. This file holds only `main`; `cli` parses the command and runs it.

/// Prints one line to standard output. A closed pipe (`… | head`) ends a command quietly.
macro_rules! out {
    ($($words:tt)*) => { $crate::terminal::print_line(&format!($($words)*)) };
}

mod allocator;
mod answer;
mod bootstrap;
mod own_name;
mod reach;
mod cli;
mod client;
mod demo;
mod descriptors;
mod error;
mod input;
mod lifecycle;
mod path;
mod secret_keys;
mod telemetry;
mod terminal;
mod watchdog;
mod way;
mod wiring;

fn main() -> std::process::ExitCode {
    cli::run()
}

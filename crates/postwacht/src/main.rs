//! Postwacht: mail that must arrive. Parse, run, exit code.

/// Prints a line; a reader that has gone away (`… | head`) ends a command quietly.
macro_rules! out {
    ($($words:tt)*) => { $crate::cli::print_line(&format!($($words)*)) };
}

mod allocator;
mod bootstrap;
mod own_name;
mod reach;
mod cli;
mod client;
mod demo;
mod descriptors;
mod lifecycle;
mod telemetry;
mod watchdog;
mod wiring;

fn main() -> std::process::ExitCode {
    cli::run()
}

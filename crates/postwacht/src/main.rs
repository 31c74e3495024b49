//! Postwacht: mail that must arrive. Parse, run, exit code.

mod bootstrap;
mod cli;
mod client;
mod demo;
mod lifecycle;
mod telemetry;
mod wiring;

fn main() -> std::process::ExitCode {
    cli::run()
}

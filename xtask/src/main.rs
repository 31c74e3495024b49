//! Development tasks. `cargo xtask` alone lists them.

mod bench;
mod check;
mod fuzz;
mod lab;
mod mutants;
mod simulate;
mod soak;
mod tidy;

use std::io::Write;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask check                  formatting, lints, documentation and the tests that need no lab
cargo xtask tidy                   edges between crates, weight, licences, heads and lengths of files
cargo xtask tidy cycles [--strict] cycles between modules, with their edges
cargo xtask fuzz --seconds N       fuzzes each decoder for this long
cargo xtask lab up|down [DIR]      starts or ends the peers of the tests
cargo xtask bench accept           messages taken to disk in a second
cargo xtask bench deliver          messages handed to a relay in a second
cargo xtask bench depth            the same with a long queue
cargo xtask bench pages            pages in a second
cargo xtask bench failover         seconds until a backup has the shared IP, beside keepalived (root)
cargo xtask simulate [--seed N]    10,000 seeds of the failover simulator, or one with its script
cargo xtask mutants                removes each guard of the failover core: a test must fail
cargo xtask soak [MINUTES]         mixed load with faults and kills; 20 minutes by default";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> anyhow::Result<ExitCode> {
    match words {
        ["check"] => check::check()?,
        ["tidy"] => {
            let faults = tidy::faults()?;
            anyhow::ensure!(faults.is_empty(), "{}", faults.join("\n"));
            println!("tidy");
        }
        ["tidy", "cycles", rest @ ..] => tidy::print_cycles(rest)?,
        ["fuzz", "--seconds", seconds] => fuzz::run(seconds)?,
        ["lab", "up"] => lab::up(None)?,
        ["lab", "up", dir] => lab::up(Some(dir))?,
        ["lab", "down"] => lab::down(None)?,
        ["lab", "down", dir] => lab::down(Some(dir))?,
        ["bench", rest @ ..] => bench::run(rest)?,
        ["mutants"] => mutants::run()?,
        ["simulate"] => simulate::many()?,
        ["simulate", "--seed", seed] => simulate::replay(seed.parse()?)?,
        ["soak"] => soak::run(20)?,
        ["soak", minutes] => soak::run(minutes.parse()?)?,
        [] | ["help" | "--help" | "-h"] => drop(writeln!(std::io::stdout(), "{HELP}")), // A reader that closes its pipe early is no fault.
        _ => {
            eprintln!("{HELP}");
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}

//! `cargo xtask simulate`: runs seeds of the failover simulator. `--seed N` replays one and prints its script.

use std::time::Instant;

use anyhow::{Result, anyhow, bail};
use simulator::{FaultClass, Summary, run};

/// Seeds of a run without arguments.
const SEEDS: u64 = 10_000;
/// Failed seeds whose text is printed.
const SHOWN: usize = 5;

/// Replays a seed. Fails if it breaks a rule.
pub(crate) fn replay(seed: u64) -> Result<()> {
    match run(seed, FaultClass::of(seed)) {
        Ok(summary) => {
            println!("seed {seed}, {:?}: holds. {summary:?}", FaultClass::of(seed));
            Ok(())
        }
        Err(failure) => bail!("{}seed {seed}, {:?}: {}", failure.script, FaultClass::of(seed), failure.what),
    }
}

/// Runs many seeds on two threads and prints a summary.
pub(crate) fn many() -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "no clock of the node measures a task")]
    let begun = Instant::now();
    let half = |first: u64| {
        let mut total = Summary::default();
        let mut failed = Vec::new();
        for seed in (first..SEEDS).step_by(2) {
            match run(seed, FaultClass::of(seed)) {
                Ok(summary) => total.add(&summary),
                Err(failure) => failed.push(format!("seed {seed}: {}", failure.what)),
            }
        }
        (total, failed)
    };
    let (one, other) = std::thread::scope(|scope| {
        let other = scope.spawn(|| half(1));
        (half(0), other.join())
    });
    let (mut total, mut failed) = one;
    let (rest, more) = other.map_err(|_| anyhow!("a simulation panicked"))?;
    total.add(&rest);
    failed.extend(more);
    println!("{SEEDS} seeds in {:.1} s: {} failed. {total:?}", begun.elapsed().as_secs_f64(), failed.len());
    if failed.is_empty() { Ok(()) } else { bail!("{}", failed[..failed.len().min(SHOWN)].join("\n")) }
}

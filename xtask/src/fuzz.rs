//! `cargo xtask fuzz --seconds N`: libFuzzer over the decoders, with coverage, on stable Rust and without cargo-fuzz.
//!
//! rustc's own LLVM counts the coverage; `-C passes` asks for it. The inputs that were found stay in `fuzz/corpus`.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::check::root;

/// Coverage of edges and compared values, as cargo-fuzz sets it. One codegen unit, so that each edge is counted once.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing";

/// Fuzzes each target for this long. Stops at the first failure, and says how to repeat it.
pub(crate) fn run(seconds: &str) -> Result<()> {
    let seconds: u32 = seconds.parse().context("--seconds takes a whole number")?;
    ensure!(seconds > 0, "libFuzzer takes 0 as for ever");
    let binaries = build()?;
    for target in targets()? {
        fuzz(&target, &binaries.join(&target), seconds)?;
    }
    Ok(())
}

/// The names of the targets: one file each.
fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root().join("fuzz/fuzz_targets"))? {
        let stem = entry?.path().file_stem().map(|stem| stem.to_string_lossy().into_owned());
        names.extend(stem);
    }
    names.sort();
    ensure!(!names.is_empty(), "fuzz/fuzz_targets holds no target");
    Ok(names)
}

/// Builds all targets and returns the folder of their programs.
fn build() -> Result<PathBuf> {
    let version = Command::new("rustc").arg("-vV").output()?.stdout;
    let version = String::from_utf8(version)?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names its host")?;
    // With `--target`, the flags reach neither build scripts nor derive macros.
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--quiet", "--target", host]).env("RUSTFLAGS", FLAGS).current_dir(root().join("fuzz"));
    ensure!(cargo.status()?.success(), "the targets were not built: a C++ compiler builds libFuzzer");
    Ok(root().join("fuzz/target").join(host).join("release"))
}

fn fuzz(target: &str, program: &PathBuf, seconds: u32) -> Result<()> {
    let [corpus, artifacts] = ["corpus", "artifacts"].map(|folder| root().join("fuzz").join(folder).join(target));
    std::fs::create_dir_all(&corpus)?;
    std::fs::create_dir_all(&artifacts)?;
    let output = Command::new(program)
        .arg(&corpus)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}/", artifacts.canonicalize()?.display()))
        .arg("-print_final_stats=1")
        .stdin(Stdio::null())
        .output()
        .with_context(|| program.display().to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    let after = |mark: &str| said.lines().find_map(|line| line.split_once(mark)).map_or("?", |(_, rest)| rest.trim());
    let (seed, speed) = (after("INFO: Seed: "), after("stat::average_exec_per_sec:"));
    if !output.status.success() {
        let artifact = after("Test unit written to ");
        anyhow::bail!("{said}\n{target}: failed with seed {seed}\n    repeat: {} {artifact}", program.canonicalize()?.display());
    }
    println!("{target:<10} {speed:>8} executions/s {:>6} inputs, seed {seed}", std::fs::read_dir(&corpus)?.count());
    Ok(())
}

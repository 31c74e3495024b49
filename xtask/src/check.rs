//! `cargo xtask check`: everything that needs no lab, before a commit. `./test` runs the same steps and all tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::tidy;

/// Unit tests of all crates, the integration tests of the pure crates and of the store, and the pages. Tests through the
/// program are left to `./test`.
const TESTS: &str = "not package(postwacht) + kind(bin)";
const NEXTEST: [&str; 4] = ["nextest", "run", "--release", "--workspace"];

struct CheckStep {
    name: &'static str,
    args: &'static [&'static str],
    /// A variable for this step alone.
    variable: Option<(&'static str, &'static str)>,
}

const STEPS: [CheckStep; 3] = [
    CheckStep { name: "formatting", args: &["fmt", "--all", "--check"], variable: None },
    CheckStep {
        name: "lints",
        args: &["clippy", "--release", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"],
        variable: None,
    },
    CheckStep {
        name: "documentation",
        args: &["doc", "--release", "--workspace", "--no-deps", "--document-private-items", "--quiet"],
        variable: Some(("RUSTDOCFLAGS", "-D warnings -A rustdoc::private_intra_doc_links")),
    },
];

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A command in the repository. Its output goes to the terminal.
pub(crate) fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root());
    command
}

/// Runs a command in the repository. True if it succeeds.
pub(crate) fn succeeds(mut command: Command) -> Result<bool> {
    let program = command.get_program().to_string_lossy().into_owned();
    Ok(command.status().with_context(|| format!("{program} cannot be started"))?.success())
}

/// Runs all steps up to the first that fails, and says what was left out.
pub(crate) fn check() -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "no clock of the node measures a task")]
    let start = Instant::now();
    for step in STEPS {
        println!("== {}", step.name);
        let mut cargo = command("cargo", step.args);
        cargo.envs(step.variable);
        ensure!(succeeds(cargo)?, "{}: failed", step.name);
    }
    println!("== tidy");
    let faults = tidy::faults()?;
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    println!("== tests");
    let mut tests = command("cargo", &NEXTEST);
    tests.args(["--no-fail-fast", "-E", TESTS]).env_remove("POSTWACHT_LAB").env("INSTA_UPDATE", "no");
    ensure!(succeeds(tests)?, "tests: failed");
    println!("== done in {} s", start.elapsed().as_secs());
    println!("{} tests need the lab and were not run: start it with `cargo xtask lab up`", ignored()?);
    Ok(())
}

/// Number of tests that are ignored without the lab.
fn ignored() -> Result<usize> {
    let args = ["nextest", "list", "--release", "--workspace", "--run-ignored", "only", "--message-format", "oneline"];
    let output = command("cargo", &args).arg("--cargo-quiet").output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).lines().count())
}

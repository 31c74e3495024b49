//! `cargo xtask check`: everything that needs no lab, before a commit. `./test` runs the same steps and all tests.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use anyhow::{Context, Result, ensure};

/// Unit tests of all crates, and the integration tests that start no peers.
const TESTS: &str = "kind(lib) + kind(bin) + package(smtp) + package(model) + package(store) + package(web) + package(xtask)";

struct CheckStep {
    name: &'static str,
    program: &'static str,
    args: &'static [&'static str],
    /// A variable for this step alone.
    variable: Option<(&'static str, &'static str)>,
}

const STEPS: [CheckStep; 4] = [
    CheckStep { name: "formatting", program: "cargo", args: &["fmt", "--all", "--check"], variable: None },
    CheckStep {
        name: "lints",
        program: "cargo",
        args: &["clippy", "--release", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"],
        variable: None,
    },
    CheckStep {
        name: "documentation",
        program: "cargo",
        args: &["doc", "--release", "--workspace", "--no-deps", "--document-private-items", "--quiet"],
        variable: Some(("RUSTDOCFLAGS", "-D warnings -A rustdoc::private_intra_doc_links")),
    },
    CheckStep {
        name: "tests without the lab",
        program: "cargo",
        args: &["nextest", "run", "--release", "--workspace", "--no-fail-fast", "-E", TESTS],
        variable: None,
    },
];

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs a command in the repository; its output goes to the terminal.
pub(crate) fn run(program: &str, args: &[&str], variable: Option<(&str, &str)>) -> Result<ExitStatus> {
    let mut command = Command::new(program);
    command.args(args).current_dir(root()).envs(variable);
    command.status().with_context(|| format!("{program} cannot be started"))
}

/// Runs all steps up to the first that fails.
pub(crate) fn check() -> Result<()> {
    for step in STEPS {
        println!("== {}", step.name);
        ensure!(run(step.program, step.args, step.variable)?.success(), "{}: failed", step.name);
    }
    println!("== done: tests that need the lab were not run (`./test`, or `cargo xtask lab up`)");
    Ok(())
}

//! `cargo xtask lab up|down [DIR]`: the peers of the tests, started by hand.

use std::fs::{File, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::check::{command, root, succeeds};

const DIR: &str = "/tmp/postwacht-lab";
/// Ports that the lab needs in a row.
const PORTS: u16 = 15;

/// Starts the lab in a new directory, and says how to use it.
pub(crate) fn up(dir: Option<&str>) -> Result<()> {
    let dir = dir.unwrap_or(DIR);
    ensure!(succeeds(command("lab/setup.sh", &[]))?, "lab/setup.sh failed; see lab/setup.log");
    std::fs::create_dir(dir).with_context(|| format!("{dir} exists: stop its lab with `cargo xtask lab down {dir}`"))?;
    std::fs::set_permissions(dir, Permissions::from_mode(0o755))?;
    let base = free_base().context("no fifteen consecutive free ports")?;
    // A daemon may keep a pipe open; so the output goes into a file.
    let log = Path::new(dir).join("up.log");
    let output = File::create(&log)?;
    let started = Command::new("lab/lab.sh")
        .args(["up", dir, &base.to_string()])
        .current_dir(root())
        .stdin(Stdio::null())
        .stderr(output.try_clone()?)
        .stdout(output)
        .status()?;
    ensure!(started.success(), "the lab did not start: {}", std::fs::read_to_string(log)?);
    println!("export POSTWACHT_LAB={dir}");
    println!("cargo nextest run --release --workspace --run-ignored all    # one whole run: scenarios count their connections");
    Ok(())
}

/// Ends the lab and removes its directory.
pub(crate) fn down(dir: Option<&str>) -> Result<()> {
    let dir = dir.unwrap_or(DIR);
    ensure!(Path::new(dir).join("portbase").exists(), "{dir} contains no lab");
    ensure!(succeeds(command("lab/lab.sh", &["down", dir]))?, "lab/lab.sh failed");
    Ok(std::fs::remove_dir_all(dir)?)
}

/// The first of [`PORTS`] ports in a row that are free now.
fn free_base() -> Option<u16> {
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    (20_000..40_000).step_by(usize::from(PORTS)).find(|base| (*base..base + PORTS).all(is_free))
}

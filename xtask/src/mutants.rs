//! `cargo xtask mutants`: removes one guard of the failover core at a time, in a copy. Some test must fail for each.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::check::root;

/// A guard: its file in `crates/model/src/failover`, its text, and the text without it.
struct Mutant {
    name: &'static str,
    file: &'static str,
    guard: &'static str,
    without: &'static str,
}

macro_rules! mutants {
    ($($name:literal in $file:literal: $guard:literal => $without:literal;)*) => {
        const MUTANTS: &[Mutant] = &[$(Mutant { name: $name, file: $file, guard: $guard, without: $without }),*];
    };
}

mutants! {
    "a primary stops at its deadline" in "step.rs":
        "if is_late && self.state.role" => "if is_late && false && self.state.role";
    "a stopped process stops to serve" in "step.rs":
        "if gap >= self.state.pair().address_lifetime && self" => "if false && self";
    "a stopped process only observes" in "step.rs":
        "self.state.tilt_until = self.now + TILT;" => "";
    "a gap restarts the silence" in "step.rs":
        "            self.forget_silence();\n" => "";
    "evidence counts from the question" in "rounds.rs":
        "self.state.evidence.max(sent.min(self.now))" => "self.now.max(sent.min(self.now))";
    "a token ends at the deadline" in "core.rs":
        "|deadline| deadline.min(renewed)" => "|_| renewed";
    "an address ends at the deadline" in "core.rs":
        "|deadline| deadline.since(self.now).min(lifetime)" => "|_| lifetime";
    "the token ends before the addresses" in "core.rs":
        "[PairAction::Token(None), PairAction::RemoveAddresses," => "[PairAction::RemoveAddresses, PairAction::Token(None),";
    "a stop removes the addresses" in "core.rs":
        "PairAction::Token(None), PairAction::RemoveAddresses, PairAction::StopServices" =>
        "PairAction::Token(None), PairAction::StopServices";
    "silence waits for the primary timeout" in "core.rs":
        "self.state.acts_after().map(|wait| wait + TICK)" => "self.state.acts_after().map(|_| TICK)";
    "a status ends the silence" in "listen.rs":
        "        self.forget_silence();\n" => "";
    "a higher ballot ends a primary" in "listen.rs":
        "PairRole::Draining { ballot: own, .. }) if ballot > own => {" => "PairRole::Draining { ballot: own, .. }) if ballot > own && false => {";
    "a claim ends a primary" in "listen.rs":
        "PairRole::Primary { .. } | PairRole::Draining { .. } => self.step_down()," =>
        "PairRole::Primary { .. } | PairRole::Draining { .. } => {}";
    "a node resumes only after an answer" in "listen.rs":
        "            self.status(status);\n        }\n    }\n" =>
        "            let their_last = status.active;\n            let serves = status.serves();\n            self.status(status);\n            if !serves {\n                self.peer_waits(their_last);\n            }\n        }\n    }\n";
    "only the last primary resumes" in "listen.rs":
        "Some(StoredRole::Primary) if own_last > their_last" => "Some(StoredRole::Primary) if own_last >= Ballot::NONE";
    "a contract needs a test IP" in "listen.rs":
        "status.contract.is_within(&known) || !self.state.settings.backup.test_ips.is_empty()" => "true";
    "an isolated node does not count silence" in "takeover.rs":
        "(false, false, false) => BackupPhase::Isolated" => "(false, false, false) => BackupPhase::Suspect { since: silent_since }";
    "a takeover needs a test IP" in "takeover.rs":
        "(!self.result.tests_ok, TakeoverGuard::TestIps)," => "(false, TakeoverGuard::TestIps),";
    "a takeover needs a good self-test" in "takeover.rs":
        "            (self.result.self_fault.is_some(), TakeoverGuard::SelfTest),\n            (self.settings" =>
        "            (false, TakeoverGuard::SelfTest),\n            (self.settings";
    "a sign of life ends a takeover" in "takeover.rs":
        "origin.needs_silence() && result.is_alive ||" => "";
    "another holder ends a takeover" in "takeover.rs":
        "AddressUse::Taken(mac) if !ignores_taken => {" => "AddressUse::Taken(mac) if !ignores_taken && false => {";
    "a claim waits for the peer to stop" in "takeover.rs":
        "checks >= CHECKS && self.peer_has_stopped(origin)" => "checks >= CHECKS";
    "a ballot is on disk before its claim" in "takeover.rs":
        "        let ballot = self.new_ballot();\n        self.persist();\n" => "        let ballot = self.new_ballot();\n";
    "a role is on disk before it is used" in "takeover.rs":
        "        self.state.durable.active = ballot;\n        self.persist();\n" => "        self.state.durable.active = ballot;\n";
    "only a forced command is unfenced" in "takeover.rs":
        "is_forced && !self.state.result.is_alive && !self.state.result.tests_ok" => "origin.operation().is_some()";
    "takeovers are counted" in "takeover.rs":
        "(is_recent || today >= pair.takeovers_max as usize)" => "(false)";
    "a handover is of the last ballot" in "listen.rs":
        "if is_ready && is_current &&" => "if is_ready &&";
    "a primary fences before its peer acts" in "settings.rs":
        "    primary_timeout / 2\n" => "    primary_timeout\n";
    "a lone start waits" in "rounds.rs":
        "if is_allowed && is_time &&" => "if is_allowed &&";
    "a node without a role on disk follows" in "rounds.rs":
        "if self.state.durable.role != Some(StoredRole::Primary) {\n            self.become_backup();" => "if false {\n            self.become_backup();";
}

/// Tests each mutant in a copy of the sources. Fails if one survives.
pub(crate) fn run() -> Result<()> {
    let copy = tempfile::Builder::new().prefix("mutants").tempdir()?;
    let listed = Command::new("git").args(["ls-files"]).current_dir(root()).output()?;
    for path in String::from_utf8(listed.stdout)?.lines().filter(|path| root().join(path).is_file()) {
        let target = copy.path().join(path);
        std::fs::create_dir_all(target.parent().context("a folder")?)?;
        std::fs::copy(root().join(path), target)?;
    }
    ensure!(tests_pass(copy.path())?, "the tests fail without a mutant");
    let mut survivors = Vec::new();
    for mutant in MUTANTS {
        let file = copy.path().join("crates/model/src/failover").join(mutant.file);
        let source = std::fs::read_to_string(&file)?;
        std::fs::write(&file, source.replacen(mutant.guard, mutant.without, 1))?;
        let survives = tests_pass(copy.path())?;
        println!("{}: {}", if survives { "SURVIVES" } else { "found" }, mutant.name);
        if survives {
            survivors.push(mutant.name);
        }
        std::fs::write(&file, source)?;
    }
    if survivors.is_empty() { Ok(()) } else { bail!("no test fails without: {}", survivors.join("; ")) }
}

fn tests_pass(copy: &Path) -> Result<bool> {
    let tests = [
        "nextest",
        "run",
        "--release",
        "--fail-fast",
        "-p",
        "model",
        "-p",
        "simulator",
        "-E",
        "test(failover) + package(simulator)",
    ];
    let target = root().join("target/mutants");
    let mut cargo = Command::new("cargo");
    cargo.args(tests).current_dir(copy).env("CARGO_TARGET_DIR", target).env("RUSTFLAGS", "--cap-lints allow");
    Ok(cargo.stdout(Stdio::null()).stderr(Stdio::null()).status()?.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A guard that the code no longer has in this form would be tested as unchanged.
    #[test]
    fn each_guard_stands_once_in_its_file() {
        for mutant in MUTANTS {
            let source = std::fs::read_to_string(root().join("crates/model/src/failover").join(mutant.file)).expect("a source");
            assert_eq!(source.matches(mutant.guard).count(), 1, "{}: {}", mutant.name, mutant.guard);
        }
    }
}

//! Checks of the layout: dependency edges, cycles between modules, shared names of types, the crate budget, licences, file
//! heads and lengths. Also run as a test.

mod cycles;
mod paths;
mod modules;
mod resolve;
mod test_marks;
mod type_names;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use cycles::{Cycle, KNOWN, Strictness};

/// Our crates in order. Each may use only those before it.
const ORDER: [&str; 12] =
    ["smtp", "model", "netd", "api", "store", "admin", "mail", "alerts", "failover", "node", "web", "postwacht"];
/// The foreign crates that the pure crates may use.
const PURE: [(&str, &[&str]); 2] =
    [("smtp", &["base64", "idna", "thiserror", "zeroize"]), ("model", &["jiff", "serde", "serde_json", "thiserror"])];
/// Most foreign crates in the normal dependency tree (docs/decisions, weight is a feature).
const BUDGET: usize = 235;
/// Most lines of code in a file. Tests and tables are exempt.
const LINES_MAX: usize = 400;
/// Tables: they stay in one file at any length.
const LONG: [&str; 1] = ["crates/model/src/catalogue/rows.rs"];
/// Words that must not occur in a pure crate, also not in its comments.
const IMPURE: [&str; 6] = ["std::fs", "std::net::Tcp", "std::net::Udp", "std::thread", "std::process", "tokio"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn metadata() -> Result<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

pub(crate) fn faults() -> Result<Vec<String>> {
    let metadata = metadata()?;
    let mut faults = edges(&metadata);
    faults.extend(weight()?);
    for path in sources(&root().join("crates"))? {
        faults.extend(file(&path)?);
    }
    faults.extend(test_marks::faults(&root().join("crates"))?);
    faults.extend(cycle_faults(&cycles(Strictness::Siblings)?, KNOWN));
    faults.extend(paths::missing(&root())?);
    faults.extend(type_names::shared(&root())?);
    Ok(faults)
}

/// The cycles between modules, crate by crate.
fn cycles(strictness: Strictness) -> Result<Vec<Cycle>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join("crates"))? {
        found.extend(cycles::cycles_in(&entry?.path().join("src"), strictness)?);
    }
    found.extend(cycles::cycles_in(&root().join("xtask/src"), strictness)?);
    found.sort_by(|left, other| left.name.cmp(&other.name));
    Ok(found)
}

fn cycle_faults(cycles: &[Cycle], known: &[&str]) -> Vec<String> {
    let new = cycles.iter().filter(|cycle| !known.contains(&cycle.name.as_str()));
    let gone = known.iter().filter(|known| !cycles.iter().any(|cycle| cycle.name == **known));
    let new = new.map(|cycle| format!("cycle of modules in {}\n    {}", cycle.name, cycle.edges.join("\n    ")));
    new.chain(gone.map(|known| format!("no cycle any more in {known}: remove it from KNOWN in xtask/src/tidy/cycles.rs")))
        .collect()
}

/// Prints every cycle with its edges, known ones too.
pub(crate) fn print_cycles(words: &[&str]) -> Result<()> {
    let strictness = if words == ["--strict"] { Strictness::Files } else { Strictness::Siblings };
    for cycle in cycles(strictness)? {
        println!("{}\n    {}", cycle.name, cycle.edges.join("\n    "));
    }
    Ok(())
}

fn edges(metadata: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or("");
        let Some(place) = ORDER.iter().position(|ours| *ours == name) else { continue };
        let normal = package["dependencies"].as_array().into_iter().flatten().filter(|dependency| dependency["kind"].is_null());
        for dependency in normal.filter_map(|dependency| dependency["name"].as_str()) {
            let ours = ORDER.iter().position(|ours| *ours == dependency);
            let allowed = PURE.iter().find(|(pure, _)| *pure == name).map(|(_, allowed)| *allowed);
            match (ours, allowed) {
                (Some(other), _) if other >= place => {
                    faults.push(format!("{name} must not use {dependency}: a crate uses only crates to its left"));
                }
                (None, Some(allowed)) if !allowed.contains(&dependency) => {
                    faults.push(format!("{name} must not use {dependency}: see the allow-list in xtask/src/tidy.rs"));
                }
                _ => {}
            }
        }
    }
    faults
}

fn weight() -> Result<Vec<String>> {
    let args = ["tree", "--offline", "-e", "normal", "-p", "postwacht", "--prefix", "none", "--format", "{p} {l}"];
    let output = Command::new(env!("CARGO")).args(args).current_dir(root()).output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let foreign = |line: &&str| !line.is_empty() && !ORDER.iter().any(|ours| line.starts_with(&format!("{ours} ")));
    // cargo marks a repeated crate with `(*)` behind its licence.
    let lines = text.lines().filter(foreign).map(|line| line.trim_end_matches(" (*)"));
    let crates: BTreeMap<Vec<&str>, &str> = lines
        .map(|line| {
            (line.split(' ').take(2).collect(), line.splitn(3, ' ').nth(2).unwrap_or("").trim_start_matches("(proc-macro) "))
        })
        .collect();
    let mut faults = Vec::new();
    if crates.len() > BUDGET {
        faults.push(format!("{} crates in the normal tree; the budget is {BUDGET}", crates.len()));
    }
    let deny: toml::Table = std::fs::read_to_string(root().join("deny.toml"))?.parse()?;
    let allowed: Vec<&str> =
        deny["licenses"]["allow"].as_array().into_iter().flatten().filter_map(|licence| licence.as_str()).collect();
    let foreign = crates.iter().filter(|(_, licence)| !permits(licence, &allowed));
    faults.extend(
        foreign.map(|(name, licence)| format!("{}: the licence {licence:?} is not on the list of deny.toml", name.join(" "))),
    );
    Ok(faults)
}

/// True if these licences satisfy the expression (SPDX, or the older form with a slash).
fn permits(expression: &str, allowed: &[&str]) -> bool {
    let plain = expression.replace('/', " OR ").replace(['(', ')'], "");
    plain.split(" AND ").all(|part| part.split(" OR ").any(|part| allowed.contains(&part.trim())))
}

fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}

fn file(path: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(path)?;
    let shown = path.display().to_string().split("/crates/").last().map(|rest| format!("crates/{rest}")).unwrap_or_default();
    let mut faults = Vec::new();
    let test = shown.contains("/tests/") || shown.ends_with("tests.rs");
    let head = text.starts_with("//!") || test && text.starts_with("use ");
    if !head {
        faults.push(format!("{shown}: no //! head that says what it is"));
    }
    let code = text.split("#[cfg(test)]").next().unwrap_or("").lines().filter(|line| !line.trim_start().starts_with("//"));
    let lines = code.filter(|line| !line.trim().is_empty()).count();
    if !test && lines > LINES_MAX && !LONG.contains(&shown.as_str()) {
        faults.push(format!("{shown}: {lines} lines of code; the limit is {LINES_MAX}"));
    }
    if shown.starts_with("crates/smtp/src") || shown.starts_with("crates/model/src") {
        let impure = IMPURE.iter().filter(|word| text.contains(*word));
        faults.extend(impure.map(|word| format!("{shown}: {word} in a pure crate")));
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::{Cycle, cycle_faults, faults};

    #[test]
    fn layout_is_as_designed() {
        let faults = faults().expect("cargo and the sources can be read");
        assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    }

    #[test]
    fn known_cycle_passes_and_a_new_one_is_a_fault() {
        let cycle = |name: &str| Cycle { name: name.to_owned(), edges: vec!["a.rs:1 -> b.rs: B".to_owned()] };
        assert_eq!(cycle_faults(&[cycle("c: a, b")], &["c: a, b"]), [""; 0]);
        assert_eq!(cycle_faults(&[cycle("c: a, b")], &[]), ["cycle of modules in c: a, b\n    a.rs:1 -> b.rs: B"]);
        assert_eq!(
            cycle_faults(&[], &["c: a, b"]),
            ["no cycle any more in c: a, b: remove it from KNOWN in xtask/src/tidy/cycles.rs"]
        );
    }
}

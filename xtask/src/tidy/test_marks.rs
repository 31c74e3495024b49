//! Checks what stands around the tests: snapshots that no test names, and reasons of `#[ignore]`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;

/// The only reason to ignore a test. `./test` runs these tests too, `cargo xtask check` counts them.
const NEEDS_LAB: &str = "#[ignore = \"needs the lab\"]";

pub(super) fn faults(crates: &Path) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let mut sources = Vec::new();
    for path in super::sources(crates)? {
        let text = std::fs::read_to_string(&path)?;
        let ignored = text.lines().map(str::trim).filter(|line| line.starts_with("#[ignore") && *line != NEEDS_LAB);
        faults.extend(ignored.map(|line| format!("{}: {line}: the one reason is {NEEDS_LAB}", path.display())));
        sources.push((path, text));
    }
    let folders: BTreeSet<PathBuf> = sources.iter().filter_map(|(path, _)| Some(path.parent()?.join("snapshots"))).collect();
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        // The folder of its crate: a test beside a page may record there too.
        let owner = folder.strip_prefix(crates)?.components().next().map(|name| crates.join(name));
        let near = sources.iter().filter(|(path, _)| owner.as_ref().is_some_and(|owner| path.starts_with(owner)));
        faults.extend(unnamed(folder, &near.map(|(_, text)| text.as_str()).collect::<Vec<_>>())?);
    }
    Ok(faults)
}

/// Snapshots whose name no source holds as a text. A name ends at its first dot: the language follows.
fn unnamed(folder: &Path, sources: &[&str]) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let named = format!("\"{}\"", name.split('.').next().unwrap_or_default());
        if !sources.iter().any(|text| text.contains(&named)) {
            faults.push(format!("{}: no test names this snapshot", path.display()));
        }
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(source: &str) -> Vec<String> {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("one/src/pages/tests");
        std::fs::create_dir_all(folder.join("snapshots")).expect("folders");
        std::fs::write(folder.join("snapshots/queue-empty.en.snap"), "").expect("a snapshot");
        std::fs::write(folder.join("queue.rs"), source).expect("a source");
        let faults = faults(place.path()).expect("readable");
        faults.iter().map(|fault| fault.rsplit('/').next().unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn snapshot_without_a_test_is_a_fault() {
        assert_eq!(faults_of("fn other() {}"), ["queue-empty.en.snap: no test names this snapshot"]);
        assert_eq!(faults_of("ann.shows(\"queue-empty\", \"/login/queue\")"), [""; 0]);
    }

    #[test]
    fn test_ignored_for_another_reason_is_a_fault() {
        let slow = faults_of("\"queue-empty\";\n#[ignore]\nfn slow() {}");
        assert_eq!(slow, ["queue.rs: #[ignore]: the one reason is #[ignore = \"needs the lab\"]"]);
        assert_eq!(faults_of("\"queue-empty\";\n    #[ignore = \"needs the lab\"]"), [""; 0]);
    }
}

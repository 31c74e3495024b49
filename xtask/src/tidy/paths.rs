//! Paths in documents: each source file or folder that a document names must exist.

use std::path::Path;

use anyhow::{Context, Result};

/// Documents that say where something is.
const DOCUMENTS: [&str; 3] = ["ARCHITECTURE.md", "CONTRIBUTING.md", "docs/certainty.md"];

/// The named paths that do not exist. `root` is the top of the project.
pub(super) fn missing(root: &Path) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for document in DOCUMENTS {
        let text = std::fs::read_to_string(root.join(document)).with_context(|| document.to_owned())?;
        let exists = |path: &str| root.join(path).exists() || root.join("crates").join(path).exists();
        faults.extend(
            named(&text)
                .filter(|(_, path)| !exists(path))
                .map(|(line, path)| format!("{document}:{line}: {path} does not exist")),
        );
    }
    Ok(faults)
}

/// Paths in code spans, with their lines: those with a folder `src` in them. A pattern (`*`, capitals for a name) is none.
fn named(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let spans = text.lines().enumerate().flat_map(|(n, line)| line.split('`').skip(1).step_by(2).map(move |span| (n + 1, span)));
    spans.filter(|(_, span)| {
        let is_path = span.contains("/src/") || span.ends_with("/src");
        is_path && !span.contains(['*', ' ', '{', '<']) && !span.split('/').any(|part| part.starts_with("WORD"))
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_in_code_spans_are_found_and_patterns_are_not() {
        let text = "see `crates/a/src/b.rs` and `a/src`\nnot `cargo run`, `a/src/*.rs`, `a/src/WORD.rs` or a/src/c.rs";
        let found: Vec<_> = super::named(text).collect();
        assert_eq!(found, [(1, "crates/a/src/b.rs"), (1, "a/src")]);
    }
}

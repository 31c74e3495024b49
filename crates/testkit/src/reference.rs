//! Comparison of generated documents with the files in the repository.

use std::path::Path;

/// Panics if the file does not hold exactly this text. `path` is relative to the top of the project.
///
/// With `POSTWACHT_WRITE` set in the environment, the function writes the text to the file first. So a run of the tests
/// brings the documents up to date.
pub fn assert_matches_file(path: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    if std::env::var_os("POSTWACHT_WRITE").is_some() {
        std::fs::write(&path, text).expect("the document can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    let line = found
        .lines()
        .zip(text.lines())
        .position(|(a, b)| a != b)
        .unwrap_or_else(|| found.lines().count().min(text.lines().count()));
    assert!(found == text, "{} is stale from line {}: run this test with POSTWACHT_WRITE=1", path.display(), line + 1);
}

/// Asserts that the part of a document between `<!-- name -->` and `<!-- end of name -->` is this text. With `POSTWACHT_WRITE` set,
/// writes it there first.
pub fn assert_matches_part(path: &str, name: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let (head, rest) = found.split_once(&begin).expect("the document has the part");
    let (_, tail) = rest.split_once(&end).expect("the part has an end");
    assert_matches_file(path, &format!("{head}{begin}{text}{end}{tail}"));
}

//! Reads files and standard input in full. Each read has a bound: a wrong path (`/dev/zero`, a disk image) gives an error and
//! does not fill the memory.

use std::io::{self, Read};
use std::path::Path;

use admin::parser::parser_words;

/// Bound for a settings file, secret, certificate or token, in bytes.
pub(crate) const TEXT_MAX: u64 = 4 << 20;
/// Bound for a part of a message, in bytes. The node's limit is lower, and its error names that limit.
pub(crate) const PART_MAX: u64 = 64 << 20;

fn whole(source: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("longer than {most} bytes"))),
        false => Ok(bytes),
    }
}

/// Reads a file, or standard input for `-`.
pub(crate) fn bytes(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    if path == Path::new("-") { whole(io::stdin().lock(), most) } else { whole(std::fs::File::open(path)?, most) }
}

/// Reads a text of at most [`TEXT_MAX`] bytes from a file, or from standard input for `-`.
pub(crate) fn text(path: &Path) -> io::Result<String> {
    String::from_utf8(bytes(path, TEXT_MAX)?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_source_than_its_bound_is_refused() {
        assert_eq!(whole(&b"abc"[..], 3).expect("read"), b"abc");
        assert_eq!(whole(&b"abcd"[..], 3).expect_err("too long").kind(), io::ErrorKind::FileTooLarge);
        assert!(text(Path::new("/dev/zero")).is_err(), "and reading ends");
    }
}

/// The words of the TOML parser, with line, column and a caret. It takes a missing value for a text without quotes; here it is told
/// as what it is.
pub(crate) fn toml_words(text: &str, error: &toml::de::Error) -> String {
    let words = error.to_string();
    let rest = error.span().and_then(|span| text.get(span.start..)).and_then(|rest| rest.lines().next()).unwrap_or("");
    let is_missing = rest.trim().is_empty() || rest.trim_start().starts_with('#');
    let words = if is_missing { words.replace(NO_QUOTES, NO_VALUE) } else { words };
    parser_words(words.trim_end())
}

const NO_QUOTES: &str = "string values must be quoted, expected literal string";
const NO_VALUE: &str = "key with no value, expected a value";

#[cfg(test)]
mod toml_tests {
    use super::*;

    #[test]
    fn missing_value_is_told_as_missing() {
        for (text, is_missing) in [
            ("port=", true),
            ("port=\n", true),
            ("port = \nhost = 1\n", true),
            ("[a]\nport =   # later\n", true),
            ("port = abc\n", false),
            ("port = 2 5\n", false),
        ] {
            let error = toml::from_str::<toml::Table>(text).expect_err(text);
            let words = toml_words(text, &error);
            assert_eq!(words.contains(NO_VALUE), is_missing, "{text:?}: {words}");
            assert!(!is_missing || !words.contains(NO_QUOTES), "{words}");
        }
    }
}

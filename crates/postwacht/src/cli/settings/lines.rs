//! Adds the place of a wrong setting to an error: file, line, and a caret under the value.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::CliError;
use crate::secret_keys::SECRETS;

/// Byte range of a key's value, or of the nearest table around it.
fn span(table: &Spanned<DeTable<'_>>, key: &str) -> Option<std::ops::Range<usize>> {
    let mut found = None;
    let mut at: Option<&DeTable<'_>> = Some(table.get_ref());
    for part in key.split('.') {
        let (name, index) =
            part.split_once('[').map_or((part, None), |(n, i)| (n, i.trim_end_matches(']').parse::<usize>().ok()));
        let value = at?.iter().find(|(k, _)| k.get_ref().as_ref() == name).map(|(_, value)| value)?;
        let value = match (index, value.get_ref()) {
            (Some(index), DeValue::Array(list)) => list.get(index)?,
            _ => value,
        };
        found = Some(value.span());
        at = if let DeValue::Table(table) = value.get_ref() { Some(table) } else { None };
        if at.is_none() {
            break;
        }
    }
    found
}

/// Redacts a line of a settings file for an error: drops the values from the first secret on.
pub(super) fn without_secret(line: &str) -> String {
    let mut seen = 0;
    for part in line.split_inclusive('=') {
        seen += part.len();
        let name = part.trim_end_matches('=').trim_end().trim_end_matches(['"', '\'']);
        let is_secret = SECRETS.iter().any(|secret| name.ends_with(secret));
        if is_secret && part.ends_with('=') {
            return format!("{} …", &line[..seen]);
        }
    }
    line.to_owned()
}

/// A line of a parser's words for an error. `None` for a cited line of a file that is none of settings: such a file, named by
/// mistake, may hold anything.
pub(super) fn shown(line: &str, text: &str) -> Option<String> {
    let is_cited = line.split_once('|').is_some_and(|(number, _)| number.trim().bytes().all(|byte| byte.is_ascii_digit()));
    (!is_cited || is_settings(text)).then(|| without_secret(line))
}

/// True if a line begins a section of settings, or sets one of its keys.
fn is_settings(text: &str) -> bool {
    const SECTIONS: [&str; 2] = ["email", "site"];
    text.lines().any(|line| {
        let name = line.trim_start().trim_start_matches('[').trim_start();
        SECTIONS.iter().any(|section| name.strip_prefix(section).is_some_and(|rest| rest.starts_with(['.', ']', ' ', '='])))
    })
}

/// Adds the place in the file to each fault of the form `key: message`.
pub(super) fn place(error: CliError, text: &str, path: &Path) -> CliError {
    let Ok(table) = DeTable::parse(text) else { return error };
    error.map_lines(|line| {
        let key = line.split(": ").next().unwrap_or("");
        let Some(span) = span(&table, key) else { return line };
        let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let number = text[..start].matches('\n').count() + 1;
        let source = without_secret(text[start..].lines().next().unwrap_or(""));
        let column = text[start..span.start].chars().count();
        let width = text[span.clone()].lines().next().unwrap_or("").chars().count().max(1);
        let bar = number.to_string().len();
        format!(
            "{}:{number}\n{number} | {source}\n{:bar$} | {}{}\n{line}",
            path.display(),
            "",
            " ".repeat(column),
            "^".repeat(width)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::{shown, without_secret};

    #[test]
    fn foreign_file_is_not_cited() {
        let cited = "1 | root:$6$salt$hash:19000:0";
        for (text, is_shown) in [
            ("root:$6$salt$hash:19000:0\n", false),
            ("-----BEGIN PRIVATE KEY-----\nMII\n", false),
            ("emailpassword = x\n", false),
            ("[email]\nfrom = x\n", true),
            ("[[email.fallback]]\n", true),
            ("# ours\n  site.name = x\n", true),
            ("email = { from = 1 \n", true),
        ] {
            assert_eq!(shown(cited, text).is_some(), is_shown, "{text:?}");
            assert_eq!(shown("  |", text).is_some(), is_shown);
            assert!(shown("TOML parse error at line 1, column 5", text).is_some());
        }
    }

    #[test]
    fn without_secret_cuts_line_at_first_secret() {
        assert_eq!(without_secret("port = 25"), "port = 25");
        for line in [
            "password = \"x y\"",
            "email.auth.password=\"x y\"",
            "auth = { username = \"u\", \"password\" = \"x y\" }",
            "3 | client_key = '''x y",
        ] {
            let shown = without_secret(line);
            assert!(!shown.contains("x y") && shown.ends_with('…'), "{shown}");
        }
    }
}

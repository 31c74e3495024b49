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
    use super::without_secret;

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

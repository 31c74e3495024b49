//! Where in a file a wrong setting stands: its line, with a caret under the value.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::cli::CliError;

/// The byte range of a key's value, or of the nearest table around it.
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

/// Adds to each fault of the form `key: message` the place in the file.
pub(super) fn place(error: CliError, text: &str, path: &Path) -> CliError {
    let Ok(table) = DeTable::parse(text) else { return error };
    error.map_lines(|line| {
        let key = line.split(": ").next().unwrap_or("");
        let Some(span) = span(&table, key) else { return line };
        let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let number = text[..start].matches('\n').count() + 1;
        let source = text[start..].lines().next().unwrap_or("");
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

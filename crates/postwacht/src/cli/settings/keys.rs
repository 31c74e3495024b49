//! Settings by key, such as `email.relay.port` and `email.fallback[0].relay.host`.

use std::io::IsTerminal;

use serde_json::{Map, Value};

use crate::error::{CliError, Exit};
use crate::input;
use crate::secret_keys::is_secret;
use crate::terminal::say;

enum KeyStep<'a> {
    Name(&'a str),
    Index(usize),
}

impl KeyStep<'_> {
    /// The same step in a list with one entry.
    fn first(self) -> Self {
        match self {
            Self::Name(name) => Self::Name(name),
            Self::Index(_) => Self::Index(0),
        }
    }
}

fn steps(key: &str) -> Result<Vec<KeyStep<'_>>, CliError> {
    let mut steps = Vec::new();
    for part in key.split('.') {
        let (name, index) = part.split_once('[').map_or((part, None), |(name, rest)| (name, Some(rest)));
        steps.push(KeyStep::Name(name));
        if let Some(index) = index {
            let index = index.strip_suffix(']').and_then(|n| n.parse().ok()).filter(|n| *n < 100);
            steps.push(KeyStep::Index(index.ok_or_else(|| CliError::usage("error-key").why(key))?));
        }
    }
    Ok(steps)
}

pub(super) fn find<'v>(settings: &'v Value, key: &str) -> Result<Option<&'v Value>, CliError> {
    let mut at = Some(settings);
    for step in steps(key)? {
        at = match step {
            KeyStep::Name(name) => at.and_then(|value| value.get(name)),
            KeyStep::Index(index) => at.and_then(|value| value.get(index)),
        };
    }
    Ok(at)
}

/// Fails for an unknown key: a mistyped key must not look like one without a value.
pub(super) fn known(key: &str) -> Result<(), CliError> {
    let mut probe = Value::Null;
    // Each entry of a list has the same keys.
    let mut steps: Vec<_> = steps(key)?.into_iter().map(KeyStep::first).collect();
    let value = match steps.pop_if(|last| matches!(last, KeyStep::Index(_))) {
        Some(_) => Value::Array(Vec::new()),
        None => Value::String("x".into()),
    };
    put_at(&mut probe, &steps, key, value)?;
    match serde_json::from_value::<model::settings::Draft>(probe) {
        Err(error) if error.to_string().contains("unknown field") => Err(CliError::usage("error-key").why(key).why(error)),
        // A text in place of a table is an error too. It does not matter here: only the name is checked.
        _ => Ok(()),
    }
}

/// True for the number of a relay: each relay gets one at its first save, and documents carry it.
fn is_number_of_relay(key: &str) -> bool {
    key == "email.relay.id" || key.starts_with("email.fallback[") && key.ends_with("].relay.id")
}

/// Sets a key to a value and makes the tables and lists on its path. `null` removes a key or an entry of a list; a secret keeps
/// the `null`, which clears it.
pub(super) fn put(settings: &mut Value, key: &str, value: Value) -> Result<(), CliError> {
    put_at(settings, &steps(key)?, key, value)
}

fn put_at(settings: &mut Value, steps: &[KeyStep<'_>], key: &str, value: Value) -> Result<(), CliError> {
    let bad = || CliError::usage("error-key").why(key);
    let no_entry = |list: &[Value]| {
        CliError::said(Exit::Usage, say(&model::Phrase::new("error-no-entry").with("key", key).with("count", list.len())))
    };
    let (last, path) = steps.split_last().ok_or_else(bad)?;
    let mut at = settings;
    for step in path {
        at = match step {
            KeyStep::Name(name) => {
                if at.is_null() {
                    *at = Value::Object(Map::new());
                }
                at.as_object_mut().ok_or_else(bad)?.entry(*name).or_insert(Value::Null)
            }
            KeyStep::Index(index) => {
                if at.is_null() {
                    *at = Value::Array(Vec::new());
                }
                let list = at.as_array_mut().ok_or_else(bad)?;
                if *index == list.len() {
                    list.push(Value::Null);
                }
                if *index >= list.len() {
                    return Err(no_entry(list));
                }
                &mut list[*index]
            }
        };
    }
    if let KeyStep::Index(index) = last {
        let list = at.as_array_mut().ok_or_else(bad)?;
        return match value {
            Value::Null if *index < list.len() => {
                list.remove(*index);
                Ok(())
            }
            Value::Null => Err(no_entry(list)),
            _ => Err(bad()),
        };
    }
    if at.is_null() {
        *at = Value::Object(Map::new());
    }
    let KeyStep::Name(name) = last else { return Err(bad()) };
    let map = at.as_object_mut().ok_or_else(bad)?;
    let secret = is_secret(name);
    match value {
        Value::Null if !secret => drop(map.remove(*name)),
        value => drop(map.insert((*name).to_owned(), value)),
    }
    Ok(())
}

/// Parses and sets `KEY=VALUE`, `KEY=@FILE`, `KEY=@-` or `KEY=` (clears the value). A value that starts with `[` is a TOML
/// list.
pub(super) fn set(settings: &mut Value, pair: &str) -> Result<(), CliError> {
    let (key, typed) = pair.split_once('=').ok_or_else(|| CliError::usage("error-pair").why(pair))?;
    let key = key.trim();
    known(key)?;
    if is_number_of_relay(key) {
        return Err(CliError::usage("error-key-own").why(key));
    }
    let name = key.rsplit('.').next().unwrap_or(key);
    if is_secret(name) && !typed.is_empty() && !typed.starts_with('@') {
        return Err(CliError::usage("error-secret-on-command-line").why(key).todo("hint-secret-on-command-line"));
    }
    let value = match typed.strip_prefix('@') {
        _ if typed.is_empty() => Value::Null,
        // Reads these secrets as one line without echo. A PEM text has many lines and comes from a file.
        Some("-")
            if (name == "password" || name.starts_with("client_secret") || name == "webhook_secret")
                && std::io::stdin().is_terminal() =>
        {
            Value::String(typed_unseen(key)?)
        }
        Some(file) => Value::String(from_file(file)?),
        None if typed.starts_with('[') => list(key, typed)?,
        None => Value::String(typed.to_owned()),
    };
    put(settings, key, value)
}

/// Reads one line from the terminal without echo.
fn typed_unseen(key: &str) -> Result<String, CliError> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let failed = |error: std::io::Error| CliError::usage("error-file").why(format!("-: {error}"));
    let stdin = std::io::stdin();
    let before = tcgetattr(&stdin).map_err(|error| failed(error.into()))?;
    let mut quiet = before.clone();
    quiet.local_modes.remove(LocalModes::ECHO);
    eprint!("{key}: ");
    tcsetattr(&stdin, OptionalActions::Now, &quiet).map_err(|error| failed(error.into()))?;
    let mut line = String::new();
    let read = stdin.read_line(&mut line);
    // Restores the echo even if reading failed.
    tcsetattr(&stdin, OptionalActions::Now, &before).map_err(|error| failed(error.into()))?;
    eprintln!();
    read.map_err(failed)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Reads a value from a file. Drops one final line end: it belongs to the file, not to the value.
fn from_file(file: &str) -> Result<String, CliError> {
    let text = input::text(file.as_ref()).map_err(|error| CliError::usage("error-file").why(format!("{file}: {error}")))?;
    let bare = text.strip_suffix('\n').map(|text| text.strip_suffix('\r').unwrap_or(text));
    Ok(bare.unwrap_or(&text).to_owned())
}

fn list(key: &str, typed: &str) -> Result<Value, CliError> {
    #[derive(serde::Deserialize)]
    struct ListLine {
        list: Value,
    }
    let parsed = toml::from_str::<ListLine>(&format!("list = {typed}"));
    let wrong = |error: toml::de::Error| CliError::usage("error-list").why(format!("{key}: {}", error.to_string().trim_end()));
    Ok(parsed.map_err(wrong)?.list)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_set_found_and_cleared() {
        let mut settings = json!({});
        for pair in [
            "email.from=a@x",
            "email.relay.port=25",
            "email.contacts.admin=[\"a@x\", \"b@x\"]",
            "email.fallback[0].relay.host=mx",
            "email.fallback[1].relay.host=second",
        ] {
            assert!(set(&mut settings, pair).is_ok(), "{pair}");
        }
        let found = |settings: &Value, key: &str| find(settings, key).ok().flatten().cloned();
        assert_eq!(found(&settings, "email.contacts.admin"), Some(json!(["a@x", "b@x"])));
        assert_eq!(found(&settings, "email.fallback[0].relay.host"), Some(json!("mx")));
        assert!(set(&mut settings, "email.fallback[0]=").is_ok(), "an entry of a list can be removed");
        assert_eq!(found(&settings, "email.fallback[0].relay.host"), Some(json!("second")));
        assert!(set(&mut settings, "email.from=").is_ok());
        assert_eq!(found(&settings, "email.from"), None);
        assert!(set(&mut settings, "email.auth.password=").is_ok());
        assert_eq!(found(&settings, "email.auth.password"), Some(Value::Null), "an emptied secret is cleared, not kept");
    }

    #[test]
    fn bad_keys_and_secrets_on_command_line_are_refused() {
        let mut settings = json!({});
        for bad in [
            "email.auth.password=hunter2",
            "email.oauth2.client_secret=x",
            "email.from",
            "email.fallback[x].a=1",
            "email.fallback[7].a=1",
            "email.fallback[7].relay.host=x",
            "email.fallback[7]=",
            "email.fallback[0]=x",
            "email.fallbak[0]=",
            "email.fallback[0].relais.host=x",
            "email.relay.id=5",
            "email.relay.id=",
            "email.fallback[0].relay.id=5",
        ] {
            let fault = set(&mut settings, bad).expect_err(bad);
            assert!(!fault.to_string().contains("hunter2"));
            if bad.starts_with("email.fallbak") {
                assert!(fault.to_string().contains("unknown field `fallbak`"), "{fault}");
            }
            if bad.contains("relay.id") {
                assert!(fault.to_string().contains("cannot be set"), "{fault}");
            }
            if bad.starts_with("email.fallback[7].relay") {
                assert!(fault.to_string().contains("this list is empty"), "{fault}");
            }
        }
    }
}

//! Compares two drafts, and merges three into one.

use model::Secret;
use model::audit::Difference;
use model::hex;
use model::settings::{Draft, covered, parse};
use ring::digest::{SHA256, digest};
use serde_json::Value;

/// Longest shown value, in characters.
const SHOWN_MAX: usize = 200;

/// Returns every key that differs. A draft writes its secrets as set or not set.
pub fn compare(before: &Draft, after: &Draft) -> Vec<Difference> {
    let flat = |draft: &Draft| {
        let mut keys = Vec::new();
        flatten("", &serde_json::to_value(draft).unwrap_or(Value::Null), &mut keys);
        keys
    };
    let (old, new) = (flat(before), flat(after));
    let find = |list: &[(String, String)], key: &str| list.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone());
    let gone = old.iter().filter(|(key, _)| find(&new, key).is_none());
    let gone = gone.map(|(key, value)| Difference { key: key.clone(), before: Some(value.clone()), after: None });
    let changed = new.iter().filter(|(key, value)| find(&old, key).as_ref() != Some(value));
    let changed =
        changed.map(|(key, value)| Difference { key: key.clone(), before: find(&old, key), after: Some(value.clone()) });
    let is_change = |difference: &Difference| match (&difference.before, &difference.after) {
        (None, Some(_)) => !is_default(after, &difference.key),
        (Some(_), None) => !is_default(before, &difference.key),
        _ => true,
    };
    changed.chain(gone).filter(is_change).map(shown).collect()
}

/// True if the draft means the same without this key: its value is the default.
fn is_default(draft: &Draft, key: &str) -> bool {
    // Every secret is there: what counts is the rest.
    let parsed = |draft: &Draft| parse(draft, &|_| Some(Secret::new("set"))).ok();
    let without = || serde_json::from_value(without(serde_json::to_value(draft).ok()?, key)?).ok();
    match (parsed(draft), without().as_ref().and_then(parsed)) {
        (Some(with), Some(without)) => with == without,
        _ => false,
    }
}

/// The value without the key at this path, such as `email.fallback[0].relay.port`.
fn without(mut value: Value, path: &str) -> Option<Value> {
    let mut at = &mut value;
    let (parents, last) = path.rsplit_once('.').unwrap_or(("", path));
    for part in parents.split('.').filter(|part| !part.is_empty()) {
        let (name, index) = match part.split_once('[') {
            Some((name, index)) => (name, index.strip_suffix(']')?.parse::<usize>().ok()),
            None => (part, None),
        };
        at = at.get_mut(name)?;
        if let Some(index) = index {
            at = at.get_mut(index)?;
        }
    }
    at.as_object_mut()?.remove(last)?;
    Some(value)
}

/// The form for logs and pages: shortened, and with the URLs of webhooks and heartbeat masked. Knowing such a URL is enough to call it.
fn shown(difference: Difference) -> Difference {
    let is_secret_url = matches!(difference.key.as_str(), "alarm.webhooks" | "alarm.heartbeat_url");
    let short = |text: String| match text.starts_with("-----BEGIN") {
        true => format!("PEM {}…", &hex(digest(&SHA256, text.as_bytes()).as_ref())[..8]),
        false => if is_secret_url { covered(&text) } else { text.replace(['\r', '\n'], " ") }.chars().take(SHOWN_MAX).collect(),
    };
    Difference { before: difference.before.map(short), after: difference.after.map(short), ..difference }
}

/// Merges three drafts: values that `mine` did not change since `base` are taken from `theirs`. If both changed a value, `mine`
/// wins. A list counts as one value.
pub fn merge(base: &Draft, theirs: &Draft, mine: &Draft) -> Draft {
    let value = |draft: &Draft| serde_json::to_value(draft).unwrap_or(Value::Null);
    let merged = merged(&value(base), &value(theirs), &value(mine));
    // The merged value has the structure of a draft, so it parses.
    serde_json::from_value(merged).unwrap_or_else(|_| mine.clone())
}

fn merged(base: &Value, theirs: &Value, mine: &Value) -> Value {
    match (theirs, mine) {
        _ if base == mine => theirs.clone(),
        (Value::Object(theirs), Value::Object(mine)) => {
            let keys = theirs.keys().chain(mine.keys().filter(|key| !theirs.contains_key(*key)));
            let of = |map: &serde_json::Map<String, Value>, key: &str| map.get(key).cloned().unwrap_or(Value::Null);
            let entry = |key: &String| (key.clone(), merged(&base[key.as_str()], &of(theirs, key), &of(mine, key)));
            Value::Object(keys.map(entry).filter(|(_, value)| !value.is_null()).collect())
        }
        _ => mine.clone(),
    }
}

fn flatten(path: &str, value: &Value, out: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                flatten(&if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, value, out);
            }
        }
        Value::Array(list) if list.iter().any(Value::is_object) => {
            for (i, value) in list.iter().enumerate() {
                flatten(&format!("{path}[{i}]"), value, out);
            }
        }
        Value::Array(list) => {
            let texts: Vec<String> =
                list.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect();
            // Lines and spaces between entries are no change.
            out.push((path.to_owned(), texts.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")));
        }
        // The node assigns this number, and it says nothing to people.
        _ if path.ends_with("relay.id") => {}
        Value::String(text) => out.push((path.to_owned(), text.clone())),
        other => out.push((path.to_owned(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page sends every field, a file only some. A field that has its default in one and is missing in the other is no change.
    #[test]
    fn default_that_was_not_written_is_no_change() {
        let draft = |relay: Value| {
            let mut draft: Draft = serde_json::from_value(serde_json::json!({ "email": {
                "from": "a@x.example", "relay": relay, "contacts": { "admin": ["a@x.example"] },
                "auth": { "type": "password", "username": "u", "password": { "set": true } },
            } }))
            .expect("legal");
            model::settings::ensure_ids(&mut draft, None);
            draft
        };
        let short = draft(serde_json::json!({ "host": "h.example", "port": 25 }));
        let full = draft(serde_json::json!({
            "host": "h.example", "port": 587, "encryption": "starttls", "address_family": "any", "name": "main"
        }));
        let keys = |before: &Draft, after: &Draft| compare(before, after).into_iter().map(|found| found.key).collect::<Vec<_>>();
        assert_eq!(keys(&short, &full), ["email.relay.port"]);
        assert_eq!(keys(&full, &short), ["email.relay.port"]);
        let other = draft(serde_json::json!({ "host": "h.example", "port": 587, "address_family": "ipv4" }));
        assert_eq!(keys(&short, &other), ["email.relay.address_family", "email.relay.port"]);
    }

    /// A change is found at any depth of the draft. Webhook URLs are masked.
    #[test]
    fn difference_is_found_anywhere_and_masks_webhooks() {
        let draft = |text: String| serde_json::from_str::<Draft>(&text).expect("legal");
        let hooks = |last: &str| {
            draft(format!(r#"{{"alarm":{{"webhooks":["https://h/{}","slack:https://s/{last}"]}}}}"#, "x".repeat(300)))
        };
        let found = compare(&hooks("one"), &hooks("two"));
        assert_eq!(found.len(), 1, "they differ beyond the shown characters");
        assert_eq!((found[0].key.as_str(), found[0].after.as_deref()), ("alarm.webhooks", Some("https://h/… slack:https://s/…")));
        let long = |last: &str| draft(format!(r#"{{"email":{{"from":"{}{last}"}}}}"#, "a".repeat(400)));
        assert_eq!(compare(&long("1"), &long("2"))[0].before.as_ref().map(String::len), Some(SHOWN_MAX));
    }

    #[test]
    fn merge_takes_theirs_for_untouched_values() {
        let draft = |text: &str| serde_json::from_str::<Draft>(text).expect("legal");
        let base = draft(r#"{"email":{"from":"a@x","bounce_address":"b@x","contacts":{"admin":["one@x"]}}}"#);
        let theirs = draft(r#"{"email":{"from":"new@x","contacts":{"admin":["one@x","two@x"]},"relay":{"host":"h"}}}"#);
        let mine = draft(r#"{"email":{"from":"a@x","bounce_address":"mine@x","contacts":{"admin":["three@x"]}}}"#);
        let merged = merge(&base, &theirs, &mine).email;
        assert_eq!(merged.from.as_deref(), Some("new@x"), "changed by them alone");
        assert_eq!(merged.bounce_address.as_deref(), Some("mine@x"), "cleared by them, changed here");
        assert_eq!(merged.contacts.admin, ["three@x"], "changed by both: mine wins");
        assert_eq!(merged.relay.host.as_deref(), Some("h"), "new from them");
    }
}

//! The settings as a form. The name of a field is the key of its setting. Typed values come back unchanged, even if
//! wrong; secrets never come back.

use admin::settings::labels::{label, place};
use admin::words::say;
use model::Language;
use model::settings::{Cloud, Draft, MethodKind, Provider, SettingFault};
use serde_json::{Map, Value};

use super::guide::CLIENT_FILE;

/// Checkboxes. A form does not send an unticked checkbox.
const TICKS: [&str; 2] = ["email.auth.allow_unencrypted", "email.daily.enabled"];
/// Fields whose value is never shown again. An empty field keeps the stored secret.
pub(super) const SECRETS: [&str; 6] = [
    "alarm.webhook_secret",
    "email.auth.password",
    "email.relay.client_key",
    "email.oauth2.client_secret",
    "email.oauth2.client_secret_next",
    "email.oauth2.key",
];
/// Lists. The form has an entry on each line.
const LISTS: [&str; 3] = ["email.contacts.admin", "email.relay.pins", "alarm.webhooks"];
/// Fields of a form that are not settings: the button, the revision, the choice of trust and others.
const OWN: [&str; 8] = ["do", "revision", "base", "test", "clear", "trust", "lang", CLIENT_FILE];

/// Returns the keys of typed secrets and of the secret to be cleared. Their values are never sent back.
pub(super) fn secrets_in(pairs: &[(String, String)]) -> Vec<String> {
    let typed = pairs.iter().filter(|(key, value)| SECRETS.contains(&key.as_str()) && !value.is_empty());
    let cleared = Some(value_of(pairs, "clear").to_owned()).filter(|key| !key.is_empty());
    typed.map(|(key, _)| key.clone()).chain(cleared).collect()
}

/// True if the form has no field for this setting.
pub(super) fn is_hidden(key: &str) -> bool {
    key.starts_with("email.fallback")
}

/// Most parts of a setting's key.
const STEPS_MAX: usize = 4;

/// Values that the form sends for settings without a value: its choices always have an option selected.
const CHOSEN: [(&str, &str); 10] = [
    ("email.auth.allow_unencrypted", "false"),
    ("email.daily.enabled", "false"),
    ("email.relay.encryption", "starttls"),
    ("email.relay.address_family", "any"),
    ("email.auth.type", "none"),
    ("email.auth.mechanism", "auto"),
    ("email.oauth2.provider", "other"),
    ("email.oauth2.cloud", "public"),
    ("email.oauth2.method", "user"),
    ("site.language", "en"),
];

/// Returns the draft that the form would send back unchanged.
pub(super) fn as_shown(draft: &Draft) -> Draft {
    let mut whole = serde_json::to_value(draft).unwrap_or(Value::Null);
    for (key, chosen) in CHOSEN {
        if key.split('.').fold(&whole, |value, step| &value[step]).is_null() {
            put(&mut whole, key, Value::String(chosen.into()));
        }
    }
    serde_json::from_value(whole).unwrap_or_else(|_| draft.clone())
}

/// Returns the names and values of a form, in order.
pub(super) fn pairs(body: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(body).map(|(key, value)| (key.into_owned(), value.into_owned())).collect()
}

pub(super) fn value_of<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
}

/// The form holds a field that is no setting: the page and the program are of different versions.
#[derive(Debug, thiserror::Error)]
pub(super) enum FormFault {
    #[error("not a setting: {0}…")]
    TooDeep(String),
    /// In the words of the reader. They name no value: it may be a secret in the wrong field.
    #[error("{0}")]
    Unknown(String),
    #[error("a field has a value of the wrong type")]
    Kind,
}

/// Returns the stored draft with the form's fields applied.
pub(super) fn draft(stored: &Draft, pairs: &[(String, String)]) -> Result<Draft, FormFault> {
    let mut whole = serde_json::to_value(stored).map_err(|error| FormFault::Unknown(error.to_string()))?;
    for tick in TICKS {
        put(&mut whole, tick, Value::String("false".into()));
    }
    for (key, typed) in pairs.iter().filter(|(key, _)| !OWN.contains(&key.as_str())) {
        // A deep key would build a deep value. Its drop would need as much stack.
        if key.split('.').count() > STEPS_MAX {
            return Err(FormFault::TooDeep(key.chars().take(40).collect()));
        }
        let typed = typed.replace("\r\n", "\n");
        match (SECRETS.contains(&key.as_str()), typed.is_empty()) {
            (true, true) => {}
            (false, true) => put(&mut whole, key, Value::Null),
            _ if LISTS.contains(&key.as_str()) => put_list(&mut whole, key, &typed),
            _ => put(&mut whole, key, Value::String(typed)),
        }
    }
    let trust = value_of(pairs, "trust");
    if trust != "ca" {
        put(&mut whole, "email.relay.ca", Value::Null);
    }
    if trust != "pin" {
        put(&mut whole, "email.relay.pins", Value::Array(Vec::new()));
    }
    let clear = value_of(pairs, "clear");
    if SECRETS.contains(&clear) {
        put(&mut whole, clear, Value::Null);
        // Null in a draft clears a secret; an absent key would keep it.
    }
    serde_json::from_value(whole).map_err(|error| match error.to_string() {
        unknown if unknown.starts_with("unknown field") => {
            FormFault::Unknown(unknown.split(", expected").next().unwrap_or("").to_owned())
        }
        _ => FormFault::Kind,
    })
}

/// Puts a list that was typed with an entry on each line. One with the same words as the stored one changes nothing.
fn put_list(whole: &mut Value, key: &str, typed: &str) {
    let stored = key.split('.').fold(&*whole, |value, step| &value[step]);
    let stored = stored.as_array().map(|list| list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "));
    if stored.is_some_and(|stored| stored.split_whitespace().eq(typed.split_whitespace())) {
        return;
    }
    let lines = typed.lines().map(str::trim).filter(|line| !line.is_empty());
    put(whole, key, Value::Array(lines.map(|line| Value::String(line.to_owned())).collect()));
}

fn put(whole: &mut Value, key: &str, value: Value) {
    let mut at = whole;
    let mut steps = key.split('.').peekable();
    while let Some(step) = steps.next() {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        let Value::Object(map) = at else { return };
        if steps.peek().is_none() {
            let secret = SECRETS.contains(&key);
            match value {
                Value::Null if !secret => drop(map.remove(step)),
                value => drop(map.insert(step.to_owned(), value)),
            }
            return;
        }
        at = map.entry(step).or_insert_with(|| Value::Object(Map::new()));
    }
}

/// A field with its label and the words for its fault.
pub(super) struct FieldFault {
    pub(super) field: String,
    pub(super) label: String,
    pub(super) words: String,
}

/// Values and messages of the fields on the page.
pub(super) struct Form {
    values: Value,
    /// The stored settings. Only they tell which secrets are set.
    stored: Value,
    /// Keys of secrets that were typed, or marked for clearing, in a form that was not saved.
    dropped: Vec<String>,
    faults: Vec<FieldFault>,
}

impl Form {
    pub(super) fn new(stored: &Draft, draft: &Draft, faults: &[SettingFault], language: Language) -> Self {
        let value = |draft: &Draft| serde_json::to_value(draft).unwrap_or(Value::Null);
        let (values, stored) = (value(draft), value(stored));
        let fault = |fault: &SettingFault| FieldFault {
            field: fault.field.clone(),
            label: label(&fault.field, language),
            words: say(language, &fault.wrong.phrase()),
        };
        let mut faults: Vec<FieldFault> = faults.iter().map(fault).collect();
        faults.sort_by_key(|fault| place(&fault.field).unwrap_or(usize::MAX));
        Self { values, stored, dropped: Vec::new(), faults }
    }

    /// Remembers the secrets of an unsaved form that the user must type again.
    pub(super) fn without(self, dropped: Vec<String>) -> Self {
        Self { dropped, ..self }
    }

    pub(super) fn dropped(&self, key: &str) -> bool {
        self.dropped.iter().any(|dropped| dropped == key)
    }

    fn at(&self, key: &str) -> &Value {
        key.split('.').fold(&self.values, |value, step| &value[step])
    }

    /// Returns the value as typed; never a secret.
    pub(super) fn v(&self, key: &str) -> String {
        match self.at(key) {
            Value::String(text) if !SECRETS.contains(&key) => text.clone(),
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
            value @ (Value::Number(_) | Value::Bool(_)) => value.to_string(),
            _ => String::new(),
        }
    }

    /// Returns the default that an empty field stands for. Empty if there is none.
    pub(super) fn usual(&self, key: &str) -> String {
        let text = |key: &str| self.v(key);
        if text("email.auth.type") != "oauth2" {
            return String::new();
        }
        let provider = Provider::of_name(Some(text("email.oauth2.provider").as_str())).unwrap_or(Provider::Other);
        let cloud = Cloud::of_name(&text("email.oauth2.cloud"));
        let tenant = Some(text("email.oauth2.tenant")).filter(|tenant| !tenant.is_empty());
        let endpoints = || provider.endpoints(cloud, tenant.as_deref());
        let usual = match key {
            "email.relay.host" => provider.relay_host().map(str::to_owned),
            "email.oauth2.scopes" => provider.default_scopes(cloud, MethodKind::of_name(&text("email.oauth2.method"))),
            "email.oauth2.authorization_endpoint" => endpoints().map(|(authorization, _)| authorization),
            "email.oauth2.token_endpoint" => endpoints().map(|(_, token)| token),
            _ => None,
        };
        usual.unwrap_or_default()
    }

    pub(super) fn is(&self, key: &str, value: &str) -> bool {
        self.v(key) == value
    }

    /// True if a secret is stored.
    pub(super) fn set(&self, key: &str) -> bool {
        key.split('.').fold(&self.stored, |value, step| &value[step])["set"] == Value::Bool(true)
    }

    pub(super) fn trust(&self) -> &'static str {
        let is_chosen = |key: &str| !self.v(key).is_empty() || self.err(key).is_some();
        match (is_chosen("email.relay.pins"), is_chosen("email.relay.ca")) {
            (true, _) => "pin",
            (false, true) => "ca",
            (false, false) => "system",
        }
    }

    pub(super) fn err(&self, key: &str) -> Option<&str> {
        self.faults.iter().find(|fault| fault.field == key).map(|fault| fault.words.as_str())
    }

    /// True if a field whose key begins with one of these (separated by spaces) has a fault.
    pub(super) fn any_err(&self, starts: &str) -> bool {
        self.faults.iter().any(|fault| starts.split(' ').any(|start| fault.field.starts_with(start)))
    }

    /// Returns every fault in the order of the form. Faults of settings outside the form come last.
    pub(super) fn faults(&self) -> &[FieldFault] {
        &self.faults
    }

    /// Returns the anchor of a field.
    pub(super) fn anchor(field: &str) -> String {
        field.replace(['.', '[', ']'], "-")
    }
}

/// Returns the default port of an encryption.
pub(super) fn usual_port(draft: &Draft) -> &'static str {
    match draft.email.relay.encryption.as_deref() {
        Some("none") => "25",
        Some("tls") => "465",
        _ => "587",
    }
}

#[cfg(test)]
mod tests {
    use admin::settings::labels::FIELDS;
    use model::settings::Scalar;

    use super::*;

    fn form(fields: &[(&str, &str)]) -> Vec<(String, String)> {
        fields.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn page_fields_have_labels_in_page_order() {
        let page = include_str!("../../templates/email.html");
        let at = |key: &str| page.find(&format!("\"{key}\"")).unwrap_or_else(|| panic!("{key} is not on the page"));
        let order: Vec<usize> = FIELDS.iter().map(|(key, _)| at(key)).collect();
        assert!(order.is_sorted(), "{order:?}");
        for named in page.split("name=\"").skip(1).filter_map(|rest| rest.split('"').next()).filter(|name| name.contains('.')) {
            assert!(place(named).is_some(), "{named} has no label");
        }
    }

    #[test]
    fn form_changes_its_own_fields_and_keeps_rest() {
        let mut stored = Draft::default();
        stored.queue.keep_notices = Some("30d".into());
        stored.email.daily.enabled = Some(Scalar("true".into()));
        stored.email.relay.ca = Some("PEM".into());
        let typed = form(&[
            ("email.relay.host", "mail.example"),
            ("email.relay.port", ""),
            ("email.contacts.admin", "a@x b@x"),
            ("trust", "system"),
        ]);
        let draft = draft(&stored, &typed).expect("known fields");
        assert_eq!(draft.email.relay.host.as_deref(), Some("mail.example"));
        assert_eq!((draft.email.relay.port, draft.email.relay.ca), (None, None));
        assert_eq!(draft.email.daily.enabled, Some(Scalar("false".into())), "an empty tick box says nothing");
        assert_eq!(draft.queue.keep_notices.as_deref(), Some("30d"));
        assert_eq!(draft.email.contacts.admin, ["a@x b@x"]);
    }

    /// A list that was entered elsewhere comes back with an entry on each line: nothing has changed.
    #[test]
    fn untouched_list_is_no_change() {
        let stored: Draft = serde_json::from_str(r#"{"email":{"contacts":{"admin":["a@x","b@x"]}}}"#).expect("legal");
        let contacts = |typed: &str| {
            let draft = draft(&stored, &form(&[("email.contacts.admin", typed)])).expect("known fields");
            draft.email.contacts.admin.clone()
        };
        assert_eq!(contacts("a@x\r\nb@x"), ["a@x", "b@x"]);
        assert_eq!(contacts(" a@x b@x\n"), ["a@x", "b@x"]);
        assert_eq!(contacts("a@x\r\n\r\nc@x, d@x\r\n"), ["a@x", "c@x, d@x"]);
        assert_eq!(contacts(""), Vec::<String>::new());
    }

    /// An empty secret keeps the stored one, a typed one sets it, and only the button clears it.
    #[test]
    fn secret_is_kept_if_empty_and_cleared_by_button_only() {
        let stored: Draft = serde_json::from_str(r#"{"email":{"auth":{"password":{"set":true}}}}"#).expect("legal");
        let password = |fields: &[(&str, &str)]| {
            let draft = draft(&stored, &form(fields)).expect("known fields");
            serde_json::to_value(&draft).expect("serialises")["email"]["auth"]["password"]["set"].clone()
        };
        assert_eq!(password(&[("email.auth.password", "")]), true);
        assert_eq!(password(&[("email.auth.password", "new")]), true);
        assert_eq!(password(&[("email.auth.password", ""), ("clear", "email.auth.password")]), Value::Null);
        let typed = form(&[("email.auth.password", "hunter2")]);
        let typed_draft = draft(&Draft::default(), &typed).expect("known");
        let shown = Form::new(&Draft::default(), &typed_draft, &[], Language::En).without(secrets_in(&typed));
        let key = "email.auth.password";
        assert_eq!((shown.v(key), shown.set(key), shown.dropped(key)), (String::new(), false, true), "it must be typed again");
    }

    #[test]
    fn unknown_field_is_named_in_error() {
        let deep = "a.".repeat(20_000);
        assert!(draft(&Draft::default(), &form(&[(deep.as_str(), "x")])).is_err(), "refused, and not built");
        let fault = draft(&Draft::default(), &form(&[("email.relay.hots", "x")])).err().expect("refused");
        assert!(fault.to_string().contains("hots"), "{fault}");
    }
}

//! Tests of the OpenAPI document: its schemas, references and names.

use std::collections::BTreeSet;

use serde_json::Value;

use super::openapi;

/// Keywords that constrain a value (JSON Schema 2020-12).
const CONSTRAINTS: [&str; 7] = ["type", "$ref", "oneOf", "anyOf", "allOf", "enum", "const"];

fn document() -> Value {
    serde_json::to_value(openapi()).expect("JSON")
}

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().expect("paths").iter();
    let each = paths.flat_map(|(path, item)| item.as_object().into_iter().flatten().map(move |(method, o)| (path, method, o)));
    each.map(|(path, method, operation)| (format!("{method} {path}"), operation)).collect()
}

/// Finds schemas without constraints. Follows each reference once.
struct Search<'a> {
    document: &'a Value,
    seen: BTreeSet<String>,
    found: Vec<String>,
}

impl Search<'_> {
    fn visit(&mut self, schema: &Value, place: &str) {
        if !CONSTRAINTS.iter().any(|keyword| schema.get(*keyword).is_some()) {
            self.found.push(format!("{place}: {schema}"));
        }
        if let Some(target) = schema["$ref"].as_str().filter(|target| self.seen.insert((*target).to_owned())) {
            let part = self.document.pointer(target.trim_start_matches('#')).cloned();
            self.visit(&part.unwrap_or_default(), target);
        }
        let options = ["oneOf", "anyOf", "allOf"].into_iter().filter_map(|key| schema[key].as_array()).flatten();
        let parts = schema["properties"].as_object().into_iter().flatten().map(|(_, part)| part);
        for part in options.chain(parts).chain(schema.get("items")).chain(schema.get("additionalProperties")) {
            self.visit(part, &format!("{place} {schema}"));
        }
    }
}

#[test]
fn openapi_success_bodies_have_schemas() {
    let document = document();
    let mut search = Search { document: &document, seen: BTreeSet::new(), found: Vec::new() };
    let mut bodies = 0;
    for (operation, definition) in operations(&document) {
        let answers =
            definition["responses"].as_object().expect("responses").iter().filter(|(status, _)| status.starts_with('2'));
        for (status, answer) in answers {
            for (kind, content) in answer["content"].as_object().into_iter().flatten() {
                bodies += 1;
                search.visit(&content["schema"], &format!("{operation} {status} {kind}"));
            }
        }
        for (kind, content) in definition["requestBody"]["content"].as_object().into_iter().flatten() {
            let schema = &content["schema"];
            assert!(CONSTRAINTS.iter().any(|keyword| schema.get(*keyword).is_some()), "{operation} {kind}: {schema}");
        }
    }
    assert!(bodies >= 32, "{bodies} bodies");
    assert!(search.found.is_empty(), "\n{}", search.found.join("\n"));
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
            map.values().for_each(|value| references(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn openapi_references_resolve_and_ids_are_unique() {
    let document = document();
    let mut targets = BTreeSet::new();
    references(&document, &mut targets);
    let lost: Vec<_> = targets.iter().filter(|target| document.pointer(target.trim_start_matches('#')).is_none()).collect();
    assert!(targets.len() > 30 && lost.is_empty(), "{lost:?}");
    let operations = operations(&document);
    let ids: BTreeSet<&str> = operations.iter().filter_map(|(_, of)| of["operationId"].as_str()).collect();
    assert_eq!(ids.len(), operations.len());
}

#[test]
fn openapi_names_are_those_of_the_model() {
    use api::{accounts, alarm, events, incidents, messages, oauth, queue, report, status, tokens};
    use model::hold::HoldCause;
    use model::message::Fate;
    let assert_same_names = |names: &[&'static str], known: &[&str]| assert_eq!(names, known);
    assert_same_names(&model::account::Role::ALL.map(|role| role.name()), accounts::RoleName::NAMES);
    assert_same_names(&model::scope::Scope::ALL.map(|scope| scope.name()), tokens::ScopeName::NAMES);
    assert_same_names(&model::event::Severity::ALL.map(|severity| severity.name()), events::SeverityName::NAMES);
    assert_same_names(&model::incident::IncidentAct::NAMES, events::ActName::NAMES);
    assert_same_names(&model::incident::IncidentState::NAMES, incidents::IncidentStateName::NAMES);
    assert_same_names(&model::incident::NoticeKind::ALL.map(|kind| kind.name()), events::NoticeKindName::NAMES);
    assert_same_names(&model::message::Class::ALL.map(|class| class.name()), messages::ClassName::NAMES);
    assert_same_names(&store::MessageState::ALL.map(|state| state.name()), messages::MessageStateName::NAMES);
    assert_same_names(&store::QueueAction::ALL.map(|verb| verb.name()), queue::VerbName::NAMES);
    assert_same_names(&smtp::client::Stage::ALL.map(|stage| stage.name()), report::StageName::NAMES);
    assert_same_names(&model::oauth::GrantPhase::NAMES, oauth::GrantStateName::NAMES);
    assert_same_names(&model::settings::Provider::NAMES.map(|(name, _)| name), oauth::ProviderName::NAMES);
    let fates = [Fate::Waiting, Fate::Accepted, Fate::Refused, Fate::Cancelled];
    assert_same_names(&fates.map(|fate| fate.name()), messages::FateName::NAMES);
    let states: BTreeSet<&str> = HoldCause::ALL.map(HoldCause::name).into_iter().chain(["open", "checking", "trial"]).collect();
    assert_eq!(states, status::RelayStateName::NAMES.iter().copied().collect());
    for name in ["json", "ntfy", "slack", "heartbeat"] {
        assert!(alarm::AlarmKindName::NAMES.contains(&name), "{name}");
    }
}

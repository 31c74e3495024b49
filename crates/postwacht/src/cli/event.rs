//! `postwacht event …`: scripts raise and resolve events, operators list and acknowledge them.

use std::collections::BTreeMap;

use api::events::{NewEvent, NoticePreview, PreviewRequest, RecordedEvent};
use api::incidents::{IncidentListing, IncidentQuery, IncidentStateName, IncidentWithHistory};
use hyper::{Method, StatusCode};
use model::Phrase;
use model::id::IncidentId;
use serde_json::Value;

use super::context::CliContext;
use super::report;
use crate::answer::{NodeAnswer, Parsed};
use crate::client::NodeClient;
use crate::error::{CliError, Exit};
use crate::path::with_query;
use crate::terminal::word;

#[derive(clap::Subcommand)]
pub(super) enum EventVerb {
    Raise {
        code: String,
        #[arg(long, value_name = "S", value_parser = ["info", "warning", "error", "critical"])]
        severity: String,
        #[arg(long, value_name = "O", default_value = "")]
        object: String,
        #[arg(long, value_name = "K=V")]
        fact: Vec<String>,
    },
    Resolve {
        code: String,
        #[arg(long, value_name = "O", default_value = "")]
        object: String,
    },
    List {
        #[arg(long)]
        all: bool,
        #[arg(long, value_name = "CODE")]
        code: Option<String>,
    },
    Show {
        id: IncidentId,
    },
    Acknowledge {
        id: IncidentId,
    },
    Preview {
        code: String,
        #[arg(long, value_name = "K", value_parser = ["raised", "reminder", "worse", "resolved", "obsolete", "ended", "unstable", "happened"])]
        kind: Option<String>,
        #[arg(long, value_name = "L", value_parser = ["en", "nl"])]
        language: Option<String>,
        #[arg(long)]
        html: bool,
    },
}

pub(super) async fn run(context: &CliContext, verb: EventVerb) -> Result<Exit, CliError> {
    let node = NodeClient::running(&context.bootstrap).await?;
    match verb {
        EventVerb::Raise { code, severity, object, fact } => {
            let event = NewEvent { code, object, severity: Some(severity), facts: facts(&fact)?, ..NewEvent::default() };
            say_id(context, &node.post("/events", &event).await?);
        }
        EventVerb::Resolve { code, object } => {
            let event = NewEvent { code, object, state: Some("resolved".into()), ..NewEvent::default() };
            let answer = node.call(Method::POST, "/events", &event, &[]).await?;
            let Some(recorded) = open(context, answer)? else { return Ok(Exit::No) };
            say_id(context, &recorded);
        }
        EventVerb::List { all, code } => {
            let query = IncidentQuery { open: (!all).then_some(true), code, ..IncidentQuery::default() };
            list(context, &pages(&node, query).await?);
        }
        EventVerb::Show { id } => show(context, node.get(&format!("/incidents/{id}")).await?),
        EventVerb::Acknowledge { id } => {
            let answer = node.call(Method::POST, &format!("/incidents/{id}/acknowledge"), &(), &[]).await?;
            if open(context, answer)?.is_none() {
                return Ok(Exit::No);
            }
            report::done(context, &Phrase::new("event-acknowledged").with("id", id));
        }
        EventVerb::Preview { code, kind, language, html } => {
            let shown = node.post::<NoticePreview>("/events/preview", &PreviewRequest { code, kind, language }).await?;
            let NoticePreview { subject, text, html: page } = shown.value;
            match (context.json, html) {
                (true, _) => report::json(&shown.json),
                (_, true) => out!("{}", page.unwrap_or_default()),
                _ => out!("{subject}\n\n{}", text.unwrap_or_default()),
            }
        }
    }
    Ok(Exit::Well)
}

fn facts(pairs: &[String]) -> Result<BTreeMap<String, Value>, CliError> {
    let fact = |pair: &String| {
        let (name, value) = pair.split_once('=').ok_or_else(|| CliError::usage("error-pair").why(pair))?;
        Ok((name.to_owned(), Value::String(value.to_owned())))
    };
    pairs.iter().map(fact).collect()
}

/// Reads an answer about an open incident. `None`, with a line for the reader, if no such incident is open: the answer is no,
/// not a fault.
fn open(context: &CliContext, answer: NodeAnswer) -> Result<Option<Parsed<RecordedEvent>>, CliError> {
    let missing = answer.status == StatusCode::NOT_FOUND;
    match answer.parsed() {
        Ok(recorded) => Ok(Some(recorded)),
        Err(error) if missing => {
            match context.json {
                true => eprintln!("{}", error.exiting(Exit::No).json()),
                false => eprint!("{error}"),
            }
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn say_id(context: &CliContext, answer: &Parsed<RecordedEvent>) {
    if context.json { report::json(&answer.json) } else { out!("{}", answer.value.incident) }
}

/// Reads the newest page, or all open incidents page by page.
async fn pages(node: &NodeClient, mut query: IncidentQuery) -> Result<Parsed<IncidentListing>, CliError> {
    let mut found: Parsed<IncidentListing> = node.get(&with_query("/incidents", &query)).await?;
    while let Some(next) = found.value.next.filter(|_| query.open == Some(true)) {
        query.cursor = Some(next);
        let mut more: Parsed<IncidentListing> = node.get(&with_query("/incidents", &query)).await?;
        found.value.next = more.value.next;
        found.value.incidents.append(&mut more.value.incidents);
        append(&mut found.json, more.json);
    }
    Ok(found)
}

/// Appends a page to the answer that `--json` prints.
fn append(found: &mut Value, more: Value) {
    let (Value::Object(found), Value::Object(more)) = (found, more) else { return };
    for (key, value) in more {
        match (found.get_mut(&key), value) {
            (Some(Value::Array(list)), Value::Array(mut further)) => list.append(&mut further),
            (_, value) => drop(found.insert(key, value)),
        }
    }
}

fn list(context: &CliContext, found: &Parsed<IncidentListing>) {
    if context.json {
        return report::json(&found.json);
    }
    let mut rows = vec![["id", "severity", "state", "since", "says"].map(|key| word(&format!("column-{key}"))).to_vec()];
    for incident in &found.value.incidents {
        let severity = word(&format!("severity-{}", incident.severity));
        let state = word(&format!("incident-{}", incident.state));
        let state = if incident.acknowledged.is_some() { format!("{state} ({})", word("incident-taken")) } else { state };
        rows.push(vec![incident.id.to_string(), severity, state, report::seconds(&incident.since), incident.says.clone()]);
    }
    if rows.len() == 1 {
        out!("{}", word("event-none"));
    } else {
        report::table(&rows);
    }
    if found.value.next.is_some() {
        out!("…");
    }
}

fn show(context: &CliContext, incident: Parsed<IncidentWithHistory>) {
    if context.json {
        return report::json(&incident.json);
    }
    let IncidentWithHistory { entry, known, history, messages } = incident.value;
    out!("{}: {}", word(&format!("severity-{}", entry.severity)), entry.says);
    out!("{}\n", entry.body);
    if entry.open || entry.state == IncidentStateName::Happened {
        out!("{} {}\n", word("report-remedy"), entry.todo);
    }
    let mut rows = vec![
        vec![word("column-state"), word(&format!("incident-{}", entry.state))],
        vec![word("column-code"), entry.code],
        vec![word("column-object"), entry.object],
        vec![word("column-opened"), report::seconds(&entry.since)],
        vec![word("column-ended"), entry.ended.as_deref().map(report::seconds).unwrap_or_default()],
    ];
    rows.retain(|row| !row[1].is_empty());
    for fact in known {
        let mut lines = fact.value.lines();
        rows.push(vec![fact.label, lines.next().unwrap_or_default().to_owned()]);
        rows.extend(lines.map(|line| vec![String::new(), line.to_owned()]));
    }
    report::table(&rows);
    out!("");
    for event in history {
        out!("{} {} ({})", report::seconds(&event.at), word(&format!("act-{}", event.act)), event.by);
    }
    for message in messages {
        out!("{} {} {}", report::seconds(&message.at), word(&format!("notice-kind-{}", message.kind)), message.message);
    }
}

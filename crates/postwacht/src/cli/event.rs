//! `postwacht event …`: scripts raise and resolve events, operators list and acknowledge them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{CliError, Context, Exit, report, word};
use crate::client::Node;

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
        id: i64,
    },
    Acknowledge {
        id: i64,
    },
    Preview {
        code: String,
        #[arg(long, value_name = "K", value_parser = ["raised", "reminder", "worse", "resolved", "ended", "unstable", "happened"])]
        kind: Option<String>,
        #[arg(long, value_name = "L", value_parser = ["en", "nl"])]
        language: Option<String>,
        #[arg(long)]
        html: bool,
    },
}

pub(super) async fn run(context: &Context, verb: EventVerb) -> Result<Exit, CliError> {
    let node = Node::running(&context.bootstrap).await?;
    match verb {
        EventVerb::Raise { code, severity, object, fact } => {
            let mut facts = BTreeMap::new();
            for pair in &fact {
                let (name, value) = pair.split_once('=').ok_or_else(|| CliError::usage("error-pair").why(pair))?;
                facts.insert(name, value);
            }
            let body = json!({ "code": code, "object": object, "severity": severity, "facts": facts });
            say_id(context, &node.post("/events", &body).await?.good()?);
        }
        EventVerb::Resolve { code, object } => {
            let body = json!({ "code": code, "object": object, "state": "resolved" });
            let answer = node.post("/events", &body).await?;
            // No such incident is open: the answer is no, not a fault.
            if answer.status == 404 {
                return no(context, answer.good().err());
            }
            say_id(context, &answer.good()?);
        }
        EventVerb::List { all, code } => list(context, &node, all, code.as_deref()).await?,
        EventVerb::Show { id } => show(context, &node.get(&format!("/incidents/{id}")).await?.good()?),
        EventVerb::Acknowledge { id } => {
            let answer = node.post(&format!("/incidents/{id}/acknowledge"), &Value::Null).await?;
            if answer.status == 404 {
                return no(context, answer.good().err());
            }
            answer.good()?;
        }
        EventVerb::Preview { code, kind, language, html } => {
            let body = json!({ "code": code, "kind": kind, "language": language });
            let shown = node.post("/events/preview", &body).await?.good()?;
            match (context.json, html) {
                (true, _) => report::json(&shown),
                (_, true) => out!("{}", shown["html"].as_str().unwrap_or("")),
                _ => out!("{}\n\n{}", shown["subject"].as_str().unwrap_or(""), shown["text"].as_str().unwrap_or("")),
            }
        }
    }
    Ok(Exit::Well)
}

fn no(context: &Context, error: Option<CliError>) -> Result<Exit, CliError> {
    if let Some(error) = error {
        if context.json { eprintln!("{}", error.json()) } else { eprint!("{error}") }
    }
    Ok(Exit::No)
}

fn say_id(context: &Context, answer: &Value) {
    if context.json { report::json(answer) } else { out!("{}", answer["incident"]) }
}

async fn list(context: &Context, node: &Node, all: bool, code: Option<&str>) -> Result<(), CliError> {
    let mut query = if all { Vec::new() } else { vec!["open=true".to_owned()] };
    query.extend(code.map(|code| format!("code={}", super::queue::encoded(code))));
    let asked = query.join("&");
    let mut found = node.get(&format!("/incidents?{asked}")).await?.good()?;
    // Lists all open incidents, page by page. With `--all` it lists only the newest page.
    while let Some(next) = found["next"].as_i64().filter(|_| !all) {
        let mut more = node.get(&format!("/incidents?{asked}&cursor={next}")).await?.good()?;
        let further = more["incidents"].as_array_mut().map(std::mem::take).unwrap_or_default();
        found["next"] = more["next"].take();
        found["incidents"].as_array_mut().into_iter().for_each(|shown| shown.extend_from_slice(&further));
    }
    if context.json {
        report::json(&found);
        return Ok(());
    }
    let mut rows = vec![["id", "severity", "state", "since", "says"].map(|key| word(&format!("column-{key}"))).to_vec()];
    for one in found["incidents"].as_array().into_iter().flatten() {
        let text = |key: &str| one[key].as_str().unwrap_or("").to_owned();
        let since = text("since").chars().take(19).collect::<String>().replace('T', " ");
        let (severity, state) = (word(&format!("severity-{}", text("severity"))), word(&format!("incident-{}", text("state"))));
        rows.push(vec![one["id"].to_string(), severity, state, since, text("says")]);
    }
    if rows.len() == 1 {
        out!("{}", word("event-none"));
    } else {
        report::table(&rows);
    }
    if !found["next"].is_null() {
        out!("…");
    }
    Ok(())
}

fn show(context: &Context, one: &Value) {
    if context.json {
        return report::json(one);
    }
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    out!("{}: {}", word(&format!("severity-{}", text(&one["severity"]))), text(&one["says"]));
    out!("{}\n", text(&one["body"]));
    out!("{} {}\n", word("report-remedy"), text(&one["todo"]));
    let mut rows = vec![
        vec![word("column-state"), word(&format!("incident-{}", text(&one["state"])))],
        vec![word("column-code"), text(&one["code"])],
        vec![word("column-object"), text(&one["object"])],
        vec![word("column-since"), text(&one["since"])],
        vec![word("column-ended"), text(&one["ended"])],
    ];
    rows.retain(|row| !row[1].is_empty());
    let known = one["known"].as_array().into_iter().flatten();
    for row in known {
        let value = text(&row["value"]);
        let mut lines = value.lines();
        rows.push(vec![text(&row["label"]), lines.next().unwrap_or_default().to_owned()]);
        rows.extend(lines.map(|line| vec![String::new(), line.to_owned()]));
    }
    report::table(&rows);
    out!("");
    for event in one["history"].as_array().into_iter().flatten() {
        out!("{} {} ({})", text(&event["at"]), word(&format!("act-{}", text(&event["act"]))), text(&event["by"]));
    }
    for message in one["messages"].as_array().into_iter().flatten() {
        out!(
            "{} {} {}",
            text(&message["at"]),
            word(&format!("notice-kind-{}", text(&message["kind"]))),
            text(&message["message"])
        );
    }
}

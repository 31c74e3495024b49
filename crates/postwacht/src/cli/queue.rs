//! `postwacht queue …`: lists messages and acts on them.

use serde_json::{Value, json};

use super::{CliError, Context, Exit, report, word};
use crate::client::Node;

#[derive(clap::Subcommand)]
pub(super) enum QueueVerb {
    List {
        #[arg(long)]
        state: Option<String>,
        #[arg(long)]
        to: Option<String>,
        #[arg(long)]
        since: Option<String>,
    },
    Show {
        id: String,
    },
    Retry(Which),
    Hold(Which),
    Release(Which),
    Cancel(Ids),
}

#[derive(clap::Args)]
pub(super) struct Which {
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    ids: Vec<String>,
    #[arg(long)]
    all: bool,
}

/// Cancelling is final: it has no `--all`.
#[derive(clap::Args)]
pub(super) struct Ids {
    #[arg(required = true)]
    ids: Vec<String>,
}

pub(super) async fn run(context: &Context, verb: QueueVerb) -> Result<Exit, CliError> {
    match verb {
        QueueVerb::List { state, to, since } => list(context, [("state", state), ("to", to), ("since", since)]).await,
        QueueVerb::Show { id } => show(context, &id).await,
        QueueVerb::Retry(which) => act(context, "retry", which.ids).await,
        QueueVerb::Hold(which) => act(context, "hold", which.ids).await,
        QueueVerb::Release(which) => act(context, "release", which.ids).await,
        QueueVerb::Cancel(ids) => act(context, "cancel", ids.ids).await,
    }
}

/// Percent-encodes all but unreserved characters: RFC 3986 §2.3.
pub(super) fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

async fn list(context: &Context, filter: [(&str, Option<String>); 3]) -> Result<Exit, CliError> {
    let query: Vec<String> =
        filter.into_iter().filter_map(|(key, value)| value.map(|value| format!("{key}={}", encoded(&value)))).collect();
    let node = Node::any(&context.bootstrap).await?;
    let page = node.get(&format!("/messages?{}", query.join("&"))).await?.good()?;
    if context.json {
        report::json(&page);
        return Ok(Exit::Well);
    }
    let mut rows = vec![["id", "state", "accepted", "to", "subject"].map(|key| word(&format!("column-{key}"))).to_vec()];
    for message in page["messages"].as_array().into_iter().flatten() {
        let text = |key: &str| message[key].as_str().unwrap_or("").to_owned();
        let more = message["recipients"].as_u64().unwrap_or(1).saturating_sub(1);
        let to = if more > 0 { format!("{} +{more}", text("to")) } else { text("to") };
        let at = text("accepted").chars().take(19).collect::<String>().replace('T', " ");
        rows.push(vec![text("id"), word(&format!("state-{}", text("state"))), at, to, text("subject")]);
    }
    if rows.len() == 1 {
        out!("{}", word("queue-empty"));
    } else {
        report::table(&rows);
    }
    if !page["next"].is_null() {
        out!("…");
    }
    Ok(Exit::Well)
}

async fn show(context: &Context, id: &str) -> Result<Exit, CliError> {
    let node = Node::any(&context.bootstrap).await?;
    let message = node.get(&format!("/messages/{}", encoded(id))).await?.good()?;
    if context.json {
        report::json(&message);
        return Ok(Exit::Well);
    }
    let text = |key: &str| message[key].as_str().unwrap_or("").to_owned();
    let mut rows = Vec::new();
    for key in ["id", "state", "class", "from", "subject", "message_id", "accepted", "settled", "due", "relay"] {
        let value = if key == "state" { word(&format!("state-{}", text(key))) } else { text(key) };
        if !value.is_empty() {
            rows.push(vec![word(&format!("column-{}", key.replace('_', "-"))), value]);
        }
    }
    report::table(&rows);
    if message["may_arrive_twice"] == true {
        out!("{}", word("may-arrive-twice"));
    }
    out!("");
    report::recipients(&message);
    for attempt in message["reports"].as_array().into_iter().flatten() {
        out!("\n{} {}", attempt["at"].as_str().unwrap_or(""), attempt["host"].as_str().unwrap_or(""));
        for stage in attempt["stages"].as_array().into_iter().flatten() {
            report::stage(stage);
        }
        report::explain(attempt);
        report::transcript(attempt);
    }
    Ok(Exit::Well)
}

async fn act(context: &Context, verb: &str, ids: Vec<String>) -> Result<Exit, CliError> {
    let node = Node::running(&context.bootstrap).await?;
    let named = !ids.is_empty();
    let body: Value = if ids.is_empty() { json!({ "verb": verb, "all": true }) } else { json!({ "verb": verb, "ids": ids }) };
    let done = node.post("/queue", &body).await?.good()?;
    if context.json {
        report::json(&done);
    } else {
        let count = done["touched"].as_u64().unwrap_or(0);
        out!("{}", super::say(&model::Phrase::new(format!("queue-{verb}")).with("count", count)));
    }
    // None of the named messages was changed: each was settled, in that state already, or in flight at this moment.
    if named && done["touched"] == 0 {
        return Ok(Exit::No);
    }
    Ok(Exit::Well)
}

//! `postwacht queue …`: lists messages and acts on them.

use api::messages::{ClassName, MessageEntry, MessageListing, MessageQuery, MessageStateName, MessageWithAttempts};
use api::queue::{QueueOperation, Touched};

use super::context::CliContext;
use super::report;
use crate::client::NodeClient;
use crate::error::{CliError, Exit};
use crate::path::{encoded, with_query};
use crate::terminal::{say, word};

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
    Retry(WhichMessages),
    Hold(WhichMessages),
    Release(WhichMessages),
    Cancel(MessageIds),
}

#[derive(clap::Args)]
pub(super) struct WhichMessages {
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    ids: Vec<String>,
    #[arg(long)]
    all: bool,
}

/// Cancelling is final: it has no `--all`.
#[derive(clap::Args)]
pub(super) struct MessageIds {
    #[arg(required = true)]
    ids: Vec<String>,
}

pub(super) async fn run(context: &CliContext, verb: QueueVerb) -> Result<Exit, CliError> {
    match verb {
        QueueVerb::List { state, to, since } => list(context, &MessageQuery { state, to, since, cursor: None }).await,
        QueueVerb::Show { id } => show(context, &id).await,
        QueueVerb::Retry(which) => act(context, "retry", which.ids).await,
        QueueVerb::Hold(which) => act(context, "hold", which.ids).await,
        QueueVerb::Release(which) => act(context, "release", which.ids).await,
        QueueVerb::Cancel(ids) => act(context, "cancel", ids.ids).await,
    }
}

/// Says that no node runs: what is shown comes from the disk, and nothing is sent.
fn note_offline(node: &NodeClient, context: &CliContext) {
    if node.offline().is_some() && !context.json {
        eprintln!("{}", word("queue-offline"));
    }
}

async fn list(context: &CliContext, query: &MessageQuery) -> Result<Exit, CliError> {
    let node = NodeClient::any(&context.bootstrap).await?;
    note_offline(&node, context);
    let page = node.get::<MessageListing>(&with_query("/messages", query)).await?;
    if context.json {
        report::json(&page.json);
        return Ok(Exit::Well);
    }
    let columns = ["id", "state", "accepted", "due", "to", "subject", "reason"];
    let mut rows = vec![columns.map(|key| word(&format!("column-{key}"))).to_vec()];
    for message in page.value.messages {
        let state = report::state(&message);
        // A node that does not run attempts nothing.
        let due = if node.offline().is_some() { String::new() } else { report::next_attempt(&message) };
        let more = message.recipients.saturating_sub(1);
        let to = if more > 0 { format!("{} +{more}", message.to) } else { message.to };
        let accepted = report::seconds(&message.accepted);
        rows.push(vec![message.id, state, accepted, due, to, message.subject, message.reason.unwrap_or_default()]);
    }
    if rows.len() == 1 {
        out!("{}", word("queue-empty"));
    } else {
        report::table(&rows);
    }
    if page.value.next.is_some() {
        out!("…");
    }
    Ok(Exit::Well)
}

fn rows(message: MessageEntry, due: Option<String>) -> Vec<Vec<String>> {
    let (state, class) = (report::state(&message), word(&format!("page-class-{}", message.class)));
    let known = [
        ("id", Some(message.id)),
        ("state", Some(state)),
        ("class", Some(class)),
        ("from", Some(message.from)),
        ("subject", Some(message.subject)),
        ("message-id", Some(message.message_id)),
        ("accepted", Some(report::seconds(&message.accepted))),
        ("settled", message.settled.as_deref().map(report::seconds)),
        ("due", due),
        ("relay", message.relay),
    ];
    let filled = known.into_iter().filter_map(|(key, value)| Some((key, value.filter(|value| !value.is_empty())?)));
    filled.map(|(key, value)| vec![word(&format!("column-{key}")), value]).collect()
}

async fn show(context: &CliContext, id: &str) -> Result<Exit, CliError> {
    let node = NodeClient::any(&context.bootstrap).await?;
    note_offline(&node, context);
    let message = node.get::<MessageWithAttempts>(&format!("/messages/{}", encoded(id))).await?;
    if context.json {
        report::json(&message.json);
        return Ok(Exit::Well);
    }
    let MessageWithAttempts { entry, all_recipients, waiting, reports } = message.value;
    let lacks_report = entry.settled.is_some() && entry.attempts as usize > reports.len();
    let (may_arrive_twice, refused) = (entry.may_arrive_twice, report::refused_word(&entry));
    let is_cancelled = entry.state == MessageStateName::Cancelled;
    let is_withdrawn = is_cancelled && entry.class != ClassName::Submitted;
    // A node that does not run attempts nothing.
    let due = node.offline().is_none().then(|| report::next_attempt(&entry));
    report::table(&rows(entry, due));
    if let Some(waiting) = &waiting {
        out!("");
        report::waiting(waiting);
    }
    if may_arrive_twice {
        out!("{}", word(if is_cancelled { "may-have-arrived" } else { "may-arrive-twice" }));
    }
    if is_withdrawn {
        out!("{}", word("page-message-withdrawn"));
    }
    out!("");
    report::recipients(&all_recipients, refused);
    if lacks_report {
        out!("\n{}", report::faint(&word("page-plain-no-report")));
    }
    for (at, attempt) in reports.iter().enumerate() {
        out!("\n{} {}", report::seconds(&attempt.at), attempt.report.host);
        attempt.report.stages.iter().for_each(report::stage);
        // The reason of the waiting has explained the newest attempt already.
        if waiting.is_none() || at > 0 {
            report::explain(&attempt.report);
        }
        report::transcript(&attempt.report);
    }
    Ok(Exit::Well)
}

async fn act(context: &CliContext, verb: &str, ids: Vec<String>) -> Result<Exit, CliError> {
    let node = NodeClient::running(&context.bootstrap).await?;
    let named = !ids.is_empty();
    let operation = QueueOperation { verb: verb.to_owned(), ids, all: !named };
    let done = node.post::<Touched>("/queue", &operation).await?;
    if context.json {
        report::json(&done.json);
    } else {
        out!("{}", say(&model::Phrase::new(format!("queue-{verb}")).with("count", done.value.touched)));
    }
    // None of the named messages was changed: each was settled, in that state already, or in flight at this moment.
    if named && done.value.touched == 0 {
        return Ok(Exit::No);
    }
    Ok(Exit::Well)
}

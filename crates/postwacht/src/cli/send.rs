//! `postwacht send`: submits a message. Exit code 0 means that the node has written it to disk.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use serde_json::{Value, json};

use super::{CliError, Context, Exit, input, report, word};
use crate::client::Node;

/// Poll interval of `--wait`.
const LOOK: Duration = Duration::from_millis(300);

#[derive(clap::Args)]
pub(super) struct SendArgs {
    #[arg(long, value_name = "ADDR", num_args = 1.., value_delimiter = ',', required = true)]
    to: Vec<String>,
    #[arg(long)]
    from: Option<String>,
    #[arg(long, default_value = "")]
    subject: String,
    #[arg(long, value_name = "FILE")]
    body_file: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    attach: Vec<PathBuf>,
    #[arg(long, value_name = "P")]
    priority: Option<String>,
    #[arg(long)]
    wait: bool,
}

fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    input::bytes(path, input::PART_MAX).map_err(|error| CliError::usage("error-file").why(format!("{}: {error}", path.display())))
}

fn text(path: &Path) -> Result<String, CliError> {
    String::from_utf8(read(path)?).map_err(|_| CliError::usage("error-not-utf8").why(path.display()))
}

fn message(args: &SendArgs) -> Result<Value, CliError> {
    let mut attachments = Vec::new();
    for path in &args.attach {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let data = base64::engine::general_purpose::STANDARD.encode(read(path)?);
        attachments.push(json!({ "name": name, "data": data }));
    }
    let body = args.body_file.as_deref().map(text).transpose()?;
    let html = args.html.as_deref().map(text).transpose()?;
    Ok(json!({
        "from": args.from, "to": args.to, "subject": args.subject, "text": body.unwrap_or_default(), "html": html,
        "attachments": attachments, "priority": args.priority,
    }))
}

pub(super) async fn run(context: &Context, args: SendArgs) -> Result<Exit, CliError> {
    let message = message(&args)?;
    // The submit socket accepts messages but does not report on them, so `--wait` needs the control socket.
    let node = match args.wait {
        true => Node::running(&context.bootstrap).await?,
        false => Node::submitting(&context.bootstrap).await?,
    };
    let accepted = node.post("/messages", &message).await?.good()?;
    let id = accepted["id"].as_str().unwrap_or_default().to_owned();
    // Prints the ID first. A caller who stops waiting knows that this message is on disk and need not be sent again.
    if !context.json {
        out!("{id}");
    } else if !args.wait {
        report::json(&accepted);
    }
    if !args.wait {
        return Ok(Exit::Well);
    }
    loop {
        let message = node.get(&format!("/messages/{id}")).await?.good()?;
        let state = message["state"].as_str().unwrap_or_default();
        if matches!(state, "accepted" | "refused" | "cancelled" | "held" | "sender-held") {
            if context.json {
                report::json(&message);
            } else {
                out!("{id}: {}", word(&format!("state-{state}")));
                report::recipients(&message);
            }
            return Ok(if state == "accepted" { Exit::Well } else { Exit::No });
        }
        tokio::time::sleep(LOOK).await;
    }
}

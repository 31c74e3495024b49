//! `postwacht send`: submits a message. Exit code 0 means that the node has written it to disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use api::messages::{MessageStateName, MessageWithAttempts, OutgoingAttachment, OutgoingMessage, SubmittedMessage};
use api::texts::Texts;
use base64::Engine;
use model::Phrase;
use model::settings::{Wrong, duration};

use super::context::CliContext;
use super::report;
use crate::client::NodeClient;
use crate::error::{CliError, Exit};
use crate::input;
use crate::terminal::{say, word};

/// Poll interval of `--wait`.
const LOOK: Duration = Duration::from_millis(300);
/// Longest time of `--wait` without `--timeout`.
const TIMEOUT: Duration = Duration::from_secs(120);

#[derive(clap::Args)]
pub(super) struct SendArgs {
    #[arg(long, value_name = "ADDR", num_args = 1.., required = true)]
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
    #[arg(long, value_name = "TIME", requires = "wait")]
    timeout: Option<String>,
}

impl SendArgs {
    /// The longest time to wait for a decision. `None` without `--wait`.
    fn timeout(&self) -> Result<Option<Duration>, CliError> {
        let wrong = |typed: &String| {
            let fault = Wrong::NotADuration { typed: typed.clone() };
            CliError::usage("error-argument").why(format!("--timeout: {}", say(&fault.phrase())))
        };
        match &self.timeout {
            _ if !self.wait => Ok(None),
            None => Ok(Some(TIMEOUT)),
            Some(typed) => duration(typed).map(Some).ok_or_else(|| wrong(typed)),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    input::bytes(path, input::PART_MAX).map_err(|error| CliError::usage("error-file").why(format!("{}: {error}", path.display())))
}

fn text(path: &Path) -> Result<String, CliError> {
    String::from_utf8(read(path)?).map_err(|_| CliError::usage("error-not-utf8").why(path.display()))
}

fn message(args: &SendArgs) -> Result<OutgoingMessage, CliError> {
    let mut attachments = Vec::new();
    for path in &args.attach {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let data = base64::engine::general_purpose::STANDARD.encode(read(path)?);
        attachments.push(OutgoingAttachment { name, content_type: None, data });
    }
    Ok(OutgoingMessage {
        from: args.from.clone(),
        to: Some(Texts::Many(args.to.clone())),
        cc: None,
        bcc: None,
        subject: args.subject.clone(),
        text: Some(args.body_file.as_deref().map(text).transpose()?.unwrap_or_default()),
        html: args.html.as_deref().map(text).transpose()?,
        headers: BTreeMap::new(),
        attachments,
        priority: args.priority.clone(),
    })
}

pub(super) async fn run(context: &CliContext, args: SendArgs) -> Result<Exit, CliError> {
    let timeout = args.timeout()?;
    let message = message(&args)?;
    // The submit socket accepts messages but does not report on them, so `--wait` needs the control socket.
    let node = match args.wait {
        true => NodeClient::running(&context.bootstrap).await?,
        false => NodeClient::submitting(&context.bootstrap).await?,
    };
    let submitted = node.post::<SubmittedMessage>("/messages", &message).await?;
    let id = submitted.value.id;
    // Prints the ID first. A caller who stops waiting knows that this message is on disk and need not be sent again.
    if !context.json {
        out!("{id}");
    } else if !args.wait {
        report::json(&submitted.json);
    }
    match timeout {
        Some(timeout) => wait(context, &node, &id, timeout).await,
        None => Ok(Exit::Well),
    }
}

/// Waits until the message is settled or held, or the time is over. Says why it still waits then.
async fn wait(context: &CliContext, node: &NodeClient, id: &str, timeout: Duration) -> Result<Exit, CliError> {
    let end = tokio::time::Instant::now() + timeout;
    loop {
        let message = node.get::<MessageWithAttempts>(&format!("/messages/{id}")).await?;
        let is_over = tokio::time::Instant::now() >= end;
        let exit = match &message.value.entry.state {
            MessageStateName::Waiting | MessageStateName::Unlisted(_) if !is_over => {
                tokio::time::sleep(LOOK).await;
                continue;
            }
            MessageStateName::Accepted => Exit::Well,
            MessageStateName::Waiting
            | MessageStateName::Unlisted(_)
            | MessageStateName::PartlyAccepted
            | MessageStateName::Refused
            | MessageStateName::NotAccepted
            | MessageStateName::Cancelled
            | MessageStateName::Held
            | MessageStateName::SenderHeld => Exit::No,
        };
        if context.json {
            report::json(&message.json);
        } else {
            out!("{id}: {}", report::state(&message.value.entry));
            report::recipients(&message.value.all_recipients, report::refused_word(&message.value.entry));
            if let Some(waiting) = &message.value.waiting {
                report::waiting(waiting);
                let next = report::next_attempt(&message.value.entry);
                if !next.is_empty() {
                    out!("  {} {next}", word("column-due"));
                }
            }
        }
        if is_over && message.value.entry.settled.is_none() {
            eprintln!("{}", say(&Phrase::new("send-undecided").with("time", format!("{} s", timeout.as_secs()))));
        }
        return Ok(exit);
    }
}

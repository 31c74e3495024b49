//! `postwacht test`: sends a real message and prints each stage live.

use api::messages::FateName;
use api::test::{TestRequest, TestResult};

use super::context::CliContext;
use super::report;
use crate::answer::{parse, problem};
use crate::client::NodeClient;
use crate::error::{CliError, Exit};
use crate::terminal::{reason, word};

#[derive(clap::Args)]
pub(super) struct TestArgs {
    #[arg(long, value_name = "ADDR", num_args = 1..)]
    to: Vec<String>,
    #[arg(long, value_name = "NAME")]
    relay: Option<String>,
    #[arg(long)]
    transcript: bool,
}

pub(super) async fn run(context: &CliContext, args: TestArgs) -> Result<Exit, CliError> {
    let node = NodeClient::running(&context.bootstrap).await?;
    let request = TestRequest { to: args.to, relay: args.relay, settings: None };
    if context.json {
        let result = node.post::<TestResult>("/email/test", &request).await?;
        report::json(&result.json);
        return Ok(exit(&result.value));
    }
    let result = live(&node, &request).await?;
    show(&result);
    if args.transcript && result.accepted {
        report::transcript(&result.report);
    }
    Ok(exit(&result))
}

/// Runs the test on a node for a person, and shows its result.
pub(super) async fn test(node: &NodeClient, request: &TestRequest) -> Result<(), CliError> {
    show(&live(node, request).await?);
    Ok(())
}

/// Runs the test over the API and prints its stages as they come.
async fn live(node: &NodeClient, request: &TestRequest) -> Result<TestResult, CliError> {
    let mut ended: Option<Result<TestResult, CliError>> = None;
    let refused = node
        .events("/email/test", request, |event, json| match event {
            "stage" => match parse(json) {
                Ok(stage) => report::stage(&stage),
                Err(error) => ended = Some(Err(error)),
            },
            "result" => ended = Some(parse(json)),
            _ => ended = Some(Err(problem(422, json))),
        })
        .await?;
    match (refused, ended) {
        (Some(answer), _) => answer.parsed().map(|parsed| parsed.value),
        (None, Some(result)) => result,
        (None, None) => Err(CliError::new(Exit::NotReachable, "error-broken")),
    }
}

/// Exit code 3 if the relay did not accept the message for every recipient.
fn exit(result: &TestResult) -> Exit {
    if result.accepted { Exit::Well } else { Exit::No }
}

/// Shows a result, with the transcript if the relay did not accept the message.
fn show(result: &TestResult) {
    out!("");
    for recipient in &result.recipients {
        let accepted = recipient.fate == FateName::Accepted;
        let key = if accepted { "test-accepted" } else { "test-refused" };
        let text = format!("{}: {}", recipient.address, word(key));
        out!("  {} — {}", if accepted { report::good(&text) } else { report::bad(&text) }, reason(&recipient.reply));
        report::explain_with(recipient.cause.as_deref(), recipient.remedy.as_deref());
    }
    if !result.accepted {
        report::explain(&result.report);
        report::certificate(&result.report);
        report::transcript(&result.report);
    }
}

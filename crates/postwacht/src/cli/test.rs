//! `postwacht test`: sends a real message and prints each stage live.

use serde_json::{Value, json};

use super::{CliError, Context, Exit, report, word};
use crate::client::{Node, problem};

#[derive(clap::Args)]
pub(super) struct TestArgs {
    #[arg(long, value_name = "ADDR", num_args = 1..)]
    to: Vec<String>,
    #[arg(long, value_name = "NAME")]
    relay: Option<String>,
    #[arg(long)]
    transcript: bool,
}

pub(super) async fn run(context: &Context, args: TestArgs) -> Result<Exit, CliError> {
    let node = Node::running(&context.bootstrap).await?;
    test(&node, &json!({ "to": args.to, "relay": args.relay }), context.json, args.transcript).await
}

/// Runs the test over the API and prints its stages. Exit code 3 if the relay did not accept the message for every recipient.
pub(super) async fn test(node: &Node, body: &Value, as_json: bool, transcript: bool) -> Result<Exit, CliError> {
    if as_json {
        let result = node.post("/email/test", body).await?.good()?;
        report::json(&result);
        return Ok(if result["accepted"] == true { Exit::Well } else { Exit::No });
    }
    let mut ended: Option<Result<Value, CliError>> = None;
    let refused = node
        .events("/email/test", body, |event, value| match event {
            "stage" => report::stage(&value),
            "result" => ended = Some(Ok(value)),
            _ => ended = Some(Err(problem(422, &value))),
        })
        .await?;
    if let Some(answer) = refused {
        answer.good()?;
    }
    let result = ended.unwrap_or_else(|| Err(CliError::new(Exit::NotReachable, "error-broken")))?;
    Ok(show(&result, transcript))
}

fn show(result: &Value, transcript: bool) -> Exit {
    out!("");
    for recipient in result["recipients"].as_array().into_iter().flatten() {
        let accepted = recipient["fate"] == "accepted";
        let key = if accepted { "test-accepted" } else { "test-refused" };
        let text = format!("{}: {}", recipient["address"].as_str().unwrap_or(""), word(key));
        let reply = recipient["reply"].as_str().unwrap_or("");
        out!("  {} — {reply}", if accepted { report::good(&text) } else { report::bad(&text) });
    }
    let accepted = result["accepted"] == true;
    if !accepted {
        report::explain(&result["report"]);
        report::certificate(&result["report"]);
    }
    if !accepted || transcript {
        report::transcript(&result["report"]);
    }
    if accepted { Exit::Well } else { Exit::No }
}

//! `postwacht doctor`: checks everything that mail depends on, without sending mail.

use serde_json::Value;

use super::{CliError, Context, Exit, report};
use crate::client::Node;

pub(super) async fn run(context: &Context) -> Result<Exit, CliError> {
    let node = Node::running(&context.bootstrap).await?;
    let checks = ask(&node).await?;
    if context.json {
        report::json(&checks);
    } else {
        for check in checks.as_array().into_iter().flatten() {
            let mark = match check["finding"].as_str() {
                Some("well") => report::good("✓"),
                Some("remark") => "!".to_owned(),
                Some("unknown") => "?".to_owned(),
                _ => report::bad("✗"),
            };
            out!("{mark} {}", check["says"].as_str().unwrap_or(""));
            for line in check["commands"].as_array().into_iter().flatten() {
                out!("    {}", line.as_str().unwrap_or(""));
            }
            if check["finding"] == "wrong" {
                for stage in check["report"]["stages"].as_array().into_iter().flatten() {
                    report::stage(stage);
                }
                report::explain(&check["report"]);
                report::certificate(&check["report"]);
            }
        }
    }
    Ok(exit(&checks))
}

/// Runs the doctor on the node and returns its checks.
pub(super) async fn ask(node: &Node) -> Result<Value, CliError> {
    node.post("/doctor", &serde_json::json!({})).await?.good()
}

pub(super) fn exit(checks: &Value) -> Exit {
    let wrong = checks.as_array().into_iter().flatten().any(|check| check["finding"] == "wrong");
    if wrong { Exit::No } else { Exit::Well }
}

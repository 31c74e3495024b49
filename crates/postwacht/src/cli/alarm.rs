//! `postwacht alarm …`: calls every webhook and the heartbeat once, as a test.

use serde_json::Value;

use super::{CliError, Context, Exit, report, word};
use crate::client::Node;

#[derive(clap::Subcommand)]
pub(super) enum AlarmVerb {
    Test,
}

pub(super) async fn run(context: &Context, verb: AlarmVerb) -> Result<Exit, CliError> {
    let AlarmVerb::Test = verb;
    let node = Node::running(&context.bootstrap).await?;
    let answer = node.post("/alarm/test", &Value::Null).await?.good()?;
    let called: Vec<&Value> = answer["called"].as_array().into_iter().flatten().collect();
    let all = called.iter().all(|one| one["taken"] == true);
    if context.json {
        report::json(&answer);
    } else {
        for one in called {
            let text = |key: &str| one[key].as_str().unwrap_or("").to_owned();
            let taken = one["taken"] == true;
            let how = word(if taken { "alarm-taken" } else { "alarm-not-taken" });
            let line = format!("{} {}: {how} ({})", text("kind"), text("host"), text("said"));
            out!("{}", if taken { report::good(&line) } else { report::bad(&line) });
        }
    }
    Ok(if all { Exit::Well } else { Exit::No })
}

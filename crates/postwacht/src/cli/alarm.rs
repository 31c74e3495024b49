//! `postwacht alarm …`: calls every webhook and the heartbeat once, as a test.

use api::alarm::AlarmTest;

use super::context::CliContext;
use super::report;
use crate::client::NodeClient;
use crate::error::{CliError, Exit};
use crate::terminal::word;

#[derive(clap::Subcommand)]
pub(super) enum AlarmVerb {
    Test,
}

pub(super) async fn run(context: &CliContext, verb: AlarmVerb) -> Result<Exit, CliError> {
    let AlarmVerb::Test = verb;
    let node = NodeClient::running(&context.bootstrap).await?;
    let answer = node.post::<AlarmTest>("/alarm/test", &()).await?;
    let all = answer.value.called.iter().all(|call| call.taken);
    if context.json {
        report::json(&answer.json);
    } else {
        for call in &answer.value.called {
            let how = word(if call.taken { "alarm-taken" } else { "alarm-not-taken" });
            let line = format!("{} {}: {how} ({})", call.kind, call.host, call.said);
            out!("{}", if call.taken { report::good(&line) } else { report::bad(&line) });
        }
    }
    Ok(if all { Exit::Well } else { Exit::No })
}

//! `postwacht doctor`: checks everything that mail depends on, without sending mail.

use api::doctor::{DoctorCheck, FindingName};

use super::context::CliContext;
use super::report;
use crate::answer::Parsed;
use crate::client::NodeClient;
use crate::error::{CliError, Exit};

pub(super) async fn run(context: &CliContext) -> Result<Exit, CliError> {
    let node = NodeClient::running(&context.bootstrap).await?;
    let checks = ask(&node).await?;
    if context.json {
        report::json(&checks.json);
    } else {
        checks.value.iter().for_each(show);
    }
    Ok(exit(&checks.value))
}

fn show(check: &DoctorCheck) {
    let mark = match check.finding {
        FindingName::Well => report::good("✓"),
        FindingName::Remark => "!".to_owned(),
        FindingName::Unknown => "?".to_owned(),
        FindingName::Wrong | FindingName::Unlisted(_) => report::bad("✗"),
    };
    out!("{mark} {}", check.says);
    for line in &check.commands {
        out!("    {line}");
    }
    if let (FindingName::Wrong, Some(session)) = (&check.finding, &check.report) {
        session.stages.iter().for_each(report::stage);
        report::explain(session);
        report::certificate(session);
    }
}

/// Runs the doctor on the node and returns its checks.
pub(super) async fn ask(node: &NodeClient) -> Result<Parsed<Vec<DoctorCheck>>, CliError> {
    node.post("/doctor", &serde_json::json!({})).await
}

pub(super) fn exit(checks: &[DoctorCheck]) -> Exit {
    let wrong = checks.iter().any(|check| check.finding == FindingName::Wrong);
    if wrong { Exit::No } else { Exit::Well }
}

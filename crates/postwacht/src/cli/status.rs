//! `postwacht status`: prints the state of mail delivery. The exit code gives the same answer.

use api::status::{HealthName, RelaySummary, StatusSummary};

use super::context::CliContext;
use super::{doctor, report};
use crate::client::NodeClient;
use crate::error::{CliError, Exit};
use crate::terminal::{language, word};

#[derive(clap::Args)]
pub(super) struct StatusArgs {
    #[arg(long)]
    deep: bool,
}

pub(super) async fn run(context: &CliContext, args: StatusArgs) -> Result<Exit, CliError> {
    let node = NodeClient::running(&context.bootstrap).await?;
    let status = node.get::<StatusSummary>("/status").await?;
    let exit = match status.value.health {
        HealthName::Well => Exit::Well,
        HealthName::Silent => Exit::No,
        HealthName::Degraded | HealthName::Checking | HealthName::Unproven | HealthName::Unset | HealthName::Unlisted(_) => {
            Exit::Degraded
        }
    };
    if context.json && args.deep {
        let checks = doctor::ask(&node).await?;
        report::json(&serde_json::json!({ "status": status.json, "doctor": checks.json }));
        return Ok(if exit == Exit::Well { doctor::exit(&checks.value) } else { exit });
    }
    if context.json {
        report::json(&status.json);
    } else {
        show(&status.value);
    }
    if args.deep {
        let found = doctor::run(context).await?;
        return Ok(if exit == Exit::Well { found } else { exit });
    }
    Ok(exit)
}

fn show(status: &StatusSummary) {
    let said = word(&format!("health-{}", status.health));
    out!("{}", if status.health == HealthName::Well { report::good(&said) } else { report::bad(&said) });
    for alarm in &status.alarms {
        out!("{}", report::bad(alarm));
    }
    for remark in &status.remarks {
        out!("  {remark}");
    }
    let time = |time: &Option<String>| time.as_deref().map_or_else(|| "–".to_owned(), report::seconds);
    report::table(&[
        vec![word("status-last-accepted"), time(&status.last_accepted)],
        vec![word("status-waiting"), status.waiting.to_string()],
        vec![word("status-oldest"), time(&status.oldest_waiting)],
        vec![word("status-held"), status.held.to_string()],
        vec![word("status-sender-held"), status.sender_held.to_string()],
    ]);
    status.relays.iter().for_each(relay);
}

fn relay(relay: &RelaySummary) {
    let state = if relay.in_use { word("relay-in-use") } else { word(&format!("relay-{}", relay.state)) };
    let fault = relay.fault.as_ref().map(|fault| format!(" – {}", admin::words::reason(language(), fault))).unwrap_or_default();
    out!("{} {} ({}:{}): {state}{fault}", word("status-relay"), relay.name, relay.host, relay.port);
    for sender in &relay.held_senders {
        out!("  {} <{sender}>", word("relay-sender"));
    }
}

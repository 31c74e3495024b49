//! `postwacht status`: prints the state of mail delivery. The exit code gives the same answer.

use super::{CliError, Context, Exit, report, word};
use crate::client::Node;

#[derive(clap::Args)]
pub(super) struct StatusArgs {
    #[arg(long)]
    deep: bool,
}

pub(super) async fn run(context: &Context, args: StatusArgs) -> Result<Exit, CliError> {
    let node = Node::running(&context.bootstrap).await?;
    let status = node.get("/status").await?.good()?;
    let health = status["health"].as_str().unwrap_or("silent").to_owned();
    let exit = match health.as_str() {
        "well" => Exit::Well,
        "silent" => Exit::No,
        _ => Exit::Degraded,
    };
    if context.json && args.deep {
        let checks = super::doctor::ask(&node).await?;
        report::json(&serde_json::json!({ "status": status, "doctor": checks }));
        return Ok(if exit == Exit::Well { super::doctor::exit(&checks) } else { exit });
    }
    if context.json {
        report::json(&status);
    } else {
        show(&status, &health);
    }
    if args.deep {
        let doctor = super::doctor::run(context).await?;
        return Ok(if exit == Exit::Well { doctor } else { exit });
    }
    Ok(exit)
}

fn show(status: &serde_json::Value, health: &str) {
    let said = word(&format!("health-{health}"));
    out!("{}", if health == "well" { report::good(&said) } else { report::bad(&said) });
    for alarm in status["alarms"].as_array().into_iter().flatten() {
        out!("{}", report::bad(alarm.as_str().unwrap_or("")));
    }
    for remark in status["remarks"].as_array().into_iter().flatten() {
        out!("  {}", remark.as_str().unwrap_or(""));
    }
    let number = |key: &str| status[key].as_u64().unwrap_or(0).to_string();
    let text = |key: &str| status[key].as_str().unwrap_or("–").to_owned();
    report::table(&[
        vec![word("status-last-accepted"), text("last_accepted")],
        vec![word("status-waiting"), number("waiting")],
        vec![word("status-oldest"), text("oldest_waiting")],
        vec![word("status-held"), number("held")],
        vec![word("status-sender-held"), number("sender_held")],
    ]);
    for relay in status["relays"].as_array().into_iter().flatten() {
        let text = |key: &str| relay[key].as_str().unwrap_or("").to_owned();
        let state = word(&format!("relay-{}", text("state")));
        let fault = relay["fault"].as_str().map(|fault| format!(" – {fault}")).unwrap_or_default();
        out!("{} {} ({}:{}): {state}{fault}", word("status-relay"), text("name"), text("host"), relay["port"]);
        for sender in relay["held_senders"].as_array().into_iter().flatten() {
            out!("  {} <{}>", word("relay-sender"), sender.as_str().unwrap_or(""));
        }
    }
}

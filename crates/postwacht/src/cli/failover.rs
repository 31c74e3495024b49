//! `postwacht failover …`: makes and ends the pair, changes roles and settings, and tells the status.

use std::path::PathBuf;

use api::failover::{
    DutyName, FailoverStatus, Maintenance, NewPair, NodeFailoverSettings, PairFailoverSettings, PairMade, PairingCodeMade,
    PreSharedKey, RoleWanted, SharedIpView,
};
use hyper::Method;
use serde_json::Value;

use super::context::CliContext;
use super::report;
use crate::client::NodeClient;
use crate::error::{CliError, Exit};
use crate::terminal::word;

#[derive(clap::Subcommand)]
pub(super) enum FailoverVerb {
    Status,
    PairCode,
    PairKey {
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    Establish {
        #[arg(long, value_name = "HOST[:PORT]")]
        peer: String,
        #[arg(long, value_name = "HOST[:PORT]")]
        reverse: String,
        #[arg(long, value_name = "CODE", conflicts_with = "key_file", required_unless_present = "key_file")]
        code: Option<String>,
        #[arg(long, value_name = "FILE")]
        key_file: Option<PathBuf>,
        #[arg(long = "shared-ip", value_name = "IP")]
        shared_ip: Vec<String>,
        #[arg(long)]
        discard_backup_data: bool,
    },
    Become {
        #[arg(value_parser = ["primary", "backup"])]
        role: String,
        #[arg(long)]
        force: bool,
    },
    Break {
        #[arg(long)]
        force: bool,
    },
    RotateKeys,
    NewSite,
    Maintenance {
        #[command(subcommand)]
        verb: MaintenanceVerb,
    },
    Settings {
        #[command(subcommand)]
        verb: FailoverSettingsVerb,
    },
    Ips {
        #[command(subcommand)]
        verb: IpsVerb,
    },
}

#[derive(clap::Subcommand)]
pub(super) enum MaintenanceVerb {
    On {
        #[arg(long = "for", value_name = "D")]
        time: String,
    },
    Off,
}

#[derive(clap::Subcommand)]
pub(super) enum FailoverSettingsVerb {
    Show,
    Set {
        #[arg(value_name = "K=V", required = true)]
        pairs: Vec<String>,
    },
}

#[derive(clap::Subcommand)]
pub(super) enum IpsVerb {
    List,
    Add {
        ip: String,
        #[arg(long, value_name = "NAME")]
        interface: String,
        #[arg(long)]
        disabled: bool,
    },
    Remove {
        ip: String,
    },
}

/// Path of the settings of this node, and of those that both nodes share.
const NODE_SETTINGS: &str = "/failover/settings";
const PAIR_SETTINGS: &str = "/failover/pair-settings";

pub(super) async fn run(context: &CliContext, verb: FailoverVerb) -> Result<Exit, CliError> {
    let node = NodeClient::running(&context.bootstrap).await?;
    match verb {
        FailoverVerb::Status => return status(context, &node).await,
        FailoverVerb::PairCode => {
            let made = node.post::<PairingCodeMade>("/failover/pairing-code", &()).await?;
            match context.json {
                true => report::json(&made.json),
                false => {
                    // Only the code goes to standard output, so that a script can read it.
                    eprintln!("{}", word("failover-code-made"));
                    out!("{}", made.value.code);
                }
            }
        }
        FailoverVerb::PairKey { file } => {
            let key = PreSharedKey { key: key_in(&file)? };
            node.call(Method::PUT, "/failover/pairing-key", &key, &[]).await?.parsed::<()>()?;
            say(context, "failover-key-taken");
        }
        FailoverVerb::Establish { peer, reverse, code, key_file, shared_ip, discard_backup_data } => {
            let key = key_file.as_deref().map(key_in).transpose()?;
            let new = NewPair { peer, reverse, code, key, discard_backup_data, shared_ips: shared_ip };
            establish(context, &node, &new).await?;
        }
        FailoverVerb::Become { role, force } => {
            node.post::<()>("/failover/role", &RoleWanted { role, force }).await?;
            // The command is done, whatever the status says of a takeover.
            status(context, &node).await?;
        }
        FailoverVerb::Break { force } => {
            node.delete(if force { "/failover/relationship?force=true" } else { "/failover/relationship" }).await?;
            say(context, "failover-ended");
        }
        FailoverVerb::RotateKeys => {
            node.post::<()>("/failover/relationship/rotate-keys", &()).await?;
            say(context, "failover-keys-changed");
        }
        FailoverVerb::NewSite => {
            node.post::<()>("/failover/new-site", &()).await?;
            say(context, "failover-new-site");
        }
        FailoverVerb::Maintenance { verb: MaintenanceVerb::On { time } } => {
            node.call(Method::PUT, "/failover/maintenance", &Maintenance { time }, &[]).await?.parsed::<()>()?;
            status(context, &node).await?;
        }
        FailoverVerb::Maintenance { verb: MaintenanceVerb::Off } => {
            node.delete("/failover/maintenance").await?;
            status(context, &node).await?;
        }
        FailoverVerb::Settings { verb: FailoverSettingsVerb::Show } => show_settings(context, &node).await?,
        FailoverVerb::Settings { verb: FailoverSettingsVerb::Set { pairs } } => {
            set(&node, &pairs).await?;
            show_settings(context, &node).await?;
        }
        FailoverVerb::Ips { verb } => ips(context, &node, verb).await?,
    }
    Ok(Exit::Well)
}

/// Prints a sentence for people. Programs look at the exit code.
fn say(context: &CliContext, key: &str) {
    if !context.json {
        out!("{}", word(key));
    }
}

fn key_in(file: &std::path::Path) -> Result<String, CliError> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| CliError::usage("error-file").why(format!("{}: {error}", file.display())))?;
    Ok(text.trim().to_owned())
}

async fn establish(context: &CliContext, node: &NodeClient, new: &NewPair) -> Result<(), CliError> {
    let made = node.post::<PairMade>("/failover/relationship", new).await?;
    if context.json {
        report::json(&made.json);
        return Ok(());
    }
    for check in &made.value.checks {
        out!("{}", if check.result == "good" { report::good(&check.says) } else { report::bad(&check.says) });
    }
    say(context, if made.value.confirmed { "failover-made" } else { "failover-made-unconfirmed" });
    Ok(())
}

/// Prints the status. The exit code says whether everything is well.
async fn status(context: &CliContext, node: &NodeClient) -> Result<Exit, CliError> {
    let status = node.get::<FailoverStatus>("/failover").await?;
    let exit = exit(&status.value);
    if context.json {
        report::json(&status.json);
        return Ok(exit);
    }
    let status = status.value;
    out!("{}", if exit == Exit::Well { report::good(&status.says) } else { report::bad(&status.says) });
    let mut rows = Vec::new();
    let mut row = |key: &str, value: Option<String>| rows.extend(value.map(|value| vec![word(key), value]));
    row("failover-phase", status.phase.clone());
    row("failover-term", status.ballot.clone());
    row("failover-peer", status.peer.as_ref().map(|peer| format!("{} ({})", peer.name, peer.address)));
    row("failover-peer-role", status.peer.as_ref().and_then(|peer| peer.role.clone()));
    row("failover-peer-fault", status.peer.as_ref().and_then(|peer| peer.fault.clone()));
    row("failover-test-ips", Some(status.test_ips.join(", ")).filter(|ips| !ips.is_empty()));
    row("failover-takeover-at", status.takeover.clone());
    row("failover-maintenance-until", status.maintenance.clone());
    report::table(&rows);
    for shared in &status.shared_ips {
        let interface = shared.interface.clone().unwrap_or_else(|| word("failover-ip-unlisted"));
        let state = word(if shared.present { "failover-ip-here" } else { "failover-ip-not-here" });
        out!("{} {} ({interface}): {state}", word("failover-shared-ip"), shared.ip);
    }
    Ok(exit)
}

/// Well: the node serves alone, or a failure of the primary would be covered.
fn exit(status: &FailoverStatus) -> Exit {
    let answers = status.peer.as_ref().is_some_and(|peer| peer.answers);
    let is_primary = status.duty == DutyName::Primary;
    let has_ip = |ip: &SharedIpView| ip.fault.is_none() && ip.interface.is_some() && (ip.present || !is_primary);
    let is_covered = answers && status.blocked_by.is_empty() && status.shared_ips.iter().all(has_ip);
    match status.duty {
        DutyName::Alone => Exit::Well,
        DutyName::Primary | DutyName::Backup if is_covered => Exit::Well,
        DutyName::Retired => Exit::No,
        _ => Exit::Degraded,
    }
}

async fn show_settings(context: &CliContext, node: &NodeClient) -> Result<(), CliError> {
    let own = node.get::<NodeFailoverSettings>(NODE_SETTINGS).await?.json;
    let shared = node.get::<PairFailoverSettings>(PAIR_SETTINGS).await?.json;
    if context.json {
        report::json(&serde_json::json!({ "node": own, "pair": shared }));
        return Ok(());
    }
    for (title, settings) in [("failover-settings-node", &own), ("failover-settings-pair", &shared)] {
        out!("# {}", word(title));
        for (key, value) in settings.as_object().into_iter().flatten().filter(|(key, _)| *key != "ips") {
            out!("{key}={}", shown(value));
        }
    }
    Ok(())
}

/// A value as it is typed: a list with commas.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(shown).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// A typed value in the form that the setting has now.
fn typed(now: &Value, text: &str) -> Result<Value, CliError> {
    let wrong = || CliError::usage("error-value").why(text);
    Ok(match now {
        Value::Array(_) => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            parts.map(|part| Value::String(part.to_owned())).collect()
        }
        Value::Bool(_) => Value::Bool(text.parse().map_err(|_| wrong())?),
        Value::Number(_) => Value::from(text.parse::<u32>().map_err(|_| wrong())?),
        _ => Value::String(text.to_owned()),
    })
}

/// Changes settings of this node, of the pair, or of both.
async fn set(node: &NodeClient, pairs: &[String]) -> Result<(), CliError> {
    let own = node.get::<NodeFailoverSettings>(NODE_SETTINGS).await?.json;
    let shared = node.get::<PairFailoverSettings>(PAIR_SETTINGS).await?.json;
    let (mut new_own, mut new_shared) = (own.clone(), shared.clone());
    for pair in pairs {
        let (key, text) = pair.split_once('=').ok_or_else(|| CliError::usage("error-pair").why(pair))?;
        let key = key.trim();
        let place = match (new_own.get_mut(key).filter(|_| key != "ips"), new_shared.get_mut(key)) {
            (Some(place), _) | (None, Some(place)) => place,
            (None, None) => return Err(CliError::usage("error-no-setting").why(key)),
        };
        *place = typed(place, text)?;
    }
    if new_shared != shared {
        node.call(Method::PUT, PAIR_SETTINGS, &new_shared, &[]).await?.parsed::<Value>()?;
    }
    if new_own != own {
        node.call(Method::PUT, NODE_SETTINGS, &new_own, &[]).await?.parsed::<Value>()?;
    }
    Ok(())
}

async fn ips(context: &CliContext, node: &NodeClient, verb: IpsVerb) -> Result<(), CliError> {
    let mut settings = node.get::<NodeFailoverSettings>(NODE_SETTINGS).await?;
    let own = &mut settings.value;
    match verb {
        IpsVerb::List => {}
        IpsVerb::Add { ip, interface, disabled } => {
            own.ips.retain(|listed| listed.ip != ip);
            own.ips.push(api::failover::NodeIpSetting { ip, interface, enabled: !disabled });
        }
        IpsVerb::Remove { ip } => {
            let before = own.ips.len();
            own.ips.retain(|listed| listed.ip != ip);
            if own.ips.len() == before {
                return Err(CliError::new(Exit::No, "error-ip-unlisted").why(ip));
            }
        }
    }
    let saved = node.call(Method::PUT, NODE_SETTINGS, own, &[]).await?.parsed::<NodeFailoverSettings>()?;
    if context.json {
        report::json(&saved.json["ips"]);
        return Ok(());
    }
    for listed in &saved.value.ips {
        let state = word(if listed.enabled { "failover-ip-enabled" } else { "failover-ip-disabled" });
        out!("{}  {}  {state}", listed.ip, listed.interface);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn typed_value_takes_the_form_of_the_setting() {
        for (now, text, value) in [
            (json!([]), "192.0.2.1, tcp://192.0.2.2:80", Some(json!(["192.0.2.1", "tcp://192.0.2.2:80"]))),
            (json!(["a"]), "", Some(json!([]))),
            (json!(true), "false", Some(json!(false))),
            (json!(true), "no", None),
            (json!(2), "3", Some(json!(3))),
            (json!(2), "-3", None),
            (json!("10s"), "1m", Some(json!("1m"))),
        ] {
            assert_eq!(typed(&now, text).ok(), value, "{text}");
        }
        assert_eq!(shown(&json!(["a", "b"])), "a,b");
    }
}

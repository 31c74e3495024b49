//! `postwacht oauth …`: the grant to sign in at a relay with OAuth2.

use std::io::{BufRead, IsTerminal};

use api::oauth::{
    AccountConfirmation, ApplicationCertificate, GrantDetails, GrantStateName, MethodName, SignInBegun, SignInFinish,
    SignInOutcome, SignInStart,
};
use api::status::StatusSummary;
use serde_json::json;

use super::context::CliContext;
use super::report;
use crate::answer::Parsed;
use crate::client::NodeClient;
use crate::error::{CliError, Exit};
use crate::path::encoded;
use crate::terminal::{print_line, reason, say, word};

#[derive(clap::Args)]
pub(super) struct WhichRelay {
    #[arg(long, value_name = "NAME")]
    relay: Option<String>,
}

#[derive(clap::Subcommand)]
pub(super) enum OauthVerb {
    Verify {
        #[command(flatten)]
        which: WhichRelay,
        #[arg(long, value_name = "URL")]
        redirect_uri: Option<String>,
    },
    Status {
        #[command(flatten)]
        which: WhichRelay,
    },
    Renew {
        #[command(flatten)]
        which: WhichRelay,
    },
    Confirm {
        #[command(flatten)]
        which: WhichRelay,
        #[arg(value_name = "ACCOUNT")]
        account: String,
    },
    Forget {
        #[command(flatten)]
        which: WhichRelay,
    },
    Key {
        #[command(flatten)]
        which: WhichRelay,
    },
}

fn path(relay: &str, verb: &str) -> String {
    format!("/email/relays/{}/oauth{verb}", encoded(relay))
}

impl OauthVerb {
    fn relay(&self) -> Option<&String> {
        match self {
            Self::Verify { which, .. }
            | Self::Status { which }
            | Self::Renew { which }
            | Self::Confirm { which, .. }
            | Self::Forget { which }
            | Self::Key { which } => which.relay.as_ref(),
        }
    }
}

/// The relay that the operator names, or the first of the route.
async fn relay_of(node: &NodeClient, verb: &OauthVerb) -> Result<String, CliError> {
    if let Some(named) = verb.relay() {
        return Ok(named.clone());
    }
    let status = node.get::<StatusSummary>("/status").await?;
    // Without settings there is no relay; the node then says so about the usual name.
    Ok(status.value.relays.into_iter().next().map_or_else(|| "main".to_owned(), |relay| relay.name))
}

pub(super) async fn run(context: &CliContext, verb: OauthVerb) -> Result<Exit, CliError> {
    let node = match verb {
        // Only `key` may use the store of a stopped node. The running node must begin and finish a sign-in itself, and it
        // renews only its own tokens.
        OauthVerb::Key { .. } => NodeClient::any(&context.bootstrap).await?,
        _ => NodeClient::running(&context.bootstrap).await?,
    };
    let relay = relay_of(&node, &verb).await?;
    match verb {
        OauthVerb::Status { .. } => Ok(show(context, &node.get(&path(&relay, "")).await?)),
        OauthVerb::Renew { .. } => Ok(show(context, &node.post(&path(&relay, "/renew"), &json!({})).await?)),
        OauthVerb::Verify { redirect_uri, .. } => verify(context, &node, &relay, redirect_uri).await,
        OauthVerb::Confirm { account, .. } => {
            node.post::<()>(&path(&relay, "/confirm"), &AccountConfirmation { account }).await?;
            Ok(show(context, &node.get(&path(&relay, "")).await?))
        }
        OauthVerb::Forget { .. } => {
            node.post::<()>(&path(&relay, "/forget"), &json!({})).await?;
            if !context.json {
                print_line(&word("oauth-forgotten"));
            }
            Ok(Exit::Well)
        }
        OauthVerb::Key { .. } => {
            let made = node.post::<ApplicationCertificate>(&path(&relay, "/key"), &json!({})).await?;
            if context.json {
                report::json(&made.json);
            } else {
                // Prints only the certificate to standard output, so that a script can redirect it to a file.
                eprintln!("{}", word("oauth-key-made"));
                print_line(made.value.certificate.trim_end());
            }
            Ok(Exit::Well)
        }
    }
}

/// Gets the grant. With the user method, a person opens the address and pastes the address at which the browser arrives. An
/// application signs in by itself.
async fn verify(context: &CliContext, node: &NodeClient, relay: &str, redirect_uri: Option<String>) -> Result<Exit, CliError> {
    let grant = node.get::<GrantDetails>(&path(relay, "")).await?;
    if grant.value.method == MethodName::Application {
        return Ok(show(context, &node.post(&path(relay, "/renew"), &json!({})).await?));
    }
    let begun = node.post::<SignInBegun>(&path(relay, "/start"), &SignInStart { redirect_uri }).await?.value;
    let (mut url, mut redirect_uri) = (begun.url, begun.redirect_uri);
    loop {
        // Standard output is for the answer. These instructions are for a person.
        eprintln!("{}", say(&model::Phrase::new("oauth-open").with("redirect", &redirect_uri)));
        eprintln!("\n{url}\n");
        eprintln!("{}", word("oauth-paste"));
        let address = pasted().await?;
        match node.post(&path(relay, "/finish"), &SignInFinish { address }).await?.value {
            SignInOutcome::Again { url: next, redirect_uri: back } => (url, redirect_uri) = (next, back),
            SignInOutcome::Authorized { .. } | SignInOutcome::Confirm { .. } => break,
        }
    }
    Ok(show(context, &node.get(&path(relay, "")).await?))
}

/// Reads one line from standard input, without blocking the runtime.
async fn pasted() -> Result<String, CliError> {
    let reading = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        if std::io::stdin().is_terminal() {
            eprint!("> ");
        }
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    let line = reading.await.map_err(|error| CliError::failed("error-input").why(error))?;
    let line = line.map_err(|error| CliError::failed("error-input").why(error))?;
    let line = line.trim().to_owned();
    if line.is_empty() { Err(CliError::usage("oauth-nothing-pasted")) } else { Ok(line) }
}

fn show(context: &CliContext, grant: &Parsed<GrantDetails>) -> Exit {
    let details = &grant.value;
    let is_no = details.alarm || details.state == GrantStateName::Absent || details.confirm.is_some();
    let exit = match (details.well, is_no) {
        (true, _) => Exit::Well,
        (false, true) => Exit::No,
        (false, false) => Exit::Degraded,
    };
    if context.json {
        report::json(&grant.json);
        return exit;
    }
    out!("{}", if exit == Exit::Well { report::good(&details.says) } else { report::bad(&details.says) });
    for remark in &details.remarks {
        out!("  ! {remark}");
    }
    if let Some(fault) = &details.fault {
        out!("  {}", fault.cause);
        out!("  “{}” ({})", reason(&fault.words), report::seconds(&fault.at));
        out!("  → {}", fault.remedy);
    }
    let rows = [
        ("account", details.account.clone()),
        ("authorized", details.authorized.clone()),
        ("last-renewed", details.last_renewed.clone()),
        ("next-renewal", details.next_renewal.clone()),
        ("token-expires", details.token_expires.clone()),
        ("idle-limit", details.idle_limit.clone()),
        ("certificate-expires", details.certificate_expires.clone()),
        ("secret-days", details.secret_days.map(|days| days.to_string())),
    ];
    let known =
        rows.into_iter().filter_map(|(row, value)| Some(vec![word(&format!("oauth-row-{row}")), report::seconds(&value?)]));
    report::table(&known.collect::<Vec<_>>());
    exit
}

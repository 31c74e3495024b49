//! `postwacht oauth …`: the grant to sign in at a relay with OAuth2.

use std::io::{BufRead, IsTerminal};

use serde_json::{Value, json};

use super::{CliError, Context, Exit, print_line, report, say, word};
use crate::client::Node;

#[derive(clap::Args)]
pub(super) struct Which {
    #[arg(long, value_name = "NAME", default_value = "main")]
    relay: String,
}

#[derive(clap::Subcommand)]
pub(super) enum OauthVerb {
    Verify {
        #[command(flatten)]
        which: Which,
        #[arg(long, value_name = "URL")]
        redirect_uri: Option<String>,
    },
    Status {
        #[command(flatten)]
        which: Which,
    },
    Renew {
        #[command(flatten)]
        which: Which,
    },
    Confirm {
        #[command(flatten)]
        which: Which,
        #[arg(value_name = "ACCOUNT")]
        account: String,
    },
    Forget {
        #[command(flatten)]
        which: Which,
    },
    Key {
        #[command(flatten)]
        which: Which,
    },
}

fn path(which: &Which, verb: &str) -> String {
    let name: String = form_urlencoded(&which.relay);
    format!("/email/relays/{name}/oauth{verb}")
}

/// Percent-encodes a relay's name for a path.
fn form_urlencoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

pub(super) async fn run(context: &Context, verb: OauthVerb) -> Result<Exit, CliError> {
    let node = match verb {
        // Only `key` may use the store of a stopped node. The running node must begin and finish a sign-in itself, and it
        // renews only its own tokens.
        OauthVerb::Key { .. } => Node::any(&context.bootstrap).await?,
        _ => Node::running(&context.bootstrap).await?,
    };
    match verb {
        OauthVerb::Status { which } => Ok(show(context, &node.get(&path(&which, "")).await?.good()?)),
        OauthVerb::Renew { which } => Ok(show(context, &node.post(&path(&which, "/renew"), &json!({})).await?.good()?)),
        OauthVerb::Verify { which, redirect_uri } => verify(context, &node, &which, redirect_uri).await,
        OauthVerb::Confirm { which, account } => {
            node.post(&path(&which, "/confirm"), &json!({ "account": account })).await?.good()?;
            Ok(show(context, &node.get(&path(&which, "")).await?.good()?))
        }
        OauthVerb::Forget { which } => {
            node.post(&path(&which, "/forget"), &json!({})).await?.good()?;
            if !context.json {
                print_line(&word("oauth-forgotten"));
            }
            Ok(Exit::Well)
        }
        OauthVerb::Key { which } => {
            let made = node.post(&path(&which, "/key"), &json!({})).await?.good()?;
            if context.json {
                report::json(&made);
            } else {
                // Prints only the certificate to standard output, so that a script can redirect it to a file.
                eprintln!("{}", word("oauth-key-made"));
                print_line(made["certificate"].as_str().unwrap_or("").trim_end());
            }
            Ok(Exit::Well)
        }
    }
}

/// Gets the grant. With the user method, a person opens the address and pastes the address at which the browser arrives. An
/// application signs in by itself.
async fn verify(context: &Context, node: &Node, which: &Which, redirect_uri: Option<String>) -> Result<Exit, CliError> {
    let grant = node.get(&path(which, "")).await?.good()?;
    if grant["method"] == "application" {
        return Ok(show(context, &node.post(&path(which, "/renew"), &json!({})).await?.good()?));
    }
    let mut begun = node.post(&path(which, "/start"), &json!({ "redirect_uri": redirect_uri })).await?.good()?;
    loop {
        let text = |key: &str| begun[key].as_str().unwrap_or("").to_owned();
        // Standard output is for the answer. These instructions are for a person.
        eprintln!("{}", say(&model::Phrase::new("oauth-open").with("redirect", text("redirect_uri"))));
        eprintln!("\n{}\n", text("url"));
        eprintln!("{}", word("oauth-paste"));
        let address = pasted().await?;
        let ended = node.post(&path(which, "/finish"), &json!({ "address": address })).await?.good()?;
        match ended["result"].as_str() {
            Some("again") => begun = ended,
            _ => break,
        }
    }
    Ok(show(context, &node.get(&path(which, "")).await?.good()?))
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

fn show(context: &Context, grant: &Value) -> Exit {
    let exit = match (grant["well"] == true, grant["alarm"] == true || grant["state"] == "absent" || grant["confirm"].is_string())
    {
        (true, _) => Exit::Well,
        (false, true) => Exit::No,
        (false, false) => Exit::Degraded,
    };
    if context.json {
        report::json(grant);
        return exit;
    }
    let said = grant["says"].as_str().unwrap_or("");
    out!("{}", if exit == Exit::Well { report::good(said) } else { report::bad(said) });
    for remark in grant["remarks"].as_array().into_iter().flatten() {
        out!("  ! {}", remark.as_str().unwrap_or(""));
    }
    let fault = &grant["fault"];
    if fault.is_object() {
        let text = |key: &str| fault[key].as_str().unwrap_or("").to_owned();
        out!("  {}", text("cause"));
        out!("  “{}” ({})", text("words"), text("at"));
        out!("  → {}", text("remedy"));
    }
    let rows = ["account", "authorized", "last_renewed", "next_renewal", "token_expires", "idle_limit", "certificate_expires"];
    let known = rows.iter().filter_map(|row| Some((row, grant[*row].as_str()?)));
    let mut table: Vec<Vec<String>> =
        known.map(|(row, value)| vec![word(&format!("oauth-row-{}", row.replace('_', "-"))), value.to_owned()]).collect();
    if let Some(days) = grant["secret_days"].as_i64() {
        table.push(vec![word("oauth-row-secret-days"), days.to_string()]);
    }
    report::table(&table);
    exit
}

//! `postwacht account …`: accounts that may sign in on the pages.

use api::accounts::{AccountEntry, NewAccount, SignInLink};
use model::Phrase;

use super::context::CliContext;
use super::report;
use crate::answer::Parsed;
use crate::client::NodeClient;
use crate::error::{CliError, Exit};
use crate::path::encoded;
use crate::terminal::{print_line, word};

#[derive(clap::Subcommand)]
pub(super) enum AccountVerb {
    Create {
        name: String,
        #[arg(long, value_name = "R", value_parser = ["viewer", "operator", "administrator"])]
        role: String,
    },
    List,
    Reset {
        name: String,
    },
    Delete {
        name: String,
    },
}

pub(super) async fn run(context: &CliContext, verb: AccountVerb) -> Result<Exit, CliError> {
    let node = NodeClient::any(&context.bootstrap).await?;
    match verb {
        AccountVerb::Create { name, role } => link(context, &node.post("/accounts", &NewAccount { name, role }).await?),
        AccountVerb::List => list(context, &node.get("/accounts").await?),
        AccountVerb::Reset { name } => {
            link(context, &node.post(&format!("/accounts/{}/reset", encoded(&name)), &()).await?);
        }
        AccountVerb::Delete { name } => {
            node.delete(&format!("/accounts/{}", encoded(&name))).await?;
            report::done(context, &Phrase::new("account-deleted").with("name", name));
        }
    }
    Ok(Exit::Well)
}

/// Prints the link of an account. The answer holds only the path if the node does not know its base URL.
fn link(context: &CliContext, made: &Parsed<SignInLink>) {
    if context.json {
        return print_line(&made.json.to_string());
    }
    let link = made.value.url.as_ref().unwrap_or(&made.value.path);
    print_line(&format!("{}\n    {link}", word("account-link")));
}

fn list(context: &CliContext, accounts: &Parsed<Vec<AccountEntry>>) {
    if context.json {
        return print_line(&accounts.json.to_string());
    }
    for account in &accounts.value {
        print_line(&format!(
            "{:<30} {:<14} {}",
            account.name,
            word(&format!("page-role-{}", account.role)),
            report::seconds(&account.created)
        ));
    }
}

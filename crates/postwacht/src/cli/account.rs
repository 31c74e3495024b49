//! `postwacht account …`: accounts that may sign in on the pages.

use serde_json::{Value, json};

use super::queue::encoded;
use super::{CliError, Context, Exit, print_line, word};
use crate::client::Node;

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

pub(super) async fn run(context: &Context, verb: AccountVerb) -> Result<Exit, CliError> {
    let node = Node::any(&context.bootstrap).await?;
    match verb {
        AccountVerb::Create { name, role } => {
            let body = json!({ "name": name, "role": role });
            let made = node.call(hyper::Method::POST, "/accounts", &body, &[]).await?.good()?;
            link(context, &made);
        }
        AccountVerb::List => {
            let accounts = node.call(hyper::Method::GET, "/accounts", &Value::Null, &[]).await?.good()?;
            list(context, &accounts);
        }
        AccountVerb::Reset { name } => {
            let path = format!("/accounts/{}/reset", encoded(&name));
            let made = node.call(hyper::Method::POST, &path, &Value::Null, &[]).await?.good()?;
            link(context, &made);
        }
        AccountVerb::Delete { name } => {
            node.call(hyper::Method::DELETE, &format!("/accounts/{}", encoded(&name)), &Value::Null, &[]).await?.good()?;
        }
    }
    Ok(Exit::Well)
}

/// Prints the link of an account. The answer holds only the path if the node does not know its base URL.
fn link(context: &Context, made: &Value) {
    if context.json {
        return print_line(&made.to_string());
    }
    let link = made["url"].as_str().or(made["path"].as_str()).unwrap_or("");
    print_line(&format!("{}\n    {link}", word("account-link")));
}

fn list(context: &Context, accounts: &Value) {
    if context.json {
        return print_line(&accounts.to_string());
    }
    for account in accounts.as_array().into_iter().flatten() {
        let text = |key: &str| account[key].as_str().unwrap_or("").to_owned();
        print_line(&format!("{:<30} {:<14} {}", text("name"), text("role"), text("created")));
    }
}

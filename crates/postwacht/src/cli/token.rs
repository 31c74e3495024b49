//! `postwacht token …`: API tokens for programs on other machines.

use serde_json::{Value, json};

use super::{CliError, Context, Exit, print_line, word};
use crate::client::Node;

#[derive(clap::Subcommand)]
pub(super) enum TokenVerb {
    Create {
        #[arg(long, value_name = "S", required = true, value_delimiter = ',',
            value_parser = ["metrics", "send", "read", "operate", "administer"])]
        scope: Vec<String>,
        #[arg(long, value_name = "D")]
        expires: String,
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
    List,
    Revoke {
        id: i64,
    },
}

pub(super) async fn run(context: &Context, verb: TokenVerb) -> Result<Exit, CliError> {
    let node = Node::any(&context.bootstrap).await?;
    match verb {
        TokenVerb::Create { scope, expires, name } => {
            let name = name.unwrap_or_else(|| format!("cli-{}", admin::Clock::default().now()));
            let body = json!({ "name": name, "scopes": scope, "expires": expires });
            let made = node.post("/tokens", &body).await?.good()?;
            if context.json {
                print_line(&made.to_string());
            } else {
                // Prints only the token to standard output, so that a script can read it. The explanation goes to standard
                // error.
                eprintln!("{}", word("token-made"));
                print_line(made["token"].as_str().unwrap_or(""));
            }
        }
        TokenVerb::List => list(context, &node.get("/tokens").await?.good()?),
        TokenVerb::Revoke { id } => {
            node.call(hyper::Method::DELETE, &format!("/tokens/{id}"), &Value::Null, &[]).await?.good()?;
        }
    }
    Ok(Exit::Well)
}

fn list(context: &Context, tokens: &Value) {
    if context.json {
        return print_line(&tokens.to_string());
    }
    for token in tokens.as_array().into_iter().flatten() {
        let text = |key: &str| token[key].as_str().unwrap_or("-").to_owned();
        let scopes: Vec<&str> = token["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let ended = if token["ended"] == true { word("token-ended") } else { String::new() };
        print_line(&format!(
            "{:>4}  {:<24} {:<28} {} {} {ended}",
            token["id"],
            text("name"),
            scopes.join(","),
            text("expires"),
            text("last_used")
        ));
    }
}

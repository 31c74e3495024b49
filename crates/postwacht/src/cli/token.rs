//! `postwacht token …`: API tokens for programs on other machines.

use api::tokens::{CreatedToken, NewToken, ScopeName, TokenEntry};
use model::Phrase;
use model::id::TokenId;

use super::context::CliContext;
use super::report;
use crate::answer::Parsed;
use crate::client::NodeClient;
use crate::error::{CliError, Exit};
use crate::terminal::{print_line, word};

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
        id: TokenId,
    },
}

pub(super) async fn run(context: &CliContext, verb: TokenVerb) -> Result<Exit, CliError> {
    let node = NodeClient::any(&context.bootstrap).await?;
    match verb {
        TokenVerb::Create { scope, expires, name } => {
            let name = name.unwrap_or_else(|| format!("cli-{}", admin::Clock::default().now().as_millis()));
            let made = node.post::<CreatedToken>("/tokens", &NewToken { name, scopes: scope, expires }).await?;
            if context.json {
                print_line(&made.json.to_string());
            } else {
                // Prints only the token to standard output, so that a script can read it. The explanation goes to standard
                // error.
                eprintln!("{}", word("token-made"));
                print_line(&made.value.token);
            }
        }
        TokenVerb::List => list(context, &node.get("/tokens").await?),
        TokenVerb::Revoke { id } => {
            node.delete(&format!("/tokens/{id}")).await?;
            report::done(context, &Phrase::new("token-revoked").with("id", id));
        }
    }
    Ok(Exit::Well)
}

fn list(context: &CliContext, tokens: &Parsed<Vec<TokenEntry>>) {
    if context.json {
        return print_line(&tokens.json.to_string());
    }
    if tokens.value.is_empty() {
        return out!("{}", word("token-none"));
    }
    for token in &tokens.value {
        let scopes: Vec<&str> = token.scopes.iter().map(ScopeName::name).collect();
        let ended = if token.ended { word("token-ended") } else { String::new() };
        let last_used = token.last_used.as_deref().map_or_else(|| "-".to_owned(), report::seconds);
        let expires = report::seconds(&token.expires);
        let (id, name, scopes) = (token.id, &token.name, scopes.join(","));
        print_line(&format!("{id:>4}  {name:<24} {scopes:<28} {expires}  {last_used} {ended}"));
    }
}

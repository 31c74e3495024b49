//! `postwacht serve`: runs the node.

use store::UnexpectedStore;

use super::context::CliContext;
use crate::error::{CliError, Exit};
use crate::lifecycle::{Listeners, until_stopped};
use crate::reach::{external_url, listen};
use crate::terminal::say;
use crate::{allocator, telemetry, wiring};

#[derive(clap::Args)]
pub(super) struct ServeArgs {
    #[arg(long, value_name = "ADDR:PORT")]
    http: Option<String>,
    #[arg(long, value_name = "URL")]
    external_url: Vec<String>,
    #[arg(long)]
    new_store: bool,
}

pub(super) async fn run(mut context: CliContext, args: ServeArgs) -> Result<Exit, CliError> {
    if let Some(text) = &args.http {
        context.bootstrap.http = listen(text)?;
    }
    if !args.external_url.is_empty() {
        context.bootstrap.urls = args.external_url.iter().map(|url| external_url(url)).collect::<Result<_, _>>()?;
    }
    allocator::fix_threshold();
    telemetry::begin(&context.bootstrap)?;
    let unexpected = if args.new_store { UnexpectedStore::Accept } else { UnexpectedStore::Refuse };
    let service = wiring::service(&context.bootstrap, unexpected).await?;
    past(&service, unexpected);
    let mut listeners = Listeners::open(&context.bootstrap, &service, None).await?;
    tracing::info!(
        data_dir = %context.bootstrap.data_dir.display(),
        control = %context.bootstrap.control_socket().display(),
        pages = listeners.base,
        certificate = listeners.fingerprint,
        version = env!("CARGO_PKG_VERSION"),
        "ready"
    );
    first_start(&service, &listeners).await?;
    until_stopped(&service, &mut listeners).await?;
    Ok(Exit::Well)
}

/// Logs the doubt that the operator confirmed with `--new-store`, or that the flag was not needed.
fn past(service: &node::Service, unexpected: UnexpectedStore) {
    match &service.store().past().doubt {
        Some(doubt) => tracing::warn!(held = service.store().past().held, "started as confirmed by --new-store: {doubt}"),
        None if unexpected == UnexpectedStore::Accept => {
            tracing::warn!("--new-store was not needed; leave it away, or a missing database is replaced without a word");
        }
        None => {}
    }
}

/// Prints the link that makes the first account, if no account exists. Each start prints a new link to the console.
async fn first_start(service: &node::Service, listeners: &Listeners) -> Result<(), CliError> {
    let failed = |why: String| CliError::failed("error-open").why(why);
    let accounts = service.accounts();
    let Some(base) = &listeners.base else { return Ok(()) };
    if accounts.has_any().await.map_err(|fault| failed(fault.to_string()))? {
        return Ok(());
    }
    let link = accounts.make_link(None).await.map_err(|fault| failed(fault.to_string()))?;
    let url = format!("{base}/login/start/{}", link.reveal());
    eprintln!("{}", say(&model::Phrase::new("serve-first-start").with("url", url)));
    if let Some(fingerprint) = &listeners.fingerprint {
        eprintln!("{}", say(&model::Phrase::new("serve-fingerprint").with("fingerprint", fingerprint)));
    }
    Ok(())
}

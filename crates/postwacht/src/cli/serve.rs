//! `postwacht serve`: the node.

use super::{CliError, Context, Exit, say};
use crate::bootstrap::listen;
use crate::lifecycle::{Doors, until_stopped};
use crate::{telemetry, wiring};

#[derive(clap::Args)]
pub(super) struct Args {
    #[arg(long, value_name = "ADDR:PORT")]
    http: Option<String>,
}

pub(super) async fn run(mut context: Context, args: Args) -> Result<Exit, CliError> {
    if let Some(text) = &args.http {
        context.bootstrap.http = listen(text)?;
    }
    telemetry::begin(&context.bootstrap)?;
    let service = wiring::service(&context.bootstrap).await?;
    let mut doors = Doors::open(&context.bootstrap, &service).await?;
    tracing::info!(
        data_dir = %context.bootstrap.data_dir.display(),
        control = %context.bootstrap.control_socket().display(),
        pages = doors.pages.map(|address| format!("http://{address}/")),
        version = env!("CARGO_PKG_VERSION"),
        "ready"
    );
    first_start(&service, doors.pages).await?;
    until_stopped(&service, &mut doors).await?;
    Ok(Exit::Well)
}

/// A node that nobody can sign in to says where its first account is made: on the console, once a start.
async fn first_start(service: &service::Service, pages: Option<std::net::SocketAddr>) -> Result<(), CliError> {
    let failed = |why: String| CliError::failed("error-open").why(why);
    let accounts = service.accounts();
    let Some(address) = pages else { return Ok(()) };
    if accounts.any().await.map_err(|fault| failed(fault.to_string()))? {
        return Ok(());
    }
    let link = accounts.link(None).await.map_err(|fault| failed(fault.to_string()))?;
    let url = format!("http://{address}/login/start/{}", link.reveal());
    eprintln!("{}", say(&model::Phrase::new("serve-first-start").with("url", url)));
    Ok(())
}

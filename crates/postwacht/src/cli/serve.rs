//! `postwacht serve`: the node.

use super::{CliError, Context, Exit};
use crate::lifecycle::{Doors, until_stopped};
use crate::{telemetry, wiring};

pub(super) async fn run(context: &Context) -> Result<Exit, CliError> {
    telemetry::begin(&context.bootstrap)?;
    let service = wiring::service(&context.bootstrap).await?;
    let mut doors = Doors::open(&context.bootstrap, &service)?;
    tracing::info!(
        data_dir = %context.bootstrap.data_dir.display(),
        control = %context.bootstrap.control_socket().display(),
        version = env!("CARGO_PKG_VERSION"),
        "ready"
    );
    until_stopped(&service, &mut doors).await?;
    Ok(Exit::Well)
}

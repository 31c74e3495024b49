//! `postwacht netd`: the network helper of the failover pair. It runs as a service of its own, with two capabilities.

use std::path::PathBuf;

use netd::{NetdOptions, serve};

use super::context::CliContext;
use crate::error::{CliError, Exit};
use crate::telemetry;

#[derive(clap::Args)]
pub(super) struct NetdArgs {
    #[arg(long, value_name = "PATH", default_value = "/run/postwacht/netd.sock")]
    socket: PathBuf,
    #[arg(long, value_name = "UID")]
    user: Option<u32>,
}

/// Runs the helper. Call it before any thread begins: it gives up privileges, which each thread has for itself.
pub(super) fn run(context: &CliContext, args: NetdArgs) -> Result<Exit, CliError> {
    telemetry::begin(&context.bootstrap)?;
    let ended = serve(&NetdOptions { socket: args.socket, user: args.user });
    ended.map(|()| Exit::Well).map_err(|fault| CliError::failed("error-netd").why(fault))
}

//! Structured logs to standard error, one line per event.

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::bootstrap::{Bootstrap, LogFormat};
use crate::error::CliError;

pub(crate) fn begin(bootstrap: &Bootstrap) -> Result<(), CliError> {
    let filter: Targets = bootstrap
        .log_level
        .parse()
        .map_err(|error| CliError::usage("error-log-level").why(format!("{}: {error}", bootstrap.log_level)))?;
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter);
    let begun = match bootstrap.log_format {
        LogFormat::Text => {
            registry.with(layer.with_target(false).with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))).try_init()
        }
        LogFormat::Json => registry.with(layer.json().flatten_event(true)).try_init(),
    };
    begun.map_err(|error| CliError::failed("error-log-level").why(error))
}

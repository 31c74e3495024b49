//! Structured logs to standard error, one line per event.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::bootstrap::{Bootstrap, LogFormat};
use crate::error::CliError;

pub(crate) fn begin(bootstrap: &Bootstrap) -> Result<(), CliError> {
    let filter = filter(&bootstrap.log_level).map_err(|part| {
        CliError::usage("error-log-level").why(format!("not a level or TARGET=LEVEL: {part}")).todo("hint-log-level")
    })?;
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

/// The filter of a level, or of several parts `TARGET=LEVEL`, separated by commas. Fails with the part that is neither: the library
/// takes a misspelt level for the name of a target, and logs nothing else.
fn filter(levels: &str) -> Result<Targets, &str> {
    // The library takes no text at all for "error".
    let level = |text: &str| Some(text.trim()).filter(|text| !text.is_empty())?.parse::<LevelFilter>().ok();
    levels.split(',').try_fold(Targets::new(), |targets, part| match part.split_once('=') {
        None => level(part).map(|level| targets.with_default(level)).ok_or(part),
        Some((target, text)) => {
            level(text).filter(|_| !target.trim().is_empty()).map(|level| targets.with_target(target.trim(), level)).ok_or(part)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_log_level_is_refused() {
        for good in ["info", "WARN", "off", "warn,mail=debug", "mail=trace", "warn, mail = debug"] {
            assert!(filter(good).is_ok(), "{good}");
        }
        for (bad, part) in [
            ("nonsense", "nonsense"),
            ("", ""),
            ("infos", "infos"),
            ("warn,mail", "mail"),
            ("mail=loud", "mail=loud"),
            ("=info", "=info"),
            ("warn,", ""),
        ] {
            assert_eq!(filter(bad).err(), Some(part), "{bad}");
        }
        let split = filter("warn,mail=debug").expect("legal");
        assert!(split.would_enable("mail::queue", &tracing::Level::DEBUG));
        assert!(!split.would_enable("store", &tracing::Level::INFO));
    }
}

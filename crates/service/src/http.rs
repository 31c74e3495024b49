//! HTTP as we speak it to others: over TLS with our roots, no redirects, no retries, no proxy but a given one, bounded in time.

use std::time::Duration;

use crate::relay::client_config;

/// A client. `added` are authorities beside the system's; `times` are for connecting, and for all of it.
pub(crate) fn client(added: Option<&str>, proxy: Option<&str>, times: (Duration, Duration)) -> Result<reqwest::Client, String> {
    let tls = client_config(added)?;
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured((*tls).clone())
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .pool_max_idle_per_host(0)
        .connect_timeout(times.0)
        .timeout(times.1);
    // The proxy is the settings' and never the environment's: a variable must not lead tokens elsewhere.
    let builder = match proxy {
        None => builder.no_proxy(),
        Some(proxy) => builder.proxy(reqwest::Proxy::all(proxy).map_err(|error| words_of(&error))?),
    };
    builder.build().map_err(|error| words_of(&error))
}

/// An HTTP date (RFC 9110 §5.6.7) in Unix milliseconds.
pub(crate) fn moment(date: &str) -> Option<i64> {
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok()?;
    Some(date.as_millisecond())
}

/// The whole chain of reasons, without the address: it stands in the settings.
pub(crate) fn words_of(error: &reqwest::Error) -> String {
    let kind = match () {
        () if error.is_timeout() => "no answer in time",
        () if error.is_connect() => "no connection",
        () => "the exchange broke off",
    };
    let mut words = kind.to_owned();
    let mut source = std::error::Error::source(error);
    while let Some(reason) = source {
        let reason_text = reason.to_string();
        if !words.contains(&reason_text) {
            words = format!("{words}: {reason_text}");
        }
        source = reason.source();
    }
    words
}

//! `/metrics`: the state of the node for Prometheus (text exposition format 0.0.4). Names and meaning: docs/metrics.md.

use std::fmt::Write;
use std::sync::Arc;

use alerts::health::MailHealth;
use alerts::status::Status;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::time::Timestamp;
use node::Service;

use crate::health::may_watch;
use crate::via::Via;

/// A metric: its name, type and help text.
struct Figure {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
}

const FIGURES: [Figure; 15] = [
    Figure { name: "postwacht_build_info", kind: "gauge", help: "Always 1; the label version says which version runs." },
    Figure {
        name: "postwacht_health",
        kind: "gauge",
        help: "1 for the current state of mail: well, degraded, checking, unproven, silent or unset.",
    },
    Figure {
        name: "postwacht_messages",
        kind: "gauge",
        help: "Messages not yet settled, by state: waiting, held, sender-held. Counting ends at 100000 for each application.",
    },
    Figure {
        name: "postwacht_oldest_waiting_timestamp_seconds",
        kind: "gauge",
        help: "When the oldest waiting message was queued, as Unix time; absent if no message is waiting.",
    },
    Figure {
        name: "postwacht_last_accepted_timestamp_seconds",
        kind: "gauge",
        help: "When a relay last accepted a message, as Unix time; absent before the first.",
    },
    Figure { name: "postwacht_relay_open", kind: "gauge", help: "1 if the relay may be used, 0 if it is held." },
    Figure { name: "postwacht_relay_held_senders", kind: "gauge", help: "Senders that this relay refuses now." },
    Figure {
        name: "postwacht_alarm",
        kind: "gauge",
        help: "Alerts that need action at once: lost or refused grants, critical incidents of mail. 0 is good.",
    },
    Figure {
        name: "postwacht_oauth_grant",
        kind: "gauge",
        help: "1 for the current state of the OAuth2 grant of a relay: absent, authorized, doubted, lost, client-refused or misconfigured.",
    },
    Figure {
        name: "postwacht_oauth_renewed_timestamp_seconds",
        kind: "gauge",
        help: "When the OAuth2 token of a relay was last renewed, as Unix time; absent before the first.",
    },
    Figure {
        name: "postwacht_last_proven_timestamp_seconds",
        kind: "gauge",
        help: "When a relay last accepted a message or a sign-in, as Unix time; absent before the first.",
    },
    Figure { name: "postwacht_incidents", kind: "gauge", help: "Open incidents." },
    Figure { name: "postwacht_notices_untold", kind: "gauge", help: "Notices that are waiting to be sent." },
    Figure {
        name: "postwacht_events_refused_total",
        kind: "counter",
        help: "Events of programs that were refused since the start, because too many incidents were open or too many events came in a short time.",
    },
    Figure {
        name: "postwacht_settings_revision",
        kind: "gauge",
        help: "The current revision of the settings; 0 before the first.",
    },
];

/// Escapes a label's value (the format's escapes).
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn seconds(at: &str) -> Option<f64> {
    let at: jiff::Timestamp = at.parse().ok()?;
    Some(at.as_duration().as_secs_f64())
}

fn unix_seconds(at: Timestamp) -> f64 {
    at.as_millis() as f64 / 1000.0
}

/// Returns the samples of one metric: labels and value.
fn values(name: &str, status: &Status) -> Vec<(String, f64)> {
    let plain = |value: Option<f64>| value.map(|value| (String::new(), value)).into_iter().collect();
    let count = |value: u64| value as f64;
    match name {
        "postwacht_build_info" => vec![(format!("version=\"{}\"", quoted(status.version)), 1.0)],
        "postwacht_health" => MailHealth::ALL
            .iter()
            .map(|health| (format!("state=\"{}\"", health.name()), f64::from(*health == status.health)))
            .collect(),
        "postwacht_messages" => {
            [("waiting", status.waiting), ("held", status.operator_held), ("sender-held", status.sender_held)]
                .map(|(state, value)| (format!("state=\"{state}\""), count(value)))
                .to_vec()
        }
        "postwacht_oldest_waiting_timestamp_seconds" => plain(status.oldest_waiting.map(unix_seconds)),
        "postwacht_last_accepted_timestamp_seconds" => plain(status.last_accepted.as_deref().and_then(seconds)),
        "postwacht_relay_open" => status
            .relays
            .iter()
            .map(|relay| (format!("relay=\"{}\"", quoted(&relay.name)), f64::from(relay.hold_cause.is_none())))
            .collect(),
        "postwacht_relay_held_senders" => status
            .relays
            .iter()
            .map(|relay| (format!("relay=\"{}\"", quoted(&relay.name)), relay.held_senders.len() as f64))
            .collect(),
        "postwacht_alarm" => plain(Some(status.alarms.len() as f64)),
        "postwacht_oauth_grant" => status
            .grants
            .iter()
            .flat_map(|grant| model::oauth::GrantPhase::NAMES.map(|state| (grant, state)))
            .map(|(grant, state)| {
                (format!("relay=\"{}\",state=\"{state}\"", quoted(&grant.relay)), f64::from(state == grant.phase.name()))
            })
            .collect(),
        "postwacht_oauth_renewed_timestamp_seconds" => status
            .grants
            .iter()
            .filter_map(|grant| Some((format!("relay=\"{}\"", quoted(&grant.relay)), unix_seconds(grant.renewed?))))
            .collect(),
        "postwacht_last_proven_timestamp_seconds" => plain(status.last_proven.as_deref().and_then(seconds)),
        "postwacht_incidents" => plain(Some(status.incidents as f64)),
        "postwacht_notices_untold" => plain(Some(status.waiting_notices as f64)),
        "postwacht_events_refused_total" => plain(Some(count(status.events_refused))),
        "postwacht_settings_revision" => plain(Some(status.revision as f64)),
        _ => Vec::new(),
    }
}

fn exposition(status: &Status) -> String {
    let mut text = String::new();
    for figure in &FIGURES {
        let values = values(figure.name, status);
        if values.is_empty() {
            continue;
        }
        // Writing to a string does not fail.
        let _ = writeln!(text, "# HELP {} {}\n# TYPE {} {}", figure.name, figure.help, figure.name, figure.kind);
        for (labels, value) in values {
            let labels = if labels.is_empty() { labels } else { format!("{{{labels}}}") };
            let _ = writeln!(text, "{}{labels} {value}", figure.name);
        }
    }
    text
}

pub(crate) async fn metrics(State(service): State<Arc<Service>>, Extension(via): Extension<Via>, headers: HeaderMap) -> Response {
    if let Err(refusal) = may_watch(&service, via, &headers).await {
        return refusal;
    }
    match service.alerts().status().await {
        Ok(status) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], exposition(&status)).into_response(),
        Err(error) => {
            tracing::error!(%error, "the state of the node cannot be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every metric is documented, and the document names no other.
    #[test]
    fn metrics_are_documented_completely() {
        let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/metrics.md")).expect("the document");
        for figure in &FIGURES {
            assert!(text.contains(&format!("| `{}` | {} | {} |", figure.name, figure.kind, figure.help)), "{}", figure.name);
        }
        assert_eq!(text.matches("| `postwacht_").count(), FIGURES.len());
    }

    #[test]
    fn label_value_is_escaped_within_its_line() {
        assert_eq!(quoted("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}

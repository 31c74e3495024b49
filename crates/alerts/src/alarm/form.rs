//! Builds webhook calls in the format of each kind.

use admin::clock::rfc3339;
use model::Phrase;
use model::event::{Object, OwnCode, Severity};
use model::id::IncidentId;
use model::incident::{Incident, IncidentAct, IncidentState};
use model::settings::{Webhook, WebhookKind};
use model::time::Timestamp;
use ring::hmac;
use serde_json::{Value, json};
use store::NewHook;

use crate::notice::{DescribedEvent, NoticeContext, incident_todo};

/// A change of contacts or access can redirect notices by mail. So webhooks report it too.
const SECURITY: [OwnCode; 3] = [OwnCode::SettingsChanged, OwnCode::AccessChanged, OwnCode::ContactRemoved];

/// True if webhooks report the incident: mail faults, security changes, and every critical incident.
fn matters(incident: &Incident) -> bool {
    let of_mail = incident.code.entry().is_some_and(|entry| matches!(entry.object, Object::Relay | Object::Mail));
    // The worst severity counts, so that a receiver told of the beginning is also told of the end.
    let worst = incident.worst.unwrap_or(incident.severity);
    worst == Severity::Critical
        || (of_mail || incident.code.own().is_some_and(|code| SECURITY.contains(&code))) && worst >= Severity::Warning
}

/// The webhook calls for an act of an incident.
pub fn hooks(context: &NoticeContext, incident: &Incident, act: IncidentAct) -> Vec<NewHook> {
    let told = matches!(
        act,
        IncidentAct::Raised
            | IncidentAct::Worse
            | IncidentAct::Reminded
            | IncidentAct::Resolved
            | IncidentAct::Obsolete
            | IncidentAct::Unstable
            | IncidentAct::Stable
            | IncidentAct::Happened
    );
    // A flapping incident is reported once, as by mail.
    let flaps =
        matches!(incident.state, IncidentState::Unstable { .. }) && matches!(act, IncidentAct::Raised | IncidentAct::Resolved);
    if !told || flaps || !matters(incident) {
        return Vec::new();
    }
    let said = |part: &str| context.of_event(part, &DescribedEvent::of(incident));
    let severity = context.word(&format!("severity-{}", incident.severity.name()));
    // An incident that comes and goes may be over at the moment of the call.
    let is_over = incident.state.is_past() || matches!(incident.state, IncidentState::Unstable { open: false });
    let kind = match act {
        IncidentAct::Stable if is_over => Some("resolved"),
        IncidentAct::Unstable | IncidentAct::Resolved | IncidentAct::Obsolete => Some(act.name()),
        _ => None,
    };
    let title = match kind {
        Some(kind) => {
            let kind = context.word(&format!("notice-kind-{kind}"));
            let severity = if is_over { String::new() } else { format!("{severity}, ") };
            format!("[{}] {severity}{kind}: {}", context.site(), said("short"))
        }
        None => format!("[{}] {severity}: {}", context.site(), said("subject")),
    };
    let changes = context.changes(&incident.code, &incident.facts);
    let news = match (act, is_over) {
        (IncidentAct::Unstable, true) => Some(context.word("notice-unstable-over")),
        (IncidentAct::Unstable, false) => Some(context.word("notice-unstable")),
        _ => None,
    };
    let body = said("body");
    let body = if is_over { context.say(&Phrase::new("notice-was").with("body", body)) } else { body };
    let todo = (!is_over).then(|| incident_todo(context.language(), &context.settings.site.time_zone, incident));
    let text = [news, Some(body), changes, todo].into_iter().flatten().collect::<Vec<_>>().join("\n");
    // The last call of a failed store is about an incident without a number.
    let number = Some(incident.id).filter(|id| *id > IncidentId::BEFORE_FIRST);
    let body = json!({
        "event": incident.code.text(),
        "state": act.name(),
        "severity": incident.severity.name(),
        "open": incident.state.is_open(),
        "site": context.site(),
        "node": context.names.host,
        "object": incident.object,
        "incident": number,
        "at": rfc3339(context.now),
        "since": rfc3339(incident.since),
        "facts": incident.facts,
        "title": title,
        "text": text,
        "url": number.map(|number| context.page(&format!("/login/incidents/{number}"))),
    });
    let new_hook = |webhook: &Webhook| NewHook { url: webhook.url.clone(), body: body.to_string() };
    context.settings.alarm.webhooks.iter().map(new_hook).collect()
}

/// A request to a webhook.
pub(super) struct Shaped {
    pub(super) url: String,
    pub(super) body: String,
    pub(super) headers: Vec<(&'static str, String)>,
}

/// The request in the receiver's format. `key` signs it: HMAC-SHA256 over the time (Unix seconds), a dot, and the body.
pub(super) fn shaped(webhook: &Webhook, told: &str, key: Option<&model::Secret>, now: Timestamp) -> Shaped {
    let value: Value = serde_json::from_str(told).unwrap_or(Value::Null);
    let text = |name: &str| value[name].as_str().unwrap_or("").to_owned();
    match webhook.kind {
        WebhookKind::Json => {
            let at = now.as_secs().to_string();
            let mut headers = vec![("X-Postwacht-Event", text("event")), ("X-Postwacht-Timestamp", at.clone())];
            if let Some(key) = key {
                let key = hmac::Key::new(hmac::HMAC_SHA256, key.reveal().as_bytes());
                let tag = hmac::sign(&key, format!("{at}.{told}").as_bytes());
                headers.push(("X-Postwacht-Signature", format!("sha256={}", model::hex(tag.as_ref()))));
            }
            Shaped { url: webhook.url.clone(), body: told.to_owned(), headers }
        }
        WebhookKind::Ntfy => {
            // The topic is the last part of the address; JSON goes to the server itself. A query (`?auth=…`,
            // <https://docs.ntfy.sh/publish/#query-param>) stays with it.
            let (address, query) = webhook.url.split_once('?').unwrap_or((&webhook.url, ""));
            let query = if query.is_empty() { String::new() } else { format!("?{query}") };
            let (server, topic) = address.trim_end_matches('/').rsplit_once('/').unwrap_or((address, ""));
            let over = value["open"] == false && text("state") != IncidentAct::Happened.name();
            let priority = match (text("severity").as_str(), over) {
                (_, true) => 3,
                ("critical", _) => 5,
                ("error", _) => 4,
                _ => 3,
            };
            let mut body = json!({ "topic": topic, "title": text("title"), "message": text("text"), "priority": priority });
            if let Some(url) = value["url"].as_str() {
                body["click"] = url.into();
            }
            Shaped { url: format!("{server}/{query}"), body: body.to_string(), headers: Vec::new() }
        }
        WebhookKind::Slack => {
            let escape = |text: String| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let link = value["url"].as_str().map(|url| format!("\n<{url}>")).unwrap_or_default();
            let body = json!({ "text": format!("*{}*\n{}{link}", escape(text("title")), escape(text("text"))) });
            Shaped { url: webhook.url.clone(), body: body.to_string(), headers: Vec::new() }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::event::{EventKind, Facts};
    use model::incident::{Input, NewIncident, Raised};

    use super::*;

    const TOLD: &str = r#"{"event":"mail.silent","state":"raised","severity":"critical","title":"[s] <b>","text":"x & y","url":"https://p/login/incidents/1"}"#;

    fn webhook(kind: WebhookKind) -> Webhook {
        Webhook { kind, url: "https://hook.example/a/topic".into() }
    }

    /// A call tells the state of its moment: an incident that comes and goes is over half of the time.
    #[test]
    fn call_about_ended_incident_raises_no_alarm() {
        let mut context = crate::notice::sample_context(model::Language::En);
        Arc::make_mut(&mut context.settings).alarm.webhooks = vec![webhook(WebhookKind::Json)];
        let new = NewIncident {
            id: IncidentId(1),
            kind: EventKind::Lasting,
            code: OwnCode::RelayNone.into(),
            object: "",
            by: "postwacht",
            inhibited: false,
        };
        let raised = || Raised { severity: Severity::Critical, facts: Facts::new(), step: None };
        let (mut incident, act) = Incident::begin(new, raised(), Timestamp::from_secs(0));
        let told = |incident: &Incident, act: IncidentAct| {
            let call = hooks(&context, incident, act).pop().expect("a call");
            let call: Value = serde_json::from_str(&call.body).expect("JSON");
            let is_past = call["text"].as_str().unwrap_or_default().contains("What it was about");
            (call["title"].as_str().unwrap_or_default().contains("Critical"), is_past, call["open"].as_bool())
        };
        assert_eq!(told(&incident, act), (true, false, Some(true)), "raised");
        for second in 1..8 {
            let (input, open) = if second % 2 == 1 { (Input::Clear, false) } else { (Input::Raise(raised()), true) };
            for act in incident.apply(input, Timestamp::from_secs(second)) {
                if matches!(act, IncidentAct::Resolved | IncidentAct::Raised)
                    && matches!(incident.state, IncidentState::Unstable { .. })
                {
                    assert!(hooks(&context, &incident, act).is_empty(), "told once as unstable");
                    continue;
                }
                assert_eq!(told(&incident, act), (open, !open, Some(open)), "second {second}: {act:?}");
            }
        }
        assert!(matches!(incident.state, IncidentState::Unstable { open: false }), "{:?}", incident.state);
        assert_eq!(incident.apply(Input::Tick, Timestamp::from_secs(3600)), [IncidentAct::Stable]);
        assert_eq!(told(&incident, IncidentAct::Stable), (false, true, Some(false)));
    }

    #[test]
    fn signature_covers_time_and_body() {
        let key = model::Secret::new("key");
        let shaped = shaped(&webhook(WebhookKind::Json), "{}", Some(&key), Timestamp::from_millis(1_700_000_000_999));
        // printf '1700000000.{}' | openssl dgst -sha256 -hmac key
        let signed = "sha256=9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae";
        assert!(shaped.headers.contains(&("X-Postwacht-Signature", signed.to_owned())), "{:?}", shaped.headers);
    }

    #[test]
    fn each_kind_has_its_own_form() {
        let ntfy = shaped(&webhook(WebhookKind::Ntfy), TOLD, None, Timestamp::EPOCH);
        assert_eq!(ntfy.url, "https://hook.example/a/");
        let body: Value = serde_json::from_str(&ntfy.body).unwrap_or_default();
        assert_eq!((body["topic"].as_str(), body["priority"].as_i64()), (Some("topic"), Some(5)));
        let private = Webhook { kind: WebhookKind::Ntfy, url: "https://hook.example/topic?auth=QmVhcmVy".into() };
        let private = shaped(&private, TOLD, None, Timestamp::EPOCH);
        assert!(
            private.url == "https://hook.example/?auth=QmVhcmVy" && private.body.contains("\"topic\":\"topic\""),
            "{}",
            private.body
        );
        let slack: Value =
            serde_json::from_str(&shaped(&webhook(WebhookKind::Slack), TOLD, None, Timestamp::EPOCH).body).unwrap_or_default();
        assert_eq!(slack["text"], "*[s] &lt;b&gt;*\nx &amp; y\n<https://p/login/incidents/1>");
    }
}

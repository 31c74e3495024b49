//! The queue, and the page of a message.

use axum::http::StatusCode;
use model::Language;
use model::account::Role;

use super::{PageNode, relay};

#[tokio::test]
async fn queue_without_messages() {
    let node = PageNode::new().await;
    node.administrator().await.shows("queue-empty", "/login/queue").await;
}

#[tokio::test]
async fn queue_with_messages_in_each_state() {
    let node = PageNode::set_up(relay::start().await).await;
    let accepted = node.send("ops@lab.test", "Accepted").await;
    node.sends_until(&accepted, "accepted").await;
    let refused = node.send("gone@lab.test", "Refused").await;
    node.sends_until(&refused, "refused").await;
    let (held, cancelled) = (node.send("ops@lab.test", "Held").await, node.send("ops@lab.test", "Cancelled").await);
    node.act(&held, "hold").await;
    node.act(&cancelled, "cancel").await;
    node.send("carol@lab.test", "<b>Waiting</b> & more").await;
    let ann = node.administrator().await;
    ann.shows("queue-states", "/login/queue").await;
    ann.shows("queue-filtered", "/login/queue?state=waiting&to=carol").await;
    ann.shows("queue-nothing-found", "/login/queue?state=accepted&to=nobody").await;
    ann.shows("queue-held-with-undo", &format!("/login/queue?done=hold&count=1&ids={held}")).await;
    ann.shows("queue-nothing-ticked", "/login/queue?done=none&count=0").await;
    node.member("vic", Role::Viewer).await.shows("queue-viewer", "/login/queue").await;
    for (name, id) in [
        ("message-accepted", accepted),
        ("message-refused", refused),
        ("message-held", held.clone()),
        ("message-cancelled", cancelled),
    ] {
        ann.shows(name, &format!("/login/queue/{id}")).await;
    }
    ann.answers("queue-cancel-asked", "/login/queue", &[("do", "cancel"), ("id", &held)]).await;
}

#[tokio::test]
async fn message_page_gives_the_reason_of_a_wait() {
    let node = PageNode::set_up(relay::start().await).await;
    let busy = node.send("busy@lab.test", "Deferred").await;
    node.service.start_sending().await;
    let ann = node.administrator().await;
    let path = format!("/login/queue/{busy}");
    super::until("the attempt is shown", async || ann.get(&path, Language::En).await.html.contains("451 4.3.0")).await;
    node.service.stop_sending().await;
    ann.shows("message-deferred", &path).await;
    node.member("vic", Role::Viewer).await.shows("message-viewer", &path).await;
}

/// A message to four people: two are accepted, one is refused, one waits. Every number and reason is true at each step.
#[tokio::test]
async fn message_to_four_recipients_tells_each_fate() {
    let node = PageNode::set_up(relay::start().await).await;
    let id = node.send("ops@lab.test, carol@lab.test, gone@lab.test, busy@lab.test", "Four").await;
    let ann = node.administrator().await;
    let path = format!("/login/queue/{id}");
    let fates = async || node.message(&id).await["fates"].clone();
    let counts = |accepted: u32, refused: u32, waiting: u32, cancelled: u32| serde_json::json!({ "accepted": accepted, "refused": refused, "waiting": waiting, "cancelled": cancelled });
    assert_eq!(fates().await, counts(0, 0, 4, 0));
    node.service.start_sending().await;
    super::until("each recipient was tried", async || fates().await == counts(2, 1, 1, 0)).await;
    super::until("the reason is known", async || node.message(&id).await["waiting"]["reply"].is_string()).await;
    node.service.stop_sending().await;
    ann.shows("message-four-waiting", &path).await;
    ann.shows("queue-four-refused", "/login/queue?state=refused").await;
    let message = node.message(&id).await;
    assert_eq!((&message["state"], &message["reason"]), (&"waiting".into(), &"451 4.3.0 Try again later".into()));
    assert_eq!(message["waiting"]["reply"], "451 4.3.0 Try again later");
    let accepted = ann.get("/login/queue?state=accepted", Language::En).await.html;
    assert!(!accepted.contains("Four"), "it is not accepted as a whole");
    node.act(&id, "hold").await;
    ann.shows("message-four-held", &path).await;
    node.act(&id, "cancel").await;
    assert_eq!((fates().await, &node.message(&id).await["state"]), (counts(2, 1, 0, 1), &"partly-accepted".into()));
    ann.shows("message-four-settled", &path).await;
    for (state, found) in
        [("partly-accepted", true), ("refused", true), ("cancelled", true), ("accepted", false), ("waiting", false)]
    {
        let html = ann.get(&format!("/login/queue?state={state}"), Language::En).await.html;
        assert_eq!(html.contains("2 of 4 accepted, 1 refused, 1 cancelled"), found, "{state}");
    }
}

#[tokio::test]
async fn message_page_names_the_held_relay() {
    let node = PageNode::set_up(relay::none().await).await;
    let id = node.send("ops@lab.test", "Disk full").await;
    node.service.start_sending().await;
    super::until("the relay is held", async || node.service.queue().all_held()).await;
    node.service.stop_sending().await;
    let ann = node.administrator().await;
    ann.shows("message-relay-held", &format!("/login/queue/{id}")).await;
    ann.shows("queue-relay-held", "/login/queue").await;
}

#[tokio::test]
async fn message_without_subject_and_unknown_message() {
    let node = PageNode::set_up(relay::none().await).await;
    let id = node.send("ops@lab.test", "").await;
    let ann = node.administrator().await;
    ann.shows("message-no-subject", &format!("/login/queue/{id}")).await;
    ann.shows("message-unknown", "/login/queue/zz-999").await;
}

/// A role without the right changes nothing.
#[tokio::test]
async fn viewer_is_refused_on_queue_actions() {
    let node = PageNode::set_up(relay::none().await).await;
    let id = node.send("ops@lab.test", "Disk full").await;
    let vic = node.member("vic", Role::Viewer).await;
    vic.answers("queue-forbidden", "/login/queue", &[("do", "hold"), ("id", &id)]).await;
    let refused = vic.post(&format!("/login/queue/{id}"), &[("do", "cancel"), ("sure", "1")], Language::En).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    node.becomes(&id, "waiting").await;
}

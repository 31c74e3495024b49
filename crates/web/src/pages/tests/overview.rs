//! The overview in each state of mail.

use model::account::Role;

use super::{PageNode, relay, settings};

#[tokio::test]
async fn overview_without_settings() {
    let node = PageNode::new().await;
    node.administrator().await.shows("overview-unset", "/login/overview").await;
}

#[tokio::test]
async fn overview_before_the_first_message() {
    let node = PageNode::set_up(relay::none().await).await;
    node.administrator().await.shows("overview-unproven", "/login/overview").await;
}

#[tokio::test]
async fn overview_while_mail_is_working() {
    let node = PageNode::set_up(relay::start().await).await;
    let id = node.send("ops@lab.test", "Disk full").await;
    node.sends_until(&id, "accepted").await;
    node.administrator().await.shows("overview-working", "/login/overview").await;
}

#[tokio::test]
async fn overview_after_a_refusal() {
    let node = PageNode::set_up(relay::start().await).await;
    let accepted = node.send("ops@lab.test", "Disk full").await;
    node.sends_until(&accepted, "accepted").await;
    let refused = node.send("gone@lab.test", "Disk full").await;
    node.sends_until(&refused, "refused").await;
    let held = node.send("ops@lab.test", "Held").await;
    node.act(&held, "hold").await;
    node.administrator().await.shows("overview-attention", "/login/overview").await;
}

#[tokio::test]
async fn overview_while_the_relay_cannot_be_reached() {
    let node = PageNode::set_up(relay::none().await).await;
    let id = node.send("ops@lab.test", "Disk full").await;
    node.service.start_sending().await;
    super::until("the relay is held", async || node.service.queue().all_held()).await;
    node.service.stop_sending().await;
    node.becomes(&id, "waiting").await;
    node.raise("app.backup-failed", "db-1", "critical").await;
    node.administrator().await.shows("overview-broken", "/login/overview").await;
    node.member("vic", Role::Viewer).await.shows("overview-broken-viewer", "/login/overview").await;
    node.member("ola", Role::Operator).await.shows("overview-retried", "/login/overview?done=retry&count=1").await;
}

#[tokio::test]
async fn overview_with_many_incidents_and_two_relays() {
    let mut two = settings(relay::none().await);
    two["email"]["fallback"] =
        serde_json::json!([{ "relay": { "name": "second", "host": "127.0.0.1", "port": 1, "encryption": "none" } }]);
    let node = PageNode::new().await;
    node.save(two).await;
    for n in 1..=9 {
        node.raise("app.backup-failed", &format!("db-{n}"), ["warning", "error"][n % 2]).await;
    }
    node.administrator().await.shows("overview-incidents", "/login/overview").await;
}

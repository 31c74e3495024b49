//! Events and the mails that report them, read back from a real relay's mailbox.

use model::event::Severity;
use testkit::{Lab, TcpProxy};

use crate::world::{HOUR, MINUTE, World, settings};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn incident_begin_reminder_and_end_share_one_thread() {
    let world = World::start(settings(Lab::get().postfix(0))).await;
    world.raise("app.backup-failed", "nightly", Severity::Critical).await;
    let raised = world.arrive("Critical: app.backup-failed: nightly", 1).await.remove(0);
    for _ in 0..20 {
        world.raise("app.backup-failed", "nightly", Severity::Critical).await;
    }
    world.clock.step(4 * HOUR);
    let reminder = world.arrive("still open (4 h 0 min): app.backup-failed: nightly", 1).await.remove(0);
    world.resolve("app.backup-failed", "nightly").await;
    let resolved = world.arrive("Resolved: app.backup-failed (nightly)", 1).await.remove(0);
    assert_eq!(world.mails().len(), 3, "raised again while open, nobody is told again");

    let id = |mail: &crate::world::ReceivedMail| mail.header("message-id").unwrap();
    assert_eq!(raised.header("references"), None);
    assert_eq!(reminder.header("in-reply-to"), Some(id(&raised)));
    assert_eq!(resolved.header("in-reply-to"), Some(id(&reminder)));
    assert_eq!(resolved.header("references"), Some(format!("{} {}", id(&raised), id(&reminder))));
    for mail in [&raised, &reminder] {
        assert_eq!(mail.header("importance").as_deref(), Some("high"));
    }
    assert_eq!(resolved.header("importance"), None, "an end is no emergency");
    for mail in [&raised, &reminder, &resolved] {
        assert_eq!(mail.header("auto-submitted").as_deref(), Some("auto-generated"));
        assert_eq!(mail.header("x-auto-response-suppress").as_deref(), Some("All"));
        assert_eq!(mail.header("x-postwacht-event").as_deref(), Some("app.backup-failed"));
        assert!(mail.text.contains("db-1") && mail.html.contains("db-1"), "{mail:?}");
        assert!(mail.text.contains("https://post.example.net/login/incidents/1"), "{}", mail.text);
    }
    assert!(reminder.text.contains("Occurred:") && reminder.text.contains("21 times"), "{}", reminder.text);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn incident_during_an_outage_is_one_mail_with_its_times() {
    let proxy = TcpProxy::to(Lab::get().postfix(0));
    proxy.cut();
    let world = World::start(settings(proxy.port)).await;
    world.raise("app.door-open", "rack 3", Severity::Error).await;
    // Its message cannot leave, because the relay is gone, and is withdrawn.
    world.until("the relay is held", async || world.service.queue().all_held()).await;
    // The notice that no relay works waits too, as soon as the watch has looked.
    world.until("it waits to be told", async || world.service.events().waiting_notices().await.count >= 1).await;
    world.clock.step(10 * MINUTE);
    world.resolve("app.door-open", "rack 3").await;
    proxy.restore();
    world.reopens().await;
    let mail = world.arrive("Ended: app.door-open (rack 3)", 1).await.remove(0);
    assert!(["Began at:", "Ended at:", "Sent at:"].iter().all(|row| mail.text.contains(row)), "{}", mail.text);
    let told: Vec<String> = world.mails().into_iter().map(|mail| mail.subject).filter(|s| s.contains("app.door")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
}

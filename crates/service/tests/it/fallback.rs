//! The first relay down: mail goes by the second. Both down: nothing is lost, and nobody is flooded afterwards.

use model::event::Severity;
use serde_json::json;
use testkit::{Gate, Hook, Lab};

use crate::world::{HOUR, MINUTE, World, settings_two};

#[tokio::test(flavor = "multi_thread")]
async fn mail_goes_by_the_second_relay_at_once_and_by_the_first_again_when_it_is_back() {
    let lab = Lab::get();
    let (first, second) = (Gate::to(lab.postfix(0)), Gate::to(lab.postfix(0)));
    let world = World::start(settings_two(first.port, second.port)).await;
    world.send("bob@lab.test", "one").await;
    world.until("by the first", async || world.service.queue().last_accepted().is_some()).await;
    assert_eq!((first.taken(), second.taken()), (1, 0));
    first.shut();
    world.send("bob@lab.test", "two").await;
    world.until("by the second", async || second.taken() > 0).await;
    world.arrive("mail goes by second because first cannot be used", 1).await;
    first.open();
    world.clock.step(2 * MINUTE);
    world.arrive("Resolved: fallback relay in use", 1).await;
    let before = (first.taken(), second.taken());
    for n in 0..5 {
        world.send("gone@lab.test", &format!("wrong {n}")).await;
    }
    world.opens("queue.refused").await;
    assert!(first.taken() >= before.0 && world.open("relay.fallback.active").await.is_none(), "a wrong address moves nothing");
    assert_eq!(second.taken(), before.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_relays_down_is_told_by_webhook_and_what_waited_comes_without_a_flood() {
    let lab = Lab::get();
    let (first, second, hook) = (Gate::to(lab.postfix(0)), Gate::to(lab.postfix(0)), Hook::start());
    let mut all = settings_two(first.port, second.port);
    all["alarm"] = json!({ "webhooks": [hook.url] });
    let world = World::start(all).await;
    first.shut();
    second.shut();
    let sent = world.send("bob@lab.test", "waits").await;
    world.until("both are held", async || world.service.queue().all_held()).await;
    for n in 0..30 {
        world.raise("app.disk", &format!("host {n}"), Severity::Error).await;
    }
    world.raise("app.fire", "", Severity::Critical).await;
    world.clock.step(31 * MINUTE);
    world.until("silence is told elsewhere", async || hook.told().iter().any(|told| told.json()["event"] == "mail.silent")).await;
    for n in 0..10 {
        world.resolve("app.disk", &format!("host {n}")).await;
    }
    world.clock.step(2 * HOUR);
    second.open();
    world.clock.step(16 * MINUTE);
    world
        .until("what waited has gone", async || {
            let view = world.store.message(sent).await.unwrap().unwrap();
            view.row.settled.is_some()
        })
        .await;
    let digest = world.arrive("notices in one", 1).await.remove(0);
    assert!(digest.text.contains("host 3") && digest.text.contains("host 29"), "{}", digest.text);
    world.arrive("Critical: app.fire", 1).await;
    let subjects: Vec<String> = world.mails().into_iter().map(|mail| mail.subject).collect();
    assert!(!subjects.iter().any(|subject| subject.contains("app.disk")), "{subjects:#?}");
    assert!(subjects.len() <= 8, "{subjects:#?}");
}

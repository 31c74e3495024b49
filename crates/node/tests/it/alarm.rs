//! Alerts outside email: webhooks report what mail cannot, and the heartbeat stops.

use model::event::Severity;
use serde_json::{Value, json};
use testkit::{Hook, Lab, TcpProxy};

use crate::daily::to_hour;
use crate::world::{HOUR, MINUTE, SECOND, World, settings};

fn with_alarm(port: u16, alarm: Value) -> Value {
    let mut all = settings(port);
    all["alarm"] = alarm;
    all
}

/// Mail that does not get out for half an hour is reported by signed webhook, and its end too.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn silent_mail_is_reported_and_resolved_by_webhook() {
    for (language, silent_words, ended_words) in
        [("en", "mail is not working", "Ended: mail is not working"), ("nl", "e-mail werkt niet", "Voorbij: e-mail werkt niet")]
    {
        let (proxy, hook, slack, ntfy) = (TcpProxy::to(Lab::get().postfix(0)), Hook::start(), Hook::start(), Hook::start());
        proxy.cut();
        let webhooks = json!([hook.url, format!("slack:{}/services/x", slack.url), format!("ntfy:{}/topic", ntfy.url)]);
        let mut all = with_alarm(proxy.port, json!({ "webhooks": webhooks, "webhook_secret": "k3y" }));
        all["site"]["language"] = language.into();
        let world = World::start(all).await;
        world.send("bob@lab.test", "waits").await;
        world.until("the relay is held", async || world.service.queue().all_held()).await;
        world.clock.step(29 * MINUTE);
        let events = |hook: &Hook| {
            hook.told().iter().map(|told| told.json()["event"].as_str().unwrap_or("").to_owned()).collect::<Vec<_>>()
        };
        world.until("the relay is told", async || events(&hook).contains(&"relay.none".to_owned())).await;
        assert!(!events(&hook).contains(&"mail.silent".to_owned()));
        world.clock.step(2 * MINUTE);
        world.until("silence is told", async || events(&hook).contains(&"mail.silent".to_owned())).await;
        let told = hook.told();
        let silent = told.iter().find(|told| told.json()["event"] == "mail.silent").unwrap();
        assert_eq!((silent.json()["state"].as_str(), silent.json()["severity"].as_str()), (Some("raised"), Some("critical")));
        assert!(
            silent.header("x-postwacht-signature").unwrap().starts_with("sha256=")
                && silent.header("x-postwacht-timestamp").is_some()
        );
        let status = world.service.alerts().status().await.unwrap();
        assert_eq!(status.health.name(), "silent");
        assert!(status.alarms.iter().any(|alarm| alarm.phrase.key == "event-mail-silent.subject"), "{:?}", status.alarms);
        world
            .until("Slack and ntfy have it too", async || {
                let slack = slack.told().iter().any(|told| told.asked == "POST /services/x" && told.body.contains(silent_words));
                slack && ntfy.told().iter().any(|told| told.json()["topic"] == "topic" && told.json()["priority"] == 5)
            })
            .await;
        proxy.restore();
        world.reopens().await;
        world
            .until("its end is told", async || {
                hook.told().iter().any(|told| told.json()["event"] == "mail.silent" && told.json()["state"] == "resolved")
            })
            .await;
        // The incident began and ended before a mail could go: one mail reports both.
        world.arrive(ended_words, 1).await;
    }
}

/// A webhook that refuses is called again, also after a restart. Mail reports its failure.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn refusing_webhook_is_retried_and_reported_by_mail() {
    for (language, failed, over) in
        [("en", "accepts no calls", "Resolved: alarm webhook"), ("nl", "neemt geen aanroepen aan", "Opgelost: webhook")]
    {
        let hook = Hook::start();
        hook.answers(503);
        let mut all = with_alarm(Lab::get().postfix(0), json!({ "webhooks": [hook.url] }));
        all["site"]["language"] = language.into();
        let world = World::start(all).await;
        world.raise("app.fire", "", Severity::Critical).await;
        for tries in 1..4 {
            world.until("it was tried", async || hook.told().len() >= tries).await;
            world.clock.step(3 * MINUTE);
        }
        world.arrive(failed, 1).await;
        let world = world.restart().await;
        hook.answers(204);
        world.clock.step(HOUR);
        world.until("it is taken", async || world.store.hooks_waiting(10).await.unwrap().is_empty()).await;
        let before = hook.told().len();
        world.arrive(over, 1).await;
        world.clock.step(HOUR);
        assert_eq!(hook.told().len(), before, "what was taken is not told again");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn heartbeat_stops_when_the_route_is_not_proven() {
    let (proxy, hook) = (TcpProxy::to(Lab::get().postfix(0)), Hook::start());
    let world = World::start(with_alarm(proxy.port, json!({ "heartbeat_url": format!("{}/ping", hook.url) }))).await;
    assert!(hook.told().is_empty(), "nothing is proven yet");
    world.send("bob@lab.test", "proof").await;
    world.until("the relay has taken it", async || world.service.queue().last_proven().is_some()).await;
    for _ in 0..12 {
        let before = hook.told().len();
        world.clock.step(5 * MINUTE + SECOND);
        world.until("it beats", async || hook.told().len() > before).await;
        // Without mail, a probe proves the route every 14 minutes.
        let fresh = || world.service.queue().last_proven().is_some_and(|at| world.clock.now().since(at) < 16 * MINUTE);
        world.until("a probe has proven the route", async || fresh()).await;
    }
    assert!(hook.told().iter().all(|told| told.asked == "GET /ping"));
    proxy.cut();
    for _ in 0..7 {
        world.clock.step(5 * MINUTE + SECOND);
        tokio::task::yield_now().await;
    }
    world.until("the relay is held", async || world.service.queue().all_held()).await;
    let last = hook.told().len();
    for _ in 0..3 {
        world.clock.step(5 * MINUTE + SECOND);
        world.until("its tasks have looked", async || world.service.alerts().status().await.is_ok()).await;
    }
    assert_eq!(hook.told().len(), last, "silence is what raises the alarm elsewhere");
}

/// A daily notice that reaches no contact stops the heartbeat until a notice reaches one. Saving settings does not start it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn heartbeat_stops_until_a_contact_has_a_notice() {
    let hook = Hook::start();
    let mut all = with_alarm(Lab::get().postfix(0), json!({ "heartbeat_url": format!("{}/ping", hook.url) }));
    all["email"]["contacts"]["admin"] = json!(["gone@lab.test"]);
    all["email"]["daily"] = json!({ "enabled": true, "at": "08:00" });
    let world = World::bare().await;
    to_hour(&world, 1);
    world.save(all.clone()).await;
    let proven = async || {
        let fresh = || world.service.queue().last_proven().is_some_and(|at| world.clock.now().since(at) < 20 * MINUTE);
        world.until("the route is proven", async || fresh()).await;
    };
    // True if the heartbeat beats within a quarter of an hour in which the route works.
    let beats = async || {
        let before = hook.told().len();
        for _ in 0..3 {
            world.clock.step(5 * MINUTE + SECOND);
            proven().await;
            world.looks().await;
        }
        hook.told().len() > before
    };
    world.send("bob@lab.test", "proof").await;
    proven().await;
    world.until("none is due yet", async || beats().await).await;
    world.clock.step(8 * HOUR);
    world.until("it was made", async || !world.store.dailies(1).await.unwrap().is_empty()).await;
    world.opens("contact.refused").await;
    proven().await;
    world.until("it may still be taken", async || beats().await).await;
    world.clock.step(3 * HOUR);
    for n in 0..25 {
        all["site"]["name"] = json!(format!("saved {n} times"));
        world.save(all.clone()).await;
    }
    proven().await;
    assert!(!beats().await, "the route works, and nobody has the daily notice");
    all["email"]["contacts"]["admin"] = json!(["gone@lab.test", "bob@lab.test"]);
    world.save(all).await;
    world.until("bob is told of the change, and so has one", async || beats().await).await;
    world.clock.step(20 * HOUR);
    world.until("one of two has the next one", async || world.store.dailies(2).await.unwrap().len() == 2).await;
    proven().await;
    world.clock.step(3 * HOUR);
    world.until("which is enough", async || beats().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn unwritable_disk_is_an_alarm_and_stops_the_heartbeat() {
    let hook = Hook::start();
    let alarm = json!({ "heartbeat_url": format!("{}/ping", hook.url) });
    let world = World::start(with_alarm(Lab::get().postfix(0), alarm)).await;
    world.send("bob@lab.test", "proof").await;
    world.until("the relay has taken it", async || world.service.queue().last_proven().is_some()).await;
    world.clock.step(5 * MINUTE + SECOND);
    world.until("it beats", async || !hook.told().is_empty()).await;
    // From here on the store refuses every write, like a failed disk.
    world.store.close();
    world.clock.step(MINUTE + SECOND);
    let alarms = async || world.service.alerts().status().await.unwrap().alarms;
    world.until("it is an alarm", async || alarms().await.iter().any(|alarm| alarm.phrase.key == "status-unwritable")).await;
    assert_eq!(world.service.alerts().status().await.unwrap().health.name(), "silent");
    let last = hook.told().len();
    for _ in 0..3 {
        world.clock.step(5 * MINUTE + SECOND);
        world.until("its tasks have looked", async || world.service.alerts().status().await.is_ok()).await;
    }
    assert_eq!(hook.told().len(), last, "whoever waits for the heartbeat raises the alarm");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn hanging_webhook_delays_no_other() {
    let (hangs, well) = (Hook::start(), Hook::start());
    hangs.hangs();
    let alarm = json!({ "webhooks": [hangs.url, well.url] });
    let world = World::start(with_alarm(Lab::get().postfix(0), alarm)).await;
    for n in 0..30 {
        world.raise(&format!("app.n{n}"), "", Severity::Critical).await;
    }
    world.until("the other one is told of all", async || well.told().len() == 30).await;
    assert!(hangs.told().len() <= 1, "the first call has not ended yet");
}

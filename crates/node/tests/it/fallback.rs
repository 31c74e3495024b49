//! If the first relay fails, mail goes by the second. If both fail, no mail is lost, and recipients get no flood afterwards.

use model::event::Severity;
use serde_json::json;
use testkit::{Hook, Lab, TcpProxy};

use crate::world::{HOUR, MINUTE, World, settings, settings_two};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn fallback_takes_over_at_once_and_first_relay_returns() {
    let lab = Lab::get();
    let (first, second) = (TcpProxy::to(lab.postfix(0)), TcpProxy::to(lab.postfix(0)));
    let world = World::start(settings_two(first.port, second.port)).await;
    world.send("bob@lab.test", "one").await;
    world.until("by the first", async || world.service.queue().last_accepted().is_some()).await;
    assert_eq!((first.connections(), second.connections()), (1, 0));
    first.cut();
    world.send("bob@lab.test", "two").await;
    world.until("by the second", async || second.connections() > 0).await;
    world.arrive("mail goes through relay second because relay first is not working", 1).await;
    first.restore();
    world.clock.step(2 * MINUTE);
    world.arrive("Resolved: fallback relay in use", 1).await;
    let before = (first.connections(), second.connections());
    for n in 0..5 {
        world.send("gone@lab.test", &format!("wrong {n}")).await;
    }
    world.opens("queue.refused").await;
    assert!(
        first.connections() >= before.0 && world.open("relay.fallback.active").await.is_none(),
        "a wrong address moves nothing"
    );
    assert_eq!(second.connections(), before.1);
}

/// An outage of both relays is reported by webhook. The waiting mail then arrives without a flood of notices.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn outage_of_both_relays_is_reported_and_ends_without_flood() {
    let lab = Lab::get();
    let (first, second, hook) = (TcpProxy::to(lab.postfix(0)), TcpProxy::to(lab.postfix(0)), Hook::start());
    let mut all = settings_two(first.port, second.port);
    all["alarm"] = json!({ "webhooks": [hook.url] });
    let world = World::start(all).await;
    first.cut();
    second.cut();
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
    second.restore();
    world.reopens().await;
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

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn former_contact_is_told_only_of_its_removal() {
    let proxy = TcpProxy::to(Lab::get().postfix(0));
    let mut all = settings(proxy.port);
    all["email"]["contacts"]["admin"] = json!(["alice@lab.test", "bob@lab.test"]);
    let world = World::start(all.clone()).await;
    world.until("the contacts are known", async || world.store.contacts().await.unwrap().len() == 2).await;
    proxy.cut();
    world.send("bob@lab.test", "waits").await;
    world.until("the relay is held", async || world.service.queue().all_held()).await;
    for n in 0..5 {
        world.raise("app.secret", &format!("host {n}"), Severity::Error).await;
    }
    all["email"]["contacts"]["admin"] = json!(["alice@lab.test"]);
    world.save(all).await;
    let removed = || store::EventFilter { code: Some("contact.removed".into()), ..store::EventFilter::default() };
    world.until("that is an event", async || world.store.events(removed(), 1).await.unwrap().len() == 1).await;
    world.clock.step(2 * HOUR);
    proxy.restore();
    world.reopens().await;
    let digest = world.arrive("notices in one", 1).await.remove(0);
    let text = digest.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("host 3") && text.contains("Default admin contact email addresses"), "{text}");
    assert_eq!(digest.header("delivered-to").as_deref(), Some("alice@lab.test"));
    let farewell = world.arrive("bob@lab.test is no longer an admin contact", 2).await;
    assert!(farewell.iter().all(|mail| !mail.text.contains("app.secret")), "{farewell:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn digest_of_hundreds_is_withdrawn_whole() {
    let proxy = TcpProxy::to(Lab::get().postfix(0));
    let mut all = settings(proxy.port);
    all["email"]["contacts"]["admin"] = json!(["busy@lab.test"]); // the relay answers 451: the message waits
    let world = World::start(all.clone()).await;
    let raising = (0..300).map(|n| world.raise_in("app.many", n));
    futures_util::future::join_all(raising).await;
    let untold = async || world.service.events().waiting_notices().await.count;
    world.until("ten are told", async || untold().await == 290).await;
    world.clock.step(11 * MINUTE);
    world.until("the rest waits in a digest", async || untold().await == 0).await;
    proxy.cut();
    world.send("bob@lab.test", "finds out").await;
    world.until("all are untold again", async || untold().await >= 300).await;
    proxy.restore();
    all["email"]["contacts"]["admin"] = json!(["bob@lab.test"]);
    world.save(all).await;
    world.until("ten are told again", async || untold().await < 300).await;
    world.clock.step(11 * MINUTE);
    world.until("the rest too", async || untold().await == 0).await;
    world.until("and has arrived", async || world.mails().iter().any(|mail| mail.subject.contains("notices in one"))).await;
    let told: Vec<String> = world.mails().into_iter().map(|mail| format!("{}\n{}", mail.subject, mail.text)).collect();
    let words: std::collections::HashSet<&str> = told.iter().flat_map(|text| text.split_whitespace()).collect();
    let missing: Vec<usize> = (0..300).filter(|n| !words.contains(format!("host-{n}").as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn save_resolves_nothing_without_proof() {
    let (lab, hook) = (Lab::get(), Hook::start());
    let mut all = settings(lab.postfix(1));
    all["email"]["relay"]["encryption"] = "starttls".into();
    all["email"]["relay"]["ca"] = lab.pem("ca.pem").into();
    all["email"]["auth"] = json!({ "type": "password", "username": "alice@lab.test", "password": "wrong" });
    all["alarm"] = json!({ "webhooks": [hook.url], "heartbeat_url": format!("{}/beat", hook.url) });
    let world = World::start(all.clone()).await;
    world.send("bob@lab.test", "waits").await;
    world.opens("relay.signin.refused").await;
    // Saves an unrelated change, one that does not help, and one that makes it worse.
    all["site"]["language"] = "nl".into();
    world.save(all.clone()).await;
    world.looks().await;
    all["email"]["auth"]["password"] = "wrong too".into();
    world.save(all.clone()).await;
    world.looks().await;
    let proxy = TcpProxy::to(lab.postfix(1));
    proxy.cut();
    all["email"]["relay"]["port"] = proxy.port.into();
    world.save(all.clone()).await;
    world.looks().await;
    // The port that refused the sign-in is no longer in the settings: that fault may be obsolete by now, and is not resolved.
    let raises = world.open("relay.signin.refused").await.map_or(1, |open| open.raises);
    assert_eq!((raises, world.service.queue().last_proven()), (1, None));
    let states: Vec<_> = hook.told().iter().map(|told| told.json()["state"].as_str().unwrap_or("").to_owned()).collect();
    assert!(!states.contains(&"resolved".to_owned()) && hook.told().iter().all(|told| told.asked != "GET /beat"), "{states:?}");
    proxy.restore();
    all["email"]["auth"]["password"] = "alice-secret".into();
    world.save(all).await;
    world.closes("relay.signin.refused").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn refused_sender_stays_held_after_unrelated_saves() {
    let lab = Lab::get();
    let mut all = settings_two(lab.faulty("rcpt-553-policy"), lab.postfix(0));
    let world = World::start(all.clone()).await;
    world.raise("app.hello", "", Severity::Info).await;
    world.opens("relay.sender.refused").await;
    all["email"]["daily"] = json!({ "at": "09:00" });
    world.save(all.clone()).await;
    world.looks().await;
    assert!(world.open("relay.sender.refused").await.is_some());
    let status = world.service.alerts().status().await.unwrap();
    let held: Vec<&[String]> = status.relays.iter().map(|relay| relay.held_senders.as_slice()).collect();
    assert_eq!(held, [&["alice@lab.test".to_owned()][..], &[]], "a save of another key is no proof");
    let checks = world.service.examine().await.unwrap();
    let says: Vec<&str> = checks.iter().filter(|check| check.name == "sender").map(|check| check.says.key.as_str()).collect();
    assert_eq!(says, ["doctor-sender-held.other"], "the other relay takes its mail");
    // With another sender, the hold of the former sender ends.
    all["email"]["from"] = "Postwacht <carol@lab.test>".into();
    world.save(all).await;
    // The relay may refuse carol too: that is another incident.
    let alice = async || world.service.events().find("relay.sender.refused", "first alice@lab.test").await;
    world.until("alice is held no longer", async || alice().await.is_none()).await;
}

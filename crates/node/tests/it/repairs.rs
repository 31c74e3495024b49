//! Repairs: what is found belongs to the settings under which it was found. Nothing is told of a fault that the present settings do
//! not have.

use alerts::health::MailHealth;
use model::event::Severity;
use model::hold::{HoldCause, RelayState};
use node::test_send::TestSend;
use serde_json::json;
use store::{MessageState, QueueAction};
use testkit::Lab;

use crate::world::{HOUR, World, settings_in, settings_two};

/// The sign-in is refused, no notice can leave, and the administrator mends the password. The notice that arrives says that it is
/// over.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn mended_password_raises_no_alarm_afterwards() {
    let lab = Lab::get();
    let mut all = settings_in("en", lab.postfix(1));
    all["email"]["relay"]["encryption"] = "starttls".into();
    all["email"]["relay"]["ca"] = lab.pem("ca.pem").into();
    all["email"]["auth"] = json!({ "type": "password", "username": "alice@lab.test", "password": "wrong" });
    let world = World::start(all.clone()).await;
    world.send("bob@lab.test", "way").await;
    assert_eq!(world.opens("relay.signin.refused").await.severity, Severity::Critical);
    assert!(world.open("relay.none").await.is_none(), "one incident tells it");
    all["email"]["auth"]["password"] = "alice-secret".into();
    world.save(all).await;
    world.closes("relay.signin.refused").await;
    world.arrive("Ended: refused sign-in at relay", 1).await;
    world.looks().await;
    let raised = world.mails().into_iter().filter(|mail| mail.subject.contains("refuses the sign-in"));
    assert_eq!(raised.count(), 0, "nothing is told of the former password");
}

/// The settings move from a relay that refused us to one that cannot be reached. The refusal is over, though no connection shows it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn refusal_of_a_former_relay_ends_though_the_new_one_is_dead() {
    let lab = Lab::get();
    let relay = |port: u16, encryption: &str| {
        let mut all = settings_in("en", port);
        all["email"]["relay"]["encryption"] = encryption.into();
        all
    };
    for (former, encryption, code) in [
        (lab.postfix(7), "tls", "relay.trust.failed"),
        (lab.postfix(9), "none", "relay.refused"),
        (lab.postfix(0), "starttls", "relay.refused"),
    ] {
        let world = World::start(relay(former, encryption)).await;
        world.send("bob@lab.test", "way").await;
        let found = world.opens(code).await;
        world.save(relay(1, "none")).await;
        world.looks().await;
        world
            .until("the former fault is over", async || match world.open(code).await {
                None => true,
                Some(open) => open.facts["host"] != found.facts["host"],
            })
            .await;
    }
}

/// A certificate that has ended belongs to the port that showed it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn certificate_of_another_port_is_not_told_of_this_one() {
    let lab = Lab::get();
    let relay = |port: u16, encryption: &str| {
        let mut all = settings_in("en", port);
        all["email"]["relay"]["encryption"] = encryption.into();
        all["email"]["relay"]["ca"] = lab.pem("ca.pem").into();
        all
    };
    let world = World::start(relay(lab.postfix(6), "starttls")).await;
    world.send("bob@lab.test", "way").await;
    world.opens("relay.certificate.expiring").await;
    world.save(relay(lab.postfix(2), "tls")).await;
    world.closes("relay.trust.failed").await;
    world.closes("relay.certificate.expiring").await;
    world.looks().await;
    assert!(world.open("relay.certificate.expiring").await.is_none());
}

/// A certificate that is about to end belongs to its port, also if no relay answers at the new one.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn certificate_of_a_former_port_ends_at_a_dead_one() {
    let lab = Lab::get();
    let mut all = settings_in("en", lab.postfix(6));
    all["email"]["relay"]["encryption"] = "starttls".into();
    all["email"]["relay"]["ca"] = lab.pem("ca.pem").into();
    let world = World::start(all.clone()).await;
    world.send("bob@lab.test", "way").await;
    world.opens("relay.certificate.expiring").await;
    all["email"]["relay"]["port"] = 1.into();
    world.save(all).await;
    world.closes("relay.certificate.expiring").await;
}

/// New settings of a relay that worked: until a probe has ended, nothing says that mail works, and nothing says that it does not.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn new_settings_are_checked_before_a_verdict() {
    let lab = Lab::get();
    let world = World::start(settings_in("en", lab.postfix(0))).await;
    world.send("bob@lab.test", "way").await;
    let health = async || world.service.alerts().status().await.unwrap().health;
    world.until("mail works", async || world.service.queue().last_accepted().is_some()).await;
    for port in [lab.faulty("greet-slow"), 1] {
        world.save(settings_in("en", port)).await;
        assert_eq!(health().await, MailHealth::Checking, "port {port}");
    }
    world.until("the new relay is dead", async || health().await == MailHealth::Silent).await;
    let status = world.service.alerts().status().await.unwrap();
    assert!(status.relays.iter().all(|relay| relay.fault.is_some()), "its fault is told with it: {status:?}");
}

/// Two relays that do not work: that is critical at once, and no mail goes by a fallback.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn no_relay_works_is_told_at_once() {
    let lab = Lab::get();
    let world = World::start(settings_two(1, 2)).await;
    world.send("bob@lab.test", "way").await;
    let none = world.opens("relay.none").await;
    assert_eq!(none.severity, Severity::Critical);
    assert!(!none.facts["error"].is_empty() && none.facts["since"] != "0", "{:?}", none.facts);
    world.looks().await;
    assert!(world.open("relay.fallback.active").await.is_none(), "the fallback has accepted nothing");
    assert!(world.open("relay.unreachable").await.is_none());
    // The second relay is mended: mail goes by it, and that is told then.
    world.save(settings_two(1, lab.postfix(0))).await;
    world.closes("relay.none").await;
    let active = world.opens("relay.fallback.active").await;
    assert!(active.facts["error"].contains("refused") && active.facts["since"] != "0", "{:?}", active.facts);
}

/// While a probe of new settings is under way, the former fault is not told as one of the new ones.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn changed_relay_is_checked_and_not_accused() {
    let lab = Lab::get();
    let world = World::start(settings_in("en", 1)).await;
    world.send("bob@lab.test", "way").await;
    world.opens("relay.none").await;
    world.save(settings_in("en", lab.faulty("greet-slow"))).await;
    let relay = world.service.alerts().status().await.unwrap().relays.remove(0);
    assert_ne!(relay.port, 1, "a status describes the settings in force");
    assert_eq!((relay.state_name(), &relay.fault), ("checking", &None), "its new settings are being checked");
    let is_open = || world.service.queue().known_relays().iter().all(|relay| relay.state == RelayState::Open);
    world.until("the new settings work", async || is_open()).await;
    world.closes("relay.none").await;
}

/// A relay leaves the settings while its fault is open. The fault was not mended, and nobody is told so.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn fault_of_a_removed_relay_is_obsolete() {
    let lab = Lab::get();
    for (language, raised, over) in
        [("en", "certificate not trusted", "No longer applies: "), ("nl", "certificaat niet vertrouwd", "Vervallen: ")]
    {
        let mut all = settings_two(lab.postfix(0), lab.postfix(7));
        all["site"]["language"] = language.into();
        all["email"]["fallback"][0]["relay"]["encryption"] = "tls".into();
        all["email"]["fallback"][0]["relay"]["ca"] = lab.pem("ca.pem").into();
        let world = World::start(all.clone()).await;
        world.looks().await;
        world.opens("relay.trust.failed").await;
        world.arrive(raised, 1).await;
        all["email"]["fallback"] = json!([]);
        world.save(all).await;
        world.closes("relay.trust.failed").await;
        let mail = world.arrive(over, 1).await.remove(0);
        let now = if language == "en" { "This no longer applies since" } else { "Dit geldt niet meer sinds" };
        assert!(mail.text.contains(now), "{}", mail.text);
        let resolved =
            world.mails().into_iter().filter(|mail| mail.subject.contains("Resolved") || mail.subject.contains("Opgelost"));
        assert_eq!(resolved.count(), 0);
    }
}

/// The From address changes while its notices wait, and the node restarts at once. The notices go out under the present address,
/// and the refusal of the former one is over without being resolved.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn notice_of_a_former_sender_is_written_anew_after_a_restart() {
    let lab = Lab::get();
    let mut all = settings_in("en", lab.faulty("mail-550"));
    let world = World::start(all.clone()).await;
    world.raise("app.broken", "db", Severity::Error).await;
    world.opens("relay.sender.refused").await;
    all["email"]["from"] = "Postwacht <bob@lab.test>".into();
    all["email"]["relay"]["port"] = lab.postfix(0).into();
    world.save(all).await;
    let world = world.restart().await;
    world.looks().await;
    let arrived = || world.mails().iter().any(|mail| mail.header("x-postwacht-event").as_deref() == Some("app.broken"));
    world.until("the notice arrives under the present sender", async || arrived()).await;
    world.closes("relay.sender.refused").await;
}

/// A relay that takes the sign-in and refuses every recipient stays held: neither a probe nor the doctor says that it works.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn relay_that_refuses_behind_the_sign_in_stays_held() {
    let lab = Lab::get();
    let mut all = settings_in("en", lab.postfix(1));
    all["email"]["relay"]["encryption"] = "starttls".into();
    all["email"]["relay"]["ca"] = lab.pem("ca.pem").into();
    let world = World::start(all).await;
    world.send("bob@lab.test", "way").await;
    world.opens("relay.refused").await;
    let relay = world.service.settings().current().settings().unwrap().route[0].clone();
    for _ in 0..2 {
        let examined = world.service.queue().examine(&relay).await;
        assert!(!examined.opened && !examined.report.recipients.is_empty(), "{:?}", examined.report);
        assert!(world.service.queue().all_held());
        world.clock.step(HOUR);
        world.looks().await;
    }
    assert!(world.open("relay.refused").await.is_some() && world.service.queue().all_held());
    world.save(settings_in("en", lab.postfix(0))).await;
    world.closes("relay.refused").await;
    let accepted = || world.service.queue().last_accepted().is_some();
    world.until("the message goes", async || accepted()).await;
}

/// A relay that loses every message does not work, although it takes the sign-in. No probe says that it works again.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn relay_that_loses_messages_stays_held() {
    let lab = Lab::get();
    for scenario in ["rcpt-reset", "body-reset", "dot-reset"] {
        let world = World::start(settings_in("en", lab.faulty(scenario))).await;
        world.send("bob@lab.test", "way").await;
        let begun = world.opens("relay.none").await;
        let tries = || match &world.service.queue().known_relays()[0].state {
            RelayState::Held(hold) => hold.probes,
            RelayState::Open => panic!("{scenario}: open"),
        };
        let changes = world.service.queue().route_change();
        for round in 1..4 {
            world.clock.step(HOUR);
            world.until("the relay is tried again", async || tries() >= round).await;
            world.looks().await;
        }
        assert_eq!(world.service.queue().route_change(), changes, "{scenario}: nothing was told to work again");
        let still = world.open("relay.none").await.expect("an open incident");
        assert_eq!((still.id, still.since), (begun.id, begun.since), "{scenario}");
        world.save(settings_in("en", lab.postfix(0))).await;
        world.closes("relay.none").await;
        world.until("the message goes", async || world.service.queue().last_accepted().is_some()).await;
    }
}

/// A relay that refuses a notice for its size says nothing against the contact. Another relay gets the notice anew.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn refused_notice_is_written_anew_for_another_relay() {
    let lab = Lab::get();
    for scenario in ["dot-552", "ehlo-size-1000"] {
        let world = World::start(settings_in("en", lab.faulty(scenario))).await;
        world.raise("app.broken", "db", Severity::Error).await;
        world.opens("notice.refused").await;
        assert!(world.open("contact.refused").await.is_none(), "{scenario}: the address was accepted");
        world.save(settings_in("en", lab.postfix(0))).await;
        let arrived = || world.mails().iter().any(|mail| mail.header("x-postwacht-event").as_deref() == Some("app.broken"));
        world.until("the notice arrives by the other relay", async || arrived()).await;
        world.closes("notice.refused").await;
    }
}

/// A program's message whose sender the first relay refuses goes by the second one, which takes it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn refused_sender_goes_by_another_relay() {
    let lab = Lab::get();
    let mut all = settings_two(lab.faulty("mail-550"), lab.postfix(0));
    all["email"]["fallback"][0]["relay"]["encryption"] = "none".into();
    let world = World::start(all).await;
    world.send("bob@lab.test", "first").await;
    world.until("the first message goes", async || world.service.queue().last_accepted().is_some()).await;
    let page = world.store.messages(store::ListFilter::default(), 10).await.unwrap();
    assert!(page.rows.iter().all(|row| row.state != store::MessageState::Refused), "{:?}", page.rows);
    world.opens("relay.sender.refused").await;
}

/// A test that is under way is not in the hands of an operator, and cannot be released to another relay.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn test_under_way_is_held_by_no_operator() {
    let lab = Lab::get();
    let world = World::start(settings_two(lab.faulty("greet-slow"), lab.postfix(0))).await;
    let settings = world.service.settings().current().settings().unwrap();
    let (by, service) = (model::account::Actor::whole("test"), std::sync::Arc::clone(&world.service));
    let test = TestSend { settings, stored: true, to: Vec::new(), relay: None, by: by.clone() };
    let (news, _heard) = tokio::sync::mpsc::channel(64);
    let testing = tokio::spawn(async move { service.test(test, news).await });
    let rows = async || world.store.messages(store::ListFilter::default(), 9).await.unwrap().rows;
    let is_under_way = async || rows().await.iter().any(|row| row.test && row.settled.is_none());
    world.until("the test is under way", is_under_way).await;
    let found = rows().await.into_iter().find(|row| row.test).unwrap();
    let backlog = world.store.backlog().await.unwrap();
    assert_eq!((found.state, backlog.held(), backlog.waiting()), (MessageState::Waiting, 0, 0));
    for verb in [QueueAction::Hold, QueueAction::Release, QueueAction::Retry] {
        let touched = world.service.mail().operate(verb, Some(vec![found.number]), &by).await.unwrap();
        assert_eq!(touched, 0, "{}", verb.name());
    }
    testing.await.unwrap().unwrap();
}

/// The last notice under a former sender was refused when it was withdrawn already. After a restart no mail of that sender waits
/// that could clear it, so nothing is told of it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn hold_of_a_former_sender_is_dropped_after_a_restart() {
    let mut all = settings_in("en", Lab::get().postfix(0));
    let world = World::start(all.clone()).await;
    all["email"]["from"] = "Postwacht <bob@lab.test>".into();
    world.save(all).await;
    let sender = "alice@lab.test".to_owned();
    let state = RelayState::Open.fail(HoldCause::Sender, "550 5.7.60 refused".into(), world.clock.now());
    let relay = world.service.settings().current().settings().unwrap().route[0].id;
    world.store.change(world.clock.now(), store::LocalChange::Relay { relay, sender, state }).await.unwrap();
    let world = world.restart().await;
    let is_held = || !world.service.queue().refused_senders().is_empty();
    world.until("the sender is forgotten", async || !is_held()).await;
    world.looks().await;
    world.closes("relay.sender.refused").await;
}

/// The site's own sender is refused, and the site takes another. The refusal ends once, and is not told again and again while
/// mail of the former sender is settled.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn refusal_of_a_former_sender_ends_once() {
    let lab = Lab::get();
    let mut all = settings_in("en", lab.postfix(1));
    all["email"]["relay"]["encryption"] = "starttls".into();
    all["email"]["relay"]["ca"] = lab.pem("ca.pem").into();
    all["email"]["auth"] = json!({ "type": "password", "username": "alice@lab.test", "password": "alice-secret" });
    all["email"]["from"] = "Postwacht <alerts@lab.test>".into();
    let world = World::start(all.clone()).await;
    for number in 0..3 {
        world.raise("app.broken", &format!("disk {number}"), Severity::Error).await;
    }
    world.opens("relay.sender.refused").await;
    all["email"]["from"] = "Postwacht <alice@lab.test>".into();
    world.save(all).await;
    world.closes("relay.sender.refused").await;
    for _ in 0..3 {
        world.looks().await;
    }
    assert!(world.open("relay.sender.refused").await.is_none());
    let ends = world.mails().into_iter().filter(|mail| mail.subject.contains("alerts@lab.test")).count();
    assert!(ends <= 1, "{:#?}", world.mails());
}

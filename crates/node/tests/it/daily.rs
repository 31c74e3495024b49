//! The daily notice: one a day, with a report, and a link by which its reader confirms that it arrived.

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde_json::json;
use testkit::Lab;

use crate::world::{HOUR, World, settings_in};

/// A node that is set up at one o'clock at night and sends its daily notice at eight.
async fn set_up(language: &str) -> World {
    let world = World::bare().await;
    to_hour(&world, 1);
    let mut all = settings_in(language, Lab::get().postfix(0));
    all["email"]["daily"] = json!({ "enabled": true, "at": "08:00" });
    world.save(all).await;
    world
}

/// Steps the clock to the next time at which the site's clock shows this hour.
pub(crate) fn to_hour(world: &World, hour: i8) {
    let zone = TimeZone::get("Europe/Amsterdam").unwrap();
    let now = jiff::Timestamp::try_from(world.clock.now()).unwrap().to_zoned(zone);
    let then = now.date().tomorrow().unwrap().at(hour, 0, 0, 0).to_zoned(now.time_zone().clone()).unwrap();
    world.clock.set(then.timestamp().into());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn daily_notice_comes_once_a_day_with_a_report() {
    for (language, subject, accepted) in [
        ("en", "Daily notice: ", "Recipients accepted by a relay"),
        ("nl", "Dagelijkse kennisgeving: ", "Ontvangers aangenomen door een relay"),
    ] {
        let world = set_up(language).await;
        to_hour(&world, 9);
        let first = world.arrive(subject, 1).await.remove(0);
        assert!(
            first.text.contains(accepted) && first.text.contains("bob@lab.test") && first.text.contains("first"),
            "{}",
            first.text
        );
        assert!(first.html.contains("https://post.example.net/login/received/"), "{}", first.html);
        assert_eq!(first.header("x-postwacht-event").as_deref(), Some("mail.daily"));
        let world = world.restart().await;
        world.clock.step(2 * HOUR);
        to_hour(&world, 7);
        assert_eq!(world.mails().iter().filter(|mail| mail.subject.contains(subject)).count(), 1, "never two");
        world.clock.step(2 * HOUR);
        world.arrive(subject, 2).await;
        // A restart on the same day sends no second notice.
        world.service.stop().await;
        let world = world.restart().await;
        let named: Vec<String> = world.mails().into_iter().map(|mail| mail.subject).collect();
        assert_eq!(named.iter().filter(|name| name.contains(subject)).count(), 2, "{named:?}");
    }
}

/// Opening the link confirms nothing. A contact of the notice confirms with the link that the notice arrived.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn link_confirms_only_when_its_reader_confirms() {
    let world = set_up("en").await;
    to_hour(&world, 9);
    let mail = world.arrive("Daily notice: ", 1).await.remove(0);
    let token = mail.text.split("/login/received/").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let confirmed = async || world.store.contacts().await.unwrap().into_iter().find_map(|contact| contact.confirmed);
    assert_eq!(world.service.alerts().contacts_of_link(&token).await.unwrap(), ["bob@lab.test"]);
    assert_eq!(confirmed().await, None, "to look is not to say");
    assert!(!world.service.alerts().confirm_receipt(&token, "mallory@lab.test").await.unwrap());
    assert!(!world.service.alerts().confirm_receipt("0123456789abcdef0123456789abcdef", "bob@lab.test").await.unwrap());
    assert_eq!(confirmed().await, None);
    assert!(world.service.alerts().confirm_receipt(&token, "bob@lab.test").await.unwrap());
    assert!(confirmed().await.is_some());
    world.clock.step(24 * HOUR);
    let next = world.arrive("Daily notice: ", 2).await.remove(1);
    assert!(next.text.contains("last confirmed 20"), "{}", next.text);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn clock_set_back_sends_no_second_notice_for_a_day() {
    let world = set_up("en").await;
    to_hour(&world, 9);
    world.arrive("Daily notice: ", 1).await;
    for minutes in [-60, 30, -120, 150] {
        world.clock.set(world.clock.now() + SignedDuration::from_mins(minutes));
        world.until("its tasks have looked", async || world.service.alerts().status().await.is_ok()).await;
    }
    // The second notice is that of the next day.
    world.clock.step(24 * HOUR);
    world.arrive("Daily notice: ", 2).await;
}

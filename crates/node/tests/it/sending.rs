//! Sending stops and starts again in one process, while the node accepts messages.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::id::MessageNumber;
use testkit::{Lab, TcpProxy};
use tokio::runtime::Handle;

use crate::world::{World, settings};

const ROUNDS: usize = 20;

/// Messages by subject, as they arrived.
fn arrived(mark: &str) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for raw in Lab::get().mail_with(mark) {
        let subject = raw.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap_or("").to_owned();
        *count.entry(subject).or_default() += 1;
    }
    count
}

/// Sends messages from four producers at once. Returns their numbers.
async fn produce(world: Arc<World>, mark: String) -> Vec<MessageNumber> {
    let send = async |producer: usize| {
        let mut sent = Vec::new();
        for n in 0..25 {
            sent.push(world.send("bob@lab.test", &format!("{mark}.{producer}.{n}")).await);
        }
        sent
    };
    let (a, b, c, d) = tokio::join!(send(0), send(1), send(2), send(3));
    [a, b, c, d].concat()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn twenty_stops_under_load_lose_and_repeat_no_message() {
    let world = Arc::new(World::start(settings(Lab::get().postfix(0))).await);
    let mark = format!("load {}", world.site);
    world.service.stop_sending().await;
    let tasks = Handle::current().metrics().num_alive_tasks();
    let mut sent = Vec::new();
    for round in 0..ROUNDS {
        let before = world.service.queue().last_accepted();
        let producing = tokio::spawn(produce(Arc::clone(&world), format!("{mark} {round}")));
        world.service.start_sending().await;
        world.until("mail goes again", async || world.service.queue().last_accepted() > before).await;
        world.service.stop_sending().await;
        let progress = world.service.queue().progress();
        assert_eq!((progress.numbers.len(), progress.motion.taken), (0, 0), "round {round}: no claim is left");
        sent.extend(producing.await.expect("the producers end"));
    }
    world.until("no task of sending is left", async || Handle::current().metrics().num_alive_tasks() <= tasks).await;
    world.service.start_sending().await;
    for number in &sent {
        let settled = async || world.store.message(*number).await.unwrap().is_some_and(|view| view.row.settled.is_some());
        world.until("every message is settled", settled).await;
    }
    world.until("every message arrives", async || arrived(&mark).len() >= sent.len()).await;
    let arrived = arrived(&mark);
    let twice: Vec<_> = arrived.iter().filter(|(_, count)| **count > 1).collect();
    assert_eq!((arrived.len(), twice), (sent.len(), Vec::new()), "each message once");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn settings_saved_while_stopped_apply_at_the_start() {
    let lab = Lab::get();
    let (first, second) = (TcpProxy::to(lab.postfix(0)), TcpProxy::to(lab.postfix(0)));
    let world = World::start(settings(first.port)).await;
    world.send("bob@lab.test", "by the first").await;
    world.until("by the first", async || world.service.queue().last_accepted().is_some()).await;
    world.service.stop_sending().await;
    let taken = first.connections();
    world.save(settings(second.port)).await;
    let number = world.send("bob@lab.test", "waits").await;
    assert_eq!(second.connections(), 0, "nothing is sent while sending is stopped");
    world.service.start_sending().await;
    let settled = async || world.store.message(number).await.unwrap().is_some_and(|view| view.row.settled.is_some());
    world.until("the message goes", settled).await;
    assert_eq!((first.connections(), second.connections() > 0), (taken, true), "by the relay of the new settings");
}

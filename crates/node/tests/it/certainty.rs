//! Tries each way in which the channel can fail, and measures the time until it is reported. Uses the default times, minute
//! by minute of the node's clock. `docs/certainty.md` holds the result.

use model::event::Severity;
use model::hold::RelayState;
use serde_json::{Value, json};
use testkit::{Hook, Lab, SmallDisk, TcpProxy};

use crate::world::{MINUTE, PASS, World, settings};

/// A failure: its name, the code that reports it, the most minutes until then, and the means of the report.
struct PromisedFailure {
    name: &'static str,
    code: &'static str,
    within: u64,
    by: &'static str,
    note: &'static str,
}

const WAYS: [PromisedFailure; 9] = [
    PromisedFailure {
        name: "relay",
        code: "relay.none",
        within: 16,
        by: "webhook, banner",
        note: "also if there is no mail to send: the channel is looked at every 14 minutes; with another relay `relay.unreachable`, within 30, by mail through that one",
    },
    PromisedFailure {
        name: "DNS",
        code: "relay.none",
        within: 16,
        by: "webhook, banner",
        note: "a name that no longer resolves is a relay that is gone",
    },
    PromisedFailure {
        name: "TLS",
        code: "relay.trust.failed",
        within: 16,
        by: "mail by another relay, webhook, banner",
        note: "certificates are counted down from 90 days on",
    },
    PromisedFailure {
        name: "password",
        code: "relay.signin.refused",
        within: 16,
        by: "mail by another relay, webhook, banner",
        note: "tried seldom afterwards: accounts lock",
    },
    PromisedFailure {
        name: "provider limit",
        code: "relay.sender.refused",
        within: 1,
        by: "mail by another relay, webhook, banner",
        note: "from the first message that it meets; else the daily notice is that message",
    },
    PromisedFailure {
        name: "disk",
        code: "node.disk.low",
        within: 1,
        by: "mail, webhook, banner",
        note: "before anything is turned away",
    },
    PromisedFailure {
        name: "clock",
        code: "node.clock.skew",
        within: 6,
        by: "mail, webhook",
        note: "where a heartbeat, a webhook or a token endpoint shows another time",
    },
    PromisedFailure {
        name: "contact",
        code: "contact.refused",
        within: 1,
        by: "mail to the other contacts, page",
        note: "from the first notice on: with the daily notice, within a day; one that is taken and dropped: `contact.unconfirmed`, after a week",
    },
    PromisedFailure {
        name: "silence",
        code: "mail.silent",
        within: 30,
        by: "webhook, banner, exit code, `/healthz?deep`",
        note: "whatever the reason, while something waits",
    },
];

/// Failures that other tests cover or that need no test.
const OTHERS: &str = "\
| token (permission withdrawn) | `oauth.grant.lost` | before the token in hand ends: asked at half of its life, and 1, 5 and 15 minutes later | mail by another relay, webhook, banner | `permission.rs` |
| secret | `oauth.client.refused` | 30 with tokens of an hour, before the token in hand ends | mail by another relay, webhook, banner | counted down from 60 days on; `permission.rs` |
| scheduler, workers (mail is due and is not tried) | `queue.stuck` | 3 | mail, webhook, banner, exit code, `/healthz?deep` | the scheduler looks every 30 seconds whatever wakes it; `stall.rs` |
| task of the node | end of the process | at once | log, exit code, service manager; after the restart `node.started.after.crash` by mail | `root/tasks.rs` |
| descriptors, memory, ports for connections | `node.resource.short` | 1 | log, exit code; webhook and mail as soon as there are some | mail goes out within a second of that, and no relay is held; `stall.rs` |
| memory (large or slow bodies, many connections) | refusal to that caller | at once | `413`, `422`, `429` or `503` in words | others keep their share; `bodies.rs`, `places.rs` |
| store files removed, replaced or overwritten; a damaged page | `store.failed` | at once; 2 seconds if idle | refusals, log, exit code, service manager, webhook; the heartbeat ends | the next start asks for `--new-store`; `lost_store.rs` |
| key file gone or exchanged | `node.key.lost` | 1 | mail, `doctor` | before the next start misses it; `causes.rs` |
| checkpoint, write-ahead log | `store.checkpoint.failed` | 1 | mail, webhook, banner, `doctor` | intake stops at the bound, before the disk is full; `wal.rs` |
| disk that takes no writes | end of the process | 1 | log, exit code, service manager; the heartbeat ends | `watchdog.rs` |
| process, machine | heartbeat | 5, and the patience of whoever waits for it | the service elsewhere that waits for the heartbeat | without one, the daily notice that does not come; `alarm.rs` |
";

async fn dies(way: &PromisedFailure, hook: &Hook) -> (World, Option<TcpProxy>) {
    let lab = Lab::get();
    let alarm = json!({ "webhooks": [hook.url], "heartbeat_url": format!("{}/ping", hook.url) });
    let with = |port: u16, change: &dyn Fn(&mut Value)| {
        let mut all = settings(port);
        all["alarm"] = alarm.clone();
        change(&mut all);
        all
    };
    let first = |key: &'static str, value: Value| move |all: &mut Value| all["email"]["relay"][key] = value.clone();
    match way.name {
        "relay" | "silence" => {
            let proxy = TcpProxy::to(lab.postfix(0));
            let world = World::start(with(proxy.port, &|_| ())).await;
            world.send("bob@lab.test", "proof").await;
            world.until("it works", async || world.service.queue().last_accepted().is_some()).await;
            proxy.cut();
            if way.name == "silence" {
                world.send("bob@lab.test", "waits").await;
            }
            (world, Some(proxy))
        }
        "DNS" => (World::start(with(25, &first("host", json!("relay.invalid")))).await, None),
        "TLS" => (World::start(with(lab.postfix(7), &first("encryption", json!("tls")))).await, None),
        "password" => {
            let auth = json!({ "type": "password", "username": "alice@lab.test", "password": "changed" });
            let change = |all: &mut Value| {
                all["email"]["auth"] = auth.clone();
                all["email"]["relay"]["encryption"] = "starttls".into();
                all["email"]["relay"]["ca"] = lab.pem("ca.pem").into();
            };
            (World::start(with(lab.postfix(1), &change)).await, None)
        }
        "provider limit" => {
            let world = World::start(with(lab.faulty("rcpt-553-policy"), &|_| ())).await;
            world.raise("app.hello", "", Severity::Info).await;
            world.until("it is met", async || !world.service.queue().refused_senders().is_empty()).await;
            (world, None)
        }
        "clock" => {
            hook.ahead(15 * 60);
            let world = World::start(with(lab.postfix(0), &|_| ())).await;
            world.send("bob@lab.test", "proof").await;
            world.until("it works", async || world.service.queue().last_accepted().is_some()).await;
            (world, None)
        }
        "contact" => {
            let world = World::start(with(lab.postfix(0), &|all| {
                all["email"]["contacts"]["admin"] = json!(["bob@lab.test", "gone@lab.test"]);
            }))
            .await;
            world.raise("app.hello", "", Severity::Info).await;
            world.until("it works", async || world.service.queue().last_accepted().is_some()).await;
            (world, None)
        }
        "disk" => {
            let small = SmallDisk::new(64);
            let path = small.path().to_owned();
            let world = World::on_disk(small).await;
            world.save(with(lab.postfix(0), &|_| ())).await;
            std::fs::write(path.join("ballast"), vec![0u8; 36 << 20]).unwrap();
            (world, None)
        }
        other => panic!("{other}"),
    }
}

/// Minutes of the node's clock until an incident of the code is open.
async fn minutes_until(world: &World, code: &str) -> u64 {
    let begun = world.clock.now();
    // True if every open relay was proven within a quarter of an hour, and every due probe of a held relay was made.
    let looked = async || {
        let now = world.clock.now();
        let fresh = |id| now.since(world.service.queue().proven(id).unwrap_or(begun)) < 15 * MINUTE;
        let known = |(relay, state): &(model::settings::RelaySettings, RelayState)| match state {
            RelayState::Open => fresh(relay.id),
            // A due probe was made.
            RelayState::Held(hold) => hold.next_probe > now,
        };
        world.service.queue().relays().iter().all(known)
    };
    for minute in 0..60 {
        if world.open(code).await.is_some() {
            return minute;
        }
        world.clock.step(PASS);
        let now = world.clock.now();
        world.until("the channel was looked at", looked).await;
        world.looked(now).await;
    }
    60
}

/// Tests that fill a machine: one at a time (`.config/nextest.toml`).
mod heavy {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "needs the lab"]
    async fn each_failure_is_reported_within_its_time() {
        let mut table = String::from(
            "# How soon a fault is reported\n\nEach row is a fault of the alarm channel. The node reports it within the given minutes, with default intervals. A test\n\
             causes the faults and writes this table (`crates/node/tests/it/certainty.rs`); the rows at the end name tests of their own.\n\n\
             | fault | event | within minutes | reported by | remarks |\n| --- | --- | --- | --- | --- |\n",
        );
        for way in &WAYS {
            let hook = Hook::start();
            let (world, proxy) = dies(way, &hook).await;
            let minutes = minutes_until(&world, way.code).await;
            assert!(minutes <= way.within, "{}: {minutes} minutes, not {}", way.name, way.within);
            // Mail may not be able to report this failure, so a webhook has.
            if way.by.contains("webhook") {
                let told = || hook.told().iter().any(|told| told.body.contains(way.code));
                world.until(&format!("{} is told by webhook", way.name), async || told()).await;
            }
            table += &format!("| {} | `{}` | {} | {} | {} |\n", way.name, way.code, way.within, way.by, way.note);
            world.service.stop().await;
            drop((world, proxy));
        }
        testkit::assert_matches_file("docs/certainty.md", &(table + OTHERS));
    }
}

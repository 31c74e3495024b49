//! Deferred mail is retried by itself: the real program, the real clock, one message, and no other event that wakes the
//! scheduler. While a test waits, it only reads the relay's journal and does not call the node.

use std::time::Duration;

use testkit::{Lab, Node, eventually};

use crate::way::{Relay, token};

/// Shorter than the scheduler's own look every 30 s: the due time woke any retry within this time.
const WOKEN: Duration = Duration::from_secs(25);

fn node(lab: &Lab, scenario: &str, queue: &str) -> Node {
    let node = Node::start();
    let toml = Relay::new(lab.faulty(scenario), "none").toml();
    node.settings(&format!("{toml}\n{queue}\n"));
    node
}

/// Messages that the scenario's relay has stored, from its journal.
fn stored(lab: &Lab, scenario: &str) -> usize {
    lab.journal(scenario).iter().filter(|line| line["event"] == "stored").count()
}

/// Covers each way to defer. The retry is due long before the lease of the claim ends.
#[test]
#[ignore = "needs the lab"]
fn deferred_mail_is_retried_by_its_due_time() {
    let lab = Lab::get();
    let rows: [(&str, &[&str], usize); 13] = [
        ("retry-mail-450", &["bob@lab.test"], 1),
        ("retry-mail-451", &["bob@lab.test"], 1),
        ("retry-mail-452", &["bob@lab.test"], 1),
        ("retry-rcpt-450", &["bob@lab.test"], 1),
        ("retry-rcpt-451", &["bob@lab.test"], 1),
        ("retry-rcpt-452", &["bob@lab.test"], 1),
        ("retry-rcpt-part", &["late@lab.test", "bob@lab.test"], 2),
        ("retry-data-451", &["bob@lab.test"], 1),
        ("retry-dot-450", &["bob@lab.test"], 1),
        ("retry-dot-451", &["bob@lab.test"], 1),
        ("retry-dot-452", &["bob@lab.test"], 1),
        // The relay forgets a recipient that it has accepted with 251, and answers DATA with 503.
        ("retry-251", &["bob@lab.test"], 1),
        ("retry-grey", &["bob@lab.test"], 1),
    ];
    std::thread::scope(|scope| {
        for (scenario, to, copies) in rows {
            let lab = &lab;
            scope.spawn(move || {
                let node = node(lab, scenario, "[queue]\nretry_after = [\"3s\"]");
                let id = node.send(to, &token(scenario));
                eventually(&format!("{scenario}: stored"), WOKEN, || (stored(lab, scenario) == copies).then_some(()));
                let message = node.becomes(&id, "accepted");
                let events = node.cli(&["event", "list", "--all"]).out;
                assert!(message["attempts"].as_u64() >= Some(2), "{scenario}: {message}\n{events}");
            });
        }
    });
}

#[test]
#[ignore = "needs the lab"]
fn each_schedule_step_wakes_the_scheduler() {
    let lab = Lab::get();
    let node = node(&lab, "retry-thrice", "[queue]\nretry_after = [\"1s\", \"2s\", \"4s\"]");
    let id = node.send(&["bob@lab.test"], &token("thrice"));
    eventually("stored at the fourth attempt", WOKEN, || (stored(&lab, "retry-thrice") == 1).then_some(()));
    assert_eq!(node.becomes(&id, "accepted")["attempts"], 4);
}

#[test]
#[ignore = "needs the lab"]
fn default_schedule_retries_after_a_minute() {
    let lab = Lab::get();
    let node = node(&lab, "retry-minute", "");
    let id = node.send(&["bob@lab.test"], &token("minute"));
    // The retry is due after 54 to 60 s. The margin is shorter than the lease of 90 s and the look after it.
    eventually("stored", Duration::from_secs(80), || (stored(&lab, "retry-minute") == 1).then_some(()));
    assert_eq!(node.becomes(&id, "accepted")["attempts"], 2);
}

//! A clock that jumps loses no mail and stops no work.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use admin::Clock;
use admin::names::Names;
use jiff::SignedDuration;
use mail::intake::Submission;
use model::account::Actor;
use model::hold::RelayState;
use model::message::Class;
use model::settings::{Draft, Scalar};
use node::pair::PairStart;
use node::{Service, Start};
use store::{DataDir, KeyRing, MessageState, Store};
use testkit::Lab;

const PATIENCE: Duration = Duration::from_secs(60);

fn draft(port: u16) -> Draft {
    let mut draft = Draft::default();
    draft.email.from = Some("alice@lab.test".into());
    draft.email.relay.host = Some("127.0.0.1".into());
    draft.email.relay.port = Some(Scalar(port.to_string()));
    draft.email.relay.encryption = Some("none".into());
    draft.email.contacts.admin = vec!["bob@lab.test".into()];
    draft
}

/// Waits until the condition holds. The test's own runtime continues meanwhile.
async fn until<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let waiting = async {
        while !condition().await {
            tokio::task::yield_now().await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the lab"]
async fn clock_jump_loses_nothing_and_mail_goes_out() {
    let lab = Lab::get();
    let place = tempfile::tempdir().unwrap();
    let clock = Clock::default();
    let directory = DataDir::lock(place.path()).unwrap();
    let ring = KeyRing::load_or_create(&directory.key_file()).ok().unwrap();
    let store = Store::open(directory, ring, clock.now()).unwrap();
    let start = Start {
        store: store.clone(),
        clock: clock.clone(),
        own: Arc::new(RwLock::new(Vec::new())),
        names: Names::new("test", Vec::new()),
        pair: PairStart::default(),
    };
    let service = Service::start(start).await.unwrap();
    service.settings().save(draft(1), 0, &Actor::whole("test")).await.ok().unwrap(); // port 1 has no listener
    let accept = |subject: &str| Submission {
        class: Class::Submitted,
        app: Some("test".into()),
        sender: "alice@lab.test".parse().ok(),
        recipients: vec!["bob@lab.test".parse().unwrap()],
        text: format!("From: alice@lab.test\nSubject: {subject}\n\nHi\n").into_bytes(),
        composed: false,
        once: None,
        via: "test",
        avoid: None,
        hands_off: false,
    };
    let subject = format!("clock-{}", std::process::id());
    let id = service.intake().accept(accept(&subject)).await.unwrap().id;
    let held = || {
        let relays = service.queue().relays();
        async move { relays.first().is_some_and(|(_, state)| matches!(state, RelayState::Held(_))) }
    };
    until("the relay is held", held).await;
    for days in [1, -3, 40, -40] {
        clock.set(clock.now() + SignedDuration::from_hours(24 * days));
        let view = store.message(id.number).await.unwrap().unwrap();
        assert_eq!(view.row.state, MessageState::Waiting, "after a step of {days} days");
    }
    let revision = service.settings().current().revision;
    service.settings().save(draft(lab.postfix(0)), revision, &Actor::whole("test")).await.ok().unwrap();
    until("accepted", || {
        let store = store.clone();
        async move { store.message(id.number).await.unwrap().unwrap().row.state == MessageState::Accepted }
    })
    .await;
    service.stop().await;
}

//! Messages and stores for the tests.

use std::time::Duration;

use model::id::{MessageNumber, RelayId};
use model::message::{Class, Fate};
use model::time::Timestamp;
use store::{AttemptRow, Change, Commit, DataDir, KeyRing, NewMessage, Next, Outcome, Settle, Store};

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
pub(crate) const LEASE: Duration = Duration::from_secs(90);

pub(crate) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) struct TempStore {
    pub(crate) store: Store,
    pub(crate) dir: tempfile::TempDir,
}

pub(crate) fn open(path: &std::path::Path) -> Store {
    let directory = DataDir::lock(path).unwrap();
    let ring = KeyRing::load_or_create(&directory.key_file()).ok().unwrap();
    Store::open(directory, ring, NOW).unwrap()
}

pub(crate) fn fresh() -> TempStore {
    let dir = tempfile::tempdir().unwrap();
    TempStore { store: open(dir.path()), dir }
}

pub(crate) fn message(subject: &str) -> NewMessage {
    NewMessage {
        class: Class::Submitted,
        app: None,
        sender: Some("a@x".into()),
        recipients: vec!["b@x".into(), "c@x".into()],
        subject: subject.into(),
        message_id: format!("<{subject}@x>"),
        body: format!("Subject: {subject}\r\n\r\nHi\r\n").into_bytes().into(),
        eight_bit: false,
        composed: false,
        due: NOW,
        claimed: false,
        held: false,
        avoid: None,
    }
}

pub(crate) async fn accept(store: &Store, message: NewMessage) -> MessageNumber {
    accept_at(store, NOW, message).await
}

pub(crate) async fn accept_at(store: &Store, now: Timestamp, message: NewMessage) -> MessageNumber {
    match store.change(now, message).await.unwrap() {
        Outcome::Accepted(n) => n,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn settle(number: MessageNumber, fates: &[(u16, Fate)], next: Next) -> Settle {
    Settle {
        number,
        fates: fates.iter().map(|(k, fate)| (*k, *fate, format!("said {k}"))).collect(),
        next,
        relay: Some(RelayId(1)),
        attempt: Some(AttemptRow { number, relay: Some(RelayId(1)), report: "{}".into() }),
        failed: false,
        uncounted: false,
        may_arrive_twice: false,
        keep_body: false,
    }
}

pub(crate) async fn due(store: &Store, now: Timestamp) -> Vec<MessageNumber> {
    let mut all = Vec::new();
    for lane in store.lanes().await.unwrap() {
        all.extend(store.due(lane, now, now + Duration::from_secs(7200), 100).await.unwrap().into_iter().map(|(n, _)| n));
    }
    all
}

/// A commit of this change at [`NOW`].
pub(crate) fn commit(change: impl Into<Change>) -> Commit {
    Commit::at(NOW).and(change)
}

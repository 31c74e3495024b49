//! Tests of grants: sealed at rest, complete after a restart, removed when deleted.

use model::Secret;
use model::id::RelayId;
use store::{GrantChange, Store};

use super::{Engine, close, fresh};
use crate::sample::NOW;

contract![grant_is_sealed_and_survives_restart,];

const MAIN: RelayId = RelayId(1);

fn put(relay: RelayId, record: &str, tokens: &str) -> GrantChange {
    GrantChange::Put { relay, record: record.into(), tokens: Secret::new(tokens) }
}

async fn all(store: &Store) -> Vec<(RelayId, String, Option<String>)> {
    let grants = store.grants().await.unwrap();
    grants.into_iter().map(|g| (g.relay, g.record, g.tokens.map(|t| t.reveal().to_owned()))).collect()
}

/// A `Note` changes the record of a grant and keeps its tokens.
async fn grant_is_sealed_and_survives_restart<E: Engine>() {
    let (engine, store) = fresh::<E>();
    store.change(NOW, put(MAIN, "{}", "refresh-one")).await.unwrap();
    store.change(NOW, put(RelayId(2), "{}", &"long".repeat(50_000))).await.unwrap();
    store.change(NOW, put(MAIN, "{\"a\":1}", "refresh-two")).await.unwrap();
    store.change(NOW, GrantChange::Note { relay: MAIN, record: "{\"a\":2}".into() }).await.unwrap();
    store.change(NOW, GrantChange::Note { relay: RelayId(7), record: "{}".into() }).await.unwrap();
    close(store);
    assert!(!engine.bytes_at_rest().windows(8).any(|w| w == b"refresh-"), "a token lies open on the disk");
    let store = engine.open();
    let found = all(&store).await;
    assert_eq!(found[0], (MAIN, "{\"a\":2}".into(), Some("refresh-two".into())));
    assert_eq!((found.len(), found[1].2.as_ref().map(String::len)), (2, Some(200_000)), "a token has no limit of length");
    store.change(NOW, GrantChange::Delete { relay: MAIN }).await.unwrap();
    store.change(NOW, GrantChange::Delete { relay: MAIN }).await.unwrap();
    assert_eq!(all(&store).await.len(), 1);
    store.close();
}

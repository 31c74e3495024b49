//! The contract of the store: the guarantees that every engine under it must keep. A second engine implements [`Engine`], and
//! gets one row in the macro [`contract`]; then every test of this folder runs on it too.
//!
//! Tests of one engine's own means (files, keys, backups, power cuts) stand beside this folder.

use store::Store;

/// A place for one store, and the ways in which a store begins and ends there.
pub(crate) trait Engine {
    /// A place without a store.
    fn new() -> Self;

    /// Opens the store of this place. Creates it if there is none. At most one store is open in a place.
    fn open(&self) -> Store;

    /// Ends the store as the kill of its process does: without a close, and with everything kept that was acknowledged.
    /// Returns the place with what is left.
    fn kill(self, store: Store) -> Self;

    /// All bytes that the engine keeps at rest, for tests that search them for a secret.
    fn bytes_at_rest(&self) -> Vec<u8>;
}

/// A new place with an open store.
fn fresh<E: Engine>() -> (E, Store) {
    let engine = E::new();
    let store = engine.open();
    (engine, store)
}

/// Ends the store as the normal stop of its process does.
fn close(store: Store) {
    store.close();
    drop(store);
}

/// Makes a test of each of these functions for each engine. The engines are the rows of this macro.
macro_rules! contract {
    ($($test:ident),* $(,)?) => {
        contract!(@engine sqlite, $crate::contract::sqlite::Sqlite, $($test),*);
    };
    (@engine $name:ident, $engine:ty, $($test:ident),*) => {
        mod $name {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test::<$engine>().await;
                }
            )*
        }
    };
}

mod accounts;
mod grants;
mod messages;
mod records;
mod sqlite;

//! The last test of stored settings. One place keeps it, for pages, API and command line. It survives a restart.

use model::id::{MessageId, RelayId};
use model::settings::{EmailSettings, RelaySettings};
use model::time::Timestamp;
use model::{Address, Mailbox};
use store::{ReadFault, Store};

/// The last test of stored settings: by page, API or command line.
#[derive(Clone)]
pub struct LastTest {
    pub at: Timestamp,
    pub by: String,
    pub accepted: bool,
    /// The revision of the tested settings.
    pub revision: i64,
    pub message: MessageId,
    pub relay: RelayId,
    /// `None` for a test before the start of this process: the disk does not keep the secrets that were tested.
    pub(crate) settings: Option<TestSubject>,
}

/// The settings that a test says something about.
#[derive(Clone)]
pub(crate) struct TestSubject {
    pub(crate) relay: RelaySettings,
    pub(crate) from: Mailbox,
    pub(crate) bounce: Address,
}

impl LastTest {
    /// Reads the last test from the store.
    pub(crate) async fn read(store: &Store) -> Result<Option<Self>, ReadFault> {
        let Some((at, row)) = store.last_test().await? else { return Ok(None) };
        let message = store.message_id(row.message);
        Ok(Some(Self {
            at,
            by: row.by,
            accepted: row.accepted,
            revision: row.revision,
            message,
            relay: row.relay,
            settings: None,
        }))
    }

    /// True if the test says something about these settings of this revision: its relay and its sender are the same there.
    pub(crate) fn applies_to(&self, settings: &EmailSettings, revision: i64) -> bool {
        match &self.settings {
            None => self.revision == revision,
            Some(tested) => {
                settings.route.contains(&tested.relay) && (&settings.from, &settings.bounce) == (&tested.from, &tested.bounce)
            }
        }
    }
}

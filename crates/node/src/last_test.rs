//! The last test of stored settings. One place keeps it, for pages, API and command line.

use model::id::MessageId;
use model::settings::{EmailSettings, RelaySettings};
use model::time::Timestamp;
use model::{Address, Mailbox};

/// The last test of stored settings: by page, API or command line.
#[derive(Clone)]
pub struct LastTest {
    pub at: Timestamp,
    pub by: String,
    pub accepted: bool,
    /// The revision of the tested settings.
    pub revision: i64,
    pub message: MessageId,
    /// The relay that was tested, and the sender.
    pub(crate) relay: RelaySettings,
    pub(crate) sender: (Mailbox, Address),
}

impl LastTest {
    /// True if the test says something about these settings: its relay and its sender are the same there.
    pub(crate) fn applies_to(&self, settings: &EmailSettings) -> bool {
        settings.route.contains(&self.relay) && (&settings.from, &settings.bounce) == (&self.sender.0, &self.sender.1)
    }
}

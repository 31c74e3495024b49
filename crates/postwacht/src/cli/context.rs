//! Input of every command.

use crate::bootstrap::Bootstrap;

pub(super) struct CliContext {
    pub(super) bootstrap: Bootstrap,
    /// True if the answer is printed as JSON.
    pub(super) json: bool,
}

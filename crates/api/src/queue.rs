//! Operations on messages: retry, hold, release, cancel.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

names!(
    /// An operation on messages.
    VerbName {
        /// Tries a waiting message now.
        Retry = "retry",
        /// Keeps a message in the queue until it is released.
        Hold = "hold",
        /// Ends a hold.
        Release = "release",
        /// Ends a message for all recipients that still wait.
        Cancel = "cancel",
    }
);

/// An operation on many messages. Needs either `ids` or `all`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueOperation {
    /// retry, hold, release or cancel.
    #[schema(value_type = VerbName)]
    pub verb: String,
    /// The messages, by id.
    #[serde(default)]
    pub ids: Vec<String>,
    /// True: all open messages.
    #[serde(default)]
    pub all: bool,
}

/// The result of an operation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Touched {
    /// Number of changed messages. A message that is settled, in that state already, or being delivered now is not changed.
    pub touched: u64,
}

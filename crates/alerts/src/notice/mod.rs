//! Builds the text of our own mail.

mod daily;
mod test;
mod incident;
mod preview;
mod scene;
mod sheet;

pub use daily::{DailyReport, Standing};
pub use incident::{Telling, digest_parts};
pub use preview::preview_of;
pub use scene::{DescribedEvent, Scene};
pub use scene::{duration, event_phrase, fact_rows, incident_phrase, shown, size};
pub use sheet::escape;
pub use test::test_message;

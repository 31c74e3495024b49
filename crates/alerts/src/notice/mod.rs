//! Builds the text of our own mail.

mod daily;
mod test;
mod incident;
mod preview;
mod context;
mod sheet;

pub use context::{DescribedEvent, NoticeContext};
pub use context::{duration_phrase, event_phrase, fact_rows, format_size, format_time, incident_phrase};
pub use daily::{DailyReport, Standing};
pub use incident::{DueNotice, digest_parts};
pub use preview::preview_of;
pub use sheet::escape;
pub use test::test_message;

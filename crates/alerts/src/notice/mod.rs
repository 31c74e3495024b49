//! Builds the text of our own mail.

mod daily;
mod test_message;
mod incident;
mod preview;
mod context;
mod layout;

pub use context::{DescribedEvent, NoticeContext};
pub use context::{
    duration_phrase, event_phrase, fact_rows, format_size, format_time, incident_body, incident_phrase, incident_todo,
};
pub use daily::{DailyReport, RelayStanding};
pub use incident::{DueNotice, digest_parts};
pub use layout::escape;
pub(crate) use preview::preview_of;
#[cfg(test)]
pub(crate) use preview::sample_context;
pub use test_message::test_message;

//! The reads of the store, by subject.

mod accounts;
mod audit;
mod documents;
mod outcomes;
mod grants;
mod hooks;
mod incidents;
mod life;
mod messages;
mod notices;
mod pair;
mod test;
mod tokens;
mod work;

pub use accounts::{AccountView, SessionView};
pub use audit::AuditView;
pub use documents::{DocumentView, HeldState};
pub use grants::GrantView;
pub use hooks::HookView;
pub use incidents::{EventFilter, EventView, HistoryPart, IncidentFilter};
pub use life::LifeView;
pub use messages::{AttemptView, ListFilter, MessagePage, MessageRow, MessageState, MessageView, RecipientView};
pub use notices::{ContactView, DailyView, NoticeView};
pub use outcomes::{HourView, OutcomeView};
pub use pair::PairView;
pub use tokens::TokenView;
pub use work::{Backlog, Body, Gate, LaneDepth, OverdueHead, Work};

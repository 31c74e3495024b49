//! Incidents: raised, reminded of, resolved. An incident is silent while it flaps or while a greater one explains it.
//!
//! A pure state machine: [`Incident::apply`] is its only state table. News for the contacts waits as a [`PendingNotice`] until
//! mail can go. If more happens meanwhile, only the news that still matters is sent.

mod allowance;
mod begin;
mod kinds;
mod notice_tally;
mod record;
mod storm;
mod transition;

pub use allowance::Allowance;
pub use begin::{NewIncident, Raised};
pub use kinds::{IncidentAct, IncidentState, NoticeKind};
pub use notice_tally::{NoticeTally, PendingNotice};
pub use record::Incident;
pub use storm::{CRITICAL_MAX, Due, LATE, NOTICES_MAX, Plan, STALE, Sent, WINDOW, plan};
pub use transition::Input;

#[cfg(test)]
mod tests;

//! The store: all data that survives a restart. [`Store::commit`] is the only way to change it. A commit that was answered
//! with `Ok` survives a power cut. Reads are bounded in rows and time.
//!
//! One SQLite file, one writer thread, few readers. `flock` on the data directory keeps a second process out.

mod apply;
mod backup;
mod commit;
mod connection;
mod damage;
mod directory;
mod disk;
mod doubt;
mod due;
mod encoding;
mod fault;
mod file_watch;
mod files;
mod inbox;
mod inspect;
mod log_index;
mod mark;
mod open;
mod read;
mod readers;
mod schema;
mod seal;
mod soundness;
mod statement;
mod store;
mod upkeep;
mod wal;
mod writer;

pub use backup::{Dropped, RestoreFault, RestoreRequest, Restored, SignaturePolicy, restore};
pub use commit::{
    AccountChange, AttemptRow, AuditRow, Change, Commit, DocumentSave, DoneOnce, EventRow, GrantChange, Guard, Housekeep,
    IncidentRow, KeyResult, LocalChange, MailChange, NewHook, NewMessage, NewSession, Next, NoticeRow, Once, Operate, Outcome,
    PairRow, Park, QueueAction, RecordChange, Settle, SiteChange, Slice, TestRow, TokenChange, Which,
};
pub use connection::Durability;
pub use directory::DataDir;
pub use disk::DiskRoom;
pub use doubt::{Doubt, Past, UnexpectedStore};
pub use due::EarliestDue;
pub use encoding::QueuePlace;
pub use fault::{CommitFault, OpenFault, ReadFault, StoreFailure};
pub use files::{FileKind, ForeignFile, Loss, LostFile, examine, no_follow};
pub use read::{
    AccountView, AttemptView, AuditView, Backlog, Body, ContactView, DailyView, DocumentView, EventFilter, EventView, Gate,
    GrantView, HeldState, HistoryPart, HookView, HourView, IncidentFilter, LaneDepth, LifeView, ListFilter, MessagePage,
    MessageRow, MessageState, MessageView, NoticeView, OutcomeView, OverdueHead, PairView, RecipientView, SessionView, TokenView,
    Work,
};
pub use schema::schema_version;
pub use seal::{KeyFault, KeyFile, KeyRing};
pub use store::Store;
pub use wal::{WalCause, WalState};

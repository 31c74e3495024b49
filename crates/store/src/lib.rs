//! The store: all data that survives a restart. [`Store::commit`] is the only way to change it. A commit that was answered
//! with `Ok` survives a power cut. Reads are bounded in rows and time.
//!
//! One SQLite file, one writer thread, few readers. `flock` on the data directory keeps a second process out.

mod commit;
mod fault;
mod connection;
mod files;
mod schema;
mod seal;
mod directory;
mod disk;
mod due;
mod file_watch;
mod log_index;
mod mark;
mod soundness;
mod wal;
mod apply;
mod inbox;
mod thread;
mod writer;
mod read;
mod backup;

pub use backup::{Dropped, RestoreFault, RestoreRequest, Restored, Trust, restore};
pub use commit::{
    AccountChange, AttemptRow, Change, Commit, DocumentSave, DoneOnce, EventRow, GrantChange, Guard, Housekeep, IncidentRow,
    NewHook, NewMessage, Next, NoticeRow, OPERATOR_GATE, Once, Operate, Outcome, Park, Settle, TokenChange, Verb, WatchChange,
    Which,
};
pub use directory::DataDir;
pub use disk::Room;
pub use due::EarliestDue;
pub use fault::{CommitFault, OpenFault, ReadFault, StoreFailure};
pub use file_watch::{Loss, LostFile};
pub use files::{FileKind, ForeignFile, examine, no_follow};
pub use mark::Doubt;
pub use read::{
    AccountView, AttemptView, AuditView, Backlog, Body, ContactView, DailyView, DocumentView, EventFilter, EventView, Gate,
    GrantView, HeldState, HistoryPart, HookView, HourView, IncidentFilter, LaneDepth, LifeView, ListFilter, MessagePage,
    MessageRow, MessageState, MessageView, NoticeView, OutcomeView, OverdueHead, RecipientView, SessionView, TokenView, Work,
};
pub use seal::{KeyFault, KeyFile, KeyRing};
pub use wal::{WalCause, WalState};
pub use writer::{Durability, Past, Store, UnexpectedStore};

/// A time in Unix milliseconds, as the store keeps it.
pub type Millis = i64;

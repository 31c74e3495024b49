//! Conversions into [`Change`], so that a call site names only the change that it makes.

use super::{
    AccountChange, AttemptRow, AuditRow, Change, DocumentSave, EventRow, GrantChange, Housekeep, IncidentRow, LocalChange,
    MailChange, NewHook, NewMessage, NoticeRow, Operate, Park, RecordChange, Settle, SiteChange, TokenChange,
};

macro_rules! changes {
    ($($part:ident, $change:ident => $made:expr;)+) => {
        $(
            impl From<$part> for Change {
                fn from($change: $part) -> Self {
                    $made
                }
            }
        )+
    };
}

changes! {
    SiteChange, change => Self::Site(change);
    DocumentSave, save => SiteChange::Document(save).into();
    AccountChange, change => SiteChange::Account(change).into();
    TokenChange, change => SiteChange::Token(change).into();
    GrantChange, change => SiteChange::Grant(change).into();
    AuditRow, entry => SiteChange::Audit(entry).into();

    MailChange, change => Self::Mail(change);
    NewMessage, message => MailChange::Accept(message).into();
    Settle, settle => MailChange::Settle(settle).into();
    AttemptRow, row => MailChange::Attempt(row).into();
    Park, park => MailChange::Park(park).into();
    Operate, operate => MailChange::Operate(operate).into();
    Housekeep, slice => MailChange::Housekeep(slice).into();

    RecordChange, change => MailChange::Record(change).into();
    IncidentRow, row => RecordChange::Incident(row).into();
    EventRow, row => RecordChange::Event(row).into();
    NoticeRow, row => RecordChange::Notice(row).into();
    NewHook, hook => RecordChange::Hook(hook).into();

    LocalChange, change => Self::Local(change);
}

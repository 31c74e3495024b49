//! The notices of an incident: the news that waits until mail can go, and the notices made so far.

use serde::{Deserialize, Serialize};

use super::kinds::NoticeKind;
use crate::time::Timestamp;

/// A notice that waits to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingNotice {
    pub kind: NoticeKind,
    /// Time of the oldest news in this notice.
    pub since: Timestamp,
}

/// The notices of an incident: made and pending.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeTally {
    /// Notices made so far, without those withdrawn.
    pub count: u32,
    /// Number of the newest notice. Numbers are never reused.
    pub number: u32,
    /// Time of the newest notice.
    pub last: Option<Timestamp>,
    pub pending: Option<PendingNotice>,
    /// Message-IDs of the first notice and of the newest. Later notices refer to them.
    pub thread: Vec<String>,
}

impl NoticeTally {
    /// Adds news for the contacts to the pending notice.
    pub(super) fn add_news(&mut self, kind: NoticeKind, now: Timestamp) {
        // Without an earlier notice there is nothing to be reminded of. The end then reports the start too.
        let kind = match kind {
            NoticeKind::Reminder | NoticeKind::Worse if self.count == 0 => NoticeKind::Raised,
            NoticeKind::Resolved if self.count == 0 => NoticeKind::Ended,
            kind => kind,
        };
        let pending = match self.pending {
            None => PendingNotice { kind, since: now },
            Some(before) => PendingNotice { kind: before.kind.merge(kind), since: before.since },
        };
        self.pending = Some(pending);
    }

    /// Records that the pending notice was handed to the queue, in a message with this ID.
    pub fn made(&mut self, message_id: &str, now: Timestamp) {
        self.pending = None;
        self.count += 1;
        self.number += 1;
        self.last = Some(now);
        self.thread.truncate(1);
        self.thread.push(message_id.to_owned());
    }

    /// Withdraws a notice that was made but had not left yet. Its news is pending again.
    pub fn withdraw(&mut self, notice: PendingNotice, message_id: &str) {
        self.count = self.count.saturating_sub(1);
        self.thread.retain(|id| id != message_id);
        let kind = self.pending.map_or(notice.kind, |pending| notice.kind.merge(pending.kind));
        // The readers know nothing of it yet.
        let kind = if self.count == 0 { NoticeKind::Raised.merge(kind) } else { kind };
        self.pending = Some(PendingNotice { kind, since: notice.since });
    }

    /// Forgets a notice that was made but had not left yet: the end of its news was told.
    pub fn forget(&mut self, message_id: &str) {
        self.count = self.count.saturating_sub(1);
        self.thread.retain(|id| id != message_id);
    }

    /// True if the notice of the incident's end is pending.
    pub fn is_end_pending(&self) -> bool {
        self.pending.is_some_and(|pending| matches!(pending.kind, NoticeKind::Resolved | NoticeKind::Obsolete))
    }

    /// True if the first notice is still pending.
    pub(super) fn is_first_pending(&self) -> bool {
        self.count == 0 && self.pending.is_some_and(|pending| pending.kind == NoticeKind::Raised)
    }
}

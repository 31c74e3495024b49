//! Signals that the watch cannot observe itself: the certificate of the pages, remote clocks, failed writes. It also holds
//! findings of the watch that others need at once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::SignedDuration;
use model::Phrase;
use model::time::Timestamp;
use tokio::time::{Duration, Instant};

/// An observed remote clock counts for this long.
const CLOCK_VALIDITY: Duration = Duration::from_hours(1);
/// A run of the node is young for this long: an observation that is only in memory may be missing.
const YOUNG: Duration = CLOCK_VALIDITY;

/// Age of this run of the node. Some facts are only in memory and are lost in a restart. While the run is young, their
/// absence proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunAge {
    Young,
    Mature,
}

impl RunAge {
    pub(crate) fn of(started: Timestamp, now: Timestamp) -> Self {
        if now.distance(started) < YOUNG { Self::Young } else { Self::Mature }
    }
}

/// The certificate of the node's own pages, as the entry that serves them reports it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PageCertificate {
    /// The entry has not reported yet.
    #[default]
    Unknown,
    /// The pages are served without TLS.
    NoTls,
    /// The names in the certificate, separated by commas, and its end.
    Served { names: String, ends: Timestamp },
}

/// Signals that other parts of the node give to the watch, and findings that the watch gives to them.
#[derive(Default)]
pub struct ExternalSignals {
    inside: Mutex<Signals>,
}

#[derive(Default)]
struct Signals {
    certificate: PageCertificate,
    /// Remote clocks by source: how far each is ahead of ours, and when it was observed.
    clocks: HashMap<String, (SignedDuration, Timestamp)>,
    /// The sentences about the failover pair. Empty without a pair.
    pair: Vec<Phrase>,
    /// Since when nothing can be written to disk, and why.
    unwritable: Option<(Timestamp, String)>,
    /// Since when mail has been due that a relay could take and that is not tried.
    stuck: Option<Timestamp>,
    /// Last progress of the watch. This clock stands still while the machine sleeps.
    progressed: Option<Instant>,
}

impl ExternalSignals {
    fn lock(&self) -> std::sync::MutexGuard<'_, Signals> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records the certificate of the node's own pages.
    pub fn note_certificate(&self, served: PageCertificate) {
        self.lock().certificate = served;
    }

    /// Records the sentences about the failover pair: who is primary, and whether a takeover would work. Empty without a pair.
    pub fn note_pair(&self, sentences: Vec<Phrase>) {
        self.lock().pair = sentences;
    }

    /// The sentences about the failover pair. Empty without a pair.
    pub(crate) fn pair(&self) -> Vec<Phrase> {
        self.lock().pair.clone()
    }

    /// Records the result of a write to disk: the fault, if it failed. If writes fail, mail and webhooks cannot report it. The status, the metrics
    /// and the missing heartbeat report it.
    pub fn note_write(&self, fault: Option<String>, now: Timestamp) {
        let mut inside = self.lock();
        let since = inside.unwritable.as_ref().map_or(now, |(since, _)| *since);
        inside.unwritable = fault.map(|why| (since, why));
    }

    /// Since when nothing can be written to disk, and why.
    pub fn unwritable(&self) -> Option<(Timestamp, String)> {
        self.lock().unwritable.clone()
    }

    /// Since when mail is due that a relay could take and that is not tried.
    pub fn stuck(&self) -> Option<Timestamp> {
        self.lock().stuck
    }

    /// Records since when mail is stuck. `None`: it is not.
    pub(crate) fn found_stuck(&self, since: Option<Timestamp>) {
        self.lock().stuck = since;
    }

    /// The certificate of the node's own pages.
    pub(crate) fn page_certificate(&self) -> PageCertificate {
        self.lock().certificate.clone()
    }

    /// Remote clocks that were observed lately: the source, and how far it is ahead of ours.
    pub(crate) fn clocks(&self, now: Timestamp) -> Vec<(String, SignedDuration)> {
        let signals = self.lock();
        let lately = signals.clocks.iter().filter(|(_, (_, at))| now.distance(*at) < CLOCK_VALIDITY);
        lately.map(|(source, (ahead, _))| (source.clone(), *ahead)).collect()
    }

    /// Records progress of the watch.
    pub fn note_progress(&self) {
        self.lock().progressed = Some(Instant::now());
    }

    /// Time since the last progress of the watch. `None` before the watch begins.
    pub fn since_progress(&self) -> Option<Duration> {
        self.lock().progressed.map(|at| at.elapsed())
    }

    /// Records how far a remote clock is ahead of ours, taken from an answer.
    pub fn note_clock(&self, source: &str, ahead: SignedDuration, now: Timestamp) {
        let mut inside = self.lock();
        // An old observation may be wrong by now, and its source may never answer again.
        inside.clocks.retain(|_, (_, at)| now.distance(*at) < CLOCK_VALIDITY);
        inside.clocks.insert(source.to_owned(), (ahead, now));
    }
}

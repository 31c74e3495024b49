//! The pair in two or three sentences: who is primary, would a takeover work now, and if not, why.

use std::net::IpAddr;
use std::sync::Arc;

use admin::Admin;
use failover::{PairHandle, PairStage, PairingService, Relationship};
use model::Phrase;
use model::failover::{BootTime, PairRole, PairState, SharedIpSeen, TakeoverGuard};

use super::duty::Duty;

/// A sentence about the pair, and whether it is good news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairSentence {
    pub phrase: Phrase,
    pub is_well: bool,
}

/// The pair as this node sees it at one moment.
pub struct PairMoment {
    pub duty: Duty,
    /// `None`: there is no pair.
    pub pair: Option<Relationship>,
    /// `None`: no core runs.
    pub state: Option<Arc<PairState>>,
    pub now: BootTime,
    node: String,
}

impl PairMoment {
    pub(crate) fn new(admin: &Admin, service: &PairingService, duty: Duty, core: Option<PairHandle>) -> Self {
        Self {
            duty,
            pair: service.relationship().filter(|pair| pair.stage == PairStage::Established),
            state: core.map(|core| Arc::clone(&core.view.borrow())),
            now: BootTime(u64::try_from(admin.clock.mono().as_millis()).unwrap_or(u64::MAX)),
            node: admin.names.host.clone(),
        }
    }

    /// True if a status check has ended since the core began.
    pub fn is_checked(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.round.number > 1)
    }

    /// True if the other node has answered, or has sent something.
    pub fn answers(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.result.is_alive)
    }

    /// What stops a takeover by the backup: by this node, or as the other node has told.
    pub fn guards(&self) -> Vec<TakeoverGuard> {
        match (&self.state, &self.duty) {
            (Some(state), Duty::Primary { .. } | Duty::Draining) => {
                state.peer.as_ref().map(|peer| peer.guards.clone()).unwrap_or_default()
            }
            (Some(state), _) => state.guards(self.now),
            (None, _) => Vec::new(),
        }
    }

    /// A shared IP that this node should have now as the primary, or could not serve as the backup.
    fn missing_ip(&self) -> Option<IpAddr> {
        let is_primary = matches!(self.duty, Duty::Primary { .. });
        let is_missing =
            |seen: &&SharedIpSeen| seen.fault.is_some() || seen.interface.is_none() || is_primary && !seen.is_present;
        self.state.as_ref()?.network.iter().find(is_missing).map(|seen| seen.ip)
    }

    /// The sentences. A node without a pair has one.
    pub fn sentences(&self) -> Vec<PairSentence> {
        let peer = self.pair.as_ref().map(|pair| pair.peer.name.clone()).unwrap_or_default();
        let sentence = |key: &str, is_well: bool| {
            let phrase = Phrase::new(key.to_owned()).with("node", &self.node).with("peer", &peer);
            PairSentence { phrase, is_well }
        };
        let (name, is_well) = match self.duty {
            Duty::Alone => ("alone", true),
            Duty::Primary { .. } => ("primary", true),
            Duty::Backup { .. } => ("backup", true),
            Duty::Waiting => ("waiting", false),
            Duty::Draining => ("draining", true),
            Duty::Retired => ("retired", false),
        };
        let mut sentences = vec![sentence(&format!("failover-duty-{name}"), is_well)];
        let is_primary = matches!(self.duty, Duty::Primary { .. });
        if self.duty == Duty::Waiting && self.is_checked() && !self.answers() {
            sentences.push(sentence("failover-waiting-silent", false));
        }
        if !is_primary && !matches!(self.duty, Duty::Backup { .. }) || !self.is_checked() {
            return sentences;
        }
        if !self.answers() {
            if is_primary {
                sentences.push(sentence("failover-backup-silent", false));
                return sentences;
            }
            let due = self.state.as_ref().and_then(|state| state.takeover_due(self.now));
            sentences.push(match due.map(|due| due.since(self.now).as_secs()) {
                Some(seconds) if seconds > 0 => {
                    let PairSentence { phrase, is_well } = sentence("failover-primary-silent-due", false);
                    PairSentence { phrase: phrase.with("seconds", seconds), is_well }
                }
                _ => sentence("failover-primary-silent", false),
            });
        }
        if self.state.as_ref().is_some_and(|state| matches!(state.role, PairRole::Taking { .. })) {
            sentences.push(sentence("failover-taking-over", false));
            return sentences;
        }
        sentences.extend(self.missing_ip().map(|ip| {
            let PairSentence { phrase, is_well } =
                sentence(if is_primary { "failover-ip-not-served" } else { "failover-ip-not-possible" }, false);
            PairSentence { phrase: phrase.with("ip", ip), is_well }
        }));
        let backup = if is_primary { &peer } else { &self.node };
        sentences.push(match self.guards().first() {
            None => sentence("failover-takeover-possible", true),
            Some(guard) => {
                let phrase = Phrase::new(format!("failover-guard-{}", guard.name())).with("node", backup);
                PairSentence { phrase, is_well: false }
            }
        });
        sentences
    }
}

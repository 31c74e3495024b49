//! The tasks that follow the core of the pair.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use admin::Admin;
use admin::settings::NODE;
use alerts::Alerts;
use failover::{PairHandle, PairingService};
use mail::Mail;
use model::audit::AuditedAct;
use model::failover::{CONDITIONS, RoleName, Round, UnwatchedConditions};
use store::AuditRow;
use tokio::sync::{mpsc, watch};

use super::duty::{Duty, DutyKeeper};
use super::facts::{FactSource, PairEvent};
use super::moment::PairMoment;

/// Pause before an event that was not written is written again.
const WRITE_AGAIN: Duration = Duration::from_secs(2);

/// Passes the running core on.
pub(super) async fn follow_core(
    mut handle: watch::Receiver<Option<PairHandle>>,
    core: watch::Sender<Option<PairHandle>>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        core.send_replace(handle.borrow_and_update().clone());
        let is_gone = tokio::select! {
            changed = handle.changed() => changed.is_err(),
            _ = stop.wait_for(|stop| *stop) => return,
        };
        if is_gone {
            // The keeper has ended with the stop.
            drop(stop.wait_for(|stop| *stop).await);
            return;
        }
    }
}

/// What the incidents were told last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PairTold {
    /// Nothing since the start: an earlier process may have left incidents.
    Unknown,
    /// That there is no pair.
    Nothing,
    /// The conditions of the check with this number.
    Check(Round),
}

#[derive(Clone)]
pub(super) struct PairFollower {
    pub(super) admin: Admin,
    pub(super) mail: Mail,
    pub(super) alerts: Alerts,
    pub(super) service: Arc<PairingService>,
    pub(super) duty: Arc<DutyKeeper>,
}

/// Resolves at the next change of the token or the state of a core. Without a core: never.
async fn core_changed(core: &mut Option<PairHandle>) {
    match core {
        Some(core) => {
            let gone = tokio::select! {
                changed = core.view.changed() => changed.is_err(),
                changed = core.token.changed() => changed.is_err(),
            };
            if gone {
                // The next core is told by the keeper.
                std::future::pending::<()>().await;
            }
        }
        None => std::future::pending().await,
    }
}

impl PairFollower {
    /// Opens and closes the intake and the settings with the role.
    pub(super) async fn follow_duty(self, mut stop: watch::Receiver<bool>) {
        let (mut changes, mut cores) = (self.service.changes(), self.duty.cores());
        loop {
            let mut core = cores.borrow_and_update().clone();
            self.duty.settle();
            loop {
                tokio::select! {
                    () = core_changed(&mut core) => self.duty.settle(),
                    _ = changes.changed() => self.duty.settle(),
                    changed = cores.changed() => {
                        if changed.is_err() {
                            return;
                        }
                        break;
                    }
                    _ = stop.wait_for(|stop| *stop) => return,
                }
            }
        }
    }

    /// Tells the core of changes to the e-mail settings and their grants.
    pub(super) async fn follow_settings(self, mut stop: watch::Receiver<bool>) {
        let (mut saved, mut decided) = (self.admin.settings.changes(), self.mail.oauth.decisions());
        loop {
            tokio::select! {
                _ = saved.changed() => {}
                _ = decided.changed() => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            let core = self.duty.core();
            if let Some(core) = core {
                core.email_saved().await;
            }
        }
    }

    /// Records the conditions of each status check as incidents.
    pub(super) async fn follow_conditions(self, mut stop: watch::Receiver<bool>) {
        let mut cores = self.duty.cores();
        let (mut begun, mut told) = (BTreeMap::new(), PairTold::Unknown);
        loop {
            let mut core = cores.borrow_and_update().clone();
            if core.is_none() && told != PairTold::Nothing {
                // Without a pair, what was found of it concerns nobody any more.
                let unwatched = UnwatchedConditions { of_other_role: CONDITIONS.to_vec(), ..UnwatchedConditions::default() };
                match self.alerts.observe_pair(Vec::new(), unwatched).await {
                    Ok(()) => told = PairTold::Nothing,
                    Err(fault) => tracing::error!(%fault, "the end of the pair's incidents could not be recorded"),
                }
            }
            loop {
                self.note_moment();
                if let Some(core) = &mut core {
                    let state = Arc::clone(&core.view.borrow_and_update());
                    let check = PairTold::Check(state.round.number);
                    if state.round.is_over && state.round.number > 0 && told != check {
                        let source = FactSource { admin: &self.admin, service: &self.service, state: &state };
                        let found = source.conditions(&mut begun);
                        match self.alerts.observe_pair(found, state.unwatched()).await {
                            Ok(()) => told = check,
                            Err(fault) => tracing::error!(%fault, "the conditions of the pair could not be recorded"),
                        }
                    }
                }
                tokio::select! {
                    () = core_changed(&mut core) => {}
                    changed = cores.changed() => {
                        if changed.is_err() {
                            return;
                        }
                        break;
                    }
                    _ = stop.wait_for(|stop| *stop) => return,
                }
            }
        }
    }

    /// Keeps the sentences about the pair for the daily notice.
    fn note_moment(&self) {
        let moment = PairMoment::new(&self.admin, &self.service, self.duty.duty(), self.duty.core());
        let is_told = moment.duty != Duty::Alone;
        let told = moment.sentences().into_iter().filter(|_| is_told).map(|sentence| sentence.phrase);
        self.alerts.signals.note_pair(told.collect());
    }

    /// Writes a role to the audit log, which is the history of the pair. It stops nothing if it cannot be written.
    async fn write_role(&self, role: RoleName) {
        let act = AuditedAct::PairRoleTaken { role: role.text().to_owned() };
        if let Err(fault) = self.admin.store.change(self.admin.clock.now(), AuditRow::new(NODE, &act)).await {
            tracing::warn!(%fault, ?role, "a role of this node is missing in the audit log");
        }
    }

    /// Writes events without an end. Each is tried until it is written.
    pub(super) async fn tell_news(self, mut news: mpsc::Receiver<PairEvent>, mut stop: watch::Receiver<bool>) {
        loop {
            let event = tokio::select! {
                event = news.recv() => event,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            let (code, facts) = match event {
                Some(PairEvent::Told { code, facts }) => (code, facts),
                Some(PairEvent::Role(role)) => {
                    self.write_role(role).await;
                    continue;
                }
                None => {
                    // The keeper has ended with the stop.
                    drop(stop.wait_for(|stop| *stop).await);
                    return;
                }
            };
            let facts = match self.duty.core() {
                Some(core) => {
                    let state = Arc::clone(&core.view.borrow());
                    FactSource { admin: &self.admin, service: &self.service, state: &state }.of_event(code, facts)
                }
                None => facts,
            };
            while !self.alerts.report_pair(code, facts.clone()).await {
                tokio::select! {
                    () = tokio::time::sleep(WRITE_AGAIN) => {}
                    _ = stop.wait_for(|stop| *stop) => return,
                }
            }
        }
    }
}

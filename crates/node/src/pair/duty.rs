//! The duty of this node. A node that serves takes the mail of programs, and lets its e-mail settings be changed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use admin::settings::{FollowsPrimary, SettingsService};
use admin::{Admin, Clock};
use failover::{PairHandle, PairStage, PairingService, Standing};
use mail::Mail;
use mail::intake::{Intake, NotServing, Opening};
use model::failover::{BootTime, RoleKind};
use tokio::sync::watch;

/// The duty of a node: its part in the work of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Duty {
    /// It serves without a pair.
    Alone,
    /// It is the primary and serves, until this monotonic time if nothing extends it.
    Primary { until: Duration },
    /// It follows this primary.
    Backup { primary: String },
    /// It finds out, or prepares, its role.
    Waiting,
    /// It hands its role over.
    Draining,
    /// Its pair has ended while the other node served.
    Retired,
}

/// The state that the runtime of the pair commands.
#[derive(Default)]
struct Commanded {
    is_started: AtomicBool,
    is_draining: AtomicBool,
}

/// Opens and closes what depends on the role.
pub(super) struct DutyKeeper {
    service: Arc<PairingService>,
    intake: Arc<Intake>,
    settings: Arc<SettingsService>,
    clock: Clock,
    core: watch::Receiver<Option<PairHandle>>,
    commanded: Commanded,
    /// One change at a time: the last one must win.
    settling: Mutex<()>,
}

impl DutyKeeper {
    pub(super) fn new(
        service: Arc<PairingService>,
        admin: &Admin,
        mail: &Mail,
        core: watch::Receiver<Option<PairHandle>>,
    ) -> Self {
        let (intake, settings) = (Arc::clone(&mail.intake), Arc::clone(&admin.settings));
        Self {
            service,
            intake,
            settings,
            clock: admin.clock.clone(),
            core,
            commanded: Commanded::default(),
            settling: Mutex::default(),
        }
    }

    pub(super) fn cores(&self) -> watch::Receiver<Option<PairHandle>> {
        self.core.clone()
    }

    pub(super) fn core(&self) -> Option<PairHandle> {
        self.core.borrow().clone()
    }

    /// The present duty of this node.
    pub(super) fn duty(&self) -> Duty {
        let pair = self.service.relationship().filter(|pair| pair.stage == PairStage::Established);
        let Some(pair) = pair else {
            return if self.service.standing() == Standing::Retired { Duty::Retired } else { Duty::Alone };
        };
        let Some(core) = self.core() else { return Duty::Waiting };
        let state = Arc::clone(&core.view.borrow());
        let serves_there = !state.result.is_alive || state.peer_serves();
        if self.commanded.is_draining.load(Ordering::SeqCst) {
            return Duty::Draining;
        }
        match *core.token.borrow() {
            Some((_, until)) if self.commanded.is_started.load(Ordering::SeqCst) && self.clock.mono() < time_of(until) => {
                Duty::Primary { until: time_of(until) }
            }
            // A peer that answers and does not serve is no primary.
            _ if is_backup(state.role.kind()) && serves_there => Duty::Backup { primary: pair.peer.name },
            _ => Duty::Waiting,
        }
    }

    /// Puts the present duty in force.
    pub(super) fn settle(&self) {
        let _one_at_a_time = self.settling.lock().unwrap_or_else(PoisonError::into_inner);
        let duty = self.duty();
        let follows = match &duty {
            Duty::Alone | Duty::Primary { .. } | Duty::Retired => None,
            Duty::Backup { primary } => Some(FollowsPrimary { primary: Some(primary.clone()) }),
            Duty::Waiting | Duty::Draining => Some(FollowsPrimary { primary: None }),
        };
        self.settings.follow(follows);
        self.intake.door.set(match duty {
            Duty::Alone => Opening::Open,
            Duty::Primary { until } => Opening::Until(until),
            Duty::Backup { primary } => Opening::Closed(NotServing::Backup { primary }),
            Duty::Waiting => Opening::Closed(NotServing::Waiting),
            Duty::Draining => Opening::Closed(NotServing::Draining),
            Duty::Retired => Opening::Closed(NotServing::Retired),
        });
    }

    /// The services start. They take work once the token is there.
    pub(super) fn start(&self) {
        self.commanded.is_draining.store(false, Ordering::SeqCst);
        self.commanded.is_started.store(true, Ordering::SeqCst);
        self.settle();
    }

    pub(super) fn stop(&self) {
        self.commanded.is_started.store(false, Ordering::SeqCst);
        self.commanded.is_draining.store(false, Ordering::SeqCst);
        self.settle();
    }

    /// Takes no new work, and waits for what is under way.
    pub(super) async fn drain(&self) {
        self.commanded.is_draining.store(true, Ordering::SeqCst);
        self.settle();
        self.intake.door.emptied().await;
    }

    pub(super) fn undrain(&self) {
        self.commanded.is_draining.store(false, Ordering::SeqCst);
        self.settle();
    }
}

fn time_of(at: BootTime) -> Duration {
    Duration::from_millis(at.0)
}

/// True for the roles of a backup whose primary is the other node, as far as is known.
fn is_backup(role: RoleKind) -> bool {
    matches!(
        role,
        RoleKind::CatchingUp
            | RoleKind::Following
            | RoleKind::Suspect
            | RoleKind::Isolated
            | RoleKind::Malfunction
            | RoleKind::Confirming
            | RoleKind::Claiming
    )
}

//! The node as the runtime of the pair uses it.

use std::sync::{Arc, Mutex, PoisonError};

use admin::settings::SettingsService;
use failover::PairHost;
use mail::Mail;
use model::event::{Facts, OwnCode};
use model::failover::{Ballot, HostnameFault, RoleKind, RoleName, SelfFault, StageFault, Transition};
use store::GrantView;

use super::duty::DutyKeeper;
use super::facts::PairNews;
use super::site_name::check_site_name;
use crate::life_signs::{LifeSigns, Lifeless};

/// Exit code of a process that ends so that the kernel drops its addresses: EX_SOFTWARE of sysexits.h.
const EXIT_DIE: i32 = 70;

pub(super) struct NodeHost {
    pub(super) duty: Arc<DutyKeeper>,
    pub(super) mail: Mail,
    pub(super) life: LifeSigns,
    pub(super) news: PairNews,
    pub(super) settings: Arc<SettingsService>,
    /// The role that was written to the audit log last.
    pub(super) last_role: Mutex<Option<RoleName>>,
}

impl PairHost for NodeHost {
    async fn start(&self, ballot: Ballot) -> Result<(), StageFault> {
        tracing::info!(%ballot, "this node serves as the primary");
        self.duty.start();
        Ok(())
    }

    fn stop(&self) {
        self.duty.stop();
    }

    async fn drain(&self) {
        self.duty.drain().await;
    }

    fn undrain(&self) {
        self.duty.undrain();
    }

    async fn self_test(&self) -> Result<(), SelfFault> {
        let fault = |check: &str, error: String| SelfFault { check: check.into(), error };
        match self.life.prove().await {
            Ok(()) => Ok(()),
            Err(Lifeless::Storage(error)) => Err(fault("storage", error)),
            Err(Lifeless::Late(error)) => Err(fault("node", error)),
        }
    }

    async fn check_site_name(&self, token: &str) -> Result<(), HostnameFault> {
        match self.settings.current().settings().and_then(|settings| settings.site.external_url.clone()) {
            Some(url) => check_site_name(&url, token).await,
            None => Ok(()),
        }
    }

    fn tell(&self, code: OwnCode, facts: Facts) {
        self.news.tell(code, facts);
    }

    fn moved(&self, transition: Transition, role: RoleKind) {
        tracing::info!(?transition, ?role, "the role of this node has changed");
        self.duty.settle();
        // A backup that loses sight of its primary and sees it again has one role all the time.
        let mut last = self.last_role.lock().unwrap_or_else(PoisonError::into_inner);
        if last.replace(role.name()) != Some(role.name()) {
            self.news.note_role(role.name());
        }
    }

    fn email_adopted(&self, grants: Vec<GrantView>) {
        let oauth = Arc::clone(&self.mail.oauth);
        tokio::spawn(async move { oauth.take_stored(grants).await });
    }

    fn die(&self) {
        tracing::error!("the shared IPs could not be removed in time: this process ends, and the kernel drops them");
        std::process::exit(EXIT_DIE);
    }
}

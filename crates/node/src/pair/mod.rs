//! The failover pair as a part of the node: it decides whether this node serves, and its conditions become incidents.

mod duty;
mod facts;
mod follower;
mod host;
mod moment;
mod site_name;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use admin::Admin;
use alerts::Alerts;
use failover::{PairFault, PairHandle, PairKeeper, PairingService, ProductFacts, keep_port};
use mail::Mail;
use model::account::Actor;
use model::audit::AuditedAct;
use model::failover::{CommandRefusal, PairCommand};
use store::AuditRow;
use tokio::sync::{mpsc, watch};

use crate::life_signs::LifeSigns;
use crate::tasks::Tasks;

pub use duty::Duty;
use duty::DutyKeeper;
use facts::PairNews;
use host::NodeHost;
pub use moment::{PairMoment, PairSentence};
pub use site_name::SITE_CHECK_PATH;

/// What the pair needs of the machine.
#[derive(Clone, Debug, Default)]
pub struct PairStart {
    /// Socket of the network helper. `None`: there is none, and no shared IP can be served.
    pub helper: Option<PathBuf>,
    /// Address for the other node. `None`: no node can pair with this one.
    pub listen: Option<SocketAddr>,
}

/// The pair of a node.
pub struct NodePair {
    pub service: Arc<PairingService>,
    admin: Admin,
    start: PairStart,
    duty: Arc<DutyKeeper>,
    /// The core that runs.
    core: watch::Sender<Option<PairHandle>>,
}

impl NodePair {
    pub(crate) async fn open(admin: &Admin, mail: &Mail, start: PairStart) -> Result<Self, PairFault> {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let product = ProductFacts { build: version.clone(), version, schema: store::schema_version() };
        let service = PairingService::open(admin.clone(), product).await?;
        let core = watch::Sender::new(None);
        let duty = Arc::new(DutyKeeper::new(Arc::clone(&service), admin, mail, core.subscribe()));
        duty.settle();
        Ok(Self { service, admin: admin.clone(), start, duty, core })
    }

    /// Starts the parts of the pair. Without a pair they only wait for one.
    pub(crate) fn begin(&self, (admin, mail, alerts): (&Admin, &Mail, &Alerts), life: LifeSigns, tasks: &Tasks) {
        let (news, told) = mpsc::channel(facts::NEWS_MAX);
        let (duty, settings) = (Arc::clone(&self.duty), Arc::clone(&admin.settings));
        let host = NodeHost { duty, mail: mail.clone(), life, news: PairNews::new(news), settings, last_role: Mutex::default() };
        let keeper = PairKeeper::new(Arc::clone(&self.service), host, self.start.helper.clone());
        let (core, handle) = (self.core.clone(), keeper.handle());
        tasks.spawn("failover", Box::pin(keeper.run(tasks.stopping())));
        tasks.spawn("core of the pair", follower::follow_core(handle, core, tasks.stopping()));
        if let Some(address) = self.start.listen {
            tasks.spawn("port of the pair", keep_port(Arc::clone(&self.service), address, tasks.stopping()));
        }
        let follower = follower::PairFollower {
            admin: admin.clone(),
            mail: mail.clone(),
            alerts: alerts.clone(),
            service: Arc::clone(&self.service),
            duty: Arc::clone(&self.duty),
        };
        tasks.spawn("duty of the pair", follower.clone().follow_duty(tasks.stopping()));
        tasks.spawn("settings of the pair", follower.clone().follow_settings(tasks.stopping()));
        tasks.spawn("conditions of the pair", follower.clone().follow_conditions(tasks.stopping()));
        tasks.spawn("news of the pair", follower.tell_news(told, tasks.stopping()));
    }

    /// The present duty of this node.
    pub fn duty(&self) -> Duty {
        self.duty.duty()
    }

    /// The core that runs. `None`: there is no pair, or it begins or ends at this moment.
    pub fn core(&self) -> Option<PairHandle> {
        self.core.borrow().clone()
    }

    /// The pair at this moment.
    pub fn moment(&self) -> PairMoment {
        PairMoment::new(&self.admin, &self.service, self.duty(), self.core())
    }

    /// Writes an act of an administrator to the audit log. The act is done already, so a log that cannot be written stops nothing.
    pub async fn audit(&self, who: &Actor, act: AuditedAct) {
        let Admin { store, clock, .. } = &self.admin;
        if let Err(fault) = store.change(clock.now(), AuditRow::new(&who.name, &act)).await {
            tracing::warn!(%fault, act = act.name(), "the audit entry of an act on the pair could not be stored");
        }
    }

    /// Carries out a command of an administrator.
    pub async fn command(&self, command: PairCommand) -> Result<(), CommandRefusal> {
        let core = self.core().ok_or(CommandRefusal::NotPaired)?;
        core.command(command).await?;
        if let PairCommand::Maintain(time) = command {
            let until = (!time.is_zero()).then(|| self.admin.clock.now() + time);
            self.service.note_hold(until).await.map_err(|fault| {
                tracing::error!(%fault, "the hold of takeovers could not be stored");
                CommandRefusal::Disk
            })?;
        }
        Ok(())
    }
}

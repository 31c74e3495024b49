//! A node of a pair in a thread of its own, whose network is that of a host in a namespace.

use std::fs::File;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;

use admin::names::Names;
use admin::settings::FollowsPrimary;
use admin::{Admin, Clock};
use failover::{
    NodeIp, NodePairSettings, PairHandle, PairHost, PairKeeper, PairingService, PeerAddress, ProductFacts, serve_pairing,
};
use model::account::Actor;
use model::event::{Facts, OwnCode};
use model::failover::{
    BackupSettings, Ballot, HostnameFault, PairSettings, PairState, RoleKind, SelfFault, StageFault, TestTarget, Transition,
};
use nix::sched::{CloneFlags, setns};
use std::time::Duration;
use store::{DataDir, GrantView, KeyRing, Store};
use testkit::NetworkBench;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub(crate) const SHARED: &str = "10.77.0.100";
/// Version of the program that the nodes run, unless they are started as another one.
const VERSION: &str = "1";

/// Short times that keep every rule of the settings.
pub(crate) fn pair_settings() -> PairSettings {
    PairSettings {
        shared_ips: vec![SHARED.parse().unwrap()],
        probe_interval: Duration::from_secs(1),
        probe_timeout: Duration::from_millis(400),
        address_lifetime: Duration::from_secs(4),
        address_refresh: Duration::from_secs(1),
        startup_wait: Duration::from_secs(5),
        yield_grace: Duration::from_secs(1),
        flip_guard: Duration::from_secs(1),
        takeovers_max: 20,
        ..PairSettings::default()
    }
}

fn node_settings() -> NodePairSettings {
    let test_ips = vec![TestTarget::Ping("10.77.0.3".parse().unwrap())];
    let backup =
        BackupSettings { takes_over: true, primary_timeout: Duration::from_secs(12), test_ips, ..BackupSettings::default() };
    let ip = NodeIp { interface: "eth0".into(), is_enabled: true };
    NodePairSettings { backup, ips: [(SHARED.parse().unwrap(), ip)].into() }
}

/// The services of a node, as far as the pair is concerned: they run or not.
#[derive(Default)]
struct TestServices {
    serves: AtomicBool,
    told: Mutex<Vec<OwnCode>>,
}

struct TestHost(Arc<TestServices>);

impl PairHost for TestHost {
    async fn start(&self, _: Ballot) -> Result<(), StageFault> {
        self.0.serves.store(true, Ordering::SeqCst);
        Ok(())
    }

    fn stop(&self) {
        self.0.serves.store(false, Ordering::SeqCst);
    }

    async fn drain(&self) {}

    fn undrain(&self) {}

    async fn self_test(&self) -> Result<(), SelfFault> {
        Ok(())
    }

    /// These sites have no host name.
    async fn check_site_name(&self, _: &str) -> Result<(), HostnameFault> {
        Ok(())
    }

    fn tell(&self, code: OwnCode, _: Facts) {
        self.0.told.lock().unwrap().push(code);
    }

    fn moved(&self, transition: Transition, role: RoleKind) {
        eprintln!("{transition:?} ends in {role:?}");
    }

    fn email_adopted(&self, _: Vec<GrantView>) {}

    fn die(&self) {
        panic!("the core asked for the end of the process");
    }
}

/// What the thread of a node gives to the test.
struct Started {
    service: Arc<PairingService>,
    runtime: tokio::runtime::Handle,
}

/// A node on a host.
pub(crate) struct PairNode {
    namespace: PathBuf,
    folder: Arc<tempfile::TempDir>,
    ip: IpAddr,
    services: Arc<TestServices>,
    pub(crate) service: Arc<PairingService>,
    pub(crate) runtime: tokio::runtime::Handle,
    handle: Mutex<Option<watch::Receiver<Option<PairHandle>>>>,
    /// Dropped: the thread drops everything at once, as a crash does.
    crash: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

fn enter(namespace: &Path) {
    setns(File::open(namespace).unwrap(), CloneFlags::CLONE_NEWNET).unwrap();
}

impl PairNode {
    /// Starts the helper and a node on the n-th host of the bench.
    pub(crate) fn start(bench: &NetworkBench, name: &str, n: u8) -> Self {
        let (folder, namespace) = (Arc::new(tempfile::tempdir().unwrap()), bench.file(name));
        let (socket, place) = (folder.path().join("netd.sock"), namespace.clone());
        let (up, is_up) = mpsc::channel();
        std::thread::spawn(move || {
            enter(&place);
            up.send(()).unwrap();
            let served = netd::serve(&netd::NetdOptions { socket, user: None });
            panic!("the helper ended: {served:?}");
        });
        is_up.recv().unwrap();
        let ip = IpAddr::from([10, 77, 0, n]);
        Self::in_namespace(namespace, folder, ip, VERSION)
    }

    fn in_namespace(namespace: PathBuf, folder: Arc<tempfile::TempDir>, ip: IpAddr, version: &'static str) -> Self {
        let (started, begun) = mpsc::channel();
        let (crash, crashed) = tokio::sync::oneshot::channel::<()>();
        let (place, data) = (namespace.clone(), folder.path().join("data"));
        let thread = std::thread::spawn(move || {
            enter(&place);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let store = runtime.block_on(run((ip, version), data, started, crashed));
            // Nothing is told to the peer, and no address is removed.
            drop(runtime);
            store.close();
        });
        let Started { service, runtime } = begun.recv().unwrap();
        let (services, handle) = (Arc::default(), Mutex::default());
        Self { namespace, folder, ip, services, service, runtime, handle, crash: Some(crash), thread: Some(thread) }
    }

    pub(crate) fn address(&self) -> PeerAddress {
        PeerAddress { host: self.ip.to_string(), port: failover::PEER_PORT }
    }

    /// Begins failover: with the relationship on disk, or with the one that is made later.
    pub(crate) fn begin(&self) {
        let (service, services) = (Arc::clone(&self.service), Arc::clone(&self.services));
        let helper = Some(self.folder.path().join("netd.sock"));
        let keeper = PairKeeper::new(service, TestHost(services), helper);
        *self.handle.lock().unwrap() = Some(keeper.handle());
        let service = Arc::clone(&self.service);
        self.runtime.spawn(async move {
            service.set_node_settings(node_settings(), &Actor::whole("test")).await.unwrap();
            let (_keep, stop) = watch::channel(false);
            Box::pin(keeper.run(stop)).await;
        });
    }

    /// The core that runs, if there is one.
    pub(crate) fn core(&self) -> Option<PairHandle> {
        let handle = self.handle.lock().unwrap();
        handle.as_ref().and_then(|handle| handle.borrow().clone())
    }

    pub(crate) fn handle(&self) -> PairHandle {
        let mut handle = self.handle.lock().unwrap().clone().unwrap();
        self.runtime.block_on(async { handle.wait_for(Option::is_some).await.unwrap().clone().unwrap() })
    }

    pub(crate) fn state(&self) -> Arc<PairState> {
        Arc::clone(&self.handle().view.borrow())
    }

    pub(crate) fn role(&self) -> RoleKind {
        self.state().role.kind()
    }

    pub(crate) fn serves(&self) -> bool {
        self.services.serves.load(Ordering::SeqCst)
    }

    pub(crate) fn told(&self) -> Vec<OwnCode> {
        self.services.told.lock().unwrap().clone()
    }

    /// Ends the node without a word, and starts it again later.
    pub(crate) fn crash(mut self) -> CrashedNode {
        drop(self.crash.take());
        self.thread.take().unwrap().join().unwrap();
        CrashedNode { namespace: self.namespace, folder: self.folder, ip: self.ip }
    }
}

pub(crate) struct CrashedNode {
    namespace: PathBuf,
    folder: Arc<tempfile::TempDir>,
    ip: IpAddr,
}

impl CrashedNode {
    pub(crate) fn start(self) -> PairNode {
        self.start_as(VERSION)
    }

    /// Starts the node with another version of the program.
    pub(crate) fn start_as(self, version: &'static str) -> PairNode {
        let node = PairNode::in_namespace(self.namespace, self.folder, self.ip, version);
        node.begin();
        node
    }
}

async fn run(
    (ip, version): (IpAddr, &str),
    data: PathBuf,
    started: mpsc::Sender<Started>,
    crashed: tokio::sync::oneshot::Receiver<()>,
) -> Store {
    let clock = Clock::default();
    let directory = DataDir::lock(&data).unwrap();
    let ring = KeyRing::load_or_create(&directory.key_file()).ok().unwrap();
    let store = Store::open(directory, ring, clock.now()).unwrap();
    let admin = Admin::open(store.clone(), clock, Arc::default(), Names::new(ip.to_string(), Vec::new())).await.unwrap();
    // A node opens and closes its settings with its role. These sites save none, so that they may follow all the time.
    admin.settings.follow(Some(FollowsPrimary { primary: None }));
    let product = ProductFacts { version: version.into(), build: "b".into(), schema: 8 };
    let service = PairingService::open(admin, product).await.unwrap();
    let listener = TcpListener::bind((ip, failover::PEER_PORT)).await.unwrap();
    let (_keep, stop) = watch::channel(false);
    tokio::spawn(serve_pairing(Arc::clone(&service), listener, stop));
    started.send(Started { service, runtime: tokio::runtime::Handle::current() }).unwrap();
    // The sender is dropped at the crash.
    drop(crashed.await);
    store
}

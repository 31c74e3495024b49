//! Two nodes with real stores and real connections. A proxy between them cuts the connection after any number of bytes.

mod ends;
mod following;
mod making;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use admin::names::Names;
use admin::{Admin, Clock};
use model::Secret;
use model::account::{Actor, Role};
use model::failover::{BackupSettings, PairCheck, PairCheckResult, PairMember, PairSettings};
use store::{DataDir, KeyRing, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::*;
use crate::frame::{Frames, LINE_MAX};
use crate::proof::PairingSide;
use crate::relationship::PeerAddress;
use crate::trust::{PeerKeys, channel, client, server, shown};

use super::message::{PROTOCOL, PairingHello, PeerAsks, Welcome};
use super::wire::{PeerAddresses, PeerLine, dial};

/// Connects as another program would.
async fn dial_at(
    address: &PeerAddress,
    identity: &PairIdentity,
    keys: PeerKeys,
    pair_id: &str,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, PairFault> {
    dial((&PeerAddresses::default(), address), identity, keys, pair_id).await
}

/// A node: its data directory outlives restarts.
struct PairingNode {
    folder: tempfile::TempDir,
    clock: Clock,
    store: Store,
    service: Arc<PairingService>,
    port: u16,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

fn whole() -> Actor {
    Actor::whole("test")
}

impl PairingNode {
    async fn start() -> Self {
        Self::at(tempfile::tempdir().unwrap(), Clock::default(), 0).await
    }

    async fn at(folder: tempfile::TempDir, clock: Clock, port: u16) -> Self {
        let directory = DataDir::lock(folder.path()).unwrap();
        let ring = KeyRing::load_or_create(&directory.key_file()).ok().unwrap();
        let store = Store::open(directory, ring, clock.now()).unwrap();
        let names = Names::new("node", Vec::new());
        let admin = Admin::open(store.clone(), clock.clone(), Arc::default(), names).await.unwrap();
        let product = ProductFacts { version: "1".into(), build: "b".into(), schema: 8 };
        let service = PairingService::open(admin, product).await.unwrap();
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(serve_pairing(Arc::clone(&service), listener, stopped));
        Self { folder, clock, store, service, port, stop, serving }
    }

    async fn stop(self) -> (tempfile::TempDir, Clock, u16) {
        self.stop.send(true).unwrap();
        self.serving.await.unwrap();
        drop(self.service);
        self.store.close();
        (self.folder, self.clock, self.port)
    }

    async fn restart(self) -> Self {
        let (folder, clock, port) = self.stop().await;
        Self::at(folder, clock, port).await
    }

    fn address(&self) -> PeerAddress {
        PeerAddress { host: "127.0.0.1".into(), port: self.port }
    }

    /// Asks its peer nothing: shows that each knows the key of the other.
    async fn reaches_its_peer(&self) -> Result<(), PairFault> {
        self.service.ask(PeerAsks::Hello).await.map(drop)
    }
}

fn request(primary: &PairingNode, backup: PeerAddress, code: &PairingCode) -> EstablishRequest {
    EstablishRequest {
        peer: backup,
        reverse: primary.address(),
        secret: PairingSecret::of_code(code),
        settings: PairSettings::default(),
        discards_data: false,
    }
}

async fn paired() -> (PairingNode, PairingNode) {
    let (primary, backup) = (PairingNode::start().await, PairingNode::start().await);
    let code = backup.service.invite(&whole()).unwrap().code;
    let made = primary.service.establish(request(&primary, backup.address(), &code), &whole()).await.unwrap();
    assert!(made.pair.is_confirmed);
    (primary, backup)
}

/// A core that serves, as far as the service can see. It ends with the receiver.
fn serves(node: &PairingNode) -> tokio::sync::mpsc::Receiver<crate::core_link::Observed> {
    let (observations, observed) = tokio::sync::mpsc::channel(8);
    let ballot = model::failover::Ballot::after(model::failover::Ballot::NONE, PairMember::First);
    let (_token, token) = watch::channel(Some((ballot, model::failover::BootTime(u64::MAX))));
    node.service.join_core(CoreLink { observations, operations: Arc::default(), token });
    observed
}

/// Both have the same pair, or neither has one.
fn agree(primary: &PairingNode, backup: &PairingNode) -> bool {
    match (primary.service.relationship(), backup.service.relationship()) {
        (Some(ours), Some(theirs)) => {
            let is_made = ours.stage == PairStage::Established && theirs.stage == PairStage::Established;
            assert!(!is_made || (ours.me, theirs.me) == (PairMember::First, PairMember::Second));
            is_made && ours.pair_id == theirs.pair_id && ours.is_confirmed && theirs.is_confirmed
        }
        (None, None) => true,
        _ => false,
    }
}

/// Forwards bytes until its budget is used up, and then cuts everything.
struct CuttingProxy {
    address: SocketAddr,
    budget: Arc<AtomicI64>,
}

impl CuttingProxy {
    async fn to(target: &PairingNode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (budget, port) = (Arc::new(AtomicI64::new(i64::MAX)), target.port);
        let left = Arc::clone(&budget);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let left = Arc::clone(&left);
                tokio::spawn(async move {
                    let Ok(far) = TcpStream::connect(("127.0.0.1", port)).await else { return };
                    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                    tokio::select! {
                        () = forward(near_in, far_out, &left) => {}
                        () = forward(far_in, near_out, &left) => {}
                    }
                });
            }
        });
        Self { address, budget }
    }

    fn allow(&self, bytes: i64) {
        self.budget.store(bytes, Ordering::SeqCst);
    }

    fn used(&self) -> i64 {
        i64::MAX - self.budget.load(Ordering::SeqCst)
    }

    fn peer(&self) -> PeerAddress {
        PeerAddress { host: self.address.ip().to_string(), port: self.address.port() }
    }
}

async fn forward(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin, budget: &AtomicI64) {
    let mut byte = [0; 2048];
    while let Ok(count @ 1..) = from.read(&mut byte).await {
        let before = budget.fetch_sub(i64::try_from(count).unwrap(), Ordering::SeqCst);
        let may = usize::try_from(before.max(0)).unwrap().min(count);
        if to.write_all(&byte[..may]).await.is_err() || may < count {
            return;
        }
    }
    // The end of one direction goes on, as a proxy does it; the other may still have something to say.
    drop(to.shutdown().await);
    std::future::pending::<()>().await;
}

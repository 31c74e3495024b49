//! Two nodes with real stores and real connections. A proxy between them cuts the connection after any number of bytes.

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

#[tokio::test(flavor = "multi_thread")]
async fn pair_is_made_once_and_survives_a_restart() {
    let (primary, backup) = paired().await;
    assert!(agree(&primary, &backup) && !backup.service.is_invited());
    let (ours, theirs) = (primary.service.relationship().unwrap(), backup.service.relationship().unwrap());
    assert_eq!(ours.peer.node_id, backup.store.node_id());
    assert_eq!(theirs.peer.node_id, primary.store.node_id());
    assert_eq!((theirs.peer.address, theirs.settings), (primary.address(), PairSettings::default()));
    for node in [&primary, &backup] {
        assert!(matches!(node.service.invite(&whole()), Err(PairFault::Paired)));
        node.reaches_its_peer().await.unwrap();
    }
    let code = PairingCode::draw();
    let again = primary.service.establish(request(&primary, backup.address(), &code), &whole()).await;
    assert!(matches!(again, Err(PairFault::Paired)), "{again:?}");
    let (primary, backup) = (primary.restart().await, backup.restart().await);
    assert_eq!(primary.service.relationship(), Some(ours));
    assert!(agree(&primary, &backup));
    primary.reaches_its_peer().await.unwrap();
    backup.reaches_its_peer().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_pair() {
    let (primary, backup) = paired().await;
    let operator = Actor { name: "op".into(), role: Role::Operator };
    let request = request(&primary, backup.address(), &PairingCode::draw());
    let refused = [
        primary.service.establish(request, &operator).await.err(),
        primary.service.invite(&operator).err(),
        primary.service.invite_with(&Secret::new("x".repeat(20)), &operator).await.err(),
        primary.service.disinvite(&operator).err(),
        primary.service.change_keys(&operator).await.err(),
        primary.service.break_up(BreakMode::Force, &operator).await.err(),
    ];
    assert!(refused.iter().all(|fault| matches!(fault, Some(PairFault::Forbidden(_)))), "{refused:?}");
    assert!(agree(&primary, &backup) && primary.service.relationship().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_make_the_code_void() {
    let (primary, backup) = (PairingNode::start().await, PairingNode::start().await);
    let call = async |code: &PairingCode| primary.service.establish(request(&primary, backup.address(), code), &whole()).await;
    let uninvited = call(&PairingCode::draw()).await.unwrap_err();
    assert!(matches!(uninvited, PairFault::NotThePeer(_)), "a stranger learns nothing: {uninvited}");
    let code = backup.service.invite(&whole()).unwrap().code;
    for left in (0..TRIES).rev() {
        let fault = call(&PairingCode::draw()).await.unwrap_err();
        assert!(matches!(fault, PairFault::Refused(PeerRefusal::WrongSecret { left: Some(n) }) if n == left), "{fault:?}");
    }
    let void = call(&code).await.unwrap_err();
    assert!(matches!(void, PairFault::NotThePeer(_)), "{void:?}");
    assert!(!backup.service.is_invited() && backup.service.relationship().is_none());
    let code = backup.service.invite(&whole()).unwrap().code;
    call(&code).await.unwrap();
    assert!(agree(&primary, &backup));
}

#[tokio::test(flavor = "multi_thread")]
async fn pre_shared_key_pairs_without_a_person() {
    let (primary, backup) = (PairingNode::start().await, PairingNode::start().await);
    let key = Secret::new("a key that both nodes have");
    backup.service.invite_with(&key, &whole()).await.unwrap();
    let short = backup.service.invite_with(&Secret::new("short"), &whole()).await.unwrap_err();
    assert!(matches!(short, PairFault::Secret(SecretFault::TooShort(5))), "{short:?}");
    let secret = PairingSecret::of_pre_shared(&key).unwrap();
    let request = EstablishRequest { secret, ..request(&primary, backup.address(), &PairingCode::draw()) };
    primary.service.establish(request, &whole()).await.unwrap();
    assert!(agree(&primary, &backup));
}

/// An attacker between the nodes has keys of his own, and passes every message on.
#[tokio::test(flavor = "multi_thread")]
async fn man_in_the_middle_is_found_out() {
    let (primary, backup) = (PairingNode::start().await, PairingNode::start().await);
    let code = backup.service.invite(&whole()).unwrap().code;
    let middle = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = PeerAddress { host: "127.0.0.1".into(), port: middle.local_addr().unwrap().port() };
    let target = backup.address();
    tokio::spawn(async move {
        let identity = PairIdentity::make().unwrap();
        let (stream, _) = middle.accept().await.unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(server(&identity, PeerKeys::Any).unwrap());
        let mut near = acceptor.accept(stream).await.unwrap();
        let mut far = dial_at(&target, &identity, PeerKeys::Any, "").await.unwrap();
        drop(tokio::io::copy_bidirectional(&mut near, &mut far).await);
    });
    let fault = primary.service.establish(request(&primary, address, &code), &whole()).await.unwrap_err();
    assert!(matches!(fault, PairFault::Refused(PeerRefusal::WrongSecret { left: Some(4) })), "{fault:?}");
    assert!(primary.service.relationship().is_none() && backup.service.relationship().is_none());
}

/// A listener that does not know the code answers with rubbish, or sends the caller's own proof back.
#[tokio::test(flavor = "multi_thread")]
async fn impostor_is_found_out() {
    let primary = PairingNode::start().await;
    for sends_back in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = PeerAddress { host: "127.0.0.1".into(), port: listener.local_addr().unwrap().port() };
        tokio::spawn(async move {
            let identity = PairIdentity::make().unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = tokio_rustls::TlsAcceptor::from(server(&identity, PeerKeys::Any).unwrap());
            let stream = acceptor.accept(stream).await.unwrap();
            let connection = stream.get_ref().1;
            let channel = channel(connection, shown(connection).unwrap(), identity.pin().clone()).unwrap();
            let mut frames = Frames::new(stream);
            let hello: PairingHello = frames.receive().await.unwrap();
            let guess = PairingSecret::of_code(&PairingCode::draw()).prove(&channel, PairingSide::Listener);
            let proof = if sends_back { hello.proof } else { guess };
            frames.send(&Welcome::Known(proof)).await.unwrap();
            drop(frames.receive::<serde_json::Value>().await);
        });
        let fault = primary.service.establish(request(&primary, address, &PairingCode::draw()), &whole()).await.unwrap_err();
        assert!(matches!(fault, PairFault::Impostor), "{fault:?}");
    }
}

/// Each check that is bad names itself, nothing is changed, and the code can be used again.
#[tokio::test(flavor = "multi_thread")]
async fn bad_checks_change_nothing() {
    let (primary, backup) = (PairingNode::start().await, PairingNode::start().await);
    let code = backup.service.invite(&whole()).unwrap().code;
    backup.clock.step(Duration::from_secs(31));
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let reverse = PeerAddress { host: silent.ip().to_string(), port: silent.port() };
    let shared = PairSettings { shared_ips: vec!["203.0.113.77".parse().unwrap()], ..PairSettings::default() };
    let bad = EstablishRequest { reverse, settings: shared, ..request(&primary, backup.address(), &code) };
    let PairFault::Checks(checks) = primary.service.establish(bad, &whole()).await.unwrap_err() else { panic!("no checks") };
    let failed: Vec<PairCheck> =
        checks.iter().filter(|checked| checked.result == PairCheckResult::Bad).map(|checked| checked.check).collect();
    assert_eq!(failed, [PairCheck::Clock, PairCheck::Reverse, PairCheck::SharedIps]);
    assert_eq!(checks.len(), PairCheck::ALL.len());
    assert!(agree(&primary, &backup) && backup.service.relationship().is_none() && backup.service.is_invited());
    primary.clock.step(Duration::from_secs(31));
    primary.service.establish(request(&primary, backup.address(), &code), &whole()).await.unwrap();
    assert!(agree(&primary, &backup));
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

/// The connection is lost after any number of bytes, and one node or both restart. Afterwards both agree.
#[tokio::test(flavor = "multi_thread")]
async fn lost_connection_at_any_byte_leaves_both_agreed() {
    let whole_length = {
        let (primary, backup) = (PairingNode::start().await, PairingNode::start().await);
        let proxy = CuttingProxy::to(&backup).await;
        let code = backup.service.invite(&whole()).unwrap().code;
        primary.service.establish(request(&primary, proxy.peer(), &code), &whole()).await.unwrap();
        proxy.used()
    };
    let (mut made, mut not_made) = (0, 0);
    // The last bytes decide. Before them, the steps are larger.
    let late = (whole_length - 1200).max(0)..whole_length;
    let cuts = (0..late.start).step_by(701).chain(late.step_by(61));
    for (at, cut) in cuts.enumerate() {
        let (mut primary, mut backup) = (PairingNode::start().await, PairingNode::start().await);
        let proxy = CuttingProxy::to(&backup).await;
        proxy.allow(cut);
        let code = backup.service.invite(&whole()).unwrap().code;
        let said = primary.service.establish(request(&primary, proxy.peer(), &code), &whole()).await;
        proxy.allow(i64::MAX);
        if at % 2 == 0 {
            backup = backup.restart().await;
        }
        if at % 4 == 0 && said.is_ok() {
            primary = primary.restart().await;
        }
        // The backup may be at work still: it asks again, as the node does.
        let settling = async {
            loop {
                for node in [&backup, &primary] {
                    if let Err(fault) = node.service.settle().await {
                        assert!(matches!(fault, PairFault::NotThePeer(_) | PairFault::Unreachable(_)), "cut at {cut}: {fault:?}");
                    }
                }
                let is_idle = !backup.service.lock().is_answering;
                if is_idle && agree(&primary, &backup) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let settled = tokio::time::timeout(Duration::from_secs(30), settling).await;
        let pairs = || (primary.service.relationship(), backup.service.relationship());
        assert!(settled.is_ok(), "cut at {cut} of {whole_length}: {said:?}, {:#?}", pairs());
        match primary.service.relationship() {
            Some(_) => made += 1,
            None => not_made += 1,
        }
    }
    assert!(made > 0 && not_made > 0, "made {made}, not made {not_made}");
}

/// The standing of each node after the end of its pair.
fn standings(primary: &PairingNode, backup: &PairingNode) -> (bool, Standing) {
    (matches!(primary.service.standing(), Standing::FormerPrimary { .. }), backup.service.standing())
}

#[tokio::test(flavor = "multi_thread")]
async fn pair_ends_on_both_or_by_force() {
    for by_backup in [false, true] {
        let (primary, backup) = paired().await;
        let _core = serves(&primary);
        let breaker = if by_backup { &backup } else { &primary };
        breaker.service.break_up(BreakMode::Together, &whole()).await.unwrap();
        assert!(primary.service.relationship().is_none() && backup.service.relationship().is_none());
        assert_eq!(standings(&primary, &backup), (true, Standing::Retired));
        assert!(matches!(breaker.service.break_up(BreakMode::Together, &whole()).await, Err(PairFault::NotPaired)));
        let core = |node: &PairingNode| node.service.core.clone();
        let (ours, theirs) = (core(&primary).lock().await.clone(), core(&backup).lock().await.clone());
        assert_eq!((ours.break_epoch, theirs.break_epoch), (1, 1));
        // Both can be paired again, under a ballot above those of the former pair.
        let code = backup.service.invite(&whole()).unwrap().code;
        primary.service.establish(request(&primary, backup.address(), &code), &whole()).await.unwrap();
        assert!(agree(&primary, &backup));
        assert!(primary.service.durable().await.active > ours.highest);
    }
    let (primary, backup) = paired().await;
    let _core = serves(&primary);
    let absent = backup.stop().await;
    let refused = primary.service.break_up(BreakMode::Together, &whole()).await.unwrap_err();
    assert!(matches!(refused, PairFault::Unreachable(_)), "{refused:?}");
    assert!(primary.service.relationship().is_some() && !primary.service.is_unsettled(), "nothing was changed");
    primary.service.break_up(BreakMode::Force, &whole()).await.unwrap();
    assert!(primary.service.relationship().is_none() && primary.service.is_unsettled());
    let primary = primary.restart().await;
    assert!(primary.service.is_unsettled());
    let backup = PairingNode::at(absent.0, absent.1, absent.2).await;
    assert!(backup.service.relationship().is_some(), "it does not know yet");
    assert_eq!(primary.service.settle().await.unwrap(), Settled::Forgotten);
    assert!(backup.service.relationship().is_none());
    assert_eq!(standings(&primary, &backup), (true, Standing::Retired));
    assert_eq!(primary.service.settle().await.unwrap(), Settled::Agreed);
    assert!(!primary.service.is_unsettled());
}

/// The node that stays has paired with another one meanwhile. The absent one still learns that its pair has ended: it must not take
/// over.
#[tokio::test(flavor = "multi_thread")]
async fn absent_node_learns_of_the_end_after_a_new_pair() {
    let (primary, old) = paired().await;
    let absent = old.stop().await;
    primary.service.break_up(BreakMode::Force, &whole()).await.unwrap();
    let new = PairingNode::start().await;
    let code = new.service.invite(&whole()).unwrap().code;
    primary.service.establish(request(&primary, new.address(), &code), &whole()).await.unwrap();
    let primary = primary.restart().await;
    let old = PairingNode::at(absent.0, absent.1, absent.2).await;
    assert!(matches!(old.service.ask(PeerAsks::Hello).await.unwrap(), PeerSays::Ended(_)));
    assert_eq!((old.service.relationship(), old.service.standing()), (None, Standing::Retired));
    assert!(agree(&primary, &new), "the new pair is not touched");
    primary.reaches_its_peer().await.unwrap();
}

/// The answer to *ended* is lost: the node that asked asks again, and the other one has no pair any more.
#[tokio::test(flavor = "multi_thread")]
async fn end_whose_answer_was_lost_ends_at_the_next_try() {
    let (primary, backup) = paired().await;
    let pair_id = primary.service.relationship().unwrap().pair_id;
    backup.service.end(&pair_id, super::disk::PeerKnowledge::Unaware, None).await.unwrap();
    let backup = backup.restart().await;
    primary.service.break_up(BreakMode::Together, &whole()).await.unwrap();
    assert_eq!((primary.service.relationship(), backup.service.relationship()), (None, None));
    assert_eq!(backup.service.settle().await.unwrap(), Settled::Agreed, "it was asked");
    assert!(!backup.service.is_unsettled() && !primary.service.is_unsettled());
}

/// The key of a former peer is let in for the pair that has ended, and opens no other.
#[tokio::test(flavor = "multi_thread")]
async fn key_of_a_former_peer_opens_no_other_pair() {
    let (primary, former) = paired().await;
    let (identity, ended) = {
        let state = former.service.lock();
        let pair = state.book.pair.as_ref().unwrap();
        (Arc::clone(&pair.keys.shown), pair.relationship.clone())
    };
    let pins = ended.pins(former.clock.now());
    primary.service.break_up(BreakMode::Together, &whole()).await.unwrap();
    let new = PairingNode::start().await;
    let code = new.service.invite(&whole()).unwrap().code;
    primary.service.establish(request(&primary, new.address(), &code), &whole()).await.unwrap();
    let present = primary.service.relationship().unwrap().pair_id;
    for asks in
        ["{\"ended\":\"retires\"}", "{\"ended\":\"goes-on\"}", "\"hello\"", "\"made\"", "\"is-made\"", "\"ask-hand-over\""]
    {
        let keys = PeerKeys::Pinned(pins.clone());
        let stream = dial_at(&primary.address(), &identity, keys, &ended.pair_id).await.unwrap();
        let mut frames = Frames::new(stream);
        let question = format!("{{\"pair_id\":\"{present}\",\"asks\":{asks}}}");
        frames.send(&serde_json::from_str::<serde_json::Value>(&question).unwrap()).await.unwrap();
        let says: PeerSays = frames.receive().await.unwrap();
        assert_eq!(says, PeerSays::Refused(PeerRefusal::OtherPair), "{asks}");
    }
    let refused = dial_at(&primary.address(), &identity, PeerKeys::Pinned(pins), &present).await;
    if let Ok(mut stream) = refused {
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut [0; 10])).await.unwrap();
        assert!(!matches!(read, Ok(1..)), "its key is none of the present pair");
    }
    assert!(agree(&primary, &new) && primary.service.relationship().is_some());
}

/// A node that serves nothing at the end of its pair is retired, whatever its record says: a primary that was fenced has that of a
/// primary too.
#[tokio::test(flavor = "multi_thread")]
async fn record_of_a_primary_without_a_core_does_not_serve() {
    let (primary, backup) = paired().await;
    primary.service.break_up(BreakMode::Together, &whole()).await.unwrap();
    assert_eq!((primary.service.standing(), backup.service.standing()), (Standing::Retired, Standing::Retired));
}

/// The counts of ends belong to a pair: a node that had another pair before works with a fresh one.
#[tokio::test(flavor = "multi_thread")]
async fn ends_of_earlier_pairs_do_not_count() {
    let (primary, _former) = paired().await;
    primary.service.break_up(BreakMode::Together, &whole()).await.unwrap();
    let fresh = PairingNode::start().await;
    let code = fresh.service.invite(&whole()).unwrap().code;
    primary.service.establish(request(&primary, fresh.address(), &code), &whole()).await.unwrap();
    let epochs = (primary.service.durable().await.break_epoch, fresh.service.durable().await.break_epoch);
    assert_eq!(epochs, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn retired_node_serves_after_it_was_started_as_a_new_site() {
    let (primary, backup) = paired().await;
    assert!(matches!(backup.service.start_as_new_site(&whole()).await, Err(PairFault::Paired)));
    primary.service.break_up(BreakMode::Together, &whole()).await.unwrap();
    let backup = backup.restart().await;
    assert_eq!(backup.service.standing(), Standing::Retired);
    let operator = Actor { role: Role::Operator, ..whole() };
    assert!(matches!(backup.service.start_as_new_site(&operator).await, Err(PairFault::Forbidden(_))));
    backup.service.start_as_new_site(&whole()).await.unwrap();
    assert_eq!(backup.restart().await.service.standing(), Standing::Alone);
}

/// A core whose pair has ended writes nothing into the record of the next pair.
#[tokio::test(flavor = "multi_thread")]
async fn core_of_an_ended_pair_writes_nothing() {
    let (primary, backup) = paired().await;
    let former = primary.service.relationship().unwrap().pair_id;
    let late = primary.service.durable().await;
    primary.service.break_up(BreakMode::Together, &whole()).await.unwrap();
    let ended = primary.service.durable().await;
    let broken = Durable { role: None, break_epoch: 7, ..late.clone() };
    primary.service.persist(&former, broken).await.expect("the end is on disk already");
    assert!(matches!(primary.service.persist(&former, late.clone()).await, Err(PairFault::NotPaired)));
    assert_eq!(primary.service.durable().await, ended);
    let code = backup.service.invite(&whole()).unwrap().code;
    primary.service.establish(request(&primary, backup.address(), &code), &whole()).await.unwrap();
    let made = primary.service.durable().await;
    assert!(matches!(primary.service.persist(&former, late).await, Err(PairFault::NotPaired)));
    assert_eq!(primary.service.durable().await, made);
}

/// Strangers hold every place that they can get. The peer is answered all the same.
#[tokio::test(flavor = "multi_thread")]
async fn strangers_take_no_place_of_the_peer() {
    let (primary, backup) = paired().await;
    let from = |last: u8| std::net::IpAddr::from([127, 0, 0, last]);
    assert!(backup.service.lock().peer_ips.contains(&from(1)), "the peer was met at its address");
    let mut held = Vec::new();
    for _ in 0..40 {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(from(9), 0)).unwrap();
        held.push(socket.connect(SocketAddr::new(from(1), backup.port)).await.unwrap());
    }
    primary.reaches_its_peer().await.unwrap();
}

/// The absent node asks first.
#[tokio::test(flavor = "multi_thread")]
async fn node_learns_of_an_end_from_any_question() {
    let (primary, backup) = paired().await;
    let absent = backup.stop().await;
    primary.service.break_up(BreakMode::Force, &whole()).await.unwrap();
    let backup = PairingNode::at(absent.0, absent.1, absent.2).await;
    let says = backup.service.ask(PeerAsks::Made).await.unwrap();
    assert!(matches!(says, PeerSays::Ended(_)));
    assert_eq!(backup.service.relationship(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_change_and_former_ones_end_after_a_day() {
    let (primary, backup) = paired().await;
    let shown = |node: &PairingNode| node.service.lock().book.pair.as_ref().unwrap().keys.shown.pin().clone();
    let before = [shown(&primary), shown(&backup)];
    primary.service.change_keys(&whole()).await.unwrap();
    let after = [shown(&primary), shown(&backup)];
    assert!(before[0] != after[0] && before[1] != after[1]);
    for node in [&primary, &backup] {
        node.reaches_its_peer().await.unwrap();
    }
    for node in [&primary, &backup] {
        assert_eq!(node.service.relationship().unwrap().pins(node.clock.now()).len(), 2);
        node.clock.step(Duration::from_hours(24));
        assert_eq!(node.service.relationship().unwrap().pins(node.clock.now()).len(), 1);
    }
    backup.service.change_keys(&whole()).await.unwrap();
    assert!(shown(&primary) != after[0] && shown(&backup) != after[1]);
    let (primary, backup) = (primary.restart().await, backup.restart().await);
    primary.reaches_its_peer().await.unwrap();
    backup.reaches_its_peer().await.unwrap();
}

/// A former key is let in for a day, so that a change may be interrupted. It may not change the keys: it may be in other hands.
#[tokio::test(flavor = "multi_thread")]
async fn former_key_changes_no_key() {
    let (primary, backup) = paired().await;
    let former = Arc::clone(&primary.service.lock().book.pair.as_ref().unwrap().keys.shown);
    primary.service.change_keys(&whole()).await.unwrap();
    let known = backup.service.relationship().unwrap().peer.pins;
    let pair = primary.service.relationship().unwrap();
    let (address, pins) = (backup.address(), pair.pins(primary.clock.now()));
    let line = PeerLine { address, identity: former, pins, pair_id: pair.pair_id };
    line.ask(&PeerAddresses::default(), PeerAsks::Hello).await.unwrap();
    let stranger = PairIdentity::make().unwrap().pin().clone();
    let said = line.ask(&PeerAddresses::default(), PeerAsks::NewKey(stranger)).await.unwrap_err();
    assert!(matches!(said, PairFault::Refused(PeerRefusal::OtherPair)), "{said:?}");
    assert_eq!(backup.service.relationship().unwrap().peer.pins, known);
    primary.reaches_its_peer().await.unwrap();
    backup.reaches_its_peer().await.unwrap();
}

/// A change of keys that is cut anywhere, with restarts, locks no node out, also after the former keys have ended.
#[tokio::test(flavor = "multi_thread")]
async fn cut_change_of_keys_locks_no_node_out() {
    let (mut primary, mut backup) = (PairingNode::start().await, PairingNode::start().await);
    let proxy = CuttingProxy::to(&backup).await;
    let code = backup.service.invite(&whole()).unwrap().code;
    primary.service.establish(request(&primary, proxy.peer(), &code), &whole()).await.unwrap();
    proxy.allow(i64::MAX);
    primary.service.change_keys(&whole()).await.unwrap();
    let whole_length = proxy.used();
    for cut in (0..whole_length).step_by(397) {
        proxy.allow(cut);
        drop(primary.service.change_keys(&whole()).await);
        proxy.allow(i64::MAX);
        if cut % 2 == 0 {
            (primary, backup) = (primary.restart().await, backup.restart().await);
        }
        primary.reaches_its_peer().await.unwrap_or_else(|fault| panic!("cut at {cut}: {fault}"));
        backup.reaches_its_peer().await.unwrap_or_else(|fault| panic!("cut at {cut}: {fault}"));
        for node in [&primary, &backup] {
            node.clock.step(Duration::from_hours(25));
        }
        primary.reaches_its_peer().await.unwrap_or_else(|fault| panic!("a day after the cut at {cut}: {fault}"));
        backup.reaches_its_peer().await.unwrap_or_else(|fault| panic!("a day after the cut at {cut}: {fault}"));
    }
}

/// Strangers, rubbish and silence at the port do no harm.
#[tokio::test(flavor = "multi_thread")]
async fn rubbish_at_the_port_does_no_harm() {
    let (primary, backup) = paired().await;
    let pair_id = backup.service.relationship().unwrap().pair_id;
    let stranger = PairIdentity::make().unwrap();
    for keys in [PeerKeys::Any, PeerKeys::Pinned(backup.service.relationship().unwrap().pins(backup.clock.now()))] {
        let mut ended = dial_at(&backup.address(), &stranger, keys, &pair_id).await;
        // With TLS 1.3 a refused client learns it from the first answer.
        if let Ok(stream) = &mut ended {
            let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut [0; 10])).await.unwrap();
            assert!(!matches!(read, Ok(1..)), "a stranger is answered");
        }
    }
    let plain: [&[u8]; 4] = [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", &[0xff; 5000], b""];
    for bytes in plain {
        let mut stream = TcpStream::connect(("127.0.0.1", backup.port)).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut said = Vec::new();
        drop(stream.read_to_end(&mut said).await);
        assert!(said.len() < 64, "an alert at most");
    }
    // The peer itself sends what no node of ours sends.
    let (identity, pins) = {
        let state = primary.service.lock();
        let pair = state.book.pair.as_ref().unwrap();
        (Arc::clone(&pair.keys.shown), pair.relationship.pins(primary.clock.now()))
    };
    for line in [vec![b'x'; LINE_MAX + 5000], b"{}\n".to_vec(), b"{\"pair_id\":\"\",\"asks\":\"hello\",\"more\":1}\n".to_vec()] {
        let mut stream = dial_at(&backup.address(), &identity, PeerKeys::Pinned(pins.clone()), &pair_id).await.unwrap();
        drop(stream.write_all(&line).await);
        let mut said = Vec::new();
        drop(stream.read_to_end(&mut said).await);
        assert_eq!(String::from_utf8_lossy(&said), "");
    }
    primary.reaches_its_peer().await.unwrap();
    backup.reaches_its_peer().await.unwrap();
    let resumes = client(&identity, PeerKeys::Any).unwrap();
    assert!(!resumes.enable_early_data);
    assert_eq!(PROTOCOL, 1);
}

fn draft(from: &str, password: &str) -> model::settings::Draft {
    serde_json::from_value(serde_json::json!({ "email": {
        "from": from,
        "relay": { "host": "mail.example.com", "port": 587, "encryption": "starttls" },
        "auth": { "type": "password", "username": "alerts", "password": password },
        "contacts": { "admin": ["ops@example.com"] },
    } }))
    .unwrap()
}

/// Everything that a node needs to send is on the backup, sealed with its own key; what it had stays as an earlier revision.
#[tokio::test(flavor = "multi_thread")]
async fn backup_takes_the_settings_with_their_secrets() {
    let (primary, backup) = paired().await;
    let (ours, theirs) = (&primary.service.admin.settings, &backup.service.admin.settings);
    let are_same = async || {
        let grants = primary.store.grants().await.unwrap() == backup.store.grants().await.unwrap();
        grants && theirs.current().draft == ours.current().draft
    };
    theirs.save(draft("own@example.com", "theirs"), 0, &whole()).await.ok().unwrap();
    theirs.follow(Some(admin::settings::FollowsPrimary { primary: Some("node".into()) }));
    assert!(backup.service.pull_email().await.ok().unwrap().grants.is_none());
    assert_eq!(theirs.current().revision, 1, "the primary has no settings yet");
    ours.save(draft("alerts@example.com", "ours"), 0, &whole()).await.ok().unwrap();
    let relay = model::id::RelayId(1);
    let grant = store::GrantChange::Put { relay, record: "{}".into(), tokens: Secret::new("token") };
    primary.store.change(primary.clock.now(), grant).await.unwrap();
    assert_eq!(backup.service.pull_email().await.ok().unwrap().grants.unwrap().len(), 1);
    assert!(are_same().await);
    let revealed = theirs.reveal().into_iter().map(|(_, secret)| secret.reveal().to_owned()).collect::<Vec<_>>();
    assert_eq!((revealed, theirs.current().revision), (vec!["ours".to_owned()], 2));
    let former = theirs.revision(1).await.ok().and_then(|draft| model::settings::sender_of(&draft));
    assert_eq!(former.unwrap().to_string(), "own@example.com");
    backup.service.pull_email().await.ok().unwrap();
    assert_eq!(theirs.current().revision, 2, "nothing has changed");

    let refused = theirs.save(draft("x@example.com", "x"), 2, &whole()).await;
    assert!(matches!(refused, Err(SaveFault::Follows(_))));
    assert!(matches!(theirs.restore(1, 2, &whole()).await, Err(SaveFault::Follows(_))));
    ours.save(draft("later@example.com", "ours"), 1, &whole()).await.ok().unwrap();
    primary.store.change(primary.clock.now(), store::GrantChange::Delete { relay }).await.unwrap();
    backup.service.pull_email().await.ok().unwrap();
    assert!(are_same().await && backup.store.grants().await.unwrap().is_empty());
    let latest = ours.current();
    ours.save(draft("too-late@example.com", "ours"), 2, &whole()).await.ok().unwrap();
    theirs.follow(None);
    let refused = backup.service.pull_email().await;
    assert!(
        matches!(refused, Err(PairFault::Email(SaveFault::NotFollowing))),
        "it took over while the settings were on their way"
    );
    let (folder, clock, port) = backup.stop().await;
    let backup = PairingNode::at(folder, clock, port).await;
    let again = &backup.service.admin.settings;
    assert!(again.current().draft == latest.draft && again.reveal().len() == 1, "it is on disk");
}

/// Maintenance outlives the process: an update of the backup is what it is for.
#[tokio::test(flavor = "multi_thread")]
async fn hold_of_takeovers_outlives_a_restart() {
    let (_primary, backup) = paired().await;
    assert_eq!(backup.service.hold_left(), None);
    let until = backup.clock.now() + Duration::from_hours(2);
    backup.service.note_hold(Some(until)).await.unwrap();
    backup.clock.step(Duration::from_mins(30));
    let (folder, clock, port) = backup.stop().await;
    let backup = PairingNode::at(folder, clock, port).await;
    let left = backup.service.hold_left().expect("the hold goes on");
    assert!((Duration::from_mins(89)..=Duration::from_mins(90)).contains(&left), "{left:?}");
    backup.clock.step(Duration::from_mins(90));
    assert_eq!(backup.service.hold_left(), None);
    backup.service.note_hold(None).await.unwrap();
}

/// The settings that both share change on both or on neither; each node checks them with its own.
#[tokio::test(flavor = "multi_thread")]
async fn shared_settings_change_on_both_or_on_neither() {
    let (primary, backup) = paired().await;
    let shared = |node: &PairingNode| node.service.relationship().unwrap().settings;
    let faster = PairSettings { probe_interval: Duration::from_secs(5), ..PairSettings::default() };
    let refused = primary.service.set_pair_settings(faster.clone(), &whole()).await;
    assert!(matches!(refused, Err(PairFault::NotPrimary)), "{refused:?}");
    let _core = serves(&primary);
    primary.service.set_pair_settings(faster.clone(), &whole()).await.unwrap();
    assert_eq!((shared(&primary), shared(&backup)), (faster.clone(), faster.clone()));
    // The primary waits for 10 minutes, its backup for two: only the backup's rules are broken.
    let patient = BackupSettings { primary_timeout: Duration::from_mins(10), ..BackupSettings::default() };
    let own = NodePairSettings { backup: patient, ..NodePairSettings::default() };
    primary.service.set_node_settings(own, &whole()).await.unwrap();
    let slow = PairSettings { probe_interval: Duration::from_secs(60), ..PairSettings::default() };
    let refused = primary.service.set_pair_settings(slow.clone(), &whole()).await;
    assert!(matches!(&refused, Err(PairFault::Refused(PeerRefusal::Settings(why))) if why.contains("c2")), "{refused:?}");
    assert_eq!((shared(&primary), shared(&backup)), (faster.clone(), faster));
    let own = BackupSettings { primary_timeout: Duration::from_secs(11), ..BackupSettings::default() };
    let own = NodePairSettings { backup: own, ..NodePairSettings::default() };
    let refused = backup.service.set_node_settings(own, &whole()).await;
    assert!(matches!(&refused, Err(PairFault::Settings(faults)) if !faults.is_empty()), "{refused:?}");
    assert_eq!(backup.service.node_settings(), NodePairSettings::default());
}

/// Without a task that keeps the port, tests open their own. With one, the port is open while it is needed.
#[tokio::test(flavor = "multi_thread")]
async fn port_is_open_only_while_it_is_needed() {
    let node = PairingNode::start().await;
    let (stop, stopped) = watch::channel(false);
    let keeping = tokio::spawn(keep_port(Arc::clone(&node.service), "127.0.0.1:0".parse().unwrap(), stopped));
    let mut port = node.service.port.subscribe();
    port.wait_for(|port| *port == Some(super::port::PortState::Closed)).await.unwrap();
    node.service.invite(&whole()).unwrap();
    node.service.port_is_open().await.unwrap();
    let Some(super::port::PortState::Open(address)) = port.borrow().clone() else { panic!("it is open") };
    TcpStream::connect(address).await.unwrap();
    node.service.disinvite(&whole()).unwrap();
    port.wait_for(|port| *port == Some(super::port::PortState::Closed)).await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
    stop.send(true).unwrap();
    keeping.await.unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (_stop, stopped) = watch::channel(false);
    tokio::spawn(keep_port(Arc::clone(&node.service), taken.local_addr().unwrap(), stopped));
    port.wait_for(|port| *port == Some(super::port::PortState::Closed)).await.unwrap();
    node.service.invite(&whole()).unwrap();
    let failed = node.service.port_is_open().await;
    assert!(matches!(failed, Err(PairFault::Port(_))), "{failed:?}");
}

/// Both nodes serve, as after a cut between them alone, and one ends the pair by force. The other one hears that it goes on, and retires.
#[tokio::test(flavor = "multi_thread")]
async fn only_one_of_two_serving_nodes_goes_on_after_the_end() {
    for (ender_serves, other_serves) in [(true, true), (true, false), (false, true), (false, false)] {
        let (primary, backup) = paired().await;
        let _first = ender_serves.then(|| serves(&primary));
        let _second = other_serves.then(|| serves(&backup));
        // The other node is away: it learns of the end from an answer.
        let (folder, clock, port) = backup.stop().await;
        primary.service.break_up(BreakMode::Force, &whole()).await.unwrap();
        let backup = PairingNode::at(folder, clock, port).await;
        let _third = other_serves.then(|| serves(&backup));
        assert!(matches!(backup.service.ask(PeerAsks::Hello).await.unwrap(), PeerSays::Ended(_)));
        let goes_on = |node: &PairingNode| matches!(node.service.standing(), Standing::FormerPrimary { .. });
        let wanted = (ender_serves, other_serves && !ender_serves);
        assert_eq!((goes_on(&primary), goes_on(&backup)), wanted, "{ender_serves} {other_serves}");
    }
}

/// A backup sees by a token of its primary whether a host name leads there. A new token ends the former one.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_primary_answers_to_its_token() {
    let (primary, backup) = paired().await;
    let token = async || match backup.service.ask(PeerAsks::SiteToken).await.unwrap() {
        PeerSays::SiteToken(token) => token,
        other => panic!("{other:?}"),
    };
    let first = token().await;
    assert!(primary.service.answers_to(&first) && !backup.service.answers_to(&first) && !primary.service.answers_to(""));
    let second = token().await;
    assert!(primary.service.answers_to(&second) && !primary.service.answers_to(&first));
}

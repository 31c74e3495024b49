//! A takeover on real hosts: the primary crashes, is isolated, or hands over. At no moment have both hosts the shared address.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use failover::{BreakMode, EstablishRequest, PairingSecret, Standing};
use model::account::Actor;
use model::event::OwnCode;
use model::failover::{Force, PairCommand, RoleKind};
use testkit::{NetworkBench, eventually};

use crate::host::{PairNode, SHARED, pair_settings};

/// The primary timeout is 12 s. A loaded machine adds the rest.
const PATIENCE: Duration = Duration::from_secs(60);

fn has_address(bench: &NetworkBench, host: &str) -> bool {
    bench.ip(host, "-o -4 addr show dev eth0").contains(SHARED)
}

/// Waits until a third host reaches the shared address, and finds it at this host.
fn answers(bench: &NetworkBench, host: &str) {
    let is_there = || bench.pings("gw", SHARED) && bench.neighbour("gw", SHARED) == Some(bench.mac(host));
    eventually(&format!("the shared address answers at {host}"), Duration::from_secs(10), || is_there().then_some(()));
}

/// Looks at both hosts all the time.
struct Watched {
    stop: Arc<AtomicBool>,
    watching: std::thread::JoinHandle<usize>,
}

impl Watched {
    fn begin(bench: &Arc<NetworkBench>) -> Self {
        let (bench, stop) = (Arc::clone(bench), Arc::new(AtomicBool::new(false)));
        let stopped = Arc::clone(&stop);
        let watching = std::thread::spawn(move || {
            let mut both = 0;
            while !stopped.load(Ordering::SeqCst) {
                // The second host is asked first and again last: an address that moves meanwhile is not counted for both.
                let before = has_address(&bench, "b");
                let first = has_address(&bench, "a");
                both += usize::from(before && first && has_address(&bench, "b"));
            }
            both
        });
        Self { stop, watching }
    }

    fn end(self) -> usize {
        self.stop.store(true, Ordering::SeqCst);
        self.watching.join().unwrap()
    }
}

fn pair(a: &PairNode, b: &PairNode) {
    let code = b.service.invite(&Actor::whole("test")).unwrap().code;
    let request = EstablishRequest {
        peer: b.address(),
        reverse: a.address(),
        secret: PairingSecret::of_code(&code),
        settings: pair_settings(),
        discards_data: false,
    };
    let service = Arc::clone(&a.service);
    let making = a.runtime.spawn(async move { service.establish(request, &Actor::whole("test")).await });
    let made = futures(making).unwrap().unwrap_or_else(|fault| panic!("no pair was made: {fault:?}"));
    assert!(made.pair.is_confirmed);
}

/// Waits for a task of another runtime.
fn futures<T>(task: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(task)
}

fn becomes(node: &PairNode, what: &str, kinds: &[RoleKind]) {
    eventually(&format!("{what}, not {:?}", node.role()), PATIENCE, || kinds.contains(&node.role()).then_some(()));
}

#[test]
#[ignore = "needs the lab"]
fn shared_address_is_on_one_host_at_a_time() {
    let Some(bench) = NetworkBench::new(&["a", "b", "gw"]) else { return };
    let bench = Arc::new(bench);
    let (a, b) = (PairNode::start(&bench, "a", 1), PairNode::start(&bench, "b", 2));
    pair(&a, &b);
    let watched = Watched::begin(&bench);
    a.begin();
    b.begin();
    becomes(&a, "the first node serves", &[RoleKind::Primary]);
    becomes(&b, "the second node follows", &[RoleKind::Following]);
    eventually("a has the address", PATIENCE, || has_address(&bench, "a").then_some(()));
    answers(&bench, "a");
    assert!(a.serves() && !b.serves());
    // A backup may act alone once the primary has confirmed its contract.
    eventually("the contract is confirmed", PATIENCE, || b.state().acts_after());
    eventually("the backup has all data", PATIENCE, || b.state().durable.caught_up.then_some(()));

    let crashed = a.crash();
    becomes(&b, "the backup takes over", &[RoleKind::Primary]);
    eventually("b has the address", PATIENCE, || has_address(&bench, "b").then_some(()));
    answers(&bench, "b");
    assert!(b.serves());
    assert!(b.told().contains(&OwnCode::TakeoverBegun), "{:?}", b.told());

    let a = crashed.start();
    becomes(&a, "the former primary follows", &[RoleKind::Following]);
    assert!(b.serves() && !a.serves());
    eventually("it has all data", PATIENCE, || a.state().durable.caught_up.then_some(()));
    eventually("its contract is confirmed", PATIENCE, || a.state().acts_after());

    eventually("the primary knows that its peer answers", PATIENCE, || b.state().result.is_answered.then_some(()));
    let hand_over = || futures(b.handle().command(PairCommand::BecomeBackup { force: Force::No }));
    eventually("the role is handed over once the peer has the settings", PATIENCE, || hand_over().ok());
    becomes(&a, "the role is handed over", &[RoleKind::Primary]);
    becomes(&b, "the former primary follows", &[RoleKind::Following]);
    eventually("a has the address again", PATIENCE, || has_address(&bench, "a").then_some(()));
    answers(&bench, "a");
    assert!(a.serves() && !b.serves());
    eventually("b may act alone", PATIENCE, || b.state().acts_after());

    bench.ip("switch", "link set p-a down");
    becomes(&a, "the isolated primary stops", &[RoleKind::Fenced]);
    assert!(!a.serves());
    becomes(&b, "the backup takes over from an isolated primary", &[RoleKind::Primary]);
    bench.ip("switch", "link set p-a up");
    becomes(&a, "the isolated node follows", &[RoleKind::Following]);
    answers(&bench, "b");
    assert!(b.serves() && !a.serves());
    assert_eq!(watched.end(), 0, "both hosts had the shared address");
}

/// A pair is made and ended while the cores run: nothing is restarted. The shared address stays with the node that serves, also when
/// its former peer comes back and does not know of the end.
#[test]
#[ignore = "needs the lab"]
fn end_and_begin_of_a_pair_reach_running_cores() {
    let Some(bench) = NetworkBench::new(&["a", "b", "gw"]) else { return };
    let bench = Arc::new(bench);
    let (a, b) = (PairNode::start(&bench, "a", 1), PairNode::start(&bench, "b", 2));
    a.begin();
    b.begin();
    assert!(a.core().is_none() && b.core().is_none(), "without a pair there is nothing to run");
    let watched = Watched::begin(&bench);
    pair(&a, &b);
    becomes(&a, "the first node serves", &[RoleKind::Primary]);
    becomes(&b, "the second node follows", &[RoleKind::Following]);
    eventually("a has the address", PATIENCE, || has_address(&bench, "a").then_some(()));

    end(&b, BreakMode::Together);
    eventually("the core of the former backup ends", PATIENCE, || b.core().is_none().then_some(()));
    assert_eq!(b.service.standing(), Standing::Retired);
    becomes(&a, "the former primary goes on alone", &[RoleKind::Standalone]);
    // The kernel would drop the address after its lifetime if nobody renewed it.
    let clock = admin::Clock::default();
    let until = clock.mono() + 2 * pair_settings().address_lifetime;
    eventually("two lifetimes pass", PATIENCE, || {
        assert!(has_address(&bench, "a") && !has_address(&bench, "b"), "the address stays");
        (clock.mono() >= until).then_some(())
    });
    answers(&bench, "a");
    assert!(a.serves() && !b.serves());

    pair(&a, &b);
    becomes(&a, "the first node serves in the new pair", &[RoleKind::Primary]);
    becomes(&b, "the second node follows again", &[RoleKind::Following]);
    eventually("a has the address again", PATIENCE, || has_address(&bench, "a").then_some(()));
    eventually("the contract is confirmed", PATIENCE, || b.state().acts_after());

    let absent = b.crash();
    end(&a, BreakMode::Force);
    becomes(&a, "it goes on alone", &[RoleKind::Standalone]);
    let b = absent.start();
    eventually("the absent node learns of the end", PATIENCE, || b.service.relationship().is_none().then_some(()));
    eventually("and runs no core", PATIENCE, || b.core().is_none().then_some(()));
    assert_eq!(b.service.standing(), Standing::Retired);
    assert!(has_address(&bench, "a") && a.serves() && !b.serves());
    assert_eq!(watched.end(), 0, "both hosts had the shared address");
}

fn end(node: &PairNode, mode: BreakMode) {
    let service = Arc::clone(&node.service);
    let ending = node.runtime.spawn(async move { service.break_up(mode, &Actor::whole("test")).await });
    futures(ending).unwrap().unwrap();
}

/// The backup is updated first: both nodes find the difference, and its end when they run the same version again.
#[test]
#[ignore = "needs the lab"]
fn two_versions_are_found_until_they_agree() {
    let Some(bench) = NetworkBench::new(&["a", "b", "gw"]) else { return };
    let (a, b) = (PairNode::start(&bench, "a", 1), PairNode::start(&bench, "b", 2));
    pair(&a, &b);
    a.begin();
    b.begin();
    becomes(&a, "the first node serves", &[RoleKind::Primary]);
    becomes(&b, "the second node follows", &[RoleKind::Following]);
    let differs = |node: &PairNode| {
        let state = node.state();
        state.conditions(state.last_step).iter().any(|condition| condition.code == OwnCode::VersionsDiffer)
    };
    assert!(!differs(&a) && !differs(&b));
    let b = b.crash().start_as("2");
    becomes(&b, "the updated node follows", &[RoleKind::Following]);
    eventually("the backup finds another version", PATIENCE, || differs(&b).then_some(()));
    assert!(a.serves(), "the older one goes on to serve");
    let b = b.crash().start();
    becomes(&b, "it follows again", &[RoleKind::Following]);
    eventually("the versions agree", PATIENCE, || {
        let is_over = !differs(&b) && b.state().peer.is_some();
        is_over.then_some(())
    });
}

//! The places of a listener's connections, divided between its peers.
//!
//! While there is room, a peer may hold connections up to its bound. When all places are taken, the peer with the most
//! gives up its oldest idle connection for a peer with fewer. So a few peers never keep another peer out. A connection
//! with a request under way is never ended for another.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, futures::Notified};
use tokio::time::Instant;

/// A connection without a request for this time is idle. The time protects a request that follows its connection at
/// once.
const IDLE_AFTER: Duration = Duration::from_millis(500);

/// Bounds on the connections of a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionBounds {
    /// Connections in all. An idle connection that is being closed for another may exist beside them for a moment.
    pub connections: usize,
    /// Connections of one address (a /64 of IPv6), or of one user of this machine.
    pub of_one_peer: usize,
}

impl ConnectionBounds {
    /// Places reserved for owners, at a listener that has owners.
    fn kept_for_owners(self) -> usize {
        (self.connections / 4).min(16)
    }
}

/// The peer of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PeerId {
    Host(IpAddr),
    User(u32),
    /// Root or the node's own user at the control socket, each apart. It has reserved places, and no bound per peer.
    Owner(u32),
}

impl std::fmt::Display for PeerId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Host(address) => write!(f, "{address}"),
            Self::User(uid) | Self::Owner(uid) => write!(f, "user {uid}"),
        }
    }
}

/// State of a connection, for its listener.
#[derive(Debug)]
pub(crate) struct ConnectionState {
    /// Start of the listener, from which times are counted.
    begun: Instant,
    requests: AtomicUsize,
    /// Time in milliseconds at which the connection was made, or its last request ended.
    quiet_since: AtomicU64,
    close: Notify,
}

impl ConnectionState {
    fn new(begun: Instant, now: Duration) -> Arc<Self> {
        let quiet_since = AtomicU64::new(millis(now));
        Arc::new(Self { begun, requests: AtomicUsize::new(0), quiet_since, close: Notify::new() })
    }

    pub(crate) fn has_request(&self) -> bool {
        self.requests.load(Ordering::Relaxed) > 0
    }

    fn is_idle(&self, now: Duration) -> bool {
        let quiet = millis(now).saturating_sub(self.quiet_since.load(Ordering::Relaxed));
        !self.has_request() && quiet >= millis(IDLE_AFTER)
    }

    /// Waits until the place is needed for another connection.
    pub(crate) async fn closed(&self) {
        self.close.notified().await;
    }

    /// Counts a request as under way until the returned value is dropped.
    pub(crate) fn request(self: &Arc<Self>) -> OpenRequest {
        self.requests.fetch_add(1, Ordering::Relaxed);
        OpenRequest(Arc::clone(self))
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

pub(crate) struct OpenRequest(Arc<ConnectionState>);

impl Drop for OpenRequest {
    fn drop(&mut self) {
        self.0.quiet_since.store(millis(self.0.begun.elapsed()), Ordering::Relaxed);
        self.0.requests.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The places that a listener keeps for the owners of the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OwnerPlaces {
    /// None: no owner connects here.
    None,
    /// A share of all places ([`ConnectionBounds::kept_for_owners`]).
    Kept,
}

/// The open connections by peer, oldest first.
#[derive(Debug)]
struct Table {
    bounds: ConnectionBounds,
    owners: OwnerPlaces,
    begun: Instant,
    next: u64,
    count: usize,
    peers: HashMap<PeerId, BTreeMap<u64, Arc<ConnectionState>>>,
}

impl Table {
    fn of(&self, peer: PeerId) -> usize {
        self.peers.get(&peer).map_or(0, BTreeMap::len)
    }

    /// Admits a connection. Ends an idle connection for it if no place is free.
    fn admit(&mut self, peer: PeerId, now: Duration) -> Option<(u64, Arc<ConnectionState>)> {
        let own = self.of(peer);
        let is_owner = matches!(peer, PeerId::Owner(_));
        let kept = match self.owners {
            OwnerPlaces::Kept if !is_owner => self.bounds.kept_for_owners(),
            OwnerPlaces::Kept | OwnerPlaces::None => 0,
        };
        if !is_owner && own >= self.bounds.of_one_peer {
            self.close_idle(peer, now)?;
        } else if self.count + kept >= self.bounds.connections {
            self.close_for(peer, own, now)?;
        }
        let (id, line) = (self.next, ConnectionState::new(self.begun, now));
        self.next += 1;
        self.count += 1;
        self.peers.entry(peer).or_default().insert(id, Arc::clone(&line));
        Some((id, line))
    }

    /// Ends an idle connection of the peer with the most, for a peer that holds `own` connections.
    fn close_for(&mut self, peer: PeerId, own: usize, now: Duration) -> Option<()> {
        let mut others: Vec<(usize, PeerId)> = self.peers.iter().map(|(other, lines)| (lines.len(), *other)).collect();
        others.sort_unstable_by_key(|(count, _)| std::cmp::Reverse(*count));
        let is_owner = matches!(peer, PeerId::Owner(_));
        for (count, other) in others {
            // Require a difference of two, or two peers would take the place from each other for ever.
            if (count > own + 1 || is_owner || other == peer) && self.close_idle(other, now).is_some() {
                return Some(());
            }
        }
        None
    }

    fn close_idle(&mut self, peer: PeerId, now: Duration) -> Option<()> {
        let lines = self.peers.get(&peer)?;
        let id = lines.iter().find(|(_, line)| line.is_idle(now)).map(|(id, _)| *id)?;
        self.end(peer, id)?.close.notify_one();
        Some(())
    }

    fn end(&mut self, peer: PeerId, id: u64) -> Option<Arc<ConnectionState>> {
        let lines = self.peers.get_mut(&peer)?;
        let line = lines.remove(&id)?;
        if lines.is_empty() {
            self.peers.remove(&peer);
        }
        self.count -= 1;
        Some(line)
    }
}

/// The places of one listener.
pub(crate) struct Places {
    bounds: ConnectionBounds,
    begun: Instant,
    table: Mutex<Table>,
    released: Notify,
    told: Mutex<Option<Instant>>,
}

/// A connection's place. It is given back when dropped.
pub(crate) struct ConnectionPlace {
    places: Arc<Places>,
    peer: PeerId,
    id: u64,
    pub(crate) line: Arc<ConnectionState>,
}

impl Places {
    pub(crate) fn new(bounds: ConnectionBounds) -> Arc<Self> {
        Self::with(bounds, OwnerPlaces::None)
    }

    pub(crate) fn with_owners(bounds: ConnectionBounds) -> Arc<Self> {
        Self::with(bounds, OwnerPlaces::Kept)
    }

    fn with(bounds: ConnectionBounds, owners: OwnerPlaces) -> Arc<Self> {
        let begun = Instant::now();
        let table = Mutex::new(Table { bounds, owners, begun, next: 0, count: 0, peers: HashMap::new() });
        Arc::new(Self { bounds, begun, table, released: Notify::new(), told: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn bounds(&self) -> ConnectionBounds {
        self.bounds
    }

    /// Admits a connection. `None` if every place is taken and this peer may end no idle connection.
    pub(crate) fn admit(self: &Arc<Self>, peer: PeerId) -> Option<ConnectionPlace> {
        let (id, line) = self.lock().admit(peer, self.begun.elapsed())?;
        Some(ConnectionPlace { places: Arc::clone(self), peer, id, line })
    }

    /// Waits until the next place is given back.
    pub(crate) fn released(&self) -> Notified<'_> {
        self.released.notified()
    }

    /// Logs that a connection was closed for want of a place, at most once a minute: peers that fill the places must
    /// not fill the log.
    pub(crate) fn tell_refused(&self, peer: PeerId) {
        let (now, own) = (Instant::now(), self.lock().of(peer));
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|told| now.duration_since(told) > Duration::from_secs(60)) {
            *told = Some(now);
            tracing::warn!(%peer, own, "a connection of {peer} was closed: the limit is reached, and it has {own} connections");
        }
    }
}

impl Drop for ConnectionPlace {
    fn drop(&mut self) {
        // Does nothing if the connection was ended for another.
        self.places.lock().end(self.peer, self.id);
        self.places.released.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: ConnectionBounds = ConnectionBounds { connections: 40, of_one_peer: 12 };

    struct Listener {
        table: Table,
        now: Duration,
        held: HashMap<(PeerId, u64), Arc<ConnectionState>>,
    }

    impl Listener {
        fn new(owners: OwnerPlaces) -> Self {
            let begun = Instant::now();
            let table = Table { bounds: BOUNDS, owners, begun, next: 0, count: 0, peers: HashMap::new() };
            Self { table, now: Duration::ZERO, held: HashMap::new() }
        }

        /// Opens `count` connections of a peer, each after the one before has become idle. Returns how many were
        /// admitted.
        fn fill(&mut self, peer: PeerId, count: usize) -> usize {
            (0..count).filter(|_| self.admit(peer)).count()
        }

        fn admit(&mut self, peer: PeerId) -> bool {
            self.now += IDLE_AFTER;
            let admitted = self.table.admit(peer, self.now);
            admitted.map(|(id, line)| self.held.insert((peer, id), line)).is_some()
        }

        /// Starts a request on every connection.
        fn all_busy(&self) -> Vec<OpenRequest> {
            self.table.peers.values().flat_map(BTreeMap::values).map(ConnectionState::request).collect()
        }
    }

    fn user(uid: u32) -> PeerId {
        PeerId::User(uid)
    }

    #[test]
    fn peer_at_its_bound_gives_up_its_oldest_idle_connection() {
        let mut listener = Listener::new(OwnerPlaces::None);
        assert_eq!(listener.fill(user(1), 30), 30);
        assert_eq!(listener.table.of(user(1)), 12);
        assert!(listener.table.peers[&user(1)].keys().eq(&(18..30).collect::<Vec<u64>>()), "the newest remain");
        let busy = listener.all_busy();
        assert!(!listener.admit(user(1)), "all its connections are busy");
        assert!(listener.admit(user(2)));
        drop(busy);
        listener.now += Duration::from_secs(3600);
        assert!(listener.admit(user(1)));
    }

    #[test]
    fn new_connection_is_not_idle_at_once() {
        let mut listener = Listener::new(OwnerPlaces::None);
        let burst = (0..20).filter(|_| listener.table.admit(user(1), Duration::ZERO).is_some()).count();
        assert_eq!(burst, 12);
        assert!(listener.table.admit(user(1), IDLE_AFTER).is_some());
    }

    #[test]
    fn few_peers_never_keep_another_peer_out() {
        for sources in [4, 12, 39] {
            let mut listener = Listener::new(OwnerPlaces::None);
            for uid in 0..sources {
                listener.fill(user(uid), 20);
            }
            assert!(listener.table.count <= 40);
            assert!(listener.admit(user(99)), "{sources} sources");
            let admitted = (100..120).filter(|uid| listener.admit(user(*uid))).count();
            assert_eq!(admitted, if sources == 39 { 0 } else { 20 }, "{sources} sources: each has its part");
            assert_eq!(listener.table.count, 40);
        }
    }

    #[test]
    fn busy_connections_are_not_ended_for_others() {
        let mut listener = Listener::new(OwnerPlaces::None);
        for uid in 0..4 {
            listener.fill(user(uid), 10);
        }
        let busy = listener.all_busy();
        assert!(!listener.admit(user(9)));
        drop(busy);
        listener.now += Duration::from_secs(3600);
        assert!(listener.admit(user(9)));
        assert_eq!(listener.table.count, 40);
    }

    #[test]
    fn owners_find_room_when_others_hold_all_places() {
        let mut listener = Listener::new(OwnerPlaces::Kept);
        for uid in 1..20 {
            listener.fill(user(uid), 12);
        }
        let _busy = listener.all_busy();
        assert_eq!(listener.table.count, 30, "a quarter is kept");
        assert_eq!(listener.fill(PeerId::Owner(0), 100), 100, "its own idle connections make room");
        assert_eq!(listener.table.count, 40);
        assert!(listener.admit(PeerId::Owner(7)));
    }

    #[tokio::test]
    async fn ended_connection_is_notified() {
        let mut listener = Listener::new(OwnerPlaces::None);
        listener.fill(user(1), 13);
        listener.held[&(user(1), 0)].closed().await;
    }

    #[test]
    fn place_is_given_back_when_dropped() {
        let places = Places::new(BOUNDS);
        let held: Vec<_> = (0..12).map(|_| places.admit(user(1)).expect("a place")).collect();
        assert!(places.admit(user(1)).is_none());
        drop(held);
        assert!(places.lock().peers.is_empty() && places.lock().count == 0);
    }
}

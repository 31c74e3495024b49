//! Accepts connections for a listener. A connection without a place waits a while for a free place. The listener
//! accepts others meanwhile.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustix::io::Errno;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::places::{ConnectionBounds, ConnectionPlace, PeerId, Places};

/// Longest wait of a connection for a place.
const PLACE_WITHIN: Duration = Duration::from_secs(10);
/// Interval of checks for waiting connections, besides each release of a place. Connections also become idle by
/// themselves.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Pause after a failed accept. The usual cause is a lack of file descriptors.
const FAILED_PAUSE: Duration = Duration::from_millis(100);

/// Called when the process has no file descriptor left for a connection.
pub type NoDescriptors = Arc<dyn Fn() + Send + Sync>;

/// Bounds of a listener, and the callback for a lack of file descriptors.
#[derive(Clone)]
pub struct Limits {
    pub bounds: ConnectionBounds,
    pub no_descriptors: NoDescriptors,
}

/// An accepted connection that has no place yet.
struct WaitingConnection<S> {
    stream: S,
    peer: PeerId,
    until: Instant,
}

/// A bound socket that can serve its connections.
pub(crate) trait Listen: Send + Sync {
    type Stream: Send;

    /// Waits for the next connection and its peer. The caller may drop the future at any time.
    fn next(&self) -> impl Future<Output = io::Result<(Self::Stream, PeerId)>> + Send;

    /// Serves a connection to its end.
    fn serve(&self, stream: Self::Stream, place: &ConnectionPlace) -> impl Future<Output = ()> + Send + 'static;
}

/// Serves until `stop`, then completes the requests under way.
pub(crate) async fn accept<L: Listen>(
    listener: L,
    places: Arc<Places>,
    no_descriptors: NoDescriptors,
    mut stop: watch::Receiver<bool>,
) {
    let mut stopped = std::pin::pin!(async move { drop(stop.wait_for(|stop| *stop).await) });
    let mut connections = JoinSet::new();
    let begin = |connections: &mut JoinSet<()>, stream: L::Stream, place: ConnectionPlace| {
        let served = listener.serve(stream, &place);
        connections.spawn(async move {
            served.await;
            drop(place);
        });
    };
    let mut waiting: VecDeque<WaitingConnection<L::Stream>> = VecDeque::new();
    loop {
        // Register before the check, so that no release in between is missed.
        let released = places.released();
        for (stream, place) in admitted(&places, &mut waiting) {
            begin(&mut connections, stream, place);
        }
        tokio::select! {
            accepted = listener.next() => match accepted {
                Ok((stream, peer)) => match places.admit(peer) {
                    Some(place) => begin(&mut connections, stream, place),
                    None if may_wait(&places, &mut waiting, peer) => {
                        waiting.push_back(WaitingConnection { stream, peer, until: Instant::now() + PLACE_WITHIN });
                    }
                    None => places.tell_refused(peer),
                },
                Err(error) => {
                    if matches!(Errno::from_io_error(&error), Some(Errno::MFILE | Errno::NFILE)) {
                        no_descriptors();
                    } else {
                        tracing::warn!(%error, "a connection could not be accepted");
                    }
                    tokio::time::sleep(FAILED_PAUSE).await;
                }
            },
            () = released => {}
            () = tokio::time::sleep(LOOK_EVERY), if !waiting.is_empty() => {}
            () = stopped.as_mut() => break,
        }
        while connections.try_join_next().is_some() {}
    }
    drop(waiting);
    while connections.join_next().await.is_some() {}
}

/// True if a further connection may wait. At most a quarter of all places (rounded up) may wait. When that many wait,
/// the peer with the most waiting connections gives up its newest. The new peer must then have at least two fewer.
fn may_wait<S>(places: &Places, waiting: &mut VecDeque<WaitingConnection<S>>, peer: PeerId) -> bool {
    if waiting.len() < places.bounds().connections.div_ceil(4) {
        return true;
    }
    let mut counts: HashMap<PeerId, usize> = HashMap::new();
    waiting.iter().for_each(|connection| *counts.entry(connection.peer).or_default() += 1);
    let own = counts.get(&peer).copied().unwrap_or(0);
    let Some((most, _)) = counts.into_iter().max_by_key(|(_, count)| *count).filter(|(_, count)| *count > own + 1) else {
        return false;
    };
    let newest = waiting.iter().rposition(|connection| connection.peer == most);
    newest.and_then(|newest| waiting.remove(newest)).is_some()
}

/// Returns the connections that find a place now, longest wait first. Closes those that waited too long.
fn admitted<S>(places: &Arc<Places>, waiting: &mut VecDeque<WaitingConnection<S>>) -> Vec<(S, ConnectionPlace)> {
    let mut without = HashSet::new();
    let mut found = Vec::new();
    let now = Instant::now();
    for connection in std::mem::take(waiting) {
        let place = if without.contains(&connection.peer) { None } else { places.admit(connection.peer) };
        match place {
            Some(place) => found.push((connection.stream, place)),
            None if connection.until <= now => places.tell_refused(connection.peer),
            None => {
                without.insert(connection.peer);
                waiting.push_back(connection);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::places::ConnectionBounds;

    #[test]
    fn waiting_connections_of_few_peers_leave_room_for_others() {
        let places = Places::new(ConnectionBounds { connections: 40, of_one_peer: 12 });
        let mut waiting = VecDeque::new();
        let mut come = |uid: u32| {
            let may = may_wait(&places, &mut waiting, PeerId::User(uid));
            if may {
                waiting.push_back(WaitingConnection { stream: (), peer: PeerId::User(uid), until: Instant::now() });
            }
            (may, waiting.len())
        };
        (0..20).for_each(|_| assert!(come(1).1 <= 10));
        assert_eq!(come(1), (false, 10));
        for uid in [2, 2, 2, 3, 4, 5] {
            assert_eq!(come(uid), (true, 10), "user {uid} takes a place of user 1");
        }
    }
}

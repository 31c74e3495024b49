//! Connections between two nodes.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::frame::Frames;
use crate::identity::{KeyPin, PairIdentity};
use crate::relationship::PeerAddress;
use crate::trust::{PeerKeys, client, shown};

use super::PairFault;
use super::message::{PeerAsks, PeerQuestion, PeerSays};

/// Time for a connection and its handshake.
const CONNECT_WAIT: Duration = Duration::from_secs(10);
/// Time for the resolution of a name.
const RESOLVE_WAIT: Duration = Duration::from_secs(2);
/// Time for which the addresses of a name are used without asking again.
const RESOLVED_FOR: Duration = Duration::from_secs(60);
/// Most addresses of one name that are tried.
const ADDRESSES_MAX: usize = 4;
/// The end of the server name that a caller asks for. It is no name in DNS (RFC 2606 §2), and tells the listener which pair is meant:
/// the listener shows another key for each.
const NAME_END: &str = ".pair.invalid";
/// The name of a pair that has no number yet.
const NEW: &str = "new";

/// The addresses of names, as they were found last. A status check must not fail because a name server does.
#[derive(Default)]
pub(super) struct PeerAddresses(Mutex<HashMap<PeerAddress, (Instant, Vec<SocketAddr>)>>);

impl PeerAddresses {
    /// The addresses of a node: those of a moment ago, those that its name has now, or those that it had.
    async fn of(&self, address: &PeerAddress) -> Result<Vec<SocketAddr>, PairFault> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(address).cloned();
        if let Some((at, addresses)) = &known
            && at.elapsed() < RESOLVED_FOR
        {
            return Ok(addresses.clone());
        }
        let looking = tokio::net::lookup_host((address.host.as_str(), address.port));
        let why = match tokio::time::timeout(RESOLVE_WAIT, looking).await {
            Ok(Ok(found)) => {
                let found: Vec<SocketAddr> = found.take(ADDRESSES_MAX).collect();
                if !found.is_empty() {
                    let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                    known.insert(address.clone(), (Instant::now(), found.clone()));
                    return Ok(found);
                }
                "it has none".to_owned()
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer in {} s", RESOLVE_WAIT.as_secs()),
        };
        known.map(|(_, addresses)| addresses).ok_or_else(|| PairFault::NotResolved(format!("{}: {why}", address.host)))
    }
}

/// Connects to the first address that answers.
async fn connect(addresses: &[SocketAddr], address: &PeerAddress) -> Result<TcpStream, PairFault> {
    let share = CONNECT_WAIT / u32::try_from(addresses.len().max(1)).unwrap_or(1);
    let mut fault = "it has no address".to_owned();
    for target in addresses {
        match tokio::time::timeout(share, TcpStream::connect(target)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => fault = error.to_string(),
            Err(_) => fault = format!("no answer in {} s", share.as_secs()),
        }
    }
    Err(PairFault::Unreachable(format!("{address}: {fault}")))
}

/// The server name for a pair.
fn name_of(pair_id: &str) -> String {
    format!("{}{NAME_END}", if pair_id.is_empty() { NEW } else { pair_id })
}

/// The number of the pair that a caller asks for. Empty: one that has no number yet. `None`: another name.
pub(super) fn pair_of_name(name: &str) -> Option<&str> {
    let pair_id = name.strip_suffix(NAME_END)?;
    Some(if pair_id == NEW { "" } else { pair_id })
}

/// Connects to a node that shows one of these keys.
pub(super) async fn dial(
    (peers, address): (&PeerAddresses, &PeerAddress),
    identity: &PairIdentity,
    keys: PeerKeys,
    pair_id: &str,
) -> Result<TlsStream<TcpStream>, PairFault> {
    let config = client(identity, keys).map_err(|error| PairFault::NotThePeer(error.to_string()))?;
    let connecting = async {
        let stream = connect(&peers.of(address).await?, address).await?;
        stream.set_nodelay(true).map_err(|error| PairFault::Unreachable(format!("{address}: {error}")))?;
        let name = ServerName::try_from(name_of(pair_id)).map_err(|error| PairFault::NotThePeer(error.to_string()))?;
        let connected = TlsConnector::from(config).connect(name, stream).await;
        connected.map_err(|error| PairFault::NotThePeer(format!("{address}: {error}")))
    };
    let late = || PairFault::Unreachable(format!("{address}: no answer in {} s", CONNECT_WAIT.as_secs()));
    tokio::time::timeout(CONNECT_WAIT, connecting).await.map_err(|_| late())?
}

/// Where and how to ask the peer.
pub(super) struct PeerLine {
    pub(super) address: PeerAddress,
    pub(super) identity: Arc<PairIdentity>,
    pub(super) pins: Vec<KeyPin>,
    pub(super) pair_id: String,
}

impl PeerLine {
    /// Asks the peer one question over a connection of its own. Returns its answer and the key that it has shown.
    pub(super) async fn ask(&self, peers: &PeerAddresses, asks: PeerAsks) -> Result<(PeerSays, KeyPin), PairFault> {
        let keys = PeerKeys::Pinned(self.pins.clone());
        let stream = dial((peers, &self.address), &self.identity, keys, &self.pair_id).await?;
        let peer = shown(stream.get_ref().1).ok_or_else(|| PairFault::NotThePeer("it shows no key".into()))?;
        let mut frames = Frames::new(stream);
        frames.send(&PeerQuestion { pair_id: self.pair_id.clone(), asks }).await?;
        let says = frames.receive().await?;
        frames.close().await;
        match says {
            PeerSays::Refused(why) => Err(PairFault::Refused(why)),
            says => Ok((says, peer)),
        }
    }
}

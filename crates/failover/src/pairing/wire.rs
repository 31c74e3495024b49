//! Connections between two nodes.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
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
/// Most addresses of one name that are tried, and most names that are known.
const ADDRESSES_MAX: usize = 4;
const NAMES_MAX: usize = 32;
/// The end of the server name that a caller asks for. It is no name in DNS (RFC 2606 §2), and tells the listener which pair is meant:
/// the listener shows another key for each.
const NAME_END: &str = ".pair.invalid";
/// The name of a pair that has no number yet.
const NEW: &str = "new";

/// The addresses of names, as they were found last. A status check waits for no name server and does not fail because one does: it
/// takes the addresses that are known, and they are looked up again behind it.
#[derive(Clone, Default)]
pub(super) struct PeerAddresses(Arc<Mutex<HashMap<PeerAddress, Resolved>>>);

#[derive(Clone)]
struct Resolved {
    addresses: Vec<SocketAddr>,
    /// The last time when they were looked up, with or without success.
    looked: Instant,
}

impl PeerAddresses {
    /// The addresses of a node. Waits only for those of a name that was never found.
    async fn of(&self, address: &PeerAddress) -> Result<Vec<SocketAddr>, PairFault> {
        let known = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.get_mut(address).map(|known| {
                let is_old = known.looked.elapsed() >= RESOLVED_FOR;
                if is_old {
                    known.looked = Instant::now();
                }
                (known.addresses.clone(), is_old)
            })
        };
        match known {
            None => self.look_up(address).await,
            Some((addresses, false)) => Ok(addresses),
            Some((addresses, true)) => {
                let (this, address) = (self.clone(), address.clone());
                tokio::spawn(async move {
                    if let Err(fault) = this.look_up(&address).await {
                        tracing::warn!(%fault, "the name of the other node was not found; its known addresses are used");
                    }
                });
                Ok(addresses)
            }
        }
    }

    async fn look_up(&self, address: &PeerAddress) -> Result<Vec<SocketAddr>, PairFault> {
        let looking = tokio::net::lookup_host((address.host.as_str(), address.port));
        let why = match tokio::time::timeout(RESOLVE_WAIT, looking).await {
            Ok(Ok(found)) => {
                let addresses: Vec<SocketAddr> = found.take(ADDRESSES_MAX).collect();
                if !addresses.is_empty() {
                    let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                    if all.len() >= NAMES_MAX {
                        all.clear();
                    }
                    all.insert(address.clone(), Resolved { addresses: addresses.clone(), looked: Instant::now() });
                    return Ok(addresses);
                }
                "it has none".to_owned()
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer in {} s", RESOLVE_WAIT.as_secs()),
        };
        Err(PairFault::NotResolved(format!("{}: {why}", address.host)))
    }

    /// True if a node is known to have this IP address.
    pub(super) fn has(&self, address: &PeerAddress, ip: IpAddr) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_found = |known: &Resolved| known.addresses.iter().any(|found| found.ip().to_canonical() == ip);
        address.host.parse() == Ok(ip) || all.get(address).is_some_and(is_found)
    }
}

/// Connects to the first address that answers. All are tried at once: one that does not answer costs no time.
async fn connect(addresses: &[SocketAddr], address: &PeerAddress) -> Result<TcpStream, PairFault> {
    let mut trying = JoinSet::new();
    for target in addresses.iter().copied() {
        trying.spawn(TcpStream::connect(target));
    }
    let mut fault = "it has no address".to_owned();
    while let Some(ended) = trying.join_next().await {
        match ended {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => fault = error.to_string(),
            Err(error) => fault = error.to_string(),
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
        let asks_document = matches!(asks, PeerAsks::Email);
        let mut frames = Frames::new(stream);
        frames.send(&PeerQuestion { pair_id: self.pair_id.clone(), asks }).await?;
        if asks_document {
            frames = frames.with_document();
        }
        let says = frames.receive().await?;
        frames.close().await;
        match says {
            PeerSays::Refused(why) => Err(PairFault::Refused(why)),
            says => Ok((says, peer)),
        }
    }
}

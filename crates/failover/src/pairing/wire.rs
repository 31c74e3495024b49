//! Connections between two nodes.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
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

/// Connects to a node that shows one of these keys.
pub(super) async fn dial(
    address: &PeerAddress,
    identity: &PairIdentity,
    keys: PeerKeys,
) -> Result<TlsStream<TcpStream>, PairFault> {
    let config = client(identity, keys).map_err(|error| PairFault::NotThePeer(error.to_string()))?;
    let connecting = async {
        let unreachable = |error: std::io::Error| PairFault::Unreachable(format!("{address}: {error}"));
        let stream = TcpStream::connect((address.host.as_str(), address.port)).await.map_err(unreachable)?;
        stream.set_nodelay(true).map_err(unreachable)?;
        // The name is not checked: the key counts.
        let name = ServerName::try_from("pair.invalid").map_err(|error| PairFault::NotThePeer(error.to_string()))?;
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
    pub(super) async fn ask(&self, asks: PeerAsks) -> Result<(PeerSays, KeyPin), PairFault> {
        let stream = dial(&self.address, &self.identity, PeerKeys::Pinned(self.pins.clone())).await?;
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

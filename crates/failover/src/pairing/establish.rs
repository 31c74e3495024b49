//! The primary's side of a pairing.

use std::sync::Arc;
use std::time::Duration;

use admin::clock::random_bytes;
use model::account::{Actor, Role};
use model::failover::{Ballot, CheckedPair, PairMember, PairPlan, PairSettings, StoredRole, may_pair};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::frame::Frames;
use crate::identity::{KeyPin, PairIdentity};
use crate::proof::{PairingSecret, PairingSide};
use crate::relationship::{OwnKeys, PairStage, PeerAddress, PeerPin, PeerRecord, Relationship};
use crate::trust::{PeerKeys, channel, shown};

use super::disk::StoredPair;
use super::message::{Agreement, Answer, Introduction, PROTOCOL, PairDecision, PairingHello, Proposal, Welcome};
use super::wire::dial;
use super::{ATTEMPTS_MAX, PairAttempt, PairFault, PairingService};

/// Time for the answer of the backup, which tries to reach the primary before.
const ANSWER_WAIT: Duration = Duration::from_secs(30);

/// An administrator's request on the future primary.
#[derive(Clone, Debug)]
pub struct EstablishRequest {
    pub peer: PeerAddress,
    /// Where the backup reaches this node.
    pub reverse: PeerAddress,
    pub secret: PairingSecret,
    pub settings: PairSettings,
    /// The data of the backup may be lost.
    pub discards_data: bool,
}

/// A pair that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Established {
    pub pair: Relationship,
    /// Every check with its result: some may be warnings.
    pub checks: Vec<CheckedPair>,
}

/// Marks the attempt as ended, however it ends.
struct RunningAttempt<'a> {
    service: &'a PairingService,
    pair_id: String,
}

/// Number and keys of a new pair, drawn by this node, and the key that the other node shows.
struct DrawnPair {
    pair_id: String,
    keys: OwnKeys,
    peer: KeyPin,
}

impl Drop for RunningAttempt<'_> {
    fn drop(&mut self) {
        if let Some(attempt) = self.service.lock().attempt(&self.pair_id) {
            attempt.is_running = false;
        }
    }
}

impl PairingService {
    /// Makes a pair with a node that has allowed it. This node stays the primary. Nothing is changed if a check is bad
    /// ([`PairFault::Checks`]) or the other node refuses. Goes on to its end if the caller goes away: the other node may ask what
    /// became of it.
    pub async fn establish(self: &Arc<Self>, request: EstablishRequest, who: &Actor) -> Result<Established, PairFault> {
        who.needs(Role::Administrator)?;
        let this = Arc::clone(self);
        let establishing = tokio::spawn(async move { this.establish_to_the_end(request).await });
        establishing.await.map_err(|error| PairFault::Interrupted(error.to_string()))?
    }

    async fn establish_to_the_end(&self, request: EstablishRequest) -> Result<Established, PairFault> {
        self.check_new_pair(&request.settings).map_err(PairFault::Settings)?;
        let identity = Arc::new(PairIdentity::make()?);
        let pair_id = model::hex(&random_bytes::<16>());
        let _running = self.begin_attempt(&pair_id, &identity)?;
        // The backup connects back during the dialogue.
        self.touch();
        self.port_is_open().await?;
        let stream = dial((&self.peers, &request.peer), &identity, PeerKeys::Any, "").await?;
        let (mut frames, peer) = greet(stream, &identity, &request.secret).await?;
        if let Some(attempt) = self.lock().attempt(&pair_id) {
            attempt.peer = Some(peer.clone());
        }
        let drawn = DrawnPair { pair_id, keys: OwnKeys { shown: identity, next: None }, peer };
        let established = self.agree(&mut frames, request, drawn).await;
        // The other node takes no further attempt before it has left this dialogue.
        frames.end().await;
        established
    }

    /// Speaks with a node that has proven the secret, up to the pair or a refusal.
    async fn agree(
        &self,
        frames: &mut Frames<TlsStream<TcpStream>>,
        request: EstablishRequest,
        drawn: DrawnPair,
    ) -> Result<Established, PairFault> {
        frames.send(&Introduction { facts: self.facts().await?, reverse: request.reverse.clone() }).await?;
        let answer: Answer = frames.receive_within(ANSWER_WAIT).await?;
        if !answer.facts.is_bounded() {
            return Err(PairFault::NotThePeer("its facts are too long".into()));
        }
        let plan = PairPlan {
            // The clock is read again: the backup read its own only just now.
            primary: self.facts().await?,
            backup: answer.facts,
            reverse_fault: answer.reverse_fault,
            reverse: request.reverse.to_string(),
            settings: request.settings,
            discards_data: request.discards_data,
        };
        let checks = plan.checks();
        if !may_pair(&checks) {
            frames.send(&Proposal::Stop).await?;
            return Err(PairFault::Checks(checks));
        }
        let DrawnPair { pair_id, keys, peer } = drawn;
        let first = Ballot::after(plan.primary.highest.max(plan.backup.highest), PairMember::First);
        frames.send(&Proposal::Pair { pair_id: pair_id.clone(), settings: Box::new(plan.settings.clone()), first }).await?;
        match frames.receive().await? {
            Agreement::Agreed => {}
            Agreement::Refused(why) => return Err(PairFault::Refused(why)),
        }
        let pair = Relationship {
            pair_id,
            me: PairMember::First,
            stage: PairStage::Established,
            is_confirmed: false,
            peer: PeerRecord {
                node_id: plan.backup.node_id,
                name: plan.backup.name,
                address: request.peer,
                pins: vec![PeerPin { pin: peer, until: None }],
            },
            settings: plan.settings,
            since: self.admin.clock.now(),
        };
        let is_confirmed = self.make(&StoredPair { relationship: pair.clone(), keys }, first, frames).await?;
        // A permission is for one pair.
        self.lock().permission = None;
        Ok(Established { pair: Relationship { is_confirmed, ..pair }, checks })
    }

    fn begin_attempt(&self, pair_id: &str, identity: &Arc<PairIdentity>) -> Result<RunningAttempt<'_>, PairFault> {
        if self.relationship().is_some() {
            return Err(PairFault::Paired);
        }
        let mut state = self.lock();
        if state.is_answering || state.is_attempting() {
            return Err(PairFault::Busy);
        }
        let identity = Arc::clone(identity);
        if state.attempts.len() >= ATTEMPTS_MAX {
            state.attempts.pop_front();
        }
        state.attempts.push_back(PairAttempt { pair_id: pair_id.to_owned(), identity, peer: None, is_running: true });
        Ok(RunningAttempt { service: self, pair_id: pair_id.to_owned() })
    }

    /// Writes the pair down: from here on it is made. Then tells the backup. True if the backup has confirmed.
    async fn make(&self, pair: &StoredPair, first: Ballot, frames: &mut Frames<TlsStream<TcpStream>>) -> Result<bool, PairFault> {
        let stored = pair.clone();
        let written = self.change(move |disk| disk.begin(StoredRole::Primary, first, stored)).await;
        if let Err(fault) = written {
            // Nothing was written, so the backup need not wait.
            if let Err(error) = frames.send(&PairDecision::NotMade).await {
                tracing::warn!(%error, "the other node does not know yet that the pair was not made; it will ask");
            }
            return Err(fault);
        }
        let confirming = async {
            frames.send(&PairDecision::Made).await?;
            frames.receive::<Agreement>().await
        };
        match confirming.await {
            Ok(Agreement::Agreed) => self.note_confirmed(&pair.relationship.pair_id).await.map(|()| true),
            Ok(Agreement::Refused(why)) => {
                tracing::warn!(%why, "the other node has not completed the pair yet; this node will ask again");
                Ok(false)
            }
            Err(error) => {
                tracing::warn!(%error, "the other node may not know yet that the pair was made; it will ask");
                Ok(false)
            }
        }
    }
}

/// Shows the other node that this one knows the secret, and demands the same. Returns the key of the other node.
async fn greet(
    stream: TlsStream<TcpStream>,
    identity: &PairIdentity,
    secret: &PairingSecret,
) -> Result<(Frames<TlsStream<TcpStream>>, KeyPin), PairFault> {
    let connection = stream.get_ref().1;
    let peer = shown(connection).ok_or_else(|| PairFault::NotThePeer("it shows no key".into()))?;
    let channel =
        channel(connection, identity.pin().clone(), peer.clone()).map_err(|error| PairFault::NotThePeer(error.to_string()))?;
    let mut frames = Frames::new(stream);
    frames.send(&PairingHello { protocol: PROTOCOL, proof: secret.prove(&channel, PairingSide::Caller) }).await?;
    match frames.receive().await? {
        Welcome::Refused(why) => Err(PairFault::Refused(why)),
        Welcome::Known(proof) if secret.holds(&channel, PairingSide::Listener, &proof) => Ok((frames, peer)),
        Welcome::Known(_) => Err(PairFault::Impostor),
    }
}

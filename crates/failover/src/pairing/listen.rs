//! The listener of the peer protocol: answers a pairing, and the questions of the peer.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use model::failover::{FailoverSettings, PairAddresses, PairMember, PairSettings, Rule, StoredRole};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::{StartHandshake, TlsStream};

use crate::frame::{FrameFault, Frames};
use crate::identity::{KeyPin, PairIdentity};
use crate::proof::{Channel, PairingSide, SecretProof};
use crate::relationship::{OwnKeys, PairStage, PeerPin, PeerRecord, Relationship};
use crate::trust::{PAIRING, PEER, PeerKeys, channel, server, shown};

use super::call_log::CallLog;
use super::disk::{PeerKnowledge, StoredPair};
use super::message::{
    Agreement, Answer, Introduction, PROTOCOL, PairDecision, PairingHello, PeerAsks, PeerQuestion, PeerRefusal, PeerSays,
    Proposal, Welcome,
};
use super::wire::{PeerLine, pair_of_name};
use super::{PEER_IPS_MAX, PairAttempt, PairFault, PairingService};

/// Most connections at once: of addresses at which the peer was met, and of all others. Strangers cannot take the places of the peer.
const PEER_CALLS_MAX: usize = 16;
const OTHER_CALLS_MAX: usize = 16;
/// Longest conversation.
const CALL_MAX: Duration = Duration::from_secs(90);
/// Time for a handshake.
const HANDSHAKE_WAIT: Duration = Duration::from_secs(10);
/// Pause after a connection that could not be accepted, such as without file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// Time for the answers under way when the port closes.
const ANSWERS_MAX: Duration = Duration::from_secs(3);
/// Length of the number of a pair: 16 bytes in hexadecimal digits.
const PAIR_ID: usize = 32;

/// Answers connections until the stop.
pub async fn serve_pairing(service: Arc<PairingService>, listener: TcpListener, mut stop: watch::Receiver<bool>) {
    let (of_peer, of_others) = (Arc::new(Semaphore::new(PEER_CALLS_MAX)), Arc::new(Semaphore::new(OTHER_CALLS_MAX)));
    let (mut calls, log) = (JoinSet::new(), Arc::new(CallLog::default()));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = calls.join_next() => continue,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let (stream, from) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection of another node could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let places = if service.has_met(from.ip()) { &of_peer } else { &of_others };
        let Ok(place) = Arc::clone(places).try_acquire_owned() else {
            log.write(|| tracing::warn!(%from, "too many connections at the port of the pair; one was closed"));
            continue;
        };
        let (service, log) = (Arc::clone(&service), Arc::clone(&log));
        calls.spawn(async move {
            match tokio::time::timeout(CALL_MAX, service.answer(stream, from.ip())).await {
                Ok(Ok(())) => {}
                Ok(Err(fault)) => log.write(|| tracing::info!(%from, %fault, "a call at the port of the pair ended")),
                Err(_) => log.write(|| tracing::info!(%from, "a call at the port of the pair took too long")),
            }
            drop(place);
        });
    }
    drop(listener);
    // The answer under way may be the one that closes the port: the other node must hear that the pair has ended.
    let ending = async { while calls.join_next().await.is_some() {} };
    if tokio::time::timeout(ANSWERS_MAX, ending).await.is_err() {
        tracing::debug!("calls at the port of the pair are cut off");
    }
}

/// A pairing with a caller is under way, until this is dropped.
struct PairingCall<'a>(&'a PairingService);

impl Drop for PairingCall<'_> {
    fn drop(&mut self) {
        self.0.lock().is_answering = false;
    }
}

fn not_the_peer(error: impl ToString) -> PairFault {
    PairFault::NotThePeer(error.to_string())
}

impl PairingService {
    /// Answers one connection. A stranger who does not offer the protocol learns nothing; one who does sees the key that this node
    /// shows, and no more.
    async fn answer(&self, stream: TcpStream, from: IpAddr) -> Result<(), PairFault> {
        stream.set_nodelay(true).map_err(not_the_peer)?;
        let accepting = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream);
        let late = |_| PairFault::Broken(FrameFault::Late(HANDSHAKE_WAIT));
        let start = tokio::time::timeout(HANDSHAKE_WAIT, accepting).await.map_err(late)?.map_err(not_the_peer)?;
        let offers = |wanted: &[u8]| start.client_hello().alpn().is_some_and(|mut all| all.any(|known| known == wanted));
        if offers(PAIRING) {
            let identity = self.inviting().ok_or(PairFault::Refused(PeerRefusal::NotInvited))?;
            let stream = handshake(start, &identity, PeerKeys::Any).await?;
            return self.answer_pairing(stream, &identity, from).await;
        }
        if offers(PEER) {
            let pair_id = start.client_hello().server_name().and_then(pair_of_name).map(str::to_owned);
            let pair_id = pair_id.ok_or(PairFault::NotPaired)?;
            let (identity, pins) = self.known_peer(&pair_id).ok_or(PairFault::NotPaired)?;
            let stream = handshake(start, &identity, PeerKeys::Pinned(pins)).await?;
            if self.lock().book.pair_of(&pair_id).is_some() {
                self.meet(from);
            }
            return self.answer_peer(stream, &pair_id).await;
        }
        Err(not_the_peer("it speaks another protocol"))
    }

    /// The key to show to a caller of a pairing.
    fn inviting(&self) -> Option<Arc<PairIdentity>> {
        let state = self.lock();
        let permission = state.permission.as_ref()?;
        permission.is_valid(Instant::now()).then(|| Arc::clone(&permission.identity))
    }

    /// The key to show to the other node of a pair, and the keys that it may show.
    fn known_peer(&self, pair_id: &str) -> Option<(Arc<PairIdentity>, Vec<KeyPin>)> {
        let now = self.admin.clock.now();
        let state = self.lock();
        if let Some(pair) = state.book.any_of(pair_id) {
            return Some((Arc::clone(&pair.keys.shown), pair.relationship.pins(now)));
        }
        // The backup tries to reach the caller before it knows the number of the pair.
        let is_meant = |attempt: &&PairAttempt| attempt.pair_id == pair_id || pair_id.is_empty() && attempt.is_running;
        let attempt = state.attempts.iter().rev().find(is_meant)?;
        Some((Arc::clone(&attempt.identity), vec![attempt.peer.clone()?]))
    }

    /// True if the peer was met at this address, or has it by its name.
    fn has_met(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        let state = self.lock();
        let peer = state.book.pair.as_ref().map(|pair| &pair.relationship.peer.address);
        state.peer_ips.contains(&ip) || peer.is_some_and(|address| self.peers.has(address, ip))
    }

    /// The peer has shown its key at this address.
    fn meet(&self, ip: IpAddr) {
        let mut state = self.lock();
        if state.peer_ips.len() >= PEER_IPS_MAX {
            // The peer has moved often. It is met again at the addresses that it still has.
            state.peer_ips.clear();
        }
        state.peer_ips.insert(ip.to_canonical());
    }

    async fn answer_pairing(
        &self,
        stream: TlsStream<TcpStream>,
        identity: &Arc<PairIdentity>,
        from: IpAddr,
    ) -> Result<(), PairFault> {
        let connection = stream.get_ref().1;
        let caller = shown(connection).ok_or_else(|| not_the_peer("it shows no key"))?;
        let channel = channel(connection, caller.clone(), identity.pin().clone()).map_err(not_the_peer)?;
        let mut frames = Frames::new(stream);
        let hello: PairingHello = frames.receive().await?;
        let proof = match self.check(&hello, &channel) {
            Ok(proof) => proof,
            Err(why) => {
                frames.send(&Welcome::Refused(why.clone())).await?;
                frames.close().await;
                return Err(PairFault::Refused(why));
            }
        };
        let _answering = PairingCall(self);
        self.meet(from);
        frames.send(&Welcome::Known(proof)).await?;
        let introduction: Introduction = frames.receive().await?;
        if !introduction.facts.is_bounded() || introduction.reverse.to_string().parse() != Ok(introduction.reverse.clone()) {
            return Err(not_the_peer("its facts are too long, or its address is none"));
        }
        let reverse_fault = self.reach(&introduction, identity, &caller).await.err().map(|fault| fault.to_string());
        frames.send(&Answer { facts: self.facts().await?, reverse_fault }).await?;
        let (pair_id, settings, first) = match frames.receive().await? {
            Proposal::Stop => return Ok(()),
            Proposal::Pair { pair_id, settings, first } => (pair_id, settings, first),
        };
        if first <= self.durable().await.highest {
            return Err(not_the_peer("its first ballot is not above those of this node"));
        }
        let pair = prepared(pair_id, *settings, introduction, caller)?;
        if let Err(faults) = self.check_new_pair(&pair.settings) {
            let faults = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            frames.send(&Agreement::Refused(PeerRefusal::Settings(faults.clone()))).await?;
            return Err(PairFault::Refused(PeerRefusal::Settings(faults)));
        }
        let pair = Relationship { since: self.admin.clock.now(), ..pair };
        let pair_id = pair.pair_id.clone();
        let keys = OwnKeys { shown: Arc::clone(identity), next: None };
        let stored = StoredPair { relationship: pair, keys };
        let written = self.change(move |disk| disk.begin(StoredRole::Backup, first, stored)).await;
        if let Err(fault) = written {
            frames.send(&Agreement::Refused(PeerRefusal::Storage(fault.to_string()))).await?;
            return Err(fault);
        }
        frames.send(&Agreement::Agreed).await?;
        match frames.receive().await? {
            PairDecision::NotMade => self.end(&pair_id, PeerKnowledge::Aware, None).await,
            PairDecision::Made => {
                self.complete(&pair_id).await?;
                Ok(frames.send(&Agreement::Agreed).await?)
            }
        }
    }

    /// Looks at the caller's proof. Returns this node's own.
    fn check(&self, hello: &PairingHello, channel: &Channel) -> Result<SecretProof, PeerRefusal> {
        if hello.protocol != PROTOCOL {
            return Err(PeerRefusal::Protocol(PROTOCOL));
        }
        let is_paired = self.relationship().is_some();
        let mut state = self.lock();
        let is_busy = state.is_answering || state.is_attempting();
        let permission = state.permission.as_mut().ok_or(PeerRefusal::NotInvited)?;
        let secret = permission.begin_try(Instant::now())?;
        if !secret.holds(channel, PairingSide::Caller, &hello.proof) {
            return Err(permission.wrong());
        }
        permission.give_back_try();
        // Only a caller that knows the secret learns more.
        match (is_paired, is_busy) {
            (true, _) => Err(PeerRefusal::Paired),
            (_, true) => Err(PeerRefusal::Busy),
            (false, false) => {
                state.is_answering = true;
                Ok(secret.prove(channel, PairingSide::Listener))
            }
        }
    }

    /// Connects to the caller at the address that it has given.
    async fn reach(&self, caller: &Introduction, identity: &Arc<PairIdentity>, pin: &KeyPin) -> Result<(), PairFault> {
        let (address, identity) = (caller.reverse.clone(), Arc::clone(identity));
        let line = PeerLine { address, identity, pins: vec![pin.clone()], pair_id: String::new() };
        line.ask(&self.peers, PeerAsks::Hello).await.map(drop)
    }

    /// Answers the questions of the peer until it closes the connection. Its key was let in for this pair, and opens no other: a former
    /// peer may know the number of the present pair.
    async fn answer_peer(&self, stream: TlsStream<TcpStream>, pair_id: &str) -> Result<(), PairFault> {
        let peer = shown(stream.get_ref().1).ok_or_else(|| not_the_peer("it shows no key"))?;
        let mut frames = Frames::new(stream);
        loop {
            let question: PeerQuestion = match frames.receive().await {
                Err(FrameFault::Closed) => return Ok(()),
                question => question?,
            };
            let says = match question.pair_id == pair_id {
                true => self.respond(question, &peer).await?,
                false => PeerSays::Refused(PeerRefusal::OtherPair),
            };
            match says {
                PeerSays::Email(_) => frames.send_document(&says).await?,
                _ => frames.send(&says).await?,
            }
        }
    }
}

async fn handshake(
    start: StartHandshake<TcpStream>,
    identity: &PairIdentity,
    keys: PeerKeys,
) -> Result<TlsStream<TcpStream>, PairFault> {
    let config = server(identity, keys).map_err(not_the_peer)?;
    let late = |_| PairFault::Broken(FrameFault::Late(HANDSHAKE_WAIT));
    tokio::time::timeout(HANDSHAKE_WAIT, start.into_stream(config)).await.map_err(late)?.map_err(not_the_peer)
}

/// The relationship as the backup writes it down first. Refuses a proposal that no node of ours makes.
fn prepared(pair_id: String, settings: PairSettings, caller: Introduction, pin: KeyPin) -> Result<Relationship, PairFault> {
    let is_number = pair_id.len() == PAIR_ID && pair_id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let all = FailoverSettings { pair: settings, ..FailoverSettings::default() };
    let in_range = !all.faults(&PairAddresses::default()).iter().any(|fault| fault.rule == Rule::Range);
    if !is_number || !in_range {
        return Err(not_the_peer("its proposal is out of range"));
    }
    Ok(Relationship {
        pair_id,
        me: PairMember::Second,
        stage: PairStage::Prepared,
        is_confirmed: false,
        peer: PeerRecord {
            node_id: caller.facts.node_id,
            name: caller.facts.name,
            address: caller.reverse,
            pins: vec![PeerPin { pin, until: None }],
        },
        settings: all.pair,
        since: caller.facts.clock,
    })
}

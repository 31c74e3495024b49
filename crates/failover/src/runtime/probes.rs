//! The questions of a status check: to the peer, to the test IPs, and to this node itself.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use model::failover::{PairObservation, ProbeFault, Round, SelfFault, StoredRole, TestTarget};
use netd::{NetdReply, NetdRequest};
use tokio::net::TcpStream;

use crate::pairing::{PairFault, PeerAsks, PeerSays};

use super::{PairHost, PairRuntime};

impl<H: PairHost> PairRuntime<H> {
    /// Begins a status check. Every answer counts from now: the time of the question.
    pub(super) fn probe(&self, round: Round, timeout: Duration) {
        self.probe_peer(round, timeout);
        for (target, ip) in self.state.settings.backup.test_ips.iter().enumerate() {
            self.probe_test_ip(round, timeout, (target, ip.clone()));
        }
        let (host, link) = (Arc::clone(&self.host), self.link.clone());
        // A backup that could set no shared IP must not take over. A primary goes on without: its mail flows, and FO-02 is told.
        let is_backup = self.state.durable.role == Some(StoredRole::Backup);
        let lacks_helper = is_backup && self.helper.is_none() && !self.state.pair().shared_ips.is_empty();
        tokio::spawn(async move {
            let late = || SelfFault { check: "node".into(), error: "no answer in time".into() };
            let result = match lacks_helper {
                true => Err(no_helper()),
                false => tokio::time::timeout(timeout, host.self_test()).await.unwrap_or_else(|_| Err(late())),
            };
            link.report(PairObservation::SelfTest { round, result }).await
        });
    }

    fn probe_peer(&self, round: Round, timeout: Duration) {
        let (service, link, sent) = (Arc::clone(&self.service), self.link.clone(), self.now());
        let status = Box::new(self.state.status());
        tokio::spawn(async move {
            let answer = match tokio::time::timeout(timeout, service.ask(PeerAsks::Status(status))).await {
                Ok(Ok(PeerSays::Status(status))) => Ok(status),
                Ok(Ok(PeerSays::Ended(_))) => Err(ProbeFault::WrongPeer),
                Ok(Ok(_)) => Err(ProbeFault::Answer),
                Ok(Err(fault)) => Err(class_of(&fault)),
                Err(_) => Err(ProbeFault::Timeout),
            };
            link.report(PairObservation::PeerAnswer { round, sent, answer }).await
        });
    }

    fn probe_test_ip(&self, round: Round, timeout: Duration, (target, ip): (usize, TestTarget)) {
        let (link, sent) = (self.link.clone(), self.now());
        let helper = self.helper.clone();
        tokio::spawn(async move {
            let answers = match ip {
                TestTarget::Tcp(ip, port) => connects(SocketAddr::new(ip, port), timeout).await,
                TestTarget::Ping(ip) => {
                    let timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
                    match helper.and_then(|helper| helper.begin(NetdRequest::Ping { ip, timeout_ms }).ok()) {
                        Some(call) => match call.done(timeout).await {
                            Ok(NetdReply::Pong { .. }) => Ok(()),
                            Ok(_) => Err(ProbeFault::Answer),
                            Err(_) => Err(ProbeFault::Timeout),
                        },
                        // Only the helper may send ICMP.
                        None => Err(ProbeFault::Unreachable),
                    }
                }
            };
            link.report(PairObservation::TestAnswer { round, sent, target, answers }).await
        });
    }

    /// Looks whether the host name of the site leads to the primary. One that gives no token shows no fault of the name: the status checks
    /// tell of it.
    pub(super) fn probe_hostname(&self) {
        let (service, host, link) = (Arc::clone(&self.service), Arc::clone(&self.host), self.link.clone());
        tokio::spawn(async move {
            match service.ask(PeerAsks::SiteToken).await {
                Ok(PeerSays::SiteToken(token)) => {
                    let found = host.check_site_name(&token).await;
                    link.report(PairObservation::Hostname(found)).await
                }
                other => {
                    tracing::info!(?other, "the primary gives no token for the check of the host name");
                    None
                }
            }
        });
    }
}

fn no_helper() -> SelfFault {
    SelfFault { check: "network-helper".into(), error: "postwacht netd does not answer".into() }
}

/// A handshake with a test IP: SYN-ACK and RST are both answers.
async fn connects(target: SocketAddr, timeout: Duration) -> Result<(), ProbeFault> {
    match tokio::time::timeout(timeout, TcpStream::connect(target)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => Ok(()),
        Ok(Err(_)) => Err(ProbeFault::Unreachable),
        Err(_) => Err(ProbeFault::Timeout),
    }
}

/// The class of a fault of the peer, for the words of a notice.
fn class_of(fault: &PairFault) -> ProbeFault {
    match fault {
        PairFault::NotResolved(_) => ProbeFault::Dns,
        PairFault::Unreachable(why) if why.contains("refused") => ProbeFault::Refused,
        PairFault::Unreachable(_) => ProbeFault::Unreachable,
        PairFault::NotThePeer(_) => ProbeFault::Tls,
        PairFault::Refused(_) => ProbeFault::WrongPeer,
        _ => ProbeFault::Answer,
    }
}

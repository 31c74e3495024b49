//! Opens a session with a relay: resolve, connect, TLS and sign-in.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use admin::certificate::CertificateView;
use admin::clock::Clock;
use model::id::RelayId;
use model::settings::{AddressFamily, Auth, Encryption, Host, RelaySettings};
use model::time::Timestamp;
use smtp::address::ehlo_name;
use smtp::client::{Fault, FaultKind, Report, Resource, Rules, Security, Stage, StageRecord, Timeouts};
use smtp::reply::ReplyClass;
use smtp::request::address_literal;
use smtp::sasl::SignIn;
use smtp::transcript::Voice;
use tokio::net::{TcpSocket, TcpStream};

use super::resource::{ConnectStep, has_descriptors, lack};
use super::session::{RelaySession, SessionSetup, StageNews};
use crate::oauth::{AskProvider, NoToken, OAuth, Token};

/// Maximum number of addresses tried for one name.
const ADDRESSES_MAX: usize = 8;

/// The parts of this node that a connection needs.
#[derive(Clone)]
pub struct Net {
    pub clock: Clock,
    /// Addresses of our own listeners. A relay at one of them would send us our own mail.
    pub own: Arc<RwLock<Vec<SocketAddr>>>,
    pub(crate) oauth: Arc<OAuth>,
    /// End of the certificate that was last shown at each address of a relay.
    pub(crate) shown: Arc<Mutex<HashMap<ShownAt, Timestamp>>>,
}

/// The place at which a relay showed a certificate: the relay, its host and its port. At another place it may show another one.
pub(crate) type ShownAt = (RelayId, Host, u16);

/// The caller that waits for a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    Delivery,
    Probe,
    /// A person. The provider is asked for a token at once, without regard to the schedule.
    Person,
}

impl Waits {
    fn asks_provider(self) -> AskProvider {
        match self {
            Self::Delivery | Self::Probe => AskProvider::WhenDue,
            Self::Person => AskProvider::AtOnce,
        }
    }
}

/// The report of a session that could not be opened, with the relay's certificate if it was shown.
pub struct NotOpened {
    pub report: Report,
    pub certificate: Option<CertificateView>,
}

/// A session that is ready, or the report of the failure.
pub type SessionOrFailure = Result<Box<RelaySession>, Box<NotOpened>>;

/// The end of a stage before the dialogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StageEnd {
    Passed,
    Failed,
}

struct ConnectAttempt<'a> {
    net: &'a Net,
    relay: &'a RelaySettings,
    timeouts: Timeouts,
    news: Option<StageNews>,
    start: Duration,
    last: Duration,
    report: Report,
}

impl Net {
    /// End of the certificate that each relay of the route last showed at its present address. Forgets other addresses.
    pub(crate) fn certificates(&self, route: &[RelaySettings]) -> HashMap<RelayId, Timestamp> {
        let place = |relay: &RelaySettings| (relay.id, relay.host.clone(), relay.port);
        let places: HashSet<ShownAt> = route.iter().map(place).collect();
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.retain(|place, _| places.contains(place));
        shown.iter().map(|((id, ..), ends)| (*id, *ends)).collect()
    }

    /// Opens a session. If the relay refuses a token, gets a newer token and tries once more before the refusal counts.
    pub async fn open(&self, relay: &RelaySettings, who: Waits, news: Option<StageNews>) -> SessionOrFailure {
        let timeouts = if who == Waits::Delivery { Timeouts::DELIVERY } else { Timeouts::INTERACTIVE };
        let start = self.clock.mono();
        let mut attempt =
            ConnectAttempt { net: self, relay, timeouts, news, start, last: Duration::ZERO, report: Report::default() };
        let token = match &relay.auth {
            Auth::None | Auth::Password { .. } => None,
            Auth::OAuth2(_) => match self.oauth.token(relay, who.asks_provider()).await {
                Ok(token) => Some(token),
                Err(NoToken { passing, key, words }) => {
                    return Err(attempt.fail(Stage::SignIn, FaultKind::NoToken { passing, key, words }).await);
                }
            },
        };
        let (refused, token) = match (self.open_with(&mut attempt, token.clone()).await, token) {
            (Err(refused), Some(token)) if signs_in_badly(&refused.report) => (refused, token),
            (opened, _) => return opened,
        };
        let Some(newer) = self.oauth.after_refusal(relay, &token).await else { return Err(refused) };
        attempt.report = Report { fault: None, ..refused.report };
        attempt.last = attempt.elapsed();
        attempt.report.transcript.note(Voice::Aside, "the relay refused the token; retrying once with a new one");
        self.open_with(&mut attempt, Some(newer)).await
    }

    /// Tries the addresses of the relay in the system's order until a relay greets with 220 (docs/settings.md).
    async fn open_with(&self, attempt: &mut ConnectAttempt<'_>, token: Option<Token>) -> SessionOrFailure {
        let (relay, timeouts, start) = (attempt.relay, attempt.timeouts, attempt.start);
        let sign_in = sign_in(&relay.auth, token.as_ref());
        let addresses = match attempt.resolve().await {
            Ok(addresses) => addresses,
            Err(report) => return Err(report),
        };
        let count = addresses.len();
        for (i, address) in addresses.into_iter().enumerate() {
            let (stream, local) = match attempt.connect(address).await {
                Ok(found) => found,
                Err(kind) if i + 1 == count => return Err(attempt.fail(Stage::Connect, kind).await),
                Err(kind) => {
                    attempt.note(Stage::Connect, StageEnd::Failed, format!("{address}: {kind}")).await;
                    continue;
                }
            };
            let rules = attempt.rules(local, sign_in.clone());
            let setup = SessionSetup {
                relay,
                timeouts,
                clock: self.clock.clone(),
                start,
                news: attempt.news.clone(),
                report: std::mem::take(&mut attempt.report),
            };
            let mut session = RelaySession::new(stream, rules, setup);
            session.token.clone_from(&token);
            session.advance().await;
            if let Some(certificate) = &session.certificate {
                self.shown
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert((relay.id, relay.host.clone(), relay.port), certificate.ends);
            }
            if session.is_ready() {
                return Ok(Box::new(session));
            }
            let certificate = session.certificate.take();
            let report = session.into_report();
            let greeted = report.fault.as_ref().is_some_and(|fault| fault.stage > Stage::Greeting);
            if greeted || i + 1 == count {
                return Err(Box::new(NotOpened { report, certificate }));
            }
            attempt.last = attempt.elapsed();
            attempt.report = Report { fault: None, ..report };
        }
        Err(attempt.fail(Stage::Resolve, FaultKind::NotResolved("no address of the configured address family".into())).await)
    }
}

fn sign_in(auth: &Auth, token: Option<&Token>) -> Option<SignIn> {
    match auth {
        Auth::None => None,
        Auth::Password { username, password } => {
            Some(SignIn::Password { username: username.clone(), password: password.clone() })
        }
        Auth::OAuth2(settings) => {
            token.map(|token| SignIn::Bearer { identity: settings.email.to_string(), token: token.secret.clone() })
        }
    }
}

/// True if the relay refused the sign-in permanently (5yz).
fn signs_in_badly(report: &Report) -> bool {
    report.fault.as_ref().is_some_and(|fault| {
        fault.stage == Stage::SignIn && fault.reply().is_some_and(|reply| reply.class() == ReplyClass::Permanent)
    })
}

impl ConnectAttempt<'_> {
    fn elapsed(&self) -> Duration {
        self.net.clock.mono().saturating_sub(self.start)
    }

    async fn note(&mut self, stage: Stage, end: StageEnd, detail: String) {
        let at = self.elapsed();
        let took = at.saturating_sub(self.last);
        self.last = at;
        self.report.transcript.note(Voice::Aside, &detail);
        let record = StageRecord { stage, took, ok: end == StageEnd::Passed, reply: None, detail: Some(detail) };
        if let Some(news) = &self.news {
            // The reader of the stages may be gone. The attempt goes on.
            drop(news.send(record.clone()).await);
        }
        self.report.add(record);
    }

    async fn fail(&mut self, stage: Stage, kind: FaultKind) -> Box<NotOpened> {
        let kind = match kind {
            // Without descriptors a resolver or provider cannot be asked either, and reports a different error.
            FaultKind::NotResolved(_) | FaultKind::NoToken { passing: true, .. } if !has_descriptors() => {
                FaultKind::NoResource(Resource::Descriptors)
            }
            kind => kind,
        };
        self.note(stage, StageEnd::Failed, kind.to_string()).await;
        let mut report = std::mem::take(&mut self.report);
        report.fault = Some(Fault { stage, kind });
        Box::new(NotOpened { report, certificate: None })
    }

    async fn resolve(&mut self) -> Result<Vec<SocketAddr>, Box<NotOpened>> {
        let (relay, port) = (self.relay, self.relay.port);
        let found = match &relay.host {
            Host::Ip(ip) => Ok(vec![SocketAddr::new(*ip, port)]),
            Host::Name { ascii, .. } => {
                let looking = tokio::net::lookup_host((ascii.as_str(), port));
                match tokio::time::timeout(self.timeouts.connect, looking).await {
                    Ok(found) => found.map(Iterator::collect::<Vec<_>>).map_err(|error| error.to_string()),
                    Err(_) => Err(format!("no answer in {} s", self.timeouts.connect.as_secs())),
                }
            }
        };
        let wanted = |address: &SocketAddr| match relay.family {
            AddressFamily::Any => true,
            AddressFamily::Ipv4 => address.is_ipv4(),
            AddressFamily::Ipv6 => address.is_ipv6(),
        };
        match found {
            Err(why) => Err(self.fail(Stage::Resolve, FaultKind::NotResolved(format!("{}: {why}", relay.host))).await),
            Ok(all) => {
                let mut addresses: Vec<_> = all.into_iter().filter(wanted).collect();
                addresses.dedup();
                addresses.truncate(ADDRESSES_MAX);
                if addresses.is_empty() {
                    let kind = FaultKind::NoAddressOfFamily(relay.host.to_string());
                    return Err(self.fail(Stage::Resolve, kind).await);
                }
                let list: Vec<_> = addresses.iter().map(|address| address.ip().to_string()).collect();
                self.note(Stage::Resolve, StageEnd::Passed, format!("{} = {}", relay.host, list.join(", "))).await;
                Ok(addresses)
            }
        }
    }

    async fn connect(&mut self, address: SocketAddr) -> Result<(TcpStream, IpAddr), FaultKind> {
        if self.is_our_own(address) {
            return Err(FaultKind::OurOwnListener);
        }
        let failed = |error: std::io::Error| FaultKind::NotConnected(format!("{address}: {error}"));
        let failed_at = |step: ConnectStep| {
            move |error: std::io::Error| lack(&error, step).map_or_else(|| failed(error), FaultKind::NoResource)
        };
        let socket =
            if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }.map_err(failed_at(ConnectStep::Socket))?;
        if let Some(source) = self.relay.source_address {
            let unusable = |error: std::io::Error| match error.kind() {
                std::io::ErrorKind::AddrNotAvailable => FaultKind::NoLocalAddress(format!("{source}: {error}")),
                _ => failed_at(ConnectStep::Bind)(error),
            };
            socket.bind(SocketAddr::new(source, 0)).map_err(unusable)?;
        }
        let seconds = self.timeouts.connect.as_secs();
        let connecting = tokio::time::timeout(self.timeouts.connect, socket.connect(address)).await;
        let timed_out = |_| FaultKind::NotConnected(format!("{address}: no answer in {seconds} s"));
        let stream = connecting.map_err(timed_out)?.map_err(failed_at(ConnectStep::Connect { ipv6: address.is_ipv6() }))?;
        stream.set_nodelay(true).map_err(failed)?;
        let local = stream.local_addr().map_err(failed)?;
        self.note(Stage::Connect, StageEnd::Passed, address.to_string()).await;
        Ok((stream, local.ip()))
    }

    fn is_our_own(&self, address: SocketAddr) -> bool {
        let own = self.net.own.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        own.iter().any(|own| {
            let same_host = own.ip() == address.ip() || own.ip().is_unspecified() && address.ip().is_loopback();
            same_host && own.port() == address.port()
        })
    }

    fn rules(&self, local: IpAddr, sign_in: Option<SignIn>) -> Rules {
        let security = match self.relay.encryption {
            Encryption::None => Security::None,
            Encryption::StartTls(_) => Security::StartTls,
            Encryption::Tls(_) => Security::Tls,
        };
        let ehlo_name = self.relay.ehlo_name.clone().unwrap_or_else(|| default_ehlo_name(local));
        let mechanism = self.relay.mechanism;
        Rules { ehlo_name, security, sign_in, mechanism, chained: true, live: self.news.is_some() }
    }
}

/// The machine's name if relays take it, else the local address as a literal (RFC 5321 §4.1.4).
fn default_ehlo_name(local: IpAddr) -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let is_full = |name: &String| name.contains('.') && !name.starts_with("localhost.");
    ehlo_name(&name).filter(is_full).unwrap_or_else(|| address_literal(local))
}

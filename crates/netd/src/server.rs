//! The socket of the helper: one node at a time, its requests, and the reports to it.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, chown};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::address::PlacedIp;
use crate::announce::burst;
use crate::check::holder;
use crate::fence::BallotFence;
use crate::kernel::Kernel;
use crate::listen::{Served, changes, conflicts};
use crate::ping::ping;
use crate::privileges::{PrivilegeFault, drop_all_but_network};
use crate::protocol::{
    ADDRESSES_MAX, LIFETIME_MAX, LINE_MAX, NetdCall, NetdFault, NetdMessage, NetdReply, NetdRequest, PING_MAX,
};

/// Most requests that wait for the network at once.
const WAITING_MAX: usize = 32;
/// Longest wait until the node takes a line.
const WRITE_MAX: Duration = Duration::from_secs(2);

/// How the helper runs.
#[derive(Clone, Debug)]
pub struct NetdOptions {
    pub socket: PathBuf,
    /// The user of the node. `None`: the user of this program.
    pub user: Option<u32>,
}

/// The helper cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ServeFault {
    #[error("{0}")]
    Privileges(#[from] PrivilegeFault),
    #[error("{0} is there and is no socket")]
    NoSocket(PathBuf),
    #[error("{0}: another helper listens here")]
    Running(PathBuf),
    #[error("{what}: {error}")]
    System { what: String, error: io::Error },
}

fn fault(what: impl Into<String>) -> impl FnOnce(io::Error) -> ServeFault {
    let what = what.into();
    |error| ServeFault::System { what, error }
}

/// The way to the node. Lines of several threads do not mix.
type NodeWriter = Arc<Mutex<UnixStream>>;

/// What all threads of the helper share.
struct HelperState {
    kernel: Mutex<Kernel>,
    fence: Mutex<BallotFence>,
    served: Served,
    node: Mutex<Option<NodeWriter>>,
    waiting: AtomicUsize,
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs the helper. It returns only if it cannot go on.
pub fn serve(options: &NetdOptions) -> Result<(), ServeFault> {
    let listener = listen_at(&options.socket)?;
    let user = options.user.unwrap_or_else(|| rustix::process::geteuid().as_raw());
    chown(&options.socket, Some(user), None).map_err(fault(options.socket.display().to_string()))?;
    drop_all_but_network()?;
    let mut kernel = Kernel::open().map_err(fault("the kernel cannot be asked"))?;
    kernel.remove_all().map_err(fault("addresses of an earlier run cannot be removed"))?;
    let helper = Arc::new(HelperState {
        kernel: Mutex::new(kernel),
        fence: Mutex::default(),
        served: Served::default(),
        node: Mutex::default(),
        waiting: AtomicUsize::new(0),
    });
    watch(&helper);
    tracing::info!(socket = %options.socket.display(), user, "ready");
    for stream in listener.incoming() {
        match stream {
            Ok(stream) => helper.admit(stream, user),
            Err(error) => tracing::error!(%error, "a connection failed"),
        }
    }
    Ok(())
}

/// Binds the socket, in place of one that an earlier helper left behind.
fn listen_at(path: &Path) -> Result<UnixListener, ServeFault> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => return Err(ServeFault::NoSocket(path.to_owned())),
        Ok(_) if UnixStream::connect(path).is_ok() => return Err(ServeFault::Running(path.to_owned())),
        Ok(_) => std::fs::remove_file(path).map_err(fault(path.display().to_string()))?,
        Err(_) => {}
    }
    let listener = UnixListener::bind(path).map_err(fault(path.display().to_string()))?;
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).map_err(fault(path.display().to_string()))?;
    Ok(listener)
}

/// Starts the threads that report without being asked. If one ends, the helper ends: a node without its reports would be blind.
fn watch(helper: &Arc<HelperState>) {
    let spawn = |name: &'static str, run: fn(&HelperState) -> io::Result<()>| {
        let helper = Arc::clone(helper);
        std::thread::spawn(move || {
            let ended = run(&helper);
            tracing::error!(?ended, "the watch of {name} has ended");
            std::process::exit(70);
        });
    };
    spawn("links and addresses", |helper| changes(|message| helper.tell(&message)));
    spawn("other devices", |helper| conflicts(&helper.served, |message| helper.tell(&message)));
}

impl HelperState {
    /// Takes a new connection of the node, in place of the former one.
    fn admit(self: &Arc<Self>, stream: UnixStream, user: u32) {
        let peer = rustix::net::sockopt::socket_peercred(&stream).map(|peer| peer.uid.as_raw());
        if !matches!(peer, Ok(uid) if uid == user || uid == 0) {
            return tracing::warn!(?peer, "a connection of another user is refused");
        }
        let ready = stream.set_write_timeout(Some(WRITE_MAX)).and_then(|()| stream.try_clone());
        let reader = match ready {
            Ok(reader) => reader,
            Err(error) => return tracing::error!(%error, "a connection failed"),
        };
        let writer = Arc::new(Mutex::new(stream));
        if let Some(former) = held(&self.node).replace(Arc::clone(&writer)) {
            tracing::info!("the node has a new connection");
            // It may be gone already.
            drop(held(&former).shutdown(Shutdown::Both));
        }
        if let Err(fault) = self.remove_all() {
            tracing::error!(%fault, "addresses of an earlier connection are left until their lifetime ends");
        }
        let this = Arc::clone(self);
        std::thread::spawn(move || this.follow(reader, &writer));
    }

    /// Reads requests until the connection ends. The addresses stay: their lifetime ends them.
    fn follow(self: &Arc<Self>, stream: UnixStream, writer: &NodeWriter) {
        let mut reader = BufReader::new(stream);
        loop {
            let mut line = Vec::new();
            let read = reader.by_ref().take(LINE_MAX as u64 + 1).read_until(b'\n', &mut line);
            match read {
                Ok(0) | Err(_) => return tracing::info!("the node has closed its connection"),
                Ok(_) if line.len() > LINE_MAX => {
                    tracing::error!("a line is too long: the connection is closed");
                    return drop(reader.get_ref().shutdown(Shutdown::Both));
                }
                Ok(_) => {}
            }
            match serde_json::from_slice::<NetdCall>(&line) {
                Ok(call) => self.take(call, writer),
                Err(error) => {
                    tracing::error!(%error, "a line is no request: the connection is closed");
                    return drop(reader.get_ref().shutdown(Shutdown::Both));
                }
            }
        }
    }

    /// Carries out a request. Those that change addresses keep their order; those that wait for the network do not hold them up.
    fn take(self: &Arc<Self>, call: NetdCall, writer: &NodeWriter) {
        let NetdCall { id, request } = call;
        let waits = matches!(request, NetdRequest::Announce { .. } | NetdRequest::Check { .. } | NetdRequest::Ping { .. });
        if !waits {
            return answer(writer, id, self.carry_out(request));
        }
        if self.waiting.fetch_add(1, Ordering::AcqRel) >= WAITING_MAX {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
            return answer(writer, id, Err(NetdFault::Busy));
        }
        let (this, writer) = (Arc::clone(self), Arc::clone(writer));
        std::thread::spawn(move || {
            let result = this.carry_out(request);
            this.waiting.fetch_sub(1, Ordering::AcqRel);
            answer(&writer, id, result);
        });
    }

    fn carry_out(&self, request: NetdRequest) -> Result<NetdReply, NetdFault> {
        match request {
            NetdRequest::Set { ballot, addresses, lifetime_ms } => {
                let seconds = lifetime(Duration::from_millis(lifetime_ms))?;
                check_all(&addresses)?;
                held(&self.fence).pass(ballot).map_err(|highest| NetdFault::StaleBallot { highest })?;
                let mut kernel = held(&self.kernel);
                for placed in &addresses {
                    kernel.set(placed, seconds)?;
                }
                *held(&self.served) = addresses.into_iter().map(|placed| placed.ip).collect::<BTreeSet<_>>();
                Ok(NetdReply::Done)
            }
            NetdRequest::RemoveAll => self.remove_all().map(|()| NetdReply::Done),
            NetdRequest::Announce { addresses } => {
                check_all(&addresses)?;
                burst(&addresses).map(|()| NetdReply::Done)
            }
            NetdRequest::Check { address } => {
                check_all(std::slice::from_ref(&address))?;
                self.check_link(&address)?;
                holder(&address).map(|taken| NetdReply::Checked { taken })
            }
            NetdRequest::Ping { ip, timeout_ms } => {
                let time = Duration::from_millis(timeout_ms).min(PING_MAX);
                let took = ping(ip, time)?;
                Ok(NetdReply::Pong { micros: u64::try_from(took.as_micros()).unwrap_or(u64::MAX) })
            }
            NetdRequest::Snapshot => {
                let snapshot = held(&self.kernel).snapshot();
                snapshot.map(NetdReply::Snapshot).map_err(|error| NetdFault::system("the addresses cannot be read", &error))
            }
        }
    }

    /// Fails if the interface has no link: nobody could answer.
    fn check_link(&self, placed: &PlacedIp) -> Result<(), NetdFault> {
        let snapshot = held(&self.kernel).snapshot().map_err(|error| NetdFault::system("the links cannot be read", &error))?;
        match snapshot.link(&placed.interface) {
            Some(link) if link.works() => Ok(()),
            Some(_) => Err(NetdFault::NoLink { interface: placed.interface.clone() }),
            None => Err(NetdFault::NoInterface { interface: placed.interface.clone() }),
        }
    }

    fn remove_all(&self) -> Result<(), NetdFault> {
        held(&self.served).clear();
        held(&self.kernel).remove_all().map_err(|error| NetdFault::system("the addresses cannot be removed", &error))
    }

    /// Sends a report to the node, if it is connected. True: go on.
    fn tell(&self, message: &NetdMessage) -> bool {
        let node = held(&self.node).clone();
        if let Some(writer) = node {
            write(&writer, message);
        }
        true
    }
}

fn answer(writer: &NodeWriter, id: u64, result: Result<NetdReply, NetdFault>) {
    write(writer, &NetdMessage::Reply { id, result });
}

/// Writes a line. A node that does not take it loses its connection, and its addresses when their lifetime ends.
fn write(writer: &NodeWriter, message: &NetdMessage) {
    let mut line = serde_json::to_vec(message).expect("a message is text and numbers");
    line.push(b'\n');
    let mut stream = held(writer);
    if let Err(error) = stream.write_all(&line) {
        tracing::warn!(%error, "the node does not take a line");
        drop(stream.shutdown(Shutdown::Both));
    }
}

/// A lifetime in whole seconds, as the kernel counts: never longer than asked for, but for the one second that is the least.
fn lifetime(time: Duration) -> Result<u32, NetdFault> {
    if time.is_zero() || time > LIFETIME_MAX {
        return Err(NetdFault::invalid(format!("a lifetime is from 1 ms to {} s", LIFETIME_MAX.as_secs())));
    }
    Ok(u32::try_from(time.as_secs()).unwrap_or(1).max(1))
}

fn check_all(addresses: &[PlacedIp]) -> Result<(), NetdFault> {
    if addresses.len() > ADDRESSES_MAX {
        return Err(NetdFault::invalid(format!("more than {ADDRESSES_MAX} addresses")));
    }
    let check = |placed: &PlacedIp| placed.check().map_err(|fault| NetdFault::invalid(format!("{}: {fault}", placed.ip)));
    addresses.iter().try_for_each(check)
}

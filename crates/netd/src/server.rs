//! The socket of the helper: one node at a time, its requests, and the reports to it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::unix::fs::{FileTypeExt, lchown};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::fs::FlockOperation;

use crate::address::PlacedIp;
use crate::announce::burst;
use crate::check::holder;
use crate::kernel::Kernel;
use crate::listen::{changes, conflicts};
use crate::live::{LiveAddresses, NodeGeneration};
use crate::ping::ping;
use crate::privileges::{PrivilegeFault, drop_all_but_network};
use crate::protocol::{ADDRESSES_MAX, LINE_MAX, NetdCall, NetdFault, NetdMessage, NetdReply, NetdRequest, PING_MAX};

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

/// A connection of the node. Lines of several threads do not mix.
struct NodeConnection {
    stream: UnixStream,
    writing: Mutex<()>,
    generation: NodeGeneration,
}

/// The state that all threads of the helper use.
struct HelperState {
    live: LiveAddresses,
    node: Mutex<Option<Arc<NodeConnection>>>,
    waiting: AtomicUsize,
}

/// A request that waits for the network. Its place is free again when it ends, however it ends.
struct WaitingPlace(Arc<HelperState>);

impl Drop for WaitingPlace {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs the helper. It returns only if it cannot go on. The socket has the mode that the umask leaves: set it to 077 before.
pub fn serve(options: &NetdOptions) -> Result<(), ServeFault> {
    let (listener, _lock) = listen_at(&options.socket)?;
    let user = options.user.unwrap_or_else(|| rustix::process::geteuid().as_raw());
    lchown(&options.socket, Some(user), None).map_err(fault(options.socket.display().to_string()))?;
    drop_all_but_network()?;
    let mut kernel = Kernel::open().map_err(fault("the kernel cannot be asked"))?;
    kernel.remove_all().map_err(fault("addresses of an earlier run cannot be removed"))?;
    let helper = Arc::new(HelperState { live: LiveAddresses::new(kernel), node: Mutex::default(), waiting: AtomicUsize::new(0) });
    watch(&helper);
    tracing::info!(socket = %options.socket.display(), user, "ready");
    for stream in listener.incoming() {
        match stream {
            Ok(stream) => helper.admit(stream, user),
            Err(error) => {
                tracing::error!(%error, "a connection failed");
                // Without descriptors, the next try would fail at once.
                std::thread::park_timeout(Duration::from_millis(200));
            }
        }
    }
    Ok(())
}

/// Binds the socket, in place of one that an earlier helper left behind. A lock beside it shows whether a helper runs: a connection
/// to it would end that of the node.
fn listen_at(path: &Path) -> Result<(UnixListener, File), ServeFault> {
    let mut lock_path = path.to_owned().into_os_string();
    lock_path.push(".lock");
    let lock_path = PathBuf::from(lock_path);
    let lock = File::options().create(true).truncate(false).write(true).open(&lock_path);
    let lock = lock.map_err(fault(lock_path.display().to_string()))?;
    if rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
        return Err(ServeFault::Running(path.to_owned()));
    }
    match std::fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => return Err(ServeFault::NoSocket(path.to_owned())),
        Ok(_) => std::fs::remove_file(path).map_err(fault(path.display().to_string()))?,
        Err(_) => {}
    }
    let listener = UnixListener::bind(path).map_err(fault(path.display().to_string()))?;
    Ok((listener, lock))
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
    spawn("other devices", |helper| conflicts(|ip| helper.live.is_served(ip), |message| helper.tell(&message)));
}

impl HelperState {
    /// Takes a new connection of the node, in place of the former one. It begins without addresses, or not at all.
    fn admit(self: &Arc<Self>, stream: UnixStream, user: u32) {
        let peer = rustix::net::sockopt::socket_peercred(&stream).map(|peer| peer.uid.as_raw());
        if !matches!(peer, Ok(uid) if uid == user || uid == 0) {
            return tracing::warn!(?peer, "a connection of another user is refused");
        }
        let generation = match self.live.begin() {
            Ok(generation) => generation,
            Err(fault) => return tracing::error!(%fault, "a connection is refused"),
        };
        let ready = stream.set_write_timeout(Some(WRITE_MAX)).and_then(|()| stream.try_clone());
        let reader = match ready {
            Ok(reader) => reader,
            Err(error) => return tracing::error!(%error, "a connection failed"),
        };
        let connection = Arc::new(NodeConnection { stream, writing: Mutex::default(), generation });
        let former = held(&self.node).replace(Arc::clone(&connection));
        if let Some(former) = former {
            tracing::info!("the node has a new connection");
            // It may be gone already.
            drop(former.stream.shutdown(Shutdown::Both));
        }
        let this = Arc::clone(self);
        std::thread::spawn(move || this.follow(reader, &connection));
    }

    /// Reads requests until the connection ends. The addresses stay: their lifetime ends them.
    fn follow(self: &Arc<Self>, stream: UnixStream, connection: &Arc<NodeConnection>) {
        let mut reader = BufReader::new(stream);
        loop {
            let mut line = Vec::new();
            let read = reader.by_ref().take(LINE_MAX as u64 + 1).read_until(b'\n', &mut line);
            match read {
                Ok(0) | Err(_) => return tracing::info!("the node has closed its connection"),
                Ok(_) if line.len() > LINE_MAX => {
                    tracing::error!("a line is too long: the connection is closed");
                    return drop(connection.stream.shutdown(Shutdown::Both));
                }
                Ok(_) => {}
            }
            match serde_json::from_slice::<NetdCall>(&line) {
                Ok(call) => self.take(call, connection),
                Err(error) => {
                    tracing::error!(%error, "a line is no request: the connection is closed");
                    return drop(connection.stream.shutdown(Shutdown::Both));
                }
            }
        }
    }

    /// Carries out a request. Those that change addresses keep their order; those that wait for the network do not hold them up.
    fn take(self: &Arc<Self>, call: NetdCall, connection: &Arc<NodeConnection>) {
        let NetdCall { id, request } = call;
        let waits = matches!(request, NetdRequest::Announce { .. } | NetdRequest::Check { .. } | NetdRequest::Ping { .. });
        if !waits {
            return connection.answer(id, self.carry_out(request, connection.generation));
        }
        let before = self.waiting.fetch_add(1, Ordering::AcqRel);
        let place = WaitingPlace(Arc::clone(self));
        if before >= WAITING_MAX {
            return connection.answer(id, Err(NetdFault::Busy));
        }
        let connection = Arc::clone(connection);
        std::thread::spawn(move || {
            let result = place.0.carry_out(request, connection.generation);
            drop(place);
            connection.answer(id, result);
        });
    }

    fn carry_out(&self, request: NetdRequest, of: NodeGeneration) -> Result<NetdReply, NetdFault> {
        match request {
            NetdRequest::Set { ballot, addresses, until } => {
                check_all(&addresses)?;
                self.live.set(of, ballot, (&addresses, until)).map(|()| NetdReply::Done)
            }
            NetdRequest::RemoveAll => self.live.remove_all(of).map(|()| NetdReply::Done),
            NetdRequest::Announce { addresses } => {
                check_all(&addresses)?;
                burst(&addresses, |ip| self.live.serves(of, ip)).map(|()| NetdReply::Done)
            }
            NetdRequest::Check { address } => {
                check_all(std::slice::from_ref(&address))?;
                self.check_link(&address)?;
                let taken = holder(&address)?;
                // A link that was lost meanwhile has carried no answer.
                self.check_link(&address)?;
                Ok(NetdReply::Checked { taken })
            }
            NetdRequest::Ping { ip, timeout_ms } => {
                let time = Duration::from_millis(timeout_ms).min(PING_MAX);
                let took = ping(ip, time)?;
                Ok(NetdReply::Pong { micros: u64::try_from(took.as_micros()).unwrap_or(u64::MAX) })
            }
            NetdRequest::Snapshot => self.live.snapshot().map(NetdReply::Snapshot),
        }
    }

    /// Fails if the interface has no link: nobody could answer.
    fn check_link(&self, placed: &PlacedIp) -> Result<(), NetdFault> {
        match self.live.snapshot()?.link(&placed.interface) {
            Some(link) if link.works() => Ok(()),
            Some(_) => Err(NetdFault::NoLink { interface: placed.interface.clone() }),
            None => Err(NetdFault::NoInterface { interface: placed.interface.clone() }),
        }
    }

    /// Sends a report to the node, if it is connected. True: go on.
    fn tell(&self, message: &NetdMessage) -> bool {
        let node = held(&self.node).clone();
        if let Some(connection) = node {
            connection.write(message);
        }
        true
    }
}

impl NodeConnection {
    fn answer(&self, id: u64, result: Result<NetdReply, NetdFault>) {
        self.write(&NetdMessage::Reply { id, result });
    }

    /// Writes a line. A node that does not take it loses its connection, and its addresses when their lifetime ends.
    fn write(&self, message: &NetdMessage) {
        let mut line = serde_json::to_vec(message).expect("a message is text and numbers");
        line.push(b'\n');
        let _line = held(&self.writing);
        if let Err(error) = (&self.stream).write_all(&line) {
            tracing::warn!(%error, "the node does not take a line");
            drop(self.stream.shutdown(Shutdown::Both));
        }
    }
}

fn check_all(addresses: &[PlacedIp]) -> Result<(), NetdFault> {
    if addresses.len() > ADDRESSES_MAX {
        return Err(NetdFault::invalid(format!("more than {ADDRESSES_MAX} addresses")));
    }
    let check = |placed: &PlacedIp| placed.check().map_err(|fault| NetdFault::invalid(format!("{}: {fault}", placed.ip)));
    addresses.iter().try_for_each(check)
}

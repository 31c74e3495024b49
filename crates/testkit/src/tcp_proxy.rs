//! A TCP proxy before a real server. A test can cut it off and restore it: the relay then seems to fail.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::namespaces::NetworkBench;

struct ProxyState {
    target: u16,
    open: AtomicBool,
    connections: AtomicUsize,
    streams: Mutex<Vec<TcpStream>>,
}

pub struct TcpProxy {
    pub port: u16,
    state: Arc<ProxyState>,
}

impl TcpProxy {
    /// Starts a proxy before a port of this machine.
    pub fn to(port: u16) -> Self {
        Self::from(TcpListener::bind("127.0.0.1:0").unwrap(), port, None)
    }

    /// Starts a proxy on this machine before a port of the loopback of a host.
    pub fn into_host(bench: &NetworkBench, host: &str, port: u16) -> Self {
        Self::from(TcpListener::bind("127.0.0.1:0").unwrap(), port, Some(bench.file(host)))
    }

    /// Starts a proxy before a port of this machine, at the same port of the loopback of a host.
    pub fn on_host(bench: &NetworkBench, host: &str, port: u16) -> Self {
        let namespace = bench.file(host);
        let bound = std::thread::spawn(move || {
            enter(&namespace);
            TcpListener::bind(("127.0.0.1", port)).unwrap()
        });
        Self::from(bound.join().unwrap(), port, None)
    }

    /// Connects from the namespace that is given, or from the one of this process.
    fn from(listener: TcpListener, port: u16, namespace: Option<PathBuf>) -> Self {
        let own = listener.local_addr().unwrap().port();
        let (open, connections) = (AtomicBool::new(true), AtomicUsize::new(0));
        let state = Arc::new(ProxyState { target: port, open, connections, streams: Mutex::default() });
        let this = Arc::clone(&state);
        std::thread::spawn(move || {
            // A thread has a namespace of its own. The listener stays where it is.
            namespace.iter().for_each(|namespace| enter(namespace));
            listener.incoming().flatten().for_each(|stream| this.pass(stream));
        });
        Self { port: own, state }
    }

    /// Cuts all connections. Until [`TcpProxy::restore`] every new connection ends at once.
    pub fn cut(&self) {
        self.state.open.store(false, Ordering::SeqCst);
        for stream in self.state.streams.lock().unwrap().drain(..) {
            // The peer may have closed the connection already.
            drop(stream.shutdown(std::net::Shutdown::Both));
        }
    }

    /// Passes new connections on again.
    pub fn restore(&self) {
        self.state.open.store(true, Ordering::SeqCst);
    }

    /// The number of connections passed on so far.
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }
}

/// Moves this thread into a network namespace.
fn enter(namespace: &Path) {
    let file = std::fs::File::open(namespace).unwrap();
    move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
}

impl ProxyState {
    fn pass(&self, near: TcpStream) {
        if !self.open.load(Ordering::SeqCst) {
            return;
        }
        let Ok(far) = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], self.target))) else { return };
        self.connections.fetch_add(1, Ordering::SeqCst);
        let copies = [near.try_clone().unwrap(), far.try_clone().unwrap()];
        self.streams.lock().unwrap().extend(copies);
        for (mut from, mut into) in [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)] {
            std::thread::spawn(move || {
                // A cut connection ends the copy. That is intended.
                drop(std::io::copy(&mut from, &mut into));
                drop(into.shutdown(std::net::Shutdown::Write));
            });
        }
    }
}

//! A TCP proxy before a real server. A test can cut it off and restore it: the relay then seems to fail.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

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
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap().port();
        let (open, connections) = (AtomicBool::new(true), AtomicUsize::new(0));
        let state = Arc::new(ProxyState { target: port, open, connections, streams: Mutex::default() });
        let this = Arc::clone(&state);
        std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| this.pass(stream)));
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

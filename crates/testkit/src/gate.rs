//! A TCP forwarder to a real server: a port that passes all data on. A test can cut and restore it.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

struct GateState {
    to: u16,
    open: AtomicBool,
    taken: AtomicUsize,
    streams: Mutex<Vec<TcpStream>>,
}

pub struct TcpGate {
    pub port: u16,
    inside: Arc<GateState>,
}

impl TcpGate {
    /// Starts a forwarder to a port of this machine.
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap().port();
        let (open, taken) = (AtomicBool::new(true), AtomicUsize::new(0));
        let inside = Arc::new(GateState { to: port, open, taken, streams: Mutex::default() });
        let this = Arc::clone(&inside);
        std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| this.pass(stream)));
        Self { port: own, inside }
    }

    /// Cuts all connections. Until [`TcpGate::open`] every new connection ends at once.
    pub fn shut(&self) {
        self.inside.open.store(false, Ordering::SeqCst);
        for stream in self.inside.streams.lock().unwrap().drain(..) {
            // The peer may have closed the connection already.
            drop(stream.shutdown(std::net::Shutdown::Both));
        }
    }

    pub fn open(&self) {
        self.inside.open.store(true, Ordering::SeqCst);
    }

    /// The number of connections passed on so far.
    pub fn taken(&self) -> usize {
        self.inside.taken.load(Ordering::SeqCst)
    }
}

impl GateState {
    fn pass(&self, near: TcpStream) {
        if !self.open.load(Ordering::SeqCst) {
            return;
        }
        let Ok(far) = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], self.to))) else { return };
        self.taken.fetch_add(1, Ordering::SeqCst);
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

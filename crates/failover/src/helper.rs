//! The connection to the network helper, `postwacht netd`.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use netd::{LINE_MAX, NetdCall, NetdFault, NetdMessage, NetdReply, NetdRequest, NetworkSnapshot};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};

/// Requests that wait for the socket. The helper has fewer places.
const CALLS_MAX: usize = 64;

/// A report that the helper sends by itself.
#[derive(Debug)]
pub(crate) enum HelperReport {
    Changed(NetworkSnapshot),
    Conflict {
        ip: IpAddr,
        mac: String,
    },
    /// The connection is gone. The kernel drops the addresses when their lifetime ends.
    Lost(String),
}

/// The helper did not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HelperFault {
    #[error("there is no connection to the network helper (postwacht netd)")]
    Absent,
    #[error("the network helper did not answer in {} s", .0.as_secs())]
    Late(Duration),
    #[error("{0}")]
    Refused(NetdFault),
    #[error("the network helper gave another answer than asked for")]
    OtherAnswer,
}

type WaitingCalls = HashMap<u64, oneshot::Sender<Result<NetdReply, NetdFault>>>;

/// A connection. Clones use the same one.
#[derive(Clone)]
pub(crate) struct NetworkHelper {
    lines: mpsc::Sender<Vec<u8>>,
    waiting: Arc<Mutex<WaitingCalls>>,
    next: Arc<AtomicU64>,
}

/// A request on its way. The line was handed over when this was made, so requests keep their order.
pub(crate) struct HelperCall {
    id: u64,
    answer: oneshot::Receiver<Result<NetdReply, NetdFault>>,
    helper: NetworkHelper,
}

fn locked(waiting: &Mutex<WaitingCalls>) -> MutexGuard<'_, WaitingCalls> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

impl NetworkHelper {
    /// Connects, and reports from then on. The helper removes all addresses of ours at a new connection.
    pub(crate) async fn connect(socket: &Path, reports: mpsc::Sender<HelperReport>) -> io::Result<Self> {
        let (reading, writing) = UnixStream::connect(socket).await?.into_split();
        let (lines, queue) = mpsc::channel(CALLS_MAX);
        let helper = Self { lines, waiting: Arc::default(), next: Arc::default() };
        let waiting = Arc::clone(&helper.waiting);
        tokio::spawn(async move {
            let ended = tokio::select! {
                ended = write_lines(writing, queue) => ended,
                ended = read_lines(reading, &waiting, &reports) => ended,
            };
            // Every caller that still waits learns that no answer comes.
            locked(&waiting).clear();
            let why = ended.map_or_else(|error| error.to_string(), |()| "it closed the connection".to_owned());
            // Without a receiver the runtime has ended.
            drop(reports.send(HelperReport::Lost(why)).await);
        });
        Ok(helper)
    }

    /// Hands a request over.
    pub(crate) fn begin(&self, request: NetdRequest) -> Result<HelperCall, HelperFault> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut line = serde_json::to_vec(&NetdCall { id, request }).map_err(|_| HelperFault::OtherAnswer)?;
        line.push(b'\n');
        let (told, answer) = oneshot::channel();
        locked(&self.waiting).insert(id, told);
        let call = HelperCall { id, answer, helper: self.clone() };
        // A full queue means that the helper hangs: its addresses end by themselves.
        self.lines.try_send(line).map_err(|_| HelperFault::Absent)?;
        Ok(call)
    }
}

impl HelperCall {
    pub(crate) async fn done(mut self, wait: Duration) -> Result<NetdReply, HelperFault> {
        match tokio::time::timeout(wait, &mut self.answer).await {
            Ok(Ok(Ok(reply))) => Ok(reply),
            Ok(Ok(Err(fault))) => Err(HelperFault::Refused(fault)),
            Ok(Err(_)) => Err(HelperFault::Absent),
            Err(_) => Err(HelperFault::Late(wait)),
        }
    }
}

impl Drop for HelperCall {
    fn drop(&mut self) {
        locked(&self.helper.waiting).remove(&self.id);
    }
}

async fn write_lines(mut writing: OwnedWriteHalf, mut queue: mpsc::Receiver<Vec<u8>>) -> io::Result<()> {
    while let Some(line) = queue.recv().await {
        writing.write_all(&line).await?;
    }
    Ok(())
}

async fn read_lines(
    reading: OwnedReadHalf,
    waiting: &Mutex<WaitingCalls>,
    reports: &mpsc::Sender<HelperReport>,
) -> io::Result<()> {
    let mut reading = BufReader::new(reading);
    loop {
        let mut line = Vec::new();
        let limit = u64::try_from(LINE_MAX + 1).unwrap_or(u64::MAX);
        let count = (&mut reading).take(limit).read_until(b'\n', &mut line).await?;
        if count == 0 {
            return Ok(());
        }
        if line.last() != Some(&b'\n') {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a line that is too long or cut"));
        }
        let report = match serde_json::from_slice(&line)? {
            NetdMessage::Reply { id, result } => {
                if let Some(told) = locked(waiting).remove(&id) {
                    // The caller may have given up.
                    drop(told.send(result));
                }
                continue;
            }
            NetdMessage::Changed(snapshot) => HelperReport::Changed(snapshot),
            NetdMessage::Conflict { ip, mac } => HelperReport::Conflict { ip, mac: mac.to_string() },
        };
        if reports.send(report).await.is_err() {
            return Ok(());
        }
    }
}

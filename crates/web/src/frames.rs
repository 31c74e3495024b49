//! Bounds what an HTTP/2 peer may send besides its requests: PRIORITY, WINDOW_UPDATE, PING, SETTINGS, RST_STREAM, empty
//! DATA and unknown frames cost time and bring nothing (RFC 9113 §10.5). The protocol's library bounds only some of them.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

/// Frames that a peer may send in advance. It is also the most that an allowance can hold.
const AHEAD_MAX: u32 = 2000;
/// Frames earned per second besides. They let a client keep its connection alive.
const A_SECOND: u32 = 50;
/// Frames earned per answered request: its HEADERS, CONTINUATION, DATA, PRIORITY and WINDOW_UPDATE.
const FOR_ANSWER: u32 = 64;
/// Bytes of DATA that earn one frame. A peer that sends its body in pieces of at least this size is not limited here.
const DATA_FOR_FRAME: usize = 64;
/// Bytes sent by us that earn one frame. They pay for the WINDOW_UPDATE frames that acknowledge them.
const SENT_FOR_FRAME: usize = 1024;

/// Length of the connection preface, in bytes (RFC 9113 §3.4).
const PREFACE: usize = 24;
const HEAD: usize = 9;
/// Frame type and flag (RFC 9113 §6.1).
const DATA: u8 = 0;
const PADDED: u8 = 8;

/// The number of frames that a peer may still send. Pure: time is an argument.
#[derive(Debug)]
struct FrameAllowance {
    left: u32,
    /// Time up to which the share per second has been added.
    at: Duration,
    data: usize,
    sent: usize,
}

/// The peer sent more frames than its requests need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than {AHEAD_MAX} HTTP/2 frames beyond what the requests of the connection need")]
struct Flood;

impl FrameAllowance {
    fn new(now: Duration) -> Self {
        Self { left: AHEAD_MAX, at: now, data: 0, sent: 0 }
    }

    fn earn(&mut self, frames: usize) {
        self.left = self.left.saturating_add(u32::try_from(frames).unwrap_or(u32::MAX)).min(AHEAD_MAX);
    }

    fn frame(&mut self, now: Duration) -> Result<(), Flood> {
        let seconds = now.saturating_sub(self.at).as_secs();
        self.at += Duration::from_secs(seconds);
        self.earn(usize::try_from(seconds.saturating_mul(A_SECOND.into())).unwrap_or(usize::MAX));
        self.left = self.left.checked_sub(1).ok_or(Flood)?;
        Ok(())
    }

    fn data(&mut self, bytes: usize) {
        self.data += bytes;
        self.earn(self.data / DATA_FOR_FRAME);
        self.data %= DATA_FOR_FRAME;
    }

    fn sent(&mut self, bytes: usize) {
        self.sent += bytes;
        self.earn(self.sent / SENT_FOR_FRAME);
        self.sent %= SENT_FOR_FRAME;
    }
}

/// Position in the stream of frames.
#[derive(Debug)]
struct FrameReader {
    /// Bytes to skip: the preface, or the rest of a payload.
    skip: usize,
    head: [u8; HEAD],
    have: usize,
}

impl FrameReader {
    fn new() -> Self {
        Self { skip: PREFACE, head: [0; HEAD], have: 0 }
    }

    /// Reads the next bytes, which may be cut anywhere. Fails when the allowance is used up.
    fn follow(&mut self, mut bytes: &[u8], allowance: &mut FrameAllowance, now: Duration) -> Result<(), Flood> {
        while !bytes.is_empty() {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = &bytes[skipped..];
            let taken = (HEAD - self.have).min(bytes.len());
            self.head[self.have..self.have + taken].copy_from_slice(&bytes[..taken]);
            self.have += taken;
            bytes = &bytes[taken..];
            if self.have == HEAD {
                let [high, middle, low, kind, flags, ..] = self.head;
                self.have = 0;
                self.skip = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
                allowance.frame(now)?;
                if kind == DATA && flags & PADDED == 0 {
                    allowance.data(self.skip);
                }
            }
        }
        Ok(())
    }
}

/// Adds to the allowance of a connection for each answer.
#[derive(Clone)]
pub(crate) struct Answers(Arc<Mutex<FrameAllowance>>);

impl Answers {
    pub(crate) fn answered(&self) {
        let mut allowance = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        allowance.earn(FOR_ANSWER as usize);
    }
}

/// An HTTP/2 stream that counts the peer's frames. Reads fail when there are too many.
pub(crate) struct Counted<S> {
    stream: S,
    reader: FrameReader,
    allowance: Arc<Mutex<FrameAllowance>>,
    begun: Instant,
}

impl<S> Counted<S> {
    pub(crate) fn new(stream: S) -> (Self, Answers) {
        let allowance = Arc::new(Mutex::new(FrameAllowance::new(Duration::ZERO)));
        let answers = Answers(Arc::clone(&allowance));
        (Self { stream, reader: FrameReader::new(), allowance, begun: Instant::now() }, answers)
    }

    fn sent(&self, bytes: usize) {
        self.allowance.lock().unwrap_or_else(PoisonError::into_inner).sent(bytes);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
        let mut allowance = this.allowance.lock().unwrap_or_else(PoisonError::into_inner);
        let followed = this.reader.follow(&buffer.filled()[before..], &mut allowance, this.begun.elapsed());
        Poll::Ready(followed.map_err(|flood| io::Error::new(io::ErrorKind::InvalidData, flood)))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = ready!(Pin::new(&mut this.stream).poll_write(context, bytes))?;
        this.sent(written);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = ready!(Pin::new(&mut this.stream).poll_write_vectored(context, slices))?;
        this.sent(written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Builds a frame of this type and flags with a payload of `bytes` bytes.
    fn frame(kind: u8, flags: u8, bytes: usize) -> Vec<u8> {
        let [high, middle, low] = [bytes >> 16, bytes >> 8, bytes].map(|n| u8::try_from(n & 255).expect("a byte"));
        let mut frame = vec![high, middle, low, kind, flags, 0, 0, 0, 1];
        frame.resize(HEAD + bytes, 0);
        frame
    }

    /// Returns the number of frames after which the peer is cut off. `None` if 20,000 frames pass at this rate.
    fn cut_off(bytes: &[u8], a_second: u32, cut: usize) -> Option<usize> {
        let (mut reader, mut allowance) = (FrameReader::new(), FrameAllowance::new(Duration::ZERO));
        reader.follow(&[b'P'; PREFACE], &mut allowance, Duration::ZERO).expect("the preface is free");
        (0..20_000_u32).find_map(|n| {
            let now = Duration::from_secs(u64::from(n / a_second));
            let mut pieces = bytes.chunks(cut);
            pieces.any(|piece| reader.follow(piece, &mut allowance, now).is_err()).then_some(n as usize)
        })
    }

    #[test]
    fn flood_of_each_kind_of_frame_is_cut_off() {
        let fast = 1_000_000;
        for (name, bytes, a_second, ends) in [
            ("PRIORITY", frame(2, 0, 5), fast, Some(2000)),
            ("RST_STREAM", frame(3, 0, 4), fast, Some(2000)),
            ("SETTINGS", frame(4, 0, 0), fast, Some(2000)),
            ("PING", frame(6, 0, 8), fast, Some(2000)),
            ("WINDOW_UPDATE", frame(8, 0, 4), fast, Some(2000)),
            ("CONTINUATION", frame(9, 0, 1), fast, Some(2000)),
            ("HEADERS", frame(1, 5, 20), fast, Some(2000)),
            ("unknown", frame(77, 0, 100), fast, Some(2000)),
            ("empty DATA", frame(0, 0, 0), fast, Some(2000)),
            ("padded DATA", frame(0, 8, 200), fast, Some(2000)),
            ("DATA of 64 bytes", frame(0, 0, 64), fast, None),
            ("DATA of 16 KiB", frame(0, 0, 16 << 10), fast, None),
            ("PING, 40 a second", frame(6, 0, 8), 40, None),
        ] {
            for cut in [1, 7, 9, usize::MAX] {
                assert_eq!(cut_off(&bytes, a_second, cut), ends, "{name}, cut to {cut} bytes");
            }
        }
    }

    #[test]
    fn answers_and_sent_bytes_earn_frames() {
        let mut allowance = FrameAllowance::new(Duration::ZERO);
        for _ in 0..1000 {
            for _ in 0..64 {
                assert_eq!(allowance.frame(Duration::ZERO), Ok(()));
            }
            allowance.earn(FOR_ANSWER as usize);
        }
        for _ in 0..10_000 {
            allowance.sent(16 << 10);
            assert_eq!([(); 2].map(|()| allowance.frame(Duration::ZERO)), [Ok(()); 2], "two WINDOW_UPDATE for each DATA frame");
        }
    }
}

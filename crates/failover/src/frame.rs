//! Messages between two nodes: a line of JSON each, with a bound on its length and on the time for it.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Longest line, in bytes.
pub(crate) const LINE_MAX: usize = 64 * 1024;
/// Longest line that holds a document, in bytes. Only a node that has asked for one takes it.
pub(crate) const DOCUMENT_MAX: usize = 8 << 20;
/// Time for one message, unless its kind says otherwise.
pub(crate) const MESSAGE_WAIT: Duration = Duration::from_secs(10);

/// Time for the end of a connection.
const CLOSE_WAIT: Duration = Duration::from_secs(2);

/// A message did not come, or is none.
#[derive(Debug, thiserror::Error)]
pub enum FrameFault {
    #[error("the connection was lost: {0}")]
    Lost(#[from] std::io::Error),
    #[error("the other node closed the connection")]
    Closed,
    #[error("no answer in {} s", .0.as_secs())]
    Late(Duration),
    #[error("a message of more than {0} bytes")]
    TooLong(usize),
    #[error("a message that is none of ours: {0}")]
    Unreadable(#[from] serde_json::Error),
}

/// One connection that carries messages. It reads ahead, and keeps what belongs to the next message.
pub(crate) struct Frames<S> {
    stream: S,
    ahead: Vec<u8>,
    /// Longest line of this connection.
    limit: usize,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Frames<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, ahead: Vec::new(), limit: LINE_MAX }
    }

    /// Allows a document as the next message.
    pub(crate) fn with_document(mut self) -> Self {
        self.limit = DOCUMENT_MAX;
        self
    }

    pub(crate) async fn send<T: Serialize>(&mut self, message: &T) -> Result<(), FrameFault> {
        self.send_within(message, LINE_MAX).await
    }

    /// Sends a message that holds a document.
    pub(crate) async fn send_document<T: Serialize>(&mut self, message: &T) -> Result<(), FrameFault> {
        self.send_within(message, DOCUMENT_MAX).await
    }

    async fn send_within<T: Serialize>(&mut self, message: &T, limit: usize) -> Result<(), FrameFault> {
        let mut line = serde_json::to_vec(message)?;
        if line.len() >= limit {
            return Err(FrameFault::TooLong(limit));
        }
        line.push(b'\n');
        let sending = async {
            self.stream.write_all(&line).await?;
            self.stream.flush().await
        };
        match tokio::time::timeout(MESSAGE_WAIT, sending).await {
            Ok(sent) => Ok(sent?),
            Err(_) => Err(FrameFault::Late(MESSAGE_WAIT)),
        }
    }

    pub(crate) async fn receive<T: DeserializeOwned>(&mut self) -> Result<T, FrameFault> {
        self.receive_within(MESSAGE_WAIT).await
    }

    pub(crate) async fn receive_within<T: DeserializeOwned>(&mut self, wait: Duration) -> Result<T, FrameFault> {
        let line = tokio::time::timeout(wait, self.line()).await.map_err(|_| FrameFault::Late(wait))??;
        Ok(serde_json::from_slice(&line)?)
    }

    async fn line(&mut self) -> Result<Vec<u8>, FrameFault> {
        let mut searched = 0;
        loop {
            if let Some(end) = self.ahead[searched..].iter().position(|byte| *byte == b'\n') {
                let mut line = self.ahead.split_off(searched + end + 1);
                std::mem::swap(&mut line, &mut self.ahead);
                return Ok(line);
            }
            searched = self.ahead.len();
            if searched >= self.limit {
                return Err(FrameFault::TooLong(self.limit));
            }
            let mut bytes = [0; 4096];
            match self.stream.read(&mut bytes).await? {
                0 => return Err(FrameFault::Closed),
                count => self.ahead.extend_from_slice(&bytes[..count]),
            }
        }
    }

    /// Tells the other side that nothing more comes, and waits until it says the same: then it has left the dialogue.
    pub(crate) async fn end(mut self) {
        let ending = async {
            self.stream.shutdown().await?;
            while self.stream.read(&mut [0; 4096]).await? > 0 {}
            Ok::<(), std::io::Error>(())
        };
        match tokio::time::timeout(CLOSE_WAIT, ending).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "the connection to the other node was gone before its end"),
            Err(_) => tracing::debug!("the other node does not end the connection"),
        }
    }

    /// Tells the other side that nothing more comes. The fault of a connection that is gone is of no interest.
    pub(crate) async fn close(mut self) {
        match tokio::time::timeout(CLOSE_WAIT, self.stream.shutdown()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "the connection to the other node was gone before its end"),
            Err(_) => tracing::debug!("the other node does not take the end of the connection"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn message_comes_whole_or_not_at_all() {
        let (ours, mut theirs) = tokio::io::duplex(LINE_MAX * 3);
        let mut frames = Frames::new(ours);
        theirs.write_all(b"{\"a\":1}\n{\"a\":2}\n{\"a\"").await.unwrap();
        let first: serde_json::Value = frames.receive().await.unwrap();
        let second: serde_json::Value = frames.receive().await.unwrap();
        assert_eq!((first["a"].as_i64(), second["a"].as_i64()), (Some(1), Some(2)));
        let late = frames.receive_within::<serde_json::Value>(Duration::from_millis(1)).await.unwrap_err();
        assert!(matches!(late, FrameFault::Late(_)), "{late}");
        theirs.write_all(b":3}\n").await.unwrap();
        let third: serde_json::Value = frames.receive().await.unwrap();
        assert_eq!(third["a"].as_i64(), Some(3));
        theirs.write_all(b"rubbish\n").await.unwrap();
        assert!(matches!(frames.receive::<serde_json::Value>().await.unwrap_err(), FrameFault::Unreadable(_)));
        theirs.write_all(&vec![b'x'; LINE_MAX + 10]).await.unwrap();
        assert!(matches!(frames.receive::<serde_json::Value>().await.unwrap_err(), FrameFault::TooLong(LINE_MAX)));
        drop(theirs);
        let (ours, theirs) = tokio::io::duplex(10);
        drop(theirs);
        assert!(matches!(Frames::new(ours).receive::<serde_json::Value>().await.unwrap_err(), FrameFault::Closed));
        let (ours, _theirs) = tokio::io::duplex(10);
        let sent = Frames::new(ours).send(&"x".repeat(LINE_MAX)).await.unwrap_err();
        assert!(matches!(sent, FrameFault::TooLong(LINE_MAX)));
    }
}

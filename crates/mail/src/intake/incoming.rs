//! A body that arrives: its maximum size, its minimum rate, and its share of the memory budget. Every listener uses it.

use std::time::Duration;

use super::budget::Claim;
use super::ledger::NoRoom;
use super::pace::TransferPace;

/// Largest step in which memory is claimed, in bytes, unless a piece of the body is larger.
const STEP_MAX: usize = 256 << 10;
/// Smallest step, in bytes. A request costs at least this much, however small its body is.
const STEP_MIN: usize = 4 << 10;

/// A body was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    #[error("larger than {0} bytes")]
    TooLarge(usize),
    #[error("the body came too slowly")]
    TooSlow,
    #[error("{0}")]
    NoRoom(#[from] NoRoom),
}

/// A body that has arrived in part, in one piece. The allocator returns a large piece to the system when it is freed.
pub struct IncomingBody {
    body: Vec<u8>,
    claim: Claim,
    claimed: usize,
    /// The length that the caller announced, if any.
    announced: Option<usize>,
    max: usize,
    pace: TransferPace,
}

impl IncomingBody {
    /// An empty body of at most `max` bytes. Times are counted from now.
    pub fn new(claim: Claim, max: usize, announced: Option<usize>) -> Self {
        Self { body: Vec::new(), claim, claimed: 0, announced, max, pace: TransferPace::new(Duration::ZERO) }
    }

    pub fn len(&self) -> usize {
        self.body.len()
    }

    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// Time, counted from the beginning, until which the listener waits for bytes. Then it calls [`Self::waited`].
    pub fn ends(&self) -> Duration {
        self.pace.ends()
    }

    /// No bytes came until `now`, counted from the beginning.
    pub fn waited(&mut self, now: Duration) -> Result<(), NotTaken> {
        self.pace.at(now).map_err(|_| NotTaken::TooSlow)
    }

    /// Adds a piece that came at `now`. Waits for memory if there is none; the peer is not to blame for that time. The claim
    /// grows with the bytes that have arrived, not with the announced length.
    pub async fn push(&mut self, data: &[u8], now: Duration) -> Result<(), NotTaken> {
        let size = self.body.len() + data.len();
        if size > self.max {
            return Err(NotTaken::TooLarge(self.max));
        }
        self.pace.received(now, data.len()).map_err(|_| NotTaken::TooSlow)?;
        if size > self.claimed {
            let expected = self.announced.map_or(size, |announced| announced.saturating_sub(self.claimed));
            let step = expected.clamp(STEP_MIN, STEP_MAX).max(size - self.claimed);
            let begun = tokio::time::Instant::now();
            self.claim.grow(step).await?;
            self.pace.paused(begun.elapsed());
            self.claimed += step;
        }
        self.body.extend_from_slice(data);
        Ok(())
    }

    /// Waits for the turn to work on the whole body, which takes `quarters` of its size besides it. The memory is charged
    /// until the claim is dropped.
    pub async fn finish(mut self, quarters: usize) -> Result<(Vec<u8>, Claim), NoRoom> {
        self.claim.turn(self.body.len().saturating_mul(quarters) / 4).await?;
        Ok((self.body, self.claim))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{Budget, Caller};
    use super::*;

    fn body(max: usize, announced: Option<usize>) -> IncomingBody {
        IncomingBody::new(Arc::new(Budget::default()).open(Caller::known("a")), max, announced)
    }

    #[tokio::test]
    async fn body_is_bounded_whatever_was_announced() {
        for announced in [None, Some(0), Some(3), Some(usize::MAX)] {
            let mut incoming = body(5, announced);
            assert_eq!(incoming.push(b"abc", Duration::ZERO).await, Ok(()));
            assert_eq!(incoming.push(b"def", Duration::ZERO).await, Err(NotTaken::TooLarge(5)));
            assert_eq!(incoming.push(b"de", Duration::ZERO).await, Ok(()));
            assert_eq!(incoming.finish(4).await.map(|(body, _)| body), Ok(b"abcde".to_vec()));
        }
    }

    #[tokio::test]
    async fn body_that_trickles_is_refused() {
        let mut incoming = body(1 << 20, None);
        assert_eq!(incoming.push(b"a", incoming.ends() / 2).await, Ok(()));
        let end = incoming.ends();
        assert_eq!(incoming.waited(end / 2), Ok(()), "the window has not ended");
        assert_eq!(incoming.push(b"b", end).await, Err(NotTaken::TooSlow));
        assert_eq!(incoming.waited(end), Err(NotTaken::TooSlow));
    }
}

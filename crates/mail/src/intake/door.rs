//! Opens and closes the intake for the mail of programs and persons. The node's own notices always pass.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// The reason why this node takes no mail now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotServing {
    /// The node is the backup of a pair.
    #[error("this node is the backup; mail is taken by the primary node {primary}")]
    Backup { primary: String },
    /// Neither node of the pair serves at this moment, as far as this node knows.
    #[error("this node is not the primary node at this moment; try again in a minute")]
    Waiting,
    /// An administrator hands the role over.
    #[error("this node hands its role over to the other node; try again in a minute")]
    Draining,
    /// Its pair has ended, and the other node went on.
    #[error("this node has left its pair, and serves nothing until an administrator starts it as a new site")]
    Retired,
}

/// Tells whether mail is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opening {
    Open,
    /// Only before this monotonic time.
    Until(Duration),
    Closed(NotServing),
}

/// The door of the intake.
pub struct Door {
    opening: watch::Sender<Opening>,
    /// Number of messages that are being taken.
    inside: Arc<watch::Sender<usize>>,
}

impl Default for Door {
    fn default() -> Self {
        Self { opening: watch::Sender::new(Opening::Open), inside: Arc::new(watch::Sender::new(0)) }
    }
}

/// A message on its way in. The door counts it until this is dropped.
pub(super) struct Inside(Arc<watch::Sender<usize>>);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl Door {
    pub fn set(&self, opening: Opening) {
        self.opening.send_replace(opening);
    }

    pub fn opening(&self) -> Opening {
        self.opening.borrow().clone()
    }

    /// Lets a message in at this monotonic time.
    pub(super) fn enter(&self, now: Duration) -> Result<Inside, NotServing> {
        // Counted first: a draining that begins now waits for it.
        self.inside.send_modify(|count| *count += 1);
        let inside = Inside(Arc::clone(&self.inside));
        match &*self.opening.borrow() {
            Opening::Open => Ok(inside),
            Opening::Until(until) if now < *until => Ok(inside),
            Opening::Until(_) => Err(NotServing::Waiting),
            Opening::Closed(why) => Err(why.clone()),
        }
    }

    /// Resolves when no message is on its way in.
    pub async fn emptied(&self) {
        // The sender lives as long as this value.
        drop(self.inside.subscribe().wait_for(|count| *count == 0).await);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn door_lets_in_what_its_opening_allows() {
        let door = Door::default();
        let second = Duration::from_secs;
        for (opening, at, entered) in [
            (Opening::Open, second(9), Ok(())),
            (Opening::Until(second(9)), second(8), Ok(())),
            (Opening::Until(second(9)), second(9), Err(NotServing::Waiting)),
            (Opening::Closed(NotServing::Draining), second(1), Err(NotServing::Draining)),
            (Opening::Closed(NotServing::Retired), second(1), Err(NotServing::Retired)),
        ] {
            door.set(opening.clone());
            assert_eq!(door.enter(at).map(drop), entered, "{opening:?} at {at:?}");
        }
        tokio::time::timeout(second(60), door.emptied()).await.expect("nobody is inside");
    }

    #[tokio::test]
    async fn draining_waits_for_what_is_inside() {
        let door = Door::default();
        let inside = door.enter(Duration::ZERO).unwrap();
        door.set(Opening::Closed(NotServing::Draining));
        let mut emptied = Box::pin(door.emptied());
        tokio::select! {
            biased;
            () = &mut emptied => panic!("a message is still on its way in"),
            () = std::future::ready(()) => {}
        }
        drop(inside);
        emptied.await;
    }
}

//! Starts the tasks of a node. A task that panics, or that returns before the stop, ends the node: a restart recovers from
//! disk, and a node without its scheduler or its watch would be silent.

use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;
use tokio::task::JoinSet;

/// Starts the tasks of a node and reports a task that has ended by a fault.
pub(super) struct Tasks {
    set: Mutex<JoinSet<()>>,
    stop: watch::Sender<bool>,
    died: Died,
}

/// The name of a task that has ended by a fault. All parts of a node share it.
#[derive(Clone)]
pub(super) struct Died(watch::Sender<Option<&'static str>>);

impl Died {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    /// Resolves with the name of a task that has ended by a fault.
    pub(super) async fn named(&self) -> &'static str {
        let mut died = self.0.subscribe();
        match died.wait_for(Option::is_some).await {
            Ok(name) => name.unwrap_or_default(),
            // The sender lives as long as this value.
            Err(_) => std::future::pending().await,
        }
    }
}

impl Tasks {
    pub(super) fn new(died: Died) -> Self {
        Self { set: Mutex::default(), stop: watch::Sender::new(false), died }
    }

    /// Becomes `true` when the stop begins.
    pub(super) fn stopping(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Starts a task that runs until the stop.
    pub(super) fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let guard = EndGuard { name, stop: self.stop.subscribe(), died: self.died.clone() };
        self.set.lock().unwrap_or_else(PoisonError::into_inner).spawn(async move {
            let _guard = guard;
            task.await;
        });
    }

    /// Begins the stop and waits until every task has ended.
    pub(super) async fn stop(&self) {
        self.stop.send_replace(true);
        let mut set = std::mem::take(&mut *self.set.lock().unwrap_or_else(PoisonError::into_inner));
        while let Some(ended) = set.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a task failed during the stop");
            }
        }
    }
}

impl Drop for Tasks {
    /// Begins the stop, so that tasks which end with this value do not count as failed.
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// Reports the end of its task, also when a panic unwinds it.
struct EndGuard {
    name: &'static str,
    stop: watch::Receiver<bool>,
    died: Died,
}

impl Drop for EndGuard {
    fn drop(&mut self) {
        if !*self.stop.borrow() {
            tracing::error!(task = self.name, "the task \"{}\" failed because of a bug in Postwacht", self.name);
            self.died.0.send_replace(Some(self.name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn task_that_panics_is_reported() {
        let died = Died::new();
        let tasks = Tasks::new(died.clone());
        tasks.spawn("steady", std::future::pending());
        tasks.spawn("broken", async { panic!("as a bug would") });
        assert_eq!(died.named().await, "broken");
    }

    #[tokio::test]
    async fn task_that_returns_early_is_reported() {
        let died = Died::new();
        let tasks = Tasks::new(died.clone());
        tasks.spawn("short", async {});
        assert_eq!(died.named().await, "short");
    }

    #[tokio::test]
    async fn task_that_ends_at_the_stop_is_not_reported() {
        let died = Died::new();
        let tasks = Tasks::new(died.clone());
        let mut stop = tasks.stopping();
        tasks.spawn("steady", async move { drop(stop.wait_for(|stop| *stop).await) });
        tasks.stop().await;
        assert_eq!(*died.0.borrow(), None);
    }
}

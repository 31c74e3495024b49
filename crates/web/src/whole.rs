//! Work that is done to its end, whoever stops waiting for it: a caller that hangs up must not leave disk and memory apart.

/// Runs `work` in a task of its own and waits for it. A panic in it is this task's too.
pub(crate) async fn whole<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work).await.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(done) => done,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // The runtime is being shut down, and this task with it.
        Err(Err(_)) => std::future::pending().await,
    }
}

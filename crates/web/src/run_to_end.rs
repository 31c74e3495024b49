//! Runs work to its end, even if its caller stops waiting. A caller that hangs up must not leave disk and memory
//! inconsistent.

/// Runs `work` in a task of its own and waits for it. Resumes a panic of `work` in the calling task.
pub(crate) async fn run_to_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work).await.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(done) => done,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // The runtime is shutting down, and this task with it.
        Err(Err(_)) => std::future::pending().await,
    }
}

//! Discards the body of a request that is refused.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Request;
use http_body_util::BodyExt;

/// Reads and discards the body of a request before its refusal, within bounds of time and bytes. Otherwise an HTTP/2
/// client might see a broken stream and not the refusal.
pub(crate) async fn drain(request: Request) {
    const PATIENCE: Duration = Duration::from_secs(2);
    const BYTES_MAX: usize = 32 << 10;
    let mut body = request.into_body();
    let draining = async {
        let mut bytes = 0;
        while let Some(Ok(frame)) = body.frame().await {
            bytes += frame.data_ref().map_or(0, Bytes::len);
            if bytes > BYTES_MAX {
                return;
            }
        }
    };
    // The refusal follows, even after a timeout.
    drop(tokio::time::timeout(PATIENCE, draining).await);
}

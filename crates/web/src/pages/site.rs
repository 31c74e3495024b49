//! State that the pages share.

use std::sync::Arc;

use node::Service;

use super::endings::Endings;
use super::letter::LetterSource;
use super::runs::Runs;
use super::state_cache::StateCache;

/// Shared state of the pages.
#[derive(Clone)]
pub(super) struct PagesState {
    pub(super) service: Arc<Service>,
    pub(super) runs: Arc<Runs>,
    pub(super) endings: Arc<Endings>,
    /// External URLs of this site: scheme, host and port.
    pub(super) urls: Arc<Vec<String>>,
    pub(super) state_cache: Arc<StateCache>,
    pub(super) mailbox: Option<Arc<dyn LetterSource>>,
}

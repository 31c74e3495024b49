//! [`PagesState`]: what each handler of a page receives.

use std::sync::Arc;

use node::Service;

use super::letter::LetterSource;
use super::sign_in_results::SignInResults;
use super::state_line::StateLineCache;
use super::test_runs::TestRuns;

/// The service and the caches that all pages share. The router gives each handler a clone.
#[derive(Clone)]
pub(super) struct PagesState {
    pub(super) service: Arc<Service>,
    pub(super) test_runs: Arc<TestRuns>,
    pub(super) sign_in_results: Arc<SignInResults>,
    /// External URLs of this site: scheme, host and port.
    pub(super) urls: Arc<Vec<String>>,
    pub(super) state_line: Arc<StateLineCache>,
    /// The received letters of the demo; `None` in production.
    pub(super) mailbox: Option<Arc<dyn LetterSource>>,
}

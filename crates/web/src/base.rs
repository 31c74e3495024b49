//! The base of links.

/// Base of links: scheme, host and port under which browsers reach the pages. `None` if no pages are served.
#[derive(Clone, Debug, Default)]
pub struct Base(pub Option<String>);

//! The pair at work: two nodes with real stores, real connections and the real network helper, on hosts in network namespaces.
#![expect(clippy::unwrap_used, reason = "tests")]

mod host;
mod takeover;

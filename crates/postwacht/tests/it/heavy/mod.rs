//! Tests that fill a machine. They run one at a time, beside the others, like all in a module of this name
//! (`.config/nextest.toml`).

pub(crate) mod browser;
mod demo;
mod floods;

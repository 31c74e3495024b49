//! Benchmarks without assertions: `cargo xtask bench accept | deliver | depth | pages | failover`. See docs/performance.md.

mod accept;
mod deliver;
mod depth;
mod failover;
mod measure;
mod pages;

pub(crate) fn run(words: &[&str]) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match words {
        ["accept"] => runtime.block_on(accept::run()),
        ["deliver"] => runtime.block_on(deliver::run()),
        ["depth"] => runtime.block_on(depth::run()),
        ["failover"] => failover::run(),
        ["pages"] => runtime.block_on(pages::run()),
        _ => anyhow::bail!("cargo xtask bench accept | deliver | depth | pages | failover"),
    }
}

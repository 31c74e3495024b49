//! Measures start-up, delivery and memory with 100, 10,000 and 100,000 waiting messages. Cost must not grow with depth.

use std::time::Duration;

use anyhow::Result;
use model::id::MessageNumber;

use super::deliver::{drained, sink};
use super::measure::{Bench, CpuTime, accept, memory, now, open, relay};

/// The first messages of the queue, whose delivery gets a figure of its own.
const TIMED: u64 = 10_000;

pub(super) async fn run() -> Result<()> {
    let heads = ["waiting", "start-up ms", "delivered/s", "first 10,000", "us: writer", "the rest", "RSS MiB"];
    println!("{}", heads.map(|head| format!("{head:>12}")).join(" "));
    for depth in [100, 10_000, 100_000] {
        let bench = Bench::new(1).await?;
        accept(&bench.service, 64.min(depth), depth).await?;
        let dir = bench.dir.path().to_owned();
        let Bench { service, dir: kept } = bench;
        Bench { service, dir: super::measure::place()? }.close().await;
        let sink = sink().await?;
        let start = now();
        let service = open(&dir).await?;
        let up = start.elapsed();
        let bench = Bench { service, dir: kept };
        let waiting = bench.service.store().backlog().await?.waiting();
        relay(&bench.service, sink.port).await?;
        let (start, used) = (now(), CpuTime::now());
        let mut first = Duration::ZERO;
        // The message that stops the timer. The scheduler delivers the oldest first.
        let mark = MessageNumber(i64::try_from(TIMED.min(waiting))?);
        while first.is_zero() {
            if bench.service.store().work(mark).await?.is_none() {
                first = start.elapsed();
            } else {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        drained(&bench).await?;
        let rate = waiting as f64 / start.elapsed().as_secs_f64();
        let early = TIMED.min(waiting) as f64 / first.as_secs_f64();
        let ([writer, rest], up) = (used.each(waiting as f64), up.as_secs_f64() * 1000.0);
        println!("{waiting:>12} {up:>12.1} {rate:>12.0} {early:>12.0} {writer:>12.1} {rest:>12.1} {:>12}", memory());
        bench.close().await;
    }
    Ok(())
}

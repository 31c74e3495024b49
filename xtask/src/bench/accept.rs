//! Measures acceptance to the disk from 1, 16 and 64 producers, and for comparison raw fdatasync calls.

use std::io::Write;

use anyhow::Result;

use super::measure::{Bench, CpuTime, accept, now, percentile, place};

pub(super) async fn run() -> Result<()> {
    raw()?;
    println!("{:>9} {:>10} {:>9} {:>9} {:>14} {:>9}", "producers", "messages/s", "p50 ms", "p99 ms", "us: writer", "the rest");
    for (producers, count) in [(1, 5_000), (16, 40_000), (64, 60_000)] {
        // Port 1 has no listener, so the bench measures acceptance alone.
        let bench = Bench::new(1).await?;
        accept(&bench.service, producers, count / 10).await?;
        let (start, used) = (now(), CpuTime::now());
        let times = accept(&bench.service, producers, count).await?;
        let took = start.elapsed();
        let [writer, rest] = used.each(times.len() as f64);
        let rate = times.len() as f64 / took.as_secs_f64();
        let (half, most) = (percentile(&times, 50), percentile(&times, 99));
        println!("{producers:>9} {rate:>10.0} {half:>9.2} {most:>9.2} {writer:>14.1} {rest:>9.1}");
        bench.close().await;
    }
    Ok(())
}

/// Measures the disk alone: appends and syncs of 4 KiB, one after the other.
fn raw() -> Result<()> {
    let dir = place()?;
    let mut file = std::fs::File::create(dir.path().join("raw"))?;
    let (start, count) = (now(), 3_000);
    for _ in 0..count {
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
    }
    println!("raw fdatasync of 4 KiB: {:.0}/s", f64::from(count) / start.elapsed().as_secs_f64());
    Ok(())
}

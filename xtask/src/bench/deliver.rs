//! Measures delivery end to end: from intake to a relay that discards mail (`smtp-sink`, from Debian's postfix).

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use super::measure::{Bench, CpuTime, accept, now};

pub(super) struct Sink {
    child: Child,
    pub(super) port: u16,
}

impl Drop for Sink {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

pub(super) async fn sink() -> Result<Sink> {
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let program =
        ["/usr/sbin/smtp-sink", "/usr/lib/postfix/sbin/smtp-sink"].into_iter().find(|p| std::path::Path::new(p).exists());
    let mut command = Command::new(program.context("smtp-sink is part of Debian's postfix: run lab/setup.sh")?);
    command.args(["-u", "nobody", &format!("127.0.0.1:{port}"), "1000"]).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn()?;
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(Sink { child, port })
}

/// CPU time of another process, user and system.
pub(super) fn cpu_of(pid: u32) -> Duration {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks: u64 = [11, 12].iter().filter_map(|i| fields.get(*i)?.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

pub(super) async fn run() -> Result<()> {
    let heads = ["producers", "accepted/s", "delivered/s", "us: writer", "the rest", "the sink"];
    println!("{}", heads.map(|head| format!("{head:>11}")).join(" "));
    for (producers, count) in [(1, 5_000), (16, 40_000), (64, 60_000)] {
        let sink = sink().await?;
        let bench = Bench::new(sink.port).await?;
        accept(&bench.service, producers, count / 10).await?;
        drained(&bench).await?;
        let (start, used, theirs) = (now(), CpuTime::now(), cpu_of(sink.child.id()));
        let times = accept(&bench.service, producers, count).await?;
        let accepted = start.elapsed();
        drained(&bench).await?;
        let delivered = start.elapsed();
        let n = times.len() as f64;
        let [writer, rest] = used.each(n);
        let theirs = (cpu_of(sink.child.id()) - theirs).as_secs_f64() * 1e6 / n;
        let (accepted, delivered) = (n / accepted.as_secs_f64(), n / delivered.as_secs_f64());
        println!("{producers:>11} {accepted:>11.0} {delivered:>11.0} {writer:>11.1} {rest:>11.1} {theirs:>11.1}");
        bench.close().await;
    }
    Ok(())
}

/// Waits until no open lane holds a message.
pub(super) async fn drained(bench: &Bench) -> Result<()> {
    while bench.service.store().next_due().await?.is_some() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

//! Measures each page over TCP with 100,000 waiting messages, then the queue's list and the overview with 1,000,000.
//! A time covers a whole request on a new connection.

use std::sync::Arc;

use anyhow::Result;
use model::account::{Actor, Role};
use testkit::Browser;
use tokio::sync::watch;

use super::measure::{Bench, accept, now, percentile};

/// Requests for each page.
const REQUESTS: usize = 50;

pub(super) async fn run() -> Result<()> {
    let bench = Bench::new(1).await?;
    let stop = watch::Sender::new(false);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let site = web::site(Arc::clone(&bench.service), web::Reach::default(), web::Base::default(), None);
    let bounds = web::ConnectionBounds { connections: 64, of_one_peer: 64 };
    let limits = web::Limits { bounds, no_descriptors: Arc::new(|| ()) };
    let serving = tokio::spawn(web::SiteListener::new(listener, None, Box::new(|_| ()), limits)?.serve(site, stop.subscribe()));
    let accounts = bench.service.accounts();
    let id = accounts.create(&Actor::whole("bench"), "bench", Role::Administrator, None).await?;
    let link = format!("/login/start/{}", accounts.make_link(Some(id)).await?.reveal());
    accept(&bench.service, 64, 100_000).await?;
    let pages =
        ["overview", "queue", "queue?state=waiting&to=to", "audit", "management/email", "management/email/revisions", "account"];
    println!("{:>9} {:>9} {:>9} {:>9}  page", "messages", "p50 ms", "p99 ms", "bytes");
    let browser = tokio::task::spawn_blocking(move || {
        let browser = Browser::new(&url);
        browser.post(&link, &[]);
        pages.iter().for_each(|page| measure(&browser, 100_000, page));
        browser
    });
    let browser = browser.await?;
    accept(&bench.service, 64, 900_000).await?;
    let asked = ["queue", "queue?state=waiting", "queue?state=accepted", "queue?to=nobody", "overview"];
    tokio::task::spawn_blocking(move || asked.iter().for_each(|page| measure(&browser, 1_000_000, page))).await?;
    stop.send_replace(true);
    serving.await??;
    bench.close().await;
    Ok(())
}

fn measure(browser: &Browser, messages: usize, page: &str) {
    let mut times = Vec::with_capacity(REQUESTS);
    let mut bytes = 0;
    for _ in 0..REQUESTS {
        let start = now();
        let answer = browser.get(&format!("/login/{page}"));
        times.push(start.elapsed());
        assert_eq!(answer.status, 200, "{page}");
        bytes = answer.text.len();
    }
    times.sort();
    println!("{messages:>9} {:>9.1} {:>9.1} {bytes:>9}  {page}", percentile(&times, 50), percentile(&times, 99));
}

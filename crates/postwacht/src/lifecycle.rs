//! The life of a serving process: readiness, watchdog, signals, the order of the stop.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use service::Service;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use web::{LocalSocket, bind, serve_local};

use crate::bootstrap::Bootstrap;
use crate::cli::CliError;

/// Tells the service manager (sd_notify(3)); silent where there is none.
pub(crate) fn notify(state: &str) {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let sent = (|| {
        let name = path.to_string_lossy().into_owned();
        let address = match name.strip_prefix('@') {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(PathBuf::from(&path))?,
        };
        UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address)
    })();
    if let Err(error) = sent {
        tracing::warn!(%error, "the service manager could not be told: {state}");
    }
}

/// Sockets that serve; removed when dropped.
pub(crate) struct Doors {
    paths: Vec<PathBuf>,
    /// Where the pages are, if anywhere.
    pub(crate) pages: Option<std::net::SocketAddr>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<std::io::Result<()>>,
}

impl Doors {
    pub(crate) async fn open(bootstrap: &Bootstrap, service: &Arc<Service>) -> Result<Self, CliError> {
        let stop = watch::Sender::new(false);
        let mut tasks = JoinSet::new();
        let mut paths = Vec::new();
        std::fs::create_dir_all(&bootstrap.run_dir)
            .map_err(|error| CliError::failed("error-socket").why(format!("{}: {error}", bootstrap.run_dir.display())))?;
        let sockets = [
            (bootstrap.control_socket(), LocalSocket::Control, web::control(Arc::clone(service))),
            (bootstrap.submit_socket(), LocalSocket::Submit, web::submit(Arc::clone(service))),
        ];
        for (path, socket, router) in sockets {
            let listener = bind(&path, socket)
                .map_err(|error| CliError::failed("error-socket").why(format!("{}: {error}", path.display())))?;
            tasks.spawn(serve_local(listener, router, socket, stop.subscribe()));
            paths.push(path);
        }
        let mut pages = None;
        if let Some(address) = bootstrap.http {
            let failed =
                |error: std::io::Error| CliError::failed("error-http-bind").why(format!("{address}: {error}")).todo("hint-http");
            let listener = tokio::net::TcpListener::bind(address).await.map_err(failed)?;
            pages = Some(listener.local_addr().map_err(failed)?);
            let reach = web::Reach { hosts: bootstrap.hosts.clone(), tls: false };
            tasks.spawn(web::serve_site(listener, web::site(Arc::clone(service), reach), stop.subscribe()));
        }
        Ok(Self { paths, pages, stop, tasks })
    }

    /// Nothing new comes in; what is being answered is answered.
    pub(crate) async fn close(&mut self) {
        self.stop.send_replace(true);
        let ending = async {
            while let Some(ended) = self.tasks.join_next().await {
                if let Ok(Err(error)) = ended {
                    tracing::warn!(%error, "a socket ended with an error");
                }
            }
        };
        if tokio::time::timeout(Duration::from_secs(5), ending).await.is_err() {
            tracing::debug!("requests still under way are cut off");
        }
        for path in self.paths.drain(..) {
            drop(std::fs::remove_file(path));
        }
    }
}

/// Half of what the manager allows between two signs of life (sd_watchdog_enabled(3)).
fn watchdog() -> Option<Duration> {
    let micros: u64 = std::env::var("WATCHDOG_USEC").ok()?.parse().ok()?;
    let ours = std::env::var("WATCHDOG_PID").ok().is_none_or(|pid| pid == std::process::id().to_string());
    (ours && micros > 0).then(|| Duration::from_micros(micros / 2))
}

/// A sign of life only while the writer writes: a process that cannot is worth restarting.
async fn live(service: Arc<Service>) {
    let Some(every) = watchdog() else { return std::future::pending().await };
    loop {
        let alive = service.store().change(store::Change::Unclaim { numbers: Vec::new(), due: 0 });
        if tokio::time::timeout(every, alive).await.is_ok() {
            notify("WATCHDOG=1");
        } else {
            tracing::error!("the writer does not answer; the watchdog is not told that all is well");
        }
        tokio::time::sleep(every).await;
    }
}

/// Serves until a signal; then stops in order. A second signal ends the process at once, which is safe.
pub(crate) async fn until_stopped(service: &Arc<Service>, doors: &mut Doors) -> Result<(), CliError> {
    let signals = |kind| signal(kind).map_err(|error| CliError::failed("error-signal").why(error));
    let (mut term, mut int) = (signals(SignalKind::terminate())?, signals(SignalKind::interrupt())?);
    notify("READY=1");
    let failed = tokio::select! {
        _ = term.recv() => None,
        _ = int.recv() => None,
        why = service.store().failed() => Some(why),
        () = live(Arc::clone(service)) => None,
    };
    notify("STOPPING=1");
    tracing::info!("stopping");
    let stopping = async {
        doors.close().await;
        service.stop().await;
    };
    tokio::select! {
        () = stopping => {}
        _ = term.recv() => tracing::warn!("second signal: ended at once"),
        _ = int.recv() => tracing::warn!("second signal: ended at once"),
    }
    let store = service.store().clone();
    drop(tokio::task::spawn_blocking(move || store.close()).await);
    match failed {
        Some(why) => Err(CliError::failed("error-disk-failed").why(why)),
        None => Ok(()),
    }
}

//! Life cycle of a serving process: readiness, signals, store failures, ordered stop.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use alerts::signals::PageCertificate;
use node::Service;
use store::StoreFailure;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use web::{Base, BindFault, CertificateFault, Limits, LocalServing, LocalSocket, NoDescriptors, Reach, SiteListener, bind};

use crate::bootstrap::Bootstrap;
use crate::descriptors;
use crate::error::CliError;
use crate::own_name::{own_names, reached_at};
use crate::reach::Certificate;
use crate::terminal::word;
use crate::watchdog::{guard, notify};

/// Listener for pages and API.
struct SiteDoor {
    listener: SiteListener,
    base: String,
    /// Names of this machine that the pages answer to.
    names: Vec<String>,
    fingerprint: Option<String>,
}

impl SiteDoor {
    async fn bind(
        bootstrap: &Bootstrap,
        address: std::net::SocketAddr,
        service: &Arc<Service>,
        limits: Limits,
    ) -> Result<Self, CliError> {
        let failed =
            |error: std::io::Error| CliError::failed("error-http-bind").why(format!("{address}: {error}")).todo("hint-http-bind");
        let unusable = |fault: CertificateFault| {
            let foreign = matches!(fault, CertificateFault::Foreign(_));
            let error = CliError::failed("error-certificate").why(fault);
            if foreign { error.todo("hint-foreign-file") } else { error }
        };
        // On loopback the node prints no name and answers to none. A foreign page reaches loopback only by a name (DNS
        // rebinding).
        let names = if address.ip().to_canonical().is_loopback() { Vec::new() } else { own_names() };
        let (files, fingerprint) = match bootstrap.tls.certificate(address)? {
            None => {
                service.signals().note_certificate(PageCertificate::NoTls);
                (None, None)
            }
            Some(Certificate::Files(files)) => (Some(files), None),
            Some(Certificate::SelfSigned) => {
                // The certificate holds every name that our links use: clients compare it with the name in the link.
                let mut shown = own_names();
                shown.extend(bootstrap.urls.iter().map(|url| url.host.trim_matches(['[', ']']).to_owned()));
                shown.extend((!address.ip().is_unspecified()).then(|| address.ip().to_string()));
                let files = web::self_signed(&bootstrap.data_dir.join("tls"), &shown).map_err(unusable)?;
                let fingerprint = web::fingerprint(&files.chain);
                (Some(files), fingerprint)
            }
        };
        let scheme = if files.is_some() { "https" } else { "http" };
        let tcp = tokio::net::TcpListener::bind(address).await.map_err(failed)?;
        let bound = tcp.local_addr().map_err(failed)?;
        let reached = reached_at(bound, &names);
        let base = bootstrap.urls.first().map_or_else(|| format!("{scheme}://{reached}"), |url| url.base.clone());
        let watched = Arc::clone(service);
        let told = Box::new(move |view: &admin::certificate::CertificateView| {
            watched.signals().note_certificate(PageCertificate::Served { names: view.names.join(", "), ends: view.ends });
        });
        Ok(Self { listener: SiteListener::new(tcp, files, told, limits).map_err(unusable)?, base, names, fingerprint })
    }
}

/// Mode of a directory that every user may enter and only the owner may write to.
const RUN_DIR_MODE: u32 = 0o755;

/// Makes the directory of the sockets, open to every user. Every user may use `submit.sock`, and each socket has a mode of
/// its own. An existing directory keeps its mode: its owner may have closed it on purpose.
fn make_run_dir(path: &Path) -> std::io::Result<()> {
    let missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
    let missing: Vec<&Path> = path.ancestors().take_while(missing).collect();
    std::fs::create_dir_all(path)?;
    // The umask of this program closes all new files and directories to other users.
    for made in missing {
        std::fs::set_permissions(made, std::fs::Permissions::from_mode(RUN_DIR_MODE))?;
    }
    let path = std::fs::canonicalize(path)?;
    let is_closed = |path: &&Path| std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o001 == 0);
    if let Some(closed) = path.ancestors().find(is_closed) {
        tracing::info!(
            "{} is closed to other users, and so is submit.sock in it; POSTWACHT_RUN_DIR names another directory",
            closed.display()
        );
    }
    Ok(())
}

/// Listening sockets and their tasks. `close` stops them and removes the socket files.
pub(crate) struct Listeners {
    /// Socket files with the inode that was bound. Another node may have replaced the file since.
    paths: Vec<(PathBuf, Option<u64>)>,
    /// Base URL of links. `None`: the pages are not served.
    pub(crate) base: Option<String>,
    /// SHA-256 of the self-signed certificate. `None`: no such certificate is used.
    pub(crate) fingerprint: Option<String>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<std::io::Result<()>>,
}

impl Listeners {
    /// Opens all sockets and starts to serve. `mailbox` holds the messages of the demo's relay.
    pub(crate) async fn open(
        bootstrap: &Bootstrap,
        service: &Arc<Service>,
        mailbox: Option<Arc<dyn web::LetterSource>>,
    ) -> Result<Self, CliError> {
        let stop = watch::Sender::new(false);
        let mut tasks = JoinSet::new();
        let mut paths = Vec::new();
        make_run_dir(&bootstrap.run_dir)
            .map_err(|error| CliError::failed("error-socket").why(format!("{}: {error}", bootstrap.run_dir.display())))?;
        let division = descriptors::divide();
        let of_node = Arc::clone(service);
        let no_descriptors: NoDescriptors = Arc::new(move || of_node.note_descriptor_shortage());
        let limits = |bounds| Limits { bounds, no_descriptors: Arc::clone(&no_descriptors) };
        let site = match bootstrap.http {
            Some(address) => Some(SiteDoor::bind(bootstrap, address, service, limits(division.site)).await?),
            None => {
                service.signals().note_certificate(PageCertificate::NoTls);
                None
            }
        };
        let base = site.as_ref().map(|site| site.base.clone());
        if let Some(base) = &base {
            service.names().settle(base);
        }
        let fingerprint = site.as_ref().and_then(|site| site.fingerprint.clone());
        let sockets = [
            (
                bootstrap.control_socket(),
                LocalSocket::Control,
                limits(division.control),
                web::control(Arc::clone(service), Base(base.clone())),
            ),
            (bootstrap.submit_socket(), LocalSocket::Submit, limits(division.submit), web::submit(Arc::clone(service))),
        ];
        for (path, socket, limits, router) in sockets {
            let listener = bind(&path, socket).map_err(|error| {
                let foreign = matches!(error, BindFault::Foreign(_));
                let fault = CliError::failed("error-socket").why(format!("{}: {error}", path.display()));
                if foreign { fault.todo("hint-foreign-file") } else { fault }
            })?;
            tasks.spawn(LocalServing { listener, router, socket, stop: stop.subscribe() }.serve(limits));
            let inode = inode(&path);
            paths.push((path, inode));
        }
        if let Some(site) = site {
            let reach =
                Reach { names: site.names, urls: bootstrap.urls.clone(), proxies: bootstrap.proxies.clone(), ..Reach::default() };
            let router = web::site(Arc::clone(service), reach, Base(base.clone()), mailbox);
            tasks.spawn(site.listener.serve(router, stop.subscribe()));
        }
        Ok(Self { paths, base, fingerprint, stop, tasks })
    }

    /// Accepts no new connections, and gives requests in progress 5 seconds to finish. Then removes the socket files that are
    /// still ours.
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
            tracing::debug!("requests in progress are cut off");
        }
        for (path, bound) in self.paths.drain(..) {
            if bound.is_some() && inode(&path) == bound {
                drop(std::fs::remove_file(path));
            }
        }
    }
}

fn inode(path: &Path) -> Option<u64> {
    std::fs::symlink_metadata(path).ok().map(|about| about.ino())
}

/// Failure that ends a serving node without a request to stop.
enum Failure {
    /// A file of the database was removed or overwritten.
    Lost { why: String, hint: &'static str },
    /// The database is damaged.
    Damaged(String),
    /// The disk refuses writes.
    Disk(String),
    /// A task of the node has panicked or ended.
    Task(&'static str),
}

impl From<StoreFailure> for Failure {
    fn from(failure: StoreFailure) -> Self {
        match failure {
            StoreFailure::Files(lost) => {
                let hint = if lost.leaves_all_mail() { "hint-store-again" } else { "hint-store-lost" };
                Self::Lost { why: lost.to_string(), hint }
            }
            StoreFailure::Damaged(why) => Self::Damaged(why),
            StoreFailure::Disk(why) => Self::Disk(why),
        }
    }
}

impl Failure {
    fn words(&self) -> (&'static str, &'static str, &str) {
        match self {
            Self::Lost { why, hint } => ("error-store-lost", hint, why),
            Self::Damaged(why) => ("error-store-damaged", "hint-store-damaged", why),
            Self::Disk(why) => ("error-disk-failed", "hint-disk-failed", why),
            Self::Task(name) => ("error-task-died", "hint-task-died", name),
        }
    }
}

/// Timeout for the stop of a node whose store has failed: it cannot write outcomes any more.
const END_MAX: Duration = Duration::from_secs(5);

/// Serves until a signal or a failure, then stops in order. A second signal ends the process at once, which is safe.
pub(crate) async fn until_stopped(service: &Arc<Service>, listeners: &mut Listeners) -> Result<(), CliError> {
    let signals = |kind| signal(kind).map_err(|error| CliError::failed("error-signal").why(error));
    let (mut term, mut int) = (signals(SignalKind::terminate())?, signals(SignalKind::interrupt())?);
    notify("READY=1");
    let failure = tokio::select! {
        _ = term.recv() => None,
        _ = int.recv() => None,
        failure = service.store().failed() => Some(failure.into()),
        why = guard(Arc::clone(service)) => Some(Failure::Disk(why)),
        task = service.died() => Some(Failure::Task(task)),
    };
    if let Some(failure) = &failure {
        let (what, _, why) = failure.words();
        notify(&format!("STATUS={} {why}", word(what)));
        if !matches!(failure, Failure::Task(_)) {
            // The sockets stay open meanwhile: callers get an error that says why.
            service.store_failed(why).await;
        }
    }
    notify("STOPPING=1");
    tracing::info!("stopping");
    let stopping = async {
        listeners.close().await;
        service.stop().await;
    };
    let in_time = async {
        match &failure {
            Some(_) => drop(tokio::time::timeout(END_MAX, stopping).await),
            None => stopping.await,
        }
    };
    tokio::select! {
        () = in_time => {}
        _ = term.recv() => tracing::warn!("second signal: stopping at once"),
        _ = int.recv() => tracing::warn!("second signal: stopping at once"),
    }
    let store = service.store().clone();
    let closing = tokio::task::spawn_blocking(move || store.close());
    match &failure {
        // A writer that hangs in the disk never ends.
        Some(_) => drop(tokio::time::timeout(END_MAX, closing).await),
        None => drop(closing.await),
    }
    // The store's last check may have found the files lost only now.
    let failure = failure.or_else(|| service.store().failure().map(Failure::from));
    match failure {
        Some(failure) => {
            let (what, todo, why) = failure.words();
            Err(CliError::failed(what).why(why).todo(todo))
        }
        None => Ok(()),
    }
}

//! The two Unix sockets. The file system decides which users may connect to the control socket. The kernel names the
//! connected user.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use store::{FileKind, ForeignFile, examine};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

use crate::accept::{Limits, Listen, accept};
use crate::connection::{Connection, http1};
use crate::places::{ConnectionPlace, PeerId, Places};
use crate::principal::Principal;

/// One of the two Unix sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalSocket {
    Control,
    Submit,
}

/// Returns the name of a user id. Reads the file: the system's name service would need foreign code.
fn user_name(uid: u32) -> Option<String> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, id) = (fields.next()?, fields.nth(1)?);
        (id.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

/// The user as the audit names it: the name in `/etc/passwd`, else the number.
pub fn local_user(uid: u32) -> String {
    user_name(uid).unwrap_or_else(|| uid.to_string())
}

/// Names the caller by the user id from the kernel (SO_PEERCRED, unix(7)).
fn principal(socket: LocalSocket, uid: Option<u32>) -> Principal {
    let user = uid.map_or_else(|| "?".to_owned(), local_user);
    match socket {
        LocalSocket::Control => Principal::Control { user },
        LocalSocket::Submit => Principal::Submit { user },
    }
}

/// Returns the peer whose places a connection takes. At the control socket, root and the node's own user have reserved
/// places: they must get in during a fault.
fn peer_id(socket: LocalSocket, uid: Option<u32>) -> PeerId {
    let own = rustix::process::geteuid().as_raw();
    match (socket, uid.unwrap_or(u32::MAX)) {
        (LocalSocket::Control, uid) if uid == 0 || uid == own => PeerId::Owner(uid),
        (_, uid) => PeerId::User(uid),
    }
}

/// Returns the group whose members may administer, if this machine has it.
fn admin_group() -> Option<u32> {
    let groups = std::fs::read_to_string("/etc/group").ok()?;
    groups.lines().find_map(|line| line.strip_prefix("postwacht-admin:")?.split(':').nth(1)?.parse().ok())
}

/// The socket cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum BindFault {
    /// A file of another kind occupies the path.
    #[error("{0}")]
    Foreign(#[from] ForeignFile),
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Creates a socket's file. Submit socket: 0666. Control socket: 0660 with the group `postwacht-admin`, or 0600 if that
/// group is missing or cannot be set.
pub fn bind(path: &Path, socket: LocalSocket) -> Result<UnixListener, BindFault> {
    // Bind under another name, set the mode, then rename. The umask closes the new socket to other users until its mode is
    // set, so at no moment does it have wider permissions than intended.
    let part: PathBuf = path.with_extension("part");
    for old in [path, &part] {
        // Replace only a socket of an earlier run, never another kind of file.
        if examine(old, FileKind::Socket)?.is_some() {
            std::fs::remove_file(old)?;
        }
    }
    let listener = UnixListener::bind(&part)?;
    let mode = match socket {
        LocalSocket::Submit => 0o666,
        LocalSocket::Control => match admin_group() {
            Some(group) if std::os::unix::fs::lchown(&part, None, Some(group)).is_ok() => 0o660,
            _ => 0o600,
        },
    };
    std::fs::set_permissions(&part, std::fs::Permissions::from_mode(mode))?;
    std::fs::rename(&part, path)?;
    Ok(listener)
}

/// A bound socket with the router that answers on it.
pub struct LocalServing {
    pub listener: UnixListener,
    pub router: Router,
    pub socket: LocalSocket,
    pub stop: watch::Receiver<bool>,
}

impl LocalServing {
    /// Serves until `stop`, then completes the requests under way.
    pub async fn serve(self, limits: Limits) -> std::io::Result<()> {
        let places = match self.socket {
            LocalSocket::Control => Places::with_owners(limits.bounds),
            LocalSocket::Submit => Places::new(limits.bounds),
        };
        let stop = self.stop.clone();
        accept(self, places, limits.no_descriptors, stop).await;
        Ok(())
    }
}

impl Listen for LocalServing {
    /// The connection and its user id, if the kernel names one.
    type Stream = (UnixStream, Option<u32>);

    async fn next(&self) -> std::io::Result<(Self::Stream, PeerId)> {
        let (stream, _) = self.listener.accept().await?;
        let uid = stream.peer_cred().ok().map(|credentials| credentials.uid());
        Ok(((stream, uid), peer_id(self.socket, uid)))
    }

    fn serve(&self, (stream, uid): Self::Stream, place: &ConnectionPlace) -> impl Future<Output = ()> + Send + 'static {
        let (router, line, stop) = (self.router.clone(), Arc::clone(&place.line), self.stop.clone());
        http1(stream, Connection { info: principal(self.socket, uid), router, line, stop })
    }
}

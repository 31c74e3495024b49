//! The two Unix sockets. Who may connect to the control socket, the file system decides; who did, the kernel tells.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use store::{FileKind, ForeignFile, examine};
use tokio::net::UnixListener;
use tokio::sync::watch;

use crate::principal::Principal;

/// Which of the sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalSocket {
    Control,
    Submit,
}

#[derive(Clone)]
struct OnControl(Principal);
#[derive(Clone)]
struct OnSubmit(Principal);

fn user(stream: &IncomingStream<'_, UnixListener>) -> String {
    let Ok(credentials) = stream.io().peer_cred() else { return "?".into() };
    user_name(credentials.uid()).unwrap_or_else(|| credentials.uid().to_string())
}

/// The name of a user id; read from the file, since asking the system's name service would need foreign code.
fn user_name(uid: u32) -> Option<String> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, id) = (fields.next()?, fields.nth(1)?);
        (id.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

impl Connected<IncomingStream<'_, UnixListener>> for OnControl {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        Self(Principal::Control { user: user(&stream) })
    }
}

impl Connected<IncomingStream<'_, UnixListener>> for OnSubmit {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        Self(Principal::Submit { user: user(&stream) })
    }
}

/// The group whose members may administer, if this machine has it.
fn admin_group() -> Option<u32> {
    let groups = std::fs::read_to_string("/etc/group").ok()?;
    groups.lines().find_map(|line| line.strip_prefix("postwacht-admin:")?.split(':').nth(1)?.parse().ok())
}

/// A socket cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum BindFault {
    /// Something else lies under its name.
    #[error("{0}")]
    Foreign(#[from] ForeignFile),
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Makes a socket's file: 0660 for root, ourselves and the group `postwacht-admin`; 0666 for submissions.
pub fn bind(path: &Path, socket: LocalSocket) -> Result<UnixListener, BindFault> {
    // Made under another name and closed to others, then renamed: at no moment may it be opened by more than it should.
    let part: PathBuf = path.with_extension("part");
    for old in [path, &part] {
        // A socket of an earlier run is replaced, and nothing else.
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

/// Serves until `stop`; requests under way are ended properly.
pub async fn serve_local(
    listener: UnixListener,
    router: Router,
    socket: LocalSocket,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let stopped = async move { drop(stop.wait_for(|stop| *stop).await) };
    match socket {
        LocalSocket::Control => {
            let router = router.layer(axum::middleware::map_request(named_control));
            axum::serve(listener, router.into_make_service_with_connect_info::<OnControl>()).with_graceful_shutdown(stopped).await
        }
        LocalSocket::Submit => {
            let router = router.layer(axum::middleware::map_request(named_submit));
            axum::serve(listener, router.into_make_service_with_connect_info::<OnSubmit>()).with_graceful_shutdown(stopped).await
        }
    }
}

type Request = axum::extract::Request;
type Info<T> = axum::extract::ConnectInfo<T>;

async fn named_control(info: Info<OnControl>, mut request: Request) -> Request {
    request.extensions_mut().insert(axum::extract::ConnectInfo(info.0.0));
    request
}

async fn named_submit(info: Info<OnSubmit>, mut request: Request) -> Request {
    request.extensions_mut().insert(axum::extract::ConnectInfo(info.0.0));
    request
}

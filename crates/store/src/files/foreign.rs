//! Access to our own files. A link, or a file of another user in their place, is refused and not followed.

use std::fmt;
use std::fs::{File, Metadata, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// The kind of file that a name in one of our directories must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    Regular,
    Directory,
    Socket,
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Regular => "a regular file",
            Self::Directory => "a directory",
            Self::Socket => "a socket",
        })
    }
}

/// A file that this program must not use as its own.
#[derive(Debug, thiserror::Error)]
pub enum ForeignFile {
    #[error("{} is a symbolic link", .0.display())]
    Link(PathBuf),
    #[error("{} is not {kind}", .path.display())]
    Kind { path: PathBuf, kind: FileKind },
    #[error("{} belongs to user {owner}, but this program runs as user {user}", .path.display())]
    Owner { path: PathBuf, owner: u32, user: u32 },
    #[error("{}: {error}", .path.display())]
    Io { path: PathBuf, error: std::io::Error },
}

/// Examines a name in one of our directories, without following a link. `None` if there is no such name.
///
/// Trusted owners are our own user, root, and the owner of the directory, who could replace the file anyway. Several hard
/// links are allowed, because snapshots of a running node use them.
pub fn examine(path: &Path, kind: FileKind) -> Result<Option<Metadata>, ForeignFile> {
    let about = match std::fs::symlink_metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ForeignFile::Io { path: path.to_owned(), error }),
    };
    let found = about.file_type();
    let fits = match kind {
        _ if found.is_symlink() => return Err(ForeignFile::Link(path.to_owned())),
        FileKind::Regular => found.is_file(),
        FileKind::Directory => found.is_dir(),
        FileKind::Socket => found.is_socket(),
    };
    if !fits {
        return Err(ForeignFile::Kind { path: path.to_owned(), kind });
    }
    let (owner, user) = (about.uid(), rustix::process::geteuid().as_raw());
    let of_directory = || path.parent().and_then(|parent| std::fs::metadata(parent).ok()).map(|about| about.uid());
    if owner != user && owner != 0 && of_directory() != Some(owner) {
        return Err(ForeignFile::Owner { path: path.to_owned(), owner, user });
    }
    Ok(Some(about))
}

/// Open options that refuse a link as the last component of the path, and give a new file mode 0600.
pub fn no_follow() -> OpenOptions {
    let mut options = File::options();
    options.custom_flags(OFlags::NOFOLLOW.bits().cast_signed()).mode(0o600);
    options
}

/// Creates a file with mode 0600. Replaces an unfinished one of an earlier run.
pub(crate) fn create_anew(path: &Path) -> std::io::Result<File> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    no_follow().write(true).create_new(true).open(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn file_of_another_kind_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("file"), "x").unwrap();
        std::fs::create_dir(at("folder")).unwrap();
        let _socket = UnixListener::bind(at("socket")).unwrap();
        symlink(at("file"), at("link")).unwrap();
        symlink(at("nowhere"), at("dangling")).unwrap();
        symlink(at("folder"), at("folder-link")).unwrap();
        let rows = [
            ("file", FileKind::Regular, "fits"),
            ("folder", FileKind::Directory, "fits"),
            ("socket", FileKind::Socket, "fits"),
            ("nowhere", FileKind::Regular, "absent"),
            ("link", FileKind::Regular, "link"),
            ("dangling", FileKind::Regular, "link"),
            ("link", FileKind::Socket, "link"),
            ("folder-link", FileKind::Directory, "link"),
            ("folder", FileKind::Regular, "kind"),
            ("socket", FileKind::Regular, "kind"),
            ("file", FileKind::Socket, "kind"),
            ("file", FileKind::Directory, "kind"),
        ];
        for (name, kind, wanted) in rows {
            let found = match examine(&at(name), kind) {
                Ok(Some(_)) => "fits",
                Ok(None) => "absent",
                Err(ForeignFile::Link(_)) => "link",
                Err(ForeignFile::Kind { .. }) => "kind",
                Err(other) => panic!("{name}: {other}"),
            };
            assert_eq!(found, wanted, "{name} as {kind}");
        }
    }
}

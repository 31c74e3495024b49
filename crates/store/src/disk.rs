//! Room on the disk. Accepting stops before the disk is full, so that outcomes can always be written; a reserve file is
//! given up when even that fails (another program filled the disk).

use std::path::{Path, PathBuf};

use crate::files::no_follow;

/// Accepting stops below the greater of 5 % and 200 MiB free, but never asks for more than a fifth of a small disk.
const FREE_MIN: u64 = 200 << 20;
/// Given back to the file system when an outcome cannot be written.
const RESERVE: u64 = 4 << 20;

pub(crate) struct Disk {
    directory: PathBuf,
}

/// The disk that the store is on, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    pub free: u64,
    pub total: u64,
    /// Below this nothing new is accepted.
    pub floor: u64,
}

/// `None` if the system does not tell.
pub(crate) fn room(directory: &Path) -> Option<Room> {
    let stat = rustix::fs::statvfs(directory).ok()?;
    let (total, free) = (stat.f_blocks * stat.f_frsize, stat.f_bavail * stat.f_frsize);
    Some(Room { free, total, floor: (total / 20).max(FREE_MIN).min(total / 5) })
}

impl Disk {
    pub(crate) fn new(directory: &Path) -> Self {
        let disk = Self { directory: directory.to_owned() };
        disk.keep_reserve();
        disk
    }

    /// Whether there is room for more than outcomes. Unknown counts as yes: the write itself will tell.
    pub(crate) fn has_room(&self) -> bool {
        room(&self.directory).is_none_or(|room| room.free >= room.floor)
    }

    fn reserve(&self) -> PathBuf {
        self.directory.join("reserve")
    }

    /// Makes the reserve if there is room for it.
    pub(crate) fn keep_reserve(&self) {
        let path = self.reserve();
        // A link counts as there, wherever it points: it is neither followed nor replaced.
        if std::fs::symlink_metadata(&path).is_ok() || !self.has_room() {
            return;
        }
        let made = no_follow().write(true).create_new(true).open(&path).and_then(|file| {
            rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, RESERVE).map_err(std::io::Error::from)
        });
        if let Err(error) = made {
            tracing::debug!(%error, "no reserve on this disk");
            self.give_reserve();
        }
    }

    /// Gives the reserve up; `true` if there was one.
    pub(crate) fn give_reserve(&self) -> bool {
        std::fs::remove_file(self.reserve()).is_ok()
    }
}

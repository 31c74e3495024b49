//! Free space on the disk. The store refuses new messages before the disk is full, so that it can always write outcomes. If
//! even an outcome does not fit, because another program filled the disk, the store deletes a reserve file.

use std::path::{Path, PathBuf};

use crate::files::no_follow;

/// The store refuses new messages below the greater of 5 % and 200 MiB free. It never requires more than a fifth of a small
/// disk.
const FREE_MIN: u64 = 200 << 20;
/// Bytes of the reserve file, which the store deletes when an outcome does not fit on the disk.
const RESERVE: u64 = 4 << 20;

pub(crate) struct Disk {
    directory: PathBuf,
}

/// The space on the store's disk, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskRoom {
    pub free: u64,
    pub total: u64,
    /// Below this the store refuses new messages.
    pub floor: u64,
}

/// The space on the disk of this directory; `None` if statvfs(2) fails.
pub(crate) fn room(directory: &Path) -> Option<DiskRoom> {
    let stat = rustix::fs::statvfs(directory).ok()?;
    let (total, free) = (stat.f_blocks * stat.f_frsize, stat.f_bavail * stat.f_frsize);
    Some(DiskRoom { free, total, floor: (total / 20).max(FREE_MIN).min(total / 5) })
}

impl Disk {
    pub(crate) fn new(directory: &Path) -> Self {
        let disk = Self { directory: directory.to_owned() };
        disk.keep_reserve();
        disk
    }

    /// True if the disk has room for more than outcomes, or if the free space is unknown: then the write itself fails.
    pub(crate) fn has_room(&self) -> bool {
        room(&self.directory).is_none_or(|room| room.free >= room.floor)
    }

    fn reserve(&self) -> PathBuf {
        self.directory.join("reserve")
    }

    /// Makes the reserve file if the disk has room for it.
    pub(crate) fn keep_reserve(&self) {
        let path = self.reserve();
        // Any entry of this name counts as the reserve, even a link. It is neither followed nor replaced.
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

    /// Deletes the reserve file; `true` if it existed.
    pub(crate) fn give_reserve(&self) -> bool {
        std::fs::remove_file(self.reserve()).is_ok()
    }
}

//! Identity and stamp of a file: does a name still mean the same file, and was the file written to?

use std::os::unix::fs::MetadataExt;

use serde::{Deserialize, Serialize};

/// The identity of the file that a name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileIdentity {
    device: u64,
    inode: u64,
}

impl FileIdentity {
    pub(crate) fn of(about: &std::fs::Metadata) -> Self {
        Self { device: about.dev(), inode: about.ino() }
    }
}

/// Size in bytes and modification time. Changes with each write to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileStamp {
    pub(crate) size: u64,
    pub(crate) modified: (i64, i64),
}

impl FileStamp {
    pub(crate) fn of(about: &std::fs::Metadata) -> Self {
        Self { size: about.size(), modified: (about.mtime(), about.mtime_nsec()) }
    }
}

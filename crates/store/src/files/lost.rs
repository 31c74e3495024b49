//! A file of the store that the node has lost, and the kind of loss.

use std::fmt;
use std::path::PathBuf;

/// A file of the store that was removed, replaced or damaged while the node used it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostFile {
    pub path: PathBuf,
    pub loss: Loss,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The name is gone: the file, or a directory above it, was removed, renamed or unmounted.
    Removed,
    /// The name means another file.
    Replaced,
    /// The file is shorter than the writer left it.
    Truncated,
    /// A program other than SQLite has written to the file.
    Overwritten,
}

impl LostFile {
    /// True if the database at its place holds every acknowledged commit: then a restart is enough.
    pub fn leaves_all_mail(&self) -> bool {
        let is = |ending: &str| self.path.to_string_lossy().ends_with(ending);
        match self.loss {
            Loss::Removed | Loss::Replaced => !is(".db"),
            Loss::Truncated | Loss::Overwritten => !is(".db") && !is("-wal"),
        }
    }
}

impl fmt::Display for LostFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let loss = match self.loss {
            Loss::Removed => "was removed or renamed",
            Loss::Replaced => "was replaced by another file",
            Loss::Truncated => "was truncated",
            Loss::Overwritten => "was overwritten",
        };
        write!(f, "{} {loss} while the node was using it", self.path.display())
    }
}

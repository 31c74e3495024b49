//! The SQLite engine: a data directory.

use std::path::Path;

use store::Store;

use super::{Engine, close};
use crate::sample::open;

pub(crate) struct Sqlite {
    directory: tempfile::TempDir,
}

/// The files that a start needs: shared memory, lock and reserve are made anew.
const KEPT: [&str; 4] = ["postwacht.db", "postwacht.db-wal", "postwacht.mark", "key"];

impl Engine for Sqlite {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn open(&self) -> Store {
        open(self.directory.path())
    }

    /// The files of a killed process are those of a running one. So they are copied while the store is open and idle.
    fn kill(self, store: Store) -> Self {
        let killed = Self::new();
        for name in KEPT {
            let path = |directory: &Path| directory.join(name);
            std::fs::copy(path(self.directory.path()), path(killed.directory.path())).unwrap();
        }
        close(store);
        killed
    }

    fn bytes_at_rest(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.directory.path()).unwrap();
        files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    }
}

//! Writes a backup: a complete, compact, signed copy, while mail flows.

use std::fs::Metadata;
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rusqlite::{OpenFlags, named_params};

use super::signature::{self, Digest};
use crate::connection;
use crate::fault::ReadFault;
use crate::files::no_follow;
use crate::seal::KeyRing;
use crate::store::Store;

/// Bytes of one read.
pub(super) const PIECE: usize = 1 << 20;

impl Store {
    /// Writes a complete, compact, signed copy of the current state to `target`, which must not exist. Returns its size in
    /// bytes.
    pub async fn backup(&self, target: PathBuf) -> Result<u64, ReadFault> {
        let (source, ring) = (self.directory().join("postwacht.db"), self.readers().ring());
        let (counted, store) = (self.counted_backup(), self.clone());
        let copying = tokio::task::spawn_blocking(move || {
            let _counted = counted;
            let copied = copy(&source, &target, &ring);
            if let Err(ReadFault::Sql(error)) = &copied {
                store.readers().note_damage(error);
            }
            copied
        });
        copying.await.unwrap_or(Err(ReadFault::Closed))
    }
}

fn io(error: std::io::Error) -> ReadFault {
    ReadFault::Sql(rusqlite::Error::ToSqlConversionFailure(error.into()))
}

fn copy(source: &Path, target: &Path, ring: &KeyRing) -> Result<u64, ReadFault> {
    // This process makes the file, closed to others, before mail is written into it. A link or a file of that name is
    // refused.
    let made = no_follow().write(true).create_new(true).open(target).and_then(|file| file.metadata()).map_err(io)?;
    let written = fill(source, target, &made, ring);
    if written.is_err() {
        // An incomplete backup must not pass for a complete one. The file is ours: it was made above.
        drop(std::fs::remove_file(target));
    }
    written
}

fn fill(source: &Path, target: &Path, made: &Metadata, ring: &KeyRing) -> Result<u64, ReadFault> {
    let connection = connection::open(source, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.execute("VACUUM INTO :file", named_params! { ":file": target.to_string_lossy() })?;
    let mut file = no_follow().read(true).append(true).open(target).map_err(io)?;
    let about = file.metadata().map_err(io)?;
    // SQLite opens the name a second time. A file that was put there in between is not a backup.
    if (about.dev(), about.ino()) != (made.dev(), made.ino()) {
        return Err(io(std::io::Error::other(format!("{} was replaced while it was written", target.display()))));
    }
    let mut digest = Digest::new();
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece).map_err(io)? {
            0 => break,
            read => digest.update(&piece[..read]),
        }
    }
    file.write_all(&signature::sign(ring, digest)).map_err(io)?;
    file.sync_all().map_err(io)?;
    Ok(file.metadata().map_err(io)?.len())
}

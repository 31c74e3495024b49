//! The mark records the last state of the store that this machine has seen. A copy lies in the data directory and another in the
//! run directory. At a start it shows that the database is missing, belongs to another node, is older than before, or has lost a
//! part of its write-ahead log.
//!
//! The writer writes the mark after the commit that it describes, never before. So an untouched store is never older than its
//! mark. The mark is not synced, so after a power cut it may be older or unreadable. It may then miss a change, but it never
//! reports a false one.

use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use model::id::MessageNumber;
use model::time::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};

use crate::doubt::Doubt;
use crate::files::{FileKind, FileStamp, create_anew, examine, filled_log, is_filled, no_follow, with_suffix};
use crate::log_index::{IndexState, LOG_HEADER};
use crate::schema::has_table;
use crate::statement::Columns;

/// The file name in both places.
pub(crate) const NAME: &str = "postwacht.mark";
/// Maximum size in bytes. A longer file is not a mark.
const SIZE_MAX: u64 = 4096;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) origin: String,
    pub(crate) created: Timestamp,
    /// Highest numbers of messages and of audit rows. They only rise.
    pub(crate) message: MessageNumber,
    pub(crate) audit: i64,
    /// The last time at which the node was alive, written each minute. It decreases only if the clock is set back.
    pub(crate) seen: Timestamp,
    /// Size and modification time of the database file after SQLite's last write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<FileStamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) log: Option<LogMark>,
    /// The reason why the last run ended, if its files or its disk failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<String>,
}

/// The part of the write-ahead log with commits that are not in the database yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogMark {
    salt: u32,
    /// Length of the log in bytes up to the last such commit; 0 if there is none.
    end: u64,
}

impl LogMark {
    pub(crate) fn of(state: IndexState) -> Self {
        Self { salt: state.salt(), end: if state.has_unsaved_frames() { state.log_end() } else { 0 } }
    }

    /// False if those commits are lost. The present log holds them, or it has restarted since: a checkpoint then brought them into
    /// the database.
    fn is_kept(self, log: &Path) -> bool {
        let mut header = [0; LOG_HEADER];
        let read = no_follow().read(true).open(log).and_then(|file| {
            file.read_exact_at(&mut header, 0)?;
            Ok(file.metadata()?.len())
        });
        let salt = u32::from_be_bytes([header[16], header[17], header[18], header[19]]);
        match read {
            Ok(length) => salt != self.salt || length >= self.end,
            Err(_) => false,
        }
    }
}

impl Mark {
    /// Reads the mark from the database; `None` if it holds no store yet.
    pub(crate) fn of(connection: &Connection) -> Result<Option<Self>, rusqlite::Error> {
        let has = |table: &str| has_table(connection, table);
        if !has("node")? {
            return Ok(None);
        }
        // The first versions of the schema have no such table.
        let seen = if has("life")? { "(SELECT seen FROM life)" } else { "NULL" };
        let sql = format!("SELECT origin, created, (SELECT max(n) FROM message), (SELECT max(n) FROM audit), {seen} FROM node");
        let one = |row: &rusqlite::Row<'_>| {
            Ok(Self {
                origin: row.get(0)?,
                created: row.time(1)?,
                message: row.read::<Option<_>>(2)?.unwrap_or(MessageNumber::BEFORE_FIRST),
                audit: row.get::<_, Option<i64>>(3)?.unwrap_or_default(),
                seen: row.maybe_time(4)?.unwrap_or_default(),
                file: None,
                log: None,
                failure: None,
            })
        };
        connection.prepare_cached(&sql)?.query_row([], one).optional()
    }

    /// The last time at which the store is known to have existed.
    fn last(&self) -> Timestamp {
        self.seen.max(self.created)
    }

    fn is_of(&self, other: &Self) -> bool {
        (&self.origin, self.created) == (&other.origin, other.created)
    }

    /// True if the database with this mark is older than `mark`. `file`: the stamp of the database file before the start.
    fn is_older_than(&self, mark: &Self, file: Option<FileStamp>) -> bool {
        // The time alone is no proof, because the clock may have been set back: the file must also differ.
        let is_same_file = mark.file.is_some() && mark.file == file;
        self.message < mark.message || self.audit < mark.audit || self.seen < mark.seen && !is_same_file
    }
}

/// The places of the mark.
pub(crate) struct Marks {
    places: Vec<PathBuf>,
    directory: PathBuf,
    written: Option<Mark>,
    /// The failure to write a place has been logged once.
    warned: bool,
}

impl Marks {
    /// The places in the data directory and in the run directory.
    pub(crate) fn new(data: &Path, run: Option<&Path>) -> Self {
        let run = run.filter(|run| *run != data);
        let places = [Some(data), run].into_iter().flatten().map(|place| place.join(NAME)).collect();
        Self { places, directory: data.to_owned(), written: None, warned: false }
    }

    /// The readable marks of earlier runs.
    pub(crate) fn known(&self) -> Vec<Mark> {
        self.places.iter().filter_map(|path| read(path)).collect()
    }

    /// Compares the database with the marks. `key`: the key file, if it existed before the start.
    pub(crate) fn doubt(&self, database: &Path, found: Option<&Mark>, key: Option<PathBuf>) -> Option<Doubt> {
        let (known, database) = (self.known(), database.to_owned());
        let Some(found) = found else {
            let seen = known.iter().map(Mark::last).max();
            // A database with a schema and without a row of its node is a first start that was killed. Its log belongs to it.
            let log = filled_log(&database).filter(|_| !is_filled(&database));
            let is_doubtful = seen.is_some() || key.is_some() || log.is_some();
            return is_doubtful.then_some(Doubt::Missing { database, log, key, seen });
        };
        if let Some(other) = known.iter().find(|mark| !found.is_of(mark)) {
            return Some(Doubt::Other { database, seen: other.last() });
        }
        let file = std::fs::symlink_metadata(&database).ok().map(|about| FileStamp::of(&about));
        let newer = known.iter().filter(|mark| found.is_older_than(mark, file)).max_by_key(|mark| (mark.message, mark.seen));
        if let Some(newer) = newer {
            return Some(Doubt::Older {
                database,
                found: (found.message, found.last()),
                expected: (newer.message, newer.last()),
            });
        }
        let log = with_suffix(&database, "-wal");
        let cut = known.iter().find(|mark| mark.log.is_some_and(|noted| noted.end > 0 && !noted.is_kept(&log)))?;
        // If the file has changed, a checkpoint has since brought the commits into the database.
        (cut.file == file).then(|| Doubt::Cut { log, seen: cut.last() })
    }

    /// True if the start must read the whole database. Either the last run ended by a failure of its files, or another
    /// program has written to the file since.
    pub(crate) fn suspects(&self, file: Option<FileStamp>) -> bool {
        self.known().iter().any(|mark| mark.failure.is_some() || mark.file.is_some_and(|noted| Some(noted) != file))
    }

    pub(crate) fn last_run_failed(&self) -> bool {
        self.known().iter().any(|mark| mark.failure.is_some())
    }

    /// Writes the mark if it has changed.
    pub(crate) fn write(&mut self, mark: Mark) {
        if self.written.as_ref() == Some(&mark) {
            return;
        }
        for path in &self.places {
            match write(path, &mark) {
                // The first start makes the run directory after it has opened the store.
                Err(error) if error.kind() != std::io::ErrorKind::NotFound && !self.warned => {
                    self.warned = true;
                    tracing::warn!(%error, "{} cannot be written: the next start may not notice an older database", path.display());
                }
                _ => {}
            }
        }
        self.written = Some(mark);
    }

    /// Records the reason why this run ends. Makes the data directory again if it is missing, so that the next start can
    /// report the reason.
    pub(crate) fn write_failure(&mut self, seen: Option<Mark>, why: &str) {
        // An overwritten database may show an earlier state.
        let known = match (seen, self.written.take()) {
            (Some(seen), Some(written)) if !seen.is_of(&written) || seen.is_older_than(&written, None) => Some(written),
            (Some(seen), Some(written)) => Some(Mark { file: written.file, log: written.log, ..seen }),
            (seen, written) => seen.or(written),
        };
        if let Some(mark) = known {
            if !self.directory.exists() {
                use std::os::unix::fs::DirBuilderExt;
                // The parent may be missing too; then only the run directory is left.
                drop(std::fs::DirBuilder::new().mode(0o700).create(&self.directory));
            }
            self.write(Mark { failure: Some(why.to_owned()), ..mark });
        }
    }
}

fn read(path: &Path) -> Option<Mark> {
    let about = match examine(path, FileKind::Regular) {
        Ok(about) => about?,
        Err(foreign) => {
            tracing::warn!(%foreign, "the mark of earlier runs is not used");
            return None;
        }
    };
    let text = (about.len() <= SIZE_MAX).then(|| std::fs::read_to_string(path).ok()).flatten();
    let mark = text.and_then(|text| serde_json::from_str(&text).ok());
    if mark.is_none() {
        tracing::warn!("{} cannot be read: whether the database is the newest one is not known", path.display());
    }
    mark
}

fn write(path: &Path, mark: &Mark) -> std::io::Result<()> {
    let part = path.with_extension("part");
    let mut file = create_anew(&part)?;
    file.write_all(serde_json::to_string(mark)?.as_bytes())?;
    std::fs::rename(&part, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(origin: &str, message: i64, audit: i64, seen: i64) -> Mark {
        let message = MessageNumber(message);
        let at = Timestamp::from_millis;
        Mark { origin: origin.into(), created: at(1000), message, audit, seen: at(seen), file: None, log: None, failure: None }
    }

    fn doubt(places: &[Option<Mark>], found: Option<&Mark>, key: Option<&str>) -> &'static str {
        let top = tempfile::tempdir().unwrap();
        let place = |i: usize| top.path().join(i.to_string()).join(NAME);
        for (i, known) in places.iter().enumerate() {
            std::fs::create_dir(place(i).parent().unwrap()).unwrap();
            if let Some(known) = known {
                write(&place(i), known).unwrap();
            }
        }
        let marks =
            Marks { places: (0..places.len()).map(place).collect(), directory: PathBuf::new(), written: None, warned: false };
        match marks.doubt(Path::new("db"), found, key.map(PathBuf::from)) {
            None => "expected",
            Some(Doubt::Missing { .. }) => "new",
            Some(Doubt::Other { .. }) => "other",
            Some(Doubt::Older { .. }) => "older",
            Some(Doubt::Cut { .. }) => "cut",
        }
    }

    #[test]
    fn start_contradicting_mark_or_key_is_doubted() {
        let (old, new) = (mark("ab", 5, 2, 5000), mark("ab", 6, 2, 6000));
        let other = mark("xy", 6, 2, 6000);
        /// Name, the marks in both places, the mark of the database, key file if any, expected doubt.
        type MarkCase<'a> = (&'a str, &'a [Option<Mark>], Option<&'a Mark>, Option<&'a str>, &'a str);
        let rows: &[MarkCase<'_>] = &[
            ("first start", &[None, None], None, None, "expected"),
            ("key put there beforehand", &[None], None, Some("key"), "new"),
            ("database removed", &[Some(new.clone()), None], None, Some("key"), "new"),
            ("data directory removed", &[None, Some(new.clone())], None, None, "new"),
            ("directory moved to another machine", &[Some(new.clone())], Some(&new), Some("key"), "expected"),
            ("no mark at all", &[None, None], Some(&old), Some("key"), "expected"),
            ("mark behind the store after a crash", &[Some(old.clone())], Some(&new), Some("key"), "expected"),
            ("older database", &[Some(new.clone())], Some(&old), Some("key"), "older"),
            ("older directory as a whole", &[Some(old.clone()), Some(new.clone())], Some(&old), Some("key"), "older"),
            ("older by the audit alone", &[Some(mark("ab", 5, 3, 5000))], Some(&old), Some("key"), "older"),
            ("older by its time alone", &[Some(mark("ab", 5, 2, 5001))], Some(&old), Some("key"), "older"),
            ("another node's database", &[Some(other)], Some(&new), Some("key"), "other"),
            (
                "made anew under the same origin",
                &[Some(Mark { created: Timestamp::from_millis(7), ..new.clone() })],
                Some(&new),
                Some("key"),
                "other",
            ),
        ];
        for (name, places, found, key, wanted) in rows {
            assert_eq!(doubt(places, *found, *key), *wanted, "{name}");
        }
    }

    #[test]
    fn unreadable_mark_is_ignored() {
        let top = tempfile::tempdir().unwrap();
        let path = top.path().join(NAME);
        for text in ["", "{", "[]", "{\"origin\":1}"] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(read(&path), None, "{text:?}");
        }
        std::fs::write(&path, "x".repeat(5000)).unwrap();
        assert_eq!(read(&path), None);
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(top.path().join("elsewhere"), &path).unwrap();
        assert_eq!(read(&path), None);
    }
}

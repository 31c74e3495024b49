//! Names beside the database: the write-ahead log, and free names for files that the store keeps.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The write-ahead log beside a database, if it is not empty.
pub(crate) fn filled_log(database: &Path) -> Option<PathBuf> {
    Some(with_suffix(database, "-wal")).filter(|log| is_filled(log))
}

pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// True if the file exists and is not empty.
pub(crate) fn is_filled(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|about| about.len() > 0)
}

/// Renames a log that does not belong to its database.
pub(crate) fn set_log_aside(log: &Path) -> std::io::Result<PathBuf> {
    let aside = free_name(log, ".replaced")?;
    std::fs::rename(log, &aside)?;
    Ok(aside)
}

/// Returns a free name beside a file, with this ending and a number if necessary: what was kept before stays.
pub(crate) fn free_name(path: &Path, ending: &str) -> std::io::Result<PathBuf> {
    let endings = std::iter::once(ending.to_owned()).chain((2..100).map(|n| format!("{ending}.{n}")));
    let mut names = endings.map(|ending| with_suffix(path, &ending));
    names
        .find(|name| std::fs::symlink_metadata(name).is_err())
        .ok_or_else(|| std::io::Error::new(ErrorKind::AlreadyExists, "too many files of this name are kept here"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_files_are_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        for wanted in ["x.saved", "x.saved.2", "x.saved.3"] {
            let name = free_name(&path, ".saved").unwrap();
            assert_eq!(name, dir.path().join(wanted));
            std::fs::write(name, "kept").unwrap();
        }
        (4..100).for_each(|n| std::fs::write(dir.path().join(format!("x.saved.{n}")), "kept").unwrap());
        assert!(free_name(&path, ".saved").is_err());
    }
}

//! Finds the process that reads the database and so blocks a checkpoint.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The process that holds a read lock on the shared memory of the log (<https://www.sqlite.org/walformat.html#locks>).
/// Returns its name and process ID, as far as proc(5) shows them.
pub(super) fn foreign_reader(shared_memory: &Path) -> Option<String> {
    let about = std::fs::metadata(shared_memory).ok()?;
    let file = format!("{:02x}:{:02x}:{}", rustix::fs::major(about.dev()), rustix::fs::minor(about.dev()), about.ino());
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    let pid = reading_process(&locks, &file, std::process::id())?;
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    let name = if name.trim().is_empty() { "another process" } else { name.trim() };
    Some(format!("{name} (process {pid})"))
}

/// Finds a foreign read lock among the lines of `/proc/locks`: `1: POSIX  ADVISORY  READ 4711 fd:01:42 124 124`.
fn reading_process(locks: &str, file: &str, own: u32) -> Option<u32> {
    /// Offsets of the five read marks.
    const READ_LOCKS: std::ops::RangeInclusive<u64> = 123..=127;
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, "POSIX", _, "READ", pid, of, start, _] = words[..] else { return None };
        let (pid, start): (u32, u64) = (pid.parse().ok()?, start.parse().ok()?);
        (of == file && pid != own && READ_LOCKS.contains(&start)).then_some(pid)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_process_is_found_by_its_lock() {
        let locks = "1: POSIX  ADVISORY  READ  11 08:01:42 128 128\n\
                     2: POSIX  ADVISORY  READ  12 08:01:42 124 124\n\
                     3: FLOCK  ADVISORY  WRITE 13 08:01:43 0 EOF\n\
                     4: POSIX  ADVISORY  READ  14 08:01:42 125 125\n\
                     4: -> POSIX  ADVISORY  READ 15 08:01:42 125 125\n";
        let rows = [("08:01:42", 12, Some(14)), ("08:01:42", 99, Some(12)), ("08:01:44", 99, None), ("08:01:43", 99, None)];
        for (file, own, wanted) in rows {
            assert_eq!(reading_process(locks, file, own), wanted, "{file} beside {own}");
        }
    }
}

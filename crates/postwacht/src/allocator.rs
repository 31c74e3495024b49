//! Gives the memory of large messages back to the system (docs/decisions/0016-a-fixed-threshold-for-malloc.md).
//!
//! glibc maps large pieces one by one and unmaps them when they are freed, but raises its threshold for that up to 32 MiB as
//! soon as one is freed. A fixed threshold can only be given by the environment, so the program starts itself once more.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// glibc's variable (The GNU C Library manual, "Memory Allocation Tunables"). Other C libraries do not read it.
const VARIABLE: &str = "GLIBC_TUNABLES";
/// Pieces of 1 MiB and more are unmapped when they are freed.
const FIXED: &str = "glibc.malloc.mmap_threshold=1048576";

/// Starts the program once more, in the same process, with a fixed threshold. Returns if that is so already, if an
/// administrator has set tunables, or if it cannot be done.
pub(crate) fn fix_threshold() {
    if std::env::var_os(VARIABLE).is_some() {
        return;
    }
    let mut words = std::env::args_os();
    let name = words.next().unwrap_or_else(|| OsStr::new("postwacht").to_owned());
    let error = Command::new("/proc/self/exe").arg0(name).args(words).env(VARIABLE, FIXED).exec();
    // Without it the node works, and keeps more memory after large messages. The log is not there yet.
    eprintln!("the threshold of malloc cannot be fixed: {error}");
}

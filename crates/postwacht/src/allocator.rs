//! Gives the memory of large messages back to the system (docs/decisions/0016-a-fixed-threshold-for-malloc.md).
//!
//! glibc maps each large allocation by itself and unmaps it when it is freed. Each such free raises glibc's threshold for
//! this, up to 32 MiB. Only the environment can fix the threshold, so the program starts itself once more.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// glibc's variable (The GNU C Library manual, "Memory Allocation Tunables"). Other C libraries do not read it.
const VARIABLE: &str = "GLIBC_TUNABLES";
/// glibc unmaps allocations of 1 MiB and more when they are freed.
const FIXED: &str = "glibc.malloc.mmap_threshold=1048576";

/// Starts the program once more, in the same process, with a fixed threshold. Returns if `GLIBC_TUNABLES` is set already, by
/// us or by an administrator. Also returns if the start fails.
pub(crate) fn fix_threshold() {
    if std::env::var_os(VARIABLE).is_some() {
        return;
    }
    let mut words = std::env::args_os();
    let name = words.next().unwrap_or_else(|| OsStr::new("postwacht").to_owned());
    let error = Command::new("/proc/self/exe").arg0(name).args(words).env(VARIABLE, FIXED).exec();
    // Without the fixed threshold the node works, but keeps more memory after large messages. Logging has not begun yet.
    eprintln!("the mmap threshold of malloc cannot be set: {error}");
}

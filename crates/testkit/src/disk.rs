//! Small file systems for tests: [`SmallDisk`] can be filled, [`LoopDisk`] can fail.

use std::path::Path;
use std::process::Command;

/// A small tmpfs with its own mount. Dropping it unmounts it. Needs root, which ./test has.
pub struct SmallDisk {
    dir: tempfile::TempDir,
}

impl SmallDisk {
    pub fn new(megabytes: u32) -> Self {
        let dir = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
        let size = format!("size={megabytes}m");
        let status = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(dir.path()).status().unwrap();
        assert!(status.success(), "a tmpfs must be mounted: run ./test as root");
        Self { dir }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.dir.path()).status());
    }
}

/// A separate ext4 file system that a test can shut down, like a disk that is pulled out. Needs root and loop devices.
pub struct LoopDisk {
    place: tempfile::TempDir,
}

impl LoopDisk {
    pub fn new(megabytes: u32) -> Self {
        let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
        let image = place.path().join("image");
        std::fs::File::create(&image).unwrap().set_len(u64::from(megabytes) << 20).unwrap();
        run(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&image));
        let disk = Self { place };
        std::fs::create_dir(disk.path()).unwrap();
        run(Command::new("mount").args(["-o", "loop"]).arg(&image).arg(disk.path()));
        disk
    }

    pub fn path(&self) -> std::path::PathBuf {
        self.place.path().join("mount")
    }

    /// Makes every later write fail (`EXT4_IOC_SHUTDOWN`, without a flush of the journal).
    pub fn shut_down(&self) {
        let script = "import fcntl, os, struct, sys\n\
                      fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))";
        run(Command::new("python3").args(["-c", script]).arg(self.path()));
    }
}

impl Drop for LoopDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.path()).status());
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

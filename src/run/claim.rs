//! One process at a time: the lock of a run directory.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Marks the directory of a run in progress; names the process.
pub(super) const LOCK: &str = ".initsweep-lock";
/// A claim on a directory: while it lives, no other process runs there.
#[derive(Debug)]
pub struct Claim {
    path: PathBuf,
    _lock: fs::File,
}

impl Claim {
    /// Makes the lock file at `path` and locks it.
    pub(super) fn new(path: PathBuf) -> Result<Self, ClaimError> {
        let mut looks = 0;
        let mut lock = loop {
            let lock = open_own(&path)?;
            match lock.try_lock() {
                // Somebody who asks whether it is locked has it for a moment.
                Err(fs::TryLockError::WouldBlock) if looks < 3 => {
                    looks += 1;
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(fs::TryLockError::WouldBlock) => return Err(ClaimError::Held(holder(&path))),
                Err(fs::TryLockError::Error(error)) => return Err(error.into()),
                Ok(()) => match names(&lock, &path)? {
                    1 => break lock,
                    // It was removed, or replaced by another file, between opening and locking.
                    0 => {}
                    // A copy of hard links shares it, or somebody means another file: that stays as it is.
                    _ => fs::remove_file(&path)?,
                },
            }
        };
        lock.set_len(0)?;
        let holder = Holder { pid: std::process::id(), host: host() };
        lock.write_all(&serde_json::to_vec(&holder).map_err(io::Error::from)?)?;
        Ok(Self { path, _lock: lock })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // A lock file that stays behind is recognised by the next run.
        let _stays = fs::remove_file(&self.path);
    }
}

/// Why a directory could not be claimed.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// Another process has it.
    #[error("another initsweep, {0}, is running there")]
    Held(String),
    /// Something of another kind has the name of a file of ours.
    #[error("{} is in the way: it is no regular file of this run", .0.display())]
    InTheWay(PathBuf),
    /// It cannot be made or written to.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Who has locked the file at `path`, if somebody has.
pub(super) fn held(path: &Path) -> Option<String> {
    if !fs::symlink_metadata(path).is_ok_and(|found| found.is_file()) {
        return None;
    }
    match fs::File::open(path).ok()?.try_lock_shared() {
        Err(fs::TryLockError::WouldBlock) => Some(holder(path)),
        _ => None,
    }
}

/// Who holds a directory, as the lock file says it.
#[derive(Serialize, Deserialize)]
struct Holder {
    pid: u32,
    host: String,
}

/// Opens the lock file, or makes it. Never follows a link that stands there beforehand.
fn open_own(path: &Path) -> Result<fs::File, ClaimError> {
    loop {
        match fs::File::options().create_new(true).read(true).write(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return Ok(opened?),
        }
        match fs::symlink_metadata(path) {
            Ok(found) if found.is_file() => {}
            Ok(_) => return Err(ClaimError::InTheWay(path.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error.into()),
        }
        match fs::File::options().read(true).write(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            opened => return Ok(opened?),
        }
    }
}

/// How many names an open file has if one of them is `path`, else 0.
#[cfg(unix)]
fn names(file: &fs::File, path: &Path) -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt;
    let opened = file.metadata()?;
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        found => {
            let found = found?;
            let is_it = (found.dev(), found.ino()) == (opened.dev(), opened.ino());
            Ok(if is_it { found.nlink() } else { 0 })
        }
    }
}

/// Elsewhere an open file cannot be removed.
#[cfg(not(unix))]
fn names(_file: &fs::File, _path: &Path) -> io::Result<u64> {
    Ok(1)
}

/// `process 12 on node-7`.
fn holder(path: &Path) -> String {
    // Who has just locked it has not written its name yet.
    for _ in 0..20 {
        let holder = fs::read(path).ok().and_then(|text| serde_json::from_slice::<Holder>(&text).ok());
        if let Some(Holder { pid, host }) = holder {
            return format!("process {pid} on {}", host.escape_debug());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    "a process without a name".to_owned()
}

fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = name.or_else(|| std::env::var("HOSTNAME").or_else(|_| std::env::var("COMPUTERNAME")).ok());
    name.map_or_else(|| "an unknown host".to_owned(), |name| name.trim().to_owned())
}

//! Writing into a run directory: one process at a time, no half-written file, nothing that a loss of power undoes.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::claim::{Claim, ClaimError, LOCK};
use super::directory::{FILES, REPORT, RunDirectory, STORE, TABLES, TEMPORARY, is_passing};
use super::error::RunError;

impl RunDirectory {
    /// Makes the directory and claims it, until the claim is dropped. Half-written files are removed.
    ///
    /// # Errors
    ///
    /// If it cannot be made or written to, if another process has claimed it, or if something is in the way.
    pub fn claim(&self) -> Result<Claim, ClaimError> {
        make_directory(self.path())?;
        let claim = Claim::new(self.path().join(LOCK))?;
        self.clear()?;
        Ok(claim)
    }

    /// Removes half-written files.
    fn remove_half_written(&self) -> Result<(), ClaimError> {
        for entry in fs::read_dir(self.path())? {
            let name = entry?.file_name();
            if name != *LOCK && is_passing(&name) {
                let path = self.path().join(name);
                if fs::symlink_metadata(&path)?.is_dir() {
                    return Err(ClaimError::InTheWay(path));
                }
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Removes half-written files, and looks whether all names of ours can be written.
    fn clear(&self) -> Result<(), ClaimError> {
        self.remove_half_written()?;
        for name in FILES.into_iter().chain(TABLES).chain([REPORT, STORE]) {
            let path = self.path().join(name);
            match fs::symlink_metadata(&path) {
                Ok(found) if !found.is_file() => return Err(ClaimError::InTheWay(path)),
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                Ok(found) if name == STORE => self.own_store(&found)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Sees to it that store and journal, which are written in place, are no part of another directory: a copy made of
    /// hard links must stay what it is.
    #[cfg(unix)]
    fn own_store(&self, store: &fs::Metadata) -> io::Result<()> {
        use std::os::unix::fs::MetadataExt;
        let journal = format!("{STORE}-journal");
        let found = fs::symlink_metadata(self.path().join(&journal)).ok().filter(fs::Metadata::is_file);
        // The journal first: with its own one, a store that was copied can still be rolled back.
        for (name, found) in [(&*journal, found.as_ref()), (STORE, Some(store))] {
            if found.is_some_and(|found| found.nlink() > 1) {
                let path = self.path().join(name);
                let mut copy = self.stage()?;
                io::copy(&mut fs::File::open(&path)?, &mut copy)?;
                copy.file.as_file().sync_all()?;
                copy.file.persist(&path)?;
            }
        }
        sync_directory(self.path())
    }

    #[cfg(not(unix))]
    fn own_store(&self, _store: &fs::Metadata) -> io::Result<()> {
        Ok(())
    }

    /// A file that is written bit by bit, and takes its place with the others in [`write`](Self::write).
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn stage(&self) -> io::Result<Staged> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(TEMPORARY);
        // As any other program makes files: the umask says who may read and write them.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        Ok(Staged { file: builder.tempfile_in(self.path())? })
    }

    /// Writes files: each beside its target, synced; and when all of them are there, renames them in this order.
    /// Tables that an earlier run left and this one does not have are removed, and so is its report.
    ///
    /// # Errors
    ///
    /// The path that failed, and why. If a file cannot be written, all old ones are as they were.
    pub fn write(&self, files: Vec<(&str, Content<'_>)>) -> Result<(), (PathBuf, io::Error)> {
        let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
        let finish = |(name, content): (&str, Content<'_>)| {
            self.finish(content).map_err(|error| (self.path().join(name), error))
        };
        let staged: Vec<_> = files.into_iter().map(finish).collect::<Result<_, _>>()?;
        let is_stale = |name: &&str| !names.contains(name);
        for path in TABLES.into_iter().chain([REPORT]).filter(is_stale).map(|name| self.path().join(name)) {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err((path, error)),
                _ => {}
            }
        }
        let sync = || sync_directory(self.path()).map_err(|error| (self.path().to_owned(), error));
        for (i, (name, file)) in names.iter().zip(staged).enumerate() {
            if i + 1 == names.len() {
                // The last one vouches for the others: no loss of power may leave it alone.
                sync()?;
            }
            let path = self.path().join(name);
            file.persist(&path).map_err(|error| (path, error.error))?;
        }
        sync()
    }

    /// Writes the report of a finished run, and touches none of its other files; `page` makes it while no other process writes
    /// here. Half-written files are removed.
    ///
    /// # Errors
    ///
    /// Those of `page`; if another process has claimed the directory, or if it cannot be written.
    pub fn write_report(&self, page: impl FnOnce() -> Result<String, RunError>) -> Result<PathBuf, RunError> {
        let path = self.path().join(REPORT);
        let refused = |error| RunError::Claim { path: self.path().to_owned(), error, needing: 0 };
        let _claim = Claim::new(self.path().join(LOCK)).map_err(refused)?;
        self.remove_half_written().map_err(refused)?;
        if fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file()) {
            return Err(refused(ClaimError::InTheWay(path)));
        }
        let page = page()?;
        let write = || {
            self.finish(Content::Bytes(page.as_bytes()))?.persist(&path)?;
            sync_directory(self.path())
        };
        write().map_err(|error| RunError::write(path.clone(), error, page.len() as u128))?;
        Ok(path)
    }

    fn finish(&self, content: Content<'_>) -> io::Result<tempfile::NamedTempFile> {
        let file = match content {
            Content::Staged(staged) => staged.file,
            Content::Bytes(bytes) => {
                let mut staged = self.stage()?;
                staged.write_all(bytes)?;
                staged.file
            }
        };
        file.as_file().sync_all()?;
        Ok(file)
    }
}

/// What a file of a run holds.
pub enum Content<'a> {
    /// These bytes.
    Bytes(&'a [u8]),
    /// What was written before.
    Staged(Staged),
}

/// A file that is not in its place yet; one that never gets there is removed.
#[derive(Debug)]
pub struct Staged {
    file: tempfile::NamedTempFile,
}

impl Write for Staged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Makes a directory and those above it, and sees to it that they stay.
fn make_directory(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let above = path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if path.parent().is_some() {
        make_directory(above)?;
    }
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match fs::read_link(path) {
            _ if path.is_dir() => {}
            Ok(target) => {
                let (path, target) = (path.display(), target.display());
                return Err(io::Error::new(
                    error.kind(),
                    format!("{path} is a link to {target}, which is not there"),
                ));
            }
            Err(_) => {
                return Err(io::Error::new(error.kind(), format!("{} is no directory", path.display())));
            }
        },
        made => made?,
    }
    match sync_directory(above) {
        // Who may make a directory there may still not be allowed to read the names.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        synced => synced,
    }
}

/// Sees to it that the names in a directory outlive a loss of power, where the file system can.
#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    match fs::File::open(path)?.sync_all() {
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        synced => synced,
    }
}

/// Elsewhere a directory cannot be opened.
#[cfg(not(unix))]
fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

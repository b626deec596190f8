//! The run directory: never overwrites another run, never leaves half a file.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::package::hash;
use super::provenance::Provenance;

/// What a directory holds.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Nothing yet.
    Free,
    /// This very run, finished, with its summary intact.
    Finished {
        /// The commit of the program that made it.
        commit: String,
    },
    /// Something that must not be touched; the text says what.
    Taken(String),
}

/// Marks the directory of a run in progress; holds its fingerprint.
const LOCK: &str = ".initsweep-lock";
/// How the names of half-written files begin.
const TEMPORARY: &str = ".initsweep-tmp";

/// A claim on a directory: while it lives, no other process runs there.
#[derive(Debug)]
pub struct Claim {
    path: PathBuf,
    _lock: fs::File,
}

impl Drop for Claim {
    fn drop(&mut self) {
        // A lock file that stays behind is recognised by the next run.
        let _stays = fs::remove_file(&self.path);
    }
}

/// A directory that holds one run.
#[derive(Clone, Debug)]
pub struct RunDirectory {
    path: PathBuf,
}

impl RunDirectory {
    /// The directory at `path`; nothing is touched yet.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the run with the fingerprint `sweep`, called `name` in messages, may use the directory.
    ///
    /// # Errors
    ///
    /// If the directory cannot be read.
    pub fn state(&self, name: &str, sweep: &str) -> io::Result<State> {
        let files = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::Free),
            entries => entries?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?,
        };
        let is_ours = |file: &&OsString| **file == *LOCK || file.to_string_lossy().starts_with(TEMPORARY);
        let others: Vec<_> = files.iter().filter(|file| !is_ours(file)).collect();
        if others.is_empty() || self.is_left_by(sweep, &others) {
            return Ok(State::Free);
        }
        let Some(run) = self.read_json("run.json") else {
            return Ok(State::Taken(
                "files that are no run of initsweep (it has no valid run.json)".to_owned(),
            ));
        };
        let Ok(run) = serde_json::from_value::<Provenance>(run) else {
            return Ok(State::Taken("a run.json of another version of initsweep".to_owned()));
        };
        if run.sweep != sweep {
            let shape = format!("{} cells of {} trials, seed {}", run.cells, run.trials, run.seed);
            return Ok(State::Taken(format!(
                "the run \"{}\" ({shape}, fingerprint {}), not this \"{name}\" (fingerprint {sweep})",
                run.name, run.sweep
            )));
        }
        Ok(match self.damage() {
            Some(damage) => State::Taken(format!("this run, but {damage}")),
            None => State::Finished { commit: run.commit },
        })
    }

    /// Whether the files are what an interrupted run of this very sweep left behind: they will be replaced.
    fn is_left_by(&self, sweep: &str, files: &[&OsString]) -> bool {
        let owner = fs::read_to_string(self.path.join(LOCK)).unwrap_or_default();
        let written_first = ["config.toml", "summary.csv", "datapackage.json"];
        owner == sweep && files.iter().all(|file| written_first.iter().any(|name| **file == *name))
    }

    /// Makes the directory and claims it for the run with the fingerprint `sweep`, until the claim is dropped.
    ///
    /// # Errors
    ///
    /// If it cannot be made or written to, or if another process has claimed it (`WouldBlock`).
    pub fn claim(&self, sweep: &str) -> io::Result<Claim> {
        fs::create_dir_all(&self.path)?;
        let path = self.path.join(LOCK);
        let mut lock = fs::File::options().create(true).truncate(false).read(true).write(true).open(&path)?;
        lock.try_lock().map_err(|error| match error {
            fs::TryLockError::WouldBlock => io::Error::from(io::ErrorKind::WouldBlock),
            fs::TryLockError::Error(error) => error,
        })?;
        lock.set_len(0)?;
        lock.write_all(sweep.as_bytes())?;
        Ok(Claim { path, _lock: lock })
    }

    /// Writes one file: beside the target, synced, then renamed over it.
    ///
    /// # Errors
    ///
    /// If any step fails; the old file is then as it was.
    pub fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(&self.path)?;
        file.write_all(bytes)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
        }
        file.as_file().sync_all()?;
        file.persist(self.path.join(name))?;
        #[cfg(unix)]
        fs::File::open(&self.path)?.sync_all()?;
        Ok(())
    }

    /// What is wrong with the summary of a finished run, if anything is.
    fn damage(&self) -> Option<&'static str> {
        let Some(package) = self.read_json("datapackage.json") else {
            return Some("its datapackage.json is missing or broken");
        };
        let Ok(summary) = fs::read(self.path.join("summary.csv")) else {
            return Some("its summary.csv is missing");
        };
        let is_intact = package["resources"][0]["hash"] == hash(&summary);
        (!is_intact).then_some("its summary.csv has changed since it was written (the hash differs)")
    }

    fn read_json(&self, name: &str) -> Option<Value> {
        serde_json::from_slice(&fs::read(self.path.join(name)).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(path: &Path) -> RunDirectory {
        let directory = RunDirectory::new(path);
        fs::create_dir_all(path).unwrap();
        let run = Provenance { name: "a".to_owned(), sweep: "1".to_owned(), ..Provenance::of_this_process() };
        directory.write("summary.csv", b"x\n").unwrap();
        let package = super::super::data_package("a", None, b"x\n", b"");
        directory.write("datapackage.json", package.to_string().as_bytes()).unwrap();
        directory.write("run.json", &serde_json::to_vec(&run).unwrap()).unwrap();
        directory
    }

    #[test]
    fn a_directory_knows_its_own_finished_run_from_others() {
        let home = tempfile::tempdir().unwrap();
        let directory = finished(&home.path().join("run"));
        assert!(matches!(directory.state("a", "1").unwrap(), State::Finished { .. }));
        let State::Taken(text) = directory.state("b", "2").unwrap() else { panic!("another run") };
        assert!(text.contains("\"a\"") && text.contains("\"b\""), "{text}");
        directory.write("summary.csv", b"y\n").unwrap();
        assert!(matches!(directory.state("a", "1").unwrap(), State::Taken(text) if text.contains("changed")));
    }

    #[test]
    fn a_directory_of_other_files_is_taken_and_a_missing_one_is_free() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(RunDirectory::new(home.path()).state("a", "1").unwrap(), State::Free);
        assert_eq!(RunDirectory::new(&home.path().join("none")).state("a", "1").unwrap(), State::Free);
        fs::write(home.path().join("thesis.tex"), "dear").unwrap();
        assert!(matches!(RunDirectory::new(home.path()).state("a", "1").unwrap(), State::Taken(_)));
    }

    #[test]
    fn one_process_at_a_time_has_the_directory() {
        let home = tempfile::tempdir().unwrap();
        let directory = RunDirectory::new(home.path());
        let claim = directory.claim("1").unwrap();
        assert_eq!(directory.claim("1").unwrap_err().kind(), io::ErrorKind::WouldBlock);
        drop(claim);
        assert!(directory.claim("2").is_ok());
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "nothing stays behind");
    }

    #[test]
    fn what_an_interrupted_run_left_is_free_for_the_same_run_alone() {
        let home = tempfile::tempdir().unwrap();
        let directory = RunDirectory::new(home.path());
        std::mem::forget(directory.claim("1").unwrap());
        directory.write("summary.csv", b"half").unwrap();
        assert_eq!(directory.state("a", "1").unwrap(), State::Free);
        assert!(matches!(directory.state("b", "2").unwrap(), State::Taken(_)));
    }
}

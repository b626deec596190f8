//! The run directory: never overwrites another run, never leaves half a file.

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
    Finished,
    /// Something that must not be touched; the text says what.
    Taken(String),
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

    /// Whether the run `name` with the fingerprint `sweep` may use the directory.
    ///
    /// # Errors
    ///
    /// If the directory cannot be read.
    pub fn state(&self, name: &str, sweep: &str) -> io::Result<State> {
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::Free),
            entries => entries?.collect::<io::Result<Vec<_>>>()?,
        };
        if entries.is_empty() {
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
        if !self.summary_is_intact() {
            let text = "this run, but summary.csv has changed since it was written (its hash differs)";
            return Ok(State::Taken(text.to_owned()));
        }
        Ok(State::Finished)
    }

    /// Makes the directory, and shows at once whether files can be written there.
    ///
    /// # Errors
    ///
    /// If it cannot be made or written to.
    pub fn prepare(&self) -> io::Result<()> {
        fs::create_dir_all(&self.path)?;
        tempfile::tempfile_in(&self.path)?.write_all(b"initsweep")
    }

    /// Writes one file: beside the target, synced, then renamed over it.
    ///
    /// # Errors
    ///
    /// If any step fails; the old file is then as it was.
    pub fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.path)?;
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

    fn summary_is_intact(&self) -> bool {
        let Some(package) = self.read_json("datapackage.json") else { return false };
        let Ok(summary) = fs::read(self.path.join("summary.csv")) else { return false };
        package["resources"][0]["hash"] == hash(&summary)
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
        directory.prepare().unwrap();
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
        assert_eq!(directory.state("a", "1").unwrap(), State::Finished);
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
}

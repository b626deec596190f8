//! The run directory: what it is for a run that wants it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::claim::LOCK;
use crate::hash::sha256_of;
use crate::output::Provenance;

/// What a directory holds.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Nothing yet.
    Free,
    /// Trials of a run that is not finished; whose, the store says.
    Begun,
    /// This very run, finished, with all its files intact.
    Finished {
        /// The commit of the program that made it.
        commit: String,
    },
    /// This very run, finished; but this file is not there any more.
    Missing(String),
    /// This very run, finished; but this file is not as it was written.
    Changed(String),
    /// Another run, finished. If it has a store, this one may be an extension of it.
    Other(Box<Provenance>),
    /// Something that must not be touched; the text says what.
    Taken(String),
}

/// The trial store of a run; names that begin so are its journal, and what was kept of a damaged one.
pub const STORE: &str = "trials.sqlite";
/// The files of a finished run, in the order of writing: the last one says that the others are complete.
pub const FILES: [&str; 4] = ["config.toml", "summary.csv", "datapackage.json", "run.json"];
/// Tables that some runs have besides the summary.
pub(super) const TABLES: [&str; 5] =
    ["expect.csv", "compare.csv", "bands.csv", "histogram.csv", "stopping.csv"];
/// The page about a finished run. It follows from the other files, so that nothing vouches for it, and a run without it is
/// finished all the same.
pub const REPORT: &str = "report.html";
/// Shards of a run, each in a directory of its own.
pub const SHARDS: &str = "shards";
/// How the names of half-written files begin.
pub(super) const TEMPORARY: &str = ".initsweep-tmp";

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

    /// The directory of shard `index` of `count`, or where it will be.
    #[must_use]
    pub fn shard(&self, index: u32, count: u32) -> Self {
        Self { path: self.path.join(SHARDS).join(format!("{index}-of-{count}")) }
    }

    /// Indices and counts of the shards that were begun, by count, then by index.
    ///
    /// # Errors
    ///
    /// If the directory of the shards cannot be read.
    pub fn shards(&self) -> io::Result<Vec<(u32, u32)>> {
        let entries = match fs::read_dir(self.path.join(SHARDS)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut shards = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            let numbers = name.to_str().and_then(|name| name.split_once("-of-"));
            let numbers = numbers.and_then(|(i, n)| Some((i.parse::<u32>().ok()?, n.parse::<u32>().ok()?)));
            // Nothing that only looks like it, such as 07-of-8.
            shards.extend(numbers.filter(|(i, n)| i < n && *name == *format!("{i}-of-{n}")));
        }
        shards.sort_unstable_by_key(|&(index, count)| (count, index));
        Ok(shards)
    }

    /// Where its trial store is, or will be.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.path.join(STORE)
    }

    /// A name for a half-written store; what is left of it is removed by the next claim.
    #[must_use]
    pub fn temporary_store(&self) -> PathBuf {
        self.path.join(format!("{TEMPORARY}-{STORE}"))
    }

    /// What the directory is for the run with the fingerprint `sweep`.
    ///
    /// # Errors
    ///
    /// If the directory cannot be read.
    pub fn state(&self, sweep: &str) -> io::Result<State> {
        let files = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::Free),
            entries => entries?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?,
        };
        // Logs, notes and what the system leaves everywhere are none of our business.
        let has = |name: &str| files.iter().any(|file| **file == *name);
        let has_store = files.iter().any(|file| file.to_string_lossy().starts_with(STORE));
        if !has("run.json") {
            return Ok(match FILES.into_iter().chain(TABLES).chain([REPORT]).find(|name| has(name)) {
                _ if has_store => State::Begun,
                None => State::Free,
                Some(name) => State::Taken(format!(
                    "a {name} of something else: neither run.json nor {STORE} is beside it"
                )),
            });
        }
        let Some(run) = self.read_json("run.json") else {
            return Ok(State::Taken("a run.json that is not of initsweep".to_owned()));
        };
        let Ok(run) = serde_json::from_value::<Provenance>(run) else {
            return Ok(State::Taken("a run.json of another version of initsweep".to_owned()));
        };
        if run.sweep != sweep {
            return Ok(State::Other(Box::new(run)));
        }
        Ok(self.damage().unwrap_or(State::Finished { commit: run.commit }))
    }

    /// Who has claimed it, if somebody has.
    #[must_use]
    pub fn holder(&self) -> Option<String> {
        super::claim::held(&self.path.join(LOCK))
    }

    /// What is wrong with the files of a finished run, if anything is. One that has changed comes before one that is
    /// missing, for it must not be overwritten.
    fn damage(&self) -> Option<State> {
        let name = "datapackage.json";
        if fs::symlink_metadata(self.path.join(name)).is_err() {
            return Some(State::Missing(name.to_owned()));
        }
        let is_listed =
            |hashes: &Vec<(String, Option<bool>)>| hashes.iter().any(|(name, _)| name == "summary.csv");
        let Some(hashes) = self.hashes().filter(is_listed) else {
            return Some(State::Changed(name.to_owned()));
        };
        let first =
            |wanted| hashes.iter().find(|(_, is_right)| *is_right == wanted).map(|(name, _)| name.clone());
        first(Some(false)).map(State::Changed).or_else(|| first(None).map(State::Missing))
    }

    /// The files that `datapackage.json` lists with a hash, and whether each has it (`None`: it cannot be read); `None`
    /// if there is no valid list.
    #[must_use]
    pub fn hashes(&self) -> Option<Vec<(String, Option<bool>)>> {
        let check = |(name, hash): (String, Value)| {
            // Never a way out of the directory.
            let plain = Path::new(&name).file_name() == Some(OsStr::new(&name));
            let file = if plain { self.open(&name) } else { None };
            let found = file.and_then(|file| sha256_of(file).ok());
            (name, found.map(|found| hash == format!("sha256:{found}")))
        };
        Some(self.listed()?.into_iter().map(check).collect())
    }

    /// The files that `datapackage.json` lists with a hash, and that hash; `None` if there is no valid list.
    #[must_use]
    pub fn listed(&self) -> Option<Vec<(String, Value)>> {
        let package = self.read_json("datapackage.json")?;
        let listed =
            |resource: &Value| Some((resource["path"].as_str()?.to_owned(), resource["hash"].clone()));
        let is_hashed = |resource: &&Value| !resource["hash"].is_null();
        package["resources"].as_array()?.iter().filter(is_hashed).map(listed).collect()
    }

    /// Where the numbers of a finished run come from; `None` if `run.json` does not say it.
    #[must_use]
    pub fn provenance(&self) -> Option<Provenance> {
        serde_json::from_value(self.read_json("run.json")?).ok()
    }

    fn read_json(&self, name: &str) -> Option<Value> {
        serde_json::from_slice(&self.read(name)?).ok()
    }

    fn read(&self, name: &str) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(name)?.read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// A regular file: anything else, such as a pipe, could keep us waiting for ever.
    fn open(&self, name: &str) -> Option<File> {
        let path = self.path.join(name);
        fs::metadata(&path).ok()?.is_file().then(|| File::open(&path).ok())?
    }
}

/// Whether a file lives no longer than a run.
pub(super) fn is_passing(name: &OsStr) -> bool {
    name == LOCK || name.to_string_lossy().starts_with(TEMPORARY)
}

#[cfg(test)]
mod tests {
    use super::super::claim::ClaimError;
    use super::super::writing::Content;
    use super::*;
    use crate::output::{TableFile, data_package};

    fn finished(path: &Path) -> RunDirectory {
        let directory = RunDirectory::new(path);
        fs::create_dir_all(path).unwrap();
        let run = Provenance { name: "a".to_owned(), sweep: "1".to_owned(), ..Provenance::of_this_process() };
        let table = TableFile::summary(b"x\n".to_vec());
        let package = data_package(("a", None), &[table], b"", &[], None).to_string();
        let run = serde_json::to_vec(&run).unwrap();
        let files: [&[u8]; 4] = [b"", b"x\n", package.as_bytes(), &run];
        directory.write(FILES.into_iter().zip(files.map(Content::Bytes)).collect()).unwrap();
        directory
    }

    #[test]
    fn a_directory_knows_its_own_finished_run_from_others() {
        let home = tempfile::tempdir().unwrap();
        let directory = finished(&home.path().join("run"));
        assert!(matches!(directory.state("1").unwrap(), State::Finished { .. }));
        assert!(matches!(directory.state("2").unwrap(), State::Other(run) if run.name == "a"));
        directory.write(vec![("summary.csv", Content::Bytes(b"y\n"))]).unwrap();
        assert_eq!(directory.state("1").unwrap(), State::Changed("summary.csv".to_owned()));
        assert_eq!(
            directory.hashes().unwrap(),
            [("summary.csv".to_owned(), Some(false)), ("config.toml".to_owned(), Some(true))]
        );
        fs::remove_file(directory.path().join("config.toml")).unwrap();
        assert_eq!(directory.state("1").unwrap(), State::Changed("summary.csv".to_owned()));
        fs::remove_file(directory.path().join("summary.csv")).unwrap();
        assert_eq!(directory.state("1").unwrap(), State::Missing("summary.csv".to_owned()));
    }

    #[test]
    fn files_of_others_are_in_nobodys_way_unless_they_have_a_name_of_ours() {
        let home = tempfile::tempdir().unwrap();
        let state = || RunDirectory::new(home.path()).state("1").unwrap();
        assert_eq!(RunDirectory::new(&home.path().join("none")).state("1").unwrap(), State::Free);
        fs::write(home.path().join("thesis.tex"), "dear").unwrap();
        fs::create_dir(home.path().join("lost+found")).unwrap();
        assert_eq!(state(), State::Free);
        fs::write(home.path().join("config.toml"), "dear").unwrap();
        assert!(matches!(state(), State::Taken(by) if by.contains("a config.toml of something else")));
        fs::write(home.path().join(STORE), "").unwrap();
        assert_eq!(state(), State::Begun);
        fs::write(home.path().join("run.json"), "{}").unwrap();
        assert!(matches!(state(), State::Taken(by) if by.contains("run.json")));
    }

    #[test]
    fn one_process_at_a_time_has_the_directory_and_is_named() {
        let home = tempfile::tempdir().unwrap();
        let directory = RunDirectory::new(home.path());
        fs::write(home.path().join(".initsweep-tmp123"), "half").unwrap();
        let claim = directory.claim().unwrap();
        let refused = directory.claim().unwrap_err().to_string();
        assert!(refused.contains(&format!("process {} on ", std::process::id())), "{refused}");
        drop(claim);
        assert!(directory.claim().is_ok());
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "nothing stays behind");
    }

    #[test]
    fn many_claims_at_once_have_one_winner_at_a_time() {
        let home = tempfile::tempdir().unwrap();
        let inside = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..500 {
                        let Ok(_claim) = RunDirectory::new(home.path()).claim() else { continue };
                        assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                        inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                    }
                });
            }
        });
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_never_written_through() {
        for name in FILES.into_iter().chain([REPORT, STORE, LOCK]) {
            let home = tempfile::tempdir().unwrap();
            let victim = home.path().join("victim");
            let directory = RunDirectory::new(&home.path().join("run"));
            fs::create_dir(directory.path()).unwrap();
            fs::write(&victim, "dear").unwrap();
            std::os::unix::fs::symlink(&victim, directory.path().join(name)).unwrap();
            assert!(matches!(directory.claim(), Err(ClaimError::InTheWay(path)) if path.ends_with(name)));
            assert_eq!(fs::read_to_string(&victim).unwrap(), "dear");
        }
    }
}

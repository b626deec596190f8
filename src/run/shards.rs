//! What the shards of a run have, without a look at the values.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::archive::{join, value_keys};
use super::directory::RunDirectory;
use super::error::RunError;
use super::extend;
use super::options::Options;
use super::prepared::Prepared;
use super::stored::InputFiles;
use crate::engine::{Shard, overlaps};
use crate::store::{Description, Store, StoreError, ValueKey};

/// What keeps `work` from going on with the store at `path`, and the name of the run there.
///
/// # Errors
///
/// If the store cannot be read.
pub(super) fn obstacle_in(path: &Path, work: &Prepared) -> Result<Option<(String, String)>, RunError> {
    let described = Store::open(path).and_then(|store| store.description());
    let Some(old) = described.map_err(|error| RunError::store(path, error))? else { return Ok(None) };
    Ok(extend::obstacle(&old, work, true).map(|obstacle| (old.name, obstacle)))
}

/// What keeps a shard from being used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// The shard.
    pub shard: Shard,
    /// What is wrong with its store; follows the name of the file.
    pub why: String,
    /// Where the store is.
    pub path: PathBuf,
    /// Whether its own run mends it.
    pub is_mended: bool,
}

/// A store, and what it says without a look at its values.
struct Found {
    /// `None`: it is the store of the whole run.
    shard: Option<Shard>,
    path: PathBuf,
    /// Who is writing there.
    holder: Option<String>,
    description: Description,
}

/// The shards of a run.
pub struct Shards {
    /// The run.
    pub work: Prepared,
    /// The stores of its shards.
    pub stores: Vec<PathBuf>,
    /// Counts of shards that the run was cut into.
    pub counts: Vec<u32>,
    /// Shards that are running, and who runs them.
    pub running: Vec<(Shard, String)>,
    /// Shards whose stores cannot be used.
    pub unusable: Vec<Unusable>,
    /// For every group, the trials that some store has: ascending, not touching.
    known: Vec<Vec<Range<usize>>>,
    /// For every group, the trials that its targets needed, if they are reached.
    settled: Vec<Option<usize>>,
}

impl Shards {
    /// Looks at all stores of the run in `directory`.
    ///
    /// # Errors
    ///
    /// If there is none, if one cannot be read, or if they are of different configs.
    pub fn new(directory: &RunDirectory, options: Options, files: InputFiles<'_>) -> Result<Self, RunError> {
        let path = directory.path().display();
        let shards = directory
            .shards()
            .map_err(|error| RunError::Impossible(format!("cannot read {path}: {error}")))?;
        let shards: Vec<Shard> = shards.into_iter().map(|(index, count)| Shard { index, count }).collect();
        let (mut found, mut unusable) = (Vec::new(), Vec::new());
        for shard in shards.iter().map(|&shard| Some(shard)).chain([None]) {
            let at = shard.map_or(directory.clone(), |shard| directory.shard(shard.index, shard.count));
            found.extend(inspect(shard, &at, &mut unusable)?);
        }
        // What is already merged may be a smaller run, which the shards extend.
        let Some(first) = found.first() else {
            let what = if directory.path().is_dir() {
                "holds no trials, and no shards that have begun"
            } else {
                "is no directory"
            };
            return Err(RunError::Impossible(
                unusable.iter().fold(format!("{path} {what}"), |text, other| named(&text, other)),
            ));
        };
        let work = Prepared::stored(&first.description, options, files)?;
        refuse_mixed(&found, &work)?;
        let keys = value_keys(&work);
        let (mut known, mut settled) = (vec![Vec::new(); keys.len()], vec![None; keys.len()]);
        for Found { shard, path, description, .. } in &found {
            let is_this = description.fingerprint == work.plan.fingerprint;
            match patiently(path, |store| Ok((trials(store, &keys)?, store.settled(&keys)?))) {
                Ok((ranges, reached)) => {
                    for (key, range) in ranges {
                        known[key].push(range);
                    }
                    let reached = reached.into_iter().enumerate().filter(|_| is_this);
                    reached.for_each(|(key, trials)| settled[key] = settled[key].or(trials));
                }
                Err(error) => unusable.push(Unusable::new(*shard, path, error)?),
            }
        }
        known.iter_mut().for_each(join);
        let mut counts: Vec<u32> = shards.iter().map(|shard| shard.count).collect();
        counts.dedup();
        let running = found.iter().filter_map(|found| Some((found.shard?, found.holder.clone()?))).collect();
        let stores = found.into_iter().filter(|found| found.shard.is_some()).map(|found| found.path);
        Ok(Self { work, stores: stores.collect(), counts, running, unusable, known, settled })
    }

    /// Networks of a shard, or of the whole run, that are known, and all of them; where targets decide, all is what they may
    /// take at most, until they are reached.
    #[must_use]
    pub fn networks(&self, shard: Option<Shard>) -> (usize, usize) {
        let parts = shard.map(|shard| self.work.parts_of(shard));
        let parts = parts.as_ref().unwrap_or(&self.work.parts);
        let (mut known, mut all) = (0, 0);
        for (index, part) in parts.iter().enumerate() {
            if !self.work.plan.groups[index].observables.is_empty() {
                let part = part.start..self.settled[index].map_or(part.end, |end| end.min(part.end));
                all += part.len();
                known += overlaps(&self.known[index], &part).map(|range| range.len()).sum::<usize>();
            }
        }
        (known, all)
    }

    /// The shards of `count` that are not complete, and that a run of theirs would complete.
    #[must_use]
    pub fn incomplete(&self, count: u32) -> Vec<u32> {
        let is_incomplete = |&index: &u32| {
            let shard = Shard { index, count };
            let (known, all) = self.networks(Some(shard));
            known < all && self.unusable.iter().all(|other| other.shard != shard || other.is_mended)
        };
        (0..count).filter(is_incomplete).collect()
    }

    /// Corrects what is known: the values of some trials could not be read.
    pub(super) fn correct(&mut self, known: Vec<Vec<Range<usize>>>) {
        self.known = known;
    }

    /// The error of a run that is not complete.
    #[must_use]
    pub fn error(&self, directory: &RunDirectory) -> RunError {
        let (known, all) = self.networks(None);
        let lines = self.counts.iter().filter_map(|&count| {
            let missing = self.incomplete(count);
            let array = (!missing.is_empty()).then(|| array(&missing))?;
            Some(format!("\n  shards of {count} that are not complete: --array={array}"))
        });
        let running = self.running.iter().map(|(shard, holder)| format!("\n  {shard} is running: {holder}"));
        let path = directory.path().display();
        let most = if self.work.sweep.stopping.is_some() { "at most " } else { "" };
        let what = match all - known {
            0 => format!("{path} has all {all} networks, and is being written"),
            missing => format!("{path} is missing {most}{missing} of {all} networks"),
        };
        let what = self.unusable.iter().fold(what, |text, other| named(&text, other));
        RunError::Incomplete(lines.chain(running).fold(what, |text, line| text + &line))
    }
}

/// `0-2,5`: indices as `sbatch --array` takes them.
#[must_use]
pub fn array(indices: &[u32]) -> String {
    let runs = indices.chunk_by(|a, b| a + 1 == *b);
    let text = |run: &[u32]| match run {
        [first, .., last] => format!("{first}-{last}"),
        _ => run[0].to_string(),
    };
    runs.map(text).collect::<Vec<_>>().join(",")
}

impl Unusable {
    /// The store of a shard that gave `error`; that of the whole run must not give any.
    fn new(shard: Option<Shard>, path: &Path, error: RunError) -> Result<Self, RunError> {
        match (shard, error) {
            (Some(shard), RunError::Store { error, .. }) => {
                let is_mended = matches!(error, StoreError::Damaged(_));
                Ok(Self { shard, why: error.to_string(), path: path.to_owned(), is_mended })
            }
            (_, error) => Err(error),
        }
    }
}

/// The text, with one more shard that cannot be used.
fn named(text: &str, Unusable { shard, why, path, is_mended }: &Unusable) -> String {
    let help = if *is_mended { "; copy it again, or run the shard, which keeps what is intact" } else { "" };
    format!("{text}\n  {shard} cannot be used: {} {why}{help}", path.display())
}

/// What is to be known of a store before its values are read; `None` if it is not there yet, does not say, or cannot be
/// used.
fn inspect(
    shard: Option<Shard>,
    directory: &RunDirectory,
    unusable: &mut Vec<Unusable>,
) -> Result<Option<Found>, RunError> {
    let (path, holder) = (directory.store(), directory.holder());
    let length = match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        found => found.map(|file| file.len()).map_err(|error| RunError::store(&path, error.into())),
    };
    let described = length.and_then(|length| match length {
        // It has just been made.
        0 => Ok(None),
        _ => patiently(&path, |store| {
            store.description().and_then(|it| it.map(Description::usable).transpose())
        }),
    });
    let description = match described {
        Ok(description) => description,
        // Who is writing it stands in the way of a look.
        Err(_) if shard.is_some() && holder.is_some() => None,
        Err(error) => {
            unusable.push(Unusable::new(shard, &path, error)?);
            None
        }
    };
    Ok(description.map(|description| Found { shard, path, holder, description }))
}

/// Reads a store, even while somebody writes it.
fn patiently<T>(path: &Path, mut read: impl FnMut(&Store) -> Result<T, StoreError>) -> Result<T, RunError> {
    let mut tries = 0;
    loop {
        let store = match Store::open(path) {
            Err(StoreError::Busy) => Store::peek(path),
            opened => opened,
        };
        match store.and_then(|store| match read(&store) {
            Err(StoreError::Busy) => Store::peek(path).and_then(|store| read(&store)),
            read => read,
        }) {
            Err(_) if tries < 5 => std::thread::sleep(Duration::from_millis(100)),
            read => return read.map_err(|error| RunError::store(path, error)),
        }
        tries += 1;
    }
}

/// The trials of every key that a store has.
fn trials(store: &Store, keys: &[ValueKey]) -> Result<Vec<(usize, Range<usize>)>, StoreError> {
    let mut known = Vec::new();
    store.trials(keys, |key, first, trials| known.push((key, first..first.saturating_add(trials))))?;
    Ok(known)
}

/// Shards of one run alone are put together, over what is merged of it, or of a smaller one.
fn refuse_mixed(found: &[Found], work: &Prepared) -> Result<(), RunError> {
    let is_other =
        |found: &&Found| found.shard.is_some() && found.description.fingerprint != work.plan.fingerprint;
    let Some(other) = found.iter().find(is_other) else { return Ok(()) };
    let lines = found.iter().filter_map(|found| {
        let Found { shard, description, .. } = found;
        Some(format!("\n  {} has config {} ({:?})", (*shard)?, description.fingerprint, description.name))
    });
    let why = extend::obstacle(&other.description, work, true);
    let why = why.unwrap_or_else(|| "one has more cells or trials than the other".to_owned());
    Err(RunError::Impossible(format!(
        "these are shards of different configs: {why}{}\n  help: run them all with one config, and move away the others",
        lines.collect::<String>()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_are_written_as_an_array_of_jobs_takes_them() {
        assert_eq!(array(&[3]), "3");
        assert_eq!(array(&[0, 1, 2, 5, 7, 8]), "0-2,5,7-8");
    }
}

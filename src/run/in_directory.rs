//! A run in a directory: with a store that keeps every trial, and tables at the end.

use std::path::Path;
use std::time::Instant;

use super::Run;
use super::answers::{Answers, answer};
use super::claim::Claim;
use super::directory::{RunDirectory, STORE, State};
use super::error::RunError;
use super::files::{self, Found, Tables, claim, inspect, refusal};
use super::observer::{Cancel, Observer};
use super::options::Options;
use super::prepared::Prepared;
use super::results::Results;
use super::session::{Others, Session};
use super::shards::{Shards, obstacle_in};
use super::stored::InputFiles;
use crate::engine::Shard;
use crate::output::Provenance;

/// A run with its directory, not begun.
pub struct InDirectory<'o> {
    /// The work.
    pub work: Prepared,
    /// Where it is kept.
    pub directory: RunDirectory,
    observer: &'o dyn Observer,
    cancel: Cancel,
}

/// A run that is finished, and whose files are written.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The answers to its questions.
    pub answers: Answers,
    /// Where its numbers come from.
    pub provenance: Provenance,
    /// Networks that its rows are made of.
    pub networks: u64,
}

/// A shard whose trials are all known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShardOutcome {
    /// Its networks.
    pub networks: usize,
    /// Those that were known before.
    pub known_before: usize,
    /// Seconds that it took.
    pub seconds: f64,
}

impl<'o> Run<'o> {
    /// Puts the run into a directory. Nothing is touched yet.
    #[must_use]
    pub fn into_directory(self, path: &Path) -> InDirectory<'o> {
        let Self { work, observer, cancel, .. } = self;
        InDirectory { work, directory: RunDirectory::new(path), observer, cancel }
    }
}

impl InDirectory<'_> {
    /// What the directory is for this run.
    ///
    /// # Errors
    ///
    /// If it holds something that must not be touched, or cannot be read.
    pub fn found(&self) -> Result<Found, RunError> {
        inspect(&self.work, &self.directory)
    }

    /// Draws what is missing, and writes the files. `None`: this very run is finished already, and nothing was done.
    ///
    /// # Errors
    ///
    /// If the directory is not to be had, if something cannot be written, or if the run was cancelled; what was drawn until
    /// then is kept, and the same call resumes it.
    pub fn finish(&self) -> Result<Option<Outcome>, RunError> {
        if matches!(self.found()?, Found::Finished { .. }) {
            return Ok(None);
        }
        self.work.check_memory()?;
        let Some((_claim, is_other)) = self.claim()? else { return Ok(None) };
        let session =
            Session::open(&self.work, &self.directory, is_other, (Others::Known, &[]), self.observer)?;
        self.draw_and_write(session).map(Some)
    }

    /// Claims the directory, and says whether it holds a finished run that this one extends; `None` if it is this one.
    fn claim(&self) -> Result<Option<(Claim, bool)>, RunError> {
        let claim = claim(&self.work, &self.directory)?;
        // Another process may have changed it in the meantime.
        Ok(match self.found()? {
            Found::Finished { .. } => None,
            Found::Open => Some((claim, false)),
            Found::Missing(file) => {
                let path = self.directory.path().display();
                self.observer.note(&format!(
                    "note: {path} has no {file} any more: its tables are written again from {STORE}"
                ));
                Some((claim, false))
            }
            Found::Another => Some((claim, true)),
        })
    }

    fn draw_and_write(&self, session: Session<'_>) -> Result<Outcome, RunError> {
        let Self { work, directory, observer, cancel } = self;
        let mut provenance = provenance(work, session.stored as u64);
        let start = Instant::now();
        let budget = work.budget();
        let engine = work.engine()?.with_budget(budget.values);
        let tables = Tables::new(work, directory, budget.texts)?;
        let results = Results::new(work, &engine, tables, budget.columns)?;
        session.draw(&engine, &results, true, (*observer, cancel))?;
        let load =
            |group| if cancel.is_cancelled() { Err(session.interrupted()) } else { session.load(group) };
        let answers = answer(work, &engine, &results, &load)?;
        answers.notes.iter().for_each(|note| observer.note(note));
        session.close()?;
        provenance.wall_seconds = start.elapsed().as_secs_f64();
        let networks = results.networks();
        files::write(work, directory, results.sink, &answers, &provenance)?;
        Ok(Outcome { answers, provenance, networks })
    }

    /// Draws what is missing of a shard, in a directory of its own inside this one. `None`: the whole run is finished
    /// already, and nothing was done.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish).
    pub fn shard(&mut self, shard: Shard) -> Result<Option<ShardOutcome>, RunError> {
        if matches!(self.found()?, Found::Finished { .. }) {
            return Ok(None);
        }
        let merged = merged(&self.directory, &self.work)?;
        self.work.restrict(shard);
        self.work.check_memory()?;
        let directory = self.directory.shard(shard.index, shard.count);
        check_place(&directory, &self.work)?;
        let _claim = claim(&self.work, &directory)?;
        let start = Instant::now();
        let others = (Others::Known, merged.as_slice());
        let session = Session::open(&self.work, &directory, false, others, self.observer)?;
        let engine = self.work.engine()?;
        let decides = self.work.sweep.stopping.is_some();
        let results = Results::new(&self.work, &engine, (), 0)?;
        session.draw(&engine, &results, decides, (self.observer, &self.cancel))?;
        let (networks, known_before) = (session.total(), session.stored);
        session.close()?;
        Ok(Some(ShardOutcome { networks, known_before, seconds: start.elapsed().as_secs_f64() }))
    }
}

/// Puts the shards of a run together: its tables get the bytes of a run on one machine. `None`: that is done already.
/// Nothing is drawn.
///
/// # Errors
///
/// [`Incomplete`](RunError::Incomplete) if trials are missing, if the shards are of different configs, or as
/// [`finish`](InDirectory::finish).
pub fn merge<'o>(
    path: &Path,
    files: InputFiles<'_>,
    options: Options,
    observer: &'o dyn Observer,
    cancel: Cancel,
) -> Result<(InDirectory<'o>, Option<Outcome>), RunError> {
    let directory = RunDirectory::new(path);
    let mut shards = Shards::new(&directory, options, files)?;
    let run = InDirectory { work: shards.work.clone(), directory, observer, cancel };
    if matches!(run.found()?, Found::Finished { .. }) {
        return Ok((run, None));
    }
    if shards.counts.is_empty() {
        return Err(RunError::Impossible(format!(
            "{} holds no shards: a run without shards is resumed with `initsweep run`",
            path.display()
        )));
    }
    let (known, all) = shards.networks(None);
    if known < all || !shards.running.is_empty() {
        return Err(shards.error(&run.directory));
    }
    run.work.check_memory()?;
    let Some((claim, is_other)) = run.claim()? else { return Ok((run, None)) };
    let stores = std::mem::take(&mut shards.stores);
    let session =
        Session::open(&run.work, &run.directory, is_other, (Others::Copied, &stores), run.observer)?;
    if session.missing() > 0 {
        shards.correct(session.known());
        session.close()?;
        return Err(shards.error(&run.directory));
    }
    let outcome = match run.draw_and_write(session) {
        Err(RunError::Incomplete(_)) => return Err(shards.error(&run.directory)),
        outcome => outcome?,
    };
    drop(claim);
    Ok((run, Some(outcome)))
}

/// The store of what is merged already. Such a run may be extended, and what it has need not be drawn again.
fn merged(whole: &RunDirectory, work: &Prepared) -> Result<Option<std::path::PathBuf>, RunError> {
    let store = whole.store();
    if !store.exists() {
        return Ok(None);
    }
    match obstacle_in(&store, work)? {
        Some((name, obstacle)) => Err(refusal(whole, &format!("the run {name:?}"), &obstacle)),
        None => Ok(Some(store)),
    }
}

/// Refuses a directory with something else than a shard.
fn check_place(directory: &RunDirectory, work: &Prepared) -> Result<(), RunError> {
    let path = directory.path().display();
    let by = match directory.state(&work.plan.fingerprint) {
        Ok(State::Free | State::Begun) => return Ok(()),
        Ok(State::Taken(by)) => by,
        Ok(_) => "a finished run".to_owned(),
        Err(error) => return Err(RunError::Refused(format!("cannot look into {path}: {error}"))),
    };
    Err(RunError::Refused(format!("{path} is the place of a shard, and holds {by}: move it away")))
}

fn provenance(work: &Prepared, networks_from_store: u64) -> Provenance {
    Provenance {
        name: work.sweep.name.clone(),
        sweep: work.plan.fingerprint.clone(),
        seed: work.sweep.seed,
        trials: work.sweep.trials,
        cells: work.plan.cells.len(),
        simd: work.options.level.to_string(),
        threads: work.options.threads,
        networks_from_store,
        overrides: work.source.overrides(),
        inputs: work.sweep.inputs(),
        ..Provenance::of_this_process()
    }
}

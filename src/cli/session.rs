//! Trials and the store: what is there is used, what is missing is drawn, and every finished block is saved.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::extend;
use super::failure::Failure;
use super::interrupt::Interrupt;
use super::prepare::{Prepared, add, load};
use crate::engine::{Block, Engine, Hooks, Progress, TrialValues};
use crate::output::{Claim, RunDirectory, VERSION};
use crate::store::{self, Ended, Law, NewBlock, Store, StoreError};
use crate::text::quoted;

/// How long blocks in flight may take after a signal; a trial that takes longer is given up. The rest of the two seconds
/// that are promised is for the last transaction, on a machine that has other work too.
const PATIENCE: Duration = Duration::from_millis(1250);

/// Values of a block that is copied from another store: a megabyte.
const BLOCK_VALUES: usize = 1 << 17;

/// The work of a run with its store, claimed and open.
pub struct Session<'w> {
    work: &'w Prepared,
    directory: &'w RunDirectory,
    laws: Vec<Law>,
    ids: Vec<i64>,
    store: Store,
    /// The values that are known, one table per group.
    pub tables: Vec<TrialValues>,
    /// Networks that were in the store.
    pub stored: usize,
}

impl<'w> Session<'w> {
    /// Opens the store and loads what it has of this run. `finished`: the directory holds a summary of another run.
    ///
    /// # Errors
    ///
    /// If the store cannot be used, or is that of a run which this one does not extend.
    pub fn open(work: &'w Prepared, directory: &'w RunDirectory, finished: bool) -> Result<Self, Failure> {
        let laws = work.laws();
        let (mut store, tables) = sound(work, directory, &laws)?;
        let broken = |error| work.store_failure(directory, &error);
        match store.description().map_err(broken)? {
            None if finished => {
                return Err(refusal(directory, "a finished run", "its trial store is not there any more"));
            }
            Some(old) => {
                if let Some(obstacle) = extend::obstacle(&old, work, finished) {
                    return Err(refusal(directory, &format!("the run {:?}", old.name), &obstacle));
                }
            }
            None => {}
        }
        let mut law = vec![0; work.cells.len()];
        for (g, group) in work.groups.iter().enumerate() {
            group.cells.iter().for_each(|&cell| law[cell] = g);
        }
        let cells = work.cells.iter().zip(law).map(|(cell, law)| (cell.id(), law, cell.network.depth));
        let ids = store.begin(&work.description(), &laws, cells).map_err(broken)?;
        let mut session = Self { work, directory, laws, ids, store, tables, stored: 0 };
        session.stored = session.total() - session.missing();
        Ok(session)
    }

    /// Networks of the whole run.
    pub fn total(&self) -> usize {
        let drawn = |table: &&TrialValues| table.observables() > 0;
        self.tables.iter().filter(drawn).map(TrialValues::trials).sum()
    }

    /// Networks that are not known yet.
    pub fn missing(&self) -> usize {
        self.tables.iter().map(TrialValues::missing_trials).sum()
    }

    /// Draws all that is missing, and saves every block within about a second of its end.
    ///
    /// # Errors
    ///
    /// If the store cannot be written, or a signal came; what was saved is kept.
    pub fn fill(
        &mut self,
        engine: &Engine,
        progress: &Progress,
        interrupt: &Interrupt,
    ) -> Result<(), Failure> {
        if self.missing() > 0 {
            self.draw(engine, progress, interrupt)?;
        }
        match interrupt.code() {
            Some(code) => Err(interrupted(code, self.total() - self.missing(), self.total(), self.directory)),
            None => Ok(()),
        }
    }

    fn draw(&mut self, engine: &Engine, progress: &Progress, interrupt: &Interrupt) -> Result<(), Failure> {
        let (total, stored) = (self.total(), &AtomicUsize::new(self.stored));
        let Self { work, directory, laws, ids, store, tables, .. } = self;
        let (laws, ids, directory) = (&*laws, &*ids, *directory);
        let observables: Vec<usize> = tables.iter().map(TrialValues::observables).collect();
        let (sender, receiver) = mpsc::channel();
        let written = std::thread::scope(|scope| {
            let writer = scope.spawn(move || {
                let mut signalled: Option<Instant> = None;
                let impatient = || {
                    interrupt.code().is_some()
                        && signalled.get_or_insert_with(Instant::now).elapsed() > PATIENCE
                };
                let written = store.write(laws, ids, &receiver, impatient);
                if let (Ok(Ended::GaveUp), Some(code)) = (&written, interrupt.code()) {
                    // The workers cannot be stopped inside a trial, and nothing of it will be kept.
                    interrupted(code, stored.load(Ordering::SeqCst), total, directory).report();
                    std::process::exit(code.into());
                }
                interrupt.stop.fetch_or(written.is_err(), Ordering::SeqCst);
                written
            });
            let hooks = Hooks {
                progress,
                stop: &interrupt.stop,
                finished: &|Block { group, first, values }| {
                    let trials = values.len() / observables[group];
                    stored.fetch_add(trials, Ordering::SeqCst);
                    // A writer that has failed stops the run by itself.
                    let _unwritten = sender.send(NewBlock { law: group, first, trials, values });
                },
            };
            engine.fill(&work.groups, tables, &hooks);
            drop(sender);
            writer.join().expect("the writer does not panic")
        });
        written.map(drop).map_err(|error| work.store_failure(directory, &error))
    }

    /// Takes the values of other stores as far as they are missing here, and gives the trials of every group that
    /// were. What is damaged there is left out.
    ///
    /// # Errors
    ///
    /// If one of the stores cannot be used, or if two of them have different values of one trial.
    pub fn take(&mut self, others: &[PathBuf]) -> Result<Vec<Vec<Range<usize>>>, Failure> {
        let new = self.tables.iter().map(|table| table.missing().to_vec()).collect();
        for path in others {
            let added =
                Store::open(path).and_then(|store| add(&store, self.work, &self.laws, &mut self.tables));
            let damaged = match added {
                Ok((_, Some(conflict))) => {
                    let (path, here) = (path.display(), self.directory.path().display());
                    return Err(Failure::failed(format!("{path}: {conflict}, here and in {here}")));
                }
                Ok((blocks, None)) => blocks.damaged > 0,
                Err(StoreError::Damaged(_)) => true,
                Err(error) => return Err(Failure::store(path, &error)),
            };
            if damaged {
                super::say(&format!("note: {} is damaged; what is intact is used", path.display()));
            }
        }
        self.stored = self.total() - self.missing();
        Ok(new)
    }

    /// Puts values that were [taken](Self::take) into this store as well. All of them must be known.
    ///
    /// # Errors
    ///
    /// If the store cannot be written, or a signal came.
    pub fn save(&mut self, new: Vec<Vec<Range<usize>>>, interrupt: &Interrupt) -> Result<(), Failure> {
        let (sender, receiver) = mpsc::channel();
        for (law, (table, ranges)) in self.tables.iter().zip(new).enumerate() {
            let block = (BLOCK_VALUES / table.observables().max(1)).max(1);
            for (range, first) in
                ranges.iter().flat_map(|range| range.clone().step_by(block).map(move |at| (range, at)))
            {
                let trials = block.min(range.end - first);
                let values = table.rows(first..first + trials);
                sender.send(NewBlock { law, first, trials, values }).expect("the receiver is here");
            }
        }
        drop(sender);
        let impatient = || interrupt.code().is_some();
        let written = self.store.write(&self.laws, &self.ids, &receiver, impatient);
        written.map_err(|error| self.work.store_failure(self.directory, &error))?;
        match interrupt.code() {
            Some(code) => Err(interrupted(code, self.total(), self.total(), self.directory)),
            None => Ok(()),
        }
    }

    /// Ends the work with the store, and gives the values.
    ///
    /// # Errors
    ///
    /// If the store cannot be closed.
    pub fn close(self) -> Result<Vec<TrialValues>, Failure> {
        self.store.close().map_err(|error| self.work.store_failure(self.directory, &error))?;
        Ok(self.tables)
    }
}

/// Opens the store and loads its values; one that is damaged is replaced by its good blocks.
fn sound(
    work: &Prepared,
    directory: &RunDirectory,
    laws: &[Law],
) -> Result<(Store, Vec<TrialValues>), Failure> {
    let path = directory.store();
    let broken = |error| work.store_failure(directory, &error);
    let attempt = |store: &Store| {
        store.check_structure()?;
        load(store, work, laws)
    };
    let store = match Store::create(&path) {
        Err(StoreError::Damaged(_)) => None,
        opened => Some(opened.map_err(broken)?),
    };
    if let Some(opened) = &store {
        match attempt(opened) {
            Ok(loaded) if loaded.blocks.damaged == 0 => {
                let tables = loaded.tables(&path)?;
                return Ok((store.expect("just used"), tables));
            }
            Ok(_) | Err(StoreError::Damaged(_)) => {}
            Err(error) => return Err(broken(error)),
        }
    }
    let (store, kept) = store::salvage(store, &path, &directory.temporary_store()).map_err(broken)?;
    let loaded = attempt(&store).map_err(broken)?;
    super::say(&format!(
        "note: {} was damaged. Its intact blocks are used, the others are drawn again; the damaged file is kept as {}",
        path.display(),
        kept.display()
    ));
    let tables = loaded.tables(&path)?;
    Ok((store, tables))
}

/// Claims a directory, so that no other process writes there.
///
/// # Errors
///
/// If another process has claimed it, or if it cannot be made.
pub fn claim(work: &Prepared, directory: &RunDirectory) -> Result<Claim, Failure> {
    directory.claim().map_err(|error| Failure::claim(directory.path(), &error).needing(work.disk()))
}

/// The directory holds `what`, which this run does not extend, because of `obstacle`.
pub fn refusal(directory: &RunDirectory, what: &str, obstacle: &str) -> Failure {
    let help = "help: choose another directory with --out, or another `name`, or move it away";
    let path = directory.path().display();
    Failure::create(format!("{path} holds {what}, which this one does not extend: {obstacle}\n  {help}"))
}

/// What is said when a signal has ended a run, with the command that goes on.
pub fn interrupted(code: u8, saved: usize, total: usize, directory: &RunDirectory) -> Failure {
    let words: Vec<String> = std::env::args_os().map(|word| quoted(&word.to_string_lossy())).collect();
    Failure::Interrupted(
        code,
        format!(
            "interrupted: {saved} of {total} networks are saved in {}. The same command goes on:\n  {}",
            directory.path().display(),
            words.join(" ")
        ),
    )
}

impl Prepared {
    /// This run, as the store keeps it.
    fn description(&self) -> store::Description {
        store::Description {
            name: self.sweep.name.clone(),
            fingerprint: self.fingerprint.clone(),
            config: self.config.clone(),
            overrides: self.assignments.clone(),
            stream: crate::random::STREAM_VERSION,
            values: store::VALUES_VERSION,
            program: VERSION.to_owned(),
        }
    }
}

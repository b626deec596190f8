//! Trials and the store: what is there is used, what is missing is drawn, and every finished block is saved.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use super::archive::{Archive, Index, value_keys};
use super::directory::RunDirectory;
use super::drawing::{Count, Drawing, Keeper};
use super::error::RunError;
use super::extend;
use super::files::refusal;
use super::observer::{Cancel, Observer};
use super::prepared::Prepared;
use super::results::{Results, Sink};
use crate::engine::{Block, Demand, Engine, TrialValues, overlaps};
use crate::output::VERSION;
use crate::store::{self, Ended, Entry, NewBlock, Store, StoreError, ValueKey, Writer};

/// How long blocks in flight may take after a cancellation; a trial that takes longer is given up by who cannot wait. The
/// rest of the two seconds that are promised is for the last transaction, on a machine that has other work too.
pub const PATIENCE: Duration = Duration::from_millis(1250);

/// What is done with values that other stores have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// They are copied, and nothing is drawn: shards are merged.
    Copied,
    /// They are known, and stay where they are.
    Known,
}

/// The work of a run with its store, claimed and open.
pub struct Session<'w> {
    work: &'w Prepared,
    directory: &'w RunDirectory,
    archive: Archive,
    ids: Vec<i64>,
    others: Others,
    count: Count,
    /// Networks that were in a store when it was opened.
    pub stored: usize,
}

impl<'w> Session<'w> {
    /// Opens the store. `finished`: the directory holds a summary of another run. `others` are stores of the same run, whose
    /// values are used, too.
    ///
    /// # Errors
    ///
    /// If a store cannot be used, or is that of a run which this one does not extend.
    pub fn open(
        work: &'w Prepared,
        directory: &'w RunDirectory,
        finished: bool,
        (others, stores): (Others, &[PathBuf]),
        observer: &dyn Observer,
    ) -> Result<Self, RunError> {
        let keys = value_keys(work);
        let (mut store, index) = sound(work, directory, &keys, observer)?;
        let broken = |error| work.store_error(directory, error);
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
        let cells = work.plan.cells.iter().zip(&work.plan.group_of);
        let cells = cells.map(|(cell, &group)| (cell.id(), group, cell.network.depth));
        let ids = store.begin(&work.description(), &keys, cells).map_err(broken)?;
        let mut archive = Archive::new(&directory.store(), store, &keys, &index);
        for path in stores {
            add(&mut archive, path, &keys, observer)?;
        }
        let mut session = Self { work, directory, archive, ids, others, count: Count::default(), stored: 0 };
        session.begin_count();
        Ok(session)
    }

    fn begin_count(&mut self) {
        let (mut known, mut missing) = (0, 0);
        let is_drawn = |&index: &usize| !self.work.plan.groups[index].observables.is_empty();
        for index in (0..self.work.plan.groups.len()).filter(is_drawn) {
            let part = &self.work.parts[index];
            known += overlaps(&self.archive.known(index), part).map(|known| known.len()).sum::<usize>();
            missing += self.missing_of(index);
        }
        self.stored = known;
        self.count.known = known.into();
        self.count.total = (known + missing).into();
    }

    /// Trials of a group that are asked for first, and not known.
    fn missing_of(&self, group: usize) -> usize {
        let part = self.work.first_part(group);
        if self.work.plan.groups[group].observables.is_empty() {
            return 0;
        }
        part.len() - overlaps(&self.archive.known(group), &part).map(|known| known.len()).sum::<usize>()
    }

    /// Networks that are asked for first, and not known.
    pub fn missing(&self) -> usize {
        (0..self.work.plan.groups.len()).map(|group| self.missing_of(group)).sum()
    }

    /// The trials of every group that are known.
    pub fn known(&self) -> Vec<Vec<Range<usize>>> {
        (0..self.work.plan.groups.len()).map(|group| self.archive.known(group)).collect()
    }

    /// Networks that were asked for.
    pub fn total(&self) -> usize {
        self.count.total.load(Ordering::SeqCst)
    }

    /// Draws all that is missing, saves every block within about a second of its end, and hands complete groups on.
    /// `keeps`: their values are needed; else nobody looks at them.
    ///
    /// # Errors
    ///
    /// If the store cannot be written, if rows cannot be, or if the run was cancelled; what was saved is kept.
    pub fn draw<S: Sink>(
        &self,
        engine: &Engine,
        results: &Results<'_, S>,
        keeps: bool,
        (observer, cancel): (&dyn Observer, &Cancel),
    ) -> Result<(), RunError> {
        let (sender, entries) = mpsc::channel();
        let gate = Gate::new(self.work.budget().writing);
        let (failed, error) = (AtomicBool::new(false), Mutex::new(None));
        let demands = self.demands(keeps);
        let written = std::thread::scope(|scope| {
            let (gate, failed) = (&gate, &failed);
            let writer = scope.spawn(move || {
                let written = self.write(&entries, gate, (observer, cancel));
                failed.fetch_or(written.is_err(), Ordering::SeqCst);
                gate.open();
                written
            });
            let keeper = Saving { session: self, gate, entries: sender };
            let Self { work, count, .. } = self;
            let (results, error) = (results, &error);
            Drawing { work, keeper: &keeper, keeps, results, observer, cancel, count, failed, error }
                .run(engine, &demands);
            drop(keeper);
            writer.join().expect("the writer does not panic")
        });
        written.map_err(|error| self.work.store_error(self.directory, error))?;
        if let Some(error) = error.into_inner().expect("nobody panics with it") {
            return Err(error);
        }
        if cancel.is_cancelled() { Err(self.interrupted()) } else { Ok(()) }
    }

    fn demands(&self, keeps: bool) -> Vec<Demand> {
        let demand = |(group, demand): (usize, Demand)| Demand {
            missing: self.missing_of(group),
            bytes: if keeps { demand.bytes } else { 0 },
        };
        self.work.demands().into_iter().enumerate().map(demand).collect()
    }

    /// The loop of the writer.
    fn write(
        &self,
        entries: &Receiver<Entry>,
        gate: &Gate,
        (observer, cancel): (&dyn Observer, &Cancel),
    ) -> Result<Ended, StoreError> {
        let mut cancelled: Option<Instant> = None;
        let impatient =
            || cancel.is_cancelled() && cancelled.get_or_insert_with(Instant::now).elapsed() > PATIENCE;
        let writer = Writer { store: self.archive.own(), ids: &self.ids, hashes: self.archive.hashes() };
        let written = writer.write(entries, impatient, |block, rows| {
            self.archive.wrote(block.key, rows);
            gate.give(block.values.len());
        });
        if let Ok(Ended::GaveUp) = &written {
            // The workers cannot be stopped inside a trial, and nothing of it will be kept.
            observer.overdue(self.count.known.load(Ordering::SeqCst), self.total(), self.directory.path());
        }
        written
    }

    /// The error of a run that was cancelled.
    pub fn interrupted(&self) -> RunError {
        RunError::Interrupted {
            saved: self.count.known.load(Ordering::SeqCst).min(self.total()),
            total: self.total(),
            path: Some(self.directory.path().to_owned()),
        }
    }

    /// The values of a group, as many trials as it has been asked for.
    ///
    /// # Errors
    ///
    /// If they cannot be read.
    pub fn load(&self, group: usize) -> Result<TrialValues, RunError> {
        let part = self.work.parts[group].clone();
        let end = self.archive.known(group).last().map_or(part.start, |known| known.end.min(part.end));
        let mut table = TrialValues::new(&self.work.plan.groups[group], part.start..end);
        self.archive.load(group, &mut table, |_| ())?;
        Ok(table)
    }

    /// Ends the work with the store.
    ///
    /// # Errors
    ///
    /// If the store cannot be closed.
    pub fn close(self) -> Result<(), RunError> {
        self.archive.close().map_err(|error| self.work.store_error(self.directory, error))
    }
}

/// Saves what is drawn, and what other stores have.
struct Saving<'s> {
    session: &'s Session<'s>,
    gate: &'s Gate,
    entries: Sender<Entry>,
}

impl Saving<'_> {
    fn send(&self, Block { group, first, count, values }: Block) {
        self.gate.take(values.len());
        // A writer that has failed ends the run by itself.
        let _unwritten =
            self.entries.send(Entry::Block(NewBlock { key: group, first, trials: count, values }));
    }
}

impl Keeper for Saving<'_> {
    fn load(&self, group: usize, table: &mut TrialValues) -> Result<(), RunError> {
        let copies = self.session.others == Others::Copied;
        self.session.archive.load(group, table, |block| {
            if copies {
                self.send(block);
            }
        })
    }

    fn known(&self, group: usize) -> Vec<Range<usize>> {
        self.session.archive.known(group)
    }

    fn keep(&self, block: Block) {
        self.send(block);
    }

    fn settled(&self, group: usize, trials: usize) {
        if self.session.work.sweep.stopping.is_some() {
            let _unwritten = self.entries.send(Entry::Settled(group, trials));
        }
    }

    fn may_draw(&self) -> bool {
        self.session.others == Others::Known
    }
}

/// Bounds the bytes of blocks that wait for the writer.
struct Gate {
    waiting: Mutex<u128>,
    given: Condvar,
    limit: u128,
    is_open: AtomicBool,
}

impl Gate {
    fn new(limit: u128) -> Self {
        Self { waiting: Mutex::new(0), given: Condvar::new(), limit, is_open: AtomicBool::new(false) }
    }

    /// Waits until a block of so many values may wait, too. One always may.
    fn take(&self, values: usize) {
        let bytes = values as u128 * 8;
        let mut waiting = self.lock();
        while *waiting > 0 && *waiting + bytes > self.limit && !self.is_open.load(Ordering::SeqCst) {
            waiting = self.given.wait(waiting).expect("nobody panics with it");
        }
        *waiting += bytes;
    }

    fn give(&self, values: usize) {
        *self.lock() -= values as u128 * 8;
        self.given.notify_all();
    }

    /// Lets everybody through: nobody writes any more.
    fn open(&self) {
        self.is_open.store(true, Ordering::SeqCst);
        let _all_see_it = self.lock();
        self.given.notify_all();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, u128> {
        self.waiting.lock().expect("nobody panics with it")
    }
}

/// Adds another store; what is damaged there is left out.
fn add(
    archive: &mut Archive,
    path: &std::path::Path,
    keys: &[ValueKey],
    observer: &dyn Observer,
) -> Result<(), RunError> {
    let found = Store::open(path).and_then(|store| Ok((Index::of(&store, keys)?, store)));
    let is_damaged = match found {
        Ok((index, store)) => {
            archive.add(path, store, &index);
            index.loaded.damaged > 0
        }
        Err(StoreError::Damaged(_)) => true,
        Err(error) => return Err(RunError::store(path, error)),
    };
    if is_damaged {
        observer.note(&format!("note: {} is damaged; what is intact is used", path.display()));
    }
    Ok(())
}

/// Opens the store and checks its blocks; one that is damaged is replaced by its good blocks.
fn sound(
    work: &Prepared,
    directory: &RunDirectory,
    keys: &[ValueKey],
    observer: &dyn Observer,
) -> Result<(Store, Index), RunError> {
    let path = directory.store();
    let broken = |error| work.store_error(directory, error);
    let attempt = |store: &Store| {
        store.check_structure()?;
        Index::of(store, keys)
    };
    let mut store = match Store::create(&path) {
        Err(StoreError::Damaged(_)) => None,
        opened => Some(opened.map_err(broken)?),
    };
    if let Some(opened) = store.take() {
        match attempt(&opened) {
            Ok(index) if index.loaded.damaged == 0 => return Ok((opened, index)),
            Ok(_) | Err(StoreError::Damaged(_)) => store = Some(opened),
            Err(error) => return Err(broken(error)),
        }
    }
    let (store, kept) = store::salvage(store, &path, &directory.temporary_store()).map_err(broken)?;
    let index = attempt(&store).map_err(broken)?;
    observer.note(&format!(
        "note: {} was damaged. Its intact blocks are used, the others are drawn again; the damaged file is kept as {}",
        path.display(),
        kept.display()
    ));
    Ok((store, index))
}

impl Prepared {
    /// This run, as the store keeps it.
    fn description(&self) -> store::Description {
        store::Description {
            name: self.sweep.name.clone(),
            fingerprint: self.plan.fingerprint.clone(),
            config: self.source.config().to_owned(),
            overrides: self.source.assignments(),
            folder: self.folder(),
            inputs: self.sweep.inputs(),
            stream: crate::random::STREAM_VERSION,
            values: store::VALUES_VERSION,
            program: VERSION.to_owned(),
        }
    }

    /// Where its files are, if it has any.
    fn folder(&self) -> String {
        if self.sweep.inputs().is_empty() {
            return String::new();
        }
        let folder = std::path::absolute(self.source.folder().join("."));
        folder.map_or_else(|_| String::new(), |folder| folder.to_string_lossy().into_owned())
    }

    /// The store of a run in `directory` cannot be used.
    pub(super) fn store_error(&self, directory: &RunDirectory, error: StoreError) -> RunError {
        let path = directory.store();
        let there = std::fs::metadata(&path).map_or(0, |file| u128::from(file.len()));
        RunError::Store { path, error, needing: self.disk().saturating_sub(there) }
    }
}

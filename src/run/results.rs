//! From the trial values of a group to the rows of its cells, and to the decision whether it needs more trials.
//!
//! Every cell stops by what its own trials show, so that its rows depend on no other cell; a group goes on until its last
//! cell has stopped.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::columns::Columns;
use super::error::RunError;
use super::prepared::Prepared;
use crate::analysis::{self, Observable, Settled};
use crate::engine::{Engine, TrialValues};
use crate::output::{self, BandRow, BinRow, Row};
use crate::theory::Predicted;

/// Values of a group from which on its cells are worth a thread each.
const SHARED_WORK: usize = 1 << 14;

/// The rows of a cell in every table that has some for each.
#[derive(Clone, Debug, Default)]
pub struct CellRows {
    /// Of `summary.csv`.
    pub rows: Vec<Row>,
    /// Of `bands.csv`, if there is one.
    pub bands: Vec<BandRow>,
    /// Of `histogram.csv`, if there is one.
    pub bins: Vec<BinRow>,
}

/// Where rows go.
pub trait Sink: Sync {
    /// Whether rows are wanted at all.
    fn is_open(&self) -> bool {
        true
    }

    /// Takes the rows of a cell.
    ///
    /// # Errors
    ///
    /// If they cannot be written.
    fn put(&self, cell: usize, rows: CellRows) -> Result<(), RunError>;
}

/// No rows are wanted.
impl Sink for () {
    fn is_open(&self) -> bool {
        false
    }

    fn put(&self, _: usize, _: CellRows) -> Result<(), RunError> {
        Ok(())
    }
}

/// Rows in memory, by cell.
#[derive(Debug, Default)]
pub struct InMemory {
    cells: Mutex<Vec<CellRows>>,
}

impl InMemory {
    /// The rows of every cell.
    ///
    /// # Panics
    ///
    /// If somebody else has panicked with them.
    pub fn into_cells(self) -> Vec<CellRows> {
        self.cells.into_inner().expect("nobody panics with the rows")
    }
}

impl Sink for InMemory {
    fn put(&self, cell: usize, rows: CellRows) -> Result<(), RunError> {
        let mut cells = self.cells.lock().expect("nobody panics with the rows");
        if cells.len() <= cell {
            cells.resize_with(cell + 1, Default::default);
        }
        cells[cell] = rows;
        Ok(())
    }
}

/// The rows of a run in the making.
pub struct Results<'w, S> {
    work: &'w Prepared,
    engine: &'w Engine,
    /// Where its rows go.
    pub sink: S,
    /// What questions will ask for.
    pub columns: Columns,
    looks: Vec<usize>,
    settled: Mutex<Vec<Option<Settled>>>,
    networks: AtomicU64,
}

impl<'w, S: Sink> Results<'w, S> {
    /// Nothing is there yet. The columns that questions will ask for are kept in at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// Where the condition of a clause has no truth value.
    pub fn new(work: &'w Prepared, engine: &'w Engine, sink: S, limit: u128) -> Result<Self, RunError> {
        Ok(Self {
            work,
            engine,
            sink,
            columns: Columns::new(work, limit)?,
            looks: work.looks(),
            settled: Mutex::new(vec![None; work.plan.cells.len()]),
            networks: AtomicU64::new(0),
        })
    }

    /// Takes a group whose table misses nothing, at one of the looks: the rows of the cells that stop there are made. Gives
    /// the trials of the next look, if a cell needs them.
    ///
    /// # Errors
    ///
    /// If the rows cannot be written.
    pub fn complete(&self, group: usize, table: &TrialValues) -> Result<Option<usize>, RunError> {
        let ready = self.settle(group, table);
        let next = self.next_look(group, table.trials());
        if self.sink.is_open() {
            let make = |&(cell, trials): &(usize, usize)| self.make(cell, table, trials);
            let made: Result<(), RunError> = if table.trials() * table.observables() < SHARED_WORK {
                ready.iter().try_for_each(make)
            } else {
                self.engine.map(&ready, make).into_iter().collect()
            };
            made?;
        }
        if next.is_none() && table.observables() > 0 {
            self.columns.offer(group, table);
            self.networks.fetch_add(table.trials() as u64, Ordering::Relaxed);
        }
        Ok(next)
    }

    /// The cells of a group that stop at a look, and their trials.
    fn settle(&self, group: usize, table: &TrialValues) -> Vec<(usize, usize)> {
        let (cells, trials) = (&self.work.plan.groups[group].cells, table.trials());
        let Some(stopping) = &self.work.sweep.stopping else {
            return cells.iter().map(|&cell| (cell, trials)).collect();
        };
        let is_open = |&&cell: &&usize| self.lock()[cell].is_none();
        let open: Vec<usize> = cells.iter().filter(is_open).copied().collect();
        let values = |at: Observable| table.columns(index(self.work, at)).swap_remove(0);
        let run = analysis::Run {
            measure: &self.work.sweep.measure,
            cells: &self.work.plan.cells,
            draws: Vec::new(),
            values: &values,
            theory: &|_| Box::new(|_| Predicted::default()),
            looks: self.looks.len(),
        };
        let is_last = trials == self.work.trials();
        let found = self.engine.map(&open, |&cell| analysis::settle(&run, stopping, cell, trials, is_last));
        let mut settled = self.lock();
        let mut ready = Vec::new();
        for (cell, found) in open.into_iter().zip(found) {
            if found.is_some() {
                ready.push((cell, trials));
            }
            settled[cell] = found;
        }
        ready
    }

    fn next_look(&self, group: usize, trials: usize) -> Option<usize> {
        self.work.sweep.stopping.as_ref()?;
        let settled = self.lock();
        let is_open = self.work.plan.groups[group].cells.iter().any(|&cell| settled[cell].is_none());
        self.looks.iter().copied().find(|&look| is_open && look > trials)
    }

    fn make(&self, cell: usize, table: &TrialValues, trials: usize) -> Result<(), RunError> {
        let (plan, sweep) = (&self.work.plan, &self.work.sweep);
        let group = plan.group(cell);
        let columns = |range| {
            let mut columns = table.columns(range);
            for column in &mut columns {
                column.truncate(trials);
            }
            columns
        };
        let rows = output::rows(&plan.cells[cell], sweep, group, columns);
        let bands = if sweep.bands {
            output::band_rows(&plan.cells[cell], sweep, group, columns)
        } else {
            Vec::new()
        };
        let bins = output::bin_rows(&plan.cells[cell], sweep, group, columns);
        self.sink.put(cell, CellRows { rows, bands, bins })
    }

    /// Where every cell stopped; empty where the number of trials is fixed.
    pub fn settled(&self) -> Vec<Settled> {
        self.lock().iter().flatten().cloned().collect()
    }

    /// Networks whose values are complete.
    pub fn networks(&self) -> u64 {
        self.networks.load(Ordering::Relaxed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Option<Settled>>> {
        self.settled.lock().expect("nobody panics with them")
    }
}

/// Which observable of its group a place is.
pub(super) fn index(work: &Prepared, at: Observable) -> std::ops::Range<usize> {
    let index = work.plan.groups[work.plan.group_of[at.cell]].observables.index(at.layer, at.site, at.metric);
    let index = index.expect("the group measures what its cells report");
    index..index + 1
}

//! From a config to work that fits: cells, groups, and what they need.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::config::ConfigArguments;
use super::failure::Failure;
use super::trials::Trials;
use crate::config::{self, Source};
use crate::engine::{self, Available, Conflict, Engine, Options, Shard, TrialValues};
use crate::network::Panel;
use crate::output::{self, Row, RunDirectory};
use crate::store::{self, Description, Law, Store, StoreError};
use crate::sweep::{Cell, Cost, Group, Sweep, fingerprint, group, panel};
use crate::text::bytes;
use crate::theory::LayerPrediction;

/// Bytes that one cell takes before any trial is run, schedules apart: its texts, and its share of a group.
const CELL_BYTES: u128 = 1000;
/// Bytes of a pass besides: its law in the store's tables, its trials in the queue. Measured on 20,000 tiny passes.
const GROUP_BYTES: u128 = 3000;
/// Bytes of one row at the end: its fields and its text in the CSV.
const ROW_BYTES: u128 = 1200;
/// Bytes of one row of `summary.csv`, typical.
const ROW_TEXT: u128 = 420;
/// Bytes of the open store: its page cache, and a block on its way.
const STORE_BYTES: u128 = 6 << 20;
/// Bytes taken between two looks at the memory.
const LOOK: u128 = 1 << 26;

/// A sweep with its cells, ready to run.
pub struct Prepared {
    /// The text of the config file.
    pub config: String,
    /// The overrides of the command line, each KEY=VALUE.
    pub assignments: Vec<String>,
    /// The overrides as they stood on the command line.
    pub overrides: Vec<String>,
    /// The sweep.
    pub sweep: Sweep,
    /// Its cells, in order.
    pub cells: Vec<Cell>,
    /// The passes that serve them.
    pub groups: Vec<Group>,
    /// The trials of every group that are to be drawn: all, or those of a shard.
    pub parts: Vec<Range<usize>>,
    /// Rows of `summary.csv`.
    pub rows: usize,
    /// Threads and instruction set.
    pub options: Options,
    /// See [`fingerprint`].
    pub fingerprint: String,
}

impl Prepared {
    /// Reads a config and lays out its work.
    ///
    /// # Errors
    ///
    /// Mistakes in the config, and a sweep whose cells alone do not fit into memory.
    pub fn new(arguments: &ConfigArguments, embedded: bool) -> Result<Self, Failure> {
        let (text, source) = arguments.read(embedded)?;
        let mut work = Self::lay_out(text, &source, arguments.options())?;
        (work.assignments, work.overrides) = (arguments.assignments(), arguments.overrides());
        let silent = work.cells.iter().filter(|cell| work.panel(cell).is_empty()).count();
        if silent > 0 {
            super::say(&format!(
                "note: {silent} of {} cells report nothing: they have none of the layers and sites of [measure]",
                work.cells.len()
            ));
        }
        Ok(work)
    }

    /// Lays out the work of a run that a store describes.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn stored(description: &Description, options: Options) -> Result<Self, Failure> {
        let Description { config, overrides, .. } = description;
        let source = Source::new(output::STORE, config.clone());
        let source = overrides.iter().fold(source, Source::set);
        let mut work = Self::lay_out(config.clone(), &source, options)?;
        work.assignments.clone_from(overrides);
        work.overrides = overrides.iter().map(|assignment| format!("--set {assignment:?}")).collect();
        Ok(work)
    }

    /// Leaves the trials of a shard alone to be drawn.
    pub fn restrict(&mut self, shard: Shard) {
        self.parts = shard.parts(&self.groups, self.trials());
    }

    fn lay_out(config: String, source: &Source, options: Options) -> Result<Self, Failure> {
        let sweep = config::parse(source)?;
        let cells = cells(&sweep, source, options)?;
        check_clauses(&sweep, &cells, source)?;
        let groups = group(&cells, &sweep.measure, sweep.randomness, sweep.seed);
        let fingerprint = fingerprint(&sweep, &cells);
        let rows = cells.iter().map(|cell| panel(&sweep.measure, cell.network.depth).len()).sum();
        let (assignments, overrides) = (Vec::new(), Vec::new());
        let parts =
            vec![0..usize::try_from(sweep.trials).expect("the config allows 10^9 trials"); groups.len()];
        Ok(Self { config, assignments, overrides, sweep, cells, groups, parts, rows, options, fingerprint })
    }

    /// The text of the config file, below a line with the overrides if there are any.
    pub fn text(&self) -> String {
        if self.overrides.is_empty() {
            return self.config.clone();
        }
        format!("# This run overrides the config below: {}\n{}", self.overrides.join(" "), self.config)
    }

    /// The directory of the run: `out`, or `results/NAME`.
    pub fn path(&self, out: Option<&Path>) -> PathBuf {
        out.map_or_else(|| Path::new("results").join(&self.sweep.name), Path::to_owned)
    }

    /// What the values of each group depend on.
    pub fn laws(&self) -> Vec<Law> {
        self.groups.iter().map(|group| Law::new(&self.sweep, &self.cells, group)).collect()
    }

    /// Starts the workers.
    pub fn engine(&self) -> Result<Engine, Failure> {
        Engine::new(self.options).map_err(|error| Failure::failed(format!("no threads: {error}")))
    }

    /// The rows of every cell, from the values of its trials.
    pub fn summarise(&self, engine: &Engine, trials: &Trials, stop: &AtomicBool) -> Vec<Vec<Row>> {
        let cells: Vec<usize> = (0..self.cells.len()).collect();
        engine.map(&cells, |&cell| {
            if stop.load(Ordering::Relaxed) {
                return Vec::new();
            }
            let group = &self.groups[trials.group(cell)];
            output::rows(&self.cells[cell], &self.sweep, group, |range| trials.columns(cell, range))
        })
    }

    /// Trials per cell, or the most of them.
    pub fn trials(&self) -> usize {
        usize::try_from(self.sweep.trials).expect("the config allows at most 10^9 trials")
    }

    /// The numbers of trials at which a cell may stop.
    pub fn looks(&self) -> Vec<usize> {
        let looks = self.sweep.looks().into_iter();
        looks.map(|look| usize::try_from(look).expect("at most the trials")).collect()
    }

    /// What a cell reports.
    pub fn panel(&self, cell: &Cell) -> Panel {
        panel(&self.sweep.measure, cell.network.depth)
    }

    /// Cost of all trials.
    #[expect(clippy::cast_precision_loss, reason = "costs are estimates")]
    pub fn cost(&self) -> Cost {
        let one = self.groups.iter().map(Group::trial_cost).fold(Cost::default(), |a, b| a + b);
        one * self.sweep.trials as f64
    }

    /// Bytes of memory at the peak of a run.
    pub fn memory(&self) -> u128 {
        engine::needed_memory(&self.groups, &self.parts, self.options)
            + self.cells.iter().map(cell_bytes).sum::<u128>()
            + self.options.threads as u128
                * self.cells.iter().map(|cell| self.summary_bytes(cell)).max().unwrap_or(0)
            + self.laws_bytes()
            + STORE_BYTES
            + self.groups.len() as u128 * GROUP_BYTES
            // At most every row has a band, and a partner in every comparison.
            + self.rows as u128 * ROW_BYTES * (1 + u128::from(self.sweep.bands) + self.sweep.compare.len() as u128)
    }

    /// Bytes of the making of the rows of one cell: its theory, a column per metric, and sorted values with logs.
    fn summary_bytes(&self, cell: &Cell) -> u128 {
        predictor_bytes(cell)
            + (self.sweep.measure.metrics.len() as u128 + 2) * u128::from(self.sweep.trials) * 8
    }

    /// Bytes of the texts of the laws, which are kept twice while a run begins.
    fn laws_bytes(&self) -> u128 {
        self.laws().iter().map(|law| 2 * law.content.len() as u128 + 200).sum()
    }

    /// Trial values that are to be drawn: observables times trials.
    pub fn values(&self) -> u128 {
        let groups = self.groups.iter().zip(&self.parts);
        groups.map(|(group, part)| group.panel.len() as u128 * part.len() as u128).sum()
    }

    /// Bytes on disk of a finished run, about.
    pub fn disk(&self) -> u128 {
        let laws: u128 = self.laws().iter().map(|law| law.content.len() as u128).sum();
        let (groups, cells) = (self.groups.len() as u128, self.cells.len() as u128);
        let store = store::bytes(groups, laws, cells, self.values());
        store + self.rows as u128 * ROW_TEXT + self.text().len() as u128 + 10_000
    }

    /// The store of a run in `directory` cannot be used.
    pub fn store_failure(&self, directory: &RunDirectory, error: &StoreError) -> Failure {
        let path = directory.store();
        let there = std::fs::metadata(&path).map_or(0, |file| u128::from(file.len()));
        Failure::store(&path, error).needing(self.disk().saturating_sub(there))
    }

    /// Refuses a run that does not fit into the memory there is.
    ///
    /// # Errors
    ///
    /// If it does not fit.
    pub fn check_memory(&self) -> Result<(), Failure> {
        check(self.memory(), "this sweep", self.options)
    }
}

/// Values that were found in a store.
pub struct Loaded {
    /// What was found.
    pub blocks: store::Loaded,
    tables: Vec<TrialValues>,
    conflict: Option<Conflict>,
}

impl Loaded {
    /// One table per group.
    ///
    /// # Errors
    ///
    /// If a trial has two different sets of values: then one of them is wrong, and nothing tells which.
    pub fn tables(self, path: &Path) -> Result<Vec<TrialValues>, Failure> {
        match self.conflict {
            Some(conflict) => Err(Failure::failed(format!("{}: {conflict}", path.display()))),
            None => Ok(self.tables),
        }
    }
}

/// Reads what a store has of a run.
///
/// # Errors
///
/// Those of [`Store::load`].
pub fn load(store: &Store, work: &Prepared, laws: &[Law]) -> Result<Loaded, StoreError> {
    // Where targets decide, what is there is taken, and more is asked for look by look.
    let first = work.looks()[0];
    let new =
        |(group, part): (&Group, &Range<usize>)| TrialValues::new(group, part.start..part.end.min(first));
    let mut tables: Vec<TrialValues> = work.groups.iter().zip(&work.parts).map(new).collect();
    let (blocks, conflict) = add(store, work, laws, &mut tables)?;
    Ok(Loaded { blocks, tables, conflict })
}

/// Adds what a store has to what is known already.
///
/// # Errors
///
/// Those of [`Store::load`].
pub fn add(
    store: &Store,
    work: &Prepared,
    laws: &[Law],
    tables: &mut [TrialValues],
) -> Result<(store::Loaded, Option<Conflict>), StoreError> {
    let mut conflict = None;
    let blocks = store.load(laws, |block| {
        let table = &mut tables[block.law];
        let end = block.first + block.values.len() / table.observables().max(1);
        table.extend(end.min(work.parts[block.law].end));
        if let Err(found) = table.put(block.first, block.values) {
            conflict.get_or_insert(found);
        }
    })?;
    Ok((blocks, conflict))
}

/// Finds conditions of clauses that have no truth value, and names clauses that are about nothing.
fn check_clauses(sweep: &Sweep, cells: &[Cell], source: &Source) -> Result<(), Failure> {
    let expect = sweep.expect.iter().map(|clause| ("expect", &clause.selection));
    let compare = sweep.compare.iter().map(|clause| ("compare", &clause.selection));
    for (kind, selection) in expect.chain(compare) {
        let chosen =
            selection.choose(cells).map_err(|error| Failure::Config(config::explain(source, &error)))?;
        if chosen.is_empty() {
            let filter = selection.filter.as_ref().map_or("", |filter| &filter.text);
            super::say(&format!("note: an [[{kind}]] selects no cell ({filter})"));
        }
    }
    Ok(())
}

fn cells(sweep: &Sweep, source: &Source, options: Options) -> Result<Vec<Cell>, Failure> {
    if sweep.grids.iter().all(|grid| grid.filter.is_none()) {
        check(sweep.size() * CELL_BYTES, &format!("this sweep of up to {} cells", sweep.size()), options)?;
    }
    let mut cells = Vec::new();
    let (mut bytes, mut checked) = (0, 0);
    for cell in sweep.cells() {
        let cell = cell.map_err(|error| Failure::Config(config::explain(source, &error)))?;
        bytes += cell_bytes(&cell);
        cells.push(cell);
        if bytes > checked + LOOK {
            check(bytes, "this sweep", options)?;
            checked = bytes;
        }
    }
    Ok(cells)
}

/// Bytes of a cell with its three schedules of one f64 per layer, and its texts where they are long.
fn cell_bytes(cell: &Cell) -> u128 {
    let texts = [&cell.std_text, &cell.mean_text, &cell.bias_std_text, &cell.law_text];
    let texts: usize = texts.into_iter().chain(&cell.label).map(String::len).sum();
    CELL_BYTES + 24 * cell.network.depth as u128 + texts.saturating_sub(500) as u128
}

/// Bytes of the theory of a cell while its rows are made.
fn predictor_bytes(cell: &Cell) -> u128 {
    2 * size_of::<LayerPrediction>() as u128 * (cell.network.depth as u128 + 1)
}

fn check(needed: u128, what: &str, options: Options) -> Result<(), Failure> {
    match engine::available_memory(options.threads) {
        Some(Available { bytes: available, bound }) if needed > available => Err(Failure::usage(format!(
            "{what} needs at least {} of memory, and there is {} ({bound})\n  help: run fewer cells, layers, metrics or \
             trials at a time, or fewer threads (--threads)",
            bytes(needed),
            bytes(available)
        ))),
        _ => Ok(()),
    }
}

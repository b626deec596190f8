//! From a config to work that fits: cells, groups, and the trials of each that are to be drawn.

use std::ops::Range;
use std::time::Instant;

use super::error::RunError;
use super::needs;
use super::observer::Observer;
use super::options::Options;
use crate::analysis;
use crate::config::{self, Source};
use crate::engine::{Engine, Shard};
use crate::network::{InputFile, Observables};
use crate::sweep::{Cell, Cost, Group, Plan, Selection, Sweep, observables};

/// Bytes taken between two looks at the memory.
const LOOK: u128 = 1 << 26;

/// Most numbers that the questions of a sweep will have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// Of all `[[expect]]`.
    pub expect: usize,
    /// Of all `[[compare]]`.
    pub compare: usize,
}

/// A sweep with its cells, ready to run.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The config and its overrides.
    pub source: Source,
    /// The sweep.
    pub sweep: Sweep,
    /// Its cells, and the passes that serve them.
    pub plan: Plan,
    /// The trials of every group that may be drawn: all, or those of a shard.
    pub parts: Vec<Range<usize>>,
    /// Rows of `summary.csv`.
    pub rows: usize,
    /// What its questions will have.
    pub answers: Answered,
    /// How to run.
    pub options: Options,
    /// Seconds that the layout has taken.
    pub layout_seconds: f64,
    /// What a user should know of it: cells that report nothing, clauses that select nothing.
    pub notes: Vec<String>,
}

impl Prepared {
    /// Reads a config and lays out its work.
    ///
    /// # Errors
    ///
    /// Mistakes in the config, and a sweep whose cells alone do not fit into memory.
    pub fn new(source: Source, options: Options) -> Result<Self, RunError> {
        Self::observed(source, options, &())
    }

    /// The same; `observer` hears how it goes, in points of the grids.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn observed(source: Source, options: Options, observer: &dyn Observer) -> Result<Self, RunError> {
        let start = Instant::now();
        let sweep = config::parse(&source)?;
        observer.begins(as_f64(sweep.size()));
        let laid_out = Self::lay_out(source, sweep, options, observer);
        observer.ends();
        laid_out.map(|work| Self { layout_seconds: start.elapsed().as_secs_f64(), ..work })
    }

    fn lay_out(
        source: Source,
        sweep: Sweep,
        options: Options,
        observer: &dyn Observer,
    ) -> Result<Self, RunError> {
        let heard = |points: u64| observer.advances(as_f64(points.into()));
        let cells = cells(&sweep, &source, options, &heard)?;
        let mut notes = sweep.hints();
        let (answers, doubts) = check_clauses(&sweep, &cells, &source)?;
        notes.extend(doubts);
        let plan = Plan::new(&sweep, cells);
        let rows = |cell: &Cell| observables(&sweep.measure, cell.network.depth).rows();
        let cells = &plan.cells;
        let silent = cells.iter().filter(|cell| rows(cell) == 0).count();
        if silent > 0 {
            let all = cells.len();
            notes.push(format!(
                "note: {silent} of {all} cells report nothing: they have none of the layers and sites of [measure]"
            ));
        }
        let rows = cells.iter().map(rows).sum();
        let parts = vec![0..trials(&sweep); plan.groups.len()];
        Ok(Self { source, sweep, plan, parts, rows, answers, options, layout_seconds: 0.0, notes })
    }

    /// Leaves the trials of a shard alone to be drawn: a part of those of every cell, or all of some cells where targets
    /// decide how many they are.
    pub fn restrict(&mut self, shard: Shard) {
        self.parts = self.parts_of(shard);
    }

    /// The trials of every group that are a shard's.
    #[must_use]
    pub fn parts_of(&self, shard: Shard) -> Vec<Range<usize>> {
        match self.sweep.stopping {
            None => shard.parts(&self.plan.groups, self.trials()),
            Some(_) => shard.whole(&self.plan.groups, self.trials()),
        }
    }

    /// The text of the config file, below a line for each file of inputs and one with the overrides, if there are any.
    #[must_use]
    pub fn config_text(&self) -> String {
        let (config, overrides) = (self.source.config(), self.source.overrides());
        let line = |InputFile { path, sha256, rows, columns }: InputFile| {
            format!("# Input {path:?}: {rows} x {columns}, SHA-256 {sha256}\n")
        };
        let inputs: String = self.sweep.inputs().into_iter().map(line).collect();
        let overrides = match &overrides[..] {
            [] => String::new(),
            overrides => format!("# This run overrides the config below: {}\n", overrides.join(" ")),
        };
        [&inputs, &overrides, config].concat()
    }

    /// Starts the workers.
    ///
    /// # Errors
    ///
    /// If the system refuses the threads.
    pub fn engine(&self) -> Result<Engine, RunError> {
        Ok(Engine::new(self.options.engine())?)
    }

    /// Trials per cell, or the most of them.
    #[must_use]
    pub fn trials(&self) -> usize {
        trials(&self.sweep)
    }

    /// The numbers of trials at which a cell may stop.
    #[must_use]
    pub fn looks(&self) -> Vec<usize> {
        self.sweep.looks().into_iter().map(clamp).collect()
    }

    /// The trials of a group that are asked for first.
    #[must_use]
    pub fn first_part(&self, group: usize) -> Range<usize> {
        let part = &self.parts[group];
        part.start..part.end.min(self.sweep.looks().first().map_or(usize::MAX, |&look| clamp(look)))
    }

    /// What a cell reports.
    #[must_use]
    pub fn observables(&self, cell: &Cell) -> Observables {
        observables(&self.sweep.measure, cell.network.depth)
    }

    /// Cost of all trials.
    #[expect(clippy::cast_precision_loss, reason = "costs are estimates")]
    #[must_use]
    pub fn cost(&self) -> Cost {
        let one = self.plan.groups.iter().map(Group::trial_cost).fold(Cost::default(), |a, b| a + b);
        one * self.sweep.trials as f64
    }

    /// Trial values that are to be drawn: observables times trials.
    #[must_use]
    pub fn values(&self) -> u128 {
        let groups = self.plan.groups.iter().zip(&self.parts);
        groups.map(|(group, part)| group.observables.len() as u128 * part.len() as u128).sum()
    }
}

fn clamp(trials: u64) -> usize {
    usize::try_from(trials).unwrap_or(usize::MAX)
}

fn trials(sweep: &Sweep) -> usize {
    clamp(sweep.trials)
}

/// Finds conditions of clauses that have no truth value, and names clauses that are about nothing; counts the answers.
fn check_clauses(
    sweep: &Sweep,
    cells: &[Cell],
    source: &Source,
) -> Result<(Answered, Vec<String>), RunError> {
    let mut notes = Vec::new();
    let mut chosen = |kind: &str, selection: &Selection| {
        let chosen = selection.choose(cells).map_err(|error| config::explain(source, &error))?;
        if chosen.is_empty() {
            let filter = selection.filter.as_ref().map_or("", |filter| &filter.text);
            notes.push(format!("note: an [[{kind}]] selects no cell ({filter})"));
        }
        Ok::<_, RunError>(chosen)
    };
    let mut answers = Answered::default();
    for clause in &sweep.expect {
        answers.expect +=
            analysis::most_findings(&sweep.measure, cells, clause, &chosen("expect", &clause.selection)?);
    }
    for clause in &sweep.compare {
        answers.compare +=
            analysis::most_comparisons(&sweep.measure, cells, clause, &chosen("compare", &clause.selection)?);
    }
    Ok((answers, notes))
}

#[expect(clippy::cast_precision_loss, reason = "for eyes")]
fn as_f64(points: u128) -> f64 {
    points as f64
}

fn cells(
    sweep: &Sweep,
    source: &Source,
    options: Options,
    heard: &dyn Fn(u64),
) -> Result<Vec<Cell>, RunError> {
    if sweep.grids.iter().all(|grid| grid.filter.is_none()) {
        let what = format!("this sweep of up to {} cells", sweep.size());
        needs::check(sweep.size() * needs::CELL_BYTES, &what, options)?;
    }
    let mut cells = Vec::new();
    let (mut bytes, mut checked) = (0, 0);
    for cell in sweep.cells_heard(heard) {
        let cell = cell.map_err(|error| config::explain(source, &error))?;
        bytes += needs::cell_bytes(&cell);
        cells.push(cell);
        if bytes > checked + LOOK {
            needs::check(bytes, "this sweep", options)?;
            checked = bytes;
        }
    }
    Ok(cells)
}

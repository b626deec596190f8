//! Runs trials on all cores. The only place that knows threads.
//!
//! Work is a queue of blocks of trials, longest first; each worker takes the next block when it is free and
//! keeps one workspace. Every trial writes its own row of a table that is laid out beforehand, so neither the
//! number of workers nor their timing can reach a number. A group with fewer trials than threads, and networks
//! of more than one block of rows, runs one trial at a time with its blocks spread over the threads instead.

mod calibrate;
mod memory;
mod progress;
mod queue;
mod wide;

pub use calibrate::calibrate;
pub use memory::{available_memory, needed_memory};
pub use progress::{Progress, Verbosity};

use std::ops::Range;

use rayon::prelude::*;

use crate::kernels::BLOCK_ROWS;
use crate::network::{Operation, Precision};
use crate::simd::SimdLevel;
use crate::sweep::{Group, Rates};

/// How to run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Worker threads, at least 1. No number depends on it.
    pub threads: usize,
    /// Instruction set. No number depends on it.
    pub level: SimdLevel,
}

/// The values of all trials of one group: `values[trial * observables + observable]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrialValues {
    values: Vec<f64>,
    observables: usize,
}

impl TrialValues {
    /// The values of some neighbouring observables, in trial order: one walk through the memory for all of them.
    #[must_use]
    pub fn columns(&self, observables: Range<usize>) -> Vec<Vec<f64>> {
        let trials = self.values.len() / self.observables;
        let mut columns = vec![Vec::with_capacity(trials); observables.len()];
        for row in self.values.chunks(self.observables) {
            for (column, &value) in columns.iter_mut().zip(&row[observables.clone()]) {
                column.push(value);
            }
        }
        columns
    }
}

/// A pool of worker threads.
pub struct Engine {
    options: Options,
    pool: rayon::ThreadPool,
}

impl Engine {
    /// Starts the workers.
    ///
    /// # Errors
    ///
    /// If the system refuses the threads.
    pub fn new(options: Options) -> Result<Self, rayon::ThreadPoolBuildError> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads).build()?;
        Ok(Self { options, pool })
    }

    /// Runs trials `0 .. trials` of every group.
    ///
    /// Deterministic: the values depend on the groups alone.
    #[must_use]
    pub fn run(&self, groups: &[Group], trials: usize, progress: &Progress) -> Vec<TrialValues> {
        let mut tables: Vec<TrialValues> = groups.iter().map(|group| table(group, trials)).collect();
        self.pool.install(|| {
            let (wide, narrow): (Vec<_>, Vec<_>) = groups
                .iter()
                .zip(&mut tables)
                .filter(|(group, _)| !group.panel.is_empty())
                .partition(|(group, _)| is_wide(group, trials, self.options.threads));
            for (group, table) in wide {
                wide::run(group, self.options.level, &mut table.values, progress);
            }
            queue::run(narrow, self.options, progress);
        });
        tables
    }

    /// Applies `f` to every item on all workers; the results are in the order of the items.
    pub fn map<I: Sync, R: Send>(&self, items: &[I], f: impl Fn(&I) -> R + Send + Sync) -> Vec<R> {
        self.pool.install(|| items.par_iter().map(f).collect())
    }
}

fn table(group: &Group, trials: usize) -> TrialValues {
    let observables = group.panel.len();
    TrialValues { values: vec![0.0; trials * observables], observables }
}

/// Whether the trials of a group are too few to keep every thread busy but its networks large enough to split.
fn is_wide(group: &Group, trials: usize, threads: usize) -> bool {
    trials < threads && group.network.width > BLOCK_ROWS && group.network.operation == Operation::Matmul
}

/// Nanoseconds of one trial on a typical core: the unit of progress.
fn nominal_work(group: &Group) -> f64 {
    group.trial_cost().seconds(&Rates::NOMINAL) * 1e9
}

/// Work of a whole run, in the unit of [`Progress`].
#[must_use]
pub fn total_work(groups: &[Group], trials: usize) -> f64 {
    groups.iter().map(nominal_work).sum::<f64>() * crate::sweep::as_f64(trials)
}

/// Wall time of a run at the given rates: the work shared evenly, but no shorter than one trial of any group that
/// is not split.
#[must_use]
pub fn predicted_seconds(groups: &[Group], trials: usize, options: Options, rates: &Rates) -> f64 {
    let threads = options.threads.min(std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let one = |group: &Group| group.trial_cost().seconds(rates);
    let total: f64 = groups.iter().map(one).sum::<f64>() * crate::sweep::as_f64(trials);
    let longest = groups.iter().filter(|g| !is_wide(g, trials, options.threads)).map(one).fold(0.0, f64::max);
    (total / crate::sweep::as_f64(threads)).max(longest)
}

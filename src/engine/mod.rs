//! Runs trials on all cores. The only place that knows threads.
//!
//! Work is a queue of blocks of trials, longest first; each worker takes the next block when it is free and
//! keeps one workspace. Every trial writes its own row of a table that is laid out beforehand, so neither the
//! number of workers nor their timing can reach a number. A group with fewer trials than threads, and networks
//! of more than one block of rows, runs one trial at a time with its blocks spread over the threads instead.
//!
//! Groups of one key (under common random numbers) go through a trial together and share its draws.
//!
//! A table knows which trials it misses, and [`Engine::fill`] runs those: values that were stored earlier are put
//! in beforehand. Every finished block is handed on at once. A [`Shard`] is a part of the trials of every group, for one
//! of several machines.

mod calibrate;
mod family;
mod limits;
mod memory;
mod progress;
mod queue;
mod replay;
mod shard;
mod table;
mod wide;

pub use calibrate::calibrate;
pub use limits::{Available, available_memory};
pub use memory::needed_memory;
pub use progress::{Progress, Verbosity};
pub use replay::See;
pub use shard::Shard;
pub use table::{Conflict, TrialValues};

use std::sync::atomic::{AtomicBool, Ordering};

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

/// Finished trials `first ..` of group number `group`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block<'t> {
    /// Index of the group.
    pub group: usize,
    /// The first trial.
    pub first: usize,
    /// `values[trial * observables + observable]`, trial 0 being `first`.
    pub values: &'t [f64],
}

/// What a run tells on its way, and how it is told to stop.
#[derive(Clone, Copy)]
pub struct Hooks<'h, 't> {
    /// Counts the work.
    pub progress: &'h Progress,
    /// Set to true, it keeps the workers from beginning another block.
    pub stop: &'h AtomicBool,
    /// Receives every finished block, on the thread of its worker.
    pub finished: &'h (dyn Fn(Block<'t>) + Sync),
}

impl Hooks<'_, '_> {
    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
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
        let mut tables: Vec<_> = groups.iter().map(|group| TrialValues::new(group, 0..trials)).collect();
        self.fill(groups, &mut tables, &Hooks { progress, stop: &AtomicBool::new(false), finished: &|_| () });
        tables
    }

    /// Runs every trial that a table misses, `tables[i]` belonging to `groups[i]`, or until it is told to stop:
    /// then the blocks in flight are finished, and what the tables miss tells what is left.
    ///
    /// Deterministic: the values depend on the groups alone.
    pub fn fill<'t>(&self, groups: &[Group], tables: &'t mut [TrialValues], hooks: &Hooks<'_, 't>) {
        let missing: Vec<usize> = tables.iter().map(TrialValues::missing_trials).collect();
        let is_wide = |index: usize| is_wide(&groups[index], missing[index], self.options.threads);
        let families = family::families(groups, is_wide);
        let mut tables: Vec<_> = tables.iter_mut().map(Some).collect();
        let mut gaps: Vec<_> = groups.iter().map(|_| None).collect();
        let (mut wide, mut narrow) = (Vec::new(), Vec::new());
        for members in families {
            let is_wide = is_wide(members[0]);
            let work: f64 = members.iter().map(|&index| nominal_work(&groups[index])).sum();
            let block = if is_wide { 1 } else { queue::block_trials(work) };
            let mut tasks = Vec::new();
            for index in members {
                let Some(table) = tables[index].take() else { continue };
                let (missing, parts) = table.open(block);
                gaps[index] = Some(missing);
                let (group, work) = (&groups[index], nominal_work(&groups[index]));
                let task = |(first, values)| queue::Task { index, group, first, values, work };
                tasks.extend(parts.into_iter().map(task));
            }
            if is_wide {
                wide.push(tasks);
            } else {
                narrow.extend(family::same_trials(tasks));
            }
        }
        narrow.sort_by(|a, b| queue::work(b).total_cmp(&queue::work(a)));
        let mut left = Vec::new();
        self.pool.install(|| {
            for tasks in wide {
                left.extend(wide::run(tasks, self.options.level, hooks));
            }
            left.extend(queue::run(narrow, self.options, hooks));
        });
        let mut gaps: Vec<_> = gaps.into_iter().flatten().collect();
        for missing in &mut gaps {
            missing.clear();
        }
        left.sort_by_key(|task| task.first);
        for (index, trials) in left.iter().map(queue::Task::trials) {
            table::push(gaps[index], trials);
        }
    }

    /// Applies `f` to every item on all workers; the results are in the order of the items.
    pub fn map<I: Sync, R: Send>(&self, items: &[I], f: impl Fn(&I) -> R + Send + Sync) -> Vec<R> {
        self.pool.install(|| items.par_iter().map(f).collect())
    }
}

/// Whether the trials of a group are too few to keep every thread busy but its networks large enough to split.
fn is_wide(group: &Group, trials: usize, threads: usize) -> bool {
    trials < threads && group.network.width > BLOCK_ROWS && group.network.operation == Operation::Matmul
}

/// Nanoseconds of one trial on a typical core: the unit of progress.
fn nominal_work(group: &Group) -> f64 {
    group.trial_cost().seconds(&Rates::NOMINAL) * 1e9
}

/// Work that the tables miss, in the unit of [`Progress`].
#[must_use]
pub fn missing_work(groups: &[Group], tables: &[TrialValues]) -> f64 {
    let of_group = |(group, table): (&Group, &TrialValues)| {
        nominal_work(group) * crate::sweep::as_f64(table.missing_trials())
    };
    groups.iter().zip(tables).map(of_group).sum()
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

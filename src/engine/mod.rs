//! Runs trials on all cores. The only place that knows threads.
//!
//! Groups are opened one after the other, as many as there are workers; each worker takes the next block of trials when
//! it is free and keeps one workspace. The values of a group are complete when its last block is done, and are
//! handed on at once. A value depends on the address of its trial alone, so neither the number of workers nor their
//! timing can reach a number. A group with fewer trials than threads, and networks of more than one block of rows,
//! runs one trial at a time with its blocks spread over the threads instead.
//!
//! Groups of one key (under common random numbers) go through a trial together and share its draws.
//!
//! A table knows which trials it misses, and [`Engine::fill`] draws those: values that were stored earlier are given by
//! the [`Client`]. A [`Shard`] is a part of the trials of every group, for one of several machines.

mod calibrate;
mod client;
mod family;
mod memory;
mod queue;
mod replay;
mod schedule;
mod shard;
mod table;
mod task;
mod wide;
mod work;

pub use calibrate::{calibrate, pace, together};
pub use client::{Block, Client, Demand, Options};
pub use memory::working_memory;
pub use replay::See;
pub use shard::Shard;
pub use table::{Conflict, TrialValues, overlaps};

use rayon::prelude::*;

use work::{is_wide, nominal_work};

use crate::sweep::{Cost, Group, Rates, as_f64};

/// A pool of worker threads.
pub struct Engine {
    options: Options,
    budget: u128,
    pool: rayon::ThreadPool,
}

/// The system refuses to start threads.
#[derive(Debug, thiserror::Error)]
#[error("no threads: {0}")]
pub struct NoThreads(String);

impl Engine {
    /// Starts the workers.
    ///
    /// # Errors
    ///
    /// If the system refuses the threads.
    pub fn new(options: Options) -> Result<Self, NoThreads> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads).build();
        let pool = pool.map_err(|error| NoThreads(error.to_string()))?;
        Ok(Self { options, budget: u128::MAX, pool })
    }

    /// Bounds the bytes of the values of all groups that are open at the same time; one always is.
    #[must_use]
    pub fn with_budget(self, budget: u128) -> Self {
        Self { budget, ..self }
    }

    /// Opens every group, draws what it misses, and completes it; or until the client stops it: then the blocks in
    /// flight are finished. `demands[i]` belongs to `groups[i]`.
    ///
    /// Deterministic: the values depend on the groups alone.
    pub fn fill<C: Client>(&self, groups: &[Group], demands: &[Demand], client: &C) {
        let (wide, narrow) = schedule::plan(groups, demands, self.options.threads, self.budget);
        self.pool.install(|| {
            for index in wide.iter().map(|family| family.members[0]) {
                if !client.is_stopped() {
                    wide::run(index, &groups[index], self.options.level, client);
                }
            }
        });
        let schedule = schedule::Schedule::new(groups, client, self.budget, narrow);
        // One loop for each thread, which no other one can steal while it waits for its own.
        self.pool.broadcast(|_| queue::work(&schedule, self.options));
    }

    /// Applies `f` to every item on all workers; the results are in the order of the items.
    pub fn map<I: Sync, R: Send>(&self, items: &[I], f: impl Fn(&I) -> R + Send + Sync) -> Vec<R> {
        self.pool.install(|| items.par_iter().map(f).collect())
    }
}

/// Work that is missing, in the unit of [`Client::advance`].
#[must_use]
pub fn missing_work(groups: &[Group], demands: &[Demand]) -> f64 {
    let of_group = |(group, demand): (&Group, &Demand)| nominal_work(group) * as_f64(demand.missing);
    groups.iter().zip(demands).map(of_group).sum()
}

/// Wall time of a run at the given rates: the work shared evenly, but no shorter than one trial of any group that
/// is not split. Groups that go through a trial together draw once.
#[must_use]
pub fn predicted_seconds(groups: &[Group], trials: usize, options: Options, rates: &Rates) -> f64 {
    let threads = options.threads.min(std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let is_split = |index: usize| is_wide(&groups[index], trials, options.threads);
    let one = |index: usize| groups[index].trial_cost().seconds(rates);
    let shared = |family: &[usize]| {
        let draws = groups[family[0]].trial_cost().draws;
        let again = Cost { draws, ..Cost::default() }.seconds(rates) * as_f64(family.len() - 1);
        family.iter().map(|&index| one(index)).sum::<f64>() - again
    };
    let families = family::families(groups, is_split);
    let total = families.iter().map(|family| shared(family)).sum::<f64>() * as_f64(trials);
    let longest = (0..groups.len()).filter(|&index| !is_split(index)).map(one).fold(0.0, f64::max);
    (total / as_f64(threads)).max(longest)
}

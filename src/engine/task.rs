//! Blocks of trials that are to be run, and the families of groups they belong to.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use super::client::Block;
use super::table::TrialValues;
use crate::network::Runner;
use crate::simd::SimdLevel;
use crate::sweep::{Group, as_f64};

/// Nanoseconds of work in one block: long against the lock of the schedule, short against the wait for the last block.
pub(super) const BLOCK_WORK: f64 = 2e7;

/// Some consecutive trials of one group.
pub(super) struct Task<'g> {
    pub index: usize,
    pub group: &'g Group,
    pub trials: Range<usize>,
    /// Theirs, once they are run.
    pub values: Vec<f64>,
    /// Nominal nanoseconds of one trial.
    pub work: f64,
}

impl<'g> Task<'g> {
    pub fn runner(&self, level: SimdLevel) -> Runner<'g> {
        let Group { network, observables, key, .. } = self.group;
        Runner { network, observables, key: *key, level }
    }

    /// The finished block.
    pub fn block(self) -> Block {
        Block {
            group: self.index,
            first: self.trials.start,
            count: self.trials.len(),
            values: Arc::new(self.values),
        }
    }
}

/// The same trials of the members of a family.
pub(super) struct Job<'g> {
    pub tasks: Vec<Task<'g>>,
    /// Their family.
    pub of: Arc<Open>,
}

/// Trials of one block of about [`BLOCK_WORK`], from the work of one: a power of two that depends on the group alone.
pub(super) fn block_trials(work: f64) -> usize {
    let mut trials = 1;
    while trials < 1 << 16 && as_f64(trials * 2) * work <= BLOCK_WORK {
        trials *= 2;
    }
    trials
}

/// Puts together the tasks of a family that are the same trials.
pub(super) fn same_trials(tasks: Vec<Task<'_>>) -> impl Iterator<Item = Vec<Task<'_>>> {
    let mut jobs: BTreeMap<(usize, usize), Vec<Task<'_>>> = BTreeMap::new();
    for task in tasks {
        jobs.entry((task.trials.start, task.trials.end)).or_default().push(task);
    }
    jobs.into_values()
}

/// A family that is open.
pub(super) struct Open {
    pub bytes: u128,
    pub inner: Mutex<Inner>,
}

/// Its tables.
pub(super) struct Inner {
    /// `None` where a group is done.
    pub tables: Vec<(usize, Option<TrialValues>)>,
    /// Jobs that are not done.
    pub left: usize,
}

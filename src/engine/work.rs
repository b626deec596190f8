//! How much work a group is.

use crate::kernels::BLOCK_ROWS;
use crate::network::Operation;
use crate::sweep::{Group, Rates};

/// Whether the trials of a group are too few to keep every thread busy but its networks large enough to split.
pub(super) fn is_wide(group: &Group, trials: usize, threads: usize) -> bool {
    trials < threads && group.network.widest() > BLOCK_ROWS && group.network.operation == Operation::Matmul
}

/// Nanoseconds of one trial on a typical core: the unit of progress.
pub(super) fn nominal_work(group: &Group) -> f64 {
    group.trial_cost().seconds(&Rates::NOMINAL) * 1e9
}

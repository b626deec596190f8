//! Norms that go through all blocks of a layer: the statistics of its columns.

use super::arithmetic::Arithmetic;
use super::spec::Norm;
use super::steps::Step;
use super::trial::Runner;
use super::workspace::{Executor, Slot, Workspace};
use crate::kernels::{BLOCK_ROWS, norm};

/// Sum over the blocks, in their order, of a lane of their sums.
pub(super) fn sum<T: Arithmetic>(slots: &[Slot<T>]) -> impl Fn(usize, usize) -> f64 {
    |vector, lane| slots.iter().fold(0.0, |sum, slot| sum + slot.sums[vector].as_ref()[lane].to_f64())
}

impl Runner<'_> {
    /// The statistics of a norm that a round begins with, if it goes through the columns.
    pub(super) fn measure_columns<T: Arithmetic>(
        &self,
        round: &[Step],
        workspace: &mut Workspace<T>,
        executor: &mut impl Executor<T>,
    ) {
        let Some(&Step::Normalise(at)) = round.first() else { return };
        if !self.network.normalises_columns(at) {
            return;
        }
        let level = self.level;
        let Workspace { h, slots, columns, .. } = workspace;
        let (rows, tiles) = (norm::count(h.rows()), h.tiles());
        let slots = &mut slots[..h.rows().div_ceil(BLOCK_ROWS)];
        executor.each_block(h.data_mut(), BLOCK_ROWS * tiles, slots, |_, h, slot, _| {
            T::add_columns(level, h, tiles, &mut slot.sums);
        });
        columns.put_centres(sum(slots), rows, self.network.norm == Norm::Layer);
        let both = columns.both();
        executor.each_block(h.data_mut(), BLOCK_ROWS * tiles, slots, |_, h, slot, _| {
            T::add_squares(level, h, both, &mut slot.sums);
        });
        columns.put_factors(sum(slots), rows, self.network.norm_eps);
    }
}

//! Norms that go through all blocks of a layer: the statistics of its columns.

use super::arithmetic::Arithmetic;
use super::spec::{Network, Norm};
use super::steps::Step;
use super::trial::{Executor, Runner, Slot, Workspace};
use crate::kernels::{BLOCK_ROWS, norm};

/// What is subtracted from the entries of each column, and what they are then multiplied by.
pub(super) struct Columns<T: Arithmetic> {
    centre: Vec<T::Row>,
    factor: Vec<T::Row>,
}

impl<T: Arithmetic> Columns<T> {
    /// Memory for a network; none if it has no such norm.
    pub fn new(network: &Network) -> Self {
        let zeros = || vec![bytemuck::Zeroable::zeroed(); Self::sums(network) / 2];
        Self { centre: zeros(), factor: zeros() }
    }

    /// Vectors of sums that every block needs: two for each tile of columns.
    pub fn sums(network: &Network) -> usize {
        let is_columnwise = matches!(network.norm, Norm::Layer | Norm::Rms);
        if is_columnwise { 2 * network.batch.div_ceil(T::LANES) } else { 0 }
    }

    /// Both, tile by tile.
    pub fn both(&self) -> [&[T::Row]; 2] {
        [&self.centre, &self.factor]
    }

    /// From the sums of the entries and of their magnitudes: the centres, and in place of the factors the powers of two
    /// by which deviations are scaled before they are squared.
    fn put_centres(&mut self, slots: &[Slot<T>], rows: f64, is_centred: bool) {
        let tiles = self.centre.len();
        for tile in 0..tiles {
            for lane in 0..T::LANES {
                let mean = if is_centred { sum(slots, tile, lane) / rows } else { 0.0 };
                self.centre[tile].as_mut()[lane] = T::from_f64(mean);
                let scale = norm::scale::<T>(sum(slots, tiles + tile, lane) / rows);
                self.factor[tile].as_mut()[lane] = T::from_f64(scale);
            }
        }
    }

    /// From the sums of the squares of scaled deviations: the factors.
    fn put_factors(&mut self, slots: &[Slot<T>], rows: f64, eps: f64) {
        for tile in 0..self.factor.len() {
            for (lane, factor) in self.factor[tile].as_mut().iter_mut().enumerate() {
                let square = sum(slots, tile, lane) / rows;
                *factor = T::from_f64(norm::factor(square, factor.to_f64(), eps));
            }
        }
    }
}

/// Sum over the blocks, in their order.
fn sum<T: Arithmetic>(slots: &[Slot<T>], tile: usize, lane: usize) -> f64 {
    slots.iter().fold(0.0, |sum, slot| sum + slot.sums[tile].as_ref()[lane].to_f64())
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
        columns.put_centres(slots, rows, self.network.norm == Norm::Layer);
        let both = columns.both();
        executor.each_block(h.data_mut(), BLOCK_ROWS * tiles, slots, |_, h, slot, _| {
            T::add_squares(level, h, both, &mut slot.sums);
        });
        columns.put_factors(slots, rows, self.network.norm_eps);
    }
}

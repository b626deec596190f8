//! The statistics of the columns of a layer that a norm needs.

use super::arithmetic::Arithmetic;
use super::spec::{Network, Norm};
use crate::kernels::norm;

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

    /// Takes the statistics of another layer.
    pub fn copy_from(&mut self, other: &Self) {
        self.centre.copy_from_slice(&other.centre);
        self.factor.copy_from_slice(&other.factor);
    }

    /// From the sums over the blocks of the gradient Y and of `Y xhat`: their means; that of Y is 0 where nothing was
    /// centred.
    pub fn put_means(&mut self, sum: impl Fn(usize, usize) -> f64, rows: f64, is_centred: bool) {
        self.put(sum, rows, is_centred, |mean| mean);
    }

    /// From the sums of the entries and of their magnitudes: the centres, and in place of the factors the powers of two
    /// by which deviations are scaled before they are squared.
    pub fn put_centres(&mut self, sum: impl Fn(usize, usize) -> f64, rows: f64, is_centred: bool) {
        self.put(sum, rows, is_centred, norm::scale::<T>);
    }

    /// The means of the first sums, or 0, and what `factor` makes of the means of the second ones.
    fn put(
        &mut self,
        sum: impl Fn(usize, usize) -> f64,
        rows: f64,
        is_centred: bool,
        factor: impl Fn(f64) -> f64,
    ) {
        let tiles = self.centre.len();
        for tile in 0..tiles {
            for lane in 0..T::LANES {
                let mean = if is_centred { sum(tile, lane) / rows } else { 0.0 };
                self.centre[tile].as_mut()[lane] = T::from_f64(mean);
                self.factor[tile].as_mut()[lane] = T::from_f64(factor(sum(tiles + tile, lane) / rows));
            }
        }
    }

    /// From the sums of the squares of scaled deviations: the factors.
    pub fn put_factors(&mut self, sum: impl Fn(usize, usize) -> f64, rows: f64, eps: f64) {
        for tile in 0..self.factor.len() {
            for (lane, factor) in self.factor[tile].as_mut().iter_mut().enumerate() {
                let square = sum(tile, lane) / rows;
                *factor = T::from_f64(norm::factor(square, factor.to_f64(), eps));
            }
        }
    }
}

//! Standardised draws of one trial, at rest for all networks that share them.

use super::arithmetic::Arithmetic;
use super::spec::{Network, Operation};
use super::weights::{BlockAddress, DrawnWeights, LayerAddress, Sampler, Streams, Weights};
use crate::kernels::{BLOCK_ROWS, FloatFormat, Matrix, PANEL_ROWS, StoredWeights};
use crate::random::{Affine, Key, Law, Role};
use crate::simd::SimdLevel;

/// Panels of one block.
const BLOCK_PANELS: usize = BLOCK_ROWS / PANEL_ROWS;

/// Standardised draws of one trial: of the input, and of the block of a layer that is at work.
pub struct SharedDraws<T: Arithmetic> {
    input: Matrix<T>,
    block: BlockDraws<T>,
    streams: Streams,
}

enum BlockDraws<T: Arithmetic> {
    Weights(StoredWeights<T>),
    Noise(Matrix<T>),
}

impl<T: Arithmetic> SharedDraws<T> {
    /// Memory for the draws of networks of the shape and operation of `network`.
    #[must_use]
    pub fn new(network: &Network) -> Self {
        let block = match network.operation {
            Operation::Matmul => BlockDraws::Weights(StoredWeights::new(BLOCK_ROWS, network.widest())),
            Operation::Product | Operation::Sum => BlockDraws::Noise(Matrix::new(BLOCK_ROWS, network.batch)),
        };
        let input = Matrix::new(network.widest(), network.batch);
        Self { input, block, streams: Streams::default() }
    }

    /// Bytes of such memory.
    #[must_use]
    pub fn bytes(network: &Network) -> u128 {
        let block = match network.operation {
            Operation::Matmul => StoredWeights::<T>::bytes(BLOCK_ROWS, network.widest()),
            Operation::Product | Operation::Sum => Matrix::<T>::bytes(BLOCK_ROWS, network.batch),
        };
        Matrix::<T>::bytes(network.widest(), network.batch) + block
    }

    /// Draws the input, of `units` rows.
    pub(super) fn draw_input(&mut self, level: SimdLevel, key: Key, law: Law, units: usize) {
        self.input.set_rows(units);
        let tiles = self.input.tiles();
        let (sampler, address) = (standardised(level, law), LayerAddress { key, layer: 0 });
        for (block, rows) in self.input.data_mut().chunks_mut(BLOCK_ROWS * tiles).enumerate() {
            sampler.block::<T>(Role::Input, address.block(block), tiles, rows);
        }
    }

    /// Draws a block of a layer, of `rows` rows and `fan_in` columns.
    pub(super) fn draw_block(
        &mut self,
        level: SimdLevel,
        law: Law,
        address: BlockAddress,
        (rows, fan_in): (usize, usize),
    ) {
        let (sampler, tiles) = (standardised(level, law), self.tiles());
        match &mut self.block {
            BlockDraws::Weights(weights) => {
                weights.set_columns(fan_in);
                let mut draws = DrawnWeights::new(sampler, address.at, &mut self.streams);
                T::draw_weights(level, &mut draws, address.block * BLOCK_PANELS, rows, weights);
            }
            BlockDraws::Noise(noise) => {
                sampler.block::<T>(Role::Weight, address, tiles, &mut noise.data_mut()[..rows * tiles]);
            }
        }
    }

    /// Tiles of every matrix of the networks.
    pub(super) fn tiles(&self) -> usize {
        self.input.tiles()
    }

    /// The `rows` vectors of a block of the input.
    pub(super) fn input(&self, block: usize, rows: usize) -> &[T::Row] {
        &self.input.data()[block * BLOCK_ROWS * self.input.tiles()..][..rows]
    }

    /// Weights of the block, number `block` of its layer, of a matrix product.
    pub(super) fn weights(
        &self,
        block: usize,
        affine: Affine,
        (level, format): (SimdLevel, Option<FloatFormat>),
    ) -> Weights<'_, T> {
        let BlockDraws::Weights(draws) = &self.block else { unreachable!("the operation is a product") };
        Weights::Shared { draws, first_panel: block * BLOCK_PANELS, affine, format, level }
    }

    /// The `rows` vectors of noise of the block, of an elementwise operation.
    pub(super) fn noise(&self, rows: usize) -> &[T::Row] {
        let BlockDraws::Noise(noise) = &self.block else { unreachable!("the operation is elementwise") };
        &noise.data()[..rows]
    }
}

/// Draws as they are.
fn standardised(level: SimdLevel, law: Law) -> Sampler {
    Sampler { level, law, affine: Affine { shift: 0.0, scale: 1.0 } }
}

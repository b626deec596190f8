//! Networks that share their draws: common random numbers, paid once.
//!
//! Networks of one key, shape and law of weights differ in std, mean, bias, activation or input alone, so the
//! standardised draws of a trial are the same for all of them. A family goes through a trial block by block of every
//! layer: a block is drawn once, then every member maps the draws to its own weights (one fused multiply-add
//! each, as when they are drawn for it alone) and multiplies. So the bits are those of the members one by one.

use super::arithmetic::{Arithmetic, DrawnWeights, Streams, Weights};
use super::spec::{Network, Operation};
use super::trial::{BlockScratch, Runner, Sequential, Workspace, draw_block};
use crate::kernels::matrix::block_range;
use crate::kernels::{BLOCK_ROWS, Matrix, PANEL_ROWS, StoredWeights};
use crate::random::{Affine, Key, Law, Role};
use crate::simd::SimdLevel;

/// Panels of one block.
const BLOCK_PANELS: usize = BLOCK_ROWS / PANEL_ROWS;
/// A draw as it is.
const STANDARDISED: Affine = Affine { shift: 0.0, scale: 1.0 };
/// Largest block of weights at rest, half of a usual level-2 cache: reading back from further away costs what drawing
/// does.
const LARGEST_BLOCK: u128 = 1 << 20;
/// Largest batch, and largest number of activations, of a member. The activations of all members take turns in the
/// cache; beyond these figures fetching them costs what the draws cost. Measured on two layers of 20 cells, time alone
/// over time together: width 512 batch 16 2.0, 64 1.27, 100 1.05, 128 0.98, 512 0.84; width 100 batch 100 1.25, batch
/// 512 0.95; width 1024 batch 64 1.10, 100 1.0.
const LARGEST_BATCH: usize = 128;
const LARGEST_LAYER: usize = 1 << 16;

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

/// Whether networks like this one gain from shared draws: always where the operation is elementwise; a product while
/// its width is at most 1024 in f64 and 2048 in f32, its batch at most 128, and width times batch at most 65,536.
#[must_use]
pub fn can_share<T: Arithmetic>(network: &Network) -> bool {
    let Network { operation, width, batch, .. } = *network;
    operation != Operation::Matmul
        || StoredWeights::<T>::bytes(BLOCK_ROWS, width) <= LARGEST_BLOCK
            && batch <= LARGEST_BATCH
            && width * batch <= LARGEST_LAYER
}

impl<T: Arithmetic> SharedDraws<T> {
    /// Memory for the draws of networks of the shape and operation of `network`.
    #[must_use]
    pub fn new(network: &Network) -> Self {
        let block = match network.operation {
            Operation::Matmul => BlockDraws::Weights(StoredWeights::new(BLOCK_ROWS, network.width)),
            Operation::Product | Operation::Sum => BlockDraws::Noise(Matrix::new(BLOCK_ROWS, network.batch)),
        };
        let input = Matrix::new(network.width, network.batch);
        Self { input, block, streams: Streams::default() }
    }

    /// Bytes of such memory.
    #[must_use]
    pub fn bytes(network: &Network) -> u128 {
        let block = match network.operation {
            Operation::Matmul => StoredWeights::<T>::bytes(BLOCK_ROWS, network.width),
            Operation::Product | Operation::Sum => Matrix::<T>::bytes(BLOCK_ROWS, network.batch),
        };
        Matrix::<T>::bytes(network.width, network.batch) + block
    }

    fn draw_input(&mut self, level: SimdLevel, key: Key) {
        let tiles = self.input.tiles();
        for (block, rows) in self.input.data_mut().chunks_mut(BLOCK_ROWS * tiles).enumerate() {
            draw_block::<T>(level, Law::Normal, STANDARDISED, key, (Role::Input, 0, block), tiles, rows);
        }
    }

    /// Draws block `block` of a layer, of `rows` rows.
    fn draw_block(
        &mut self,
        level: SimdLevel,
        (key, layer, block): (Key, usize, usize),
        law: Law,
        rows: usize,
    ) {
        let tiles = self.input.tiles();
        match &mut self.block {
            BlockDraws::Weights(weights) => {
                let mut draws = DrawnWeights::new(level, (key, layer), law, STANDARDISED, &mut self.streams);
                T::draw_weights(level, &mut draws, block * BLOCK_PANELS, rows, weights);
            }
            BlockDraws::Noise(noise) => {
                let address = (Role::Weight, layer, block);
                let noise = &mut noise.data_mut()[..rows * tiles];
                draw_block::<T>(level, law, STANDARDISED, key, address, tiles, noise);
            }
        }
    }

    /// The `rows` vectors of a block of the input.
    pub(super) fn input(&self, block: usize, rows: usize) -> &[T::Row] {
        &self.input.data()[block * BLOCK_ROWS * self.input.tiles()..][..rows]
    }

    /// Weights of the block, number `block` of its layer, of a matrix product.
    pub(super) fn weights(&self, block: usize, affine: Affine) -> Weights<'_, T> {
        let BlockDraws::Weights(draws) = &self.block else { unreachable!("the operation is a product") };
        Weights::Shared { draws, first_panel: block * BLOCK_PANELS, affine }
    }

    /// The `rows` vectors of noise of the block, of an elementwise operation.
    pub(super) fn noise(&self, rows: usize) -> &[T::Row] {
        let BlockDraws::Noise(noise) = &self.block else { unreachable!("the operation is elementwise") };
        &noise.data()[..rows]
    }
}

/// Runs one trial of every member; `workspaces` and `outs` are theirs.
///
/// The members agree in key, level, operation, width, batch, law and precision; their depths may differ.
/// Deterministic: the bits are those of [`Runner::run`].
pub fn run_family<T: Arithmetic>(
    members: &[Runner<'_>],
    trial: u64,
    shared: &mut SharedDraws<T>,
    workspaces: &mut [Workspace<T>],
    executor: &mut Sequential<T>,
    outs: &mut [&mut [f64]],
) {
    let [first, ..] = members else { return };
    let (key, level) = (first.key.trial(trial), first.level);
    shared.draw_input(level, key);
    for ((member, workspace), out) in members.iter().zip(&mut *workspaces).zip(&mut *outs) {
        member.begin(trial, Some(shared), workspace, out);
    }
    let deepest = members.iter().map(|member| member.network.depth).max().unwrap_or(0);
    for layer in 1..=deepest {
        let active = |member: &Runner<'_>| layer <= member.network.depth;
        for (member, workspace) in members.iter().zip(&mut *workspaces).filter(|(member, _)| active(member)) {
            member.draw_bias(key, layer, workspace);
        }
        layer_blocks(members, (key, layer), shared, workspaces, &mut executor.0);
        for ((member, workspace), out) in members.iter().zip(&mut *workspaces).zip(&mut *outs) {
            if active(member) {
                member.complete(layer, workspace, executor, out);
            }
        }
    }
}

/// Every block of a layer: drawn once, then worked on by every member that is so deep.
fn layer_blocks<T: Arithmetic>(
    members: &[Runner<'_>],
    (key, layer): (Key, usize),
    shared: &mut SharedDraws<T>,
    workspaces: &mut [Workspace<T>],
    scratch: &mut BlockScratch<T>,
) {
    let (level, law, width) = (members[0].level, members[0].network.law, members[0].network.width);
    let tiles = shared.input.tiles();
    for block in 0..width.div_ceil(BLOCK_ROWS) {
        let rows = block_range(block, width);
        let part = rows.start * tiles..rows.end * tiles;
        shared.draw_block(level, (key, layer, block), law, rows.len());
        for (member, workspace) in members.iter().zip(&mut *workspaces) {
            if layer <= member.network.depth {
                let Workspace { x, h, bias, slots, .. } = workspace;
                let h = &mut h.data_mut()[part.clone()];
                slots[block] = member.block((key, layer, block), Some(shared), (x, bias), h, scratch);
            }
        }
    }
}

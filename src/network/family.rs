//! Networks that share their draws: common random numbers, paid once.
//!
//! Networks of one key, shape and law of weights differ in std, mean, bias, activation or input alone, so the
//! standardised draws of a trial are the same for all of them. A family goes through a trial layer by layer:
//! the draws of a layer are made once, then every member maps them to its own weights (one fused multiply-add
//! each, as when they are drawn for it alone) and goes on. So the bits are those of the members one by one.

use super::arithmetic::{Arithmetic, DrawnWeights};
use super::spec::{Network, Operation};
use super::trial::{Executor, Runner, Workspace, draw_block};
use crate::kernels::{BLOCK_ROWS, Matrix, StoredWeights};
use crate::random::{Affine, Key, Law, Role};
use crate::simd::SimdLevel;

/// A draw as it is.
const STANDARDISED: Affine = Affine { shift: 0.0, scale: 1.0 };
/// Largest layer of weights that is kept at rest: beyond it, reading back costs what drawing does. See
/// [`can_share`].
const LARGEST: u128 = 8 << 20;

/// Standardised draws of one trial: of the input, and of the layer that is at work.
pub struct SharedDraws<T: Arithmetic> {
    input: Matrix<T>,
    layer: LayerDraws<T>,
}

enum LayerDraws<T: Arithmetic> {
    Weights(StoredWeights<T>),
    Noise(Matrix<T>),
}

/// Whether networks like this one gain from shared draws: while a layer of weights fits 8 MiB.
#[must_use]
pub fn can_share<T: Arithmetic>(network: &Network) -> bool {
    network.operation != Operation::Matmul
        || StoredWeights::<T>::bytes(network.width, network.width) <= LARGEST
}

impl<T: Arithmetic> SharedDraws<T> {
    /// Memory for the draws of networks of the shape and operation of `network`.
    #[must_use]
    pub fn new(network: &Network) -> Self {
        let matrix = || Matrix::new(network.width, network.batch);
        let layer = match network.operation {
            Operation::Matmul => LayerDraws::Weights(StoredWeights::new(network.width, network.width)),
            Operation::Product | Operation::Sum => LayerDraws::Noise(matrix()),
        };
        Self { input: matrix(), layer }
    }

    /// Bytes of such memory.
    #[must_use]
    pub fn bytes(network: &Network) -> u128 {
        let matrix = Matrix::<T>::bytes(network.width, network.batch);
        match network.operation {
            Operation::Matmul => matrix + StoredWeights::<T>::bytes(network.width, network.width),
            Operation::Product | Operation::Sum => 2 * matrix,
        }
    }

    fn draw_input(&mut self, level: SimdLevel, key: Key) {
        draw(level, Law::Normal, key, (Role::Input, 0), &mut self.input);
    }

    fn draw_layer(&mut self, level: SimdLevel, key: Key, layer: usize, law: Law) {
        match &mut self.layer {
            LayerDraws::Weights(weights) => {
                T::draw_weights(level, &mut DrawnWeights::new(key, layer, law, STANDARDISED), weights);
            }
            LayerDraws::Noise(noise) => draw(level, law, key, (Role::Weight, layer), noise),
        }
    }

    /// The `rows` vectors of a block of the input.
    pub(super) fn input(&self, block: usize, rows: usize) -> &[T::Row] {
        part(&self.input, block, rows)
    }

    /// The weights of the layer, of a matrix product.
    pub(super) fn weights(&self) -> &StoredWeights<T> {
        let LayerDraws::Weights(weights) = &self.layer else { unreachable!("the operation is a product") };
        weights
    }

    /// The `rows` vectors of a block of the noise, of an elementwise operation.
    pub(super) fn noise(&self, block: usize, rows: usize) -> &[T::Row] {
        let LayerDraws::Noise(noise) = &self.layer else { unreachable!("the operation is elementwise") };
        part(noise, block, rows)
    }
}

fn part<T: Arithmetic>(matrix: &Matrix<T>, block: usize, rows: usize) -> &[T::Row] {
    &matrix.data()[block * BLOCK_ROWS * matrix.tiles()..][..rows]
}

fn draw<T: Arithmetic>(
    level: SimdLevel,
    law: Law,
    key: Key,
    (role, layer): (Role, usize),
    out: &mut Matrix<T>,
) {
    let tiles = out.tiles();
    for (block, rows) in out.data_mut().chunks_mut(BLOCK_ROWS * tiles).enumerate() {
        draw_block::<T>(level, law, STANDARDISED, key, (role, layer, block), tiles, rows);
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
    executor: &mut impl Executor<T>,
    outs: &mut [&mut [f64]],
) {
    let [first, ..] = members else { return };
    let (key, level, law) = (first.key.trial(trial), first.level, first.network.law);
    shared.draw_input(level, key);
    for ((member, workspace), out) in members.iter().zip(&mut *workspaces).zip(&mut *outs) {
        member.begin(trial, Some(shared), workspace, out);
    }
    let deepest = members.iter().map(|member| member.network.depth).max().unwrap_or(0);
    for layer in 1..=deepest {
        shared.draw_layer(level, key, layer, law);
        for ((member, workspace), out) in members.iter().zip(&mut *workspaces).zip(&mut *outs) {
            if layer <= member.network.depth {
                member.layer((trial, layer), Some(shared), workspace, executor, out);
            }
        }
    }
}

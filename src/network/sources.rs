//! What a layer is made of.

use super::arithmetic::Arithmetic;
use super::columns::Columns;
use super::nudge::Nudge;
use super::shared::SharedDraws;
use super::steps::Step;
use super::weights::BlockAddress;
use crate::kernels::{BLOCK_ROWS, Matrix};
use crate::simd::SimdLevel;

/// What a block of a layer is made of.
pub(super) struct Sources<'a, T: Arithmetic> {
    /// Activations of the layer below.
    pub x: &'a Matrix<T>,
    /// What a residual adds its branch to.
    pub kept: &'a Matrix<T>,
    /// Biases of the whole layer.
    pub bias: &'a [T::Row],
    /// Statistics of the whole layer.
    pub columns: &'a Columns<T>,
    /// What fits the weights of the layer to the batch, once that is known.
    pub factor: f64,
    /// What is added on the way.
    pub nudges: &'a [Nudge<T>],
    /// Draws that are given are taken, not made.
    pub shared: Option<&'a SharedDraws<T>>,
}

impl<T: Arithmetic> Sources<'_, T> {
    /// Adds to one block behind a step what is to be added there.
    pub fn nudge(&self, level: SimdLevel, (address, step): (BlockAddress, Step), h: &mut [T::Row]) {
        for nudge in self.nudges.iter().filter(|nudge| nudge.is_behind(address.at.layer, step)) {
            nudge.add(level, address.block * BLOCK_ROWS, h);
        }
    }
}

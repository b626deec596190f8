//! What a layer is made of.

use super::arithmetic::Arithmetic;
use super::columns::Columns;
use super::shared::SharedDraws;
use crate::kernels::Matrix;

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
    /// Draws that are given are taken, not made.
    pub shared: Option<&'a SharedDraws<T>>,
}

//! The gradient of weights, `D X^T`, a block of rows at a time.

use fearless_simd::Simd;

use super::matmul::{PANEL, PANEL_ROWS, Piece, Scratch, WeightSource, multiply_block};
use super::matrix::Matrix;
use crate::simd::Element;

/// A block of rows of D as the left factor of a product: its columns are what the product sums over.
struct Rows<'a, T: Element> {
    d: &'a [T::Row],
    height: usize,
}

impl<T: Element> WeightSource<T> for Rows<'_, T> {
    #[inline(always)]
    fn pack<'a, S: Simd>(&'a mut self, _simd: S, piece: Piece, memory: &'a mut [T]) -> &'a [T] {
        let first = piece.block * super::matrix::BLOCK_ROWS;
        for (slot, panel) in memory.chunks_mut(PANEL).take(piece.panels).enumerate() {
            let from = (piece.first_panel + slot) * PANEL_ROWS;
            for (step, weights) in
                panel.as_chunks_mut::<PANEL_ROWS>().0.iter_mut().take(piece.depth).enumerate()
            {
                let (tile, lane) = ((first + step) / T::LANES, (first + step) % T::LANES);
                for (row, weight) in weights.iter_mut().enumerate().take(self.height.saturating_sub(from)) {
                    *weight = self.d[tile * self.height + from + row].as_ref()[lane];
                }
            }
        }
        memory
    }
}

/// `out = D X^T`, sums over the columns in order.
///
/// Shapes: `d` is a block of rows of D (`height x B`), `transposed` is `X^T` (`B x k`), `out` becomes `height x k`.
#[inline(always)]
pub(crate) fn outer<S: Simd, T: Element>(
    simd: S,
    d: &[T::Row],
    transposed: &Matrix<T>,
    scratch: &mut Scratch<T>,
    out: &mut Matrix<T>,
) {
    let height = d.len() / transposed.rows().div_ceil(T::LANES);
    out.reshape(height, transposed.columns());
    let (tiles, x) = (transposed.tiles(), transposed.data());
    multiply_block(simd, &mut Rows::<T> { d, height }, scratch, x, tiles, 0, out.data_mut());
}

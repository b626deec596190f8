//! The matrix product with weights at rest: for tests and benchmarks of the kernel by itself.

use fearless_simd::Simd;

use super::matmul::{GROUP_PANELS, PANEL, PANEL_ROWS, Piece, Scratch, WeightSource, multiply_block};
use super::matrix::{BLOCK_ROWS, Matrix};
use crate::simd::{Element, SimdLevel, with_simd};

/// A matrix of weights in memory, as the kernel reads it: [`Piece`] after piece, panels of eight rows, column
/// after column. Every piece has the space of a full one.
pub struct StoredWeights<T: Element> {
    rows: usize,
    columns: usize,
    data: Vec<T>,
}

/// Weights of a full piece.
const PIECE: usize = GROUP_PANELS * PANEL;

impl<T: Element> StoredWeights<T> {
    /// The `rows x columns` weights `entry(row, column)`.
    #[must_use]
    pub fn from_fn(rows: usize, columns: usize, mut entry: impl FnMut(usize, usize) -> T) -> Self {
        let pieces = rows.div_ceil(GROUP_PANELS * PANEL_ROWS) * columns.div_ceil(BLOCK_ROWS);
        let mut weights = Self { rows, columns, data: vec![T::zeroed(); pieces * PIECE] };
        for row in 0..rows {
            for column in 0..columns {
                let (panel, block) = (row / PANEL_ROWS, column / BLOCK_ROWS);
                let inside =
                    panel % GROUP_PANELS * PANEL + column % BLOCK_ROWS * PANEL_ROWS + row % PANEL_ROWS;
                let first = weights.first(panel, block);
                weights.data[first + inside] = entry(row, column);
            }
        }
        weights
    }

    /// Where the piece of a panel and a block of k starts.
    fn first(&self, panel: usize, block: usize) -> usize {
        (panel / GROUP_PANELS * self.columns.div_ceil(BLOCK_ROWS) + block) * PIECE
    }
}

impl<T: Element> WeightSource<T> for &StoredWeights<T> {
    #[inline(always)]
    fn pack<'a, S: Simd>(&'a mut self, _simd: S, piece: Piece, _memory: &'a mut [T]) -> &'a [T] {
        &self.data[self.first(piece.first_panel, piece.block)..][..PIECE]
    }
}

/// An element type with the product of stored weights.
pub trait MultiplyStored: Element {
    /// `out = weights * input`, block after block, whatever `out` held.
    ///
    /// # Panics
    ///
    /// Where the shapes disagree: `weights: m x k`, `input: k x B`, `out: m x B`.
    fn multiply_stored(
        level: SimdLevel,
        weights: &StoredWeights<Self>,
        scratch: &mut Scratch<Self>,
        input: &Matrix<Self>,
        out: &mut Matrix<Self>,
    );
}

macro_rules! impl_multiply_stored {
    ($element:ty) => {
        impl MultiplyStored for $element {
            fn multiply_stored(
                level: SimdLevel,
                weights: &StoredWeights<Self>,
                scratch: &mut Scratch<Self>,
                input: &Matrix<Self>,
                out: &mut Matrix<Self>,
            ) {
                assert_eq!((weights.rows, weights.columns), (out.rows(), input.rows()), "m x k");
                assert_eq!(input.columns(), out.columns(), "B");
                let mut source = weights;
                let (tiles, input) = (input.tiles(), input.data());
                for (block, out) in out.data_mut().chunks_mut(BLOCK_ROWS * tiles).enumerate() {
                    let first_row = block * BLOCK_ROWS;
                    with_simd!(level, simd => multiply_block::<_, Self>(
                        simd, &mut source, scratch, input, tiles, first_row, out));
                }
            }
        }
    };
}
impl_multiply_stored!(f64);
impl_multiply_stored!(f32);

//! Weights at rest: shared by several networks, and the kernel by itself for tests and benchmarks.

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
        let mut weights = Self::new(rows, columns);
        for row in 0..rows {
            for column in 0..columns {
                let at = weights.at(row, column);
                weights.data[at] = entry(row, column);
            }
        }
        weights
    }

    /// The weight in a row and a column.
    #[must_use]
    pub fn get(&self, row: usize, column: usize) -> T {
        self.data[self.at(row, column)]
    }

    /// Where a weight stands.
    fn at(&self, row: usize, column: usize) -> usize {
        let (panel, block) = (row / PANEL_ROWS, column / BLOCK_ROWS);
        let inside = panel % GROUP_PANELS * PANEL + column % BLOCK_ROWS * PANEL_ROWS + row % PANEL_ROWS;
        self.first(panel, block) + inside
    }

    /// Zeros, to be filled piece by piece.
    #[must_use]
    pub fn new(rows: usize, columns: usize) -> Self {
        let data = vec![T::zeroed(); pieces(rows, columns) * PIECE];
        Self { rows, columns, data }
    }

    /// The same memory for weights of fewer columns, or again of as many as it was made for.
    ///
    /// # Panics
    ///
    /// If the memory does not hold so many.
    pub fn set_columns(&mut self, columns: usize) {
        assert!(pieces(self.rows, columns) * PIECE <= self.data.len(), "memory for {columns} columns");
        self.columns = columns;
    }

    /// Bytes of such weights.
    #[must_use]
    pub fn bytes(rows: usize, columns: usize) -> u128 {
        pieces(rows, columns) as u128 * (PIECE * size_of::<T>()) as u128
    }

    /// Every piece and its memory, the blocks of a group in order.
    pub fn pieces_mut(&mut self) -> impl Iterator<Item = (Piece, &mut [T])> {
        let (rows, columns, blocks) = (self.rows, self.columns, self.columns.div_ceil(BLOCK_ROWS));
        self.data.chunks_mut(PIECE).take(pieces(rows, columns)).enumerate().map(move |(index, memory)| {
            let (group, block) = (index / blocks, index % blocks);
            let first_panel = group * GROUP_PANELS;
            let panels = rows.div_ceil(PANEL_ROWS).min(first_panel + GROUP_PANELS) - first_panel;
            let depth = columns.min((block + 1) * BLOCK_ROWS) - block * BLOCK_ROWS;
            (Piece { first_panel, panels, block, depth }, memory)
        })
    }

    /// The memory of a piece.
    #[must_use]
    pub fn piece(&self, piece: Piece) -> &[T] {
        &self.data[self.first(piece.first_panel, piece.block)..][..PIECE]
    }

    /// Where the piece of a panel and a block of k starts.
    fn first(&self, panel: usize, block: usize) -> usize {
        (panel / GROUP_PANELS * self.columns.div_ceil(BLOCK_ROWS) + block) * PIECE
    }
}

impl<T: Element> WeightSource<T> for &StoredWeights<T> {
    #[inline(always)]
    fn pack<'a, S: Simd>(&'a mut self, _simd: S, piece: Piece, _memory: &'a mut [T]) -> &'a [T] {
        self.piece(piece)
    }
}

/// Pieces of a matrix of weights.
fn pieces(rows: usize, columns: usize) -> usize {
    rows.div_ceil(GROUP_PANELS * PANEL_ROWS) * columns.div_ceil(BLOCK_ROWS)
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

//! The matrix product with weights at rest: for tests and benchmarks of the kernel by itself.

use fearless_simd::Simd;

use super::matmul::{PANEL_ROWS, PanelSource, Scratch, multiply_block};
use super::matrix::{BLOCK_ROWS, Matrix};
use crate::simd::{Element, SimdLevel, with_simd};

/// A matrix of weights in memory, packed as the kernel reads it: panels of eight rows, column after column.
pub struct StoredWeights<T: Element> {
    rows: usize,
    columns: usize,
    /// Panel after panel, each padded to whole vectors.
    data: Vec<T::Row>,
}

impl<T: Element> StoredWeights<T> {
    /// The `rows x columns` weights `entry(row, column)`.
    #[must_use]
    pub fn from_fn(rows: usize, columns: usize, mut entry: impl FnMut(usize, usize) -> T) -> Self {
        let (panels, vectors) = (rows.div_ceil(PANEL_ROWS), panel_vectors::<T>(columns));
        let mut data = vec![bytemuck::Zeroable::zeroed(); panels * vectors];
        for (panel, memory) in data.chunks_mut(vectors).enumerate() {
            let memory: &mut [[T; PANEL_ROWS]] = bytemuck::cast_slice_mut(memory);
            for (column, weights) in memory.iter_mut().enumerate().take(columns) {
                let valid = (rows - panel * PANEL_ROWS).min(PANEL_ROWS);
                for (row, weight) in weights.iter_mut().enumerate().take(valid) {
                    *weight = entry(panel * PANEL_ROWS + row, column);
                }
            }
        }
        Self { rows, columns, data }
    }
}

/// Vectors of one panel of `columns` columns.
fn panel_vectors<T: Element>(columns: usize) -> usize {
    (columns * PANEL_ROWS).div_ceil(T::LANES)
}

/// The panels of stored weights, with a place to read on from for every slot.
struct Reader<'a, T: Element> {
    weights: &'a StoredWeights<T>,
    next: [usize; 8],
}

impl<T: Element> PanelSource<T> for Reader<'_, T> {
    fn start(&mut self, slot: usize, panel: usize) {
        self.next[slot] = panel * panel_vectors::<T>(self.weights.columns);
    }

    #[inline(always)]
    fn next<S: Simd>(&mut self, _simd: S, slot: usize, columns: &mut [T::Row]) {
        let first = self.next[slot];
        columns.copy_from_slice(&self.weights.data[first..][..columns.len()]);
        self.next[slot] += columns.len();
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
                let mut source = Reader { weights, next: [0; 8] };
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

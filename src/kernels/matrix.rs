//! The layout of activations: what one layer writes, the next one reads.
//!
//! A matrix of n rows (units) and B columns (inputs) is cut into blocks of [`BLOCK_ROWS`] rows, and a block into
//! tiles of one vector of columns (8 in f64, 16 in f32: one cache line):
//!
//! ```text
//! block 0:  tile 0: row 0 [c0 .. c7]  row 1 [c0 .. c7]  ...  row 127
//!           tile 1: row 0 [c8 .. c15] ...
//! block 1:  tile 0: row 128 [c0 .. c7] ...
//! ```
//!
//! The kernels read a tile of a block front to back and write it the same way, so nothing is ever packed or
//! transposed; a block is contiguous, so threads can own blocks. Columns past B in the last tile are padding:
//! they are computed and never measured.

use std::ops::Range;

use crate::simd::Element;

/// Rows of one block of activations, and the depth (k) of one pass of the matrix product.
///
/// A pass keeps 128 rows of three tiles (24 KiB) and one weight panel of 128 x 8 (8 KiB in f64) in a level-1
/// cache of 32 to 48 KiB, and re-reads its register tile of results (1.5 KiB) once in 128 steps of k.
pub const BLOCK_ROWS: usize = 128;

/// A matrix in the layout above, 64-byte aligned.
pub struct Matrix<T: Element> {
    rows: usize,
    columns: usize,
    data: Vec<T>,
    /// Elements skipped so that the first row starts a cache line.
    offset: usize,
}

impl<T: Element> Matrix<T> {
    /// A matrix of zeros.
    #[must_use]
    pub fn new(rows: usize, columns: usize) -> Self {
        let len = rows * columns.div_ceil(T::LANES) * T::LANES;
        let (data, offset) = aligned(len);
        Self { rows, columns, data, offset }
    }

    /// The same memory for a matrix of fewer rows, or again of as many as it was made for. The entries are left as they
    /// lie, in other places of the matrix.
    ///
    /// # Panics
    ///
    /// If the memory does not hold so many.
    pub fn set_rows(&mut self, rows: usize) {
        let needed = rows * self.tiles() * T::LANES;
        assert!(needed + self.offset <= self.data.len(), "memory for {rows} rows");
        self.rows = rows;
    }

    /// Memory for a matrix of any shape: the same if it holds so many entries, else new. The entries are left as they lie,
    /// or 0.
    pub fn reshape(&mut self, rows: usize, columns: usize) {
        let needed = rows * columns.div_ceil(T::LANES) * T::LANES;
        if needed + self.offset > self.data.len() {
            *self = Self::new(rows, columns);
        }
        (self.rows, self.columns) = (rows, columns);
    }

    /// Becomes the transpose of `other`.
    pub fn transpose_from(&mut self, other: &Self) {
        self.reshape(other.columns, other.rows);
        let (rows, tiles) = (self.rows, self.tiles());
        for (units, data) in other.blocks() {
            for (tile, data) in data.chunks_exact(units.len()).enumerate() {
                for (unit, row) in units.clone().zip(data) {
                    let (to, lane) = (unit / T::LANES, unit % T::LANES);
                    let inputs = tile * T::LANES..rows.min((tile + 1) * T::LANES);
                    for (input, &entry) in inputs.zip(row.as_ref()) {
                        let block = block_range(input / BLOCK_ROWS, rows);
                        let at = block.start * tiles + to * block.len() + input - block.start;
                        self.data[self.offset + at * T::LANES + lane] = entry;
                    }
                }
            }
        }
    }

    /// Takes shape and entries of `other`, of as many columns.
    ///
    /// # Panics
    ///
    /// If the memory does not hold them.
    pub fn copy_from(&mut self, other: &Self) {
        assert_eq!(self.columns, other.columns, "B");
        self.set_rows(other.rows);
        self.data_mut().copy_from_slice(other.data());
    }

    /// Bytes of such a matrix.
    #[must_use]
    pub fn bytes(rows: usize, columns: usize) -> u128 {
        rows as u128 * columns.div_ceil(T::LANES) as u128 * 64
    }

    /// Units, n.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Inputs, B.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Tiles of columns, the last one perhaps padded.
    #[must_use]
    pub fn tiles(&self) -> usize {
        self.columns.div_ceil(T::LANES)
    }

    /// The whole matrix, block after block.
    #[must_use]
    pub fn data(&self) -> &[T::Row] {
        let len = self.rows * self.tiles() * T::LANES;
        bytemuck::cast_slice(&self.data[self.offset..][..len])
    }

    /// The whole matrix, block after block.
    pub fn data_mut(&mut self) -> &mut [T::Row] {
        let len = self.rows * self.tiles() * T::LANES;
        bytemuck::cast_slice_mut(&mut self.data[self.offset..][..len])
    }

    /// The blocks: the rows each holds, and its data, tile after tile.
    pub fn blocks(&self) -> impl Iterator<Item = (Range<usize>, &[T::Row])> {
        let rows = self.rows;
        self.data()
            .chunks(BLOCK_ROWS * self.tiles())
            .enumerate()
            .map(move |(b, data)| (block_range(b, rows), data))
    }

    /// Calls `visit(row, column, entry)` for every entry, the rows of a column in their order.
    pub fn each_entry(&self, mut visit: impl FnMut(usize, usize, T)) {
        for (rows, block) in self.blocks() {
            for (index, entries) in block.iter().enumerate() {
                let (tile, row) = (index / rows.len(), rows.start + index % rows.len());
                let first = tile * T::LANES;
                for (lane, entry) in entries.as_ref().iter().enumerate().take(self.columns() - first) {
                    visit(row, first + lane, *entry);
                }
            }
        }
    }

    /// The entry in a row and a column.
    #[must_use]
    pub fn get(&self, row: usize, column: usize) -> T {
        self.data()[self.at(row, column)].as_ref()[column % T::LANES]
    }

    /// Puts an entry into a row and a column.
    pub fn set(&mut self, row: usize, column: usize, entry: T) {
        let at = self.at(row, column);
        self.data_mut()[at].as_mut()[column % T::LANES] = entry;
    }

    /// Where the vector with an entry stands.
    fn at(&self, row: usize, column: usize) -> usize {
        let block = block_range(row / BLOCK_ROWS, self.rows);
        block.start * self.tiles() + column / T::LANES * block.len() + row - block.start
    }
}

/// Rows of block `block` of a matrix of `rows` rows.
#[must_use]
pub fn block_range(block: usize, rows: usize) -> Range<usize> {
    block * BLOCK_ROWS..rows.min((block + 1) * BLOCK_ROWS)
}

/// Zeros, and how many of the first to skip so that `len` of them start on a cache line.
pub(super) fn aligned<T: Element>(len: usize) -> (Vec<T>, usize) {
    let data = vec![T::zeroed(); len + T::LANES];
    let misaligned = data.as_ptr().addr() % 64;
    let offset = (64 - misaligned) % 64 / size_of::<T>();
    (data, offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transpose_has_rows_for_columns_and_its_transpose_is_the_matrix() {
        let mut matrix = Matrix::<f64>::new(300, 141);
        for (index, entry) in bytemuck::cast_slice_mut::<_, f64>(matrix.data_mut()).iter_mut().enumerate() {
            *entry = f64::from(u32::try_from(index).unwrap());
        }
        let (mut transposed, mut again) = (Matrix::new(1, 1), Matrix::new(900, 3));
        transposed.transpose_from(&matrix);
        again.transpose_from(&transposed);
        assert_eq!((transposed.rows(), transposed.columns()), (141, 300));
        assert_eq!((again.rows(), again.columns()), (300, 141));
        for row in 0..300 {
            for column in 0..141 {
                let entry = matrix.get(row, column).to_bits();
                assert_eq!(transposed.get(column, row).to_bits(), entry);
                assert_eq!(again.get(row, column).to_bits(), entry);
            }
        }
    }

    #[test]
    fn rows_start_on_cache_lines_and_blocks_tile_the_matrix() {
        let matrix = Matrix::<f32>::new(300, 37);
        assert_eq!(matrix.data().as_ptr().addr() % 64, 0);
        let ranges: Vec<_> = matrix.blocks().map(|(rows, data)| (rows, data.len())).collect();
        assert_eq!(ranges, [(0..128, 128 * 3), (128..256, 128 * 3), (256..300, 44 * 3)]);
    }
}

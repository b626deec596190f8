//! Orthogonal maps of a few columns, by reflections (Householder 1958), without the matrix.
//!
//! A Haar-distributed orthogonal matrix is a product of such maps (Stewart 1980): with `x_k` of N - k + 1 independent
//! normals,
//!
//! ```text
//! O = F(x_1) diag(1, F(x_2)) diag(1, 1, F(x_3)) ...        F(x) = -sign(x_1) (I - 2 u u^T / u^T u)
//!                                                          u    = x + sign(x_1) |x| e_1,  F(x) e_1 = x / |x|
//! ```
//!
//! and `F(x_1) .. F(x_r)` alone makes its first r columns. A matrix X of rank r is Q R, and O Q has the law of those
//! columns, independently of X. So `O X` has the law of `F(x_1) .. F(x_r) [R; 0]`, for any number of layers that each have
//! an O of their own: 4 n r B multiply-adds, and n r normals in place of n^2. Of Q nothing is needed.
//!
//! The matrix that has `O X` as its image of X is then `F(x_1) .. F(x_N) Q^T`, with vectors that X does not need drawn where they are
//! asked for: its transpose and its product with other columns take two passes through as many reflections as it has rows.
//!
//! Without the factor `-sign(x_1)` every image of `e_1` would have a negative first entry, and O not be Haar.
//!
//! Lanes are columns, and sums over rows run in one fixed order: the bits do not depend on the instruction set. Each column
//! is first divided by a power of two near its largest entry, so that no square overflows or vanishes.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f64x8};

use super::batch::fold;
use super::matrix::{BLOCK_ROWS, Matrix};
use crate::simd::{Element, Fused, SimdLevel, with_simd};

/// Lanes of a tile.
const LANES: usize = 8;

/// Columns that are reflected: f64, whatever the element type of a network is.
pub struct Reflected {
    /// Tile after tile of eight columns; all of them of as many rows.
    data: Vec<[f64; LANES]>,
    rows: usize,
    columns: usize,
    /// What each column was divided by; NaN where it was not finite.
    scale: Vec<f64>,
    /// The vector of a reflection.
    vector: Vec<[f64; LANES]>,
}

impl Reflected {
    /// Memory for up to `rows` rows of `columns` columns.
    #[must_use]
    pub fn new(rows: usize, columns: usize) -> Self {
        let tiles = columns.div_ceil(LANES);
        Self {
            data: vec![[0.0; LANES]; rows * tiles],
            rows,
            columns,
            scale: vec![1.0; tiles * LANES],
            vector: vec![[0.0; LANES]; rows.div_ceil(LANES)],
        }
    }

    /// Bytes of such memory.
    #[must_use]
    pub fn bytes(rows: usize, columns: usize) -> u128 {
        let tiles = columns.div_ceil(LANES) as u128;
        64 * (rows as u128 * tiles + tiles + rows.div_ceil(LANES) as u128)
    }

    /// Takes the columns of `x`, and rows of zeros up to `rows`; gives the largest rank that they may have.
    ///
    /// A column that is not finite becomes 0 here, and NaN where it is written.
    ///
    /// # Panics
    ///
    /// If the memory does not hold them.
    pub fn load<T: Element>(&mut self, x: &Matrix<T>, rows: usize) -> usize {
        assert_eq!(x.columns(), self.columns, "B");
        let tiles = self.columns.div_ceil(LANES);
        assert!(rows * tiles <= self.data.len() && x.rows() <= rows, "memory for {rows} rows");
        self.rows = rows;
        self.data[..rows * tiles].fill([0.0; LANES]);
        let mut largest = vec![0.0_f64; self.scale.len()];
        x.each_entry(|row, column, entry| {
            let entry = entry.to_f64();
            self.data[column / LANES * rows + row][column % LANES] = entry;
            // The largest of NaN and a number would be the number.
            largest[column] =
                if entry.is_finite() { largest[column].max(entry.abs()) } else { f64::INFINITY };
        });
        for (scale, largest) in self.scale.iter_mut().zip(largest) {
            *scale = scale_of(largest);
        }
        for (tile, scales) in self.data[..rows * tiles].chunks_mut(rows).zip(self.scale.chunks(LANES)) {
            for (entry, scale) in tile.iter_mut().flat_map(|row| row.iter_mut().zip(scales)) {
                *entry = if scale.is_nan() { 0.0 } else { *entry / scale };
            }
        }
        x.rows().min(self.columns)
    }

    /// Makes the first `rows` rows, beyond which all are 0, a triangle R with `Q R` as they were, Q orthogonal.
    pub fn triangulate(&mut self, level: SimdLevel, rows: usize) {
        self.triangulate_seen(level, rows, |_| ());
    }

    /// The same; gives the Q that did it.
    pub fn basis(&mut self, level: SimdLevel, rows: usize) -> Basis {
        let mut vectors = Vec::new();
        self.triangulate_seen(level, rows, |vector| vectors.push(vector.to_vec()));
        Basis { vectors, rows }
    }

    fn triangulate_seen(&mut self, level: SimdLevel, rows: usize, mut see: impl FnMut(&[f64])) {
        for k in 0..rows.min(self.columns) {
            let (tile, lane) = (k / LANES * self.rows, k % LANES);
            let column = |row: usize| self.data[tile + row][lane];
            let vector = self.vector.as_flattened_mut();
            (k..rows).zip(&mut *vector).for_each(|(row, entry)| *entry = column(row));
            vector[rows - k..].fill(0.0);
            see(&vector[..rows - k]);
            let Some(diagonal) = self.reflect(level, k, rows, -1.0, k) else { continue };
            let column = &mut self.data[tile..][..rows];
            column[k][lane] = diagonal;
            column[k + 1..].iter_mut().for_each(|row| row[lane] = 0.0);
        }
    }

    /// The vector of the next turn, of which the first `rows - k` entries are to be drawn.
    pub fn vector(&mut self, k: usize) -> &mut [[f64; LANES]] {
        &mut self.vector[..(self.rows - k).div_ceil(LANES)]
    }

    /// Applies F(x) to the rows from k on, x being what was drawn into [`vector`](Self::vector); columns before k are 0
    /// there.
    pub fn turn(&mut self, level: SimdLevel, k: usize) {
        self.turn_columns(level, k, k);
    }

    /// The same where all columns may have something in these rows.
    pub fn turn_all(&mut self, level: SimdLevel, k: usize) {
        self.turn_columns(level, k, 0);
    }

    fn turn_columns(&mut self, level: SimdLevel, k: usize, column: usize) {
        let rows = self.rows;
        let vector = self.vector.as_flattened_mut();
        vector[rows - k..].fill(0.0);
        let sign = if vector[0] < 0.0 { -1.0 } else { 1.0 };
        self.reflect(level, k, rows, sign, column);
    }

    /// Multiplies the first rows by Q, or by its transpose.
    pub fn multiply(&mut self, level: SimdLevel, basis: &Basis, is_transposed: bool) {
        let count = basis.vectors.len();
        for index in 0..count {
            // Q = H_1 .. H_r, so the last one comes first.
            let k = if is_transposed { index } else { count - 1 - index };
            let vector = self.vector.as_flattened_mut();
            vector.fill(0.0);
            vector[..basis.rows - k].copy_from_slice(&basis.vectors[k]);
            self.reflect(level, k, basis.rows, -1.0, 0);
        }
    }

    /// Replaces the rows from k to `end`, A, of the columns from `column` on by `sign (2 u u^T / u^T u - I) A`; gives the entry
    /// that x itself would then begin with. Nothing is done where x is 0.
    fn reflect(&mut self, level: SimdLevel, k: usize, end: usize, sign: f64, column: usize) -> Option<f64> {
        let Self { data, vector, rows, columns, .. } = self;
        let first = column / LANES;
        let tiles = &mut data[first * *rows..columns.div_ceil(LANES) * *rows];
        with_simd!(level, simd => reflect(simd, vector, tiles, (*rows, k..end), sign))
    }

    /// Writes `factor` times the first rows into all of `h`.
    pub fn store<T: Element>(&self, factor: f64, h: &mut Matrix<T>) {
        let (rows, tiles) = (h.rows(), h.tiles());
        for (block, out) in h.data_mut().chunks_mut(BLOCK_ROWS * tiles).enumerate() {
            let height = out.len() / tiles;
            debug_assert!(block * BLOCK_ROWS + height <= rows.min(self.rows), "as many rows");
            for (index, row) in out.iter_mut().enumerate() {
                let (tile, i) = (index / height, block * BLOCK_ROWS + index % height);
                for (part, entries) in row.as_mut().chunks_mut(LANES).enumerate() {
                    let tile = tile * T::LANES / LANES + part;
                    // The last tile of a wide type may be padding alone.
                    let Some(scale) = self.scale.get(tile * LANES..) else { continue };
                    let source = self.data.get(tile * self.rows + i).copied().unwrap_or_default();
                    for ((entry, x), scale) in entries.iter_mut().zip(source).zip(scale) {
                        *entry = T::from_f64(x * scale * factor);
                    }
                }
            }
        }
    }
}

/// The reflections that made some columns a triangle.
pub struct Basis {
    /// What each was made from: rows k to `rows` of column k.
    vectors: Vec<Vec<f64>>,
    rows: usize,
}

/// The power of two to divide by; 1 for 0, NaN for what is not finite.
fn scale_of(largest: f64) -> f64 {
    match largest {
        0.0 => 1.0,
        _ if largest.is_finite() => libm::scalbn(1.0, libm::ilogb(largest).max(-1022)),
        _ => f64::NAN,
    }
}

#[inline(always)]
fn reflect<S: Simd>(
    simd: S,
    vector: &mut [[f64; LANES]],
    tiles: &mut [[f64; LANES]],
    (height, rows): (usize, std::ops::Range<usize>),
    sign: f64,
) -> Option<f64> {
    let square = fold(*dot(simd, vector, |row| f64x8::load_array(simd, vector[row])));
    let x = vector.as_flattened_mut();
    let sigma = if x[0] < 0.0 { -square.sqrt() } else { square.sqrt() };
    x[0] += sigma;
    let u = &x[..rows.len()];
    let beta = 1.0 / (sigma * u[0]);
    if !beta.is_finite() {
        return None;
    }
    for tile in tiles.chunks_mut(height) {
        let tile = &mut tile[rows.clone()];
        let weights = dot(simd, tile, |row| f64x8::splat(simd, u[row])) * (beta * sign);
        for (row, &u) in tile.iter_mut().zip(u) {
            let a = f64x8::load_array(simd, *row) * -sign;
            f64x8::splat(simd, u).fused(weights, a).store_array(row);
        }
    }
    Some(sign * sigma)
}

/// Sum over the rows of `factor(row) * row`, in four interleaved partial sums.
#[inline(always)]
fn dot<S: Simd>(simd: S, rows: &[[f64; LANES]], factor: impl Fn(usize) -> f64x8<S>) -> f64x8<S> {
    let mut sums = [f64x8::splat(simd, 0.0); 4];
    let (fours, rest) = rows.as_chunks::<4>();
    for (index, four) in fours.iter().enumerate() {
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum = f64x8::load_array(simd, four[i]).fused(factor(4 * index + i), *sum);
        }
    }
    for (i, row) in rest.iter().enumerate() {
        sums[i] = f64x8::load_array(simd, *row).fused(factor(4 * fours.len() + i), sums[i]);
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}

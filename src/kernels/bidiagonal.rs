//! Bidiagonal matrices with the singular values of dense ones, by reflections (Golub and Kahan 1965).
//!
//! ```text
//! A = U B V^T      U = H_1 .. H_n      V = G_1 .. G_(n-2)      H = I - beta u u^T
//! ```
//!
//! `H_k` makes column k zero below the diagonal, `G_k` row k zero beyond its neighbour, so B has two diagonals: `4 n^3 / 3` multiply-adds
//! for a square matrix, and two walks through what is left of it for every k. Neither U nor V is kept. Each entry of B is that of a
//! matrix `A + E`, with `|E|_F` a small multiple of `n u |A|_F`, u being `2^-53` (Higham 2002, section 19.3).
//!
//! The lanes are columns, sums over rows run in their order and sums over columns are folded in one order: the bits do not depend
//! on the instruction set.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f64x8};

use super::batch::fold;
use super::matrix::Matrix;
use crate::simd::{Fused, SimdLevel, with_simd};

const LANES: usize = 8;

/// A dense matrix with at least as many rows as columns, row after row, each in whole vectors.
#[derive(Default)]
pub struct Dense {
    data: Vec<[f64; LANES]>,
    rows: usize,
    columns: usize,
    /// The vectors of the reflections of a column and of a row, and what the former makes of the rows.
    left: Vec<f64>,
    right: Vec<[f64; LANES]>,
    weights: Vec<[f64; LANES]>,
}

/// Two diagonals: `diagonal[k]` is followed by `above[k]` in row k; the last one of those is 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Bidiagonal {
    /// On the diagonal.
    pub diagonal: Vec<f64>,
    /// To the right of it.
    pub above: Vec<f64>,
}

impl Dense {
    /// Bytes for a matrix, or its transpose.
    #[must_use]
    pub fn bytes(rows: usize, columns: usize) -> u128 {
        let (long, short) = (rows.max(columns) as u128, rows.min(columns).div_ceil(LANES) as u128);
        64 * (long * short + 2 * short) + 8 * long
    }

    /// Takes a matrix times `factor`, or its transpose, which has the same singular values: whichever has no more columns than
    /// rows.
    pub fn load(&mut self, a: &Matrix<f64>, factor: f64) {
        let is_turned = a.rows() < a.columns();
        (self.rows, self.columns) = if is_turned { (a.columns(), a.rows()) } else { (a.rows(), a.columns()) };
        let width = self.columns.div_ceil(LANES);
        self.data.clear();
        self.data.resize(self.rows * width, [0.0; LANES]);
        self.left.resize(self.rows, 0.0);
        self.right.resize(width, [0.0; LANES]);
        self.weights.resize(width, [0.0; LANES]);
        a.each_entry(|row, column, entry| {
            let (i, j) = if is_turned { (column, row) } else { (row, column) };
            self.data[i * width + j / LANES][j % LANES] = entry * factor;
        });
    }

    /// Columns of what was taken.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Reduces what was taken to two diagonals. The entries are to be of a size whose squares are in the range of f64: what is
    /// smaller than `1e-150` may be lost.
    pub fn bidiagonal(&mut self, level: SimdLevel) -> Bidiagonal {
        let n = self.columns;
        let mut result = Bidiagonal { diagonal: vec![0.0; n], above: vec![0.0; n] };
        with_simd!(level, simd => for k in 0..n {
            [result.diagonal[k], result.above[k]] = step(simd, self, k);
        });
        result
    }
}

/// Reflects column k and row k; gives their entries on the diagonal and beside it.
#[inline(always)]
fn step<S: Simd>(simd: S, a: &mut Dense, k: usize) -> [f64; 2] {
    let Dense { data, rows, columns, left, right, weights } = a;
    let (width, tile) = (columns.div_ceil(LANES), k / LANES);
    let rest = &mut data[k * width..];
    let u = &mut left[..*rows - k];
    for (u, row) in u.iter_mut().zip(rest.chunks_mut(width)) {
        *u = std::mem::take(&mut row[tile][k % LANES]);
    }
    let (diagonal, beta) = reflection(u);
    let weights = &mut weights[tile..];
    combine(simd, rest, width, tile, u, weights);
    let (row, below) = rest.split_at_mut(width);
    add(simd, -beta * u[0], weights, &mut row[tile..]);
    let v = &mut right[tile..];
    v.copy_from_slice(&row[tile..]);
    let first = (k + 1) % LANES;
    let entries = v.get_mut(usize::from(first == 0)..).unwrap_or_default().as_flattened_mut();
    let (above, gamma) = reflection(entries.get_mut(first..).unwrap_or_default());
    for (u, row) in u[1..].iter().zip(below.chunks_mut(width)) {
        let row = &mut row[tile..];
        add(simd, -beta * u, weights, row);
        if gamma != 0.0 {
            let along = dot(simd, row, v);
            add(simd, -gamma * along, v, row);
        }
    }
    [diagonal, above]
}

/// Makes the vector u of a reflection `I - beta u u^T` of x; gives what x becomes, its first entry, and beta, which is 0 where
/// x is.
#[inline(always)]
fn reflection(x: &mut [f64]) -> (f64, f64) {
    let Some(&first) = x.first() else { return (0.0, 0.0) };
    let square = x.iter().fold(0.0, |sum, &x| sum + x * x);
    let sigma = if first < 0.0 { -square.sqrt() } else { square.sqrt() };
    x[0] += sigma;
    let beta = 1.0 / (sigma * x[0]);
    if beta.is_finite() { (-sigma, beta) } else { (0.0, 0.0) }
}

/// `weights = sum over the rows of u * row`, from tile `tile` on.
#[inline(always)]
fn combine<S: Simd>(
    simd: S,
    rows: &[[f64; LANES]],
    width: usize,
    tile: usize,
    u: &[f64],
    weights: &mut [[f64; LANES]],
) {
    weights.fill([0.0; LANES]);
    for (rows, u) in rows.chunks(4 * width).zip(u.chunks(4)) {
        for (t, weight) in weights.iter_mut().enumerate() {
            let mut sum = f64x8::load_array(simd, *weight);
            for (i, &u) in u.iter().enumerate() {
                sum = f64x8::splat(simd, u).fused(f64x8::load_array(simd, rows[i * width + tile + t]), sum);
            }
            sum.store_array(weight);
        }
    }
}

/// `row += factor * v`.
#[inline(always)]
fn add<S: Simd>(simd: S, factor: f64, v: &[[f64; LANES]], row: &mut [[f64; LANES]]) {
    let factor = f64x8::splat(simd, factor);
    for (v, entries) in v.iter().zip(row) {
        factor.fused(f64x8::load_array(simd, *v), f64x8::load_array(simd, *entries)).store_array(entries);
    }
}

/// `sum of x * y`, in four interleaved partial sums of eight lanes.
#[inline(always)]
fn dot<S: Simd>(simd: S, x: &[[f64; LANES]], y: &[[f64; LANES]]) -> f64 {
    let mut sums = [f64x8::splat(simd, 0.0); 4];
    for (x, y) in x.chunks(4).zip(y.chunks(4)) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum = f64x8::load_array(simd, *x).fused(f64x8::load_array(simd, *y), *sum);
        }
    }
    fold(*((sums[0] + sums[1]) + (sums[2] + sums[3])))
}

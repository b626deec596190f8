//! Singular values, by the implicitly shifted QR algorithm for bidiagonal matrices (Golub and Reinsch 1970).
//!
//! With [`super::bidiagonal`] they are those of a matrix `A + E`, `|E|_F` a small multiple of `n u |A|_F`: each of them is off by no
//! more than that, whatever its size. Operations are additions, products, quotients and square roots in one order, so the bits
//! depend on the matrix alone. Libraries of linear algebra choose their kernels, and with them their bits, by the instruction
//! set.

use super::batch::each_entry;
use super::bidiagonal::{Bidiagonal, Dense};
use super::matrix::Matrix;
use crate::simd::SimdLevel;

/// Steps per singular value before the iteration is given up; it takes about two.
const MOST_STEPS: usize = 60;

/// What is so much smaller than its neighbours is 0.
const EPSILON: f64 = f64::EPSILON;
/// What is smaller than that is 0: entries are of the order of 1.
const TINY: f64 = 1e-290;

/// Finds the singular values of a matrix: `min(rows, columns)` of them, the largest first.
///
/// Those that are at most `max(rows, columns) 2^-52` of the largest one are 0: rounding could have made them. All are NaN where an
/// entry is not finite.
pub fn singular_values(level: SimdLevel, a: &Matrix<f64>, memory: &mut Dense) -> Vec<f64> {
    let mut largest = 0.0_f64;
    each_entry(a, |entry| {
        // The largest of NaN and a number would be the number.
        largest = if entry.is_finite() { largest.max(entry.abs()) } else { f64::INFINITY };
    });
    let count = a.rows().min(a.columns());
    if !largest.is_finite() {
        return vec![f64::NAN; count];
    }
    if largest == 0.0 {
        return vec![0.0; count];
    }
    let exponent = libm::ilogb(largest).clamp(-1000, 1000);
    memory.load(a, libm::scalbn(1.0, -exponent));
    let Some(mut values) = of_bidiagonal(memory.bidiagonal(level)) else { return vec![f64::NAN; count] };
    values.sort_by(|x, y| y.total_cmp(x));
    let least = threshold(a.rows(), a.columns()) * values.first().copied().unwrap_or(0.0);
    let unscaled = |value: f64| if value > least { libm::scalbn(value, exponent) } else { 0.0 };
    values.into_iter().map(unscaled).collect()
}

/// The part of the largest singular value up to which one is 0.
#[expect(clippy::cast_precision_loss, reason = "shapes are far below 2^53")]
fn threshold(rows: usize, columns: usize) -> f64 {
    rows.max(columns) as f64 * f64::EPSILON
}

/// Their magnitudes, in no order; `None` where the iteration does not end.
fn of_bidiagonal(matrix: Bidiagonal) -> Option<Vec<f64>> {
    let Bidiagonal { diagonal: mut s, above: mut e } = matrix;
    let mut end = s.len();
    let mut steps = MOST_STEPS * (end + 1);
    while end > 0 {
        let begin = begin_of_block(&s, &mut e, end);
        if begin + 1 == end {
            end -= 1;
            continue;
        }
        steps = steps.checked_sub(1)?;
        match zero_on_diagonal(&s, &e, begin, end) {
            Some(last) if last + 1 == end => deflate(&mut s, &mut e, begin, end),
            Some(at) => split(&mut s, &mut e, at, end),
            None => sweep(&mut s, &mut e, begin, end),
        }
    }
    Some(s.into_iter().map(f64::abs).collect())
}

/// Where the last block without a zero beside the diagonal begins, which ends before `end`.
fn begin_of_block(s: &[f64], e: &mut [f64], end: usize) -> usize {
    for k in (0..end - 1).rev() {
        if e[k].abs() <= TINY + EPSILON * (s[k].abs() + s[k + 1].abs()) {
            e[k] = 0.0;
            return k + 1;
        }
    }
    0
}

/// The last zero on the diagonal of a block.
fn zero_on_diagonal(s: &[f64], e: &[f64], begin: usize, end: usize) -> Option<usize> {
    (begin..end).rev().find(|&k| {
        let right = if k + 1 < end { e[k].abs() } else { 0.0 };
        let left = if k > begin { e[k - 1].abs() } else { 0.0 };
        s[k].abs() <= TINY + EPSILON * (left + right)
    })
}

/// A rotation with `c f + s g = r` and `c g - s f = 0`.
fn rotation(f: f64, g: f64) -> (f64, f64, f64) {
    let (large, small) = if f.abs() < g.abs() { (g, f) } else { (f, g) };
    if large == 0.0 {
        return (1.0, 0.0, 0.0);
    }
    let ratio = small / large;
    let r = large.abs() * (1.0 + ratio * ratio).sqrt();
    (f / r, g / r, r)
}

/// The last entry of the diagonal is 0: chases its neighbour out of the column.
fn deflate(s: &mut [f64], e: &mut [f64], begin: usize, end: usize) {
    s[end - 1] = 0.0;
    let mut f = std::mem::take(&mut e[end - 2]);
    for k in (begin..end - 1).rev() {
        let (cos, sin, r) = rotation(s[k], f);
        s[k] = r;
        if k > begin {
            f = -sin * e[k - 1];
            e[k - 1] *= cos;
        }
    }
}

/// An entry of the diagonal is 0: chases its neighbour out of the row.
fn split(s: &mut [f64], e: &mut [f64], at: usize, end: usize) {
    s[at] = 0.0;
    let mut f = std::mem::take(&mut e[at]);
    for k in at + 1..end {
        let (cos, sin, r) = rotation(s[k], f);
        s[k] = r;
        f = -sin * e[k];
        e[k] *= cos;
    }
}

/// One step of QR with the shift of Wilkinson, that of the last two rows and columns.
fn sweep(s: &mut [f64], e: &mut [f64], begin: usize, end: usize) {
    let last = end - 1;
    let near = [s[last], s[last - 1], e[last - 1], s[begin], e[begin]];
    let scale = near.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    let [sp, sq, eq, sk, ek] = near.map(|x| x / scale);
    let b = f64::midpoint((sq + sp) * (sq - sp), eq * eq);
    let c = (sp * eq) * (sp * eq);
    let root = (b * b + c).sqrt();
    let shift = if c == 0.0 { 0.0 } else { c / (b + if b < 0.0 { -root } else { root }) };
    let (mut f, mut g) = ((sk + sp) * (sk - sp) + shift, sk * ek);
    for k in begin..last {
        let (cos, sin, r) = rotation(f, g);
        if k > begin {
            e[k - 1] = r;
        }
        f = cos * s[k] + sin * e[k];
        e[k] = cos * e[k] - sin * s[k];
        g = sin * s[k + 1];
        s[k + 1] *= cos;
        let (cos, sin, r) = rotation(f, g);
        s[k] = r;
        f = cos * e[k] + sin * s[k + 1];
        s[k + 1] = cos * s[k + 1] - sin * e[k];
        g = sin * e[k + 1];
        e[k + 1] *= cos;
    }
    e[last - 1] = f;
}

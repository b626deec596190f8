//! How the inputs of one batch differ: correlations, the variance of each unit, and units that are dead.
//!
//! Means over all `B (B-1) / 2` pairs of columns without touching a pair. For unit vectors `u_a`,
//!
//! ```text
//! mean over a != b of |u_a - u_b|^2 / 2  =  sum_a |u_a - mean u|^2 / (B-1)  =  1 - mean cosine
//! ```
//!
//! where the `u_a` are the columns over their norms (cosine), or the columns less their own means over the units, over
//! the norms of that (Pearson's correlation). The sum in the middle is one over rows, of the B entries about their
//! mean: O(n B), and nothing cancels where all inputs have become almost the same, which is what deep networks do.
//!
//! Every sum is in f64 in one fixed order, lane for lane: the bits do not depend on the instruction set. Columns are
//! first scaled by powers of two, each by its own, so that no square overflows or vanishes.

use super::matrix::{BLOCK_ROWS, Matrix};
use crate::simd::{Element, SimdLevel, with_simd};

/// Calls `visit(row of the block, first column, entries)` for up to eight neighbouring entries of a row, tile after
/// tile, each from its first row to its last. The block has tiles of equal height over `columns` valid columns.
#[inline(always)]
pub(super) fn each_eight<T: Element>(
    block: &[T::Row],
    columns: usize,
    mut visit: impl FnMut(usize, usize, &[T]),
) {
    let height = block.len() / columns.div_ceil(T::LANES);
    for (tile, rows) in block.chunks(height).enumerate() {
        for part in 0..T::LANES / 8 {
            let first = tile * T::LANES + part * 8;
            let valid = columns.saturating_sub(first).min(8);
            for (i, row) in rows.iter().enumerate().take(if valid == 0 { 0 } else { height }) {
                visit(i, first, &row.as_ref()[part * 8..][..valid]);
            }
        }
    }
}

/// Sum of eight lanes, pairwise in a fixed order.
#[inline(always)]
pub(super) fn fold([a, b, c, d, e, f, g, h]: [f64; 8]) -> f64 {
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

/// `1 -` the mean cosine of two columns of x (n x B): from 0, where all point the same way, to `B/(B-1)`.
///
/// All entries are finite. NaN where it is undefined: for a single column, and where a column is 0.
#[must_use]
pub fn cosine_distance<T: Element>(level: SimdLevel, x: &Matrix<T>) -> f64 {
    with_simd!(level, simd => { let _ = simd; distance(x, false) })
}

/// `1 -` the mean Pearson correlation of two columns of x, each about its own mean over the rows.
///
/// All entries are finite. NaN where it is undefined: for a single column, and where a column is constant.
#[must_use]
pub fn pearson_distance<T: Element>(level: SimdLevel, x: &Matrix<T>) -> f64 {
    with_simd!(level, simd => { let _ = simd; distance(x, true) })
}

/// Mean over the units (rows) of the population variance over the inputs (columns, divisor B), in units of
/// `4^exponent`, in which all entries are of moderate size (see [`super::Moments::exponent`]).
#[must_use]
pub fn unit_variance<T: Element>(level: SimdLevel, x: &Matrix<T>, exponent: i32) -> f64 {
    with_simd!(level, simd => {
        let _ = simd;
        let columns = Columns::plain(x.columns(), libm::scalbn(1.0, -exponent));
        spread(x, &columns) / count(x.columns()) / count(x.rows())
    })
}

/// Mean magnitude of all entries, in units of `2^exponent`, in which all of them are of moderate size (see
/// [`super::Moments::exponent`]).
#[must_use]
pub fn mean_magnitude<T: Element>(level: SimdLevel, x: &Matrix<T>, exponent: i32) -> f64 {
    with_simd!(level, simd => {
        let _ = simd;
        let columns = Columns::plain(x.columns(), libm::scalbn(1.0, -exponent));
        let sums = column_sums(x, &columns, |_, value| value.abs());
        sums[..x.columns()].iter().sum::<f64>() / count(x.columns()) / count(x.rows())
    })
}

/// Units (rows) that are exactly 0 for every input.
#[must_use]
pub fn dead_units<T: Element>(x: &Matrix<T>) -> u64 {
    let zero = T::from_f64(0.0);
    let mut dead = 0;
    for (rows, block) in x.blocks() {
        let mut alive = [false; BLOCK_ROWS];
        each_eight::<T>(block, x.columns(), |row, _, entries| {
            alive[row] |= entries.iter().any(|entry| *entry != zero);
        });
        dead += alive[..rows.len()].iter().filter(|alive| !**alive).count() as u64;
    }
    dead
}

/// Entries of x at or below `low`, or at or above `high`.
#[must_use]
pub fn outside<T: Element>(x: &Matrix<T>, [low, high]: [f64; 2]) -> u64 {
    count_where(x, |entry| entry <= low || entry >= high)
}

/// Entries of x for which `is_counted`.
#[must_use]
#[inline]
pub fn count_where<T: Element>(x: &Matrix<T>, is_counted: impl Fn(f64) -> bool) -> u64 {
    let mut counted = 0;
    each_entry(x, |entry| counted += u64::from(is_counted(entry)));
    counted
}

/// Gives every entry of x, in no order that matters.
#[inline]
pub fn each_entry<T: Element>(x: &Matrix<T>, mut visit: impl FnMut(f64)) {
    for (_, block) in x.blocks() {
        each_eight::<T>(block, x.columns(), |_, _, entries| {
            for entry in entries {
                visit(entry.to_f64());
            }
        });
    }
}

/// What is made of the entries of each column: `(scale x - centre) / norm`. Padded to whole vectors.
struct Columns {
    scale: Vec<f64>,
    centre: Vec<f64>,
    inverse: Vec<f64>,
}

impl Columns {
    fn plain(columns: usize, scale: f64) -> Self {
        let all = |value| vec![value; columns.next_multiple_of(8)];
        Self { scale: all(scale), centre: all(0.0), inverse: all(1.0) }
    }

    /// Up to eight neighbouring entries, the first in column `at`.
    #[inline(always)]
    fn map<T: Element>(&self, at: usize, entries: &[T]) -> [f64; 8] {
        let (scale, centre) = (&self.scale[at..at + 8], &self.centre[at..at + 8]);
        let inverse = &self.inverse[at..at + 8];
        let mut values = [0.0; 8];
        for (lane, entry) in entries.iter().enumerate() {
            values[lane] = (entry.to_f64() * scale[lane] - centre[lane]) * inverse[lane];
        }
        values
    }
}

/// Adds up `term(values)` of each column.
#[inline(always)]
fn column_sums<T: Element>(x: &Matrix<T>, columns: &Columns, term: impl Fn(usize, f64) -> f64) -> Vec<f64> {
    let mut sums = vec![0.0; columns.scale.len()];
    for (_, block) in x.blocks() {
        each_eight::<T>(block, x.columns(), |_, at, entries| {
            let values = columns.map(at, entries);
            for (lane, sum) in sums[at..at + 8].iter_mut().enumerate() {
                *sum += term(at + lane, values[lane]);
            }
        });
    }
    sums
}

#[inline(always)]
fn distance<T: Element>(x: &Matrix<T>, centred: bool) -> f64 {
    if x.columns() < 2 {
        return f64::NAN;
    }
    let mut columns = Columns::plain(x.columns(), 1.0);
    columns.scale = powers_of_two(x);
    if centred {
        // About the first entry, so that a constant column is constant to the bit.
        let first: Vec<f64> = (0..columns.scale.len())
            .map(|a| if a < x.columns() { x.get(0, a).to_f64() * columns.scale[a] } else { 0.0 })
            .collect();
        let sums = column_sums(x, &columns, |a, value| value - first[a]);
        columns.centre = first.iter().zip(&sums).map(|(first, sum)| first + sum / count(x.rows())).collect();
    }
    let squares = column_sums(x, &columns, |_, value| value * value);
    if squares[..x.columns()].contains(&0.0) {
        return f64::NAN;
    }
    columns.inverse = squares.iter().map(|&square| 1.0 / libm::sqrt(square)).collect();
    spread(x, &columns) / count(x.columns() - 1)
}

/// For each column the power of two that brings its largest magnitude between 1/2 and 1; finite for subnormals.
#[inline(always)]
fn powers_of_two<T: Element>(x: &Matrix<T>) -> Vec<f64> {
    let mut largest = vec![0.0_f64; x.columns().next_multiple_of(8)];
    for (_, block) in x.blocks() {
        each_eight::<T>(block, x.columns(), |_, at, entries| {
            for (largest, entry) in largest[at..].iter_mut().zip(entries) {
                *largest = largest.max(entry.to_f64().abs());
            }
        });
    }
    largest.iter().map(|&largest| libm::scalbn(1.0, (-libm::frexp(largest).1).min(1022))).collect()
}

/// Sum over rows of the squared deviations of a row's values from their mean.
#[inline(always)]
fn spread<T: Element>(x: &Matrix<T>, columns: &Columns) -> f64 {
    let mut squares = [0.0; 8];
    for (rows, block) in x.blocks() {
        let mut first = [0.0; BLOCK_ROWS];
        let mut means = [0.0; BLOCK_ROWS];
        let mut sums = [[0.0; 8]; BLOCK_ROWS];
        each_eight::<T>(block, x.columns(), |row, at, entries| {
            let values = columns.map(at, entries);
            if at == 0 {
                // Deviations from the first value are 0 to the bit where all are equal.
                first[row] = values[0];
            }
            for (lane, sum) in sums[row].iter_mut().enumerate().take(entries.len()) {
                *sum += values[lane] - first[row];
            }
        });
        for (mean, sums) in means.iter_mut().zip(&sums).take(rows.len()) {
            *mean = fold(*sums) / count(x.columns());
        }
        each_eight::<T>(block, x.columns(), |row, at, entries| {
            let values = columns.map(at, entries);
            for (lane, square) in squares.iter_mut().enumerate().take(entries.len()) {
                let deviation = values[lane] - first[row] - means[row];
                *square += deviation * deviation;
            }
        });
    }
    fold(squares)
}

#[expect(clippy::cast_precision_loss, reason = "sizes of matrices in memory are below 2^53")]
fn count(size: usize) -> f64 {
    size as f64
}

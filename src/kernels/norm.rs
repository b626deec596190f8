//! Normalisation: the entries of a unit over its inputs, or of an input over its units, brought to mean 0 and second
//! moment 1.
//!
//! ```text
//! batch   y_ib = (x_ib - m_i) / sqrt(v_i + eps)    mean and variance (divisor B) of row i      (Ioffe and Szegedy 2015)
//! layer   y_ib = (x_ib - m_b) / sqrt(v_b + eps)    mean and variance (divisor n) of column b   (Ba, Kiros and Hinton 2016)
//! rms     y_ib = x_ib / sqrt(q_b + eps)            second moment of column b                   (Zhang and Sennrich 2019)
//! ```
//!
//! Two passes: the mean, then the squares about it, so that nothing cancels. A row lies within one block. A column goes
//! through all blocks: each is summed in the element type, over its at most 128 rows in one order, and the sums of the
//! blocks are added in f64, in the order of the blocks; so neither threads nor instruction sets reach a bit. Where
//! squares could leave the range, entries are first scaled by a power of two. What is constant, with eps = 0, becomes 0.

use fearless_simd::Simd;
use fearless_simd::prelude::*;

use super::batch::fold;
use crate::simd::Element;

/// Rows, or partial sums, that are worked on at the same time.
const WAYS: usize = 4;
/// Mean magnitudes whose squares, and the sums of them, are in the range of f32 and of f64.
const SAFE: [std::ops::Range<f64>; 2] = [1e-12..1e12, 1e-120..1e120];

/// Adds up a block of `tiles` tiles column by column: entries into `sums[..tiles]`, magnitudes into `sums[tiles..]`.
#[inline(always)]
pub(crate) fn add_columns<S: Simd, T: Element>(simd: S, block: &[T::Row], tiles: usize, sums: &mut [T::Row]) {
    let height = block.len() / tiles;
    let (plain, magnitudes) = sums.split_at_mut(tiles);
    for ((rows, plain), magnitude) in block.chunks_exact(height).zip(plain).zip(magnitudes) {
        let zero = T::Vector::splat(simd, T::from_f64(0.0));
        let (mut sum, mut size) = ([zero; WAYS], [zero; WAYS]);
        let (groups, rest) = rows.as_chunks::<WAYS>();
        for group in groups {
            for (lane, row) in group.iter().enumerate() {
                let x = T::Vector::load_array(simd, *row);
                sum[lane] += x;
                size[lane] += x.abs();
            }
        }
        for (lane, row) in rest.iter().enumerate() {
            let x = T::Vector::load_array(simd, *row);
            sum[lane] += x;
            size[lane] += x.abs();
        }
        ((sum[0] + sum[1]) + (sum[2] + sum[3])).store_array(plain);
        ((size[0] + size[1]) + (size[2] + size[3])).store_array(magnitude);
    }
}

/// Adds up the squares `((x - centre) scale)^2` of a block column by column.
#[inline(always)]
pub(crate) fn add_squares<S: Simd, T: Element>(
    simd: S,
    block: &[T::Row],
    [centre, scale]: [&[T::Row]; 2],
    sums: &mut [T::Row],
) {
    let height = block.len() / centre.len();
    for (tile, rows) in block.chunks_exact(height).enumerate() {
        let [centre, scale] = [centre, scale].map(|row| T::Vector::load_array(simd, row[tile]));
        let mut sum = [T::Vector::splat(simd, T::from_f64(0.0)); WAYS];
        let (groups, rest) = rows.as_chunks::<WAYS>();
        for group in groups {
            for (lane, row) in group.iter().enumerate() {
                let x = (T::Vector::load_array(simd, *row) - centre) * scale;
                sum[lane] += x * x;
            }
        }
        for (lane, row) in rest.iter().enumerate() {
            let x = (T::Vector::load_array(simd, *row) - centre) * scale;
            sum[lane] += x * x;
        }
        ((sum[0] + sum[1]) + (sum[2] + sum[3])).store_array(&mut sums[tile]);
    }
}

/// `x = (x - centre) factor` in a block, column by column.
#[inline(always)]
pub(crate) fn scale_columns<S: Simd, T: Element>(
    simd: S,
    [centre, factor]: [&[T::Row]; 2],
    block: &mut [T::Row],
) {
    let height = block.len() / centre.len();
    for (tile, rows) in block.chunks_exact_mut(height).enumerate() {
        let [centre, factor] = [centre, factor].map(|row| T::Vector::load_array(simd, row[tile]));
        for row in rows {
            ((T::Vector::load_array(simd, *row) - centre) * factor).store_array(row);
        }
    }
}

/// Batch norm of a block over its `columns` columns: each row by itself.
#[inline(always)]
pub(crate) fn scale_rows<S: Simd, T: Element>(simd: S, columns: usize, eps: f64, block: &mut [T::Row]) {
    let tiles = columns.div_ceil(T::LANES);
    let height = block.len() / tiles;
    let valid = columns - (tiles - 1) * T::LANES;
    for row in &mut block[(tiles - 1) * height..] {
        row.as_mut()[valid..].fill(T::from_f64(0.0));
    }
    let mask = mask::<S, T>(simd, columns);
    let rows = Rows { tiles, height, columns, eps };
    for first in (0..height / WAYS * WAYS).step_by(WAYS) {
        rows.scale::<S, T, WAYS>(simd, first, mask, block);
    }
    for first in height / WAYS * WAYS..height {
        rows.scale::<S, T, 1>(simd, first, mask, block);
    }
}

struct Rows {
    tiles: usize,
    height: usize,
    columns: usize,
    eps: f64,
}

impl Rows {
    /// Rows `first .. first + N`; `mask` is 0 in the padding of the last tile, whose entries are 0.
    #[inline(always)]
    fn scale<S: Simd, T: Element, const N: usize>(
        &self,
        simd: S,
        first: usize,
        mask: T::Vector<S>,
        block: &mut [T::Row],
    ) {
        let zero = T::Vector::splat(simd, T::from_f64(0.0));
        let at = |tile: usize, row: usize| tile * self.height + first + row;
        let (mut sums, mut sizes, mut squares) = ([zero; N], [zero; N], [zero; N]);
        for tile in 0..self.tiles {
            for row in 0..N {
                let x = T::Vector::load_array(simd, block[at(tile, row)]);
                sums[row] += x;
                sizes[row] += x.abs();
            }
        }
        let n = count(self.columns);
        let means: [f64; N] = std::array::from_fn(|row| lane_sum::<T>(*sums[row]) / n);
        let scales: [f64; N] = std::array::from_fn(|row| scale::<T>(lane_sum::<T>(*sizes[row]) / n));
        let centres = means.map(|mean| T::Vector::splat(simd, T::from_f64(mean)));
        let units = scales.map(|scale| T::Vector::splat(simd, T::from_f64(scale)));
        for tile in 0..self.tiles {
            for row in 0..N {
                let x = (T::Vector::load_array(simd, block[at(tile, row)]) - centres[row]) * units[row];
                let x = if tile + 1 == self.tiles { x * mask } else { x };
                squares[row] += x * x;
            }
        }
        let factors: [_; N] = std::array::from_fn(|row| {
            let factor = factor(lane_sum::<T>(*squares[row]) / n, scales[row], self.eps);
            T::Vector::splat(simd, T::from_f64(factor))
        });
        for tile in 0..self.tiles {
            for row in 0..N {
                let x = T::Vector::load_array(simd, block[at(tile, row)]);
                ((x - centres[row]) * factors[row]).store_array(&mut block[at(tile, row)]);
            }
        }
    }
}

/// What batch norm does to one row: subtracts a centre, and multiplies by a factor.
pub(super) struct Statistics<V> {
    pub centre: V,
    pub factor: V,
}

/// The statistics of the row whose vectors are `at(tile)`, 0 in the padding of the last one: to the bit those of
/// [`scale_rows`].
#[inline(always)]
pub(super) fn statistics<S: Simd, T: Element>(
    simd: S,
    (tiles, columns, eps): (usize, usize, f64),
    at: impl Fn(usize) -> T::Vector<S>,
) -> Statistics<T::Vector<S>> {
    let zero = T::Vector::splat(simd, T::from_f64(0.0));
    let (mut sum, mut size, mut squares) = (zero, zero, zero);
    for tile in 0..tiles {
        sum += at(tile);
        size += at(tile).abs();
    }
    let n = count(columns);
    let unit = scale::<T>(lane_sum::<T>(*size) / n);
    let centre = T::Vector::splat(simd, T::from_f64(lane_sum::<T>(*sum) / n));
    let scaled = T::Vector::splat(simd, T::from_f64(unit));
    for tile in 0..tiles {
        let x = (at(tile) - centre) * scaled;
        let x = if tile + 1 == tiles { x * mask::<S, T>(simd, columns) } else { x };
        squares += x * x;
    }
    let factor = factor(lane_sum::<T>(*squares) / n, unit, eps);
    Statistics { centre, factor: T::Vector::splat(simd, T::from_f64(factor)) }
}

/// 1 in the columns of the last tile, 0 in its padding.
#[inline(always)]
pub(super) fn mask<S: Simd, T: Element>(simd: S, columns: usize) -> T::Vector<S> {
    let mut mask = <T::Row as bytemuck::Zeroable>::zeroed();
    mask.as_mut()[..columns - (columns.div_ceil(T::LANES) - 1) * T::LANES].fill(T::from_f64(1.0));
    T::Vector::load_array(simd, mask)
}

/// The power of two by which entries of this mean magnitude are scaled before they are squared: most often 1.
pub(crate) fn scale<T: Element>(size: f64) -> f64 {
    let is_double = size_of::<T>() == 8;
    if SAFE[usize::from(is_double)].contains(&size) || size == 0.0 || size.is_nan() {
        return 1.0;
    }
    // Where the magnitudes have no finite sum, they are as large as they can be.
    let exponent = if size.is_finite() { libm::frexp(size).1 } else { 1000 };
    let limit = if is_double { 1000 } else { 126 };
    libm::scalbn(1.0, (-exponent).clamp(-limit, limit))
}

/// `1 / sqrt(v + eps)`, v being `square / scale^2`; 0 where that is no number.
pub(crate) fn factor(square: f64, scale: f64, eps: f64) -> f64 {
    let size = if scale.to_bits() == 1.0_f64.to_bits() {
        (square + eps).sqrt()
    } else {
        // The larger of the two is taken out, so that no square leaves the range.
        let (a, b) = (square.sqrt() / scale, eps.sqrt());
        let (large, small) = if a > b { (a, b) } else { (b, a) };
        let ratio = if large > 0.0 { small / large } else { 0.0 };
        if a.is_nan() { a } else { large * (1.0 + ratio * ratio).sqrt() }
    };
    if size == 0.0 { 0.0 } else { 1.0 / size }
}

/// Sum of the lanes in f64, pairwise in a fixed order.
#[inline(always)]
pub(super) fn lane_sum<T: Element>(row: T::Row) -> f64 {
    let eights =
        row.as_ref().chunks_exact(8).map(|eight| fold(std::array::from_fn(|lane| eight[lane].to_f64())));
    eights.sum()
}

#[expect(clippy::cast_precision_loss, reason = "sizes of matrices in memory are below 2^53")]
pub(crate) fn count(size: usize) -> f64 {
    size as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_those_of_the_unscaled_variance_at_every_size() {
        for exponent in [-900, -500, -3, 0, 3, 500, 900] {
            let size = libm::scalbn(1.5, exponent);
            let by = scale::<f64>(size);
            let square = (size * by) * (size * by);
            // Two roots, two divisions, a product: under 4 units in the last place.
            assert!((factor(square, by, 0.0) * size - 1.0).abs() < 1e-15, "{exponent}");
            let wanted = 1.0 / libm::hypot(size, 0.1);
            assert!((factor(square, by, 0.01) / wanted - 1.0).abs() < 1e-15, "{exponent}");
        }
        assert_eq!(factor(0.0, 1.0, 0.0).to_bits(), 0.0_f64.to_bits());
        assert!(factor(f64::NAN, 1.0, 0.0).is_nan() && factor(f64::NAN, 0.5, 0.1).is_nan());
    }
}

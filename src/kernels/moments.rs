//! Moments of all entries of a layer, exact to rounding for any location and scale.
//!
//! A block of a layer is measured in two sweeps while it is in cache: sum, extremes and zeros, then central
//! powers about the block's own mean; blocks are merged in order by the formulas of Pébay (2008). So nothing
//! cancels when the mean is far larger than the std (the row sums of a network with weight mean 1 are), which
//! no single sweep over raw powers could promise. What rounding took from that mean is the mean deviation of the
//! second sweep, and is put right (Chan, Golub and `LeVeque` 1983). Values beyond `2^+-180` are first scaled by a
//! power of two, exactly, so that fourth powers neither overflow nor vanish.
//!
//! Sums run in f64 in a fixed order over 2 x 8 lanes, in both precisions and on every instruction set.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x8, f64x8, mask64x8};

use crate::simd::{Element, Fused};

/// Count, extremes and central moments of some entries. The default is of no entries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// Entries, N.
    pub count: u64,
    /// Entries that are infinite or NaN. If any, only the counts mean something.
    pub nonfinite: u64,
    /// Entries that are exactly 0.
    pub zeros: u64,
    /// Smallest entry.
    pub min: f64,
    /// Largest entry.
    pub max: f64,
    /// Mean, in units of `2^exponent`.
    pub mean: f64,
    /// Sums of second to fourth powers of deviations from the mean, in units of powers of `2^exponent`.
    pub central: [f64; 3],
    /// The binary exponent of the unit: 0 for all values of ordinary size.
    pub exponent: i32,
}

impl Default for Moments {
    fn default() -> Self {
        Self {
            count: 0,
            nonfinite: 0,
            zeros: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            mean: 0.0,
            central: [0.0; 3],
            exponent: 0,
        }
    }
}

impl Moments {
    /// Moments of the union of two disjoint sets of entries.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        if self.count == 0 || other.count == 0 {
            return if self.count == 0 { other } else { self };
        }
        let exponent = match (self.is_zero(), other.is_zero()) {
            (true, _) => other.exponent,
            (_, true) => self.exponent,
            _ => self.exponent.max(other.exponent),
        };
        let (a, b) = (self.in_units(exponent), other.in_units(exponent));
        let (na, nb) = (count(a.count), count(b.count));
        let n = na + nb;
        let d = b.mean - a.mean;
        let [a2, a3, a4] = a.central;
        let [b2, b3, b4] = b.central;
        let (wa, wb) = (na / n, nb / n);
        let (d2, cross) = (d * d, na * wb);
        Self {
            count: a.count + b.count,
            nonfinite: a.nonfinite + b.nonfinite,
            zeros: a.zeros + b.zeros,
            min: a.min.min(b.min),
            max: a.max.max(b.max),
            mean: a.mean + d * wb,
            central: [
                a2 + b2 + d2 * cross,
                a3 + b3 + d * d2 * cross * (wa - wb) + 3.0 * d * (wa * b2 - wb * a2),
                a4 + b4
                    + d2 * d2 * cross * (wa * wa - wa * wb + wb * wb)
                    + 6.0 * d2 * (wa * wa * b2 + wb * wb * a2)
                    + 4.0 * d * (wa * b3 - wb * a3),
            ],
            exponent,
        }
    }

    /// Sum of the squares, in units of `4^exponent`.
    #[must_use]
    pub fn sum_of_squares(&self) -> f64 {
        libm::fma(self.mean * self.mean, count(self.count), self.central[0])
    }

    /// Largest magnitude; of no entries infinite.
    #[must_use]
    pub fn abs_max(&self) -> f64 {
        self.min.abs().max(self.max.abs())
    }

    /// Whether all entries are 0: they are in any unit.
    fn is_zero(&self) -> bool {
        self.zeros == self.count
    }

    fn in_units(self, exponent: i32) -> Self {
        if self.is_zero() {
            return Self { exponent, ..self };
        }
        let factor = libm::scalbn(1.0, self.exponent - exponent);
        let [m2, m3, m4] = self.central;
        let square = factor * factor;
        let central = [m2 * square, m3 * square * factor, m4 * square * square];
        Self { mean: self.mean * factor, central, exponent, ..self }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of entries in memory are below 2^53")]
fn count(entries: u64) -> f64 {
    entries as f64
}

/// Measures one block: tiles of equal height over `columns` valid columns.
#[inline(always)]
pub(crate) fn measure<S: Simd, T: Element>(simd: S, block: &[T::Row], columns: usize) -> Moments {
    let mut sweep = Extremes::new(simd);
    each_column_chunk::<S, T>(simd, block, columns, &mut sweep);
    let entries = (block.len() / columns.div_ceil(T::LANES) * columns) as u64;
    let mut moments = sweep.finish(entries);
    if !moments.mean.is_finite() {
        moments.nonfinite = block_nonfinite::<T>(block, columns);
        if moments.nonfinite > 0 {
            return Moments { mean: f64::NAN, ..moments };
        }
    }
    moments.exponent = unit_exponent(moments.abs_max());
    let scale = libm::scalbn(1.0, -moments.exponent);
    if moments.exponent != 0 {
        let mut sum = ScaledSum { scale: f64x8::splat(simd, scale), sums: [f64x8::splat(simd, 0.0); 2] };
        each_column_chunk::<S, T>(simd, block, columns, &mut sum);
        moments.mean = lane_sum(sum.sums) / count(entries);
    }
    // Of equal entries the mean is that entry, and nothing deviates.
    moments.mean = moments.mean.clamp(moments.min * scale, moments.max * scale);
    let mut powers = Powers::new(simd, scale, moments.mean);
    each_column_chunk::<S, T>(simd, block, columns, &mut powers);
    // One by one: a function that `map` calls is not compiled for the instruction set.
    let [s1, s2, s3, s4] = powers.sums;
    let [s1, s2, s3, s4] = [lane_sum(s1), lane_sum(s2), lane_sum(s3), lane_sum(s4)];
    // From powers about the rounded mean to powers about the mean.
    let shift = s1 / count(entries);
    moments.mean += shift;
    moments.central = [
        (s2 - shift * s1).max(0.0),
        s3 - shift * (3.0 * s2 - 2.0 * shift * s1),
        (s4 - shift * (4.0 * s3 - shift * (6.0 * s2 - 3.0 * shift * s1))).max(0.0),
    ];
    moments
}

/// Exponent of the unit in which fourth powers of deviations are safe.
fn unit_exponent(largest: f64) -> i32 {
    /// Deviations as small as `2^-53` of the largest value have fourth powers above `2^-932` then.
    const SAFE: i32 = 180;
    /// The scale `2^1022` is finite, and lifts even subnormals to `2^-52`.
    const SMALLEST: i32 = -1022;
    let exponent = libm::frexp(largest).1;
    if largest == 0.0 || exponent.abs() <= SAFE { 0 } else { exponent.max(SMALLEST) }
}

#[cold]
fn block_nonfinite<T: Element>(block: &[T::Row], columns: usize) -> u64 {
    let height = block.len() / columns.div_ceil(T::LANES);
    let mut nonfinite = 0;
    for (tile, rows) in block.chunks(height).enumerate() {
        let valid = (columns - tile * T::LANES).min(T::LANES);
        for row in rows {
            nonfinite += row.as_ref()[..valid].iter().filter(|x| !x.to_f64().is_finite()).count() as u64;
        }
    }
    nonfinite
}

/// One sweep: what is done with eight entries of a column chunk.
trait Sweep<S: Simd> {
    /// `parity` alternates between two sets of sums, so that their latencies overlap.
    fn add(&mut self, simd: S, parity: usize, x: f64x8<S>);
    /// The same where only the lanes of `mask` count.
    fn add_masked(&mut self, simd: S, x: f64x8<S>, mask: mask64x8<S>);
}

#[inline(always)]
fn each_column_chunk<S: Simd, T: Element>(
    simd: S,
    block: &[T::Row],
    columns: usize,
    sweep: &mut impl Sweep<S>,
) {
    let height = block.len() / columns.div_ceil(T::LANES);
    for (tile, rows) in block.chunks(height).enumerate() {
        for part in 0..T::LANES / 8 {
            let first = tile * T::LANES + part * 8;
            if first + 8 <= columns {
                let (pairs, rest) = rows.as_chunks::<2>();
                for [even, odd] in pairs {
                    sweep.add(simd, 0, widen::<S, T>(simd, even, part));
                    sweep.add(simd, 1, widen::<S, T>(simd, odd, part));
                }
                if let [last] = rest {
                    sweep.add(simd, 0, widen::<S, T>(simd, last, part));
                }
            } else if first < columns {
                let mask = mask64x8::from_bitmask(simd, (1 << (columns - first)) - 1);
                for row in rows {
                    sweep.add_masked(simd, widen::<S, T>(simd, row, part), mask);
                }
            }
        }
    }
}

/// Eight entries of a row as f64.
#[inline(always)]
fn widen<S: Simd, T: Element>(simd: S, row: &T::Row, part: usize) -> f64x8<S> {
    if T::LANES == 8 {
        return f64x8::from_slice(simd, bytemuck::cast_slice(row.as_ref()));
    }
    let eight: &[f32] = bytemuck::cast_slice(&row.as_ref()[part * 8..part * 8 + 8]);
    let (low, high) = f32x8::from_slice(simd, eight).widen();
    low.combine(high)
}

/// Sum, extremes and zeros.
struct Extremes<S: Simd> {
    sums: [f64x8<S>; 2],
    zeros: [f64x8<S>; 2],
    min: [f64x8<S>; 2],
    max: [f64x8<S>; 2],
}

impl<S: Simd> Extremes<S> {
    #[inline(always)]
    fn new(simd: S) -> Self {
        let zero = [f64x8::splat(simd, 0.0); 2];
        let infinity = f64x8::splat(simd, f64::INFINITY);
        Self { sums: zero, zeros: zero, min: [infinity; 2], max: [-infinity; 2] }
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of entries")]
    fn finish(self, entries: u64) -> Moments {
        // Adding 0 turns -0, which the instruction sets order differently from 0, into 0.
        let min = self.min[0].min(self.min[1]).to_array().into_iter().fold(f64::INFINITY, f64::min) + 0.0;
        let max = self.max[0].max(self.max[1]).to_array().into_iter().fold(f64::NEG_INFINITY, f64::max) + 0.0;
        let mean = lane_sum(self.sums) / count(entries);
        Moments { count: entries, zeros: lane_sum(self.zeros) as u64, min, max, mean, ..Moments::default() }
    }
}

impl<S: Simd> Sweep<S> for Extremes<S> {
    #[inline(always)]
    fn add(&mut self, simd: S, parity: usize, x: f64x8<S>) {
        let (zero, one) = (f64x8::splat(simd, 0.0), f64x8::splat(simd, 1.0));
        self.sums[parity] += x;
        self.zeros[parity] += x.simd_eq(zero).select(one, zero);
        self.min[parity] = self.min[parity].min(x);
        self.max[parity] = self.max[parity].max(x);
    }

    #[inline(always)]
    fn add_masked(&mut self, simd: S, x: f64x8<S>, mask: mask64x8<S>) {
        let (zero, one) = (f64x8::splat(simd, 0.0), f64x8::splat(simd, 1.0));
        self.sums[0] += mask.select(x, zero);
        self.zeros[0] += (mask & x.simd_eq(zero)).select(one, zero);
        // Lane 0 is always valid: padding repeats it.
        let x = mask.select(x, f64x8::splat(simd, x[0]));
        self.min[0] = self.min[0].min(x);
        self.max[0] = self.max[0].max(x);
    }
}

/// Sum in units of `1 / scale`.
struct ScaledSum<S: Simd> {
    scale: f64x8<S>,
    sums: [f64x8<S>; 2],
}

impl<S: Simd> Sweep<S> for ScaledSum<S> {
    #[inline(always)]
    fn add(&mut self, _simd: S, parity: usize, x: f64x8<S>) {
        self.sums[parity] += x * self.scale;
    }

    #[inline(always)]
    fn add_masked(&mut self, simd: S, x: f64x8<S>, mask: mask64x8<S>) {
        self.sums[0] += mask.select(x * self.scale, f64x8::splat(simd, 0.0));
    }
}

/// Sums of first to fourth powers of `scale * x - mean`.
struct Powers<S: Simd> {
    scale: f64x8<S>,
    minus_mean: f64x8<S>,
    sums: [[f64x8<S>; 2]; 4],
}

impl<S: Simd> Powers<S> {
    #[inline(always)]
    fn new(simd: S, scale: f64, mean: f64) -> Self {
        let sums = [[f64x8::splat(simd, 0.0); 2]; 4];
        Self { scale: f64x8::splat(simd, scale), minus_mean: f64x8::splat(simd, -mean), sums }
    }

    #[inline(always)]
    fn add_deviation(&mut self, parity: usize, d: f64x8<S>) {
        let d2 = d * d;
        self.sums[0][parity] += d;
        self.sums[1][parity] += d2;
        self.sums[2][parity] = d2.fused(d, self.sums[2][parity]);
        self.sums[3][parity] = d2.fused(d2, self.sums[3][parity]);
    }
}

impl<S: Simd> Sweep<S> for Powers<S> {
    #[inline(always)]
    fn add(&mut self, _simd: S, parity: usize, x: f64x8<S>) {
        self.add_deviation(parity, x.fused(self.scale, self.minus_mean));
    }

    #[inline(always)]
    fn add_masked(&mut self, simd: S, x: f64x8<S>, mask: mask64x8<S>) {
        let d = mask.select(x.fused(self.scale, self.minus_mean), f64x8::splat(simd, 0.0));
        self.add_deviation(0, d);
    }
}

/// Sum of the lanes of both sets, pairwise in a fixed order.
#[inline(always)]
fn lane_sum<S: Simd>(sums: [f64x8<S>; 2]) -> f64 {
    let [a, b, c, d, e, f, g, h] = (sums[0] + sums[1]).to_array();
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

//! Rounding of f32 to the numbers of a narrower format, to nearest, ties to even.
//!
//! A format of p significant bits, least exponent `e` and largest number M has, for a number x of exponent E,
//!
//! ```text
//! ulp = 2^(max(E, e) - p + 1)        round(x) = ulp * (x / ulp, to the nearest whole number, ties to the even one)
//! ```
//!
//! and what that takes beyond M becomes infinite, NaN or M, as the format says. What rounds from f32 rounds once: sums in
//! f32 have been rounded before, as they are where hardware accumulates in f32.
//!
//! Formats: IEEE 754 (2019) binary16; bfloat16; E4M3 and E5M2 of Micikevicius et al. (2022), *FP8 formats for deep
//! learning*, of which E4M3 has no infinity.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x16, u32x16};

use super::batch::each_eight;
use crate::simd::{Element, SimdLevel, with_simd};

/// A number format narrower than f32, with an exponent range within that of f32.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FloatFormat {
    /// Significant bits p, the hidden one included.
    pub precision: u32,
    /// Exponent of the smallest normal number.
    pub least_exponent: i32,
    /// Largest number.
    pub largest: f32,
    /// What numbers beyond it become, by their magnitude.
    pub beyond: f32,
}

impl FloatFormat {
    /// IEEE binary16.
    pub const F16: Self =
        Self { precision: 11, least_exponent: -14, largest: 65504.0, beyond: f32::INFINITY };
    /// bfloat16.
    pub const BF16: Self =
        Self { precision: 8, least_exponent: -126, largest: 3.389_531_4e38, beyond: f32::INFINITY };
    /// E5M2.
    pub const E5M2: Self =
        Self { precision: 3, least_exponent: -14, largest: 57344.0, beyond: f32::INFINITY };
    /// E4M3, which has NaN in place of infinity.
    pub const E4M3: Self = Self { precision: 4, least_exponent: -6, largest: 448.0, beyond: f32::NAN };

    /// The same, with the largest number in place of all beyond it, infinity among them.
    #[must_use]
    pub const fn saturating(self) -> Self {
        Self { beyond: self.largest, ..self }
    }

    /// Half of the smallest number: that much and less becomes 0.
    #[must_use]
    pub fn largest_flushed(&self) -> f64 {
        libm::scalbn(1.0, self.least_exponent - self.ulps())
    }

    /// Whether a number is too large: nearer to what would follow the largest number, or in the middle if that one is odd.
    #[must_use]
    pub fn is_beyond(&self, x: f64) -> bool {
        let largest = f64::from(self.largest);
        let half = libm::scalbn(0.5, libm::ilogb(largest) - self.ulps() + 1);
        let is_odd = libm::fmod(largest / (2.0 * half), 2.0) != 0.0;
        x.abs() > largest + half || (is_odd && x.abs() >= largest + half)
    }

    /// Significant bits, as an exponent.
    fn ulps(&self) -> i32 {
        i32::try_from(self.precision).unwrap_or(i32::MAX)
    }

    /// Smallest normal number.
    #[must_use]
    pub fn smallest_normal(self) -> f64 {
        libm::scalbn(1.0, self.least_exponent)
    }
}

/// Entries that rounding to a format loses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Those that are not 0, and become 0.
    pub flushed: u64,
    /// Those that are finite, and beyond the largest number.
    pub clipped: u64,
}

impl Losses {
    /// Those of a block of `columns` valid columns, before it is rounded.
    #[must_use]
    pub fn of<T: Element>(format: FloatFormat, block: &[T::Row], columns: usize) -> Self {
        let least = format.largest_flushed();
        let mut losses = Self::default();
        each_eight::<T>(block, columns, |_, _, entries| {
            for x in entries.iter().map(|entry| entry.to_f64()) {
                losses.flushed += u64::from(x != 0.0 && x.abs() <= least);
                losses.clipped +=
                    u64::from(x.is_finite() && x.abs() > f64::from(format.largest) && format.is_beyond(x));
            }
        });
        losses
    }

    /// Those of two blocks.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { flushed: self.flushed + other.flushed, clipped: self.clipped + other.clipped }
    }
}

/// An element type that can be stored in a narrower format.
pub trait Round: Element {
    /// Replaces every number by the nearest one of `format`; NaN stays NaN. Only f32 is stored narrower: f64 is left as it is.
    fn round(level: SimdLevel, format: FloatFormat, rows: &mut [Self::Row]);
}

impl Round for f64 {
    fn round(_: SimdLevel, _: FloatFormat, _: &mut [Self::Row]) {}
}

impl Round for f32 {
    fn round(level: SimdLevel, format: FloatFormat, rows: &mut [Self::Row]) {
        with_simd!(level, simd => round(simd, format, rows));
    }
}

/// Above the least exponent whole ulps are a mask of bits, to which half of one is added first, or a little less where the
/// last bit kept is 0. Below it the sum with a number of that ulp rounds as it must.
#[inline(always)]
fn round<S: Simd>(simd: S, format: FloatFormat, rows: &mut [[f32; 16]]) {
    let dropped = 24 - format.precision;
    let (sign, one) = (u32x16::splat(simd, 1 << 31), u32x16::splat(simd, 1));
    let below_half = u32x16::splat(simd, (1 << (dropped - 1)) - 1);
    let kept = u32x16::splat(simd, !((1 << dropped) - 1));
    let power = |exponent: i32| f32x16::splat(simd, f32::from_f64(libm::scalbn(1.0, exponent)));
    let smallest = power(format.least_exponent);
    let coarse = power(format.least_exponent + 24 - format.ulps());
    let [largest, beyond] = [format.largest, format.beyond].map(|x| f32x16::splat(simd, x));
    for row in rows {
        let x = f32x16::load_array(simd, *row);
        let bits: u32x16<S> = x.to_bits();
        let magnitude = bits & !sign;
        let size = f32x16::from_bits(magnitude);
        let last = (magnitude >> dropped) & one;
        let normal = f32x16::from_bits((magnitude + below_half + last) & kept);
        let small = (size + coarse) - coarse;
        let rounded = size.simd_lt(smallest).select(small, normal);
        let rounded = rounded.simd_gt(largest).select(beyond, rounded);
        let rounded = f32x16::from_bits(rounded.to_bits() | (bits & sign));
        x.simd_eq(x).select(rounded, x).store_array(row);
    }
}

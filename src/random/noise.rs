//! Vector samplers of the laws beside the normal, eight standardised draws at a time.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f64x8};

use super::erfinv::{erfinv, erfinv_central};
use super::generator::Generator;
use super::math::{expm1, minus_two_ln, power_of_two, signed, sin_cos_count};
use super::normal::{angle, unit};
use super::truncation::Truncation;
use crate::simd::Fused;

/// `sqrt 3 * (2 u - 1)`, centred on the grid of 53 bits.
#[inline(always)]
pub(super) fn uniform<S: Simd>(simd: S, generator: &mut Generator<S>) -> f64x8<S> {
    symmetric(simd, generator) * libm::sqrt(3.0)
}

/// Inverse CDF: `sqrt 2 * erfinv(v)`, v uniform on `+-erf(a / sqrt 2)`, over the std; for bounds a up to 2.
#[inline(always)]
pub(super) fn truncated_normal<S: Simd>(simd: S, by: Truncation, generator: &mut Generator<S>) -> f64x8<S> {
    let v = symmetric(simd, generator) * by.probability();
    erfinv_central(simd, v) * (std::f64::consts::SQRT_2 / by.std())
}

/// The same for every bound.
#[inline(always)]
pub(super) fn widely_truncated_normal<S: Simd>(
    simd: S,
    by: Truncation,
    generator: &mut Generator<S>,
) -> f64x8<S> {
    let v = symmetric(simd, generator) * by.probability();
    erfinv(simd, v) * (std::f64::consts::SQRT_2 / by.std())
}

/// The sign of the top bit.
#[inline(always)]
pub(super) fn rademacher<S: Simd>(simd: S, generator: &mut Generator<S>) -> f64x8<S> {
    let sign = generator.next() & (1 << 63);
    f64x8::from_bits(f64x8::splat(simd, 1.0).to_bits() | sign)
}

/// `+-ln(u) / sqrt 2`: the lowest bit is the sign, the upper 53 are u.
#[inline(always)]
pub(super) fn laplace<S: Simd>(simd: S, generator: &mut Generator<S>) -> f64x8<S> {
    let bits = generator.next();
    let magnitude = minus_two_ln(simd, unit(simd, bits)) * (0.5 * std::f64::consts::FRAC_1_SQRT_2);
    f64x8::from_bits(magnitude.to_bits() ^ (bits << 63))
}

/// Bailey (1994), *Polar generation of random variates with the t-distribution*:
/// `sqrt(nu (u^(-2/nu) - 1)) cos(2 pi v)`, over the std. Only one of the pair is used: the two are dependent.
#[inline(always)]
pub(super) fn student_t<S: Simd>(simd: S, nu: f64, generator: &mut Generator<S>) -> f64x8<S> {
    let log = minus_two_ln(simd, unit(simd, generator.next()));
    let radius = (expm1(simd, log * (1.0 / nu)) * (nu - 2.0)).sqrt();
    let bits = generator.next();
    let (sin, cos) = sin_cos_count(simd, angle(simd, bits));
    let side = signed(simd, bits, 0).simd_lt(0).select(sin, cos);
    radius * f64x8::from_bits(side.to_bits() ^ ((bits << 1) & (1 << 63)))
}

/// Uniform on `(-1, 1)`: the midpoints of `2^53` equal intervals.
#[inline(always)]
fn symmetric<S: Simd>(simd: S, generator: &mut Generator<S>) -> f64x8<S> {
    let count: f64x8<S> = signed(simd, generator.next(), 11).to_float();
    let half = f64x8::splat(simd, power_of_two(-53));
    count.fused(f64x8::splat(simd, power_of_two(-52)), half)
}

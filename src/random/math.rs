//! Elementary functions of the samplers: vector polynomials, branch-free.
//!
//! They serve draws, not users: arguments stay in the stated ranges, errors are a few units in the last place,
//! far below what any number of draws could show. The coefficients are near-minimax Chebyshev fits printed by
//! `tests/oracles/sampler_coefficients.py`, which also states their errors.

#![expect(
    clippy::unreadable_literal,
    clippy::excessive_precision,
    reason = "coefficients as the script prints them"
)]

use std::f64::consts::{LN_2, PI};

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x16, f64x8, i32x16, i64x8, u64x8};

use crate::simd::Fused;

/// `sin(pi r) / r` in `r^2`, `|r| <= 1/4`, relative error 4e-17.
const SIN_PI: [f64; 7] = [
    PI,
    -5.167712780049954,
    2.5501640398733763,
    -0.5992645289396449,
    0.08214586918000175,
    -0.007370021586907771,
    0.000461531855383581,
];
/// `cos(pi r)` in `r^2`, `|r| <= 1/4`, relative error 2e-17.
const COS_PI: [f64; 8] = [
    1.0,
    -4.934802200544679,
    4.058712126416747,
    -1.3352627688519174,
    0.23533063019088787,
    -0.025806885652951306,
    0.0019294657440800042,
    -0.00010356747255199479,
];
/// `(ln((1 + s) / (1 - s)) / s - 2) / s^2` in `s^2`, `|s| <= tan^2(pi/8)`, relative error 5e-16.
const LOG: [f64; 7] = [
    0.666666666666667,
    0.39999999999899505,
    0.28571428625975487,
    0.2222221113479508,
    0.18182889125261723,
    0.15331721600556042,
    0.14616449685043406,
];
/// `(exp(r) - 1) / r`, `|r| <= ln(2) / 2`, relative error 2e-18.
const EXPM1: [f64; 12] = [
    1.0,
    0.5,
    0.1666666666666668,
    0.04166666666666668,
    0.008333333333319601,
    0.0013888888888879082,
    0.00019841269890047113,
    2.480158733642132e-05,
    2.755724091857897e-06,
    2.755726330147475e-07,
    2.5110037605963777e-08,
    2.0918129454967065e-09,
];
#[expect(clippy::cast_possible_truncation, reason = "rounding the constant")]
const SIN_PI_F32: [f32; 4] = [PI as f32, -5.167_708, 2.549_767, -0.589_075_1];
const COS_PI_F32: [f32; 5] = [1.0, -4.934_802, 4.058_707_2, -1.335_044_5, 0.231_328_79];
/// `(ln(1 + f) - f) / f^2`, `1 + f` in `[sqrt(1/2), sqrt 2]`, relative error 7e-8.
const LOG_F32: [f32; 9] = [
    -0.499_999_97,
    0.333_333_3,
    -0.250_007_8,
    0.200_012_34,
    -0.166_266_46,
    0.142_048_55,
    -0.131_275_55,
    0.127_226_73,
    -0.076_736_41,
];

/// Horner's rule with fused multiply-adds; `coefficients` from the constant up.
#[inline(always)]
pub(super) fn polynomial<S: Simd, V: SimdFloat<S> + Fused<S>, const N: usize>(
    simd: S,
    x: V,
    coefficients: &[V::Element; N],
) -> V {
    let mut sum = V::splat(simd, coefficients[N - 1]);
    for i in (0..N - 1).rev() {
        sum = sum.fused(x, V::splat(simd, coefficients[i]));
    }
    sum
}

/// `-2 ln u` for normal `u > 0`: `u = 2^k m`, `m` in `[sqrt(1/2), sqrt 2)`, `ln m = 2 atanh((m-1)/(m+1))`.
#[inline(always)]
pub fn minus_two_ln<S: Simd>(simd: S, u: f64x8<S>) -> f64x8<S> {
    const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    const SERIES: [f64; 8] = minus_four_atanh();
    let offset = u.to_bits() - u64x8::splat(simd, SQRT_HALF);
    let k: f64x8<S> = signed(simd, offset, 52).to_float();
    let m = f64x8::from_bits((offset & 0x000f_ffff_ffff_ffff) + u64x8::splat(simd, SQRT_HALF));
    let s = (m - 1.0) / (m + 1.0);
    k.fused(f64x8::splat(simd, -2.0 * LN_2), s * polynomial(simd, s * s, &SERIES))
}

/// `-4 atanh(s) / s` in `s^2`: [`LOG`] and its first term, times -2.
const fn minus_four_atanh() -> [f64; 8] {
    let mut series = [-4.0; 8];
    let mut i = 0;
    while i < LOG.len() {
        series[i + 1] = -2.0 * LOG[i];
        i += 1;
    }
    series
}

/// `-2 ln u` for normal `u > 0`, without a division.
#[inline(always)]
pub fn minus_two_ln_f32<S: Simd>(simd: S, u: f32x16<S>) -> f32x16<S> {
    const SQRT_HALF: u32 = 0x3f35_04f3;
    const SERIES: [f32; 10] = minus_two_log1p();
    let offset = u.to_bits() - SQRT_HALF;
    let shifted: i32x16<S> = offset.bitcast::<i32x16<S>>() >> 23;
    let k: f32x16<S> = shifted.to_float();
    let f = f32x16::from_bits((offset & 0x007f_ffff) + SQRT_HALF) - 1.0;
    #[expect(clippy::cast_possible_truncation, reason = "rounding the constant")]
    let step = f32x16::splat(simd, (-2.0 * LN_2) as f32);
    k.fused(step, f * polynomial(simd, f, &SERIES))
}

/// `-2 ln(1 + f) / f` in `f`: [`LOG_F32`] and its first term, times -2.
const fn minus_two_log1p() -> [f32; 10] {
    let mut series = [-2.0; 10];
    let mut i = 0;
    while i < LOG_F32.len() {
        series[i + 1] = -2.0 * LOG_F32[i];
        i += 1;
    }
    series
}

/// `(sin, cos)` of `pi r`, `r = count / 2^65`, for counts of `[-2^63, 2^63)`: an eighth of the circle to either side.
/// Powers of two are in the coefficients.
#[inline(always)]
pub fn sin_cos_count<S: Simd>(simd: S, count: f64x8<S>) -> (f64x8<S>, f64x8<S>) {
    const SIN: [f64; 7] = scaled(SIN_PI, -65);
    const COS: [f64; 8] = scaled(COS_PI, 0);
    let square = count * count;
    (count * polynomial(simd, square, &SIN), polynomial(simd, square, &COS))
}

/// Coefficients for `x^2 / 2^-130` instead of `x^2`, all of them times `2^first`.
const fn scaled<const N: usize>(mut coefficients: [f64; N], first: i32) -> [f64; N] {
    let (mut i, mut exponent) = (0, first);
    while i < N {
        coefficients[i] *= power_of_two(exponent);
        i += 1;
        exponent -= 130;
    }
    coefficients
}

/// `(sin(pi r), cos(pi r))` for `|r| <= 1/4`.
#[inline(always)]
pub fn sin_cos_pi_f32<S: Simd>(simd: S, r: f32x16<S>) -> (f32x16<S>, f32x16<S>) {
    let r2 = r * r;
    (r * polynomial(simd, r2, &SIN_PI_F32), polynomial(simd, r2, &COS_PI_F32))
}

/// `exp(y) - 1` for `0 <= y <= 700`: `y = k ln 2 + r`, `exp(y) - 1 = 2^k (exp(r) - 1) + (2^k - 1)`.
#[inline(always)]
pub fn expm1<S: Simd>(simd: S, y: f64x8<S>) -> f64x8<S> {
    /// `ln 2 - fl(ln 2)`.
    const LN_2_LOW: f64 = 2.319_046_813_846_299_6e-17;
    let k = (y * (1.0 / LN_2)).round_ties_even();
    let r = k.fused(f64x8::splat(simd, -LN_2), y);
    let r = k.fused(f64x8::splat(simd, -LN_2_LOW), r);
    let exponent: i64x8<S> = k.to_int();
    let power = f64x8::from_bits((exponent + 1023).bitcast::<u64x8<S>>() << 52);
    power.fused(r * polynomial(simd, r, &EXPM1), power - 1.0)
}

/// `2^exponent` for exponents of normal numbers, exactly.
#[expect(clippy::cast_sign_loss, reason = "the biased exponent is positive")]
pub const fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

/// The bits as a signed integer, shifted right with its sign.
#[inline(always)]
pub fn signed<S: Simd>(_simd: S, bits: u64x8<S>, shift: u32) -> i64x8<S> {
    bits.bitcast::<i64x8<S>>() >> shift
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::SimdLevel;
    use crate::simd::with_simd;

    fn largest_error(
        name: &str,
        points: &[f64],
        f: impl Fn([f64; 8]) -> [f64; 8],
        oracle: impl Fn(f64) -> f64,
    ) {
        for chunk in points.as_chunks::<8>().0 {
            for (x, y) in chunk.iter().zip(f(*chunk)) {
                let exact = oracle(*x);
                let ulps = (y - exact).abs() / (exact.abs() * f64::EPSILON).max(f64::MIN_POSITIVE);
                // Three roundings of the last steps and the oracle's own.
                assert!(ulps <= 4.0, "{name}({x:e}) = {y:e}, libm {exact:e}");
            }
        }
    }

    #[test]
    fn the_polynomials_agree_with_libm() {
        let grid: Vec<f64> = (0..80_000).map(|i| f64::from(i) / 80_000.0).collect();
        let level = SimdLevel::detect();
        let tiny: Vec<f64> = (1..=800).map(|i| f64::from(i) * power_of_two(-53)).collect();
        let positive: Vec<f64> = grid.iter().map(|x| x + f64::EPSILON).chain(tiny).collect();
        let call = |f: &dyn Fn([f64; 8]) -> [f64; 8], x| f(x);
        largest_error(
            "ln",
            &positive,
            |x| {
                call(
                    &|x| with_simd!(level, simd => minus_two_ln(simd, f64x8::load_array(simd, x)).to_array()),
                    x,
                )
            },
            |u| -2.0 * libm::log(u),
        );
        let y: Vec<f64> = grid.iter().map(|x| x * x * 37.0).collect();
        largest_error(
            "expm1",
            &y,
            |x| with_simd!(level, simd => expm1(simd, f64x8::load_array(simd, x)).to_array()),
            libm::expm1,
        );
        let r: Vec<f64> = grid.iter().map(|x| x * 0.5 - 0.25).collect();
        let pi = std::f64::consts::PI;
        largest_error(
            "cos",
            &r,
            |x| with_simd!(level, simd => sin_cos_count(simd, f64x8::load_array(simd, x) * power_of_two(65)).1.to_array()),
            |x| libm::cos(pi * x),
        );
    }
}

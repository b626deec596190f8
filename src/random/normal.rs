//! Standard normals, two vectors at a time, in both precisions.
//!
//! Box and Muller (1958): `r = sqrt(-2 ln u)` and an angle give two independent normals, exactly:
//!
//! ```text
//! bits 1      -> u in (0, 1], a multiple of 2^-53 (f32: 2^-31)
//! bits 2      -> swap, sign, and r in [-1/4, 1/4) half turns
//! (sin, cos)(pi r) covers an eighth of the circle to either side of the x axis; the sign bit mirrors it to
//! the other side, the swap bit to the y axis: the whole circle without a range reduction.
//! ```
//!
//! The largest value possible is `sqrt(2 * 53 * ln 2) = 8.57` in f64 and `sqrt(2 * 32 * ln 2) = 6.66` in f32,
//! where u has 24 significant bits down to its smallest value, so the tail is as fine as the type.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x16, f64x8, i32x16, u32x16, u64x8};

use super::generator::Generator;
use super::math::{ln, ln_f32, power_of_two, signed, sin_cos_pi, sin_cos_pi_f32};
use crate::simd::{Element, Fused};

/// An element type with a sampler of normals.
pub trait Normals: Element {
    /// Two vectors of independent standard normals.
    fn normals<S: Simd>(simd: S, generator: &mut Generator<S>) -> [Self::Vector<S>; 2];

    /// Two vectors of values drawn one `f64x8` at a time, rounded to this type.
    fn gather<S: Simd>(simd: S, draw: impl FnMut() -> f64x8<S>) -> [Self::Vector<S>; 2];
}

impl Normals for f64 {
    #[inline(always)]
    fn normals<S: Simd>(simd: S, generator: &mut Generator<S>) -> [f64x8<S>; 2] {
        let radius = (ln(simd, unit(simd, generator.next())) * -2.0).sqrt();
        let bits = generator.next();
        let angle: f64x8<S> = signed(simd, bits << 2, 11).to_float();
        let (sin, cos) = sin_cos_pi(simd, angle * power_of_two(-54));
        let mirrored = f64x8::from_bits(cos.to_bits() ^ ((bits << 1) & (1 << 63)));
        let swap = signed(simd, bits, 0).simd_lt(0);
        [radius * swap.select(sin, mirrored), radius * swap.select(mirrored, sin)]
    }

    #[inline(always)]
    fn gather<S: Simd>(_simd: S, mut draw: impl FnMut() -> f64x8<S>) -> [f64x8<S>; 2] {
        [draw(), draw()]
    }
}

impl Normals for f32 {
    #[inline(always)]
    fn normals<S: Simd>(simd: S, generator: &mut Generator<S>) -> [f32x16<S>; 2] {
        let bits: u32x16<S> = generator.next().bitcast();
        // 31 bits: every instruction set rounds a signed integer to f32 alike.
        let count: f32x16<S> = (bits >> 1).bitcast::<i32x16<S>>().to_float();
        let u = count.fused(
            f32x16::splat(simd, Self::from_f64(power_of_two(-31))),
            f32x16::splat(simd, Self::from_f64(power_of_two(-32))),
        );
        let radius = (ln_f32(simd, u) * -2.0).sqrt();
        let bits: u32x16<S> = generator.next().bitcast();
        let angle: f32x16<S> = (bits << 2).bitcast::<i32x16<S>>().to_float();
        let (sin, cos) = sin_cos_pi_f32(simd, angle * Self::from_f64(power_of_two(-33)));
        let mirrored = f32x16::from_bits(cos.to_bits() ^ ((bits << 1) & (1 << 31)));
        let swap = bits.bitcast::<i32x16<S>>().simd_lt(0);
        [radius * swap.select(sin, mirrored), radius * swap.select(mirrored, sin)]
    }

    #[inline(always)]
    fn gather<S: Simd>(_simd: S, mut draw: impl FnMut() -> f64x8<S>) -> [f32x16<S>; 2] {
        let (a, b, c, d) = (draw(), draw(), draw(), draw());
        [a.narrow(b), c.narrow(d)]
    }
}

/// Uniform on the multiples of `2^-53` in `(0, 1]`, from the upper 53 bits.
#[inline(always)]
pub(super) fn unit<S: Simd>(simd: S, bits: u64x8<S>) -> f64x8<S> {
    let count: f64x8<S> = signed(simd, bits, 11).to_float();
    let step = f64x8::splat(simd, power_of_two(-53));
    count.fused(step, f64x8::splat(simd, 0.5 + power_of_two(-53)))
}

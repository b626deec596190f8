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
//!
//! What bounds it (AVX-512, f64): a step of 16 normals is 71 arithmetic instructions on two ports, 36 cycles, and a
//! division and a root keep the divider busy for 34 of them: 0.65 ns per normal at 3.4 GHz. It
//! takes 0.83 ns. The division and the root stand in one chain of 140 cycles, longer than the processor looks
//! ahead, hence the two stages of [`Normals`]: without them, and with 5 instructions more, it took 1.06 ns.
//!
//! Tried and left, ns per normal of the same prototype (in two stages 0.78, in one 0.82): three stages 0.74 to 0.80; a
//! logarithm without division 0.95, as the ports are as busy as the divider; Newton's iteration for the root 1.11;
//! stages through memory in blocks of 16 0.89; eight panels in turns 0.81. Counted only: one logarithm for two
//! pairs, whose sum of squares is split by a uniform number, 134 instructions instead of 136. A ziggurat needs
//! gathers, which portable vectors do not have; scalar it takes 2.2 ns (`rand_distr`). Intel's inverse
//! distribution function (VSL, ICDF) takes 0.85 ns.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x16, f64x8, i32x16, i64x8, u32x16, u64x8};

use super::generator::Generator;
use super::math::{minus_two_ln, minus_two_ln_f32, power_of_two, signed, sin_cos_count, sin_cos_pi_f32};
use crate::simd::{Element, Fused};

/// An element type with a sampler of normals, in two stages, so that a caller can overlap the second stage of one
/// step with the first of the next.
pub trait Normals: Element {
    /// Two vectors of normals on their way: `-2 ln u`, and the bits of the angle.
    type Polar<S: Simd>: Copy;

    /// Draws the bits and takes the logarithm.
    fn polar<S: Simd>(simd: S, generator: &mut Generator<S>) -> Self::Polar<S>;

    /// Two vectors of independent standard normals.
    fn normals<S: Simd>(simd: S, polar: Self::Polar<S>) -> [Self::Vector<S>; 2];

    /// Two vectors of values drawn one `f64x8` at a time, rounded to this type.
    fn gather<S: Simd>(simd: S, draw: impl FnMut() -> f64x8<S>) -> [Self::Vector<S>; 2];
}

impl Normals for f64 {
    type Polar<S: Simd> = (f64x8<S>, u64x8<S>);

    #[inline(always)]
    fn polar<S: Simd>(simd: S, generator: &mut Generator<S>) -> Self::Polar<S> {
        (minus_two_ln(simd, unit(simd, generator.next())), generator.next())
    }

    #[inline(always)]
    fn normals<S: Simd>(simd: S, (square, bits): Self::Polar<S>) -> [f64x8<S>; 2] {
        let radius = square.sqrt();
        let (sin, cos) = sin_cos_count(simd, angle(simd, bits));
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
    type Polar<S: Simd> = (f32x16<S>, u32x16<S>);

    #[inline(always)]
    fn polar<S: Simd>(simd: S, generator: &mut Generator<S>) -> Self::Polar<S> {
        let bits: u32x16<S> = generator.next().bitcast();
        // 31 bits: every instruction set rounds a signed integer to f32 alike.
        let count: f32x16<S> = (bits >> 1).bitcast::<i32x16<S>>().to_float();
        let u = count.fused(
            f32x16::splat(simd, Self::from_f64(power_of_two(-31))),
            f32x16::splat(simd, Self::from_f64(power_of_two(-32))),
        );
        (minus_two_ln_f32(simd, u), generator.next().bitcast())
    }

    #[inline(always)]
    fn normals<S: Simd>(simd: S, (square, bits): Self::Polar<S>) -> [f32x16<S>; 2] {
        let radius = square.sqrt();
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
    let count: f64x8<S> = (bits >> 11).bitcast::<i64x8<S>>().to_float();
    let step = f64x8::splat(simd, power_of_two(-53));
    count.fused(step, step)
}

/// The lower 62 bits as an angle for [`sin_cos_count`], uniform to the resolution of the type.
#[inline(always)]
pub(super) fn angle<S: Simd>(simd: S, bits: u64x8<S>) -> f64x8<S> {
    signed(simd, bits << 2, 0).to_float()
}

//! Laws of the weight noise.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f64x8};
use rand::Rng;
use rand_distr::{Bernoulli, Distribution, Exp1, StandardNormal, StudentT, Uniform};

use super::generator::Generator;
use super::math::{erfinv_central, expm1, ln, power_of_two, signed, sin_cos_pi};
use super::normal::unit;
use crate::simd::Fused;

/// `erf(sqrt 2)`: probability that a normal lies within two standard deviations.
const WITHIN_TWO: f64 = 0.954_499_736_103_641_6;
/// Std of N(0, 1) truncated to `[-2, 2]`: `sqrt(1 - 4 phi(2) / erf(sqrt 2))`.
pub const TRUNCATED_STD: f64 = 0.879_625_661_034_239_8;

/// Law of the standardised weight noise xi: mean 0, variance 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Law {
    /// N(0, 1)
    Normal,
    /// Uniform on `[-sqrt 3, sqrt 3]`
    Uniform,
    /// N(0, 1) truncated to `[-2, 2]`, divided by its std 0.8796256610342398
    TruncatedNormal,
    /// `-1` or `1`, each with probability 1/2
    Rademacher,
    /// Student's t with `nu > 2` degrees of freedom, divided by its std `sqrt(nu / (nu - 2))`
    StudentT {
        /// Degrees of freedom.
        nu: f64,
    },
    /// Laplace, density `exp(-sqrt 2 |x|) / sqrt 2`
    Laplace,
}

/// `sqrt 3 * (2 u - 1)`, centred on the grid of 53 bits.
#[inline(always)]
pub(super) fn uniform<S: Simd>(simd: S, generator: &mut Generator<S>) -> f64x8<S> {
    symmetric(simd, generator) * libm::sqrt(3.0)
}

/// Inverse CDF: `sqrt 2 * erfinv(v)`, v uniform on `+-erf(sqrt 2)`, over the std.
#[inline(always)]
pub(super) fn truncated_normal<S: Simd>(simd: S, generator: &mut Generator<S>) -> f64x8<S> {
    let v = symmetric(simd, generator) * WITHIN_TWO;
    erfinv_central(simd, v) * (std::f64::consts::SQRT_2 / TRUNCATED_STD)
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
    let magnitude = ln(simd, unit(simd, bits)) * -std::f64::consts::FRAC_1_SQRT_2;
    f64x8::from_bits(magnitude.to_bits() ^ (bits << 63))
}

/// Bailey (1994), *Polar generation of random variates with the t-distribution*:
/// `sqrt(nu (u^(-2/nu) - 1)) cos(2 pi v)`, over the std. Only one of the pair is used: the two are dependent.
#[inline(always)]
pub(super) fn student_t<S: Simd>(simd: S, nu: f64, generator: &mut Generator<S>) -> f64x8<S> {
    let log = ln(simd, unit(simd, generator.next()));
    let radius = (expm1(simd, log * (-2.0 / nu)) * (nu - 2.0)).sqrt();
    let bits = generator.next();
    let angle: f64x8<S> = signed(simd, bits << 2, 11).to_float();
    let (sin, cos) = sin_cos_pi(simd, angle * power_of_two(-54));
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

/// The plain reference sampler, for the tests and for users who want a law with a generator of their own: the
/// same law as the vector samplers, by other algorithms, so with other draws.
impl Distribution<f64> for Law {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let sign = |rng: &mut R| if Bernoulli::new(0.5).expect("1/2").sample(rng) { 1.0 } else { -1.0 };
        match *self {
            Self::Normal => StandardNormal.sample(rng),
            Self::Uniform => {
                let edge = libm::sqrt(3.0);
                Uniform::new_inclusive(-edge, edge).expect("an interval").sample(rng)
            }
            Self::TruncatedNormal => loop {
                let z: f64 = StandardNormal.sample(rng);
                if z.abs() <= 2.0 {
                    break z / TRUNCATED_STD;
                }
            },
            Self::Rademacher => sign(rng),
            Self::StudentT { nu } => {
                let t = StudentT::new(nu).expect("nu > 2").sample(rng);
                t / libm::sqrt(nu / (nu - 2.0))
            }
            Self::Laplace => {
                let magnitude: f64 = Exp1.sample(rng);
                sign(rng) * magnitude * std::f64::consts::FRAC_1_SQRT_2
            }
        }
    }
}

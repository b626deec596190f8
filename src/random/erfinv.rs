//! The inverse error function of the truncated normal law: vector polynomials, branch-free.
//!
//! Giles (2012), *Approximating the erfinv function*: `erfinv(x) / x` is a function of `w = -ln(1 - x^2)` alone, and nearly one of
//! `sqrt(w)` in the tails. Near-minimax Chebyshev fits, printed by `tests/oracles/sampler_coefficients.py` as those of
//! [`super::math`] are.

#![expect(clippy::unreadable_literal, reason = "coefficients as the script prints them")]

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f64x8};

use super::math::{minus_two_ln, polynomial};

/// `erfinv(x) / x` in `w - 5/4`, `w = -ln(1 - x^2) <= 5/2`, relative error 4e-17.
const ERFINV: [f64; 17] = [
    1.1895615771387744,
    0.24951963332550728,
    0.002511685220025105,
    -0.0022537786154305972,
    0.00014359068278559174,
    3.115589702122241e-05,
    -5.0452056682191005e-06,
    -3.1259918258806335e-07,
    1.2756977527082817e-07,
    -1.243749783949392e-09,
    -2.7212697745227354e-09,
    1.9421349742787728e-10,
    4.8948247021486694e-11,
    -7.256341635636829e-12,
    -6.668359850774359e-13,
    1.7669692572322595e-13,
    3.9716513518405035e-15,
];
/// `erfinv(x) / x` in `sqrt(w) - 9/4`, `5/2 <= w <= 9`, relative error 4e-17.
const MIDDLE: [f64; 22] = [
    2.093140821826803,
    0.9575819554218657,
    0.06620630408897844,
    -0.05208279266081596,
    0.02178042482299256,
    0.0013461249275759676,
    -0.006456842170057507,
    0.0019573833030618985,
    0.0012424684586487642,
    -0.0009547315391005914,
    -7.930384938201445e-05,
    0.00029549602894398514,
    -5.91346507787571e-05,
    -6.717487075372416e-05,
    3.488590754617216e-05,
    9.332620226607078e-06,
    -1.2239260396849661e-05,
    6.724175013535873e-07,
    3.090765224170912e-06,
    -9.00309255423057e-07,
    -4.6327435523463386e-07,
    2.3278535640936589e-07,
];
/// `erfinv(x) / x` in `sqrt(w) - 9/2`, `3 <= sqrt(w) <= 6.01`, relative error 2e-16.
const OUTER: [f64; 24] = [
    4.344753812214422,
    1.0102327886722429,
    0.00032744246353931853,
    -0.0004302436484884565,
    0.00014794112527159397,
    -4.101968848724367e-05,
    1.1094841631088944e-05,
    -3.6005358186868715e-06,
    1.6401095458846899e-06,
    -9.093337429225256e-07,
    4.88015515956769e-07,
    -2.2325719814577908e-07,
    7.933741292234899e-08,
    -1.75215123807713e-08,
    -1.117003309539579e-09,
    3.156525013641069e-09,
    -1.5839697291719412e-09,
    4.74528098010828e-10,
    -7.096707464456868e-11,
    -3.3262076307961927e-11,
    2.9018025520958037e-11,
    -5.750511548667042e-12,
    -1.3422397089934725e-12,
    4.847822688466438e-13,
];

/// `erfinv(x)` for `|x| <= erf(sqrt 2)` (Giles 2012: a function of `-ln(1 - x^2)` alone, times x).
#[inline(always)]
pub fn erfinv_central<S: Simd>(simd: S, x: f64x8<S>) -> f64x8<S> {
    let one = f64x8::splat(simd, 1.0);
    let w = minus_two_ln(simd, (one - x) * (one + x)) * 0.5;
    x * polynomial(simd, w - 1.25, &ERFINV)
}

/// `erfinv(x)` for `|x| <= 1 - 2^-53`, where `sqrt(w)` is at most 6.004.
#[inline(always)]
pub fn erfinv<S: Simd>(simd: S, x: f64x8<S>) -> f64x8<S> {
    let one = f64x8::splat(simd, 1.0);
    let w = minus_two_ln(simd, (one - x) * (one + x)) * 0.5;
    let root = w.sqrt();
    let tail = root
        .simd_lt(3.0)
        .select(polynomial(simd, root - 2.25, &MIDDLE), polynomial(simd, root - 4.5, &OUTER));
    x * w.simd_lt(2.5).select(polynomial(simd, w - 1.25, &ERFINV), tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::SimdLevel;
    use crate::simd::with_simd;

    #[test]
    fn the_inverse_error_function_inverts() {
        let level = SimdLevel::detect();
        for i in -1000..=1000 {
            let z = f64::from(i) * 0.001 * std::f64::consts::SQRT_2;
            let x = libm::erf(z);
            let y = with_simd!(level, simd => erfinv_central(simd, f64x8::splat(simd, x)).to_array())[3];
            // One rounding of x moves z by eps * x / erf'(z), at most 9 eps here, and w by as much.
            assert!((y - z).abs() <= 40.0 * f64::EPSILON, "erfinv(erf({z})) = {y}");
        }
    }

    #[test]
    fn in_the_tails_it_inverts_the_complement() {
        let level = SimdLevel::detect();
        for i in 0..=53_000 {
            let complement = libm::exp2(-f64::from(i) / 1000.0);
            let x = 1.0 - complement;
            let z = with_simd!(level, simd => erfinv(simd, f64x8::splat(simd, x)).to_array())[5];
            // `1 - x` is exact. Three roundings of w, its root, three of the polynomial: 8 eps of z, which moves erfc by
            // `2 z / sqrt(pi) exp(-z^2)`, at most `2 z (z + 1)` times itself; libm's own is good to an ulp.
            let error = libm::erfc(z) / (1.0 - x) - 1.0;
            let limit = (8.0 * 2.0 * z * (z + 1.0) + 4.0) * f64::EPSILON;
            assert!(error.abs() <= limit, "erfc(erfinv({x})) is off by {error:e} of itself");
        }
    }
}

//! Quantiles and distribution function of the standard normal law.

use std::f64::consts::FRAC_1_SQRT_2;

/// What `FRAC_1_SQRT_2` lacks of the true `1/sqrt 2`.
const FRAC_1_SQRT_2_LOW: f64 = -4.833_646_656_726_457e-17;
/// `2 / sqrt pi`
const DERIVATIVE_OF_ERF_AT_0: f64 = std::f64::consts::FRAC_2_SQRT_PI;

/// Returns `P(Z <= x) = erfc(-x / sqrt 2) / 2`.
///
/// Relative error below 1e-14 in the lower tail down to `x = -37`, 1e-15 elsewhere: far out the relative
/// derivative of `erfc(y)` is `-2y`, so the rounding of `y = -x / sqrt 2` would cost `2 y^2` units; its
/// residual is put back to first order. NaN for NaN. Deterministic: libm only.
#[must_use]
pub fn cdf(x: f64) -> f64 {
    let y = -x * FRAC_1_SQRT_2;
    let tail = libm::erfc(y);
    if y < 1.0 || tail == 0.0 {
        return 0.5 * tail;
    }
    let residual = libm::fma(-x, FRAC_1_SQRT_2, -y) - x * FRAC_1_SQRT_2_LOW;
    0.5 * (tail - DERIVATIVE_OF_ERF_AT_0 * libm::exp(-y * y) * residual)
}

/// Returns the `x` with `P(Z <= x) = p`; `None` unless `0 < p < 1`.
///
/// Algorithm AS 241, PPND16 (Wichura 1988, Applied Statistics 37, 477): three rational minimax
/// approximations, in `p - 1/2` for the centre and in `sqrt(-ln min(p, 1-p))` for the tails. Relative error
/// about 1e-16 times the conditioning of `1 - p`.
#[must_use]
pub fn quantile(p: f64) -> Option<f64> {
    if !(p > 0.0 && p < 1.0) {
        return None;
    }
    let centred = p - 0.5;
    if centred.abs() <= 0.425 {
        let r = 0.180_625 - centred * centred;
        return Some(centred * horner(&CENTRE_TOP, r) / horner(&CENTRE_BOTTOM, r));
    }
    let tail = if centred < 0.0 { p } else { 1.0 - p };
    let r = (-libm::log(tail)).sqrt();
    let magnitude = if r <= 5.0 {
        horner(&NEAR_TOP, r - 1.6) / horner(&NEAR_BOTTOM, r - 1.6)
    } else {
        horner(&FAR_TOP, r - 5.0) / horner(&FAR_BOTTOM, r - 5.0)
    };
    Some(magnitude.copysign(centred))
}

/// Polynomial with `coefficients` in ascending order.
fn horner(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, &c| sum * x + c)
}

// Wichura's constants, digit for digit as printed.
macro_rules! printed {
    ($name:ident, $($digits:literal),+) => {
        #[expect(clippy::excessive_precision, clippy::unreadable_literal, reason = "as printed")]
        const $name: [f64; 8] = [$($digits),+];
    };
}
printed!(
    CENTRE_TOP,
    3.3871328727963666080e0,
    1.3314166789178437745e2,
    1.9715909503065514427e3,
    1.3731693765509461125e4,
    4.5921953931549871457e4,
    6.7265770927008700853e4,
    3.3430575583588128105e4,
    2.5090809287301226727e3
);
printed!(
    CENTRE_BOTTOM,
    1.0,
    4.2313330701600911252e1,
    6.8718700749205790830e2,
    5.3941960214247511077e3,
    2.1213794301586595867e4,
    3.9307895800092710610e4,
    2.8729085735721942674e4,
    5.2264952788528545610e3
);
printed!(
    NEAR_TOP,
    1.42343711074968357734e0,
    4.63033784615654529590e0,
    5.76949722146069140550e0,
    3.64784832476320460504e0,
    1.27045825245236838258e0,
    2.41780725177450611770e-1,
    2.27238449892691845833e-2,
    7.74545014278341407640e-4
);
printed!(
    NEAR_BOTTOM,
    1.0,
    2.05319162663775882187e0,
    1.67638483018380384940e0,
    6.89767334985100004550e-1,
    1.48103976427480074590e-1,
    1.51986665636164571966e-2,
    5.47593808499534494600e-4,
    1.05075007164441684324e-9
);
printed!(
    FAR_TOP,
    6.65790464350110377720e0,
    5.46378491116411436990e0,
    1.78482653991729133580e0,
    2.96560571828504891230e-1,
    2.65321895265761230930e-2,
    1.24266094738807843860e-3,
    2.71155556874348757815e-5,
    2.01033439929228813265e-7
);
printed!(
    FAR_BOTTOM,
    1.0,
    5.99832206555887937690e-1,
    1.36929880922735805310e-1,
    1.48753612908506148525e-2,
    7.86869131145613259100e-4,
    1.84631831751005468180e-5,
    1.42151175831644588870e-7,
    2.04426310338993978564e-15
);

//! Quantiles of Student's t, for every number of degrees of freedom.

use std::f64::consts::{FRAC_2_PI, PI, TAU};

use super::gamma::chi_mean_ratio;
use super::normal;

/// Degrees of freedom from which the normal expansion is used. The first term left out of it is about
/// `27 z^11 / (368640 nu^5)`: 1e-12 of the quantile at `nu = 1000` and `z = 4.5`.
const EXPANSION_FROM: u64 = 1000;

/// Returns the `t` with `P(T_nu <= t) = p`; `None` unless `0 < p < 1` and `nu >= 1`.
///
/// ```text
/// nu = 1, 2      closed forms
/// nu < 1000      Newton's method on the finite sum for P(|T| <= t)     (A&S 26.7.3, 26.7.4)
/// nu >= 1000     expansion about the normal quantile to nu^-4          (A&S 26.7.5)
/// ```
///
/// (A&S: Abramowitz & Stegun 1964.) Relative error below 1e-10 for `5e-6 <= p <= 1 - 5e-6`; farther out the
/// finite sum loses digits to `1 - P(|T| <= t)`. Cost O(nu) below 1000, O(1) above. Deterministic: libm and
/// IEEE operations in a fixed order.
#[must_use]
pub fn quantile(p: f64, nu: u64) -> Option<f64> {
    let z = normal::quantile(p)?;
    if z < 0.0 {
        return quantile(1.0 - p, nu).map(|t| -t);
    }
    let tail = 1.0 - p;
    match nu {
        0 => None,
        _ if z == 0.0 => Some(0.0),
        1 => Some(1.0 / libm::tan(PI * tail)),
        2 => Some((p - tail) / (2.0 * p * tail).sqrt()),
        _ if nu < EXPANSION_FROM => Some(newton(p - tail, z, nu)),
        _ => Some(expansion(z, nu as f64)),
    }
}

/// Solves `P(|T| <= t) = central` for `t > 0`.
///
/// The probability is concave in `t`, so from the left Newton's steps climb to the root without
/// overshooting, and one step from the right lands on its left. The normal quantile `z` is left of the root
/// for every `nu`.
fn newton(central: f64, z: f64, nu: u64) -> f64 {
    let mut t = z + z * (z * z + 1.0) / (4.0 * nu as f64);
    for _ in 0..100 {
        let step = (central - central_probability(t, nu)) / (2.0 * density(t, nu));
        t = (t + step).max(z);
        // Convergence is quadratic: after a step of 1e-9 the next would be far below rounding.
        if step.abs() <= 1e-9 * t {
            break;
        }
    }
    t
}

/// Returns `c(nu) / sqrt(2 pi) * (1 + t^2/nu)^(-(nu+1)/2)`.
fn density(t: f64, nu: u64) -> f64 {
    let k = nu as f64;
    chi_mean_ratio(nu) / TAU.sqrt() * libm::exp(-0.5 * (k + 1.0) * libm::log1p(t * t / k))
}

/// Returns `P(|T| <= t)` as a sum of `nu/2` terms in `theta = atan(t / sqrt nu)` (A&S 26.7.3 for odd,
/// 26.7.4 for even `nu`).
fn central_probability(t: f64, nu: u64) -> f64 {
    let k = nu as f64;
    let cos2 = k / (k + t * t);
    let sin = t / (k + t * t).sqrt();
    let odd = nu % 2 == 1;
    let first = if odd { cos2.sqrt() } else { 1.0 };
    let (mut term, mut sum) = (first, if nu == 1 { 0.0 } else { first });
    // The factors are 2/3, 4/5, ... (nu-3)/(nu-2) for odd nu and 1/2, 3/4, ... (nu-3)/(nu-2) for even.
    for j in (if odd { 2 } else { 1 }..nu.saturating_sub(2)).step_by(2) {
        term *= cos2 * j as f64 / (j + 1) as f64;
        sum += term;
    }
    if odd { FRAC_2_PI * (libm::atan(t / k.sqrt()) + sin * sum) } else { sin * sum }
}

/// Returns the expansion `z + g1/nu + g2/nu^2 + g3/nu^3 + g4/nu^4` (A&S 26.7.5).
fn expansion(z: f64, nu: f64) -> f64 {
    let y = z * z;
    let g1 = z * (y + 1.0) / 4.0;
    let g2 = z * ((5.0 * y + 16.0) * y + 3.0) / 96.0;
    let g3 = z * (((3.0 * y + 19.0) * y + 17.0) * y - 15.0) / 384.0;
    let g4 = z * ((((79.0 * y + 776.0) * y + 1482.0) * y - 1920.0) * y - 945.0) / 92_160.0;
    z + (g1 + (g2 + (g3 + g4 / nu) / nu) / nu) / nu
}

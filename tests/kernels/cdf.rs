//! Distribution functions of the standardised laws, from their definitions.

use initsweep::random::Law;
use initsweep::statistics::normal;

/// `P(xi <= x)`; the lower tail is accurate relatively.
pub fn cdf(law: Law, x: f64) -> f64 {
    match law {
        Law::Normal | Law::Orthogonal => normal::cdf(x),
        Law::Uniform => (0.5 + x / (2.0 * 3_f64.sqrt())).clamp(0.0, 1.0),
        Law::TruncatedNormal(by) => {
            let outside = normal::cdf(-by.bound());
            let inside = normal::cdf(x * truncated_variance(by.bound()).sqrt()) - outside;
            (inside / (1.0 - 2.0 * outside)).clamp(0.0, 1.0)
        }
        Law::Rademacher => f64::midpoint(f64::from(x >= -1.0), f64::from(x >= 1.0)),
        Law::StudentT { nu } => student_t(x * (nu / (nu - 2.0)).sqrt(), nu),
        Law::Laplace => {
            let tail = 0.5 * libm::exp(-std::f64::consts::SQRT_2 * x.abs());
            if x < 0.0 { tail } else { 1.0 - tail }
        }
    }
}

/// `P(T <= t)` of Student's t: half the regularised incomplete beta function `I_w(nu/2, 1/2)`,
/// `w = nu / (nu + t^2)`, in the lower tail (Abramowitz and Stegun 26.7.1).
pub fn student_t(t: f64, nu: f64) -> f64 {
    let tail = 0.5 * incomplete_beta(nu / 2.0, 0.5, nu / (nu + t * t), t * t / (nu + t * t));
    if t < 0.0 { tail } else { 1.0 - tail }
}

/// `I_x(a, b)` with `y = 1 - x`, by the continued fraction DLMF 8.17.22, on the side where it converges fast.
fn incomplete_beta(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 || y <= 0.0 {
        return f64::from(y <= 0.0);
    }
    let log = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * libm::log(x) + b * libm::log(y);
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - libm::exp(log) / (b * fraction(b, a, y));
    }
    libm::exp(log) / (a * fraction(a, b, x))
}

/// `1 + d_1 / (1 + d_2 / (1 + ...))`, from the tail up. It converges in some `sqrt(max(a, b))` steps, here at most
/// 4, each of which gives several digits: 64 terms are more than enough.
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    let mut value = 1.0;
    for i in (1..=64_u32).rev() {
        let m = f64::from(i / 2);
        let d = if i % 2 == 0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        value = 1.0 + d / value;
    }
    value
}

/// Variance of N(0, 1) truncated to `[-a, a]`: `1 - 2 a phi(a) / P`, by parts.
pub fn truncated_variance(a: f64) -> f64 {
    let density = libm::exp(-0.5 * a * a) / (2.0 * std::f64::consts::PI).sqrt();
    1.0 - 2.0 * a * density / (1.0 - 2.0 * normal::cdf(-a))
}

/// `E xi^4`, where it exists.
pub fn fourth_moment(law: Law) -> Option<f64> {
    match law {
        Law::Normal | Law::Orthogonal => Some(3.0),
        Law::Uniform => Some(9.0 / 5.0),
        Law::TruncatedNormal(by) => {
            // By parts: E z^4 = 3 E z^2 - 2 a^3 phi(a) / P and E z^2 = std^2.
            let (a, variance) = (by.bound(), truncated_variance(by.bound()));
            Some((3.0 * variance - a * a * (1.0 - variance)) / (variance * variance))
        }
        Law::Rademacher => Some(1.0),
        Law::StudentT { nu } => (nu > 4.0).then(|| 3.0 * (nu - 2.0) / (nu - 4.0)),
        Law::Laplace => Some(6.0),
    }
}

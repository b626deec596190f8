//! The functions psi and psi' on the positive axis.
//!
//! Upwards by `psi(x) = psi(x + 1) - 1/x` to 10 and beyond, then the asymptotic series (Abramowitz and Stegun 6.3.18
//! and 6.4.12). The first term left out is below 1e-15 there.

const START: f64 = 10.0;

/// Bernoulli numbers `B_2, B_4, ...`.
const BERNOULLI: [f64; 7] =
    [1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2730.0, 7.0 / 6.0];

/// `psi(x) = d/dx ln Gamma(x)` for x > 0; absolute error below 1e-14 `(1 + |psi|)`.
#[must_use]
pub fn digamma(mut x: f64) -> f64 {
    let mut shift = 0.0;
    while x < START {
        shift += 1.0 / x;
        x += 1.0;
    }
    let inverse = 1.0 / (x * x);
    let series = BERNOULLI
        .iter()
        .zip(1_u32..8)
        .rev()
        .fold(0.0, |sum, (b, k)| (sum + b / (2.0 * f64::from(k))) * inverse);
    libm::log(x) - 0.5 / x - series - shift
}

/// `psi'(x)` for x > 0; relative error below 1e-14.
#[must_use]
pub fn trigamma(mut x: f64) -> f64 {
    let mut shift = 0.0;
    while x < START {
        shift += 1.0 / (x * x);
        x += 1.0;
    }
    let inverse = 1.0 / (x * x);
    let series = BERNOULLI.iter().rev().fold(0.0, |sum, b| (sum + b) * inverse);
    shift + (1.0 + 0.5 / x + series) / x
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    #[test]
    fn psi_matches_its_values_at_one_and_a_half() {
        let euler = 0.577_215_664_901_532_9;
        assert!((digamma(1.0) + euler).abs() < 1e-14);
        assert!((digamma(0.5) + euler + 2.0 * std::f64::consts::LN_2).abs() < 1e-14);
        assert!((trigamma(1.0) - PI * PI / 6.0).abs() < 1e-14);
        assert!((trigamma(0.5) - PI * PI / 2.0).abs() < 3e-14);
    }

    #[test]
    fn both_are_continuous_where_the_series_begins() {
        for x in [10.0, 10.5, 11.0] {
            assert!((digamma(x) - 1.0 / (x - 1.0) - digamma(x - 1.0)).abs() < 1e-14);
            assert!((trigamma(x) + 1.0 / (x - 1.0) / (x - 1.0) - trigamma(x - 1.0)).abs() < 1e-15);
        }
    }
}

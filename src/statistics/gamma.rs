//! The ratio of gamma functions half a step apart, which is the mean of a chi variable.
//!
//! ```text
//! c(k) = E chi_k / sqrt k = sqrt(2/k) Gamma((k+1)/2) / Gamma(k/2)
//! ```
//!
//! `c(k)` lies just below 1 and its distance from 1 is what a variance needs, so `1 - c(k)^2` is computed
//! first, from the asymptotic series of the squared ratio (Tricomi & Erdelyi 1951, Pacific J. Math. 1,
//! 133), and never as a difference of log-gammas, which would lose `k log k` units in the last place.

/// The series is used from here on: the first term left out is below `k^-8 / 5`, 4e-15 of the first kept.
const SERIES_FROM: u64 = 100;

/// Coefficients of `1/k, 1/k^2, ...` in `1 - c(k)^2`.
const DEFICIT: [f64; 7] =
    [1.0 / 2.0, -1.0 / 8.0, -1.0 / 16.0, 5.0 / 128.0, 23.0 / 256.0, -53.0 / 1024.0, -593.0 / 2048.0];

/// Returns `1 - c(k)^2 = Var chi_k / k`, the relative variance lost by a root, for `k >= 1`.
///
/// Relative error below 1e-13, 1e-14 from 100 on. Deterministic: IEEE operations in a fixed order.
#[must_use]
pub fn chi_variance_ratio(k: u64) -> f64 {
    if k < SERIES_FROM {
        let c = chi_mean_ratio(k);
        return 1.0 - c * c;
    }
    let inverse = 1.0 / k as f64;
    inverse * DEFICIT.iter().rev().fold(0.0, |sum, &coefficient| sum * inverse + coefficient)
}

/// Returns `c(k) = E chi_k / sqrt k`, for `k >= 1`.
///
/// Below 100 it climbs `c(k) c(k+1) = sqrt(k / (k+1))`, which follows from `Gamma(x + 1) = x Gamma(x)`.
/// Relative error below 1e-14.
#[must_use]
pub fn chi_mean_ratio(k: u64) -> f64 {
    let top = k.max(SERIES_FROM);
    let start = (1.0 - chi_variance_ratio(top)).sqrt();
    (k..top).rev().fold(start, |above, j| (j as f64 / (j + 1) as f64).sqrt() / above)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    #[test]
    fn mean_of_chi_matches_the_closed_forms_of_small_degrees() {
        // E chi_1 = sqrt(2/pi), E chi_2 = sqrt(pi/2), E chi_3 = sqrt(8/pi); 100 steps of a root and two
        // quotients, half an ulp each.
        let tolerance = 150.0 * f64::EPSILON;
        for (k, mean) in [(1, (2.0 / PI).sqrt()), (2, (PI / 2.0).sqrt()), (3, (8.0 / PI).sqrt())] {
            let expected = mean / (k as f64).sqrt();
            assert!((chi_mean_ratio(k) / expected - 1.0).abs() < tolerance, "k = {k}");
        }
    }

    #[test]
    fn variance_ratio_is_continuous_where_the_series_begins() {
        // Below the seam c(k) c(k+1) = sqrt(k/(k+1)) holds by construction; above, it tests the series.
        let product = (1.0 - chi_variance_ratio(100)) * (1.0 - chi_variance_ratio(101));
        assert!((product * 101.0 / 100.0 - 1.0).abs() < 4.0 * f64::EPSILON);
    }
}

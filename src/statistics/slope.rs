//! Slopes of straight lines, with their standard errors.
//!
//! Two situations, told apart by what was drawn together:
//!
//! - The points of one line come from the same trials (the layers of a network, cells that share draws). They are
//!   dependent, so the trial is the unit: each trial has its own least-squares slope, and those slopes are a sample
//!   like any other ([`per_trial`]).
//! - The points are independent estimates (cells of different widths): one line is fitted with the weights
//!   `1 / std_error^2`, and the variances are carried through it ([`weighted`]).
//!
//! Either way what is estimated is the slope of the best line; that the points do lie on a line is not tested.

use super::estimate::{Estimate, combine};

/// Returns the `c` with least-squares slope `sum c_i y_i`: `c_i = (x_i - mean x) / sum (x_j - mean x)^2`.
///
/// `None` unless two of the x differ.
#[must_use]
pub fn coefficients(x: &[f64]) -> Option<Vec<f64>> {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    let squares: f64 = x.iter().map(|x| (x - mean) * (x - mean)).sum();
    let differ = x.iter().any(|&other| other != x[0]);
    (differ && squares.is_normal()).then(|| x.iter().map(|x| (x - mean) / squares).collect())
}

/// Returns the least-squares slope of every trial, `columns[i][t]` the value at `x[i]` in trial `t`.
///
/// As many trials as the shortest column has. `None` unless two of the x differ.
#[must_use]
pub fn per_trial(x: &[f64], columns: &[Vec<f64>]) -> Option<Vec<f64>> {
    let coefficients = coefficients(x)?;
    let trials = columns.iter().map(Vec::len).min()?;
    let mut slopes = vec![0.0; trials];
    for (c, column) in coefficients.iter().zip(columns) {
        for (slope, value) in slopes.iter_mut().zip(column) {
            *slope += c * value;
        }
    }
    Some(slopes)
}

/// Returns the slope of independent estimates at the places `x`, by weighted least squares.
///
/// ```text
/// w_i = 1 / s_i^2,  m = sum w_i x_i / sum w_i,  S = sum w_i (x_i - m)^2
/// c_i = w_i (x_i - m) / S,       slope = sum c_i y_i
/// variance = sum c_i^2 s_i^2 (= 1/S),  times  1 + 4 sum_i p_i (1 - h_i) / dof_i
/// p_i = c_i^2 s_i^2 S,           h_i = w_i (1 / sum w_i + (x_i - m)^2 / S)
/// ```
///
/// The last factor is there because the weights are estimates. With `s_i^2 = sigma_i^2 (1 + e_i)`, `Var e_i = 2 /
/// dof_i`, the coefficients move by `dc = -(c e)(I - H)`, `H` the hat matrix of the fit: the variance grows by
/// `A = sum_i c_i^2 sigma_i^2 (1 - h_i) 2 / dof_i`, and its estimate, which the weights have minimised, falls
/// short by the same `A`. For a common mean in place of a line it is Meier's (1953, Biometrics 9, 59). Degrees of
/// freedom as in [`combine`]. `None` unless two of the x differ and every standard error is positive.
#[must_use]
pub fn weighted(x: &[f64], points: &[Estimate]) -> Option<Estimate> {
    let smallest = points.iter().fold(f64::INFINITY, |min, point| min.min(point.std_error));
    let differ = x.iter().any(|&other| other != x[0]);
    if !differ || smallest <= 0.0 || !points.iter().all(|point| point.std_error.is_finite()) {
        return None;
    }
    let weights: Vec<f64> = points.iter().map(|point| smallest / point.std_error).map(|r| r * r).collect();
    let total: f64 = weights.iter().sum();
    let centre = weights.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() / total;
    let squares: f64 = weights.iter().zip(x).map(|(w, x)| w * (x - centre) * (x - centre)).sum();
    let terms: Vec<(f64, Estimate)> = (weights.iter().zip(x).zip(points))
        .map(|((w, x), &point)| (w * (x - centre) / squares, point))
        .collect();
    let plain = combine(&terms)?;
    let excess: f64 = (weights.iter().zip(x).zip(&terms))
        .map(|((w, x), (c, point))| {
            let share = c * point.std_error / plain.std_error;
            let leverage = w * (1.0 / total + (x - centre) * (x - centre) / squares);
            share * share * (1.0 - leverage) / point.dof as f64
        })
        .sum();
    Some(Estimate { std_error: plain.std_error * (1.0 + 4.0 * excess).sqrt(), ..plain })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-13 * b.abs().max(1.0)
    }

    #[test]
    fn points_on_a_line_give_its_slope_whatever_their_weights() {
        let x = [1.0, 2.0, 4.0, 8.0];
        let points =
            [0.1, 0.01, 1.0, 3.0].map(|std_error| Estimate { value: 0.0, std_error, dof: 30, skewness: 0.0 });
        let on_line = |x: f64, point: Estimate| Estimate { value: 3.0 - 0.25 * x, ..point };
        let points: Vec<Estimate> = x.iter().zip(points).map(|(&x, point)| on_line(x, point)).collect();
        assert!(close(weighted(&x, &points).unwrap().value, -0.25));
        let columns: Vec<Vec<f64>> = x.iter().map(|x| vec![3.0 - 0.25 * x, 2.0 * x]).collect();
        let slopes = per_trial(&x, &columns).unwrap();
        assert!(close(slopes[0], -0.25) && close(slopes[1], 2.0));
    }

    #[test]
    fn two_points_give_their_difference_quotient_and_nothing_is_gained_by_weights() {
        let point = |value, std_error| Estimate { value, std_error, dof: 10, skewness: 0.0 };
        let fit = weighted(&[1.0, 3.0], &[point(5.0, 0.3), point(2.0, 0.4)]).unwrap();
        assert!(close(fit.value, -1.5) && close(fit.std_error, 0.25));
    }

    #[test]
    fn equal_weights_give_the_textbook_variance_and_meiers_factor() {
        // x = -1, 0, 1: c = (-1/2, 0, 1/2), leverage 1/3 + x^2/2 = 5/6, so 1 + 4 (1/6) / dof.
        let points = [1.0, 2.0, 4.0].map(|value| Estimate { value, std_error: 0.6, dof: 20, skewness: 0.0 });
        let fit = weighted(&[-1.0, 0.0, 1.0], &points).unwrap();
        assert!(close(fit.value, 1.5));
        assert!(close(fit.std_error, 0.6 * 0.5_f64.sqrt() * (1.0_f64 + 4.0 / 6.0 / 20.0).sqrt()));
        assert_eq!(fit.dof, 40);
    }

    #[test]
    fn one_place_has_no_slope() {
        let point = Estimate { value: 1.0, std_error: 1.0, dof: 5, skewness: 0.0 };
        assert_eq!(coefficients(&[2.0, 2.0]), None);
        assert_eq!(coefficients(&[]), None);
        assert_eq!(weighted(&[2.0, 2.0], &[point, point]), None);
        assert_eq!(weighted(&[1.0, 2.0], &[point, Estimate { std_error: 0.0, ..point }]), None);
    }
}

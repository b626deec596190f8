//! Sample quantiles of sorted data that may hold infinities.

/// Returns the values in ascending order; `None` if one is NaN, which has no place in an order.
#[must_use]
pub fn sorted(values: &[f64]) -> Option<Vec<f64>> {
    if values.iter().any(|x| x.is_nan()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Some(sorted)
}

/// Returns the `p`-quantile of ascending values, `0 <= p <= 1`; `None` for no values.
///
/// Type 7 of Hyndman & Fan (1996, The American Statistician 50, 361), the default of numpy and R:
///
/// ```text
/// h = (T - 1) p,  j = floor h,  g = h - j:     x_j + g (x_{j+1} - x_j)     (0-based)
/// ```
///
/// For `g >= 1/2` it interpolates from above, as numpy does, so the bits agree. Infinite neighbours give
/// the infinite one unless `g = 0`; between `-inf` and `inf` the quantile is `None`.
#[must_use]
pub fn type7(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = last as f64 * p;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= position <= last")]
    let below = (position.floor() as usize).min(last);
    let weight = position - below as f64;
    interpolate(sorted[below], sorted[(below + 1).min(last)], weight)
}

/// Returns `a + g (b - a)` for `a <= b`, `0 <= g < 1`, without NaN and without an overflow of `b - a`.
fn interpolate(a: f64, b: f64, g: f64) -> Option<f64> {
    let difference = b - a;
    if g == 0.0 || a == b {
        Some(a)
    } else if a.is_infinite() && b.is_infinite() {
        None
    } else if a.is_infinite() {
        Some(a)
    } else if b.is_infinite() {
        Some(b)
    } else if difference.is_infinite() {
        Some(a * (1.0 - g) + b * g)
    } else if g < 0.5 {
        Some(a + difference * g)
    } else {
        Some(b - difference * (1.0 - g))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INF: f64 = f64::INFINITY;

    #[test]
    fn quartiles_of_small_samples_equal_those_of_numpy() {
        // numpy.quantile(x, [.025, .25, .5, .75, .975])
        let x = [1.0, 2.0, 4.0, 8.0, 16.0];
        let expected = [1.1, 2.0, 4.0, 8.0, 15.2];
        for (p, y) in [0.025, 0.25, 0.5, 0.75, 0.975].into_iter().zip(expected) {
            assert!((type7(&x, p).unwrap() - y).abs() < 8.0 * f64::EPSILON * y, "p = {p}");
        }
        assert_eq!(type7(&[1.0, 2.0, 3.0, 4.0], 0.5), Some(2.5));
        assert_eq!(type7(&[7.0], 0.3), Some(7.0));
        assert_eq!(type7(&[], 0.5), None);
    }

    #[test]
    fn extreme_quantiles_are_the_extremes() {
        let x = [-3.0, 0.5, 9.0];
        assert_eq!((type7(&x, 0.0), type7(&x, 1.0)), (Some(-3.0), Some(9.0)));
    }

    #[test]
    fn infinities_never_become_nan() {
        assert_eq!(type7(&[1.0, 2.0, INF, INF], 0.5), Some(INF));
        assert_eq!(type7(&[1.0, 2.0, INF], 0.5), Some(2.0));
        assert_eq!(type7(&[INF, INF], 0.5), Some(INF));
        assert_eq!(type7(&[-INF, 2.0], 0.5), Some(-INF));
        assert_eq!(type7(&[-INF, INF], 0.5), None);
        assert_eq!(type7(&[-f64::MAX, f64::MAX], 0.5), Some(0.0));
    }

    #[test]
    fn a_nan_has_no_order() {
        assert_eq!(sorted(&[1.0, f64::NAN]), None);
        assert_eq!(sorted(&[INF, -1.0, -INF]), Some(vec![-INF, -1.0, INF]));
    }
}

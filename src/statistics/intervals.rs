//! Confidence intervals for a mean and for a proportion.

use super::estimate::Estimate;
use super::moments::Moments;
use super::normal;

/// Confidence level of every interval in a summary.
pub const LEVEL: f64 = 0.95;

/// A two-sided confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
}

/// Returns Student's interval `mean -+ t_{T-1} sd / sqrt T` for the expectation.
///
/// `None` for fewer than two values, an undefined sd, or a limit beyond the range of f64. Exact for normal
/// data (Student 1908); for skewed data see [`super::reliability`].
#[must_use]
pub fn mean(moments: &Moments, level: f64) -> Option<Interval> {
    Estimate::of(moments)?.interval(level)
}

/// Returns Wilson's interval (1927, JASA 22, 209) for a probability, from `successes` among `trials`.
///
/// ```text
/// (k + z^2/2 -+ z sqrt(k (T-k)/T + z^2/4)) / (T + z^2)
/// ```
///
/// `None` without trials or for `successes > trials`. Its coverage swings about the level, never as wildly
/// as Wald's, but falls to `exp(-0.1765) = 0.838` at the worst probability, about `0.1765 / T` from 0 or 1
/// (Brown et al. 2001).
#[must_use]
pub fn proportion(successes: u64, trials: u64, level: f64) -> Option<Interval> {
    if trials == 0 || successes > trials {
        return None;
    }
    let z = normal::quantile(upper(level))?;
    let (k, n) = (successes as f64, trials as f64);
    let centre = k + 0.5 * z * z;
    let half = z * (k * (n - k) / n + 0.25 * z * z).sqrt();
    // The limits at k = 0 and k = T are exact; subtraction would leave a rounding error there.
    let low = if successes == 0 { 0.0 } else { (centre - half) / (n + z * z) };
    let high = if successes == trials { 1.0 } else { (centre + half) / (n + z * z) };
    Some(Interval { low, high })
}

/// Probability below the upper limit of a two-sided interval.
pub(super) fn upper(level: f64) -> f64 {
    0.5 + 0.5 * level
}

//! The confidence interval for a proportion.

use super::interval::{Interval, upper};
use super::normal;

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
pub fn interval(successes: u64, trials: u64, level: f64) -> Option<Interval> {
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

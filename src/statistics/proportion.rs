//! Confidence intervals for a proportion.

use super::beta;
use super::interval::{Interval, upper};
use super::normal;

/// Halvings of [0, 1]: down to neighbouring numbers near 1, and to 2^-80 near 0.
const HALVINGS: u32 = 80;

/// Returns Wilson's interval (1927, JASA 22, 209) for a probability, from `successes` among `trials`.
///
/// ```text
/// (k + z^2/2 -+ z sqrt(k (T-k)/T + z^2/4)) / (T + z^2)
/// ```
///
/// `None` without trials or for `successes > trials`. Its coverage swings about the level, never as wildly
/// as Wald's, but falls to `exp(-0.1765) = 0.838` at the worst probability, about `0.1765 / T` from 0 or 1
/// (Brown et al. 2001). At the levels of many intervals it is worse: its lower limit after one success excludes
/// probabilities of that order, which occur with their own probability, whatever the level. Whoever promises a level
/// takes [`exact`].
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

/// Returns the interval of Clopper and Pearson (1934, Biometrika 26, 404) for a probability.
///
/// ```text
/// low:  P(K >= k | low) = (1 - level) / 2          high:  P(K <= k | high) = (1 - level) / 2
/// ```
///
/// It covers every probability with `level` or more, at every number of trials. `None` without trials or for
/// `successes > trials`.
#[must_use]
pub fn exact(successes: u64, trials: u64, level: f64) -> Option<Interval> {
    if trials == 0 || successes > trials {
        return None;
    }
    let tail = 0.5 * (1.0 - level);
    Some(Interval {
        low: lower(successes, trials, tail),
        high: 1.0 - lower(trials - successes, trials, tail),
    })
}

/// Returns an interval for `p - q`, that of two probabilities, each estimated from trials of its own or both from the
/// same: the two exact intervals at half the error each, subtracted. It holds whatever their dependence (Bonferroni).
#[must_use]
pub fn difference((k, of_k): (u64, u64), (l, of_l): (u64, u64), level: f64) -> Option<Interval> {
    let each = super::joint::each(level, 2);
    let (p, q) = (exact(k, of_k, each)?, exact(l, of_l, each)?);
    Some(Interval { low: p.low - q.high, high: p.high - q.low })
}

/// The largest p with `P(K >= k | p) <= tail`, rounded down.
fn lower(k: u64, trials: u64, tail: f64) -> f64 {
    if k == 0 {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let p = f64::midpoint(low, high);
        if beta::upper_tail(k, trials, p) <= tail { low = p } else { high = p }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_limits_of_no_success_are_the_closed_form() {
        // (1 - high)^T = tail; and the mirror image.
        for (trials, level) in [(10, 0.95), (400, 0.995)] {
            let high = 1.0 - libm::pow(0.5 * (1.0 - level), 1.0 / trials as f64);
            let none = exact(0, trials, level).unwrap();
            let all = exact(trials, trials, level).unwrap();
            assert!(none.low == 0.0 && (none.high - high).abs() < 1e-12);
            assert!((all.low - (1.0 - high)).abs() < 1e-12 && all.high == 1.0);
        }
        assert_eq!(exact(0, 0, 0.95), None);
        assert_eq!(exact(2, 1, 0.95), None);
    }

    #[test]
    fn exact_limits_agree_with_published_ones() {
        // Newcombe (1998, Statistics in Medicine 17, 857), method 5: 81 of 263, 15 of 148, 1 of 29.
        for (k, trials, low, high) in
            [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (1, 29, 0.0009, 0.1776)]
        {
            let found = exact(k, trials, 0.95).unwrap();
            assert!(
                (found.low - low).abs() < 5e-5 && (found.high - high).abs() < 5e-5,
                "{k} of {trials}: {found:?}"
            );
        }
    }

    #[test]
    fn exact_intervals_cover_every_probability_at_their_level() {
        // The whole law of K, for probabilities on both sides of where Wilson's interval fails.
        for (trials, level) in [(20_u64, 0.95), (60, 0.999)] {
            let intervals: Vec<Interval> = (0..=trials).map(|k| exact(k, trials, level).unwrap()).collect();
            for step in 1..400 {
                let p = f64::from(step) / 400.0;
                let mut term = libm::pow(1.0 - p, trials as f64);
                let mut covered = 0.0;
                for (k, interval) in (0..).zip(&intervals) {
                    covered += if interval.low <= p && p <= interval.high { term } else { 0.0 };
                    term *= (trials - k) as f64 / (k + 1) as f64 * p / (1.0 - p);
                }
                assert!(covered >= level - 1e-12, "{trials}, {p}: {covered}");
            }
        }
    }
}

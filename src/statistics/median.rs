//! The order-statistic interval for a median.

use std::f64::consts::PI;

use super::gamma::chi_mean_ratio;
use super::interval::{Interval, upper};

/// Returns the 1-based ranks `(k, T + 1 - k)` of the order statistics that bound the median.
///
/// Whatever the law of the data, `P(x_(k) <= median <= x_(T+1-k)) >= 1 - 2 P(Bin(T, 1/2) < k)` (Thompson
/// 1936, Ann. Math. Stat. 7, 122), with equality for continuous laws. `k` is the largest rank for which
/// this is at least `level`; `None` where even the extremes do not reach it (fewer than 6 trials at 95 %).
///
/// The binomial tail is summed from the centre, where `P = 1/2` is known, outwards: O(sqrt T) steps, each
/// rounded at 1e-16. Exact ranks for every `T` up to 1e9 unless a tail comes within 1e-11 of the level.
#[must_use]
pub fn ranks(trials: u64, level: f64) -> Option<(u64, u64)> {
    let tail = 1.0 - upper(level);
    let half = trials / 2;
    let centre = central_mass(trials);
    // Invariant: below = P(Bin < k), mass = P(Bin = k - 1). By symmetry P(Bin < T/2) is half of what the
    // centre leaves.
    let (mut k, mut below, mut mass) = if trials.is_multiple_of(2) {
        (half, 0.5 - 0.5 * centre, centre * half as f64 / (half + 1) as f64)
    } else {
        (half + 1, 0.5, centre)
    };
    while k > 0 && below > tail {
        k -= 1;
        below -= mass;
        mass *= k as f64 / (trials - k + 1) as f64;
    }
    (k > 0).then(|| (k, trials + 1 - k))
}

/// Returns `P(Bin(T, 1/2) = floor(T/2))`.
///
/// With `T = 2m` it is `Gamma(m + 1/2) / (sqrt pi Gamma(m + 1)) = 1 / (c(T+1) sqrt(pi (T+1) / 2))`; an odd
/// `T = 2m + 1` has the value of `2m + 2`, whose two halves it splits into.
fn central_mass(trials: u64) -> f64 {
    let even = trials + trials % 2;
    let k = even + 1;
    1.0 / (chi_mean_ratio(k) * (PI * 0.5 * k as f64).sqrt())
}

/// Returns the interval for the median from values in ascending order; its limits may be infinite.
#[must_use]
pub fn interval(sorted: &[f64], level: f64) -> Option<Interval> {
    between(sorted, ranks(sorted.len() as u64, level)?)
}

/// The same from the ranks of its limits.
pub(super) fn between(sorted: &[f64], (low, high): (u64, u64)) -> Option<Interval> {
    let at = |rank: u64| usize::try_from(rank - 1).ok().map(|index| sorted[index]);
    Some(Interval { low: at(low)?, high: at(high)? })
}

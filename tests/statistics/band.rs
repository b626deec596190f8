//! Exact binomial bands for simulated coverages.

/// Repetitions of every simulation.
pub const REPETITIONS: u64 = 10_000;
/// Probability with which a band misses a true coverage.
pub const FALSE_ALARM: f64 = 1e-6;

/// `P(Bin(trials, p) = k)`; log-gammas of 1e4 carry 1e5 * 2^-53 = 1e-11, nothing to a band.
pub fn binomial(k: u64, trials: u64, p: f64) -> f64 {
    let (x, n) = (k as f64, trials as f64);
    let choose = libm::lgamma(n + 1.0) - libm::lgamma(x + 1.0) - libm::lgamma(n - x + 1.0);
    libm::exp(choose + x * libm::log(p) + (n - x) * libm::log1p(-p))
}

/// The counts that `Bin(REPETITIONS, p)` leaves on either side with probability at most `FALSE_ALARM / 2`.
pub fn band(p: f64) -> (u64, u64) {
    (edge(0..=REPETITIONS, p), edge((0..=REPETITIONS).rev(), p))
}

fn edge(mut counts: impl Iterator<Item = u64>, p: f64) -> u64 {
    let mut tail = 0.0;
    let inside = counts.find(|&k| {
        tail += binomial(k, REPETITIONS, p);
        tail > FALSE_ALARM / 2.0
    });
    inside.expect("the whole mass is 1")
}

/// Panics unless `covered` of [`REPETITIONS`] is inside the band of the probability `p`.
#[track_caller]
pub fn assert_coverage(covered: u64, p: f64) {
    let (low, high) = band(p);
    assert!((low..=high).contains(&covered), "{covered} of {REPETITIONS} covered, not {low}..={high}");
}

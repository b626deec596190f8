//! Tails of the binomial law, by the incomplete beta function.

/// Relative change at which the continued fraction ends.
const PRECISION: f64 = 1e-15;

/// Steps after which it ends in any case: it needs about `sqrt(max(a, b))` of them.
const STEPS: u32 = 100_000;

/// Returns `P(K >= k)` for K binomial `(trials, p)`, `0 < k <= trials` and `0 < p < 1`: `I_p(k, trials - k + 1)`.
///
/// Continued fraction (Abramowitz & Stegun 1964, 26.5.8, in the form of Lentz 1976). Relative error about
/// `1e-16 trials ln(trials)`, from the logarithms of the gamma function. Deterministic: libm and IEEE operations in a
/// fixed order.
#[must_use]
pub fn upper_tail(k: u64, trials: u64, p: f64) -> f64 {
    let (a, b) = (k as f64, (trials - k) as f64 + 1.0);
    // The fraction converges fast on this side of the mean; on the other one takes the complement.
    if p < (a + 1.0) / (a + b + 2.0) {
        front(a, b, p) * fraction(a, b, p) / a
    } else {
        1.0 - front(b, a, 1.0 - p) * fraction(b, a, 1.0 - p) / b
    }
}

/// `p^a (1 - p)^b / B(a, b)`.
fn front(a: f64, b: f64, p: f64) -> f64 {
    let log = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b);
    libm::exp(log + a * libm::log(p) + b * libm::log1p(-p))
}

fn fraction(a: f64, b: f64, p: f64) -> f64 {
    let away_from_zero = |x: f64| if x.abs() < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { x };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * p / (a + 1.0));
    let mut value = d;
    for step in 1..=STEPS {
        let m = f64::from(step);
        let even = m * (b - m) * p / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * p / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = value;
        for term in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + term * d);
            c = away_from_zero(1.0 + term / c);
            value *= c * d;
        }
        if (value / before - 1.0).abs() < PRECISION {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_the_sums_of_their_terms() {
        for (trials, p) in [(1_u64, 0.3), (7, 0.02), (20, 0.5), (50, 0.93)] {
            let mut term = libm::pow(1.0 - p, trials as f64);
            let mut below = 0.0;
            for k in 1..=trials {
                below += term;
                let expected = 1.0 - below;
                // The sum cancels: its error is some units of 1, not of the tail.
                assert!((upper_tail(k, trials, p) - expected).abs() < 1e-13, "{k} of {trials}, p = {p}");
                term *= (trials - k + 1) as f64 / k as f64 * p / (1.0 - p);
            }
        }
    }

    #[test]
    fn the_tail_of_one_success_is_known_for_many_trials() {
        // 1 - (1 - p)^T; the logarithms of gamma cost about 1e-16 T ln T.
        for (trials, p) in [(1000, 1e-3), (1_000_000, 1e-7), (1_000_000, 1e-5)] {
            let expected = -libm::expm1(trials as f64 * libm::log1p(-p));
            assert!((upper_tail(1, trials, p) / expected - 1.0).abs() < 1e-8);
        }
    }
}

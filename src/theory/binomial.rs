//! The binomial law of n fair coins: how many of n units are active.

/// Probabilities below this are left out: their sum is below 1e-17.
const NEGLIGIBLE: f64 = 1e-22;

/// The pairs `(k, P(J = k))` of `J ~ Bin(n, 1/2)` that matter, k ascending.
///
/// From the middle outwards by `P(k+1) / P(k) = (n-k)/(k+1)`, then divided by the sum: relative errors of some ulps
/// per step away from the middle, `O(sqrt n)` steps.
#[must_use]
pub fn half(n: u64) -> Vec<(u64, f64)> {
    let middle = n / 2;
    let (mut up, mut down) = (vec![(middle, 1.0)], Vec::new());
    let mut p = 1.0;
    for k in middle..n {
        p *= (n - k) as f64 / (k + 1) as f64;
        if p < NEGLIGIBLE {
            break;
        }
        up.push((k + 1, p));
    }
    p = 1.0;
    for k in (1..=middle).rev() {
        p *= k as f64 / (n - k + 1) as f64;
        if p < NEGLIGIBLE {
            break;
        }
        down.push((k - 1, p));
    }
    let total: f64 = up.iter().chain(&down).map(|&(_, p)| p).sum();
    down.into_iter().rev().chain(up).map(|(k, p)| (k, p / total)).collect()
}

#[cfg(test)]
mod tests {
    use super::half;

    #[test]
    fn small_laws_are_pascals_triangle() {
        let law = half(5);
        let expected = [1.0, 5.0, 10.0, 10.0, 5.0, 1.0].map(|x| x / 32.0);
        for ((k, p), (i, q)) in law.iter().zip((0..).zip(expected)) {
            assert_eq!(*k, i);
            assert!((p / q - 1.0).abs() < 1e-14);
        }
        assert_eq!(law.len(), 6);
    }

    #[test]
    fn large_laws_have_their_mean_and_variance() {
        let law = half(1_000_001);
        let mean: f64 = law.iter().map(|&(k, p)| k as f64 * p).sum();
        let variance: f64 =
            law.iter().map(|&(k, p)| (k as f64 - 500_000.5) * (k as f64 - 500_000.5) * p).sum();
        assert!((mean / 500_000.5 - 1.0).abs() < 1e-12);
        assert!((variance / 250_000.25 - 1.0).abs() < 1e-10);
    }
}

//! Scores of random quantities, and the one significance level of all tests.
//!
//! Every test rejects with probability below 5.8e-7 under its null hypothesis, that of `|z| > 5`. Seeds are
//! fixed, so a test that passes once passes always.

use initsweep::statistics::normal;

/// Largest score allowed.
pub const LIMIT: f64 = 5.0;

/// `P(sqrt n D > x) <= 2 exp(-2 x^2)` for every n (Massart 1990), and it is `P(|z| > 5) = 5.7e-7` here:
/// `sqrt(ln(2 / 5.7e-7) / 2) = 2.745`.
pub const KS_LIMIT: f64 = 2.745;

#[track_caller]
pub fn assert_z(z: f64, what: &str) {
    report(what, z);
    assert!(z.abs() < LIMIT, "{what}: z = {z}");
}

#[track_caller]
pub fn assert_ks(statistic: f64, what: &str) {
    report(what, statistic);
    assert!(statistic < KS_LIMIT, "{what}: sqrt(n) D = {statistic}");
}

/// The figure, for `--nocapture`.
fn report(what: &str, figure: f64) {
    println!("{what}: {figure:.3}");
}

/// Score of a sum of `n` independent terms of this mean and variance.
pub fn z(sum: f64, n: f64, mean: f64, variance: f64) -> f64 {
    (sum - n * mean) / (n * variance).sqrt()
}

/// Score of a sum of `groups` squares of scores, each of variance `2 + excess` (its mean is 1).
pub fn chi_square_z(sum: f64, groups: f64, excess: f64) -> f64 {
    (sum - groups) / (groups * (2.0 + excess)).sqrt()
}

/// Two-sample Kolmogorov-Smirnov: `sqrt(n m / (n + m)) D`. The bound of [`KS_LIMIT`] holds for it with n = m
/// above 458 (Wei and Dudley 2012). Ties are stepped over together.
pub fn ks_two(mut a: Vec<f64>, mut b: Vec<f64>) -> f64 {
    a.sort_unstable_by(f64::total_cmp);
    b.sort_unstable_by(f64::total_cmp);
    let (n, m) = (a.len() as f64, b.len() as f64);
    let (mut i, mut j, mut largest) = (0, 0, 0.0_f64);
    while i < a.len() && j < b.len() {
        let x = a[i].min(b[j]);
        while i < a.len() && a[i] <= x {
            i += 1;
        }
        while j < b.len() && b[j] <= x {
            j += 1;
        }
        largest = largest.max((i as f64 / n - j as f64 / m).abs());
    }
    largest * (n * m / (n + m)).sqrt()
}

/// A fine histogram of values that should be uniform on `[0, 1]`: memory does not grow with their number.
pub struct Uniformity {
    bins: Vec<u64>,
    n: u64,
}

impl Uniformity {
    /// A histogram for about `n` values: at least 16 per bin, so that Pearson's statistic has its law, and not
    /// more than 2^13 bins, so that the rounding of draws to f32 does not show: it moves at most 2^-25 of
    /// probability over an edge, which adds less than `n (2^-25 2^13)^2 = 60` to `X^2` at n = 10^9, half a sigma.
    pub fn new(n: u64) -> Self {
        let bins = usize::try_from(n / 16).expect("a size").clamp(1, 1 << 13);
        Self { bins: vec![0; bins], n: 0 }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is in [0, 1]")]
    pub fn add(&mut self, u: f64) {
        assert!((0.0..=1.0).contains(&u), "not a probability: {u}");
        let bin = (u * self.bins.len() as f64) as usize;
        let last = self.bins.len() - 1;
        self.bins[bin.min(last)] += 1;
        self.n += 1;
    }

    /// `sqrt n D` of Kolmogorov and Smirnov over the edges of the bins: never more than over all points, so the
    /// level holds.
    pub fn ks(&self) -> f64 {
        let (n, bins) = (self.n as f64, self.bins.len() as f64);
        let mut below = 0;
        let gaps = self.bins.iter().enumerate().map(|(i, &count)| {
            below += count;
            (below as f64 / n - (i + 1) as f64 / bins).abs()
        });
        gaps.fold(0.0, f64::max) * n.sqrt()
    }

    /// Score of Pearson's `X^2`, with its exact variance `2 (k - 1) (1 - 1/n)` for k equal cells (Haldane 1937).
    pub fn pearson_z(&self) -> f64 {
        let (n, k) = (self.n as f64, self.bins.len() as f64);
        let expected = n / k;
        let x2: f64 = self.bins.iter().map(|&o| (o as f64 - expected) * (o as f64 - expected)).sum();
        (x2 / expected - (k - 1.0)) / (2.0 * (k - 1.0) * (1.0 - 1.0 / n)).sqrt()
    }
}

/// Asserts that a count of `n` draws of probability `p` is not in a tail of its binomial law: the smaller of
/// `P(X <= count)` and `P(X >= count)`, summed term by term, is above that of 5 sigma on one side.
#[track_caller]
pub fn assert_binomial(count: u64, n: u64, p: f64, what: &str) {
    println!("{what}: {count} of {n}, expected {:.3}", n as f64 * p);
    let level = normal::cdf(-LIMIT);
    let tail = binomial_tail(count, n, p);
    assert!(tail > level, "{what}: {count} of {n} where {} are expected, P = {tail:e}", n as f64 * p);
}

fn binomial_tail(count: u64, n: u64, p: f64) -> f64 {
    let (k, all) = (count as f64, n as f64);
    let choose = libm::lgamma(all + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(all - k + 1.0);
    let here = libm::exp(choose + k * libm::log(p) + (all - k) * libm::log1p(-p));
    let odds = p / (1.0 - p);
    let above = k >= all * p;
    // Away from the mode the terms only fall: stop where they no longer count.
    let (mut term, mut sum, mut at) = (here, here, k);
    while term > sum * 1e-12 && if above { at < all } else { at > 0.0 } {
        term *= if above { (all - at) / (at + 1.0) * odds } else { at / (all - at + 1.0) / odds };
        at += if above { 1.0 } else { -1.0 };
        sum += term;
    }
    sum
}

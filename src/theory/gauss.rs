//! The rule of Gauss and Legendre, and how far it resolves a function.

use std::sync::OnceLock;

/// Nodes of one panel.
pub(super) const ORDER: usize = 20;

/// Largest part of the size of a sum that may be in doubt.
pub(super) const RESOLVED: f64 = 1e-10;

/// An activation on the nodes of a quadrature against N(mean, std^2).
#[derive(Clone, Debug)]
pub struct Nodes {
    /// Nodes, in standard deviations from the mean.
    pub z: Vec<f64>,
    /// Weights; they sum to 1.
    pub weight: Vec<f64>,
    /// The function there.
    pub y: Vec<f64>,
}

impl Nodes {
    /// `E f(z, phi(mean + std z))`.
    pub fn expect(&self, f: impl Fn(f64, f64) -> f64) -> f64 {
        let terms = self.z.iter().zip(&self.weight).zip(&self.y);
        terms.map(|((&z, &weight), &y)| weight * f(z, y)).sum()
    }

    /// Adds the nodes of one panel of others.
    pub(super) fn take(&mut self, other: &Self, panel: usize) {
        let range = panel * ORDER..(panel + 1) * ORDER;
        self.z.extend_from_slice(&other.z[range.clone()]);
        self.weight.extend_from_slice(&other.weight[range.clone()]);
        self.y.extend_from_slice(&other.y[range]);
    }
}

/// Nodes and weights on [-1, 1].
///
/// Newton's method on the Legendre polynomial from `cos(pi (i + 3/4) / (n + 1/2))` (Abramowitz and Stegun 22.16.6);
/// weights `2 / ((1 - x^2) P_n'(x)^2)` (25.4.29).
pub(super) fn rule() -> &'static [(f64, f64); ORDER] {
    static RULE: OnceLock<[(f64, f64); ORDER]> = OnceLock::new();
    RULE.get_or_init(|| {
        std::array::from_fn(|i| {
            let mut x = libm::cos(std::f64::consts::PI * (i as f64 + 0.75) / (ORDER as f64 + 0.5));
            for _ in 0..10 {
                let (p, slope) = legendre(x);
                x -= p / slope;
            }
            let (_, slope) = legendre(x);
            (x, 2.0 / ((1.0 - x) * (1.0 + x) * slope * slope))
        })
    })
}

/// The Legendre polynomial of degree [`ORDER`] and its derivative.
fn legendre(x: f64) -> (f64, f64) {
    let [.., before, p] = highest(x);
    (p, ORDER as f64 * (x * p - before) / ((x - 1.0) * (x + 1.0)))
}

/// The last Legendre polynomials of the degrees up to [`ORDER`].
fn highest(x: f64) -> [f64; SEEN + 1] {
    let mut last = [0.0; SEEN + 1];
    (last[SEEN - 1], last[SEEN]) = (1.0, x);
    for k in 2..=ORDER {
        let (k, p, before) = (k as f64, last[SEEN], last[SEEN - 1]);
        last.rotate_left(1);
        last[SEEN] = ((2.0 * k - 1.0) * x * p - (k - 1.0) * before) / k;
    }
    last
}

/// Polynomials that a doubt is measured by, of the highest degrees that the nodes tell apart: 16 to 19.
const SEEN: usize = 4;

/// How much of a sum over one panel may be wrong: what its terms have in common with the highest polynomials that the
/// nodes tell apart.
///
/// The rule is exact to degree 39, so that of a function that falls off with the degree far less is wrong. Of a kink
/// between the nodes, up to some times this much is.
pub(super) fn doubt(terms: impl Iterator<Item = f64>) -> f64 {
    static HIGHEST: OnceLock<[[f64; SEEN + 1]; ORDER]> = OnceLock::new();
    let polynomials = HIGHEST.get_or_init(|| rule().map(|(x, _)| highest(x)));
    let mut sums = [0.0; SEEN];
    for (term, polynomials) in terms.zip(polynomials) {
        for (sum, p) in sums.iter_mut().zip(polynomials) {
            *sum += term * p;
        }
    }
    sums.iter().map(|sum: &f64| sum.abs()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legendre_integrates_even_powers_up_to_twice_its_order() {
        for power in (0..40_i32).step_by(2) {
            let sum: f64 = rule().iter().map(|(x, w)| w * libm::pow(*x, f64::from(power))).sum();
            // The exact integral of x^p over [-1, 1] is 2/(p+1); 20 terms with an ulp each.
            assert!((sum * (f64::from(power) + 1.0) / 2.0 - 1.0).abs() < 20.0 * f64::EPSILON, "x^{power}");
        }
    }

    #[test]
    fn doubt_is_rounding_for_low_degrees_and_of_the_size_of_the_error_at_a_kink() {
        let of = |f: &dyn Fn(f64) -> f64| doubt(rule().iter().map(|&(x, w)| w * f(x)));
        // Orthogonal to degrees below 16: 20 terms below 1, four times.
        assert!(of(&|x| libm::pow(x, 15.0)) < 80.0 * f64::EPSILON);
        for at in [-0.97, -0.7, -0.2, 0.0, 0.05, 0.1, 0.3, 0.5, 0.7, 0.95] {
            // The integral of |x - a| over [-1, 1] is 1 + a^2.
            let kink = |x: f64| (x - at).abs();
            let error = rule().iter().map(|&(x, w)| w * kink(x)).sum::<f64>() - (1.0 + at * at);
            assert!(of(&kink) > error.abs() / 10.0, "{at}: {error} {}", of(&kink));
        }
    }
}

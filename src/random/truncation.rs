//! The normal law cut off on both sides.

/// Normal numbers within a bound a: N(0, 1) given that it lies in `[-a, a]`.
///
/// ```text
/// P = P(|z| <= a) = erf(a / sqrt 2)      std^2 = E z^2 = 1 - 2 a phi(a) / P
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truncation {
    bound: f64,
    probability: f64,
    std: f64,
    excess: f64,
}

impl Truncation {
    /// At two standard deviations, where keras and jax cut: std 0.8796256610342398.
    pub const AT_TWO: Self = Self {
        bound: 2.0,
        probability: 0.954_499_736_103_641_6,
        std: 0.879_625_661_034_239_8,
        excess: -0.634_463_282_870_4,
    };

    /// The least bound: below, the law is the uniform one, to seven digits of its kurtosis.
    pub const LEAST: f64 = 1e-3;

    /// The largest bound: of `10^15` normal numbers, one is beyond. A draw, of 53 bits, could not tell it from none.
    pub const LARGEST: f64 = 8.0;

    /// At `bound` standard deviations of the law that is cut; `None` outside [`LEAST`](Self::LEAST) to
    /// [`LARGEST`](Self::LARGEST).
    #[must_use]
    pub fn new(bound: f64) -> Option<Self> {
        if bound == Self::AT_TWO.bound {
            return Some(Self::AT_TWO);
        }
        (Self::LEAST..=Self::LARGEST).contains(&bound).then(|| {
            let [s0, s1, s2] = [1.0, 3.0, 5.0].map(|first| series(bound * bound, first));
            let probability = libm::erf(bound * std::f64::consts::FRAC_1_SQRT_2);
            Self { bound, probability, std: bound * (s1 / s0).sqrt(), excess: s2 * s0 / (s1 * s1) - 3.0 }
        })
    }

    /// The bound a, in standard deviations of the law that is cut.
    #[must_use]
    pub const fn bound(self) -> f64 {
        self.bound
    }

    /// Probability that a normal number is kept.
    #[must_use]
    pub const fn probability(self) -> f64 {
        self.probability
    }

    /// Std of what is kept, in standard deviations of the law that is cut.
    #[must_use]
    pub const fn std(self) -> f64 {
        self.std
    }

    /// Excess kurtosis of what is kept, from -1.2 for small bounds to 0 for large ones.
    #[must_use]
    pub const fn excess_kurtosis(self) -> f64 {
        self.excess
    }

    /// Whether all of it is where the central part of the inverse error function holds.
    pub(super) fn is_central(self) -> bool {
        self.bound <= Self::AT_TWO.bound
    }
}

/// `1/m + x/(m (m+2)) + x^2/(m (m+2) (m+4)) + ...`, by parts `exp(x/2) / a^m` times the integral of `z^(m-1) exp(-z^2/2)` from 0
/// to a, `x = a^2`: ratios of such integrals are moments, and no term is negative, so nothing cancels.
fn series(x: f64, first: f64) -> f64 {
    let (mut term, mut sum, mut next) = (1.0 / first, 0.0, first);
    while term > sum * (0.25 * f64::EPSILON) {
        sum += term;
        next += 2.0;
        term *= x / next;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twice the integral of `z^power phi(z)` from 0 to a, by Simpson's rule in 4000 steps: its error, `a^5 / 180 / 4000^4` times a
    /// fourth derivative below 200, is below 1e-9 / 4000.
    fn integral(a: f64, power: i32) -> f64 {
        let f = |z: f64| (0..power).fold(1.0, |product, _| product * z) * libm::exp(-0.5 * z * z);
        let step = a / 4000.0;
        let weight = |i: u32| if i == 0 || i == 4000 { 1.0 } else { 2.0 + 2.0 * f64::from(i % 2) };
        let sum: f64 = (0..=4000).map(|i| weight(i) * f(f64::from(i) * step)).sum();
        sum * step / 3.0 * (2.0 / std::f64::consts::PI).sqrt()
    }

    #[test]
    fn std_probability_and_kurtosis_are_those_of_the_integrals() {
        for a in [0.001, 0.1, 0.5, 1.0, 1.96, 2.0, 2.5, 3.0, 5.0, 8.0] {
            let cut = Truncation::new(a).unwrap();
            let [p, second, fourth] = [0, 2, 4].map(|power| integral(a, power));
            let close = |found: f64, exact: f64| {
                assert!((found - exact).abs() <= 1e-11 * exact.abs().max(1e-3), "{a}: {found}, not {exact}");
            };
            close(cut.probability(), p);
            close(cut.std() * cut.std(), second / p);
            close(cut.excess_kurtosis(), fourth * p / (second * second) - 3.0);
        }
    }

    #[test]
    fn two_is_the_law_of_keras_and_the_general_formula_agrees_with_it() {
        let at_two = Truncation::AT_TWO;
        assert_eq!(Truncation::new(2.0), Some(at_two));
        let near = Truncation::new(2.0_f64.next_up()).unwrap();
        assert!((near.std() - at_two.std()).abs() < 4.0 * f64::EPSILON);
        assert!((near.probability() - at_two.probability()).abs() < 4.0 * f64::EPSILON);
        // It was printed to 13 digits.
        assert!((near.excess_kurtosis() - at_two.excess_kurtosis()).abs() < 1e-13);
    }

    #[test]
    fn bounds_without_a_law_of_their_own_are_none() {
        for bound in [0.0, -2.0, 0.000_999, 8.001, f64::INFINITY, f64::NAN] {
            assert_eq!(Truncation::new(bound), None, "{bound}");
        }
    }
}

//! The root and the logarithm of a positive quantity whose mean and variance are known.
//!
//! For `Y = E Y (1 + x)`, `E x^2 = cv^2` and `E x^3 = gamma cv^3`:
//!
//! ```text
//! E sqrt Y = sqrt(E Y) [1 - cv^2/8 + gamma cv^3/16 - 5/128 E x^4 + ...]
//! E ln Y   = ln E Y - cv^2/2 + gamma cv^3/3 - E x^4/4 + ...
//! ```
//!
//! The log-normal law, which products tend to, sums both series: `(1 + cv^2)^(-1/8)` and `-ln(1 + cv^2)/2`, with
//! `gamma = 3 cv + cv^3`. What is known of the skewness of Y corrects it at third order, and what is not known is the
//! error, together with an estimate of the fourth order, `E x^4 - 3 cv^4` being about `1.7 gamma^2 cv^4` (gamma law
//! 1.5, log-normal 1.8), which is taken to be known to a half. Nothing is wrong by more than what Jensen and
//! Hoelder allow of any law: `(1 + cv^2)^(-1/2) <= E sqrt Y / sqrt(E Y) <= 1`.

use super::prediction::{Kind, Prediction, exact, scaled};

/// What is known of the skewness of a square.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Skewness {
    /// A product of independent factors, one for each layer: between the gamma and the log-normal law.
    Product,
    /// The average of so many independent entries, each a product: the skewness of an entry grows with the square of
    /// its own spread.
    Entries(f64),
    /// Anything between a product and the sum of the squares of so many independent normal variables: the random means of
    /// so many inputs.
    Squares(f64),
    /// The same less the square of a normal variable, the mean that is common to all units.
    Centred {
        /// As those of [`Skewness::Squares`].
        inputs: f64,
        /// Variance of the common mean, in parts of the expectation of the whole.
        common: f64,
    },
}

impl Skewness {
    /// A smooth function of many independent units: no more than that of a product, of either sign.
    pub const SMOOTH: Self = Self::Squares(f64::INFINITY);

    /// Least and largest skewness for a coefficient of variation.
    fn range(self, cv: f64) -> (f64, f64) {
        let product = 3.0 * cv + cv * cv * cv;
        match self {
            Self::Product => (2.0 * cv, product),
            Self::Entries(count) => (2.0 * cv, (3.0 + count * cv * cv) * cv),
            Self::Squares(count) => (-3.0 * cv, product.max((8.0 / count).sqrt())),
            // The third cumulant of the square of a normal variable of variance v is 8 v^3.
            Self::Centred { inputs, common } => {
                let (least, largest) = Self::Squares(inputs).range(cv);
                let taken = if common == 0.0 { 0.0 } else { common / cv };
                (least - 8.0 * taken * taken * taken, largest)
            }
        }
    }
}

/// An expectation and a variance times powers of two: `mean * 4^scale`, `variance * 16^scale`.
#[derive(Clone, Copy, Debug)]
pub struct Square {
    /// Expectation of the square.
    pub mean: f64,
    /// Variance of the square.
    pub variance: f64,
    /// Common exponent: the root scales with `2^scale`.
    pub scale: i32,
    /// What is known of its skewness.
    pub skewness: Skewness,
}

/// Largest relative error of a predicted sd.
const SD_ERROR: f64 = 0.05;

impl Square {
    /// Returns the law of the square itself.
    #[must_use]
    pub fn prediction(self) -> Option<Prediction> {
        exact(self.mean, self.variance, 2 * self.scale)
    }

    /// Returns the law of the root: exact for a constant; see the module docs. No sd where it may be wrong by more
    /// than 5 %.
    #[must_use]
    pub fn root(self) -> Option<Prediction> {
        if self.mean == 0.0 {
            return exact(0.0, 0.0, 0);
        }
        let (cv, middle, half, fourth) = self.shape()?;
        let third = cv * cv * cv / 16.0;
        let lowest = 1.0 / (1.0 + cv * cv).sqrt();
        let value = (libm::pow(1.0 + cv * cv, -0.125) + middle * third).clamp(lowest, 1.0);
        let error = (half * third + fourth / 30.0).min((value - lowest).max(1.0 - value));
        let variance = (1.0 - value) * (1.0 + value);
        let root = self.mean.sqrt();
        let sd = (error <= SD_ERROR * variance || cv == 0.0).then(|| variance.sqrt() * root);
        Some(Prediction {
            value: scaled(root * value, self.scale)?,
            sd: sd.and_then(|sd| scaled(sd, self.scale)),
            kind: self.kind(),
            error: libm::scalbn(root * error, self.scale),
        })
    }

    /// Returns the law of `log2` of the root.
    #[must_use]
    pub fn log2_root(self) -> Option<Prediction> {
        if self.mean <= 0.0 {
            return None;
        }
        let (cv, middle, half, fourth) = self.shape()?;
        let third = cv * cv * cv;
        let unit = 0.5 * std::f64::consts::LOG2_E;
        let ln = libm::log1p(cv * cv);
        let variance = ln - middle * third;
        let doubt = half * third + fourth;
        Some(Prediction {
            value: 0.5 * libm::log2(self.mean)
                + f64::from(self.scale)
                + unit * (middle * third / 3.0 - 0.5 * ln),
            sd: (doubt <= 2.0 * SD_ERROR * variance).then(|| unit * variance.max(0.0).sqrt()),
            kind: self.kind(),
            error: unit * (half * third / 3.0 + fourth / 5.0),
        })
    }

    fn kind(self) -> Kind {
        if self.variance == 0.0 { Kind::Exact } else { Kind::Moments }
    }

    /// The coefficient of variation, how far the skewness is from the log-normal one in the middle and at most beside
    /// that, and the scale of the fourth order.
    fn shape(self) -> Option<(f64, f64, f64, f64)> {
        let cv = (self.variance / self.mean / self.mean).sqrt();
        if !cv.is_finite() {
            return None;
        }
        let (least, largest) = self.skewness.range(cv);
        let middle = f64::midpoint(least, largest) - (3.0 * cv + cv * cv * cv);
        let extreme = largest.max(-least);
        let fourth = extreme * extreme * cv * cv * cv * cv;
        Some((cv, middle, 0.5 * (largest - least), fourth))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::gamma::chi_mean_ratio;
    use crate::theory::polygamma::digamma;

    fn square(cv2: f64, skewness: Skewness) -> Square {
        Square { mean: 1.0, variance: cv2, scale: 0, skewness }
    }

    #[test]
    fn the_root_of_a_constant_is_exact() {
        let root =
            Square { mean: 9.0, variance: 0.0, scale: 1, skewness: Skewness::Squares(1.0) }.root().unwrap();
        assert_eq!((root.value, root.sd, root.kind, root.error), (6.0, Some(0.0), Kind::Exact, 0.0));
    }

    #[test]
    fn roots_and_logs_of_gamma_laws_are_within_their_errors() {
        // chi^2_k / k: cv^2 = 2/k, skewness 2 cv. E sqrt and E ln are known.
        for k in [2_u64, 4, 10, 40, 100, 1000] {
            let cv2 = 2.0 / k as f64;
            let log2 = 0.5 * std::f64::consts::LOG2_E * (digamma(k as f64 / 2.0) - libm::log(k as f64 / 2.0));
            for skewness in
                [Skewness::Product, Skewness::SMOOTH, Skewness::Squares(1.0), Skewness::Entries(1.0)]
            {
                let (root, log) =
                    (square(cv2, skewness).root().unwrap(), square(cv2, skewness).log2_root().unwrap());
                assert!((root.value - chi_mean_ratio(k)).abs() <= root.error, "{k} {root:?}");
                assert!((log.value - log2).abs() <= log.error, "{k} {log:?} {log2}");
            }
        }
    }

    #[test]
    fn roots_and_logs_of_log_normal_laws_are_within_their_errors() {
        for cv2 in [1e-4, 0.01, 0.1, 0.5, 1.0] {
            let (exact, log2) = (libm::pow(1.0 + cv2, -0.125), -0.25 * libm::log2(1.0 + cv2));
            for skewness in [Skewness::Product, Skewness::SMOOTH, Skewness::Squares(1.0)] {
                let (root, log) =
                    (square(cv2, skewness).root().unwrap(), square(cv2, skewness).log2_root().unwrap());
                assert!((root.value - exact).abs() <= root.error, "{cv2} {root:?}");
                assert!((log.value - log2).abs() <= log.error, "{cv2} {log:?}");
            }
        }
    }

    #[test]
    fn the_root_of_a_shifted_square_of_a_normal_variable_is_within_its_error() {
        // Y = 1 + b (Z^2 - 1), cv^2 = 2 b^2, skewness sqrt 8: what a random mean does. E sqrt Y by Simpson's rule.
        for b in [0.02, 0.1, 0.3, 0.6] {
            let (steps, reach) = (40_000_u32, 12.0);
            let h = reach / f64::from(steps);
            let f = |i: u32| {
                let z = h * f64::from(i);
                (1.0 + b * (z * z - 1.0)).sqrt() * libm::exp(-0.5 * z * z)
            };
            let sum: f64 = (0..=steps)
                .map(|i| f(i) * f64::from(if i == 0 || i == steps { 1 } else { 2 + 2 * (i % 2) }))
                .sum();
            let exact = sum * h / 3.0 * (2.0 / std::f64::consts::PI).sqrt();
            let root = square(2.0 * b * b, Skewness::Squares(1.0)).root().unwrap();
            assert!((root.value - exact).abs() <= root.error, "{b} {root:?} {exact}");
        }
    }

    #[test]
    fn the_root_of_a_constant_less_the_square_of_a_mean_is_within_its_error() {
        // S^2 = 1 - M^2, M the mean of n random signs: Var M = 1/n, and its law is binomial. Of fewer signs the fifth order
        // counts, which is part of what `theory::wide` adds to the error.
        for n in [16_u32, 40, 100] {
            let count = f64::from(n);
            let (mut probability, mut exact) = (libm::pow(0.5, count), 0.0);
            for heads in 0..=n {
                let mean = (2.0 * f64::from(heads) - count) / count;
                exact += probability * (1.0 - mean * mean).sqrt();
                probability *= f64::from(n - heads) / f64::from(heads + 1);
            }
            let mean = 1.0 - 1.0 / count;
            let variance = 2.0 / (count * count) - 2.0 / (count * count * count);
            let skewness = Skewness::Centred { inputs: f64::INFINITY, common: 1.0 / count / mean };
            let root = Square { mean, variance, scale: 0, skewness }.root().unwrap();
            assert!((root.value - exact).abs() <= root.error, "{n} {root:?} {exact}");
            assert!(root.error < 0.1 / count, "{n} {root:?}");
        }
    }

    #[test]
    fn the_root_of_an_average_of_few_wild_entries_is_within_its_error() {
        // Two log-normal entries of squared cv 3: their average has cv^2 = 1.5. By Simpson's rule in both.
        let sigma2 = libm::log(4.0);
        let at = |z: f64| libm::exp(sigma2.sqrt() * z - sigma2 / 2.0);
        let (steps, reach) = (400_u32, 8.0);
        let h = 2.0 * reach / f64::from(steps);
        let weight = |i: u32| {
            let z = h * f64::from(i) - reach;
            let simpson = f64::from(if i == 0 || i == steps { 1 } else { 2 + 2 * (i % 2) });
            (z, simpson * h / 3.0 * libm::exp(-0.5 * z * z) / (2.0 * std::f64::consts::PI).sqrt())
        };
        let mut exact = 0.0;
        for (y, v) in (0..=steps).map(weight) {
            exact +=
                (0..=steps).map(weight).map(|(z, w)| v * w * (0.5 * (at(y) + at(z))).sqrt()).sum::<f64>();
        }
        let root = square(1.5, Skewness::Entries(2.0)).root().unwrap();
        assert!((root.value - exact).abs() <= root.error, "{root:?} {exact}");
    }
}

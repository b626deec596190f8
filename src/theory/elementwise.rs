//! Exact moments of networks whose entries never mix: elementwise products and sums with fresh normal noise.
//!
//! All `N = batch * width` entries of a layer are then iid, so four moments of one entry x determine the
//! expectation and the sd of the mean, of the second moment and of the variance:
//!
//! ```text
//! E M   = c                          Var M   = sigma^2 / N
//! E Q   = c^2 + sigma^2              Var Q   = (4 c^2 sigma^2 + 4 c mu3 + mu4 - sigma^4) / N
//! E S^2 = sigma^2 (N-1)/N            Var S^2 = (N-1)/N^3 [(N-1)(mu4 - sigma^4) + 2 sigma^4]
//! ```
//!
//! (Cramer 1946, section 27.4; c mean, mu3 and mu4 central moments.) Entries of a sum are normal, and S is
//! then `sigma chi_{N-1} / sqrt N` exactly; the root of a product's variance follows from its mean and spread ([`super::root`]).

use super::prediction::{Kind, LayerPrediction, Prediction, exact};
use super::root::{Skewness, Square};
use crate::statistics::gamma::{chi_mean_ratio, chi_variance_ratio};

/// Law of one entry, by its mean and central moments of order 2, 3, 4.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    mean: f64,
    variance: f64,
    third: f64,
    fourth: f64,
    gaussian: bool,
}

impl Entry {
    /// Returns the law N(mean, std^2).
    #[must_use]
    pub fn normal(mean: f64, std: f64) -> Self {
        let variance = std * std;
        Self { mean, variance, third: 0.0, fourth: 3.0 * variance * variance, gaussian: true }
    }

    /// Returns a law of the same mean and variance, symmetric about its mean, of this excess kurtosis.
    pub(super) fn with_excess(self, excess: f64) -> Self {
        Self { fourth: (3.0 + excess) * self.variance * self.variance, gaussian: false, ..self }
    }

    /// Returns the law with these moments `E x, E x^2, E x^3, E x^4`.
    pub(super) fn from_raw([c, second, third, fourth]: [f64; 4]) -> Self {
        let square = c * c;
        Self {
            mean: c,
            variance: second - square,
            third: third - 3.0 * c * second + 2.0 * c * square,
            fourth: fourth - 4.0 * c * third + 6.0 * square * second - 3.0 * square * square,
            gaussian: false,
        }
    }

    /// Mean of one entry.
    pub(super) fn mean(&self) -> f64 {
        self.mean
    }

    /// Returns the laws of the second moment and of the variance of `count` such entries.
    pub(super) fn squares(&self, count: u64) -> (Square, Square) {
        let n = count as f64;
        let (c, sigma2) = (self.mean, self.variance);
        let kurtosis_part = self.fourth - sigma2 * sigma2;
        let second_moment = Square {
            mean: c * c + sigma2,
            variance: (4.0 * c * (c * sigma2 + self.third) + kurtosis_part) / n,
            scale: 0,
            skewness: Skewness::Entries(n),
        };
        let variance = Square {
            mean: sigma2 * (n - 1.0) / n,
            variance: (n - 1.0) / n * ((n - 1.0) / n * kurtosis_part + 2.0 * sigma2 * sigma2 / n) / n,
            scale: 0,
            skewness: Skewness::Entries(n),
        };
        (second_moment, variance)
    }

    /// Returns the law of `x + z`, z of N(m, s^2): cumulants add.
    #[must_use]
    pub fn plus(self, m: f64, s: f64) -> Self {
        let v = s * s;
        Self {
            mean: self.mean + m,
            variance: self.variance + v,
            third: self.third,
            fourth: self.fourth + 6.0 * self.variance * v + 3.0 * v * v,
            gaussian: self.gaussian,
        }
    }

    /// Returns the law of `x z`, z of N(m, s^2).
    ///
    /// With `x = c + y`, the centred product is `m y + s (c + y) xi`, a normal variable given y:
    ///
    /// ```text
    /// sigma'^2 = m^2 sigma^2 + s^2 R2                       R2 = E x^2       = c^2 + sigma^2
    /// mu3'     = m^3 mu3 + 3 m s^2 E[y x^2]                 E[y x^2]         = 2 c sigma^2 + mu3
    /// mu4'     = m^4 mu4 + 6 m^2 s^2 E[y^2 x^2] + 3 s^4 R4  E[y^2 x^2]       = c^2 sigma^2 + 2 c mu3 + mu4
    ///                                                       R4 = E x^4       = c^4 + 6 c^2 sigma^2 + 4 c mu3 + mu4
    /// ```
    #[must_use]
    pub fn times(self, m: f64, s: f64) -> Self {
        let (c, variance, third, fourth) = (self.mean, self.variance, self.third, self.fourth);
        let (c2, m2, v) = (c * c, m * m, s * s);
        let raw2 = c2 + variance;
        let raw4 = c2 * c2 + 6.0 * c2 * variance + 4.0 * c * third + fourth;
        Self {
            mean: c * m,
            variance: m2 * variance + v * raw2,
            third: m * (m2 * third + 3.0 * v * (2.0 * c * variance + third)),
            fourth: m2 * m2 * fourth
                + 6.0 * m2 * v * (c2 * variance + 2.0 * c * third + fourth)
                + 3.0 * v * v * raw4,
            gaussian: self.gaussian && s == 0.0,
        }
    }

    /// Returns what is known about `count` such entries; empty where a moment overflows or underflows.
    #[must_use]
    pub fn prediction(&self, count: u64) -> LayerPrediction {
        let in_range = (self.fourth.is_normal() && self.mean.is_finite()) || self.is_constant();
        if !in_range || count == 0 {
            return LayerPrediction::default();
        }
        let n = count as f64;
        let (c, sigma2) = (self.mean, self.variance);
        let (second_moment, variance) = self.squares(count);
        LayerPrediction {
            mean: exact(c, sigma2 / n, 0),
            second_moment: second_moment.prediction(),
            variance: variance.prediction(),
            std: if self.gaussian { chi(sigma2, count - 1, n) } else { variance.root() },
            rms: if self.gaussian && c == 0.0 { chi(sigma2, count, n) } else { second_moment.root() },
            log2_rms: second_moment.log2_root(),
            ..LayerPrediction::default()
        }
    }

    fn is_constant(&self) -> bool {
        self.mean.is_normal() && self.variance == 0.0
    }
}

/// Returns the law of `sigma chi_degrees / sqrt n`.
fn chi(sigma2: f64, degrees: u64, n: f64) -> Option<Prediction> {
    if degrees == 0 {
        return exact(0.0, 0.0, 0);
    }
    let root = (sigma2 * degrees as f64 / n).sqrt();
    Some(Prediction {
        value: root * chi_mean_ratio(degrees),
        sd: Some(root * chi_variance_ratio(degrees).sqrt()),
        kind: Kind::Exact,
        error: 0.0,
    })
}

//! What a theory says about one metric.

use super::limit::Limit;
use crate::named::named;
use crate::network::Precision;

named! {
    /// How a value was derived.
    pub enum Kind as "kind of theory" {
        /// The expectation at finite width and batch, in real arithmetic.
        Exact = "exact",
        /// From the exact mean and spread of the square: see [`super::root`].
        Moments = "moments",
        /// First order in 1/width: see [`super::expansion`].
        FirstOrder = "1/n",
    }
}

/// The law of one metric over trials, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// Expectation over trials.
    pub value: f64,
    /// Standard deviation of one trial.
    pub sd: Option<f64>,
    /// How the value was derived. The sd is of the same kind, except that beside an exact value it may be of first
    /// order in 1/width where no exact one is known.
    pub kind: Kind,
    /// Estimate of how far the value is from the expectation; 0 if exact.
    pub error: f64,
}

impl Prediction {
    /// Standard errors that make one of [`Prediction::error`]: a z-score may be asked for only where the error of the
    /// theory shifts it by less than a quarter.
    const STANDARD_ERRORS: f64 = 4.0;

    /// `(estimate - value) / standard_error`; `None` where the theory's own error could be seen in it.
    #[must_use]
    pub fn z_score(&self, estimate: f64, standard_error: f64) -> Option<f64> {
        let hidden = self.error * Self::STANDARD_ERRORS <= standard_error;
        Some((estimate - self.value) / standard_error).filter(|z| hidden && z.is_finite())
    }
}

/// Predictions for the statistics of all `N = batch * width` entries of one layer; `None` where nothing is
/// known or the number leaves the normal range of f64.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LayerPrediction {
    /// Mean M.
    pub mean: Option<Prediction>,
    /// Second moment Q.
    pub second_moment: Option<Prediction>,
    /// Population variance `S^2`.
    pub variance: Option<Prediction>,
    /// Std S.
    pub std: Option<Prediction>,
    /// `sqrt Q`.
    pub rms: Option<Prediction>,
    /// `m4 / m2^2`.
    pub kurtosis: Option<Prediction>,
    /// Fraction of entries that are 0.
    pub fraction_zero: Option<Prediction>,
    /// Fraction of pre-activations beyond the threshold of saturation, if there is one.
    pub fraction_saturated: Option<Prediction>,
    /// Whether all entries are 0.
    pub dead: Option<Prediction>,
    /// `log2 sqrt Q`.
    pub log2_rms: Option<Prediction>,
}

/// Predictions for one layer but the input: the sites that have a theory.
///
/// A map over all sites would keep a place for the input in every layer, half as much memory again for deep networks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sites {
    /// Before the activation.
    pub pre: LayerPrediction,
    /// After it.
    pub post: LayerPrediction,
    /// The limits of both, where there are any.
    pub limits: Option<[Limit; 2]>,
}

impl Sites {
    /// Fills what is missing here with what `other` knows.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let limits = self.limits.or(other.limits);
        Self { pre: self.pre.or(other.pre), post: self.post.or(other.post), limits }
    }
}

impl LayerPrediction {
    /// Fills what is missing here, values and standard deviations, with what `other` knows.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let merge = |a: Option<Prediction>, b: Option<Prediction>| {
            let sd = b.and_then(|b| b.sd);
            a.map(|a| Prediction { sd: a.sd.or(sd), ..a }).or(b)
        };
        Self {
            mean: merge(self.mean, other.mean),
            second_moment: merge(self.second_moment, other.second_moment),
            variance: merge(self.variance, other.variance),
            std: merge(self.std, other.std),
            rms: merge(self.rms, other.rms),
            kurtosis: merge(self.kurtosis, other.kurtosis),
            fraction_zero: merge(self.fraction_zero, other.fraction_zero),
            fraction_saturated: merge(self.fraction_saturated, other.fraction_saturated),
            dead: merge(self.dead, other.dead),
            log2_rms: merge(self.log2_rms, other.log2_rms),
        }
    }
}

/// Returns the exact prediction `mean * 2^exponent` with variance `variance * 4^exponent`.
pub(super) fn exact(mean: f64, variance: f64, exponent: i32) -> Option<Prediction> {
    Some(Prediction {
        value: scaled(mean, exponent)?,
        sd: Some(scaled(variance.sqrt(), exponent)?),
        kind: Kind::Exact,
        error: 0.0,
    })
}

/// Returns the exact prediction `mean * 2^exponent` of unknown variance.
pub(super) fn value_only(mean: f64, exponent: i32) -> Option<Prediction> {
    Some(Prediction { value: scaled(mean, exponent)?, sd: None, kind: Kind::Exact, error: 0.0 })
}

/// Returns the exact prediction of what is `value` in every trial, up to the rounding of a sum over the layer, which has a
/// spread of its own.
pub(super) fn constant(value: f64, precision: Precision) -> Option<Prediction> {
    let error = precision.rounding() * value.abs();
    value_only(value, 0).map(|prediction| Prediction { error, ..prediction })
}

/// Returns `x * 2^exponent`; `None` if a non-zero result would be infinite, subnormal or 0.
pub(super) fn scaled(x: f64, exponent: i32) -> Option<f64> {
    let y = libm::scalbn(x, exponent);
    (y.is_normal() || x == 0.0).then_some(y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_the_normal_range_are_unknown() {
        assert!(exact(1.0, 1.0, 1024).is_none());
        assert!(exact(1.0, 1.0, -1023).is_none());
        assert_eq!(exact(0.0, 0.0, 5000).unwrap().value, 0.0);
    }
}

//! What a theory says about one metric.

/// How a value was derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The expectation at finite width and batch, in real arithmetic.
    Exact,
    /// Delta method on the exact moments of the square: see [`MAX_SQUARED_CV`] for its error.
    Delta,
    /// First order in 1/width: see [`super::expansion`].
    FirstOrder,
    /// The limit of infinite width: see [`super::expansion`].
    MeanField,
}

impl Kind {
    /// Every kind, in the order of the variants.
    pub const ALL: [Self; 4] = [Self::Exact, Self::Delta, Self::FirstOrder, Self::MeanField];

    /// Returns the word that stands for it in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Delta => "delta",
            Self::FirstOrder => "1/n",
            Self::MeanField => "mean-field",
        }
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
    /// Estimate of how far the value is from the expectation; 0 if exact, `None` if unknown.
    pub error: Option<f64>,
}

impl Prediction {
    /// Standard errors that make one of [`Prediction::error`]: a z-score may be asked for only where the error of the
    /// theory shifts it by less than a quarter.
    const STANDARD_ERRORS: f64 = 4.0;

    /// `(estimate - value) / standard_error`; `None` where the theory's own error could be seen in it.
    #[must_use]
    pub fn z_score(&self, estimate: f64, standard_error: f64) -> Option<f64> {
        let hidden = self.error? * Self::STANDARD_ERRORS <= standard_error;
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
    /// Whether all entries are 0.
    pub dead: Option<Prediction>,
    /// `log2 sqrt Q`.
    pub log2_rms: Option<Prediction>,
    /// What pairs of inputs have in common.
    pub pairs: Pairs,
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
}

impl Sites {
    /// Fills what is missing here with what `other` knows.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { pre: self.pre.or(other.pre), post: self.post.or(other.post) }
    }
}

/// Predictions for pairs of inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pairs {
    /// Cosine of the angle.
    pub correlation: Option<Prediction>,
    /// 1 less the cosine.
    pub decorrelation: Option<Prediction>,
    /// Pearson correlation over the units.
    pub centred_correlation: Option<Prediction>,
    /// Variance of a unit over the inputs.
    pub unit_variance: Option<Prediction>,
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
            dead: merge(self.dead, other.dead),
            log2_rms: merge(self.log2_rms, other.log2_rms),
            pairs: if self.pairs == Pairs::default() { other.pairs } else { self.pairs },
        }
    }
}

/// Largest squared coefficient of variation of a square for which its root is predicted.
///
/// The delta method drops terms of order `cv^4`: on a log-normal law, which is what products tend to, the
/// expectation is wrong by `9/128 cv^4` and the sd by `5/16 cv^2` of itself. At this limit that is 2e-4 and
/// 1.6 %, which shifts a z-score of T trials by `0.14 cv^3 sqrt T`, 0.16 for ten thousand.
pub const MAX_SQUARED_CV: f64 = 0.05;

/// An expectation and a variance times powers of two: `mean * 4^scale`, `variance * 16^scale`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Square {
    /// Expectation of the square.
    pub mean: f64,
    /// Variance of the square.
    pub variance: f64,
    /// Common exponent: the root scales with `2^scale`.
    pub scale: i32,
}

impl Square {
    /// Returns the law of the square itself.
    pub fn prediction(self) -> Option<Prediction> {
        exact(self.mean, self.variance, 2 * self.scale)
    }

    /// Returns the law of the root by the delta method (Cramer 1946, section 27.7).
    ///
    /// ```text
    /// cv^2 = Var Y / (E Y)^2,   E sqrt Y = sqrt(E Y) (1 - cv^2/8),   sd sqrt Y = sqrt(E Y) cv / 2
    /// ```
    ///
    /// Exact for a constant. `None` beyond [`MAX_SQUARED_CV`].
    pub fn root(self) -> Option<Prediction> {
        if self.mean == 0.0 {
            return exact(0.0, 0.0, 0);
        }
        let squared_cv = self.variance / self.mean / self.mean;
        if squared_cv.is_nan() || squared_cv > MAX_SQUARED_CV {
            return None;
        }
        let root = self.mean.sqrt();
        let dropped = 9.0 / 128.0 * squared_cv * squared_cv;
        Some(Prediction {
            value: scaled(root * (1.0 - squared_cv / 8.0), self.scale)?,
            sd: Some(scaled(root * squared_cv.sqrt() / 2.0, self.scale)?),
            kind: if squared_cv == 0.0 { Kind::Exact } else { Kind::Delta },
            error: Some(libm::scalbn(root * dropped, self.scale)),
        })
    }
}

/// Returns the exact prediction `mean * 2^exponent` with variance `variance * 4^exponent`.
pub(super) fn exact(mean: f64, variance: f64, exponent: i32) -> Option<Prediction> {
    Some(Prediction {
        value: scaled(mean, exponent)?,
        sd: Some(scaled(variance.sqrt(), exponent)?),
        kind: Kind::Exact,
        error: Some(0.0),
    })
}

/// Returns the exact prediction `mean * 2^exponent` of unknown variance.
pub(super) fn value_only(mean: f64, exponent: i32) -> Option<Prediction> {
    Some(Prediction { value: scaled(mean, exponent)?, sd: None, kind: Kind::Exact, error: Some(0.0) })
}

/// Returns `x * 2^exponent`; `None` if a non-zero result would be infinite, subnormal or 0.
fn scaled(x: f64, exponent: i32) -> Option<f64> {
    let y = libm::scalbn(x, exponent);
    (y.is_normal() || x == 0.0).then_some(y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_of_a_constant_is_exact() {
        let root = Square { mean: 9.0, variance: 0.0, scale: 1 }.root().unwrap();
        assert_eq!(root, exact(6.0, 0.0, 0).unwrap());
    }

    #[test]
    fn the_root_of_a_wide_law_is_unknown() {
        assert!(Square { mean: 1.0, variance: 0.051, scale: 0 }.root().is_none());
        assert_eq!(Square { mean: 1.0, variance: 0.04, scale: 0 }.root().unwrap().kind, Kind::Delta);
    }

    #[test]
    fn numbers_outside_the_normal_range_are_unknown() {
        assert!(exact(1.0, 1.0, 1024).is_none());
        assert!(exact(1.0, 1.0, -1023).is_none());
        assert_eq!(exact(0.0, 0.0, 5000).unwrap().value, 0.0);
    }
}

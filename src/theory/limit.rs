//! The limit of infinite width of one layer, metric by metric.

use crate::network::Metric;

/// What the statistics of one layer tend to as the width grows.
///
/// A curve to draw beside finite networks. How far they are from it is not part of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// Mean of the entries.
    pub mean: f64,
    /// Second moment.
    pub second: f64,
    /// `E x^2 - E x x'` of two inputs; NaN if it was not asked for.
    pub difference: f64,
    /// Kurtosis; NaN for a constant.
    pub kurtosis: f64,
    /// Fraction of zeros; NaN where it is not known.
    pub zero: f64,
    /// Fraction beyond the threshold of saturation; NaN where it was not asked for.
    pub saturated: f64,
    /// Inputs per network.
    pub batch: f64,
}

impl Limit {
    /// The limit of one metric; `None` where it has none, or one outside the normal range.
    #[must_use]
    pub fn of(&self, metric: Metric) -> Option<f64> {
        let Self { mean, second, difference, .. } = *self;
        let variance = second - mean * mean;
        let value = match metric {
            Metric::Mean => mean,
            Metric::SecondMoment => second,
            Metric::Variance => variance,
            Metric::Std => variance.clamp(0.0, f64::INFINITY).sqrt(),
            Metric::Rms => second.sqrt(),
            Metric::Log2Rms => 0.5 * libm::log2(second),
            Metric::Kurtosis => self.kurtosis,
            Metric::FractionZero => self.zero,
            Metric::FractionSaturated => self.saturated,
            Metric::Correlation => correlation(difference / second),
            Metric::Decorrelation => difference / second,
            Metric::CentredCorrelation => correlation(difference / variance),
            Metric::UnitVariance => (1.0 - 1.0 / self.batch) * difference,
            _ => return None,
        };
        (value.is_normal() || value == 0.0).then_some(value)
    }
}

/// Rounding of the expectations in a limit, relative to the second moment.
const NOISE: f64 = 1e-13;

/// `1 - decorrelation`; 0 where that is all rounding.
fn correlation(decorrelation: f64) -> f64 {
    let correlation = 1.0 - decorrelation;
    if correlation.abs() < NOISE { 0.0 } else { correlation }
}

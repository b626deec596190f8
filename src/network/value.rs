//! The value of a metric: from the moments of a layer to one number of one trial.

use super::metric::Metric;
use crate::kernels::Moments;

impl Metric {
    /// The metric of some entries.
    ///
    /// A layer with a non-finite entry has left the range of its number format: its scale (`std`, `rms`,
    /// `second_moment`, `variance`, `abs_max`) is `+inf`, its `mean`, `min`, `max` and `kurtosis` are NaN. The
    /// kurtosis of constant entries is NaN: it is undefined.
    #[must_use]
    pub fn of(self, moments: &Moments) -> f64 {
        let n = as_f64(moments.count);
        let finite = moments.nonfinite == 0;
        let indicator = |condition: bool| if condition { 1.0 } else { 0.0 };
        match self {
            Self::FractionZero => as_f64(moments.zeros) / n,
            Self::FractionNonfinite => as_f64(moments.nonfinite) / n,
            Self::Dead => indicator(moments.zeros == moments.count),
            Self::Overflowed => indicator(!finite),
            Self::Mean | Self::Min | Self::Max | Self::Kurtosis if !finite => f64::NAN,
            _ if !finite => f64::INFINITY,
            Self::Mean => unit(moments.mean, moments, 1),
            Self::Std => unit(libm::sqrt(moments.central[0] / n), moments, 1),
            Self::Rms => unit(libm::sqrt(second_moment(moments, n)), moments, 1),
            Self::SecondMoment => unit(second_moment(moments, n), moments, 2),
            Self::Variance => unit(moments.central[0] / n, moments, 2),
            Self::Min => moments.min,
            Self::Max => moments.max,
            Self::AbsMax => moments.min.abs().max(moments.max.abs()),
            Self::Kurtosis => {
                let variance = moments.central[0] / n;
                if variance > 0.0 { moments.central[2] / n / (variance * variance) } else { f64::NAN }
            }
        }
    }

    /// Whether the values are 0 or 1, one per trial, so that the estimate is a proportion of trials.
    #[must_use]
    pub fn is_indicator(self) -> bool {
        matches!(self, Self::Dead | Self::Overflowed)
    }
}

/// `Q = S^2 + M^2` in squared units.
fn second_moment(moments: &Moments, n: f64) -> f64 {
    libm::fma(moments.mean, moments.mean, moments.central[0] / n)
}

/// From units of `2^(power * exponent)`.
fn unit(value: f64, moments: &Moments, power: i32) -> f64 {
    libm::scalbn(value, power * moments.exponent)
}

#[expect(clippy::cast_precision_loss, reason = "counts of entries in memory are below 2^53")]
fn as_f64(count: u64) -> f64 {
    count as f64
}

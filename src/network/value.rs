//! The value of a metric: from what was measured at one site of a layer to one number of one trial.

use super::metric::Metric;
use super::reading::Reading;
use crate::kernels::Moments;

impl Metric {
    /// The metric of what was measured.
    ///
    /// A layer with a non-finite entry has left the range of its number format: its scale (`std`, `rms`,
    /// `second_moment`, `variance`, `square_variance`, `mean_abs`, `abs_max`, their logarithms, `unit_variance`) is `+inf`, its `mean`, `min`,
    /// `max`, `kurtosis` and correlations are NaN. The kurtosis of constant entries is NaN: it is undefined. The
    /// logarithms of a dead layer are `-inf`.
    #[must_use]
    pub fn of(self, reading: &Reading) -> f64 {
        let Reading { moments, scale, whole, first, ratio } = reading;
        let n = as_f64(moments.count);
        let finite = moments.nonfinite == 0;
        let indicator = |condition: bool| if condition { 1.0 } else { 0.0 };
        let unit = |value: f64, power: i32| unit(value, moments, *scale, power);
        match self {
            Self::FractionZero => as_f64(moments.zeros) / n,
            Self::FractionNonfinite => as_f64(moments.nonfinite) / n,
            Self::Dead => indicator(moments.zeros == moments.count),
            Self::Overflowed => indicator(!finite),
            Self::OverflowLayerF16 => first.overflow[0],
            Self::OverflowLayerBf16 => first.overflow[1],
            Self::OverflowLayerF32 => first.overflow[2],
            Self::OverflowedF16 => indicator(first.overflow[0].is_finite()),
            Self::OverflowedBf16 => indicator(first.overflow[1].is_finite()),
            Self::OverflowedF32 => indicator(first.overflow[2].is_finite()),
            Self::UnderflowLayerF16 => first.underflow[0],
            Self::UnderflowLayerBf16 => first.underflow[1],
            Self::UnderflowLayerF32 => first.underflow[2],
            Self::UnderflowedF16 => indicator(first.underflow[0].is_finite()),
            Self::UnderflowedBf16 => indicator(first.underflow[1].is_finite()),
            Self::UnderflowedF32 => indicator(first.underflow[2].is_finite()),
            Self::Mean | Self::Min | Self::Max | Self::Kurtosis if !finite => f64::NAN,
            Self::Std
            | Self::Rms
            | Self::SecondMoment
            | Self::Variance
            | Self::AbsMax
            | Self::Log2Std
            | Self::Log2Rms
            | Self::Log2AbsMax
            | Self::MeanAbs
            | Self::UnitVariance
            | Self::SquareVariance
                if !finite =>
            {
                f64::INFINITY
            }
            Self::ChiLocal => *ratio,
            Self::Mean => unit(moments.mean, 1),
            Self::Std => unit(std(moments, n), 1),
            Self::Rms => unit(rms(moments, n), 1),
            Self::SecondMoment => unit(second_moment(moments, n), 2),
            Self::Variance => unit(moments.central[0] / n, 2),
            Self::SquareVariance => unit(square_variance(moments, n), 4),
            Self::UnitVariance => unit(whole[self], 2),
            Self::MeanAbs => unit(whole[self], 1),
            Self::Min => libm::scalbn(moments.min, *scale),
            Self::Max => libm::scalbn(moments.max, *scale),
            Self::AbsMax => libm::scalbn(moments.abs_max(), *scale),
            Self::Log2Std => log2(std(moments, n), moments.exponent, *scale),
            Self::Log2Rms => log2(rms(moments, n), moments.exponent, *scale),
            Self::Log2AbsMax => log2(moments.abs_max(), 0, *scale),
            Self::Kurtosis => {
                let variance = moments.central[0] / n;
                if variance > 0.0 { moments.central[2] / n / (variance * variance) } else { f64::NAN }
            }
            // The others are what the survey of the whole layer found.
            _ => whole[self],
        }
    }
}

/// S in units of the moments.
fn std(moments: &Moments, n: f64) -> f64 {
    libm::sqrt(moments.central[0] / n)
}

/// `sqrt Q` in units of the moments.
fn rms(moments: &Moments, n: f64) -> f64 {
    libm::sqrt(second_moment(moments, n))
}

/// `Q = S^2 + M^2` in squared units.
fn second_moment(moments: &Moments, n: f64) -> f64 {
    libm::fma(moments.mean, moments.mean, moments.central[0] / n)
}

/// `E x^4 - Q^2` in units to the fourth, from the moments about the mean: nothing cancels where all entries are alike.
fn square_variance(moments: &Moments, n: f64) -> f64 {
    let [m2, m3, m4] = moments.central.map(|sum| sum / n);
    let mean = moments.mean;
    let variance = libm::fma(4.0 * mean, libm::fma(mean, m2, m3), libm::fma(-m2, m2, m4));
    // Rounding is not to make it negative; a NaN stays.
    if variance < 0.0 { 0.0 } else { variance }
}

/// From units of `2^(power * exponent)` of entries in units of `2^scale`.
fn unit(value: f64, moments: &Moments, scale: i32, power: i32) -> f64 {
    libm::scalbn(value, moments.exponent.saturating_add(scale).saturating_mul(power))
}

/// `log2(value * 2^exponent * 2^scale)`, the same to the bit however a number is shared out among the three.
fn log2(value: f64, exponent: i32, scale: i32) -> f64 {
    let (mut fraction, mut own) = libm::frexp(value);
    // From 1/sqrt 2 to sqrt 2: near 1 nothing cancels.
    if fraction < std::f64::consts::FRAC_1_SQRT_2 {
        (fraction, own) = (2.0 * fraction, own - 1);
    }
    libm::log2(fraction) + f64::from(own.saturating_add(exponent).saturating_add(scale))
}

#[expect(clippy::cast_precision_loss, reason = "counts of entries in memory are below 2^53")]
fn as_f64(count: u64) -> f64 {
    count as f64
}

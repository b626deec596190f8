//! What is measured, and where.

use std::fmt;

/// Where in a layer a metric is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Site {
    /// `X_0`, layer 0
    Input,
    /// Pre-activation `H_l`
    Pre,
    /// Post-activation `X_l`
    Post,
}

impl Site {
    /// Every site, in the order of the variants.
    pub const ALL: [Self; 3] = [Self::Input, Self::Pre, Self::Post];

    /// Its name in configs and files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Pre => "pre",
            Self::Post => "post",
        }
    }

    /// The site of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A statistic of all `batch * width` entries at one site of one layer in one trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Metric {
    /// Mean M
    Mean,
    /// Population std S (divisor N, what numpy prints)
    Std,
    /// `sqrt(Q)`
    Rms,
    /// Second moment `Q = M^2 + S^2`
    SecondMoment,
    /// Population variance `S^2`
    Variance,
    /// Smallest entry
    Min,
    /// Largest entry
    Max,
    /// Largest magnitude
    AbsMax,
    /// `m4 / m2^2`, 3 for a Gaussian
    Kurtosis,
    /// Fraction of entries that are exactly 0
    FractionZero,
    /// Fraction of entries that are infinite or NaN
    FractionNonfinite,
    /// 1 if every entry is exactly 0, else 0: the fraction of trials is estimated
    Dead,
    /// 1 if any entry is infinite or NaN, else 0: the fraction of trials is estimated
    Overflowed,
    /// `log2` of the rms, finite far beyond the range of f64 where entries are rescaled
    Log2Rms,
    /// `log2` of the std
    Log2Std,
    /// `log2` of the largest magnitude
    Log2AbsMax,
    /// Mean cosine of the angle between two inputs, over all pairs
    Correlation,
    /// `1 - correlation`, without cancellation where all inputs have become alike: exact to the rounding of their
    /// directions, about `1e-16 sqrt(1 - correlation)`
    Decorrelation,
    /// Mean Pearson correlation of two inputs, each about its own mean over the units
    CentredCorrelation,
    /// Mean over the units of their population variance over the inputs (divisor B)
    UnitVariance,
    /// Fraction of units that are exactly 0 for every input
    FractionDead,
    /// Fraction of pre-activations of the layer in a tail where the activation is flat:
    /// [`crate::kernels::saturation`]; the same at `pre` and `post`
    FractionSaturated,
    /// First layer up to this one in which the largest magnitude here rounds to infinity in f16; `+inf` if none does.
    ///
    /// The format is not emulated: layers are computed in the precision of the network, where a sum may overflow on the
    /// way to an entry that fits. In f64, and with rescaling, it is the entries alone that decide.
    OverflowLayerF16,
    /// First layer up to this one in which the largest magnitude here rounds to infinity in bf16; `+inf` if none does
    OverflowLayerBf16,
    /// First layer up to this one in which the largest magnitude here rounds to infinity in f32; `+inf` if none does
    OverflowLayerF32,
    /// 1 if [`overflow_layer_f16`](Self::OverflowLayerF16) is finite, else 0: the fraction of trials is estimated
    OverflowedF16,
    /// 1 if [`overflow_layer_bf16`](Self::OverflowLayerBf16) is finite, else 0: the fraction of trials is estimated
    OverflowedBf16,
    /// 1 if [`overflow_layer_f32`](Self::OverflowLayerF32) is finite, else 0: the fraction of trials is estimated
    OverflowedF32,
}

impl Metric {
    /// Every metric, in the order of the variants.
    pub const ALL: [Self; 28] = [
        Self::Mean,
        Self::Std,
        Self::Rms,
        Self::SecondMoment,
        Self::Variance,
        Self::Min,
        Self::Max,
        Self::AbsMax,
        Self::Kurtosis,
        Self::FractionZero,
        Self::FractionNonfinite,
        Self::Dead,
        Self::Overflowed,
        Self::Log2Rms,
        Self::Log2Std,
        Self::Log2AbsMax,
        Self::Correlation,
        Self::Decorrelation,
        Self::CentredCorrelation,
        Self::UnitVariance,
        Self::FractionDead,
        Self::FractionSaturated,
        Self::OverflowLayerF16,
        Self::OverflowLayerBf16,
        Self::OverflowLayerF32,
        Self::OverflowedF16,
        Self::OverflowedBf16,
        Self::OverflowedF32,
    ];

    /// What is measured where a config does not say: all that is had from the moments of the entries.
    pub const PANEL: [Self; 13] = [
        Self::Mean,
        Self::Std,
        Self::Rms,
        Self::SecondMoment,
        Self::Variance,
        Self::Min,
        Self::Max,
        Self::AbsMax,
        Self::Kurtosis,
        Self::FractionZero,
        Self::FractionNonfinite,
        Self::Dead,
        Self::Overflowed,
    ];

    /// Its name in configs and files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Std => "std",
            Self::Rms => "rms",
            Self::SecondMoment => "second_moment",
            Self::Variance => "variance",
            Self::Min => "min",
            Self::Max => "max",
            Self::AbsMax => "abs_max",
            Self::Kurtosis => "kurtosis",
            Self::FractionZero => "fraction_zero",
            Self::FractionNonfinite => "fraction_nonfinite",
            Self::Dead => "dead",
            Self::Overflowed => "overflowed",
            Self::Log2Rms => "log2_rms",
            Self::Log2Std => "log2_std",
            Self::Log2AbsMax => "log2_abs_max",
            Self::Correlation => "correlation",
            Self::Decorrelation => "decorrelation",
            Self::CentredCorrelation => "centred_correlation",
            Self::UnitVariance => "unit_variance",
            Self::FractionDead => "fraction_dead",
            Self::FractionSaturated => "fraction_saturated",
            Self::OverflowLayerF16 => "overflow_layer_f16",
            Self::OverflowLayerBf16 => "overflow_layer_bf16",
            Self::OverflowLayerF32 => "overflow_layer_f32",
            Self::OverflowedF16 => "overflowed_f16",
            Self::OverflowedBf16 => "overflowed_bf16",
            Self::OverflowedF32 => "overflowed_f32",
        }
    }

    /// What it is, in the words of `datapackage.json`.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Mean => "mean M of all entries",
            Self::Std => "population std S (divisor N)",
            Self::Rms => "sqrt(Q)",
            Self::SecondMoment => "second moment Q = M^2 + S^2",
            Self::Variance => "population variance S^2",
            Self::Min => "smallest entry",
            Self::Max => "largest entry",
            Self::AbsMax => "largest magnitude",
            Self::Kurtosis => "m4 / m2^2, 3 for a Gaussian",
            Self::FractionZero => "fraction of entries that are exactly 0",
            Self::FractionNonfinite => "fraction of entries that are infinite or NaN",
            Self::Dead => "whether every entry is exactly 0: the estimate is a fraction of trials",
            Self::Overflowed => {
                "whether any entry in memory (with measure.rescale, after it) is infinite or NaN: the estimate is a fraction of trials"
            }
            Self::Log2Rms => "log2 of rms; finite far beyond the range of f64 with measure.rescale",
            Self::Log2Std => "log2 of std, likewise",
            Self::Log2AbsMax => "log2 of abs_max, likewise",
            Self::Correlation => {
                "mean over all pairs of inputs of the cosine of their angle; undefined for one input, and where one is 0"
            }
            Self::Decorrelation => "1 - correlation, without cancellation where all inputs have become alike",
            Self::CentredCorrelation => {
                "mean over all pairs of inputs of Pearson's correlation over the units; undefined for one input, and where one is constant"
            }
            Self::UnitVariance => "mean over units of the population variance over inputs (divisor B)",
            Self::FractionDead => "fraction of units that are exactly 0 for every input",
            Self::FractionSaturated => {
                "fraction of pre-activations of the layer in a tail in which the slope of the activation is below a hundredth of its steepest; the same at pre and post"
            }
            Self::OverflowLayerF16 => {
                "first layer up to this one whose abs_max at this site rounds to infinity in f16; infinite if none does"
            }
            Self::OverflowLayerBf16 => {
                "first layer up to this one whose abs_max at this site rounds to infinity in bf16; infinite if none does"
            }
            Self::OverflowLayerF32 => {
                "first layer up to this one whose abs_max at this site rounds to infinity in f32; infinite if none does"
            }
            Self::OverflowedF16 => {
                "whether overflow_layer_f16 is finite: the estimate is a fraction of trials"
            }
            Self::OverflowedBf16 => {
                "whether overflow_layer_bf16 is finite: the estimate is a fraction of trials"
            }
            Self::OverflowedF32 => {
                "whether overflow_layer_f32 is finite: the estimate is a fraction of trials"
            }
        }
    }

    /// The metric of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Whether the values are 0 or 1, one per trial, so that the estimate is a proportion of trials.
    #[must_use]
    pub fn is_indicator(self) -> bool {
        use Metric::{Dead, Overflowed, OverflowedBf16, OverflowedF16, OverflowedF32};
        matches!(self, Dead | Overflowed | OverflowedF16 | OverflowedBf16 | OverflowedF32)
    }

    /// Whether its value depends on all layers before.
    #[must_use]
    pub fn has_history(self) -> bool {
        use Metric::{OverflowLayerBf16, OverflowLayerF16, OverflowLayerF32};
        use Metric::{OverflowedBf16, OverflowedF16, OverflowedF32};
        matches!(self, OverflowLayerF16 | OverflowLayerBf16 | OverflowLayerF32)
            || matches!(self, OverflowedF16 | OverflowedBf16 | OverflowedF32)
    }

    /// How often the entries of a layer are walked through for this metric, beside the moments.
    #[must_use]
    pub fn walks(self) -> usize {
        match self {
            Self::Correlation | Self::Decorrelation => 4,
            Self::CentredCorrelation => 5,
            Self::UnitVariance => 2,
            Self::FractionDead | Self::FractionSaturated => 1,
            _ => 0,
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_itself() {
        assert!(Site::ALL.iter().all(|&one| Site::parse(one.name()) == Some(one)));
        assert!(Metric::ALL.iter().all(|&one| Metric::parse(one.name()) == Some(one)));
    }
}

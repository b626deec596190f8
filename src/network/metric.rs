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
}

impl Metric {
    /// Every metric, in the order of the variants.
    pub const ALL: [Self; 13] = [
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
        }
    }

    /// The metric of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
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

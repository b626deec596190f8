//! What is measured, and where.

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

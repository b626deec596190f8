//! A confidence interval, and what its level means.

/// Confidence level of every interval in a summary.
pub const LEVEL: f64 = 0.95;

/// A two-sided confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
}

/// Probability below the upper limit of a two-sided interval.
pub(super) fn upper(level: f64) -> f64 {
    0.5 + 0.5 * level
}

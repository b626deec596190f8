//! What all intervals from equally many trials have in common.

use super::interval::upper;
use super::{median, student_t};

/// The critical values at one confidence level of lists of T values.
///
/// They cost more than the summary of a short list: whoever summarises many lists of one length computes them once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Critical {
    pub(super) trials: usize,
    pub(super) level: f64,
    /// Whether the level is promised: see [`Critical::guaranteed`].
    pub(super) is_guaranteed: bool,
    /// Student's quantile for the mean, T - 1 degrees of freedom; `None` for fewer than two values.
    pub(super) t: Option<f64>,
    /// See [`median::ranks`].
    pub(super) ranks: Option<(u64, u64)>,
}

impl Critical {
    /// Those of lists of `trials` values at the confidence `level`. O(T) below 1000 values, O(sqrt T) above.
    #[must_use]
    pub fn new(trials: usize, level: f64) -> Self {
        let t = student_t::quantile(upper(level), (trials as u64).saturating_sub(1));
        Self { trials, level, is_guaranteed: false, t, ranks: median::ranks(trials as u64, level) }
    }

    /// Those of intervals whose level is promised: of many at once, or after a look. Proportions get the interval of
    /// Clopper and Pearson instead of Wilson's, means get [`Estimate::guaranteed`](super::Estimate::guaranteed)
    /// instead of Student's.
    #[must_use]
    pub fn guaranteed(trials: usize, level: f64) -> Self {
        Self { is_guaranteed: true, ..Self::new(trials, level) }
    }
}

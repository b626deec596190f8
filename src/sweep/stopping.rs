//! When a cell has trials enough.

use std::fmt;

use super::clause::Statistic;
use super::expression::number;
use crate::network::{Metric, Site};

/// Trials that depend on what they show: at least `min`, at most the trials of the sweep, and between them as many
/// as the targets need.
#[derive(Clone, Debug, PartialEq)]
pub struct Stopping {
    /// Trials at the first look.
    pub min: u64,
    /// What is to be known, and how well; at least one.
    pub targets: Vec<Target>,
}

/// A statistic of a metric that is to be known to some precision, at every place where it is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The metric.
    pub metric: Metric,
    /// Its site; all that are measured if `None`.
    pub site: Option<Site>,
    /// Which number of its law.
    pub statistic: Statistic,
    /// How well it is to be known: the largest half-width of its interval. Fingerprints contain the name of the field.
    pub precision: Accuracy,
}

/// A largest half-width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Accuracy {
    /// In the unit of the number.
    Absolute(f64),
    /// In parts of the number. One that is truly 0 never gets there.
    Relative(f64),
    /// In parts of the root mean square of the entries there, the median over trials of the metric `rms`.
    RmsRelative(f64),
}

impl fmt::Display for Accuracy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absolute(part) => write!(f, "absolute {}", number(*part)),
            Self::Relative(part) => write!(f, "relative {}", number(*part)),
            Self::RmsRelative(part) => write!(f, "rms_relative {}", number(*part)),
        }
    }
}

/// The numbers of trials at which the targets are looked at: `min`, its doubles, and `max`.
///
/// They are fixed beforehand, and so is their number K: with every interval at the level `1 - (1 - level) / K` the
/// intervals of all looks hold together with probability `level` or more, and so does the one of the look at which
/// the run stops, whatever made it stop (Bonferroni).
#[must_use]
pub fn looks(min: u64, max: u64) -> Vec<u64> {
    let doubles = std::iter::successors(Some(min.max(1)), |trials| trials.checked_mul(2));
    doubles.take_while(|&trials| trials < max).chain([max]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_double_and_end_at_the_most_trials() {
        assert_eq!(looks(64, 1000), [64, 128, 256, 512, 1000]);
        assert_eq!(looks(64, 128), [64, 128]);
        assert_eq!(looks(100, 100), [100]);
        assert_eq!(looks(u64::MAX - 1, u64::MAX), [u64::MAX - 1, u64::MAX]);
    }
}

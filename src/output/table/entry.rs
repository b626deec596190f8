//! One row as fields for eyes.

use super::numbers::{plus_minus, significant};
use crate::output::row::Row;
use crate::statistics::reliability::MIN_TRIALS;

/// The estimate with its interval, or what there is in its place.
pub(super) fn estimate(row: &Row) -> String {
    match (row.estimate, row.conf_low, row.conf_high, row.median) {
        (Some(estimate), Some(low), Some(high), _) => plus_minus(estimate, low, high),
        (.., Some(median)) => format!("median {}", significant(median, 5)),
        _ => "undefined".to_owned(),
    }
}

/// The prediction with its kind.
pub(super) fn theory(row: &Row) -> String {
    let theory = row.theory.zip(row.theory_kind);
    theory.map_or(String::new(), |(value, kind)| format!("{} {}", significant(value, 7), kind.name()))
}

/// How far the two are from each other.
pub(super) fn z(row: &Row) -> String {
    row.z.map_or(String::new(), |z| format!("{z:+.2}"))
}

/// Why the interval of an estimate is not to be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    NonFinite,
    NoSpread,
    FewTrials,
    HeavyTail,
}

impl Doubt {
    pub const ALL: [Self; 4] = [Self::NonFinite, Self::NoSpread, Self::FewTrials, Self::HeavyTail];

    /// The doubt about a row, if there is any.
    pub fn of(row: &Row) -> Option<Self> {
        match row {
            Row { reliable: true, .. } => None,
            Row { nonfinite: 1.., .. } => Some(Self::NonFinite),
            Row { trials: ..MIN_TRIALS, .. } => Some(Self::FewTrials),
            Row { sd: Some(sd), .. } if *sd > 0.0 => Some(Self::HeavyTail),
            _ => Some(Self::NoSpread),
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::NonFinite => "non-finite",
            Self::NoSpread => "no spread",
            Self::FewTrials => "few trials",
            Self::HeavyTail => "heavy tail",
        }
    }

    /// What the name means.
    pub fn meaning(self) -> String {
        match self {
            Self::NonFinite => "in some trials the number is infinite or undefined".to_owned(),
            Self::NoSpread => "all trials give the same number".to_owned(),
            Self::FewTrials => format!("fewer than {MIN_TRIALS}"),
            Self::HeavyTail => "rare large values decide the mean: see the median".to_owned(),
        }
    }
}

/// The doubt about a row, with the number of trials that are not finite.
pub(super) fn doubt(row: &Row) -> String {
    match Doubt::of(row) {
        None => String::new(),
        Some(Doubt::NonFinite) => format!("unreliable: {} of {} non-finite", row.nonfinite, row.trials),
        Some(doubt) => format!("unreliable: {}", doubt.name()),
    }
}

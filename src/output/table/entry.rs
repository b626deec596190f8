//! One row as fields for eyes.

use super::numbers::{plus_minus, significant};
use crate::output::row::Row;
use crate::statistics::Reliability;

/// The estimate with its interval, or what there is in its place.
#[must_use]
pub fn estimate(row: &Row) -> String {
    match (row.estimate, row.conf_low, row.conf_high, row.median) {
        (Some(estimate), Some(low), Some(high), _) => plus_minus(estimate, low, high),
        (.., Some(median)) => format!("median {}", significant(median, 5)),
        _ => "undefined".to_owned(),
    }
}

/// The prediction with its kind.
#[must_use]
pub fn theory(row: &Row) -> String {
    let theory = row.theory.zip(row.theory_kind);
    theory.map_or(String::new(), |(value, kind)| format!("{} {}", significant(value, 7), kind.name()))
}

/// How far the two are from each other.
pub(super) fn z(row: &Row) -> String {
    row.z.map_or(String::new(), |z| format!("{z:+.2}"))
}

/// Why the interval of an estimate is not to be relied on, if anything speaks against it; with the number of trials that are
/// not finite.
pub(super) fn doubt(row: &Row) -> String {
    match row.reliability {
        Reliability::Ok => String::new(),
        Reliability::NonFinite if row.nonfinite > 0 => {
            format!("unreliable: {} of {} non-finite", row.nonfinite, row.trials)
        }
        doubt => format!("unreliable: {doubt}"),
    }
}

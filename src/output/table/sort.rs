//! By which number the lines of a list are sorted.

use crate::output::row::Row;

/// A number of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The estimate.
    Estimate,
    /// The spread over trials.
    Sd,
    /// What theory predicts.
    Theory,
    /// The distance of the two, in standard errors, whatever its sign.
    Z,
    /// Trials.
    Trials,
}

impl Key {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Estimate, Self::Sd, Self::Theory, Self::Z, Self::Trials];

    /// Its name, that of the column.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Estimate => "estimate",
            Self::Sd => "sd",
            Self::Theory => "theory",
            Self::Z => "z",
            Self::Trials => "trials",
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of trials are far below 2^53")]
    fn of(self, row: &Row) -> Option<f64> {
        match self {
            Self::Estimate => row.estimate,
            Self::Sd => row.sd,
            Self::Theory => row.theory,
            Self::Z => row.z.map(f64::abs),
            Self::Trials => Some(row.trials as f64),
        }
    }
}

/// The largest first, and last those that have no such number.
pub(super) fn sort<T>(lines: &mut [(T, &Row)], key: Key) {
    let number = |row: &Row| key.of(row).unwrap_or(f64::NEG_INFINITY);
    lines.sort_by(|(_, a), (_, b)| number(b).total_cmp(&number(a)));
}

//! By which number the lines of a list are sorted.

use crate::named::named;
use crate::output::row::Row;

named! {
    /// A number of a row.
    pub enum Key as "column" {
        /// The estimate.
        Estimate = "estimate",
        /// The spread over trials.
        Sd = "sd",
        /// What theory predicts.
        Theory = "theory",
        /// The distance of the two, in standard errors, whatever its sign.
        Z = "z",
        /// Trials.
        Trials = "trials",
    }
}

impl Key {
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

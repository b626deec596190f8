//! Whether a number is one that a parameter may be.

use super::cost::as_f64;
use super::error::Problem;

/// A whole number from 1 to `largest`.
#[expect(clippy::cast_precision_loss, reason = "`largest` is below 2^53")]
pub(super) fn whole(value: f64, largest: usize) -> Result<(), Problem> {
    if value < 1.0 || value > largest as f64 {
        Err(Problem::OutOfRange { value, largest })
    } else if value.fract() != 0.0 {
        Err(Problem::Fraction(value))
    } else {
        Ok(())
    }
}

/// The correlations that `batch` inputs can have, each two of them the same: those of a covariance matrix whose
/// eigenvalues `1 - c` and `1 + (B-1) c` are not negative. A single input has no pairs; any from -1 to 1 will do.
pub(super) fn correlation(value: f64, batch: usize) -> Result<(), Problem> {
    let least = -1.0 / as_f64(batch.saturating_sub(1).max(1));
    if (least..=1.0).contains(&value) { Ok(()) } else { Err(Problem::Correlation { value, least, batch }) }
}

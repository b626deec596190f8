//! An estimate that is asymptotically normal: its standard error, and how well that is known.

use super::interval::{Interval, upper};
use super::moments::Moments;
use super::student_t;

/// A number with its standard error and the degrees of freedom behind that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Its standard error.
    pub std_error: f64,
    /// Degrees of freedom of the standard error, at least 1.
    pub dof: u64,
}

impl Estimate {
    /// Returns the mean of a sample; `None` where its sd is undefined.
    #[must_use]
    pub fn of(moments: &Moments) -> Option<Self> {
        Some(Self { value: moments.mean, std_error: moments.std_error()?, dof: moments.count as u64 - 1 })
    }

    /// Returns Student's interval `value -+ t_dof std_error`; `None` for a limit beyond the range of f64.
    ///
    /// For a mean exact on normal data (Student 1908); for skewed data see [`super::reliability`].
    #[must_use]
    pub fn interval(&self, level: f64) -> Option<Interval> {
        self.within(student_t::quantile(upper(level), self.dof)?)
    }

    /// The same from the quantile `t`.
    pub(super) fn within(&self, t: f64) -> Option<Interval> {
        let half = t * self.std_error;
        let (low, high) = (self.value - half, self.value + half);
        (low.is_finite() && high.is_finite()).then_some(Interval { low, high })
    }
}

/// Returns `sum c_i e_i` of independent estimates.
///
/// ```text
/// variance = sum c_i^2 s_i^2
/// dof      = variance^2 / sum (c_i^2 s_i^2)^2 / dof_i      rounded down  (Welch 1947, Satterthwaite 1946)
/// ```
///
/// `None` where the variance is 0 or any term is not finite. Scaled by a power of two, so that no square overflows.
#[must_use]
pub fn combine(terms: &[(f64, Estimate)]) -> Option<Estimate> {
    let spreads: Vec<f64> = terms.iter().map(|(c, e)| (c * e.std_error).abs()).collect();
    let largest = spreads.iter().fold(0.0, |max: f64, &s| max.max(s));
    if largest == 0.0 || !spreads.iter().all(|s| s.is_finite()) {
        return None;
    }
    let exponent = libm::ilogb(largest);
    let variances = || spreads.iter().map(|&s| libm::scalbn(s, -exponent)).map(|s| s * s);
    let variance: f64 = variances().sum();
    let spread_of_it: f64 = variances().zip(terms).map(|(v, (_, e))| v * v / e.dof as f64).sum();
    let value: f64 = terms.iter().map(|(c, e)| c * e.value).sum();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least the smallest dof")]
    let dof = ((variance * variance / spread_of_it) as u64).max(1);
    let std_error = libm::scalbn(variance.sqrt(), exponent);
    (value.is_finite() && std_error.is_finite()).then_some(Estimate { value, std_error, dof })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_of_two_equal_samples_has_both_their_degrees_of_freedom() {
        let one = Estimate { value: 3.0, std_error: 0.5, dof: 9 };
        let other = Estimate { value: 1.0, ..one };
        let difference = combine(&[(1.0, one), (-1.0, other)]).unwrap();
        assert_eq!((difference.value, difference.dof), (2.0, 18));
        assert!((difference.std_error - 0.5_f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn a_term_without_spread_adds_nothing_and_none_at_all_is_undefined() {
        let one = Estimate { value: 3.0, std_error: 0.5, dof: 9 };
        let exact = Estimate { value: 1.0, std_error: 0.0, dof: 9 };
        assert_eq!(combine(&[(1.0, one), (2.0, exact)]), Some(Estimate { value: 5.0, ..one }));
        assert_eq!(combine(&[(1.0, exact)]), None);
    }

    #[test]
    fn squares_that_would_overflow_do_not() {
        let one = Estimate { value: 0.0, std_error: 1e200, dof: 5 };
        let sum = combine(&[(1.0, one), (1.0, one)]).unwrap();
        assert!((sum.std_error / 1e200 - 2.0_f64.sqrt()).abs() < 1e-15);
    }
}

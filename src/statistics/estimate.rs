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
    /// Skewness of the number: of a mean that of the sample over the root of its size. 0 where it is undefined.
    pub skewness: f64,
}

impl Estimate {
    /// Returns the mean of a sample; `None` where its sd is undefined.
    #[must_use]
    pub fn of(moments: &Moments) -> Option<Self> {
        let skewness = moments.skewness.unwrap_or(0.0) / (moments.count as f64).sqrt();
        Some(Self {
            value: moments.mean,
            std_error: moments.std_error()?,
            dof: moments.count as u64 - 1,
            skewness,
        })
    }

    /// Returns Student's interval `value -+ t_dof std_error`; `None` for a limit beyond the range of f64.
    ///
    /// For a mean exact on normal data (Student 1908); for skewed data see [`super::reliability`].
    #[must_use]
    pub fn interval(&self, level: f64) -> Option<Interval> {
        self.within(student_t::quantile(upper(level), self.dof)?)
    }

    /// Returns the interval for claims that must hold at their level, whatever it is: Student's, made longer on the
    /// side of the longer tail.
    ///
    /// ```text
    /// value - t s  ..  value + (t + c) s       c = skewness (2 t^2 + 1) / 6, for skewness >= 0; mirrored below
    /// ```
    ///
    /// c is the first-order term of Johnson's expansion (1978, JASA 73, 536; Edgeworth's of the t statistic): of a law
    /// with a long right tail, the mean of most samples is too low. The other side could be as much shorter; it is not,
    /// for the skewness is an estimate. The term grows with the square of t: Student's interval at the level of 40
    /// numbers misses about twice as often as promised where it is nearly right for one.
    #[must_use]
    pub fn guaranteed(&self, level: f64) -> Option<Interval> {
        self.lengthened(student_t::quantile(upper(level), self.dof)?)
    }

    /// Student's interval from the quantile `t`.
    pub(super) fn within(&self, t: f64) -> Option<Interval> {
        self.between(t, t)
    }

    /// [`Self::guaranteed`] from the quantile `t`.
    pub(super) fn lengthened(&self, t: f64) -> Option<Interval> {
        let shift = self.skewness * (2.0 * t * t + 1.0) / 6.0;
        self.between(t - shift.min(0.0), t + shift.max(0.0))
    }

    fn between(&self, below: f64, above: f64) -> Option<Interval> {
        let (low, high) = (self.value - below * self.std_error, self.value + above * self.std_error);
        (low.is_finite() && high.is_finite()).then_some(Interval { low, high })
    }
}

/// Returns `sum c_i e_i` of independent estimates.
///
/// ```text
/// variance = sum c_i^2 s_i^2
/// dof      = variance^2 / sum (c_i^2 s_i^2)^2 / dof_i      rounded down  (Welch 1947, Satterthwaite 1946)
/// skewness = sum (c_i s_i)^3 skewness_i / variance^(3/2)   third cumulants add up
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
    let third: f64 = variances().zip(terms).map(|(v, (c, e))| v * v.sqrt() * e.skewness * c.signum()).sum();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least the smallest dof")]
    let dof = ((variance * variance / spread_of_it) as u64).max(1);
    let std_error = libm::scalbn(variance.sqrt(), exponent);
    let skewness = third / (variance * variance.sqrt());
    (value.is_finite() && std_error.is_finite()).then_some(Estimate { value, std_error, dof, skewness })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_of_two_equal_samples_has_both_their_degrees_of_freedom() {
        let one = Estimate { value: 3.0, std_error: 0.5, dof: 9, skewness: 0.0 };
        let other = Estimate { value: 1.0, ..one };
        let difference = combine(&[(1.0, one), (-1.0, other)]).unwrap();
        assert_eq!((difference.value, difference.dof), (2.0, 18));
        assert!((difference.std_error - 0.5_f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn the_skewness_of_a_sum_is_that_of_its_third_cumulants() {
        // Exponential minus twice an exponential: third cumulants 2 - 16, variance 5.
        let one = Estimate { value: 1.0, std_error: 1.0, dof: 9, skewness: 2.0 };
        let sum = combine(&[(1.0, one), (-2.0, one)]).unwrap();
        assert!((sum.skewness + 14.0 / (5.0 * 5.0_f64.sqrt())).abs() < 1e-14);
    }

    #[test]
    fn a_guaranteed_interval_is_longer_on_the_side_of_the_tail_alone() {
        let one = Estimate { value: 3.0, std_error: 0.5, dof: 99, skewness: 0.1 };
        let (student, longer) = (one.interval(0.99).unwrap(), one.guaranteed(0.99).unwrap());
        let t = (student.high - 3.0) / 0.5;
        assert_eq!(longer.low, student.low);
        assert!((longer.high - (student.high + 0.5 * 0.1 * (2.0 * t * t + 1.0) / 6.0)).abs() < 1e-14);
        let mirrored = Estimate { skewness: -0.1, ..one }.guaranteed(0.99).unwrap();
        assert!(mirrored.high == student.high && mirrored.low < student.low);
    }

    #[test]
    fn a_term_without_spread_adds_nothing_and_none_at_all_is_undefined() {
        let one = Estimate { value: 3.0, std_error: 0.5, dof: 9, skewness: 0.0 };
        let exact = Estimate { value: 1.0, std_error: 0.0, dof: 9, skewness: 0.0 };
        assert_eq!(combine(&[(1.0, one), (2.0, exact)]), Some(Estimate { value: 5.0, ..one }));
        assert_eq!(combine(&[(1.0, exact)]), None);
    }

    #[test]
    fn squares_that_would_overflow_do_not() {
        let one = Estimate { value: 0.0, std_error: 1e200, dof: 5, skewness: 0.0 };
        let sum = combine(&[(1.0, one), (1.0, one)]).unwrap();
        assert!((sum.std_error / 1e200 - 2.0_f64.sqrt()).abs() < 1e-15);
    }
}

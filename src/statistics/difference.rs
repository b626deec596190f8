//! The difference of two means, from trials that share their draws or from independent ones.

use super::estimate::{Estimate, combine};
use super::moments::Moments;

/// Returns the mean difference of pairs, `a_t - b_t`: common random numbers cancel in it.
///
/// The trials are paired in order; what the longer list has more is left out. `None` for fewer than two pairs or
/// where a difference is not finite.
#[must_use]
pub fn paired(a: &[f64], b: &[f64]) -> Option<Estimate> {
    Estimate::of(&Moments::of(&pairs(a, b))?)
}

/// Returns the differences `a_t - b_t`.
#[must_use]
pub fn pairs(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// Returns the difference of the means of two independent samples (Welch).
#[must_use]
pub fn independent(a: &[f64], b: &[f64]) -> Option<Estimate> {
    let [a, b] = [a, b].map(|values| Estimate::of(&Moments::of(values)?));
    combine(&[(1.0, a?), (-1.0, b?)])
}

/// Returns the variance-reduction factor of pairing,
///
/// ```text
/// (Var a + Var b) / Var(a - b)
/// ```
///
/// how many times as many trials independent draws would need for an interval as short. Below 1 the pairing harms.
/// `None` where a variance is undefined or all differences are equal.
#[must_use]
pub fn variance_reduction(a: &[f64], b: &[f64]) -> Option<f64> {
    let sd = |values: &[f64]| Moments::of(values)?.sd;
    let count = a.len().min(b.len());
    let (a, b) = (&a[..count], &b[..count]);
    let of_pairs = sd(&pairs(a, b)).filter(|&sd| sd > 0.0)?;
    let [a, b] = [sd(a)? / of_pairs, sd(b)? / of_pairs];
    Some(a * a + b * b).filter(|factor| factor.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_shift_cancels_in_pairs() {
        let (a, b) = ([1.0, 5.0, 2.0, 8.0], [0.0, 4.0, 1.5, 6.5]);
        let difference = paired(&a, &b).unwrap();
        assert_eq!((difference.value, difference.dof), (1.0, 3));
        // Differences 1, 1, 0.5, 1.5 have variance 1/6; the samples have 10 and 24.5/3.
        let [of_a, of_b] = [10.0, 24.5 / 3.0];
        assert!((variance_reduction(&a, &b).unwrap() - (of_a + of_b) * 6.0).abs() < 1e-10);
    }

    #[test]
    fn welch_agrees_with_the_hand_computed_example() {
        // Var = 1 and 4 from 3 values each: se^2 = 5/3, dof = (5/3)^2 / ((1/3)^2 + (4/3)^2) * 2 = 2.94.
        let difference = independent(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]).unwrap();
        assert_eq!((difference.value, difference.dof), (-2.0, 2));
        assert!((difference.std_error - (5.0_f64 / 3.0).sqrt()).abs() < 1e-15);
    }

    #[test]
    fn equal_lists_have_no_factor() {
        assert_eq!(variance_reduction(&[1.0, 2.0], &[1.0, 2.0]), None);
        assert_eq!(paired(&[1.0], &[2.0]), None);
    }
}

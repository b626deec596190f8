//! Whether the t interval of a mean can be trusted.
//!
//! Skewness is what breaks the t interval. Cochran (1977, Sampling Techniques, 3rd ed., section 2.15) found
//! that a 95 % interval misses at most about 6 % of the time once
//!
//! ```text
//! T > 25 gamma^2            gamma the skewness of the law
//! ```
//!
//! The trouble is that a heavy tail hides its skewness: the estimate from T values is below `sqrt T`
//! whatever the law, and `sample skewness < sqrt T / 5` selects exactly those samples that missed the tail.
//! (Log-normal with sd 1.5 of the log, T = 1000: the sample passes in 21 % of the cases, and then the
//! interval covers in 78 %.) So for data of one sign a second skewness is asked, which the bulk of the data
//! reveals: that of the log-normal law with the same upper tail,
//!
//! ```text
//! sigma = ln(q97.5 / q75) / (z.975 - z.75)
//! gamma = (e^(sigma^2) + 2) sqrt(e^(sigma^2) - 1)
//! ```
//!
//! with quantiles of magnitudes. Products over layers make log-normal tails, so this is the natural
//! yardstick here; tails lighter than that (uniform, exponential, chi-squared) give a sigma that asks for
//! somewhat more trials than Cochran's rule, never fewer than their own sample skewness asks for. Sigma 1
//! needs 955 trials, sigma 2 needs 4 million: the mean of such data is out of reach, and its median or
//! geometric mean is the number to print.
//!
//! The rule is a gate, not a promise about what passes it: at most about 6 % of all samples are called reliable and
//! miss, but near the border of the rule those that pass are the ones that missed the tail. Second moments of relu
//! networks, n = 61, layer 9: the interval covers in 94 % of all samples, 7 % of them pass, and of those 73 % cover.

use super::moments::Moments;
use super::quantiles::{sorted, type7};
use crate::named::named;

/// Trials below which nothing is called reliable: a sample skewness has the standard error `sqrt(6/T)`, and
/// only from here on is the limit `sqrt T / 5` three of them away from 0.
pub const MIN_TRIALS: usize = 37;

/// Cochran's constant.
const TRIALS_PER_SQUARED_SKEWNESS: f64 = 25.0;

/// `z.975 - z.75` of the standard normal law.
const NORMAL_TAIL_SPREAD: f64 = 1.959_963_984_540_054 - 0.674_489_750_196_081_7;

named! {
    /// Whether an interval can be trusted, and what speaks against it.
    #[derive(Default)]
    pub enum Reliability as "reliability" {
        /// Nothing does.
        Ok = "ok",
        /// Fewer than [`MIN_TRIALS`] trials.
        FewTrials = "few-trials",
        /// The law is too skewed for so few trials: see the module docs.
        HeavyTail = "heavy-tail",
        /// Some values are infinite or NaN, or the interval leaves the range of f64.
        NonFinite = "non-finite",
        /// All values are equal, so the interval is a point: no number of equal values shows that others cannot occur.
        Constant = "constant",
        /// There are no trials.
        #[default]
        Empty = "empty",
    }
}

impl Reliability {
    /// Returns whether nothing speaks against the interval.
    #[must_use]
    pub fn is_ok(self) -> bool {
        self == Self::Ok
    }

    /// The t interval for the mean of `values`, whose moments these are; `None` where a value is not finite.
    ///
    /// See the module docs for the rule and its source.
    #[must_use]
    pub fn of_mean(values: &[f64], moments: Option<&Moments>) -> Self {
        sorted(values).map_or(Self::NonFinite, |ascending| Self::of_sorted(&ascending, moments))
    }

    /// The same of values in ascending order.
    #[must_use]
    pub fn of_sorted(ascending: &[f64], moments: Option<&Moments>) -> Self {
        if ascending.is_empty() {
            return Self::Empty;
        }
        let Some(moments) = moments else { return Self::NonFinite };
        match moments.sd {
            _ if moments.count < MIN_TRIALS => Self::FewTrials,
            None => Self::NonFinite,
            Some(0.0) => Self::Constant,
            Some(_) if is_light(moments, ascending) => Self::Ok,
            Some(_) => Self::HeavyTail,
        }
    }

    /// The interval of a proportion; values other than 0 and 1 are no part of one.
    #[must_use]
    pub fn of_proportion(values: &[f64]) -> Self {
        match values.len() {
            0 => Self::Empty,
            _ if !values.iter().all(|&x| x == 0.0 || x == 1.0) => Self::NonFinite,
            trials if trials < MIN_TRIALS => Self::FewTrials,
            _ => Self::Ok,
        }
    }
}

/// Whether the tail is light enough for so many trials.
fn is_light(moments: &Moments, ascending: &[f64]) -> bool {
    let seen = moments.skewness.unwrap_or(0.0);
    let implied = implied_skewness(ascending).unwrap_or(0.0);
    let limit = moments.count as f64 / TRIALS_PER_SQUARED_SKEWNESS;
    seen * seen < limit && implied * implied < limit
}

/// Returns the skewness of the log-normal law that shares the outer tail of the data.
///
/// `None` for data of both signs, or where the upper quartile of the magnitudes is 0.
fn implied_skewness(ascending: &[f64]) -> Option<f64> {
    let (near, far) = if *ascending.first()? >= 0.0 {
        (type7(ascending, 0.75)?, type7(ascending, 0.975)?)
    } else if *ascending.last()? <= 0.0 {
        (-type7(ascending, 0.25)?, -type7(ascending, 0.025)?)
    } else {
        return None;
    };
    if near <= 0.0 {
        return None;
    }
    let sigma = (libm::log(far) - libm::log(near)) / NORMAL_TAIL_SPREAD;
    let excess = libm::expm1(sigma * sigma);
    Some((excess + 3.0) * excess.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::normal;

    #[test]
    fn tail_spread_is_the_difference_of_two_normal_quantiles() {
        let spread = normal::quantile(0.975).unwrap() - normal::quantile(0.75).unwrap();
        assert!((spread - NORMAL_TAIL_SPREAD).abs() < 4.0 * f64::EPSILON);
    }

    #[test]
    fn an_exact_log_normal_sample_implies_its_own_skewness() {
        // gamma(sigma = 1) = (e + 2) sqrt(e - 1) = 6.18...; midpoint quantiles of 100,001 values are the
        // law's to 1e-4.
        let count = 100_001;
        let at = |i: u32| libm::exp(normal::quantile((f64::from(i) + 0.5) / f64::from(count)).unwrap());
        let ascending: Vec<f64> = (0..count).map(at).collect();
        let e = std::f64::consts::E;
        let expected = (e + 2.0) * (e - 1.0).sqrt();
        assert!((implied_skewness(&ascending).unwrap() / expected - 1.0).abs() < 1e-3);
        let mirrored: Vec<f64> = ascending.iter().rev().map(|x| -x).collect();
        assert_eq!(implied_skewness(&mirrored), implied_skewness(&ascending));
    }

    #[test]
    fn data_of_both_signs_imply_nothing() {
        assert_eq!(implied_skewness(&[-1.0, 2.0]), None);
        assert_eq!(implied_skewness(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]), None);
        assert_eq!(implied_skewness(&[]), None);
    }
}

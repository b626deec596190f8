//! From trial values to an estimate with an interval, or to the reason why there is none.

use crate::statistics::quantiles::{sorted, type7};
use crate::statistics::{Estimate, Interval, Moments, Reliability, median, proportion, reliability};
use crate::sweep::Statistic;

/// A number, its interval, and why the interval is not to be relied on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Estimated {
    /// The number, if it is defined.
    pub value: Option<f64>,
    /// Its interval, if it has one.
    pub interval: Option<Interval>,
    /// What speaks against relying on it; `None` if nothing does.
    pub doubt: Option<String>,
}

impl Estimated {
    /// No number at all.
    pub fn undefined(doubt: impl Into<String>) -> Self {
        Self { doubt: Some(doubt.into()), ..Self::default() }
    }

    fn new(value: f64, interval: Option<Interval>, doubt: Option<String>) -> Self {
        let doubt = doubt.or_else(|| interval.is_none().then(|| "it has no interval".to_owned()));
        Self { value: Some(value), interval, doubt }
    }
}

/// Estimates a statistic of the law of `values`; `level` is that of the interval, and promised: see
/// [`crate::statistics::Critical::guaranteed`].
pub fn estimate(values: &[f64], statistic: Statistic, is_indicator: bool, level: f64) -> Estimated {
    match statistic {
        Statistic::Mean if is_indicator => proportion(values, level),
        Statistic::Mean => mean(values, level),
        Statistic::Log2 => match logs(values) {
            Ok(logs) => mean(&logs, level),
            Err(doubt) => Estimated::undefined(doubt),
        },
        Statistic::Median => middle(values, level),
    }
}

/// The log2 of all values.
///
/// # Errors
///
/// How many have none, or an infinite one.
pub fn logs(values: &[f64]) -> Result<Vec<f64>, String> {
    count(values, |x| x > 0.0 && x.is_finite(), "no finite log2")?;
    Ok(values.iter().map(|&x| libm::log2(x)).collect())
}

/// The mean with the interval for claims.
pub fn mean(values: &[f64], level: f64) -> Estimated {
    if let Err(doubt) = count(values, f64::is_finite, "no finite value") {
        return Estimated::undefined(doubt);
    }
    let Some(moments) = Moments::of(values) else { return Estimated::undefined("there are no trials") };
    let interval = Estimate::of(&moments).and_then(|estimate| estimate.guaranteed(level));
    Estimated::new(moments.mean, interval, doubt_of_mean(values, &moments))
}

/// Why the interval of a mean is not to be relied on, if that is so: as in the column `reliability`.
pub fn doubt_of_mean(values: &[f64], moments: &Moments) -> Option<String> {
    doubt(Reliability::of_mean(values, Some(moments)), values.len())
}

/// The same in words.
fn doubt(reliability: Reliability, trials: usize) -> Option<String> {
    Some(match reliability {
        Reliability::Ok => return None,
        Reliability::FewTrials => {
            format!("{trials} trials, and at least {} are needed", reliability::MIN_TRIALS)
        }
        Reliability::HeavyTail => "the tail is too heavy for so few trials".to_owned(),
        Reliability::NonFinite => "not all trials have a finite value".to_owned(),
        Reliability::Constant => "the trials have no spread".to_owned(),
        Reliability::Empty => "there are no trials".to_owned(),
    })
}

fn proportion(values: &[f64], level: f64) -> Estimated {
    let ones = values.iter().filter(|&&x| x > 0.0).count() as u64;
    let trials = values.len() as u64;
    let Some(interval) = proportion::exact(ones, trials, level) else {
        return Estimated::undefined("there are no trials");
    };
    let doubt = doubt(Reliability::of_proportion(values), values.len());
    Estimated::new(values.iter().sum::<f64>() / as_f64(values.len()), Some(interval), doubt)
}

fn middle(values: &[f64], level: f64) -> Estimated {
    if let Err(doubt) = count(values, |x| !x.is_nan(), "no value") {
        return Estimated::undefined(doubt);
    }
    let ascending = sorted(values).unwrap_or_default();
    let Some(value) = type7(&ascending, 0.5) else { return Estimated::undefined("the median is undefined") };
    let interval = median::interval(&ascending, level);
    let doubt = interval.is_none().then(|| format!("{} trials are too few for its interval", values.len()));
    Estimated::new(value, interval, doubt)
}

/// Whether all values are `good`.
fn count(values: &[f64], good: impl Fn(f64) -> bool, what: &str) -> Result<(), String> {
    match values.iter().filter(|&&x| !good(x)).count() {
        0 => Ok(()),
        bad => Err(format!("{bad} of {} trials have {what}", values.len())),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of trials are far below 2^53")]
fn as_f64(count: usize) -> f64 {
    count as f64
}

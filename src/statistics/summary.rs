//! One row of a summary: everything that is printed about one observable.

use super::critical::Critical;
use super::estimate::Estimate;
use super::interval::{Interval, LEVEL};
use super::moments::Moments;
use super::quantiles::{sorted, type7};
use super::{Reliability, median, proportion};

/// What one trial value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A number: t interval for the mean, order statistics, and logs where all values are positive.
    Value,
    /// 0 or 1: the proportion of ones, with Wilson's interval, or that of Clopper and Pearson.
    Indicator,
}

/// Estimates and 95 % intervals from the trials of one observable. The fields are the columns of a summary
/// file; `None` is an empty field.
///
/// - A non-finite value makes mean, sd and their interval undefined: no finite number would describe such
///   data.
/// - Order statistics survive infinities, and may be infinite themselves; a single NaN has no rank and
///   leaves them undefined.
/// - The log columns need strictly positive, finite values.
/// - An indicator has neither order statistics nor logs: its proportion says everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Number of values, T.
    pub trials: usize,
    /// How many of them are infinite or NaN.
    pub nonfinite: usize,
    /// Mean of the values; the proportion of ones for an indicator.
    pub estimate: Option<f64>,
    /// Standard deviation of one trial, divisor `T - 1`.
    pub sd: Option<f64>,
    /// Standard error of the estimate, `sd / sqrt T`.
    pub std_error: Option<f64>,
    /// Lower limit of the interval for the expectation: see [`Critical`].
    pub conf_low: Option<f64>,
    /// Upper limit of that interval.
    pub conf_high: Option<f64>,
    /// Sample median (type 7).
    pub median: Option<f64>,
    /// Lower limit of the order-statistic interval for the median.
    pub median_low: Option<f64>,
    /// Upper limit of that interval.
    pub median_high: Option<f64>,
    /// Mean of `log2` of the values: the log2 of their geometric mean.
    pub log2_estimate: Option<f64>,
    /// Lower limit of its t interval.
    pub log2_low: Option<f64>,
    /// Upper limit of its t interval.
    pub log2_high: Option<f64>,
    /// Smallest value.
    pub min: Option<f64>,
    /// 2.5 % quantile (type 7).
    pub q025: Option<f64>,
    /// Lower quartile.
    pub q25: Option<f64>,
    /// Upper quartile.
    pub q75: Option<f64>,
    /// 97.5 % quantile.
    pub q975: Option<f64>,
    /// Largest value.
    pub max: Option<f64>,
    /// Whether the interval for the expectation can be trusted.
    pub reliability: Reliability,
}

impl Summary {
    /// Summarises the `values` of one observable, in trial order.
    ///
    /// Deterministic: equal values in equal order give equal bits. Cost O(T log T).
    #[must_use]
    pub fn of(values: &[f64], kind: Kind) -> Self {
        Self::within(values, kind, &Critical::new(values.len(), LEVEL))
    }

    /// The same with intervals from the critical values of lists of this length.
    ///
    /// # Panics
    ///
    /// If they are those of another length.
    #[must_use]
    pub fn within(values: &[f64], kind: Kind, critical: &Critical) -> Self {
        assert_eq!(
            values.len(),
            critical.trials,
            "the critical values are those of another number of trials"
        );
        let mut summary = Self {
            trials: values.len(),
            nonfinite: values.iter().filter(|x| !x.is_finite()).count(),
            ..Self::default()
        };
        let moments = Moments::of(values);
        if let Some(moments) = &moments {
            summary.estimate = Some(moments.mean);
            summary.sd = moments.sd;
            summary.std_error = moments.std_error();
        }
        match kind {
            Kind::Value => summary.add_value_columns(values, moments.as_ref(), critical),
            Kind::Indicator => summary.add_proportion(values, critical),
        }
        summary
    }

    fn add_value_columns(&mut self, values: &[f64], moments: Option<&Moments>, critical: &Critical) {
        let mean = moments.and_then(|moments| mean(moments, critical));
        (self.conf_low, self.conf_high) = limits(mean);
        self.add_logs(values, critical);
        let Some(ascending) = sorted(values) else {
            self.reliability = Reliability::NonFinite;
            return;
        };
        self.add_order_statistics(&ascending, critical);
        self.reliability = match Reliability::of_sorted(&ascending, moments) {
            Reliability::Ok if mean.is_none() => Reliability::NonFinite,
            found => found,
        };
    }

    fn add_logs(&mut self, values: &[f64], critical: &Critical) {
        if !values.iter().all(|&x| x > 0.0) {
            return;
        }
        let logs: Vec<f64> = values.iter().map(|&x| libm::log2(x)).collect();
        let Some(moments) = Moments::of(&logs) else { return };
        self.log2_estimate = Some(moments.mean);
        (self.log2_low, self.log2_high) = limits(mean(&moments, critical));
    }

    fn add_order_statistics(&mut self, ascending: &[f64], critical: &Critical) {
        self.min = ascending.first().copied();
        self.q025 = type7(ascending, 0.025);
        self.q25 = type7(ascending, 0.25);
        self.median = type7(ascending, 0.5);
        self.q75 = type7(ascending, 0.75);
        self.q975 = type7(ascending, 0.975);
        self.max = ascending.last().copied();
        (self.median_low, self.median_high) =
            limits(critical.ranks.and_then(|ranks| median::between(ascending, ranks)));
    }

    fn add_proportion(&mut self, values: &[f64], critical: &Critical) {
        self.reliability = Reliability::of_proportion(values);
        if self.reliability == Reliability::NonFinite {
            return;
        }
        let successes = values.iter().filter(|&&x| x == 1.0).count();
        if !values.is_empty() {
            // Two exact counts and one rounding: the mean of the values may be off by some units in the last place.
            self.estimate = Some(successes as f64 / values.len() as f64);
        }
        let interval = if critical.is_guaranteed { proportion::exact } else { proportion::interval };
        (self.conf_low, self.conf_high) =
            limits(interval(successes as u64, values.len() as u64, critical.level));
    }
}

/// Student's interval for the expectation.
fn mean(moments: &Moments, critical: &Critical) -> Option<Interval> {
    let (estimate, t) = (Estimate::of(moments)?, critical.t?);
    if critical.is_guaranteed { estimate.lengthened(t) } else { estimate.within(t) }
}

/// Splits an interval into two columns.
fn limits(interval: Option<Interval>) -> (Option<f64>, Option<f64>) {
    (interval.map(|interval| interval.low), interval.map(|interval| interval.high))
}

//! Has a cell trials enough?

use super::estimate::{Estimated, estimate};
use super::{Observable, Run};
use crate::network::Metric;
use crate::statistics::quantiles::{sorted, type7};
use crate::statistics::{LEVEL, joint};
use crate::sweep::{Accuracy, Layers, Stopping, Target};

/// Where a cell stopped, and what kept it from stopping earlier.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// Its trials.
    pub trials: usize,
    /// Whether every target is reached; if not, the trials are the most allowed.
    pub reached: bool,
    /// The target that was the farthest from being reached at the last look.
    pub limit: Option<Limit>,
}

/// A target at one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// Index of the target.
    pub target: usize,
    /// The place.
    pub place: Observable,
    /// Half-width of the interval there, the larger half of an uneven one.
    pub half_width: Option<f64>,
    /// The largest that was allowed.
    pub allowed: Option<f64>,
    /// Why the interval is not to be relied on, if that is so: then the target is not reached.
    pub doubt: Option<String>,
}

impl Limit {
    /// How many times too wide the interval is: at most 1 where the target is reached.
    fn excess(&self) -> f64 {
        match (self.half_width, self.allowed, &self.doubt) {
            (Some(half), Some(allowed), None) if allowed > 0.0 => half / allowed,
            _ => f64::INFINITY,
        }
    }
}

/// Looks at the targets of one cell after `trials` trials; `None` if it needs more, and `is_last` is false.
#[must_use]
pub fn settle(run: &Run, stopping: &Stopping, cell: usize, trials: usize, is_last: bool) -> Option<Settled> {
    let mut limit: Option<Limit> = None;
    for (index, target) in stopping.targets.iter().enumerate() {
        for place in places(run, target, cell) {
            let found = reach(run, index, target, place);
            if limit.as_ref().is_none_or(|limit| found.excess() > limit.excess()) {
                limit = Some(found);
            }
        }
    }
    let reached = limit.as_ref().is_none_or(|limit| limit.excess() <= 1.0);
    (reached || is_last).then_some(Settled { trials, reached, limit })
}

/// Where a target is looked at.
fn places(run: &Run, target: &Target, cell: usize) -> Vec<Observable> {
    let sites = run.measure.sites.iter().filter(|&&site| target.site.is_none_or(|wanted| wanted == site));
    let at = |&site| {
        let layers = run.layers(cell, site, &Layers::All);
        layers.into_iter().map(move |layer| Observable { cell, layer, site, metric: target.metric })
    };
    sites.flat_map(at).collect()
}

fn reach(run: &Run, index: usize, target: &Target, place: Observable) -> Limit {
    let level = joint::each(LEVEL, run.looks);
    let values = (run.values)(place);
    let Estimated { value, interval, doubt } =
        estimate(&values, target.statistic, target.metric.is_indicator(), level);
    let half_width = value.zip(interval).map(|(value, i)| (i.high - value).max(value - i.low));
    let allowed = match target.precision {
        Accuracy::Absolute(width) => Some(width),
        Accuracy::Relative(part) => value.map(|value| part * value.abs()),
        Accuracy::RmsRelative(part) => {
            let rms = sorted(&(run.values)(Observable { metric: Metric::Rms, ..place }));
            rms.and_then(|rms| type7(&rms, 0.5)).filter(|rms| rms.is_finite()).map(|rms| part * rms)
        }
    };
    Limit { target: index, place, half_width, allowed, doubt }
}

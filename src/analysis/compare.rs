//! Differences between cells.

use std::collections::HashMap;

use super::estimate::logs;
use super::{Observable, Run};
use crate::named::named;
use crate::network::{Metric, Site};
use crate::statistics::{Estimate, Interval, LEVEL, Moments, Reliability, difference, joint, proportion};
use crate::sweep::{Cell, Compare, Layers, Measure, Parameter, Subject, SweepError};

named! {
    /// How the draws of two cells are related.
    pub enum Draws as "draws" {
        /// Trial t of one has the standardised draws of trial t of the other: they are paired.
        Common = "common",
        /// They have nothing in common: Welch's interval.
        Independent = "independent",
    }
}

named! {
    /// What the joint interval of a difference shows.
    pub enum Direction as "direction" {
        /// The cell has the larger mean.
        Larger = "larger",
        /// The cell has the smaller mean.
        Smaller = "smaller",
        /// Neither is shown.
        Undecided = "undecided",
    }
}

impl Direction {
    fn of(joint: Option<Interval>, reliability: Reliability) -> Self {
        match joint.filter(|_| reliability.is_ok()) {
            Some(interval) if interval.low > 0.0 => Self::Larger,
            Some(interval) if interval.high < 0.0 => Self::Smaller,
            _ => Self::Undecided,
        }
    }
}

/// One metric of a cell beside the same metric of its baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The cell.
    pub cell: usize,
    /// The cell it is compared with.
    pub baseline: usize,
    /// Layer of the cell.
    pub layer: usize,
    /// Site.
    pub site: Site,
    /// Metric.
    pub metric: Metric,
    /// How the two were drawn.
    pub draws: Draws,
    /// Trials of each.
    pub trials: usize,
    /// Trials in which either value is not finite.
    pub nonfinite: usize,
    /// Mean of the cell less that of the baseline.
    pub difference: Option<Estimate>,
    /// Its interval.
    pub interval: Option<Interval>,
    /// Its interval at the level at which those of all differences of the clause hold together with probability
    /// [`LEVEL`] (Bonferroni).
    pub joint: Option<Interval>,
    /// What that shows.
    pub direction: Direction,
    /// log2 of the ratio of their geometric means.
    pub log2_ratio: Option<f64>,
    /// Its interval.
    pub log2_interval: Option<Interval>,
    /// `(Var a + Var b) / Var(a - b)`: see [`difference::variance_reduction`].
    pub variance_reduction: Option<f64>,
    /// Whether the interval of the difference can be trusted.
    pub reliability: Reliability,
}

/// All comparisons of a clause, by cell, then in the order of the observables.
///
/// A cell is compared with the cell that has the baseline's value or label and everything else, but for what may differ
/// along with it ([`Compare::differing`]), as it is written in its own. Layers are compared with their like; where
/// depths differ, the last with the last.
///
/// # Errors
///
/// Where the condition of the clause has no truth value.
pub fn comparisons(run: &Run, clause: &Compare) -> Result<Vec<Comparison>, SweepError> {
    let partners = Partners::new(run.cells, clause);
    let mut pairs = Vec::new();
    for cell in clause.selection.choose(run.cells)? {
        if let Some(baseline) = partners.of(cell) {
            for (layer, other, site) in layers(run, clause, cell, baseline) {
                let metrics = clause.metrics.iter().filter(|metric| run.measure.metrics.contains(metric));
                let at = |cell, layer, metric| Observable { cell, layer, site, metric };
                pairs.extend(metrics.map(|&metric| (at(cell, layer, metric), at(baseline, other, metric))));
            }
        }
    }
    let joint_level = joint::each(LEVEL, pairs.len() * run.looks);
    Ok(pairs.iter().map(|&(a, b)| compare(run, a, b, joint_level)).collect())
}

/// At most how many comparisons a clause makes of the cells that it chooses.
#[must_use]
pub fn most_comparisons(measure: &Measure, cells: &[Cell], clause: &Compare, chosen: &[usize]) -> usize {
    let wanted = if clause.subject == Subject::Of(Parameter::Depth) { &Layers::Last } else { &Layers::All };
    let places = |&cell: &usize| -> usize {
        clause.sites.iter().map(|&site| super::layers(measure, &cells[cell], site, wanted).len()).sum()
    };
    let compared = chosen.iter().filter(|&&cell| !is_baseline(&cells[cell], clause));
    compared.map(places).sum::<usize>() * clause.metrics.len()
}

/// The cells that have the baseline's value, by everything else.
struct Partners<'a> {
    clause: &'a Compare,
    cells: &'a [Cell],
    /// By the parameters that may differ, and what the others are.
    index: HashMap<(Vec<Parameter>, Vec<String>), Vec<usize>>,
}

impl<'a> Partners<'a> {
    fn new(cells: &'a [Cell], clause: &'a Compare) -> Self {
        let mut index: HashMap<_, Vec<usize>> = HashMap::new();
        for (i, cell) in cells.iter().enumerate().filter(|(_, cell)| is_baseline(cell, clause)) {
            for without in clause.differing() {
                let key = cell.without(&without);
                index.entry((without, key)).or_default().push(i);
            }
        }
        Self { clause, cells, index }
    }

    /// The cell that `cell` is compared with: one of its own label, if there is one.
    fn of(&self, cell: usize) -> Option<usize> {
        let one = &self.cells[cell];
        if is_baseline(one, self.clause) || self.clause.subject.written(one).is_none() {
            return None;
        }
        let found = self
            .clause
            .differing()
            .into_iter()
            .find_map(|without| self.index.get(&(without.clone(), one.without(&without))))?;
        let of_label = found.iter().find(|&&other| self.cells[other].label == one.label);
        of_label.or(found.first()).copied()
    }
}

fn is_baseline(cell: &Cell, clause: &Compare) -> bool {
    clause.subject.written(cell).as_ref() == Some(&clause.baseline)
}

/// The places compared: layer of the cell, layer of the baseline, site.
fn layers(run: &Run, clause: &Compare, cell: usize, baseline: usize) -> Vec<(usize, usize, Site)> {
    let sites = run.measure.sites.iter().copied().filter(|site| clause.sites.contains(site));
    let [mine, other] = [cell, baseline].map(|cell| run.cells[cell].network.depth);
    let by_end = mine != other || run.measure.layers == Layers::Last;
    let of_site = |site: Site| {
        let wanted = if by_end { &Layers::Last } else { &Layers::All };
        let [mine, other] = [cell, baseline].map(|cell| run.layers(cell, site, wanted));
        let pairs: Vec<(usize, usize)> = if by_end {
            mine.into_iter().zip(other).collect()
        } else {
            mine.into_iter().filter(|layer| other.contains(layer)).map(|layer| (layer, layer)).collect()
        };
        pairs.into_iter().map(move |(layer, other)| (layer, other, site))
    };
    let mut all: Vec<_> = sites.flat_map(of_site).collect();
    all.sort_by_key(|(layer, ..)| *layer);
    all
}

fn compare(run: &Run, of_cell: Observable, of_baseline: Observable, joint_level: f64) -> Comparison {
    let Observable { cell, layer, site, metric } = of_cell;
    let baseline = of_baseline.cell;
    let (a, b) = ((run.values)(of_cell), (run.values)(of_baseline));
    let trials = a.len().min(b.len());
    let (a, b) = (&a[..trials], &b[..trials]);
    let level = joint::each(LEVEL, run.looks);
    let is_common = run.draws[cell] == run.draws[baseline] || have_samples(run, cell, baseline);
    let draws = if is_common { Draws::Common } else { Draws::Independent };
    let subtract = match draws {
        Draws::Common => difference::paired,
        Draws::Independent => difference::independent,
    };
    let difference = subtract(a, b);
    let log2_ratio = logs(a).ok().zip(logs(b).ok()).and_then(|(a, b)| subtract(&a, &b));
    let reliability = reliability(metric, a, b, draws);
    let limits = |estimate: Option<Estimate>, level| estimate.and_then(|estimate| estimate.guaranteed(level));
    let interval = |level| {
        if metric.is_indicator() { of_proportions(a, b, draws, level) } else { limits(difference, level) }
    };
    let joint = interval(joint_level);
    Comparison {
        cell,
        baseline,
        layer,
        site,
        metric,
        draws,
        trials,
        nonfinite: a.iter().zip(b).filter(|(a, b)| !(a.is_finite() && b.is_finite())).count(),
        difference,
        interval: interval(level),
        joint,
        direction: Direction::of(joint, reliability),
        log2_ratio: log2_ratio.map(|estimate| estimate.value),
        log2_interval: limits(log2_ratio, level),
        variance_reduction: difference::variance_reduction(a, b).filter(|_| draws == Draws::Common),
        reliability,
    }
}

/// Whether trial t of both takes the same samples of a file: even where nothing else is shared, they are not independent then.
fn have_samples(run: &Run, cell: usize, baseline: usize) -> bool {
    let key = |cell: usize| run.cells[cell].network.data.as_ref().map(|data| data.key);
    key(cell).is_some_and(|one| key(baseline) == Some(one))
}

/// The exact interval for the difference of two proportions; of pairs, that of the two ways in which they differ.
fn of_proportions(a: &[f64], b: &[f64], draws: Draws, level: f64) -> Option<Interval> {
    let trials = a.len() as u64;
    let count = |is_one: &dyn Fn(bool, bool) -> bool| {
        a.iter().zip(b).filter(|&(&a, &b)| is_one(a > 0.0, b > 0.0)).count() as u64
    };
    let (ups, downs) = match draws {
        Draws::Common => (count(&|a, b| a && !b), count(&|a, b| b && !a)),
        Draws::Independent => (count(&|a, _| a), count(&|_, b| b)),
    };
    proportion::difference((ups, trials), (downs, trials), level)
}

fn reliability(metric: Metric, a: &[f64], b: &[f64], draws: Draws) -> Reliability {
    let of_mean = |values: &[f64]| Reliability::of_mean(values, Moments::of(values).as_ref());
    match draws {
        _ if metric.is_indicator() => Reliability::of_proportion(a).max(Reliability::of_proportion(b)),
        Draws::Common => of_mean(&difference::pairs(a, b)),
        Draws::Independent => of_mean(a).max(of_mean(b)),
    }
}

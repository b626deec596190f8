//! Verdicts on expectations.
//!
//! A clause is about one or many numbers: the cells and layers it selects, or the slopes it asks for. Each gets an
//! interval at the level `1 - (1 - confidence) / (numbers * looks)`, so that all intervals of a clause hold together
//! with probability `confidence` (Bonferroni: whatever their dependence). Then
//!
//! - **held**: the interval lies inside the bound: the numbers show that the claim is true;
//! - **failed**: it lies outside: they show that the claim is false;
//! - **undecided**: it straddles an edge, or cannot be relied on (a heavy tail, too few trials, values that are not
//!   finite): they show neither.
//!
//! A claim is not held because it was not refuted. One bound cannot be shown so, for it is a point: `"theory"` without
//! a tolerance is held if the interval contains the prediction, failed if not, and undecided where the prediction is
//! not exact. With a tolerance it is undecided where the error of the prediction is larger than that. A clause is held
//! if all its numbers are, failed if one is, and undecided otherwise; one that selects nothing has failed.
//!
//! The intervals are those for claims: exact for proportions, and longer than Student's on the side of the longer tail
//! for means ([`crate::statistics::Critical::guaranteed`]), for at the level of many numbers Student's misses skewed
//! means twice as often as promised.

use super::estimate::{Estimated, estimate};
use super::lines::{Line, lines, slope};
use super::{Observable, Run, layers};
use crate::named::named;
use crate::statistics::{Interval, joint};
use crate::sweep::{Abscissa, Bound, Cell, Expect, Measure, SweepError, Tolerance};
use crate::theory::{Kind, Predicted};

named! {
    /// What the numbers say about a claim, from good to bad.
    pub enum Verdict as "verdict" {
        /// They show it.
        Held = "held",
        /// They show neither it nor its contrary.
        Undecided = "undecided",
        /// They show its contrary.
        Failed = "failed",
    }
}

/// One number of a clause, judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The verdict.
    pub verdict: Verdict,
    /// Why it is undecided, if the interval is not merely too wide; or why nothing could be judged.
    pub reason: Option<String>,
    /// The cells behind it, the first of a line first; none if nothing was selected.
    pub cells: Vec<usize>,
    /// The layer, if it is one.
    pub layer: Option<usize>,
    /// Trials per cell.
    pub trials: usize,
    /// The number.
    pub estimate: Option<f64>,
    /// Its interval.
    pub interval: Option<Interval>,
    /// Where it had to lie; `None` if that is not known.
    pub bound: Option<(f64, f64)>,
}

/// Judges every number of a clause.
///
/// # Errors
///
/// Where the condition of the clause has no truth value.
pub fn findings(run: &Run, clause: &Expect) -> Result<Vec<Finding>, SweepError> {
    let chosen = clause.selection.choose(run.cells)?;
    let found = match clause.against {
        Some(against) => slopes(run, clause, against, &chosen),
        None => numbers(run, clause, &chosen),
    };
    Ok(if found.is_empty() { vec![nothing(chosen.is_empty())] } else { found })
}

fn nothing(no_cell: bool) -> Finding {
    let reason =
        if no_cell { "it selects no cell" } else { "the cells it selects report nothing it asks for" };
    Finding {
        verdict: Verdict::Failed,
        reason: Some(reason.to_owned()),
        cells: Vec::new(),
        layer: None,
        trials: 0,
        estimate: None,
        interval: None,
        bound: None,
    }
}

/// At most how many findings a clause has about the cells that it chooses.
#[must_use]
pub fn most_findings(measure: &Measure, cells: &[Cell], clause: &Expect, chosen: &[usize]) -> usize {
    chosen.iter().map(|&cell| layers(measure, &cells[cell], clause.site, &clause.layers).len()).sum()
}

fn numbers(run: &Run, clause: &Expect, chosen: &[usize]) -> Vec<Finding> {
    let layers = |&cell: &usize| (cell, run.layers(cell, clause.site, &clause.layers));
    let places: Vec<(usize, Vec<usize>)> = chosen.iter().map(layers).collect();
    let count: usize = places.iter().map(|(_, layers)| layers.len()).sum();
    let level = joint::each(clause.confidence, count * run.looks);
    let (site, metric) = (clause.site, clause.metric);
    let mut found = Vec::with_capacity(count);
    for (cell, layers) in places {
        let asks = matches!(clause.bound, Bound::Theory(_) | Bound::MeanField(_));
        let theory = asks.then(|| (run.theory)(cell));
        for layer in layers {
            let values = run.values(cell, layer, site, metric);
            let estimated = estimate(&values, clause.statistic, metric.is_indicator(), level);
            let place = Observable { cell, layer, site, metric };
            let bound = bound(clause.bound, theory.as_ref().map(|theory| theory(place)).unwrap_or_default());
            found.push(finding(clause, estimated, bound, (vec![cell], Some(layer), values.len())));
        }
    }
    found
}

fn slopes(run: &Run, clause: &Expect, against: Abscissa, chosen: &[usize]) -> Vec<Finding> {
    let lines: Vec<Line> = lines(run, clause, against, chosen);
    let level = joint::each(clause.confidence, lines.len() * run.looks);
    let find = |line: &Line| {
        let (estimated, trials) = slope(run, clause, against, line, level);
        let mut cells: Vec<usize> = line.points.iter().map(|point| point.0).collect();
        cells.dedup();
        finding(clause, estimated, bound(clause.bound, Predicted::default()), (cells, line.layer, trials))
    };
    lines.iter().map(find).collect()
}

/// Where the number has to lie.
///
/// # Errors
///
/// Why nothing can be decided: the limits, if there are any, and the reason.
fn bound(bound: Bound, predicted: Predicted) -> Result<Limits, (Option<Limits>, String)> {
    let unknown = || (None, "no theory is known for it".to_owned());
    match bound {
        Bound::Value(value, tolerance) => Ok(Limits::of(tolerance.around(value))),
        Bound::Between(low, high) => Ok(Limits::of((low, high))),
        Bound::MeanField(tolerance) => {
            let around = |value| Limits::of(tolerance.around(value));
            predicted.mean_field.map(around).ok_or_else(unknown)
        }
        Bound::Theory(tolerance) => against_theory(tolerance, predicted),
    }
}

fn against_theory(
    tolerance: Option<Tolerance>,
    predicted: Predicted,
) -> Result<Limits, (Option<Limits>, String)> {
    let theory = predicted.theory.ok_or_else(|| (None, "no theory is known for it".to_owned()))?;
    let (kind, error) = (theory.kind.name(), theory.error);
    let slack = predicted.rounding.unwrap_or_default() * theory.value.abs();
    let (low, high) = tolerance.map_or((theory.value, theory.value), |wide| wide.around(theory.value));
    let limits = Limits { low, high, slack };
    let reason = match tolerance {
        _ if predicted.rounding.is_none() => {
            "the entries are so small that f32 rounds them visibly, and theory is of real numbers".to_owned()
        }
        None if theory.kind != Kind::Exact => format!("theory is not exact here ({kind}): give a tolerance"),
        Some(_) if error > (high - low) / 2.0 => {
            format!("the tolerance is below the error of the theory ({kind}), {error:.1e}")
        }
        _ => return Ok(limits),
    };
    Err((Some(limits), reason))
}

/// The smallest and the largest number allowed, and by how much rounding may move a number that is the same in every trial.
#[derive(Clone, Copy)]
struct Limits {
    low: f64,
    high: f64,
    slack: f64,
}

impl Limits {
    fn of((low, high): (f64, f64)) -> Self {
        Self { low, high, slack: 0.0 }
    }
}

fn finding(
    clause: &Expect,
    estimated: Estimated,
    bound: Result<Limits, (Option<Limits>, String)>,
    (cells, layer, trials): (Vec<usize>, Option<usize>, usize),
) -> Finding {
    let Estimated { value, interval, doubt } = estimated;
    let (bound, obstacle) = match bound {
        Ok(limits) => (Some(limits), None),
        Err((limits, reason)) => (limits, Some(reason)),
    };
    let doubt = doubt.or(obstacle);
    let verdict = match (interval, bound, &doubt) {
        (Some(interval), Some(bound), None) => judge(interval, bound, clause.bound == Bound::Theory(None)),
        _ => Verdict::Undecided,
    };
    let bound = bound.map(|Limits { low, high, .. }| (low, high));
    Finding { verdict, reason: doubt, cells, layer, trials, estimate: value, interval, bound }
}

fn judge(interval: Interval, Limits { low, high, slack }: Limits, is_point: bool) -> Verdict {
    if interval.high + slack < low || interval.low - slack > high {
        Verdict::Failed
    } else if is_point || (interval.low >= low && interval.high <= high) {
        Verdict::Held
    } else {
        Verdict::Undecided
    }
}

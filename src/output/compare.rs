//! `compare.csv`: cells beside their baselines.

use super::cell::{CELL_COLUMNS, CellColumns};
use super::columns::columns;
use super::package::TableFile;
use crate::analysis::{Comparison, Direction, Draws};
use crate::network::{Metric, Site};
use crate::statistics::Reliability;
use crate::sweep::{Cell, Compare, Sweep};

columns! {
    /// One metric of a cell beside that of its baseline.
    read struct CompareRow of cell;
    /// The columns of `compare.csv`.
    const COMPARE_COLUMNS;
    fn row(number: usize, clause: &Compare, cells: &[Cell], comparison: &Comparison);
    clause: usize ["1"] = number, "which [[compare]] of the config, from 1";
    parameter: String = clause.subject.to_string(),
        "in what the cell and its baseline differ: a parameter, with what is zipped with it, or label";
    value: String = format!("{}={}", clause.subject, clause.subject.written(&cells[comparison.cell]).unwrap_or_default()),
        "the same and its value in the cell, as written in the config";
    baseline: String = format!("{}={}", clause.subject, clause.baseline),
        "the same and its value in the baseline";
    baseline_cell: String = cells[comparison.baseline].id(), "identity of the baseline";
    layer: usize ["layers"] = comparison.layer,
        "layer of the cell; where depths are compared, the last one of each";
    site: Site = comparison.site, "site";
    metric: Metric = comparison.metric, "metric";
    draws: Draws = comparison.draws,
        "common (trial t of both has the same standardised draws: paired differences) or independent (Welch's interval)";
    trials: usize ["trials"] = comparison.trials, "trials of each";
    nonfinite: usize ["trials"] = comparison.nonfinite, "trials in which either value is infinite or undefined";
    difference: Option<f64> ["metric"] = comparison.difference.map(|difference| difference.value),
        "mean of the cell less that of the baseline";
    std_error: Option<f64> ["metric"] = comparison.difference.map(|difference| difference.std_error),
        "standard error of the difference";
    conf_low: Option<f64> ["metric"] = comparison.interval.map(|interval| interval.low),
        "lower limit of its 95 % interval: t, longer on the side of the longer tail; exact for a fraction of trials";
    conf_high: Option<f64> ["metric"] = comparison.interval.map(|interval| interval.high),
        "upper limit of that interval";
    log2_ratio: Option<f64> ["log2"] = comparison.log2_ratio,
        "log2 of the ratio of the geometric means; if all values are positive";
    log2_low: Option<f64> ["log2"] = comparison.log2_interval.map(|interval| interval.low),
        "lower limit of its 95 % t interval";
    log2_high: Option<f64> ["log2"] = comparison.log2_interval.map(|interval| interval.high),
        "upper limit of that interval";
    variance_reduction: Option<f64> ["1"] = comparison.variance_reduction,
        "(Var a + Var b) / Var(a - b): how many times as many trials independent draws would need; common draws only";
    reliability: Reliability = comparison.reliability,
        "whether the interval of the difference can be trusted, as in summary.csv; of two independent samples the less \
         reliable one";
    joint_low: Option<f64> ["metric"] = comparison.joint.map(|interval| interval.low),
        "lower limit of an interval of the difference: with probability 95 % those of all differences of the clause hold \
         together (Bonferroni)";
    joint_high: Option<f64> ["metric"] = comparison.joint.map(|interval| interval.high),
        "upper limit of that interval";
    verdict: Direction = comparison.direction,
        "larger or smaller than the baseline, where the joint interval excludes 0; undecided where it does not, or where it \
         cannot be trusted";
}

/// `compare.csv` from its bytes.
#[must_use]
pub fn compare_file(bytes: Vec<u8>) -> TableFile {
    let key = &["clause", "cell", "label", "init", "layer", "site", "metric"];
    TableFile { name: "compare", columns: COMPARE_COLUMNS, key, bytes: bytes.into() }
}

/// The rows of clause number `index`, counted from 0.
#[must_use]
pub fn compare_rows(
    cells: &[Cell],
    sweep: &Sweep,
    index: usize,
    clause: &Compare,
    found: &[Comparison],
) -> Vec<CompareRow> {
    let of_cell = |comparisons: &[Comparison]| {
        let own = CellColumns::new(&cells[comparisons[0].cell], sweep);
        let rows = comparisons.iter().map(|comparison| row(&own, index + 1, clause, cells, comparison));
        rows.collect::<Vec<_>>()
    };
    found.chunk_by(|a, b| a.cell == b.cell).flat_map(of_cell).collect()
}

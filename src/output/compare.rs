//! `compare.csv`: cells beside their baselines.

use serde::Serialize;

use super::columns::{Column, boolean, count, number, text};
use super::package::TableFile;
use crate::analysis::Comparison;
use crate::sweep::{Cell, Compare, Sweep};

/// One metric of a cell beside that of its baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "every column is described in COMPARE_COLUMNS")]
pub struct CompareRow {
    pub clause: usize,
    pub parameter: &'static str,
    pub value: String,
    pub baseline: String,
    pub cell: String,
    pub baseline_cell: String,
    pub label: Option<String>,
    pub width: usize,
    pub depth: usize,
    pub weight_std: String,
    pub weight_mean: String,
    pub activation: String,
    pub law: String,
    pub bias_std_text: String,
    pub batch: usize,
    pub layer: usize,
    pub site: &'static str,
    pub metric: &'static str,
    pub draws: &'static str,
    pub trials: usize,
    pub nonfinite: usize,
    pub difference: Option<f64>,
    pub std_error: Option<f64>,
    pub conf_low: Option<f64>,
    pub conf_high: Option<f64>,
    pub log2_ratio: Option<f64>,
    pub log2_low: Option<f64>,
    pub log2_high: Option<f64>,
    pub variance_reduction: Option<f64>,
    pub reliable: bool,
    pub seed: u64,
    pub randomness: &'static str,
}

/// The columns of `compare.csv`.
pub const COMPARE_COLUMNS: [Column; 32] = [
    count("clause", "1", "which [[compare]] of the config, from 1"),
    text("parameter", "the parameter in which the cell and its baseline differ"),
    text("value", "its value in the cell, as written in the config"),
    text("baseline", "its value in the baseline"),
    text("cell", "identity of the cell, as in summary.csv"),
    text("baseline_cell", "identity of the baseline"),
    text("label", "label of the [[grid]] table of the cell; empty if it has none"),
    count("width", "units", "units per layer of the cell"),
    count("depth", "layers", "layers of the cell"),
    text("weight_std", "std of one weight of the cell, as written"),
    text("weight_mean", "mean of one weight of the cell, as written"),
    text("activation", "activation function of the cell"),
    text("law", "law of the weights of the cell"),
    text("bias_std_text", "std of one bias of the cell, as written"),
    count("batch", "inputs", "inputs pushed through one network of the cell"),
    count("layer", "layers", "layer of the cell; where depths are compared, the last one of each"),
    text("site", "site"),
    text("metric", "metric"),
    text(
        "draws",
        "common (trial t of both has the same standardised draws: paired differences) or independent (Welch's interval)",
    ),
    count("trials", "trials", "trials of each"),
    count("nonfinite", "trials", "trials in which either value is infinite or undefined"),
    number("difference", "metric", "mean of the cell less that of the baseline"),
    number("std_error", "metric", "standard error of the difference"),
    number("conf_low", "metric", "lower limit of its 95 % t interval"),
    number("conf_high", "metric", "upper limit of that interval"),
    number("log2_ratio", "log2", "log2 of the ratio of the geometric means; if all values are positive"),
    number("log2_low", "log2", "lower limit of its 95 % t interval"),
    number("log2_high", "log2", "upper limit of that interval"),
    number(
        "variance_reduction",
        "1",
        "(Var a + Var b) / Var(a - b): how many times as many trials independent draws would need; common draws only",
    ),
    boolean("reliable", "whether the interval of the difference can be trusted, as in summary.csv"),
    count("seed", "1", "seed of the draws"),
    text("randomness", "which draws cells share: independent or common"),
];

/// `compare.csv` from its bytes.
#[must_use]
pub fn compare_file(bytes: Vec<u8>) -> TableFile {
    let key =
        &["clause", "cell", "label", "weight_std", "weight_mean", "bias_std_text", "layer", "site", "metric"];
    TableFile { name: "compare", columns: &COMPARE_COLUMNS, key, bytes: bytes.into() }
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
    let row = |comparison: &Comparison| {
        let cell = &cells[comparison.cell];
        CompareRow {
            clause: index + 1,
            parameter: clause.parameter.name(),
            value: cell.written(clause.parameter),
            baseline: clause.baseline.clone(),
            cell: cell.id(),
            baseline_cell: cells[comparison.baseline].id(),
            label: cell.label.clone(),
            width: cell.network.width,
            depth: cell.network.depth,
            weight_std: cell.std_text.clone(),
            weight_mean: cell.mean_text.clone(),
            activation: cell.network.activation.to_string(),
            law: cell.network.law.to_string(),
            bias_std_text: cell.bias_std_text.clone(),
            batch: cell.network.batch,
            layer: comparison.layer,
            site: comparison.site.name(),
            metric: comparison.metric.name(),
            draws: comparison.draws.name(),
            trials: comparison.trials,
            nonfinite: comparison.nonfinite,
            difference: comparison.difference.map(|difference| difference.value),
            std_error: comparison.difference.map(|difference| difference.std_error),
            conf_low: comparison.interval.map(|interval| interval.low),
            conf_high: comparison.interval.map(|interval| interval.high),
            log2_ratio: comparison.log2_ratio,
            log2_low: comparison.log2_interval.map(|interval| interval.low),
            log2_high: comparison.log2_interval.map(|interval| interval.high),
            variance_reduction: comparison.variance_reduction,
            reliable: comparison.reliable,
            seed: sweep.seed,
            randomness: sweep.randomness.name(),
        }
    };
    found.iter().map(row).collect()
}

//! `stopping.csv`: where each cell stopped, and why.

use serde::Serialize;

use super::columns::{Column, count, number, text};
use super::package::TableFile;
use crate::analysis::Settled;
use crate::sweep::{Cell, Stopping, Sweep};

/// One cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "every column is described in STOPPING_COLUMNS")]
pub struct StoppingRow {
    pub cell: String,
    pub label: Option<String>,
    pub width: usize,
    pub depth: usize,
    pub weight_std: String,
    pub weight_mean: String,
    pub activation: String,
    pub bias_std_text: String,
    pub trials: usize,
    pub looks: usize,
    pub reason: &'static str,
    pub target: Option<usize>,
    pub metric: Option<&'static str>,
    pub layer: Option<usize>,
    pub site: Option<&'static str>,
    pub statistic: Option<&'static str>,
    pub precision: Option<String>,
    pub half_width: Option<f64>,
    pub allowed: Option<f64>,
    pub doubt: Option<String>,
    pub seed: u64,
    pub randomness: &'static str,
}

/// The columns of `stopping.csv`.
pub const STOPPING_COLUMNS: [Column; 22] = [
    text("cell", "identity of the cell, as in summary.csv"),
    text("label", "label of the [[grid]] table; empty if it has none"),
    count("width", "units", "units per layer"),
    count("depth", "layers", "layers of the network"),
    text("weight_std", "std of one weight, as written in the config"),
    text("weight_mean", "mean of one weight, as written"),
    text("activation", "activation function"),
    text("bias_std_text", "std of one bias, as written"),
    count("trials", "trials", "trials at which the cell stopped"),
    count(
        "looks",
        "looks",
        "looks that the config allows: every interval of the run has the level 1 - 0.05 / looks, so that it covers with \
         probability 95 % after stopping",
    ),
    text("reason", "target (all are reached) or max (the most trials allowed)"),
    count("target", "1", "the limiting target, from 1: the one that was the farthest from being reached"),
    text("metric", "its metric"),
    count("layer", "layers", "the layer where it was"),
    text("site", "its site"),
    text("statistic", "its statistic"),
    text("precision", "its precision, as in the config"),
    number("half_width", "metric", "half-width of its interval"),
    number("allowed", "metric", "the largest half-width allowed"),
    text("doubt", "why its interval is not to be relied on, so that it is not reached"),
    count("seed", "1", "seed of the draws"),
    text("randomness", "which draws cells share: independent or common"),
];

/// `stopping.csv` from its bytes.
#[must_use]
pub fn stopping_file(bytes: Vec<u8>) -> TableFile {
    let key = &["cell", "label", "weight_std", "weight_mean", "bias_std_text"];
    TableFile { name: "stopping", columns: &STOPPING_COLUMNS, key, bytes: bytes.into() }
}

/// The row of one cell.
#[must_use]
pub fn stopping_row(cell: &Cell, sweep: &Sweep, stopping: &Stopping, settled: &Settled) -> StoppingRow {
    let limit = settled.limit.as_ref();
    let target = limit.map(|limit| &stopping.targets[limit.target]);
    StoppingRow {
        cell: cell.id(),
        label: cell.label.clone(),
        width: cell.network.width,
        depth: cell.network.depth,
        weight_std: cell.std_text.clone(),
        weight_mean: cell.mean_text.clone(),
        activation: cell.network.activation.to_string(),
        bias_std_text: cell.bias_std_text.clone(),
        trials: settled.trials,
        looks: sweep.looks().len(),
        reason: if settled.reached { "target" } else { "max" },
        target: limit.map(|limit| limit.target + 1),
        metric: limit.map(|limit| limit.place.metric.name()),
        layer: limit.map(|limit| limit.place.layer),
        site: limit.map(|limit| limit.place.site.name()),
        statistic: target.map(|target| target.statistic.name()),
        precision: target.map(|target| target.precision.to_string()),
        half_width: limit.and_then(|limit| limit.half_width),
        allowed: limit.and_then(|limit| limit.allowed),
        doubt: limit.and_then(|limit| limit.doubt.clone()),
        seed: sweep.seed,
        randomness: sweep.randomness.name(),
    }
}

//! `bands.csv`: intervals that hold in all layers at once.

use std::cell::OnceCell;
use std::ops::Range;

use serde::Serialize;

use super::columns::{Column, boolean, count, number, text};
use super::package::{Bytes, TableFile};
use super::row::level;
use crate::statistics::{Critical, Kind, Summary, joint};
use crate::sweep::{Cell, Group, Sweep, panel};

/// One place of a band.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "every column is described in BAND_COLUMNS")]
pub struct BandRow {
    pub cell: String,
    pub label: Option<String>,
    pub width: usize,
    pub depth: usize,
    pub weight_std: String,
    pub weight_mean: String,
    pub activation: String,
    pub bias_std_text: String,
    pub layer: usize,
    pub site: &'static str,
    pub metric: &'static str,
    pub layers: usize,
    pub trials: usize,
    pub estimate: Option<f64>,
    pub band_low: Option<f64>,
    pub band_high: Option<f64>,
    pub median: Option<f64>,
    pub median_band_low: Option<f64>,
    pub median_band_high: Option<f64>,
    pub log2_estimate: Option<f64>,
    pub log2_band_low: Option<f64>,
    pub log2_band_high: Option<f64>,
    pub reliable: bool,
    pub seed: u64,
    pub randomness: &'static str,
}

/// The columns of `bands.csv`.
pub const BAND_COLUMNS: [Column; 25] = [
    text("cell", "identity of the cell, as in summary.csv"),
    text("label", "label of the [[grid]] table; empty if it has none"),
    count("width", "units", "units per layer"),
    count("depth", "layers", "layers of the network"),
    text("weight_std", "std of one weight, as written in the config"),
    text("weight_mean", "mean of one weight, as written"),
    text("activation", "activation function"),
    text("bias_std_text", "std of one bias, as written"),
    count("layer", "layers", "layer; 0 is the input"),
    text("site", "site"),
    text("metric", "metric"),
    count(
        "layers",
        "layers",
        "layers of the band: with probability 95 % its limits hold in all of them at once (Bonferroni, at the level of \
         trials)",
    ),
    count("trials", "trials", "independent random networks"),
    number("estimate", "metric", "as in summary.csv"),
    number("band_low", "metric", "lower limit of the band of the estimate"),
    number("band_high", "metric", "upper limit"),
    number("median", "metric", "as in summary.csv"),
    number("median_band_low", "metric", "lower limit of the band of the median; empty for too few trials"),
    number("median_band_high", "metric", "upper limit"),
    number("log2_estimate", "log2(metric)", "as in summary.csv"),
    number("log2_band_low", "log2(metric)", "lower limit of the band of the mean of log2"),
    number("log2_band_high", "log2(metric)", "upper limit"),
    boolean("reliable", "as in summary.csv"),
    count("seed", "1", "seed of the draws"),
    text("randomness", "which draws cells share: independent or common"),
];

/// `bands.csv` from its bytes.
#[must_use]
pub fn band_file(bytes: impl Into<Bytes>) -> TableFile {
    let key = &["cell", "label", "weight_std", "weight_mean", "bias_std_text", "layer", "site", "metric"];
    TableFile { name: "bands", columns: &BAND_COLUMNS, key, bytes: bytes.into() }
}

/// The bands of one cell, in the order of its panel; `columns` as in [`super::rows`].
///
/// # Panics
///
/// If the group does not measure what the cell reports.
#[must_use]
pub fn band_rows(
    cell: &Cell,
    sweep: &Sweep,
    group: &Group,
    columns: impl Fn(Range<usize>) -> Vec<Vec<f64>>,
) -> Vec<BandRow> {
    let id = cell.id();
    let panel = panel(&sweep.measure, cell.network.depth);
    let mut rows = Vec::new();
    for (layer, site) in panel.places() {
        let layers = panel.places().filter(|(_, other)| *other == site).count();
        let level = joint::each(level(sweep), layers);
        let critical = OnceCell::new();
        let observables = group.panel.at(layer, site).expect("the group measures what its cells report");
        for (&metric, values) in sweep.measure.metrics.iter().zip(columns(observables)) {
            let kind = if metric.is_indicator() { Kind::Indicator } else { Kind::Value };
            let critical = critical.get_or_init(|| Critical::new(values.len(), level));
            let summary = Summary::within(&values, kind, critical);
            rows.push(BandRow {
                cell: id.clone(),
                label: cell.label.clone(),
                width: cell.network.width,
                depth: cell.network.depth,
                weight_std: cell.std_text.clone(),
                weight_mean: cell.mean_text.clone(),
                activation: cell.network.activation.to_string(),
                bias_std_text: cell.bias_std_text.clone(),
                layer,
                site: site.name(),
                metric: metric.name(),
                layers,
                trials: summary.trials,
                estimate: summary.estimate,
                band_low: summary.conf_low,
                band_high: summary.conf_high,
                median: summary.median,
                median_band_low: summary.median_low,
                median_band_high: summary.median_high,
                log2_estimate: summary.log2_estimate,
                log2_band_low: summary.log2_low,
                log2_band_high: summary.log2_high,
                reliable: summary.reliable,
                seed: sweep.seed,
                randomness: sweep.randomness.name(),
            });
        }
    }
    rows
}

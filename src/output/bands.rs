//! `bands.csv`: intervals that hold in all layers at once.

use std::cell::OnceCell;
use std::ops::Range;

use super::cell::{CELL_COLUMNS, CellColumns};
use super::columns::columns;
use super::package::{Bytes, TableFile};
use super::row::{kind, level};
use crate::network::{Metric, Site};
use crate::statistics::{Critical, Reliability, Summary, joint};
use crate::sweep::{Cell, Group, Sweep, observables};

columns! {
    /// One place of a band.
    read struct BandRow of cell;
    /// The columns of `bands.csv`.
    const BAND_COLUMNS;
    fn band_row(layer: usize, site: Site, metric: Metric, layers: usize, summary: &Summary);
    layer: usize ["layers"] = layer, "layer; 0 is the input";
    site: Site = site, "site";
    metric: Metric = metric, "metric";
    layers: usize ["layers"] = layers,
        "layers of the band: with probability 95 % its limits hold in all of them at once (Bonferroni, at the level of \
         trials)";
    trials: usize ["trials"] = summary.trials, "independent random networks";
    estimate: Option<f64> ["metric"] = summary.estimate, "as in summary.csv";
    band_low: Option<f64> ["metric"] = summary.conf_low, "lower limit of the band of the estimate";
    band_high: Option<f64> ["metric"] = summary.conf_high, "upper limit";
    median: Option<f64> ["metric"] = summary.median, "as in summary.csv";
    median_band_low: Option<f64> ["metric"] = summary.median_low,
        "lower limit of the band of the median; NaN for too few trials";
    median_band_high: Option<f64> ["metric"] = summary.median_high, "upper limit";
    log2_estimate: Option<f64> ["log2(metric)"] = summary.log2_estimate, "as in summary.csv";
    log2_band_low: Option<f64> ["log2(metric)"] = summary.log2_low,
        "lower limit of the band of the mean of log2";
    log2_band_high: Option<f64> ["log2(metric)"] = summary.log2_high, "upper limit";
    reliability: Reliability = summary.reliability, "as in summary.csv, of the estimate";
}

/// `bands.csv` from its bytes.
#[must_use]
pub fn band_file(bytes: impl Into<Bytes>) -> TableFile {
    let key = &["cell", "label", "init", "layer", "site", "metric"];
    TableFile { name: "bands", columns: BAND_COLUMNS, key, bytes: bytes.into() }
}

/// The bands of one cell, in the order of its observables; `columns` as in [`super::rows`].
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
    let own = CellColumns::new(cell, sweep);
    let observables = observables(&sweep.measure, cell.network.depth);
    let mut rows = Vec::new();
    for (layer, site) in observables.places() {
        let layers = observables.places().filter(|(_, other)| *other == site).count();
        let level = joint::each(level(sweep), layers);
        let critical = OnceCell::new();
        let observables =
            group.observables.at(layer, site).expect("the group measures what its cells report");
        for (&metric, values) in sweep.measure.metrics.iter().zip(columns(observables)) {
            let critical = critical.get_or_init(|| Critical::guaranteed(values.len(), level));
            let summary = Summary::within(&values, kind(metric), critical);
            rows.push(band_row(&own, layer, site, metric, layers, &summary));
        }
    }
    rows
}

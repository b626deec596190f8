//! Rows of `summary.csv`: one per cell, layer, site and metric.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::io::{Read, Write};
use std::ops::Range;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Column;
use crate::network::{Metric, Site};
use crate::random::STREAM_VERSION;
use crate::statistics::{Critical, Kind, LEVEL, Summary, joint};
use crate::sweep::{Cell, Group, Sweep, panel};
use crate::theory::{Prediction, Predictor};

/// One row. The fields are the columns, in order; see [`super::COLUMNS`] for their meaning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "every column is described in COLUMNS, which a test holds against this")]
pub struct Row {
    pub cell: String,
    pub label: Option<String>,
    pub operation: Cow<'static, str>,
    pub width: usize,
    pub depth: usize,
    pub weight_std: String,
    pub weight_std_value: f64,
    pub weight_mean: String,
    pub weight_mean_value: f64,
    pub activation: String,
    pub law: String,
    pub bias_std: f64,
    pub batch: usize,
    pub input_mean: f64,
    pub input_std: f64,
    pub precision: Cow<'static, str>,
    pub sampler: Cow<'static, str>,
    pub stream: u32,
    pub layer: usize,
    pub site: Cow<'static, str>,
    pub metric: Cow<'static, str>,
    pub trials: usize,
    pub nonfinite: usize,
    pub estimate: Option<f64>,
    pub sd: Option<f64>,
    pub std_error: Option<f64>,
    pub conf_low: Option<f64>,
    pub conf_high: Option<f64>,
    pub median: Option<f64>,
    pub median_low: Option<f64>,
    pub median_high: Option<f64>,
    pub log2_estimate: Option<f64>,
    pub log2_low: Option<f64>,
    pub log2_high: Option<f64>,
    pub min: Option<f64>,
    pub q025: Option<f64>,
    pub q25: Option<f64>,
    pub q75: Option<f64>,
    pub q975: Option<f64>,
    pub max: Option<f64>,
    pub theory: Option<f64>,
    pub theory_sd: Option<f64>,
    pub theory_kind: Option<Cow<'static, str>>,
    pub z: Option<f64>,
    pub reliable: bool,
    pub bias_std_text: String,
    pub seed: u64,
    pub randomness: Cow<'static, str>,
    /// Absent in the summaries of older versions.
    #[serde(default)]
    pub input_correlation: f64,
}

/// The rows of one cell of a sweep, in the order of its panel; `columns(observables)` gives the trial values of neighbouring
/// observables of the group.
///
/// # Panics
///
/// If the group does not measure what the cell reports; [`crate::sweep::group`] makes sure that it does.
#[must_use]
pub fn rows(
    cell: &Cell,
    sweep: &Sweep,
    group: &Group,
    columns: impl Fn(Range<usize>) -> Vec<Vec<f64>>,
) -> Vec<Row> {
    let predictor = Predictor::for_metrics(&cell.network, &sweep.measure.metrics);
    let critical = OnceCell::new();
    let id = cell.id();
    let mut rows = Vec::new();
    for (layer, site) in panel(&sweep.measure, cell.network.depth).places() {
        let observables = group.panel.at(layer, site).expect("the group measures what its cells report");
        for (&metric, values) in sweep.measure.metrics.iter().zip(columns(observables)) {
            let kind = if metric.is_indicator() { Kind::Indicator } else { Kind::Value };
            let critical = critical.get_or_init(|| Critical::new(values.len(), level(sweep)));
            let summary = Summary::within(&values, kind, critical);
            let prediction = predictor.predict(layer, site, metric);
            rows.push(row(&id, sweep, cell, (layer, site.name(), metric.name()), &summary, prediction));
        }
    }
    rows
}

fn row(
    id: &str,
    sweep: &Sweep,
    cell: &Cell,
    (layer, site, metric): (usize, &'static str, &'static str),
    summary: &Summary,
    prediction: Option<Prediction>,
) -> Row {
    let network = &cell.network;
    Row {
        cell: id.to_owned(),
        label: cell.label.clone(),
        operation: network.operation.name().into(),
        width: network.width,
        depth: network.depth,
        weight_std: cell.std_text.clone(),
        weight_std_value: network.weight_std[0],
        weight_mean: cell.mean_text.clone(),
        weight_mean_value: network.weight_mean[0],
        activation: network.activation.to_string(),
        law: network.law.to_string(),
        bias_std: network.bias_std[0],
        batch: network.batch,
        input_mean: network.input_mean,
        input_std: network.input_std,
        precision: network.precision.name().into(),
        sampler: "direct".into(),
        stream: STREAM_VERSION,
        layer,
        site: site.into(),
        metric: metric.into(),
        trials: summary.trials,
        nonfinite: summary.nonfinite,
        estimate: summary.estimate,
        sd: summary.sd,
        std_error: summary.std_error,
        conf_low: summary.conf_low,
        conf_high: summary.conf_high,
        median: summary.median,
        median_low: summary.median_low,
        median_high: summary.median_high,
        log2_estimate: summary.log2_estimate,
        log2_low: summary.log2_low,
        log2_high: summary.log2_high,
        min: summary.min,
        q025: summary.q025,
        q25: summary.q25,
        q75: summary.q75,
        q975: summary.q975,
        max: summary.max,
        theory: prediction.map(|p| p.value),
        theory_sd: prediction.and_then(|p| p.sd),
        theory_kind: prediction.map(|p| p.kind.name().into()),
        z: prediction.filter(|_| summary.reliable).and_then(|p| z_score(summary, p)),
        reliable: summary.reliable,
        bias_std_text: cell.bias_std_text.clone(),
        seed: sweep.seed,
        randomness: sweep.randomness.name().into(),
        input_correlation: network.input_correlation,
    }
}

/// Level of every interval of a sweep: 95 %, shared among the looks at which its trials could have stopped.
pub(super) fn level(sweep: &Sweep) -> f64 {
    joint::each(LEVEL, sweep.looks().len())
}

/// `(estimate - theory) / (sd / sqrt T)`, with the sd of the theory where it is known, else the sample's; see
/// [`Prediction::z_score`] for when there is none.
fn z_score(summary: &Summary, prediction: Prediction) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "trials are below 2^53")]
    let error = prediction.sd.or(summary.sd)? / libm::sqrt(summary.trials as f64);
    prediction.z_score(summary.estimate?, error)
}

/// The rows of one cell before any trial is run.
#[must_use]
pub fn predictions(cell: &Cell, sweep: &Sweep) -> Vec<Row> {
    let predictor = Predictor::for_metrics(&cell.network, &sweep.measure.metrics);
    let id = cell.id();
    let nothing = Summary::default();
    let places = panel(&sweep.measure, cell.network.depth);
    let row = |layer, site: Site, metric: Metric| {
        let prediction = predictor.predict(layer, site, metric);
        row(&id, sweep, cell, (layer, site.name(), metric.name()), &nothing, prediction)
    };
    let metrics = &sweep.measure.metrics;
    places
        .places()
        .flat_map(|(layer, site)| metrics.iter().map(move |&m| (layer, site, m)))
        .map(|(l, s, m)| row(l, s, m))
        .collect()
}

/// Rows as CSV text without the columns that trials fill; with a header or without.
///
/// # Errors
///
/// Those of the writer.
pub fn predictions_csv(rows: &[Row], header: bool) -> csv::Result<String> {
    let mut bytes = Vec::new();
    write_csv(&super::COLUMNS, rows, &mut bytes)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[..]);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let kept: Vec<bool> = super::COLUMNS.iter().map(|column| !column.is_filled_by_trials()).collect();
    for record in reader.records().skip(usize::from(!header)) {
        let record = record?;
        writer.write_record(record.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(field, _)| field))?;
    }
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A table as CSV: RFC 4180 with `\n`, floats as the shortest text that reads back exactly, undefined empty.
///
/// # Errors
///
/// Those of the writer.
pub fn write_csv<'a, R: Serialize + 'a>(
    columns: &[Column],
    rows: impl IntoIterator<Item = &'a R>,
    mut writer: impl Write,
) -> csv::Result<()> {
    writer.write_all(&csv_header(columns))?;
    writer.write_all(&csv_lines(rows)?)?;
    Ok(())
}

/// The first line of a table.
#[must_use]
pub fn csv_header(columns: &[Column]) -> Vec<u8> {
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    format!("{}\n", names.join(",")).into_bytes()
}

/// The lines of some rows, without the first line of the table.
///
/// # Errors
///
/// Those of the writer.
pub fn csv_lines<'a, R: Serialize + 'a>(rows: impl IntoIterator<Item = &'a R>) -> csv::Result<Vec<u8>> {
    let mut csv = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    for row in rows {
        csv.serialize(row)?;
    }
    csv.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

/// Reads the first `count` rows of a table.
///
/// # Errors
///
/// Those of the reader, and rows of other columns.
pub fn read_csv<R: DeserializeOwned>(reader: impl Read, count: usize) -> csv::Result<Vec<R>> {
    csv::Reader::from_reader(reader).into_deserialize().take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Source};
    use crate::sweep::group;

    #[test]
    fn rows_read_back_as_they_were_written_under_the_documented_header() {
        let text = "name = 'a'\ntrials = 40\n[[grid]]\nlabel = '=\"x\", y'\nwidth = 4\nstd = 'he_normal'";
        let sweep = config::parse(&Source::new("a", text)).unwrap();
        let cells: Vec<Cell> = sweep.cells().collect::<Result<_, _>>().unwrap();
        let groups = group(&cells, &sweep.measure, sweep.randomness, sweep.seed);
        let values = |range: Range<usize>| {
            range.map(|i| vec![1.0 / 3.0 + f64::from(u32::try_from(i).unwrap()), f64::INFINITY]).collect()
        };
        let rows = rows(&cells[0], &sweep, &groups[0], values);
        let mut bytes = Vec::new();
        write_csv(&super::super::COLUMNS, &rows, &mut bytes).unwrap();
        let names: Vec<&str> = super::super::COLUMNS.iter().map(|column| column.name).collect();
        let text = std::str::from_utf8(&bytes).unwrap();
        assert_eq!(text.lines().next().unwrap(), names.join(","));
        assert_eq!(read_csv::<Row>(&bytes[..], 1000).unwrap(), rows);
        assert_eq!(read_csv::<Row>(&bytes[..], 2).unwrap(), rows[..2]);
    }
}

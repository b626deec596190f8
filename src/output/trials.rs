//! Trial values as tidy CSV: one row per cell, trial, layer, site and metric.

use std::io::{self, Write};

use super::column::Column;
use super::columns::columns;
use super::lines::{Line, Record, csv_header};
use crate::network::{Metric, Site};
use crate::sweep::Cell;

columns! {
    /// What the rows of trials say about their cell: less than other tables do, for there are many of them.
    write struct TrialCell;
    /// Its columns, the first ones of every row.
    const TRIAL_CELL_COLUMNS;
    fn trial_cell(cell: &Cell);
    cell: String = cell.id(), "identity of the cell, as in summary.csv";
    label: Option<String> = cell.label.clone(), "label of the [[grid]] table; none if it has none";
    width: usize ["units"] = cell.network.width, "units per layer";
    depth: usize ["layers"] = cell.network.depth, "layers of the network";
    init: String = cell.init(), "the initialisation, as in summary.csv";
    activation: String = cell.network.activation.to_string(), "activation function";
}

impl TrialCell {
    /// What is said about a cell.
    #[must_use]
    pub fn new(cell: &Cell) -> Self {
        trial_cell(cell)
    }
}

columns! {
    /// One value of one trial.
    write struct TrialRow;
    /// The columns of [`TrialRow`].
    const TRIAL_COLUMNS;
    fn trial_row(trial: u64, place: (usize, Site), metric: Metric, value: f64);
    trial: u64 = trial, "the trial, from 0";
    layer: usize ["layers"] = place.0, "the layer; 0 is the input";
    site: Site = place.1, "where in the layer";
    metric: Metric = metric, "the metric";
    value: f64 ["metric"] = value, "its value";
}

impl TrialRow {
    /// The value of a metric in a trial, at a layer and site.
    #[must_use]
    pub fn new(trial: u64, place: (usize, Site), metric: Metric, value: f64) -> Self {
        trial_row(trial, place, metric, value)
    }
}

columns! {
    /// One value of a trial that was run again.
    write struct ReplayedRow;
    /// The columns of [`ReplayedRow`].
    const REPLAYED_COLUMNS;
    fn replayed_row(row: &TrialRow, stored: Option<f64>);
    trial: u64 = row.trial, "the trial, from 0";
    layer: usize ["layers"] = row.layer, "the layer; 0 is the input";
    site: Site = row.site, "where in the layer";
    metric: Metric = row.metric, "the metric";
    value: f64 ["metric"] = row.value, "its value now";
    stored: Option<f64> ["metric"] = stored, "its value in the store; NaN if it was not measured";
}

impl ReplayedRow {
    /// A value of now, beside the one in the store.
    #[must_use]
    pub fn new(row: &TrialRow, stored: Option<f64>) -> Self {
        replayed_row(row, stored)
    }
}

/// Where the values of trials go, in one of several formats.
pub trait TrialSink {
    /// Writes one row.
    ///
    /// # Errors
    ///
    /// Those of the writer below.
    fn row(&mut self, cell: &TrialCell, row: &TrialRow) -> io::Result<()>;

    /// Writes what is left.
    ///
    /// # Errors
    ///
    /// Those of the writer below.
    fn finish(self) -> io::Result<()>;
}

impl<W: Write> TrialSink for TrialWriter<W> {
    fn row(&mut self, cell: &TrialCell, row: &TrialRow) -> io::Result<()> {
        Self::row(self, cell, row)
    }

    fn finish(self) -> io::Result<()> {
        Self::finish(self)
    }
}

/// Text that is gathered before it is written.
const GATHERED: usize = 1 << 16;

/// Writes rows as CSV.
pub struct TrialWriter<W: Write> {
    writer: W,
    line: Line,
}

impl<W: Write> TrialWriter<W> {
    /// Writes to `writer` rows that have these columns behind those of their cell.
    pub fn new(writer: W, columns: &[Column]) -> Self {
        let columns = [TRIAL_CELL_COLUMNS, columns].concat();
        Self { writer, line: Line::below(csv_header(&columns)) }
    }

    /// Writes one row.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn row(&mut self, cell: &TrialCell, row: &impl Record) -> io::Result<()> {
        cell.write(&mut self.line);
        row.write(&mut self.line);
        self.line.end();
        if self.line.len() < GATHERED { Ok(()) } else { self.line.pour(&mut self.writer) }
    }

    /// Writes what is left.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn finish(mut self) -> io::Result<()> {
        self.line.pour(&mut self.writer)?;
        self.writer.flush()
    }
}

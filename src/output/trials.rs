//! Trial values as tidy CSV: one row per cell, trial, layer, site and metric. Non-finite values are spelled `NaN`, `inf`
//! and `-inf`.

use std::io::{self, Write};

use serde::Serialize;

/// One value of one trial.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TrialRow<'a> {
    /// Identity of the cell, as in `summary.csv`.
    pub cell: &'a str,
    /// The trial, from 0.
    pub trial: u64,
    /// The layer; 0 is the input.
    pub layer: usize,
    /// Where in the layer.
    pub site: &'static str,
    /// The metric.
    pub metric: &'static str,
    /// Its value.
    pub value: f64,
}

/// One value of a trial that was run again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ReplayedRow<'a> {
    /// Identity of the cell, as in `summary.csv`.
    pub cell: &'a str,
    /// The trial, from 0.
    pub trial: u64,
    /// The layer; 0 is the input.
    pub layer: usize,
    /// Where in the layer.
    pub site: &'static str,
    /// The metric.
    pub metric: &'static str,
    /// Its value now.
    pub value: f64,
    /// Its value in the store; empty if it was not measured.
    pub stored: Option<f64>,
}

/// Where the values of trials go, in one of several formats.
pub trait TrialSink {
    /// Writes one row.
    ///
    /// # Errors
    ///
    /// Those of the writer below.
    fn row(&mut self, row: TrialRow) -> io::Result<()>;

    /// Writes what is left.
    ///
    /// # Errors
    ///
    /// Those of the writer below.
    fn finish(self) -> io::Result<()>;
}

impl<W: Write> TrialSink for TrialWriter<W> {
    fn row(&mut self, row: TrialRow) -> io::Result<()> {
        Self::row(self, row)
    }

    fn finish(self) -> io::Result<()> {
        Self::finish(self)
    }
}

/// Writes rows below a header of their field names.
pub struct TrialWriter<W: Write>(csv::Writer<W>);

impl<W: Write> TrialWriter<W> {
    /// Writes to `writer`.
    pub fn new(writer: W) -> Self {
        Self(csv::Writer::from_writer(writer))
    }

    /// Writes one row.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn row(&mut self, row: impl Serialize) -> io::Result<()> {
        self.0.serialize(row).map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) => error,
            other => io::Error::other(format!("{other:?}")),
        })
    }

    /// Writes what is left.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn finish(mut self) -> io::Result<()> {
        self.0.flush()
    }
}

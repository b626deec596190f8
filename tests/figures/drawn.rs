//! Draws the figures of small sweeps.

use initsweep::config::{self, Source};
use initsweep::figure::{self, Drawn, Input};
use initsweep::network::{Metric, Site};
use initsweep::output::{BinRow, Row};
use initsweep::run;
use initsweep::sweep::{Cell, Sweep};

/// A sweep that was run, or whose rows were made.
pub struct Made {
    pub sweep: Sweep,
    pub cells: Vec<Cell>,
    pub rows: Vec<Vec<Row>>,
    pub histograms: Vec<Vec<BinRow>>,
}

impl Made {
    /// Runs a config.
    pub fn new(text: &str) -> Self {
        let rows = run::sweep(text).unwrap_or_else(|error| panic!("{error}"));
        Self {
            sweep: rows.work.sweep,
            cells: rows.work.plan.cells,
            rows: rows.cells,
            histograms: rows.histograms,
        }
    }

    /// The rows of a config before any trial.
    pub fn planned(text: &str) -> Self {
        let sweep = config::parse(&Source::new("config", text)).unwrap_or_else(|error| panic!("{error}"));
        let cells: Vec<Cell> = sweep.cells().collect::<Result<_, _>>().unwrap();
        let rows = cells.iter().map(|cell| initsweep::output::predictions(cell, &sweep)).collect();
        Self { sweep, cells, rows, histograms: Vec::new() }
    }

    /// What figures are made of.
    pub fn input(&self) -> Input<'_> {
        Input {
            sweep: &self.sweep,
            cells: &self.cells,
            rows: &self.rows,
            bands: None,
            histograms: Some(&self.histograms),
            values: &trial_values,
            clauses: &self.sweep.figures,
            width: figure::TWO_COLUMNS,
        }
    }

    /// Its figures.
    pub fn draw(&self) -> Drawn {
        let drawn = figure::draw(&self.input());
        assert!(drawn.failed.is_empty(), "{:?}", drawn.failed);
        drawn
    }
}

/// Values of 100 trials, different at every layer.
#[expect(clippy::unnecessary_wraps, reason = "others may have none")]
fn trial_values(_: usize, (layer, ..): (usize, Site, Metric)) -> Result<Vec<f64>, String> {
    let layer = f64::from(u32::try_from(layer).unwrap());
    Ok((0..100).map(|trial| layer + f64::from(trial * trial % 101) / 50.0).collect())
}

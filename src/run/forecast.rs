//! How long a run will take, from short measurements on this machine.
//!
//! Drawing is counted in operations, whose speeds are calibrated, and set right by trials of some groups that are run. What a
//! row costs depends on its theory, its metrics and its trials: the rows of some cells, spread evenly over the sweep, are made
//! from made-up values and timed.

use std::ops::Range;
use std::time::Instant;

use super::prepared::Prepared;
use crate::engine::{calibrate, pace, predicted_seconds, together};
use crate::output;
use crate::sweep::{Rates, Sweep, as_f64, group};

/// Cells whose rows are made.
const SAMPLES: usize = 16;
/// Trials of them, at most; the time of more is proportional.
const TRIALS: usize = 4096;
/// Layers of them, at most: theory goes on layer by layer.
const LAYERS: usize = 40;
/// Seconds that the sample may take, before it is cut short.
const PATIENCE: f64 = 0.5;

/// Nanoseconds of a byte of a table on its way to the disk: hash, copy, write. Measured.
const BYTE: f64 = 2.0;
/// Nanoseconds of a trial value on its way into the store: checksum, copies, pages. Measured.
const VALUE: f64 = 12.0;
/// Nanoseconds of a group: its key and its cells in the store, its opening and its end. Measured on 20,000 tiny groups.
const GROUP: f64 = 25_000.0;

/// Nanoseconds of a byte of the summary that the report reads again, on one thread. Measured.
const READ: f64 = 7.0;

/// Seconds of a run, by what takes them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// Cells and groups: as long as it has taken this time.
    pub layout: f64,
    /// Networks.
    pub drawing: f64,
    /// Theory, statistics and text of the rows.
    pub rows: f64,
    /// Store, tables and report.
    pub files: f64,
}

impl Forecast {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.layout + self.drawing + self.rows + self.files
    }
}

impl Prepared {
    /// How long the run will take, and the speeds of this machine. Takes about half a second itself.
    #[must_use]
    pub fn forecast(&self) -> (Forecast, Rates) {
        let engine = self.options.engine();
        let rates = calibrate(engine);
        let drawing = predicted_seconds(&self.plan.groups, self.trials(), engine, &rates);
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = as_f64(self.options.threads.min(cores));
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let [text, values] =
            [self.rows as u128 * super::size::ROW_TEXT, self.values()].map(|count| count as f64);
        let files = text * BYTE + values * VALUE + as_f64(self.plan.groups.len()) * GROUP;
        let forecast = Forecast {
            layout: self.layout_seconds,
            drawing: drawing * pace(&self.plan.groups, engine, &rates),
            rows: self.row_seconds() / threads,
            files: (files / threads + text * READ) * 1e-9,
        };
        (forecast, rates)
    }

    /// Seconds of the rows of all cells on one core.
    fn row_seconds(&self) -> f64 {
        let samples = SAMPLES.min(self.plan.cells.len());
        let start = Instant::now();
        let (mut seconds, mut rows) = (0.0, 0);
        for sample in 0..samples {
            // The middles of equal parts of the sweep.
            let cell = (2 * sample + 1) * self.plan.cells.len() / (2 * samples);
            for (of_cell, its_rows) in together(self.options.threads, || self.time_rows(cell)) {
                seconds += of_cell;
                rows += its_rows;
            }
            if start.elapsed().as_secs_f64() > PATIENCE {
                break;
            }
        }
        if rows == 0 { 0.0 } else { seconds * as_f64(self.rows) / as_f64(rows) }
    }

    /// Seconds of the rows of one cell, and how many they are.
    fn time_rows(&self, cell: usize) -> (f64, usize) {
        let trials = self.trials().min(TRIALS);
        let column: Vec<f64> = (0..trials).map(|trial| 1.5 + libm::sin(as_f64(trial))).collect();
        let columns = |range: Range<usize>| vec![column.clone(); range.len()];
        let mut cell = self.plan.cells[cell].clone();
        cell.network.depth = cell.network.depth.min(LAYERS);
        let cells = [cell];
        let Sweep { measure, randomness, seed, .. } = &self.sweep;
        let (cell, group) = (&cells[0], &group(&cells, measure, *randomness, *seed)[0]);
        let start = Instant::now();
        std::hint::black_box(output::predictions(cell, &self.sweep));
        let theory = start.elapsed().as_secs_f64();
        let rows = output::rows(cell, &self.sweep, group, columns);
        std::hint::black_box(output::csv_lines(&rows));
        let whole = start.elapsed().as_secs_f64() - theory;
        let scale = as_f64(self.trials()) / as_f64(trials);
        (theory + (whole - theory).max(0.0) * scale, rows.len())
    }
}

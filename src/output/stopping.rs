//! `stopping.csv`: where each cell stopped, and why.

use super::cell::{CELL_COLUMNS, CellColumns};
use super::columns::columns;
use super::package::TableFile;
use crate::analysis::{Limit, Settled};
use crate::network::{Metric, Site};
use crate::sweep::{Cell, Statistic, Stopping, Sweep, Target};

/// The reason of a cell that has reached its targets.
const TARGET: &str = "target";

columns! {
    /// One cell.
    read struct StoppingRow of cell;
    /// The columns of `stopping.csv`.
    const STOPPING_COLUMNS;
    fn row(looks: &[u64], settled: &Settled, limit: Option<&Limit>, target: Option<&Target>);
    trials: usize ["trials"] = settled.trials, "trials at which the cell stopped";
    looks: usize ["looks"] = looks.iter().take_while(|&&look| look < settled.trials as u64).count() + 1,
        "numbers of trials at which the cell was looked at, with the one at which it stopped";
    looks_allowed: usize ["looks"] = looks.len(),
        "looks that the config allows: every interval of the run has the level 1 - 0.05 / looks, so that it covers with \
         probability 95 % after stopping";
    reason: String = if settled.reached { TARGET } else { "max" }.to_owned(),
        "target (all are reached) or max (the most trials allowed)";
    target: Option<usize> ["1"] = limit.map(|limit| limit.target + 1),
        "the limiting target, from 1: the one that was the farthest from being reached";
    metric: Option<Metric> = limit.map(|limit| limit.place.metric), "its metric";
    layer: Option<usize> ["layers"] = limit.map(|limit| limit.place.layer), "the layer where it was";
    site: Option<Site> = limit.map(|limit| limit.place.site), "its site";
    statistic: Option<Statistic> = target.map(|target| target.statistic), "its statistic";
    accuracy: Option<String> = target.map(|target| target.precision.to_string()),
        "its accuracy, as in the config";
    half_width: Option<f64> ["metric"] = limit.and_then(|limit| limit.half_width),
        "half-width of its interval";
    allowed: Option<f64> ["metric"] = limit.and_then(|limit| limit.allowed), "the largest half-width allowed";
    doubt: Option<String> = limit.and_then(|limit| limit.doubt.clone()),
        "why its interval is not to be relied on, so that it is not reached";
}

impl StoppingRow {
    /// Whether the cell has reached its targets.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        self.reason == TARGET
    }
}

/// `stopping.csv` from its bytes.
#[must_use]
pub fn stopping_file(bytes: Vec<u8>) -> TableFile {
    let key = &["cell", "label", "init"];
    TableFile { name: "stopping", columns: STOPPING_COLUMNS, key, bytes: bytes.into() }
}

/// The row of one cell.
#[must_use]
pub fn stopping_row(cell: &Cell, sweep: &Sweep, stopping: &Stopping, settled: &Settled) -> StoppingRow {
    let limit = settled.limit.as_ref();
    let target = limit.map(|limit| &stopping.targets[limit.target]);
    row(&CellColumns::new(cell, sweep), &sweep.looks(), settled, limit, target)
}

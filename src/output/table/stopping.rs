//! Trials needed, where targets decide.

use super::names::names;
use super::numbers::significant;
use super::sheet::Sheet;
use crate::output::stopping::StoppingRow;
use crate::sweep::Cell;

/// Cells that are shown; the rest are counted.
const SHOWN: usize = 24;

/// How many trials each cell needed, and the target that was reached last; rows are in the order of the cells.
#[must_use]
pub fn stopping_sheet(cells: &[Cell], rows: &[StoppingRow]) -> Sheet {
    let mut lines =
        vec![["cell", "trials", "targets", "the hardest", "interval", "wanted"].map(str::to_owned).to_vec()];
    for (name, row) in names(cells).into_iter().zip(rows).take(SHOWN) {
        lines.push(line(name, row));
    }
    let reached = rows.iter().filter(|row| row.is_reached()).count();
    let most = rows.iter().map(|row| row.trials).max().unwrap_or(0);
    let least = rows.iter().map(|row| row.trials).min().unwrap_or(0);
    let more = rows.len().saturating_sub(SHOWN);
    let more = (more > 0).then(|| format!("... and {more} more cells in stopping.csv"));
    let range = if least == most { most.to_string() } else { format!("{least} to {most}") };
    let verdict = format!("{reached} of {} cells reached their targets, after {range} trials.", rows.len());
    Sheet { lines, notes: more.into_iter().chain([verdict]).collect() }
}

fn line(name: String, row: &StoppingRow) -> Vec<String> {
    let place = match (row.metric, row.layer, row.site) {
        (Some(metric), Some(layer), Some(site)) => format!("{metric}, layer {layer}, {site}"),
        _ => String::new(),
    };
    let width =
        |width: Option<f64>| width.map_or(String::new(), |width| format!("± {}", significant(width, 3)));
    let interval = row.doubt.clone().unwrap_or_else(|| width(row.half_width));
    let precision = row.accuracy.clone().unwrap_or_default();
    let wanted = format!("{} ({precision})", width(row.allowed));
    let verdict = if row.is_reached() { "reached" } else { "not reached" };
    vec![name, row.trials.to_string(), verdict.to_owned(), place, interval, wanted]
}

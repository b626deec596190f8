//! The rows that a figure is about.

use super::input::Input;
use super::names;
use crate::network::{Metric, Site};
use crate::output::{BandRow, Row};
use crate::statistics::Reliability;
use crate::sweep::{FigureClause, Layers};

/// One row of a figure.
#[derive(Clone, Copy)]
pub struct Item<'a> {
    /// Its cell.
    pub cell: usize,
    /// The row.
    pub row: &'a Row,
    /// Its band over all layers, if there is one.
    pub band: Option<&'a BandRow>,
}

impl Item<'_> {
    /// Whether the interval of its mean is not to be relied on. Values that are all equal have a mean that is known.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        !matches!(self.row.reliability, Reliability::Ok | Reliability::Constant)
    }

    /// Whether a network has an infinite value.
    #[must_use]
    pub fn is_infinite(&self) -> bool {
        self.row.estimate == Some(f64::INFINITY)
            || (self.row.estimate.is_none() && self.row.max == Some(f64::INFINITY))
    }
}

/// The metrics and sites that were measured. The input is layer 0 of the curves of `post`; alone it has no figure where
/// there is anything else.
#[must_use]
pub fn pairs(input: &Input<'_>) -> Vec<(Metric, Site)> {
    let measure = &input.sweep.measure;
    let is_there = |site: &Site| input.rows.iter().flatten().any(|row| row.site == *site);
    let mut sites: Vec<Site> = measure.sites.iter().copied().filter(is_there).collect();
    if sites.len() > 1 {
        sites.retain(|site| *site != Site::Input);
    }
    measure.metrics.iter().flat_map(|&metric| sites.iter().map(move |&site| (metric, site))).collect()
}

/// Why a metric at a site needs no picture, if it needs none.
#[must_use]
pub fn dull(input: &Input<'_>, metric: Metric, site: Site) -> Option<String> {
    let of_pair = |row: &&Row| row.metric == metric && row.site == site;
    let mut rows = input.rows.iter().flatten().filter(of_pair);
    let first = rows.next()?;
    let value = first.estimate?;
    let same = |row: &Row| row.estimate == Some(value) && row.q025 == first.q025 && row.q975 == first.q975;
    (input.rows.iter().flatten().filter(of_pair).count() > 1 && rows.all(same))
        .then(|| format!("it is {} everywhere", super::number::rounded(value, 4)))
}

/// The rows of one metric of a clause. `all_layers`: where the clause says nothing, all of them in place of the last.
///
/// # Errors
///
/// If the condition of the clause has no truth value.
pub fn items<'a>(
    input: &Input<'a>,
    clause: &FigureClause,
    metric: Metric,
    all_layers: bool,
) -> Result<Vec<Item<'a>>, String> {
    let chosen = clause.selection.choose(input.cells).map_err(|error| error.to_string())?;
    let usual = if all_layers { Layers::All } else { Layers::Last };
    let layers = clause.layers.as_ref().unwrap_or(&usual);
    let mut items = Vec::new();
    for cell in chosen {
        let Some(rows) = input.rows.get(cell) else { continue };
        let is_here = |row: &&Row| {
            row.metric == metric
                && (row.site == clause.site || (row.site == Site::Input && clause.site == Site::Post))
        };
        let last = clause.site.last_of(rows.iter().filter(is_here).map(|row| row.layer));
        // Both tables have a row for each observable of the cell.
        let band = |index: usize| input.bands.and_then(|bands| bands.get(cell)?.get(index));
        let all = rows.iter().enumerate().map(|(index, row)| Item { cell, row, band: band(index) });
        items.extend(all.filter(|item| is_here(&item.row) && layers.contains(item.row.layer, last)));
    }
    if items.is_empty() {
        return Err(format!(
            "there is no number of the {} in these cells",
            names::quantity(metric, clause.site)
        ));
    }
    Ok(items)
}

/// Whether the layers of a cell are enough for a curve.
#[must_use]
pub fn has_layers(items: &[Item<'_>]) -> bool {
    items.chunk_by(|a, b| a.cell == b.cell).any(|of_cell| of_cell.len() >= 3)
}

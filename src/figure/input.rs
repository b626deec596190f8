//! What figures are made of.

use crate::network::{Metric, Site};
use crate::output::{BandRow, BinRow, Row};
use crate::sweep::{Cell, FigureClause, Sweep};

/// Width of a figure over two columns of a paper: 170 mm.
pub const TWO_COLUMNS: f64 = 482.0;
/// Most figures that are drawn unasked.
pub const MOST: usize = 12;

/// Gives the values of all trials of a cell at a layer and site, or says why there are none.
pub type Values<'a> = &'a dyn Fn(usize, (usize, Site, Metric)) -> Result<Vec<f64>, String>;

/// What figures are made of: the files of a run.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// What was run.
    pub sweep: &'a Sweep,
    /// Its cells.
    pub cells: &'a [Cell],
    /// The rows of every cell.
    pub rows: &'a [Vec<Row>],
    /// Their bands, row by row, if they were asked for.
    pub bands: Option<&'a [Vec<BandRow>]>,
    /// The histograms of the entries of every cell, if there are any.
    pub histograms: Option<&'a [Vec<BinRow>]>,
    /// The values of the trials.
    pub values: Values<'a>,
    /// The figures that are wanted; none for the usual ones.
    pub clauses: &'a [FigureClause],
    /// Width in points.
    pub width: f64,
}

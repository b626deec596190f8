//! Which numbers the page shows: all, unless they are too many.

use crate::network::Site;
use crate::run::Prepared;
use crate::sweep::Cell;

/// Rows of a page, at most.
const MOST: usize = 2000;

/// A row of the summary, by what tells it apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Index of the cell.
    pub cell: usize,
    /// Layer.
    pub layer: usize,
    /// Site.
    pub site: Site,
}

/// The rows that are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Whether they are those of last layers alone.
    last: bool,
    /// How many they are.
    pub rows: usize,
    /// Rows of the run.
    all: usize,
    /// Rows of last layers.
    of_last: usize,
}

impl Shown {
    /// Chooses: all rows, else those of last layers, else the first of these.
    pub fn new(work: &Prepared) -> Self {
        let metrics = work.sweep.measure.metrics.len();
        let of_last = work.plan.cells.iter().map(|cell| sites(work, cell) * metrics).sum();
        let last = work.rows > MOST;
        Self { last, rows: if last { MOST.min(of_last) } else { work.rows }, all: work.rows, of_last }
    }

    /// Whether a row may be shown.
    pub fn has(&self, work: &Prepared, place: Place) -> bool {
        !self.last || work.observables(&work.plan.cells[place.cell]).last(place.site) == Some(place.layer)
    }

    /// What is left out; nothing if all are shown.
    pub fn left_out(&self) -> Option<String> {
        let Self { rows, all, of_last, .. } = *self;
        if rows == all {
            return None;
        }
        let which = if rows < of_last {
            format!("the first {rows} of {of_last} numbers of last layers")
        } else {
            format!("the {rows} numbers of last layers")
        };
        Some(format!("Shown are {which}. Left out are {} of {all} numbers. To see them:", all - rows))
    }
}

/// How many sites a cell reports.
fn sites(work: &Prepared, cell: &Cell) -> usize {
    let observables = work.observables(cell);
    Site::ALL.into_iter().filter(|&site| observables.last(site).is_some()).count()
}

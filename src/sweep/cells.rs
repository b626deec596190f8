//! The cells of a sweep, one after another.

use std::collections::HashSet;

use super::cell::Cell;
use super::error::SweepError;
use super::experiment::Sweep;
use super::grid::Grid;
use super::measure::Measure;
use super::point::Point;

/// The cells of a sweep in their fixed order: grids as in the file, axes as in
/// [`Parameter::ALL`](super::Parameter::ALL), the last fastest.
///
/// Nothing is evaluated before it is asked for. A cell that equals an earlier one in content and in
/// all it is written as is left out; the hashes kept for that are the only memory that grows.
pub struct Cells<'a> {
    points: Points<'a>,
    measure: &'a Measure,
    seen: HashSet<String>,
}

impl Sweep {
    /// The cells, evaluated as they are asked for; an item is an error where an expression has no valid value.
    #[must_use]
    pub fn cells(&self) -> Cells<'_> {
        self.cells_heard(&|_| ())
    }

    /// The same; `heard` is told now and then how many more points of the grids, kept or not, were looked at. A `where` may
    /// remove millions of them between two cells.
    pub fn cells_heard<'a>(&'a self, heard: &'a dyn Fn(u64)) -> Cells<'a> {
        let points = Points { grids: &self.grids, index: 0, any_left: false, heard };
        Cells { points, measure: &self.measure, seen: HashSet::new() }
    }
}

impl Iterator for Cells<'_> {
    type Item = Result<Cell, SweepError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.points.next()?.and_then(|point| point.cell_to_run(self.measure)) {
                Ok(cell) if !self.seen.insert(cell.row_key()) => {}
                other => return Some(other),
            }
        }
    }
}

/// Points between two reports.
const REPORTED: u64 = 1 << 10;

/// The kept points of grids, in order.
struct Points<'a> {
    grids: &'a [Grid],
    index: u64,
    any_left: bool,
    heard: &'a dyn Fn(u64),
}

impl<'a> Points<'a> {
    /// Ends the first grid; an error if its `where` has removed everything.
    fn end_grid(&mut self, grid: &'a Grid) -> Option<SweepError> {
        let cells = std::mem::take(&mut self.index);
        let any_left = std::mem::take(&mut self.any_left);
        self.grids = &self.grids[1..];
        grid.nothing_left(cells).filter(|_| !any_left)
    }
}

impl<'a> Iterator for Points<'a> {
    type Item = Result<Point<'a>, SweepError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let grid = self.grids.first()?;
            if u128::from(self.index) >= grid.size() {
                match self.end_grid(grid) {
                    Some(error) => return Some(Err(error)),
                    None => continue,
                }
            }
            let point = Point::new(grid, self.index);
            self.index += 1;
            if self.index.is_multiple_of(REPORTED) {
                (self.heard)(REPORTED);
            }
            match point.is_kept() {
                Ok(false) => {}
                Ok(true) => {
                    self.any_left = true;
                    return Some(Ok(point));
                }
                Err(error) => {
                    self.any_left = true;
                    return Some(Err(error));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{self, Source};

    #[test]
    fn points_that_a_filter_removes_are_heard_of() {
        let text = "name = 'a'\ntrials = 1\n[[grid]]\nstd = 1\nwidth = { from = 1, to = 5000, step = 1 }\n\
                    where = 'width == 4999'";
        let sweep = config::parse(&Source::new("a", text)).unwrap();
        let heard = std::cell::Cell::new(0);
        assert_eq!(sweep.cells_heard(&|points| heard.set(heard.get() + points)).count(), 1);
        assert_eq!(heard.get(), 4 * super::REPORTED);
    }
}

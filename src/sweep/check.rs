//! Checks a sweep before it runs, within a bounded time.

use super::error::SweepError;
use super::experiment::Sweep;
use super::grid::Grid;
use super::measure::Measure;
use super::point::Point;

/// Points that are looked at one by one; a larger sweep is looked at where its axes begin and end.
pub const CHECKED_POINTS: u128 = 100_000;
/// Numbers, names and operations that a check may evaluate: a few tenths of a second.
const CHECKED_WORK: usize = 8_000_000;
/// What it takes to find a point's place on every axis, in the same unit.
const POINT_WORK: usize = 16;

impl Sweep {
    /// Every error found in bounded time, in order.
    ///
    /// A sweep of up to [`CHECKED_POINTS`] points is checked wholly, unless long expressions, or schedules over very
    /// deep networks, make that too slow; a `where` that leaves nothing is among them. Otherwise each value of each
    /// axis is checked in the first and in the last point that has it; what is wrong elsewhere is reported by
    /// [`cells`](Self::cells).
    #[must_use]
    pub fn check(&self) -> Vec<SweepError> {
        let wholly = self.size() <= CHECKED_POINTS;
        let mut look = Look { work: 0, found: Vec::new(), measure: &self.measure };
        for grid in self.grids.iter().filter(|grid| grid.size() > 0) {
            let size = u64::try_from(grid.size()).unwrap_or(u64::MAX);
            if wholly {
                let kept = look.at(grid, 0..size);
                look.found.extend(grid.nothing_left(size).filter(|_| kept == Some(0)));
            } else {
                look.at(grid, ends(grid));
            }
        }
        look.found
    }
}

struct Look<'a> {
    work: usize,
    found: Vec<SweepError>,
    measure: &'a Measure,
}

impl Look<'_> {
    /// Checks the points of these numbers; gives how many `where` does not remove, or `None` if there was too much work.
    fn at(&mut self, grid: &Grid, indices: impl Iterator<Item = u64>) -> Option<usize> {
        let filter = grid.filter.as_ref().map_or(0, |filter| filter.condition.size());
        let mut kept = 0;
        for index in indices {
            if self.work > CHECKED_WORK {
                return None;
            }
            let point = Point::new(grid, index);
            self.work += POINT_WORK + if filter > 0 { filter + point.size() } else { 0 };
            let checked = match point.is_kept() {
                Ok(false) => continue,
                Ok(true) => point.check(&mut self.work, self.measure),
                Err(error) => Err(error),
            };
            kept += 1;
            if let Err(error) = checked {
                // An error takes memory, so it costs more than the evaluation that found it.
                self.work += 40 + error.text().len();
                self.found.push(error);
            }
        }
        Some(kept)
    }
}

/// For each value of each axis the first and the last point that has it.
fn ends(grid: &Grid) -> impl Iterator<Item = u64> {
    let last = u64::try_from(grid.size().saturating_sub(1)).unwrap_or(u64::MAX);
    let mut stride = 1_u64;
    let mut strides: Vec<(u64, u64)> = Vec::new();
    for (_, length) in grid.groups().iter().rev() {
        let length = *length as u64;
        strides.push((stride, length));
        stride = stride.saturating_mul(length);
    }
    strides.into_iter().flat_map(move |(stride, length)| {
        (0..length).flat_map(move |digit| [digit * stride, last - (length - 1 - digit) * stride])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::Parameter;
    use crate::sweep::grid::tests::grid;

    #[test]
    fn each_value_is_checked_in_its_first_and_its_last_point() {
        let grid = grid(&[2, 3, 4], &[vec![Parameter::Width, Parameter::Std]]);
        let size = u64::try_from(grid.size()).unwrap();
        let mut expected = Vec::new();
        for (members, length) in grid.groups().iter().rev() {
            for digit in 0..*length {
                let has = |index: &u64| grid.place(*index)[members[0]] == digit;
                expected.extend([(0..size).find(has).unwrap(), (0..size).rfind(has).unwrap()]);
            }
        }
        assert_eq!(ends(&grid).collect::<Vec<_>>(), expected);
    }
}

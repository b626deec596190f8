//! Checks a sweep before it runs, within a bounded time.

use super::Sweep;
use super::cells::Points;
use super::error::SweepError;
use super::grid::Grid;
use super::point::Point;
use super::span::Span;

/// Points that are looked at one by one; a larger sweep is looked at where its axes begin and end.
pub const CHECKED_POINTS: u128 = 100_000;
/// Expression evaluations that a check may take: a few tenths of a second.
const CHECKED_EVALUATIONS: usize = 4_000_000;

/// Every error found in `sweep`, in order.
///
/// A sweep of up to [`CHECKED_POINTS`] points is checked wholly, unless schedules over very deep networks make
/// that too slow; a `where` that leaves nothing is among them. Otherwise each value of each axis is checked in the first and in the last point that has it;
/// what is wrong elsewhere is reported by [`Sweep::cells`].
pub(super) fn check(sweep: &Sweep) -> Vec<SweepError> {
    if sweep.size() > CHECKED_POINTS {
        let ends = sweep.grids.iter().filter(|grid| grid.size() > 0).flat_map(|grid| {
            ends(grid).map(move |index| {
                let point = Point::new(grid, index);
                point.is_kept().map(|kept| kept.then_some(point))
            })
        });
        return errors(ends.filter_map(Result::transpose), sweep.measure.rescale);
    }
    errors(Points::new(&sweep.grids), sweep.measure.rescale)
}

fn errors<'a>(
    points: impl Iterator<Item = Result<Point<'a>, SweepError>>,
    rescale: Option<Span>,
) -> Vec<SweepError> {
    let mut work = 0;
    let mut found = Vec::new();
    for point in points {
        if let Err(error) = point.and_then(|point| point.check(&mut work, rescale)) {
            // An error takes memory, so it costs more than the evaluation that found it.
            work += 40;
            found.push(error);
        }
        if work > CHECKED_EVALUATIONS {
            break;
        }
    }
    found
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
                let has = |index: &u64| grid.place(*index)[members[0] as usize] == digit;
                expected.extend([(0..size).find(has).unwrap(), (0..size).rfind(has).unwrap()]);
            }
        }
        assert_eq!(ends(&grid).collect::<Vec<_>>(), expected);
    }
}

//! The values of the trials of one group, and which of them are still missing.

use std::ops::Range;
use std::sync::Arc;

use crate::sweep::Group;

/// The values of some consecutive trials of one group, as far as they are known, in the blocks in which they came:
/// `block[(trial - first) * observables + observable]`. Blocks are shared, so that none is copied on its way into a
/// store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrialValues {
    /// By first trial; disjoint.
    blocks: Vec<(usize, Arc<Vec<f64>>)>,
    observables: usize,
    range: Range<usize>,
    /// Ascending, neither empty nor touching.
    missing: Vec<Range<usize>>,
}

/// A trial that has two different sets of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("trial {trial} has two different sets of values")]
pub struct Conflict {
    /// The trial.
    pub trial: usize,
}

impl TrialValues {
    /// A table for the trials of a range, all missing. A group that reports nothing misses nothing.
    #[must_use]
    pub fn new(group: &Group, range: Range<usize>) -> Self {
        Self::of(group.observables.len(), range)
    }

    fn of(observables: usize, range: Range<usize>) -> Self {
        let mut missing = Vec::new();
        if observables > 0 {
            push(&mut missing, range.clone());
        }
        Self { blocks: Vec::new(), observables, range, missing }
    }

    /// Asks for all trials before `end`; the new ones are missing. Does nothing if they are asked for already.
    pub fn extend(&mut self, end: usize) {
        if end <= self.range.end {
            return;
        }
        if self.observables > 0 {
            push(&mut self.missing, self.range.end..end);
        }
        self.range.end = end;
    }

    /// Number of trials, missing ones included.
    #[must_use]
    pub fn trials(&self) -> usize {
        self.range.len()
    }

    /// The trials that were asked for.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Values per trial.
    #[must_use]
    pub fn observables(&self) -> usize {
        self.observables
    }

    /// The missing trials: ascending ranges that do not touch.
    #[must_use]
    pub fn missing(&self) -> &[Range<usize>] {
        &self.missing
    }

    /// How many trials are missing.
    #[must_use]
    pub fn missing_trials(&self) -> usize {
        self.missing.iter().map(Range::len).sum()
    }

    /// The values of one trial, if they are known.
    #[must_use]
    pub fn trial(&self, trial: usize) -> Option<&[f64]> {
        let after = self.blocks.partition_point(|&(first, _)| first <= trial);
        let (first, values) = self.blocks.get(after.checked_sub(1)?)?;
        values.chunks_exact(self.observables.max(1)).nth(trial - first)
    }

    /// Puts in the values of trials `first ..`; those that were not asked for are left out.
    ///
    /// # Errors
    ///
    /// If a trial that is already known has other bits; then nothing from that trial on is put in.
    pub fn put(&mut self, first: usize, values: Vec<f64>) -> Result<(), Conflict> {
        let n = self.observables.max(1);
        let end = first.saturating_add(values.len() / n).min(self.range.end);
        let of = |trials: Range<usize>| &values[(trials.start - first) * n..(trials.end - first) * n];
        let differs = |&trial: &usize| {
            let known = self.trial(trial);
            known.is_some_and(|known| {
                known.iter().zip(of(trial..trial + 1)).any(|(a, b)| a.to_bits() != b.to_bits())
            })
        };
        let conflict = (first.max(self.range.start)..end).find(differs);
        let end = conflict.unwrap_or(end);
        let new: Vec<Range<usize>> = overlaps(&self.missing, &(first..end)).collect();
        if let [all] = new.as_slice()
            && all.len() * n == values.len()
        {
            self.insert(first, Arc::new(values));
        } else {
            for part in new {
                self.insert(part.start, Arc::new(of(part).to_vec()));
            }
        }
        conflict.map_or(Ok(()), |trial| Err(Conflict { trial }))
    }

    /// Puts in a block of missing trials.
    ///
    /// # Panics
    ///
    /// If the group reports nothing.
    pub fn insert(&mut self, first: usize, values: Arc<Vec<f64>>) {
        let trials = first..first + values.len() / self.observables;
        let place = self.blocks.partition_point(|&(other, _)| other < first);
        self.blocks.insert(place, (first, values));
        self.forget_missing(&trials);
    }

    /// The values of some neighbouring observables in all known trials, in trial order: one walk through the memory for
    /// all of them.
    #[must_use]
    pub fn columns(&self, observables: Range<usize>) -> Vec<Vec<f64>> {
        let mut columns = vec![Vec::with_capacity(self.range.len()); observables.len()];
        for row in self.blocks.iter().flat_map(|(_, values)| values.chunks(self.observables)) {
            for (column, &value) in columns.iter_mut().zip(&row[observables.clone()]) {
                column.push(value);
            }
        }
        columns
    }

    /// Removes some trials from those that are missing, without their values: somebody else has them.
    pub fn forget_missing(&mut self, known: &Range<usize>) {
        let old = std::mem::take(&mut self.missing);
        for gap in old {
            push(&mut self.missing, gap.start..gap.end.min(known.start));
            push(&mut self.missing, gap.start.max(known.end)..gap.end);
        }
    }

    /// The missing trials, cut at the multiples of `block`.
    pub(super) fn missing_blocks(&self, block: usize) -> impl Iterator<Item = Range<usize>> {
        self.missing.iter().flat_map(move |gap| {
            let starts =
                std::iter::successors(Some(gap.start), move |start| Some((start / block + 1) * block));
            let end = gap.end;
            starts
                .take_while(move |&start| start < end)
                .map(move |start| start..end.min((start / block + 1) * block))
        })
    }
}

/// The parts of ascending ranges that lie in another one, without empty ones.
pub fn overlaps(ranges: &[Range<usize>], within: &Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let cut = |range: &Range<usize>| range.start.max(within.start)..range.end.min(within.end);
    ranges.iter().map(cut).filter(|part| !part.is_empty())
}

/// Appends a range to an ascending list, joined to the last one where they touch; an empty one is left out.
fn push(ranges: &mut Vec<Range<usize>>, range: Range<usize>) {
    match ranges.last_mut() {
        _ if range.is_empty() => {}
        Some(last) if last.end == range.start => last.end = range.end,
        _ => ranges.push(range),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table(trials: usize) -> TrialValues {
        TrialValues::of(2, 0..trials)
    }

    fn values(trials: Range<usize>) -> Vec<f64> {
        trials.flat_map(|trial| [f64::from(u32::try_from(trial).unwrap()), f64::NAN]).collect()
    }

    #[test]
    fn a_trial_with_other_bits_is_a_conflict_and_equal_bits_are_none() {
        let mut table = table(6);
        table.put(2, values(2..4)).unwrap();
        table.put(1, values(1..5)).unwrap();
        assert_eq!(table.missing(), [0..1, 5..6]);
        let mut other = values(0..6);
        other[6] = -0.0;
        assert_eq!(table.put(0, other), Err(Conflict { trial: 3 }));
        assert_eq!(table.missing(), vec![5..6; 1], "what came before the conflict is known");
        assert_eq!(table.trial(3).unwrap()[0].to_bits(), 3.0_f64.to_bits());
    }

    #[test]
    fn more_trials_than_there_is_room_for_are_left_out() {
        let mut table = table(3);
        table.put(1, values(1..9)).unwrap();
        assert_eq!((table.missing(), table.trial(3)), (&vec![0..1; 1][..], None));
        let mut middle = TrialValues::of(2, 3..6);
        middle.put(1, values(1..5)).unwrap();
        assert_eq!((middle.missing(), middle.trial(2)), (&vec![5..6; 1][..], None));
        assert_eq!(middle.trial(4).unwrap()[0].to_bits(), 4.0_f64.to_bits());
        middle.extend(8);
        assert_eq!((middle.missing(), middle.trials()), (&vec![5..8; 1][..], 5));
    }

    proptest! {
        #[test]
        fn the_missing_trials_are_those_not_put_in(
            start in 0_usize..20,
            trials in 20_usize..40,
            puts in prop::collection::vec((0_usize..50, 0_usize..20), 0..12),
            block in 1_usize..9,
        ) {
            let mut table = TrialValues::of(2, start..trials);
            let mut known = vec![false; trials];
            for (first, count) in puts {
                table.put(first, values(first..first + count)).unwrap();
                (first..(first + count).min(trials)).for_each(|trial| known[trial] = true);
            }
            let listed: Vec<usize> = table.missing().iter().cloned().flatten().collect();
            let expected: Vec<usize> = (start..trials).filter(|&trial| !known[trial]).collect();
            prop_assert_eq!(&listed, &expected);
            prop_assert!(table.missing().windows(2).all(|pair| pair[0].end < pair[1].start));
            for (trial, &known) in known.iter().enumerate() {
                prop_assert_eq!(table.trial(trial).is_some(), known && trial >= start);
            }
            let column: Vec<usize> = (start..trials).filter(|&trial| known[trial]).collect();
            let expected_column: Vec<f64> = column.iter().map(|&trial| f64::from(u32::try_from(trial).unwrap())).collect();
            prop_assert_eq!(table.columns(0..1).remove(0), expected_column);
            let mut opened = Vec::new();
            for part in table.missing_blocks(block) {
                prop_assert!(part.start / block == (part.end - 1) / block, "no part crosses a multiple of the block");
                opened.extend(part);
            }
            prop_assert_eq!(opened, expected);
        }
    }
}

//! The values of the trials of one group, and which of them are still missing.

use std::ops::Range;

use crate::sweep::Group;

/// The values of some consecutive trials of one group, as far as they are known:
/// `values[(trial - range.start) * observables + observable]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrialValues {
    values: Vec<f64>,
    observables: usize,
    range: Range<usize>,
    /// Ascending, neither empty nor touching.
    missing: Vec<Range<usize>>,
}

/// The first of some missing trials, and the place of their values.
pub(super) type Part<'t> = (usize, &'t mut [f64]);

/// A trial that has two different sets of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("trial {trial} has two different sets of values")]
pub struct Conflict {
    /// The trial.
    pub trial: usize,
}

impl TrialValues {
    /// Room for the trials of a range, all missing. A group that reports nothing misses nothing.
    #[must_use]
    pub fn new(group: &Group, range: Range<usize>) -> Self {
        Self::of(group.panel.len(), range)
    }

    fn of(observables: usize, range: Range<usize>) -> Self {
        let mut missing = Vec::new();
        if observables > 0 {
            push(&mut missing, range.clone());
        }
        Self { values: vec![0.0; range.len() * observables], observables, range, missing }
    }

    /// Makes room for all trials before `end`; the new ones are missing. Does nothing if there is room already.
    pub fn extend(&mut self, end: usize) {
        if end <= self.range.end {
            return;
        }
        if self.observables > 0 {
            push(&mut self.missing, self.range.end..end);
        }
        self.range.end = end;
        self.values.resize(self.range.len() * self.observables, 0.0);
    }

    /// Number of trials, missing ones included.
    #[must_use]
    pub fn trials(&self) -> usize {
        self.range.len()
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

    /// The known trials: ascending ranges that do not touch.
    pub fn known(&self) -> impl Iterator<Item = Range<usize>> {
        let ends = self.missing.iter().map(|gap| gap.start).chain([self.range.end]);
        let starts = [self.range.start].into_iter().chain(self.missing.iter().map(|gap| gap.end));
        starts.zip(ends).map(|(start, end)| start..end).filter(|known| !known.is_empty())
    }

    /// How many trials are missing.
    #[must_use]
    pub fn missing_trials(&self) -> usize {
        self.missing.iter().map(Range::len).sum()
    }

    /// The values of one trial, if they are known.
    #[must_use]
    pub fn trial(&self, trial: usize) -> Option<&[f64]> {
        let known = self.range.contains(&trial) && self.observables > 0 && !self.is_missing(trial);
        known.then(|| self.rows(trial..trial + 1))
    }

    /// The values of some of its trials; those that are missing are 0.
    ///
    /// # Panics
    ///
    /// If it has no room for these trials.
    #[must_use]
    pub fn rows(&self, trials: Range<usize>) -> &[f64] {
        let start = self.range.start;
        &self.values[(trials.start - start) * self.observables..(trials.end - start) * self.observables]
    }

    /// Puts in the values of trials `first ..`; those that it has no room for are left out.
    ///
    /// # Errors
    ///
    /// If a trial that is already known has other bits; then nothing from that trial on is put in.
    pub fn put(&mut self, first: usize, values: &[f64]) -> Result<(), Conflict> {
        let start = self.range.start;
        let rows = (first..self.range.end).zip(values.chunks_exact(self.observables.max(1)));
        for (trial, new) in rows.skip_while(|&(trial, _)| trial < start) {
            let missing = self.is_missing(trial);
            let old = &mut self.values[(trial - start) * self.observables..][..self.observables];
            if missing {
                old.copy_from_slice(new);
            } else if old.iter().zip(new).any(|(a, b)| a.to_bits() != b.to_bits()) {
                self.forget_missing(first..trial);
                return Err(Conflict { trial });
            }
        }
        let count = values.len() / self.observables.max(1);
        self.forget_missing(first..first.saturating_add(count));
        Ok(())
    }

    /// The values of some neighbouring observables, in trial order: one walk through the memory for all of them.
    #[must_use]
    pub fn columns(&self, observables: Range<usize>) -> Vec<Vec<f64>> {
        let mut columns = vec![Vec::with_capacity(self.range.len()); observables.len()];
        for row in self.values.chunks(self.observables) {
            for (column, &value) in columns.iter_mut().zip(&row[observables.clone()]) {
                column.push(value);
            }
        }
        columns
    }

    fn is_missing(&self, trial: usize) -> bool {
        let gap = self.missing.partition_point(|gap| gap.end <= trial);
        self.missing.get(gap).is_some_and(|gap| gap.contains(&trial))
    }

    fn forget_missing(&mut self, known: Range<usize>) {
        let old = std::mem::take(&mut self.missing);
        for gap in old {
            push(&mut self.missing, gap.start..gap.end.min(known.start));
            push(&mut self.missing, gap.start.max(known.end)..gap.end);
        }
    }

    /// The list of missing ranges, and the rows of the missing trials cut at the multiples of `block`.
    pub(super) fn open(&mut self, block: usize) -> (&mut Vec<Range<usize>>, Vec<Part<'_>>) {
        let mut parts = Vec::new();
        let (mut rest, mut at) = (&mut self.values[..], self.range.start);
        for gap in &self.missing {
            let mut first = gap.start;
            while first < gap.end {
                let end = gap.end.min((first / block + 1) * block);
                let (_, tail) = rest.split_at_mut((first - at) * self.observables);
                let (part, tail) = tail.split_at_mut((end - first) * self.observables);
                parts.push((first, part));
                (rest, at, first) = (tail, end, end);
            }
        }
        (&mut self.missing, parts)
    }
}

/// Appends a range to an ascending list, joined to the last one where they touch; an empty one is left out.
pub(super) fn push(ranges: &mut Vec<Range<usize>>, range: Range<usize>) {
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
        table.put(2, &values(2..4)).unwrap();
        table.put(1, &values(1..5)).unwrap();
        assert_eq!(table.missing(), [0..1, 5..6]);
        let mut other = values(0..6);
        other[6] = -0.0;
        assert_eq!(table.put(0, &other), Err(Conflict { trial: 3 }));
        assert_eq!(table.missing(), vec![5..6; 1], "what came before the conflict is known");
        assert_eq!(table.trial(3).unwrap()[0].to_bits(), 3.0_f64.to_bits());
    }

    #[test]
    fn more_trials_than_there_is_room_for_are_left_out() {
        let mut table = table(3);
        table.put(1, &values(1..9)).unwrap();
        assert_eq!((table.missing(), table.trial(3)), (&vec![0..1; 1][..], None));
        let mut middle = TrialValues::of(2, 3..6);
        middle.put(1, &values(1..5)).unwrap();
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
                table.put(first, &values(first..first + count)).unwrap();
                (first..(first + count).min(trials)).for_each(|trial| known[trial] = true);
            }
            let listed: Vec<usize> = table.missing().iter().cloned().flatten().collect();
            let expected: Vec<usize> = (start..trials).filter(|&trial| !known[trial]).collect();
            prop_assert_eq!(&listed, &expected);
            prop_assert!(table.missing().windows(2).all(|pair| pair[0].end < pair[1].start));
            let rest: Vec<usize> = table.known().flatten().collect();
            prop_assert!(rest.iter().copied().eq((start..trials).filter(|&trial| known[trial])));
            for (trial, &known) in known.iter().enumerate() {
                prop_assert_eq!(table.trial(trial).is_some(), known && trial >= start);
            }
            let (_, parts) = table.open(block);
            let mut opened = Vec::new();
            for (first, part) in parts {
                let trials = first..first + part.len() / 2;
                prop_assert!(first / block == (trials.end - 1) / block, "no part crosses a multiple of the block");
                opened.extend(trials);
            }
            prop_assert_eq!(opened, expected);
        }
    }
}

//! Shards: the trials of a sweep, cut into parts of equal work that share nothing.
//!
//! All trials lie on a line, trial by trial, and within one trial family by family:
//!
//! ```text
//! trial 0: family 0, family 1, ...   trial 1: family 0, family 1, ...   trial 2: ...
//! |------- shard 0 --------|------- shard 1 --------|-------- shard 2 --------|
//! ```
//!
//! The line is cut at i/N of its work, at the nearest end of a family's trial. So every shard has the same mixture of
//! networks, and their work is equal however wrong our idea of the cost of a network is (as far as there are more
//! trials than shards); the trials of a group in one shard are consecutive; groups that share their draws stay
//! together. The cuts depend on the groups, the trials and N alone.
//!
//! Where targets decide how many trials a cell has, a shard takes whole families ([`Shard::whole`]), for a cell stops by what
//! all its trials show. The costliest family goes to the first shard, each of the others to the shard that has the least
//! work so far (Graham's longest processing time first).

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::fmt;
use std::ops::Range;

use super::family::families;
use super::work::nominal_work;
use crate::sweep::{Cost, Group, Rates, as_f64};

/// Shard number `index` of `count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    /// From 0 to `count` - 1.
    pub index: u32,
    /// At least 1.
    pub count: u32,
}

impl fmt::Display for Shard {
    /// `3/8`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl Shard {
    /// The trials of every group that are this shard's, of trials `0 .. trials`.
    #[must_use]
    pub fn parts(self, groups: &[Group], trials: usize) -> Vec<Range<usize>> {
        let families = families(groups, |_| false);
        let work: Vec<f64> = families.iter().map(|family| family_work(groups, family)).collect();
        let [starts, ends] = [self.index, self.index + 1].map(|index| cuts(&work, trials, index, self.count));
        let mut parts = vec![0..0; groups.len()];
        for ((members, start), end) in families.into_iter().zip(starts).zip(ends) {
            for index in members {
                parts[index] = start..end;
            }
        }
        parts
    }

    /// As [`parts`](Self::parts), where a shard has all trials of a group or none of them.
    #[must_use]
    pub fn whole(self, groups: &[Group], trials: usize) -> Vec<Range<usize>> {
        let families = families(groups, |_| false);
        let work: Vec<f64> = families.iter().map(|family| family_work(groups, family)).collect();
        let mut order: Vec<usize> = (0..families.len()).collect();
        order.sort_by(|&a, &b| work[b].total_cmp(&work[a]));
        let mut shards: BinaryHeap<Reverse<(Load, u32)>> =
            (0..self.count).map(|index| Reverse((Load(0.0), index))).collect();
        let mut parts = vec![0..0; groups.len()];
        for family in order {
            let Some(Reverse((Load(load), index))) = shards.pop() else { break };
            shards.push(Reverse((Load(load + work[family]), index)));
            if index == self.index {
                families[family].iter().for_each(|&group| parts[group] = 0..trials);
            }
        }
        parts
    }
}

/// Work of a shard.
#[derive(PartialEq)]
struct Load(f64);

impl Eq for Load {}

impl PartialOrd for Load {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Load {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// For every family, how many of its trials lie before cut `index` of `count`.
fn cuts(work: &[f64], trials: usize, index: u32, count: u32) -> Vec<usize> {
    let (index, count) = (index as usize, count as usize);
    // Trials are at most 10^9, and a count is below 2^32: no overflow in 64 bits.
    let (whole, rest) = (trials * index / count, trials * index % count);
    let cut = work.iter().sum::<f64>() * as_f64(rest) / as_f64(count);
    let mut before = 0.0;
    let is_before = |&work: &f64| {
        let middle = before + work / 2.0;
        before += work;
        middle < cut
    };
    work.iter().map(is_before).map(|is_before| whole + usize::from(is_before)).collect()
}

/// Nominal nanoseconds of one trial of all members, who draw once. A group that reports nothing is never run.
fn family_work(groups: &[Group], family: &[usize]) -> f64 {
    let mut members =
        family.iter().map(|&index| &groups[index]).filter(|group| !group.observables.is_empty());
    let first = members.next().map_or(0.0, nominal_work);
    let drawn = |group: &Group| Cost { draws: [0.0; 2], ..group.trial_cost() };
    first + members.map(|group| drawn(group).seconds(&Rates::NOMINAL) * 1e9).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::network::{Metric, Observables, Site};
    use crate::random::Key;
    use crate::sweep::Randomness;

    fn groups(widths: &[usize], shared: usize) -> Vec<Group> {
        let text = format!(
            "name = 's'\ntrials = 1\n[[grid]]\nwidth = {widths:?}\nstd = {:?}\n",
            (1..=shared).collect::<Vec<_>>()
        );
        let sweep = crate::config::parse(&crate::config::Source::new("s", text)).unwrap();
        let cells: Vec<_> = sweep.cells().collect::<Result<_, _>>().unwrap();
        crate::sweep::group(&cells, &sweep.measure, Randomness::Common, 1)
    }

    proptest! {
        #[test]
        fn shards_are_all_trials_once_and_their_work_differs_by_less_than_two_trials(
            widths in prop::collection::btree_set(1_usize..300, 1..6),
            shared in 1_usize..40,
            trials in 1_usize..30,
            count in 1_u32..40,
        ) {
            let widths: Vec<usize> = widths.into_iter().collect();
            let groups = groups(&widths, shared);
            let families = families(&groups, |_| false);
            let mut next = vec![0; groups.len()];
            let of_family: Vec<f64> = families.iter().map(|family| family_work(&groups, family)).collect();
            let whole = of_family.iter().sum::<f64>() * as_f64(trials);
            let largest = of_family.iter().copied().fold(0.0, f64::max);
            for index in 0..count {
                let parts = Shard { index, count }.parts(&groups, trials);
                for (next, part) in next.iter_mut().zip(&parts) {
                    prop_assert_eq!(*next, part.start);
                    prop_assert!(part.start <= part.end);
                    *next = part.end;
                }
                let mut work = 0.0;
                for (family, one) in families.iter().zip(&of_family) {
                    prop_assert!(family.iter().all(|&group| parts[group] == parts[family[0]]));
                    work += one * as_f64(parts[family[0]].len());
                }
                // Each of the two cuts is off by at most half a trial of one family; the rest is rounding.
                prop_assert!((work - whole / f64::from(count)).abs() <= largest + 1e-9 * whole);
            }
            prop_assert!(next.iter().all(|&next| next == trials));
        }
    }

    proptest! {
        #[test]
        fn whole_families_go_to_one_shard_each_and_none_is_idle_while_another_has_two(
            widths in prop::collection::btree_set(1_usize..300, 1..20),
            count in 1_u32..12,
        ) {
            let widths: Vec<usize> = widths.into_iter().collect();
            let groups = groups(&widths, 1);
            let mut taken = vec![0; groups.len()];
            let mut counts = Vec::new();
            for index in 0..count {
                let parts = Shard { index, count }.whole(&groups, 7);
                prop_assert!(parts.iter().all(|part| part.is_empty() || *part == (0..7)));
                parts.iter().zip(&mut taken).for_each(|(part, taken)| *taken += part.len());
                counts.push(parts.iter().filter(|part| !part.is_empty()).count());
            }
            prop_assert!(taken.iter().all(|&taken| taken == 7));
            if counts.contains(&0) {
                prop_assert!(counts.iter().all(|&count| count <= 1));
            }
        }
    }

    #[test]
    fn a_group_that_reports_nothing_weighs_nothing() {
        let mut groups = groups(&[10, 200], 1);
        groups[1].observables = Observables::new([], &Site::ALL, &[Metric::Mean]);
        groups[1].key = Key::root(2, "alone");
        let parts = |index| Shard { index, count: 2 }.parts(&groups, 10)[0].clone();
        assert_eq!((parts(0), parts(1)), (0..5, 5..10));
    }
}

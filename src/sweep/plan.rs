//! The plan of a run: every cell, the pass that serves it, and the name of it all.

use super::cell::Cell;
use super::experiment::Sweep;
use super::fingerprint::fingerprint;
use super::group::{Group, group};

/// What a sweep comes to before a trial is drawn.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its cells, in order.
    pub cells: Vec<Cell>,
    /// The passes that serve them; each cell is in one of them.
    pub groups: Vec<Group>,
    /// For each cell the index of its group.
    pub group_of: Vec<usize>,
    /// See [`fingerprint`].
    pub fingerprint: String,
}

impl Plan {
    /// The plan of `sweep`, of which `cells` are all [cells](Sweep::cells).
    ///
    /// They are taken as they are given, for whoever collects them watches the memory that they take.
    #[must_use]
    pub fn new(sweep: &Sweep, cells: Vec<Cell>) -> Self {
        let groups = group(&cells, &sweep.measure, sweep.randomness, sweep.seed);
        let mut group_of = vec![0; cells.len()];
        for (index, group) in groups.iter().enumerate() {
            group.cells.iter().for_each(|&cell| group_of[cell] = index);
        }
        let fingerprint = fingerprint(sweep, &cells);
        Self { cells, groups, group_of, fingerprint }
    }

    /// The pass that serves a cell.
    #[must_use]
    pub fn group(&self, cell: usize) -> &Group {
        &self.groups[self.group_of[cell]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Source};

    #[test]
    fn each_cell_is_in_the_group_that_the_plan_says() {
        let text =
            "name = 'a'\ntrials = 3\n[[grid]]\nwidth = [4, 8]\ndepth = [1, 3]\nstd = [0.1, 'he_normal']";
        let sweep = config::parse(&Source::new("a", text)).unwrap();
        let plan = Plan::new(&sweep, sweep.cells().collect::<Result<_, _>>().unwrap());
        assert_eq!((plan.cells.len(), plan.groups.len()), (8, 4));
        for (index, cell) in plan.cells.iter().enumerate() {
            assert!(plan.group(index).cells.contains(&index));
            let network = &plan.group(index).network;
            assert_eq!(
                (network.width, network.depth, network.law),
                (cell.network.width, 3, cell.network.law)
            );
        }
        assert_eq!(plan.fingerprint, fingerprint(&sweep, &plan.cells));
    }
}

//! How many trials every cell has: a fixed number, or as many as its targets need.

use std::ops::Range;

use super::prepare::Prepared;
use crate::analysis::{self, Place, Run, Settled};
use crate::engine::{Engine, TrialValues};

/// The looks of a run at its targets.
///
/// Every cell stops by what its own trials show, so that its rows depend on no other cell; a group goes on until
/// its last cell has stopped.
pub struct Settling<'w> {
    work: &'w Prepared,
    /// Group of every cell.
    groups: Vec<usize>,
    settled: Vec<Option<Settled>>,
}

impl<'w> Settling<'w> {
    /// Before the first look.
    pub fn new(work: &'w Prepared) -> Self {
        let mut groups = vec![0; work.cells.len()];
        for (g, group) in work.groups.iter().enumerate() {
            for &cell in &group.cells {
                groups[cell] = g;
            }
        }
        Self { work, groups, settled: vec![None; work.cells.len()] }
    }

    /// The groups that need as many trials as the next look has.
    fn open(&self) -> impl Iterator<Item = usize> {
        let groups = self.work.groups.iter().enumerate();
        groups
            .filter(|(_, group)| group.cells.iter().any(|&cell| self.settled[cell].is_none()))
            .map(|(g, _)| g)
    }

    /// Makes room for the trials of the next look.
    pub fn extend(&self, tables: &mut [TrialValues], look: usize) {
        for group in self.open() {
            tables[group].extend(look);
        }
    }

    /// Whether the tables have all trials of the next look.
    pub fn can_look(&self, tables: &[TrialValues], look: usize) -> bool {
        let is_there = |table: &TrialValues| {
            table.observables() == 0
                || (table.trials() >= look && table.missing().first().is_none_or(|gap| gap.start >= look))
        };
        self.open().all(|group| is_there(&tables[group]))
    }

    /// Settles the cells that have trials enough.
    pub fn look(&mut self, engine: &Engine, tables: &[TrialValues], look: usize) {
        let Some(stopping) = &self.work.sweep.stopping else { return };
        let open: Vec<usize> = (0..self.settled.len()).filter(|&cell| self.settled[cell].is_none()).collect();
        let values = |at: Place| {
            let group = self.groups[at.cell];
            let mut columns = tables[group].columns(index(self.work, group, at));
            let mut column = columns.swap_remove(0);
            column.truncate(look);
            column
        };
        let run = Run {
            measure: &self.work.sweep.measure,
            cells: &self.work.cells,
            draws: Vec::new(),
            values: &values,
            theory: &|_| None,
            looks: self.work.looks().len(),
        };
        let is_last = look == self.work.trials();
        let found = engine.map(&open, |&cell| analysis::settle(&run, stopping, cell, look, is_last));
        for (cell, found) in open.into_iter().zip(found) {
            self.settled[cell] = found;
        }
    }

    /// The trials of every cell, after the last look.
    pub fn finish(self, tables: &[TrialValues]) -> Trials<'_> {
        let settled = self.settled.into_iter().flatten().collect();
        Trials { tables, groups: self.groups, settled }
    }
}

fn index(work: &Prepared, group: usize, at: Place) -> Range<usize> {
    let index = work.groups[group].panel.index(at.layer, at.site, at.metric);
    let index = index.expect("the group measures what its cells report");
    index..index + 1
}

/// The values of all groups, and how many trials of them each cell has.
pub struct Trials<'t> {
    tables: &'t [TrialValues],
    groups: Vec<usize>,
    /// Where every cell stopped; empty if the number of trials is fixed.
    pub settled: Vec<Settled>,
}

impl Trials<'_> {
    /// The values of some neighbouring observables in the trials of a cell.
    pub fn columns(&self, cell: usize, observables: Range<usize>) -> Vec<Vec<f64>> {
        let mut columns = self.tables[self.groups[cell]].columns(observables);
        if let Some(settled) = self.settled.get(cell) {
            for column in &mut columns {
                column.truncate(settled.trials);
            }
        }
        columns
    }

    /// The values at one place.
    pub fn values(&self, work: &Prepared, at: Place) -> Vec<f64> {
        self.columns(at.cell, index(work, self.groups[at.cell], at)).swap_remove(0)
    }

    /// Networks that were run.
    pub fn networks(&self) -> u64 {
        let drawn = self.tables.iter().filter(|table| table.observables() > 0);
        drawn.map(|table| table.trials() as u64).sum()
    }

    /// Group of a cell.
    pub fn group(&self, cell: usize) -> usize {
        self.groups[cell]
    }
}

//! The columns of trial values that questions ask for.
//!
//! Which they are is known before anything is drawn. When a group is complete, its columns are kept as far as the budget
//! goes; others are read back from the store when an answer needs them, and what was used longest ago gives way.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use super::error::RunError;
use super::prepared::Prepared;
use crate::config;
use crate::engine::TrialValues;
use crate::network::{Metric, Observables, Site};

/// Columns of one group, in the order of what is wanted of it.
type Group = Arc<Vec<Vec<f64>>>;

/// See the [module](self).
pub struct Columns {
    /// For every group, the observables that are wanted, ascending.
    wanted: Vec<Vec<usize>>,
    kept: Mutex<Kept>,
    limit: u128,
}

#[derive(Default)]
struct Kept {
    groups: HashMap<usize, (u64, Group)>,
    bytes: u128,
    clock: u64,
}

impl Columns {
    /// Nothing is kept yet; at most `limit` bytes will be.
    ///
    /// # Errors
    ///
    /// Where the condition of a clause has no truth value.
    pub fn new(work: &Prepared, limit: u128) -> Result<Self, RunError> {
        Ok(Self { wanted: wanted(work)?, kept: Mutex::default(), limit })
    }

    /// Keeps the columns of a complete group, if there is room.
    pub fn offer(&self, group: usize, values: &TrialValues) {
        if self.wanted[group].is_empty() || self.lock().bytes + self.bytes(group, values) > self.limit {
            return;
        }
        let columns = self.take(group, values);
        self.lock().insert(group, columns);
    }

    /// The values of an observable of a group in all its trials; `load` reads the group back.
    ///
    /// # Errors
    ///
    /// Those of `load`.
    ///
    /// # Panics
    ///
    /// If the observable is none of those that are wanted.
    pub fn column(
        &self,
        group: usize,
        observable: usize,
        load: impl FnOnce() -> Result<TrialValues, RunError>,
    ) -> Result<Vec<f64>, RunError> {
        let index = self.wanted[group].binary_search(&observable).expect("what is asked for is wanted");
        if let Some(columns) = self.lock().get(group) {
            return Ok(columns[index].clone());
        }
        let values = load()?;
        let (columns, bytes) = (self.take(group, &values), self.bytes(group, &values));
        let mut kept = self.lock();
        kept.make_room(bytes, self.limit);
        kept.insert(group, Arc::clone(&columns));
        Ok(columns[index].clone())
    }

    fn take(&self, group: usize, values: &TrialValues) -> Group {
        let wanted = &self.wanted[group];
        let runs = wanted.chunk_by(|a, b| a + 1 == *b);
        Arc::new(runs.flat_map(|run| values.columns(run[0]..run[run.len() - 1] + 1)).collect())
    }

    fn bytes(&self, group: usize, values: &TrialValues) -> u128 {
        self.wanted[group].len() as u128 * values.trials() as u128 * 8
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().expect("nobody panics with the columns")
    }
}

/// Bytes of the columns that questions will ask for, by group.
pub(super) fn bytes(work: &Prepared) -> Vec<u128> {
    // The conditions of clauses were tried when the work was laid out.
    let wanted = wanted(work).unwrap_or_default();
    let of_group =
        |(wanted, part): (&Vec<usize>, &Range<usize>)| wanted.len() as u128 * part.len() as u128 * 8;
    wanted.iter().zip(&work.parts).map(of_group).collect()
}

/// For every group, the observables that questions will ask for, ascending.
fn wanted(work: &Prepared) -> Result<Vec<Vec<usize>>, RunError> {
    let mut wanted = vec![Vec::new(); work.plan.groups.len()];
    let mut want = |cells: &[usize], sites: &[Site], metrics: &[Metric]| {
        let mut groups: Vec<usize> = cells.iter().map(|&cell| work.plan.group_of[cell]).collect();
        groups.sort_unstable();
        groups.dedup();
        for group in groups {
            wanted[group].extend(observables(&work.plan.groups[group].observables, sites, metrics));
        }
    };
    let broken = |error| config::explain(&work.source, &error);
    for clause in &work.sweep.expect {
        let cells = clause.selection.choose(&work.plan.cells).map_err(broken)?;
        want(&cells, &[clause.site], &[clause.metric]);
    }
    for clause in &work.sweep.compare {
        // Whichever cell the baseline is.
        let cells: Vec<usize> = (0..work.plan.cells.len()).collect();
        want(&cells, &clause.sites, &clause.metrics);
    }
    for observables in &mut wanted {
        observables.sort_unstable();
        observables.dedup();
    }
    Ok(wanted)
}

impl Kept {
    fn get(&mut self, group: usize) -> Option<Group> {
        self.clock += 1;
        let (used, columns) = self.groups.get_mut(&group)?;
        *used = self.clock;
        Some(Arc::clone(columns))
    }

    fn insert(&mut self, group: usize, columns: Group) {
        self.clock += 1;
        self.bytes += size(&columns);
        if let Some((_, old)) = self.groups.insert(group, (self.clock, columns)) {
            self.bytes -= size(&old);
        }
    }

    fn make_room(&mut self, bytes: u128, limit: u128) {
        while self.bytes + bytes > limit {
            let oldest = self.groups.iter().min_by_key(|(_, (used, _))| *used).map(|(&group, _)| group);
            let Some((_, columns)) = oldest.and_then(|group| self.groups.remove(&group)) else { return };
            self.bytes -= size(&columns);
        }
    }
}

fn size(columns: &Group) -> u128 {
    columns.iter().map(|column| column.len() as u128 * 8).sum()
}

/// The observables of some metrics at some sites, in all layers.
fn observables<'a>(
    observables: &'a Observables,
    sites: &'a [Site],
    metrics: &'a [Metric],
) -> impl Iterator<Item = usize> + 'a {
    let places = observables.places().filter(|(_, site)| sites.contains(site));
    places.flat_map(move |(layer, site)| {
        metrics.iter().filter_map(move |&metric| observables.index(layer, site, metric))
    })
}

//! Where stored trial values are, and how they are read back.
//!
//! Every block of every store is checked once, when the store is opened; what stays in memory is where it is.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use super::error::RunError;
use super::prepared::Prepared;
use crate::engine::{Block, TrialValues, overlaps};
use crate::store::{self, BlockRow, Store, StoreError, ValueKey};

/// A store that is open.
struct Source {
    path: PathBuf,
    store: Mutex<Store>,
}

/// A block, in one of the sources.
#[derive(Clone, Copy)]
struct Piece {
    source: usize,
    at: BlockRow,
}

/// The stores of a run, the first of them its own.
pub struct Archive {
    sources: Vec<Source>,
    /// Hashes of the keys of the groups.
    hashes: Vec<String>,
    /// For every group, its blocks: those of the first source first.
    pieces: Mutex<Vec<Vec<Piece>>>,
}

/// What the values of each group depend on.
pub fn value_keys(work: &Prepared) -> Vec<ValueKey> {
    work.plan.groups.iter().map(|group| value_key(work, group)).collect()
}

/// What the values of a group depend on.
#[must_use]
pub fn value_key(work: &Prepared, group: &crate::sweep::Group) -> ValueKey {
    ValueKey::new(&work.sweep, &work.plan.cells, group)
}

/// What was found in a store, block by block.
#[derive(Default)]
pub struct Index {
    /// The counts.
    pub loaded: store::Loaded,
    blocks: Vec<(usize, BlockRow)>,
}

impl Index {
    /// Checks every block of a store.
    pub fn of(store: &Store, keys: &[ValueKey]) -> Result<Self, StoreError> {
        let mut blocks = Vec::new();
        let loaded = store.index(keys, |key, row| blocks.push((key, row)))?;
        Ok(Self { loaded, blocks })
    }
}

impl Archive {
    /// The archive of groups with these keys, with its first store.
    pub fn new(path: &Path, store: Store, keys: &[ValueKey], index: &Index) -> Self {
        let hashes = keys.iter().map(|key| key.hash.clone()).collect();
        let pieces = Mutex::new(vec![Vec::new(); keys.len()]);
        let mut archive = Self { sources: Vec::new(), hashes, pieces };
        archive.add(path, store, index);
        archive
    }

    /// Adds another store.
    pub fn add(&mut self, path: &Path, store: Store, index: &Index) {
        let source = self.sources.len();
        self.sources.push(Source { path: path.to_owned(), store: Mutex::new(store) });
        let mut pieces = self.lock();
        for &(key, at) in &index.blocks {
            pieces[key].push(Piece { source, at });
        }
    }

    /// The store of the run itself.
    pub fn own(&self) -> &Mutex<Store> {
        &self.sources[0].store
    }

    /// Hashes of the keys, by group.
    pub fn hashes(&self) -> &[String] {
        &self.hashes
    }

    /// Notes where a block of a group was written in the store of the run.
    pub fn wrote(&self, group: usize, rows: &[BlockRow]) {
        self.lock()[group].extend(rows.iter().map(|&at| Piece { source: 0, at }));
    }

    /// The trials of a group that some source has: ascending ranges that do not touch.
    pub fn known(&self, group: usize) -> Vec<Range<usize>> {
        let mut ranges: Vec<Range<usize>> = self.lock()[group].iter().map(|piece| trials(piece.at)).collect();
        join(&mut ranges);
        ranges
    }

    /// Puts the known values of a group into a table. Those that the store of the run does not have are given to `foreign`,
    /// too.
    ///
    /// # Errors
    ///
    /// If a store cannot be read, or if two of them have different values of one trial.
    pub fn load(
        &self,
        group: usize,
        table: &mut TrialValues,
        mut foreign: impl FnMut(Block),
    ) -> Result<(), RunError> {
        let mut pieces = self.lock()[group].clone();
        pieces.sort_by_key(|piece| (piece.source, piece.at.first));
        let wanted = table.range();
        for Piece { source, at } in pieces {
            if overlaps(std::slice::from_ref(&wanted), &trials(at)).next().is_none() {
                continue;
            }
            let values = self.read(source, group, at)?;
            if source > 0 {
                let observables = table.observables();
                for part in overlaps(table.missing(), &trials(at)) {
                    let range = (part.start - at.first) * observables..(part.end - at.first) * observables;
                    let Some(values) = values.get(range) else { continue };
                    let (first, count) = (part.start, part.len());
                    foreign(Block { group, first, count, values: Arc::new(values.to_vec()) });
                }
            }
            table.put(at.first, values).map_err(|conflict| {
                let own = self.sources[0].path.clone();
                let path = self.sources[source].path.clone();
                RunError::Conflict { path, beside: (source > 0).then_some(own), conflict }
            })?;
        }
        Ok(())
    }

    fn read(&self, source: usize, group: usize, at: BlockRow) -> Result<Vec<f64>, RunError> {
        let Source { path, store } = &self.sources[source];
        let store = store.lock().expect("nobody panics with the store");
        store.values(at, &self.hashes[group]).map_err(|error| RunError::store(path, error))
    }

    /// Closes the store of the run.
    ///
    /// # Errors
    ///
    /// If it cannot be closed.
    pub fn close(mut self) -> Result<(), StoreError> {
        let Source { store, .. } = self.sources.swap_remove(0);
        store.into_inner().expect("nobody panics with the store").close()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Vec<Piece>>> {
        self.pieces.lock().expect("nobody panics with them")
    }
}

fn trials(at: BlockRow) -> Range<usize> {
    at.first..at.first.saturating_add(at.trials)
}

/// Sorts ranges, and joins those that touch.
pub fn join(ranges: &mut Vec<Range<usize>>) {
    ranges.sort_unstable_by_key(|range| range.start);
    ranges.dedup_by(|next, last| {
        let touch = next.start <= last.end;
        if touch {
            last.end = last.end.max(next.end);
        }
        touch
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_touch_or_overlap_are_one() {
        let mut ranges = vec![5..7, 0..2, 2..3, 6..9, 20..21, 6..7];
        join(&mut ranges);
        assert_eq!(ranges, [0..3, 5..9, 20..21]);
    }
}

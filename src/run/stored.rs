//! A run directory, opened for reading: its config laid out anew, its values read back group by group.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use super::archive::{Archive, Index, value_keys};
use super::directory::{RunDirectory, STORE};
use super::drawing::{Count, Drawing, Keeper};
use super::error::RunError;
use super::needs;
use super::observer::Cancel;
use super::options::Options;
use super::ordered::Ordered;
use super::prepared::Prepared;
use super::results::{CellRows, Results, Sink};
use crate::config::Source;
use crate::engine::{Block, TrialValues, overlaps};
use crate::output;
use crate::store::{self, Description, Store};
use crate::sweep::Cell;

/// What a store holds.
pub struct Stored {
    /// The run that was begun last.
    pub work: Prepared,
    archive: Archive,
    /// The blocks that were found.
    pub blocks: store::Loaded,
    /// What is broken in the structure of the file, if anything is.
    pub broken: Option<String>,
}

/// What is done with the files that inputs come from, of a run that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputFiles<'a> {
    /// They are read where they were, and must be as they were.
    Read,
    /// They are read in this folder, and must be as they were.
    In(&'a Path),
    /// They stay closed: nothing is drawn.
    Closed,
}

impl Prepared {
    /// Lays out the work of a run that a store describes.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn stored(
        description: &Description,
        options: Options,
        files: InputFiles<'_>,
    ) -> Result<Self, RunError> {
        let Description { config, folder, inputs, .. } = description.clone();
        let folder = if let InputFiles::In(folder) = files { folder.to_owned() } else { folder.into() };
        let source =
            Source::new(STORE, config).in_folder(folder).with_inputs(inputs, files != InputFiles::Closed);
        Self::new(description.overrides.iter().fold(source, Source::set), options)
    }
}

/// Why a store says nothing of what was run.
fn begun(file: &Path, broken: Option<String>) -> RunError {
    let file = file.display();
    match broken {
        Some(broken) => RunError::Failed(format!("{file} does not say what was run: {broken}")),
        None => RunError::Incomplete(format!(
            "{file} is empty: its run was stopped before it began\n  help: initsweep run begins it anew"
        )),
    }
}

impl Stored {
    /// Reads the store of the run in `path`.
    ///
    /// # Errors
    ///
    /// If there is none, if it cannot be read, or if nothing in it says what was run.
    pub fn open(path: &Path, options: Options, files: InputFiles<'_>) -> Result<Self, RunError> {
        let file = RunDirectory::new(path).store();
        if !file.exists() {
            return Err(RunError::Impossible(format!("{} holds no {STORE}", path.display())));
        }
        let failure = |error| RunError::store(&file, error);
        let store = Store::open(&file).map_err(failure)?;
        let broken = store.check_structure().err().map(|error| error.to_string());
        let Some(description) = store.description().map_err(failure)? else {
            return Err(begun(&file, broken));
        };
        let description = description.usable().map_err(failure)?;
        let work = Prepared::stored(&description, options, files)?;
        work.check_memory()?;
        let keys = value_keys(&work);
        let index = Index::of(&store, &keys).map_err(failure)?;
        let blocks = index.loaded;
        Ok(Self { archive: Archive::new(&file, store, &keys, &index), work, blocks, broken })
    }

    /// Refuses work that needs more memory than there is, or than it may have.
    ///
    /// # Errors
    ///
    /// In that case.
    pub fn has_memory(&self, needed: u128, what: &str) -> Result<(), RunError> {
        needs::check(needed, what, self.work.options)
    }

    /// The trials of a group that are known, and how many it has in all.
    #[must_use]
    pub fn known(&self, group: usize) -> (Vec<std::ops::Range<usize>>, usize) {
        if self.work.plan.groups[group].observables.is_empty() {
            return (Vec::new(), 0);
        }
        let mut part = self.work.parts[group].clone();
        if self.work.sweep.stopping.is_some() {
            // As many as it was asked for.
            let known = self.archive.known(group).last().map_or(0, |known| known.end);
            part.end = known.max(self.work.first_part(group).end);
        }
        (overlaps(&self.archive.known(group), &part).collect(), part.len())
    }

    /// Trials of a group that are missing.
    #[must_use]
    pub fn missing(&self, group: usize) -> usize {
        let (known, all) = self.known(group);
        all - known.iter().map(std::ops::Range::len).sum::<usize>()
    }

    /// The values of a group.
    ///
    /// # Errors
    ///
    /// If they cannot be read.
    pub fn values(&self, group: usize) -> Result<TrialValues, RunError> {
        let (_, all) = self.known(group);
        let mut table = TrialValues::new(&self.work.plan.groups[group], 0..all);
        self.archive.load(group, &mut table, |_| ())?;
        Ok(table)
    }

    /// SHA-256 of the summary that the stored values give; `None` if trials are missing.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    ///
    /// # Panics
    ///
    /// If a worker has panicked.
    pub fn summary_hash(&self) -> Result<Option<String>, RunError> {
        let engine = self.work.engine()?.with_budget(self.work.budget().values);
        let out =
            Ordered::new(std::io::sink(), &output::csv_header(output::COLUMNS), u128::MAX, Path::new("."))
                .map_err(|error| RunError::Failed(error.to_string()))?;
        let results = Results::new(&self.work, &engine, Hashed(out), 0)?;
        let (failed, error) = (AtomicBool::new(false), Mutex::new(None));
        let (work, count, cancel) = (&self.work, Count::default(), Cancel::default());
        Drawing {
            work,
            keeper: self,
            keeps: true,
            results: &results,
            observer: &(),
            cancel: &cancel,
            count: &count,
            failed: &failed,
            error: &error,
        }
        .run(&engine, &work.demands());
        match error.into_inner().expect("nobody panics with it") {
            Some(RunError::Incomplete(_)) => Ok(None),
            Some(error) => Err(error),
            None => {
                let file = results.sink.0.finish().map_err(|error| RunError::Failed(error.to_string()))?;
                Ok(Some(file.hash))
            }
        }
    }

    /// The cells with the index of their group; those of one identity once.
    #[must_use]
    pub fn cells(&self) -> Vec<(&Cell, usize)> {
        let mut seen = HashSet::new();
        let cells = self.work.plan.cells.iter().zip(self.work.plan.group_of.iter().copied());
        cells.filter(|(cell, _)| seen.insert(cell.content())).collect()
    }

    /// The cells whose identity begins with `id`, all if there is none given.
    ///
    /// # Errors
    ///
    /// If there is no such cell.
    pub fn find(&self, id: Option<&str>) -> Result<Vec<(&Cell, usize)>, RunError> {
        let mut cells = self.cells();
        if let Some(id) = id {
            cells.retain(|(cell, _)| cell.id().starts_with(id));
            if id.is_empty() || cells.is_empty() {
                let help =
                    "cells are named by the column `cell` of summary.csv, or by the beginning of such a name";
                return Err(RunError::Impossible(format!("no cell {id:?} was run there\n  help: {help}")));
            }
        }
        Ok(cells)
    }
}

/// Rows of which only the hash is wanted.
struct Hashed(Ordered<std::io::Sink>);

impl Sink for Hashed {
    fn put(&self, cell: usize, CellRows { rows, .. }: CellRows) -> Result<(), RunError> {
        let lines = output::csv_lines(&rows);
        self.0.put(cell, lines).map_err(|error| RunError::Failed(error.to_string()))
    }
}

impl Keeper for Stored {
    fn load(&self, group: usize, table: &mut TrialValues) -> Result<(), RunError> {
        self.archive.load(group, table, |_| ())
    }

    fn known(&self, group: usize) -> Vec<std::ops::Range<usize>> {
        self.archive.known(group)
    }

    fn keep(&self, _: Block) {}

    fn settled(&self, _: usize, _: usize) {}

    fn may_draw(&self) -> bool {
        false
    }
}

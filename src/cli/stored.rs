//! A run directory, opened for reading: its config laid out anew, its values loaded.

use std::collections::HashSet;
use std::path::Path;

use super::failure::Failure;
use super::prepare::{Prepared, load};
use crate::engine::{Options, TrialValues};
use crate::output::RunDirectory;
use crate::store::{self, Store};
use crate::sweep::Cell;

/// What a store holds.
pub struct Stored {
    /// The run that was begun last.
    pub work: Prepared,
    /// Its values, one table per group.
    pub tables: Vec<TrialValues>,
    /// The blocks they came in.
    pub blocks: store::Loaded,
    /// What is broken in the structure of the file, if anything is.
    pub broken: Option<String>,
}

impl Stored {
    /// Reads the store of the run in `path`.
    ///
    /// # Errors
    ///
    /// If there is none, if it cannot be read, or if nothing in it says what was run.
    pub fn open(path: &Path, options: Options) -> Result<Self, Failure> {
        let file = RunDirectory::new(path).store();
        if !file.exists() {
            return Err(Failure::usage(format!("{} holds no {}", path.display(), crate::output::STORE)));
        }
        let failure = |error| Failure::store(&file, &error);
        let store = Store::open(&file).map_err(failure)?;
        let broken = store.check_structure().err().map(|error| error.to_string());
        let Some(description) = store.description().map_err(failure)? else {
            return Err(Failure::failed(format!("{} does not say what was run", file.display())));
        };
        let versions = (description.stream, description.values);
        if versions != (crate::random::STREAM_VERSION, store::VALUES_VERSION) {
            return Err(Failure::usage(format!(
                "{} was made by {} with other versions of streams and values {versions:?}: use that program",
                file.display(),
                description.program
            )));
        }
        let work = Prepared::stored(&description, options)?;
        work.check_memory()?;
        let loaded = load(&store, &work, &work.laws()).map_err(failure)?;
        let blocks = loaded.blocks;
        let tables = loaded.tables(&file)?;
        Ok(Self { work, tables, blocks, broken })
    }

    /// The cells with the index of their group; those of one identity once.
    pub fn cells(&self) -> Vec<(&Cell, usize)> {
        let mut group = vec![0; self.work.cells.len()];
        for (g, members) in self.work.groups.iter().enumerate() {
            members.cells.iter().for_each(|&cell| group[cell] = g);
        }
        let mut seen = HashSet::new();
        let cells = self.work.cells.iter().zip(group);
        cells.filter(|(cell, _)| seen.insert(cell.content())).collect()
    }

    /// The cells whose identity begins with `id`, all if there is none given.
    ///
    /// # Errors
    ///
    /// If there is no such cell.
    pub fn find(&self, id: Option<&str>) -> Result<Vec<(&Cell, usize)>, Failure> {
        let mut cells = self.cells();
        if let Some(id) = id {
            cells.retain(|(cell, _)| cell.id().starts_with(id));
            if id.is_empty() || cells.is_empty() {
                let help =
                    "cells are named by the column `cell` of summary.csv, or by the beginning of such a name";
                return Err(Failure::usage(format!("no cell {id:?} was run there\n  help: {help}")));
            }
        }
        Ok(cells)
    }
}

//! The values of the trials of a finished run, read back when somebody asks for them.

use std::cell::RefCell;

use super::directory::{RunDirectory, STORE};
use super::prepared::Prepared;
use super::stored::{InputFiles, Stored};
use crate::engine::TrialValues;
use crate::network::{Metric, Site};

/// Gives the values of the trials of a run, from its store. That is opened when the first are asked for, and the group that
/// was read last is kept: memory is that of one group.
pub struct Trials<'a> {
    work: &'a Prepared,
    directory: &'a RunDirectory,
    stored: RefCell<Option<Stored>>,
    last: RefCell<Option<(usize, TrialValues)>>,
}

impl<'a> Trials<'a> {
    /// Those of a run.
    #[must_use]
    pub fn new(work: &'a Prepared, directory: &'a RunDirectory) -> Self {
        Self { work, directory, stored: RefCell::default(), last: RefCell::default() }
    }

    /// The values of a cell at a layer and a site, in the order of the trials.
    ///
    /// # Errors
    ///
    /// Why there are none: no store, one of another run, one that is damaged.
    pub fn values(
        &self,
        cell: usize,
        (layer, site, metric): (usize, Site, Metric),
    ) -> Result<Vec<f64>, String> {
        let mut stored = self.stored.borrow_mut();
        let stored = match &mut *stored {
            Some(stored) => stored,
            none => none.insert(self.open()?),
        };
        let group = stored.work.plan.group_of[cell];
        let mut last = self.last.borrow_mut();
        let table = match &mut *last {
            Some((of, table)) if *of == group => table,
            other => &mut other.insert((group, stored.values(group).map_err(|error| error.to_string())?)).1,
        };
        let at = stored.work.plan.groups[group].observables.index(layer, site, metric);
        let at = at.ok_or_else(|| format!("the {metric} of layer {layer} is not in {STORE}"))?;
        Ok(table.columns(at..at + 1).swap_remove(0))
    }

    fn open(&self) -> Result<Stored, String> {
        let stored = Stored::open(self.directory.path(), self.work.options, InputFiles::Closed)
            .map_err(|error| error.to_string())?;
        if stored.work.plan.fingerprint == self.work.plan.fingerprint {
            return Ok(stored);
        }
        Err(format!("{STORE} is that of another run"))
    }
}

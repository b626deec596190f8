//! What a config asks of its numbers: expectations and comparisons, answered when all trials are known.

use std::sync::Mutex;

use super::error::RunError;
use super::prepared::Prepared;
use super::results::{Results, Sink, index};
use crate::analysis::{self, Observable, Settled};
use crate::engine::{Engine, TrialValues};
use crate::output::{self, CompareRow, ExpectRow, StoppingRow, TableFile};
use crate::sweep::SweepError;

/// The answers.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// Every number that was expected; none without `[[expect]]`.
    pub expect: Vec<ExpectRow>,
    /// Every comparison; none without `[[compare]]`.
    pub compare: Option<Vec<CompareRow>>,
    /// Where every cell stopped, if that depends on targets.
    pub stopping: Option<Vec<StoppingRow>>,
    /// What a user should know of them.
    pub notes: Vec<String>,
}

impl Answers {
    /// The tables that hold them.
    ///
    /// # Errors
    ///
    /// If one cannot be formatted.
    pub fn files(&self) -> Result<Vec<TableFile>, RunError> {
        let mut files = Vec::new();
        if !self.expect.is_empty() {
            files.push(output::expect_file(csv(output::EXPECT_COLUMNS, &self.expect)?));
        }
        if let Some(rows) = &self.compare {
            files.push(output::compare_file(csv(output::COMPARE_COLUMNS, rows)?));
        }
        if let Some(rows) = &self.stopping {
            files.push(output::stopping_file(csv(output::STOPPING_COLUMNS, rows)?));
        }
        Ok(files)
    }
}

/// Answers all questions; `load` reads the values of a group back.
///
/// # Errors
///
/// Where the condition of a clause has no truth value, and those of `load`.
pub(super) fn answer<S: Sink>(
    work: &Prepared,
    engine: &Engine,
    results: &Results<'_, S>,
    load: &(dyn Fn(usize) -> Result<TrialValues, RunError> + Sync),
) -> Result<Answers, RunError> {
    let (sweep, cells, groups) = (&work.sweep, &work.plan.cells, &work.plan.groups);
    let settled = results.settled();
    let failure = Mutex::new(None);
    let values = |at: Observable| {
        let group = work.plan.group_of[at.cell];
        let column = results.columns.column(group, index(work, at).start, || load(group));
        let mut column = column.unwrap_or_else(|error| {
            failure.lock().expect("nobody panics with it").get_or_insert(error);
            vec![f64::NAN; work.trials()]
        });
        if let Some(settled) = settled.get(at.cell) {
            column.truncate(settled.trials);
        }
        column
    };
    let theory = |cell: usize| -> analysis::Theory {
        let predictor = output::predictor(&cells[cell], sweep);
        Box::new(move |Observable { layer, site, metric, .. }| predictor.predicted(layer, site, metric))
    };
    let draws = analysis::shared_draws(groups, cells.len());
    let looks = work.looks().len();
    let run =
        analysis::Run { measure: &sweep.measure, cells, draws, values: &values, theory: &theory, looks };
    let numbered: Vec<_> = sweep.expect.iter().enumerate().collect();
    let expect = engine.map(&numbered, |&(i, clause)| {
        analysis::findings(&run, clause).map(|found| output::expect_rows(cells, sweep, i, clause, &found))
    });
    let numbered: Vec<_> = sweep.compare.iter().enumerate().collect();
    let compare = engine.map(&numbered, |&(i, clause)| {
        analysis::comparisons(&run, clause).map(|found| output::compare_rows(cells, sweep, i, clause, &found))
    });
    if let Some(error) = failure.into_inner().expect("nobody panics with it") {
        return Err(error);
    }
    let (expect, compare) = (collect(work, expect)?, collect(work, compare)?);
    let notes = (1..=sweep.compare.len()).filter(|&clause| !compare.iter().any(|row| row.clause == clause));
    let notes = notes.map(|clause| {
        format!("note: [[compare]] number {clause} finds no two cells that differ in its parameter alone")
    });
    Ok(Answers {
        notes: notes.collect(),
        expect,
        compare: (!sweep.compare.is_empty()).then_some(compare),
        stopping: stopping(work, &settled),
    })
}

fn stopping(work: &Prepared, settled: &[Settled]) -> Option<Vec<StoppingRow>> {
    let stopping = work.sweep.stopping.as_ref()?;
    let row = |(cell, settled)| output::stopping_row(cell, &work.sweep, stopping, settled);
    Some(work.plan.cells.iter().zip(settled).map(row).collect())
}

fn collect<T>(work: &Prepared, tables: Vec<Result<Vec<T>, SweepError>>) -> Result<Vec<T>, RunError> {
    let tables: Result<Vec<Vec<T>>, SweepError> = tables.into_iter().collect();
    let tables = tables.map_err(|error| crate::config::explain(&work.source, &error))?;
    Ok(tables.into_iter().flatten().collect())
}

/// A table as CSV.
fn csv<'a, R: output::Record + 'a>(
    columns: &[output::Column],
    rows: impl IntoIterator<Item = &'a R>,
) -> Result<Vec<u8>, RunError> {
    let mut bytes = Vec::new();
    output::write_csv(columns, rows, &mut bytes)
        .map_err(|error| RunError::Failed(format!("cannot format a table: {error}")))?;
    Ok(bytes)
}

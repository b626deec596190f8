//! What a config asks of its numbers: expectations and comparisons, answered after the run.

use super::failure::Failure;
use super::prepare::Prepared;
use super::trials::Trials;
use crate::analysis::{self, Place, Run};
use crate::engine::Engine;
use crate::output::{self, BandRow, Column, CompareRow, ExpectRow, Record, Row, StoppingRow, TableFile};
use crate::sweep::{Cell, SweepError, panel};

/// The answers.
pub struct Answers {
    /// Every number that was expected; none without `[[expect]]`.
    pub expect: Vec<ExpectRow>,
    /// Every comparison; none without `[[compare]]`.
    compare: Option<Vec<CompareRow>>,
    /// The bands of every cell, if they are asked for.
    bands: Option<Vec<Vec<BandRow>>>,
    /// Where every cell stopped, if that depends on targets.
    stopping: Option<Vec<StoppingRow>>,
    /// Networks that were run.
    pub networks: u64,
}

impl Answers {
    /// The tables that hold them.
    pub fn files(&self) -> Result<Vec<TableFile>, Failure> {
        let mut files = Vec::new();
        if !self.expect.is_empty() {
            files.push(output::expect_file(csv(output::EXPECT_COLUMNS, &self.expect)?));
        }
        if let Some(rows) = &self.compare {
            files.push(output::compare_file(csv(output::COMPARE_COLUMNS, rows)?));
        }
        if let Some(cells) = &self.bands {
            files.push(output::band_file(csv(output::BAND_COLUMNS, cells.iter().flatten())?));
        }
        if let Some(rows) = &self.stopping {
            files.push(output::stopping_file(csv(output::STOPPING_COLUMNS, rows)?));
        }
        Ok(files)
    }
}

/// Answers all questions; `rows` are those of the summary, by cell.
pub fn answer(
    work: &Prepared,
    engine: &Engine,
    rows: &[Vec<Row>],
    trials: &Trials,
) -> Result<Answers, Failure> {
    let Prepared { sweep, cells, groups, .. } = work;
    let theory = |at: Place| {
        let index = panel(&sweep.measure, cells[at.cell].network.depth).index(at.layer, at.site, at.metric);
        rows[at.cell][index?].theory
    };
    let draws = analysis::shared_draws(groups, cells.len());
    let values = |at: Place| trials.values(work, at);
    let looks = work.looks().len();
    let run = Run { measure: &sweep.measure, cells, draws, values: &values, theory: &theory, looks };
    let numbered: Vec<_> = sweep.expect.iter().enumerate().collect();
    let expect = engine.map(&numbered, |&(i, clause)| {
        analysis::findings(&run, clause).map(|found| output::expect_rows(cells, i, clause, &found))
    });
    let numbered: Vec<_> = sweep.compare.iter().enumerate().collect();
    let compare = engine.map(&numbered, |&(i, clause)| {
        analysis::comparisons(&run, clause).map(|found| output::compare_rows(cells, sweep, i, clause, &found))
    });
    let compare = collect(compare)?;
    for clause in 1..=sweep.compare.len() {
        if !compare.iter().any(|row| row.clause == clause) {
            super::say(&format!(
                "note: [[compare]] number {clause} finds no two cells that differ in its parameter alone"
            ));
        }
    }
    Ok(Answers {
        expect: collect(expect)?,
        compare: (!sweep.compare.is_empty()).then_some(compare),
        bands: sweep.bands.then(|| bands(work, engine, trials)),
        stopping: stopping(work, trials),
        networks: trials.networks(),
    })
}

fn bands(work: &Prepared, engine: &Engine, trials: &Trials) -> Vec<Vec<BandRow>> {
    let cells: Vec<usize> = (0..work.cells.len()).collect();
    engine.map(&cells, |&cell| {
        let group = &work.groups[trials.group(cell)];
        output::band_rows(&work.cells[cell], &work.sweep, group, |range| trials.columns(cell, range))
    })
}

fn stopping(work: &Prepared, trials: &Trials) -> Option<Vec<StoppingRow>> {
    let stopping = work.sweep.stopping.as_ref()?;
    let row = |(cell, settled)| output::stopping_row(cell, &work.sweep, stopping, settled);
    Some(work.cells.iter().zip(&trials.settled).map(row).collect())
}

fn collect<T>(tables: Vec<Result<Vec<T>, SweepError>>) -> Result<Vec<T>, Failure> {
    let tables: Result<Vec<Vec<T>>, SweepError> = tables.into_iter().collect();
    Ok(tables.map_err(|error| Failure::failed(error.to_string()))?.into_iter().flatten().collect())
}

/// A table as CSV.
pub fn csv<'a, R: Record + 'a>(
    columns: &[Column],
    rows: impl IntoIterator<Item = &'a R>,
) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    output::write_csv(columns, rows, &mut bytes)
        .map_err(|error| Failure::failed(format!("cannot format a table: {error}")))?;
    Ok(bytes)
}

/// Prints the verdicts.
pub fn show(cells: &[Cell], expect: &[ExpectRow]) -> Result<(), Failure> {
    if expect.is_empty() {
        Ok(())
    } else {
        super::show(&format!("\n{}", output::expect_table(cells, expect)))
    }
}

/// A failure unless every expectation held.
pub fn verdict(expect: &[ExpectRow]) -> Result<(), Failure> {
    let [held, undecided, failed] = output::tally(expect);
    let all = held + undecided + failed;
    if held == all {
        return Ok(());
    }
    let mut parts = Vec::new();
    if failed > 0 {
        parts.push(format!("{failed} of {all} expectations failed"));
    }
    if undecided > 0 {
        parts
            .push(format!("{undecided} of {all} undecided: more trials, or a wider tolerance, would decide"));
    }
    Err(Failure::expectation(format!("{} (expect.csv has the numbers)", parts.join("; "))))
}

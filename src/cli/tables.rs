//! The tables of a run, as the terminal has room for them.

use std::io::{self, IsTerminal};
use std::path::Path;

use super::failure::Failure;
use super::stdout::show;
use super::terminal;
use crate::output::{self, Page, Row, View, Wanted};
use crate::run::{Answers, Prepared, RunError};
use crate::text::quoted;

/// Shows what was measured, as far as it is wanted; `rows` gives the rows of some cells.
///
/// # Errors
///
/// If they cannot be read, or stdout cannot be written.
pub fn measured(
    work: &Prepared,
    path: &Path,
    wanted: &Wanted,
    rows: impl FnOnce(&[usize]) -> Result<Vec<Vec<Row>>, RunError>,
) -> Result<(), Failure> {
    let cells = &work.plan.cells;
    let view = View::new(&work.sweep, cells, wanted);
    let command = format!("initsweep show {}", quoted(&path.to_string_lossy()));
    let page = Page { width: terminal::width(), bars: io::stdout().is_terminal(), show: &command };
    show(&output::table(&view, cells, &rows(&view.cells)?, page))
}

/// Shows what the questions of the config have found.
///
/// # Errors
///
/// If stdout cannot be written.
pub fn answered(work: &Prepared, answers: &Answers) -> Result<(), Failure> {
    let (cells, width) = (&work.plan.cells, terminal::width());
    let stopping = answers.stopping.as_deref().map(|rows| output::stopping_sheet(cells, rows));
    let compare =
        output::compare_sheets(cells, &work.sweep.compare, answers.compare.as_deref().unwrap_or_default());
    let expect = (!answers.expect.is_empty()).then(|| output::expect_sheet(cells, &answers.expect));
    for sheet in stopping.into_iter().chain(compare).chain(expect) {
        show(&format!("\n{}", sheet.text(width)))?;
    }
    Ok(())
}

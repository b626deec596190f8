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
    let tables = [
        output::stopping_table(cells, answers.stopping.as_deref().unwrap_or_default(), width),
        output::compare_table(
            cells,
            &work.sweep.compare,
            answers.compare.as_deref().unwrap_or_default(),
            width,
        ),
        output::expect_table(cells, &answers.expect, width),
    ];
    for table in tables.iter().filter(|table| !table.is_empty()) {
        show(&format!("\n{table}"))?;
    }
    Ok(())
}

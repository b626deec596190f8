//! Figures that no run of a sweep can have, refused before it.

use super::failure::Failure;
use crate::config;
use crate::figure::{self, Input};
use crate::output;
use crate::run::{self, Prepared};

/// Refuses figures that no run of this sweep can have, each with its place in the config. Of more rows than are ever drawn
/// unasked it finds out when they are drawn.
///
/// # Errors
///
/// The mistakes.
pub fn check(work: &Prepared) -> Result<(), Failure> {
    let clauses = &work.sweep.figures;
    if clauses.is_empty() || work.rows > run::MOST_DRAWN {
        return Ok(());
    }
    let cells = &work.plan.cells;
    let rows: Vec<Vec<output::Row>> = cells.iter().map(|cell| output::places(cell, &work.sweep)).collect();
    let input = Input {
        sweep: &work.sweep,
        cells,
        rows: &rows,
        bands: None,
        histograms: None,
        values: &|_, _| Err("no trial was run yet".to_owned()),
        clauses,
        width: figure::TWO_COLUMNS,
    };
    let placed = |(index, reason): (usize, String)| (clauses[index].span, reason);
    let mistakes: Vec<_> = figure::check(&input).into_iter().map(placed).collect();
    if mistakes.is_empty() {
        Ok(())
    } else {
        Err(Failure::Config(config::refused_figures(&work.source, &mistakes)))
    }
}

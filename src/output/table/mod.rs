//! The tables that a run prints: for eyes; the numbers for papers are in `summary.csv`.

mod compare;
mod curves;
mod entry;
mod layout;
mod legend;
mod list;
mod names;
mod numbers;
mod sort;
mod spark;
mod stopping;
mod view;

pub use compare::compare_table;
pub(super) use layout::blocks;
pub(super) use names::names;
pub(super) use numbers::{plus_minus, significant};
pub use sort::Key;
pub use stopping::stopping_table;
pub use view::{View, Wanted};

use super::row::Row;
use crate::sweep::Cell;

/// Where a table is shown.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// Characters of a line.
    pub width: usize,
    /// Whether curves are drawn.
    pub bars: bool,
    /// The command that shows what is left out.
    pub show: &'a str,
}

/// The table of a view, `rows` those of each of its cells: what was published (where the config says), estimates with their
/// 95 % intervals, theory with z; what the words mean, and what is left out.
#[must_use]
pub fn table(view: &View, cells: &[Cell], rows: &[Vec<Row>], page: Page) -> String {
    let names = names(cells);
    let rows: Vec<&[Row]> = rows.iter().map(Vec::as_slice).collect();
    let shown: Vec<&Row> = rows.iter().flat_map(|rows| view.rows(rows)).collect();
    let caption = legend::caption(view, &shown);
    if shown.is_empty() {
        return caption + &view.note(page.show);
    }
    let (text, more, any_log) = if view.is_curves {
        let (text, any_log) = curves::curves(view, &names, &rows, page.width, page.bars);
        (text, 0, page.bars.then_some(any_log))
    } else {
        let (text, more) = list::list(view, cells, &names, &rows, page.width);
        (text, more, None)
    };
    let is_published = !view.is_curves && view.cells.iter().any(|&cell| !cells[cell].published.is_empty());
    let legend = legend::legend(view, &shown, is_published, any_log);
    let more = if more > 0 { format!("... and {more} more lines (--all)\n") } else { String::new() };
    [caption, text, more, "\n".to_owned(), legend, view.note(page.show)].concat()
}

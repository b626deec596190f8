//! The tables that a run prints: for eyes; the numbers for papers are in `summary.csv`.

mod compare;
mod curves;
mod entry;
mod layout;
mod legend;
mod list;
mod names;
mod numbers;
mod sheet;
mod sort;
mod spark;
mod stopping;
mod view;

pub use compare::compare_sheets;
pub use entry::{estimate, theory};
pub use legend::{meaning, reason};
pub use list::published;
pub use names::{distinctions, names};
pub use numbers::{plus_minus, significant};
pub use sheet::Sheet;
pub use sort::Key;
pub use stopping::stopping_sheet;
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
    let rows: Vec<&[Row]> = rows.iter().map(Vec::as_slice).collect();
    let shown: Vec<&Row> = rows.iter().flat_map(|rows| view.rows(rows)).collect();
    let caption = legend::caption(view, &shown);
    if shown.is_empty() {
        return caption + &view.note(page.show);
    }
    let (text, more, any_log) = if view.is_curves {
        let (text, any_log) = curves::curves(view, cells, &rows, page.width, page.bars);
        (text, 0, page.bars.then_some(any_log))
    } else {
        let (text, more) = list::list(view, cells, &names(cells), &rows, page.width);
        (text, more, None)
    };
    let is_published = !view.is_curves && view.cells.iter().any(|&cell| !cells[cell].published.is_empty());
    let legend = legend::legend(view, &shown, is_published, any_log);
    let more = if more > 0 { format!("... and {more} more lines (--all)\n") } else { String::new() };
    [caption, text, more, "\n".to_owned(), legend, view.note(page.show)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of a small run on a page.
    fn shown(page: Page, wanted: &Wanted) -> String {
        let text = "name = 'a'\ntrials = 40\n[[grid]]\nwidth = [4, 5, 6]\ndepth = 30\nbatch = 2\nstd = 'he_normal'\n\
                    [measure]\nlayers = 'all'\nmetrics = ['rms']\nsites = ['post']";
        let run = crate::run::sweep(text).unwrap();
        let cells = &run.work.plan.cells;
        let view = View::new(&run.work.sweep, cells, wanted);
        let rows: Vec<Vec<Row>> = view.cells.iter().map(|&cell| run.cells[cell].clone()).collect();
        table(&view, cells, &rows, page)
    }

    #[test]
    fn a_narrow_page_has_more_blocks_and_each_curve_a_bar_where_bars_are_drawn() {
        let wide = Page { width: usize::MAX, bars: false, show: "show" };
        let text = shown(wide, &Wanted::default());
        assert_eq!((text.matches("\nlayer").count(), text.matches("curve").count()), (1, 0), "{text}");
        assert!(
            text.contains("Not shown: 9 of 30 layers.\nTo see them: show --layer L,..., or --all\n"),
            "{text}"
        );
        let narrow = shown(Page { width: 40, bars: true, ..wide }, &Wanted::default());
        assert_eq!(narrow.matches("\nlayer").count(), 3, "{narrow}");
        assert_eq!(narrow.lines().filter(|line| line.starts_with("curve  ")).count(), 3, "{narrow}");
        let of_table =
            |line: &&str| line.starts_with(|c: char| c.is_ascii_digit()) || line.starts_with("curve  ");
        let table = narrow.lines().filter(of_table);
        assert!(table.map(|line| line.chars().count()).all(|length| length <= 40), "{narrow}");
    }

    #[test]
    fn one_cell_has_everything_about_each_of_its_numbers() {
        let wanted = Wanted { cells: Some(vec![1]), all: true, ..Wanted::default() };
        let text = shown(Page { width: 80, bars: false, show: "show" }, &wanted);
        assert!(text.contains("rms, post: width=5\nlayer  estimate"), "{text}");
        assert_eq!(
            text.lines().filter(|line| line.contains('±')).count(),
            31,
            "30 layers, and the caption:\n{text}"
        );
        assert!(!text.contains("Not shown"), "{text}");
    }

    #[test]
    fn a_table_says_why_numbers_that_f32_does_not_resolve_have_no_z() {
        // The rms of layer l is (64^(1/2) 9e-6)^l: 2e-21 in layer 5, 4e-42 in layer 10.
        let text = "name = 'a'\ntrials = 40\n[[grid]]\nwidth = 64\ndepth = 10\nbatch = 8\nstd = 9e-6\nprecision = 'f32'\n\
                    [measure]\nlayers = [5, 10]\nmetrics = ['second_moment']\nsites = ['post']";
        let of = |text: &str| {
            let run = crate::run::sweep(text).unwrap();
            let cells = &run.work.plan.cells;
            let view = View::new(&run.work.sweep, cells, &Wanted { all: true, ..Wanted::default() });
            table(&view, cells, &run.cells, Page { width: 200, bars: false, show: "show" })
        };
        let why = "no z for 1 number: entries are so small that f32";
        assert!(of(text).contains(why), "{}", of(text));
        assert!(!of(&text.replace("f32", "f64")).contains("no z for"));
    }
}

//! A line for each number.

use super::entry::{doubt, estimate, theory, z};
use super::layout::{align, width};
use super::numbers::significant;
use super::sort::sort;
use super::view::View;
use crate::output::row::Row;
use crate::sweep::{Cell, Layers};

/// Lines that are shown of a sorted list.
const SORTED: usize = 24;

/// A column: its title, and its field of a row.
type Column = (&'static str, fn(&Cell, &Row) -> String);

/// The list, each cell named once, at most `room` characters wide if names in lines of their own make that possible;
/// and how many lines are left out.
pub(super) fn list(
    view: &View,
    cells: &[Cell],
    names: &[String],
    rows: &[&[Row]],
    room: usize,
) -> (String, usize) {
    let mut shown: Vec<(usize, &Row)> = Vec::new();
    for (&cell, rows) in view.cells.iter().zip(rows) {
        shown.extend(view.rows(rows).into_iter().map(|row| (cell, row)));
    }
    let all = shown.len();
    if let Some(key) = view.sort {
        sort(&mut shown, key);
        shown.truncate(if view.most_layers == usize::MAX { all } else { SORTED });
    }
    let columns = columns(view, cells, &shown);
    let mut lines = vec![columns.iter().map(|(title, _)| (*title).to_owned()).collect::<Vec<String>>()];
    lines.extend(
        shown.iter().map(|&(cell, row)| columns.iter().map(|(_, field)| field(&cells[cell], row)).collect()),
    );
    let mut named = vec!["cell".to_owned()];
    let is_first = |i: usize| i == 0 || shown[i - 1].0 != shown[i].0;
    named.extend(
        (0..shown.len()).map(|i| if is_first(i) { names[shown[i].0].clone() } else { String::new() }),
    );
    (text(&named, &lines, room), all - shown.len())
}

/// Names beside their lines where there is room, else above them.
fn text(names: &[String], lines: &[Vec<String>], room: usize) -> String {
    let beside: Vec<Vec<String>> =
        names.iter().zip(lines).map(|(name, line)| [std::slice::from_ref(name), line].concat()).collect();
    if width(&beside) <= room {
        return align(&beside);
    }
    let lines = align(lines);
    let above = names.iter().zip(lines.lines()).map(|(name, line)| match name.as_str() {
        "" => format!("  {line}\n"),
        name => format!("{name}\n  {line}\n"),
    });
    above.collect()
}

/// The columns: those in which no two lines differ only where they always are.
fn columns(view: &View, cells: &[Cell], shown: &[(usize, &Row)]) -> Vec<Column> {
    let differ = |differs: fn(&Row, &Row) -> bool| shown.windows(2).any(|pair| differs(pair[0].1, pair[1].1));
    let is_published = shown.iter().any(|&(cell, _)| !cells[cell].published.is_empty());
    let has_layers = view.sort.is_some() && view.layers != Layers::Last;
    let all: [(bool, Column); 9] = [
        (has_layers, ("layer", |_, row| row.layer.to_string())),
        (differ(|a, b| a.site != b.site), ("site", |_, row| row.site.to_string())),
        (true, ("metric", |_, row| row.metric.to_string())),
        (differ(|a, b| a.trials != b.trials), ("trials", |_, row| row.trials.to_string())),
        (is_published, ("published", published)),
        (true, ("estimate", |_, row| estimate(row))),
        (true, ("theory", |_, row| theory(row))),
        (true, ("z", |_, row| z(row))),
        (true, ("", |_, row| doubt(row))),
    ];
    all.into_iter().filter(|(is_there, _)| *is_there).map(|(_, column)| column).collect()
}

/// What was published of one network, and how many standard deviations of one trial it lies from the mean.
#[must_use]
pub fn published(cell: &Cell, row: &Row) -> String {
    let Some((_, value)) = cell.published.iter().find(|(metric, _)| *metric == row.metric) else {
        return String::new();
    };
    let place = row.estimate.zip(row.sd.filter(|&sd| sd > 0.0)).map(|(mean, sd)| (value - mean) / sd);
    let place =
        place.filter(|place| place.is_finite()).map_or(String::new(), |place| format!(" ({place:+.1} sd)"));
    format!("{}{place}", significant(*value, 7))
}

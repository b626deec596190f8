//! Cells beside their baselines, and the verdict on all of them together.

use std::collections::HashMap;

use super::names::names;
use super::numbers::{plus_minus, significant};
use super::sheet::Sheet;
use crate::analysis::Direction;
use crate::network::{Metric, Site};
use crate::output::compare::CompareRow;
use crate::statistics::Reliability;
use crate::sweep::{Cell, Compare};

/// Differences of a clause that are shown; the rest are counted.
const SHOWN: usize = 24;

/// A sheet for every clause: its differences in the last layers, and a line that counts all of them.
#[must_use]
pub fn compare_sheets(cells: &[Cell], clauses: &[Compare], rows: &[CompareRow]) -> Vec<Sheet> {
    let names: HashMap<_, _> =
        cells.iter().zip(names(cells)).map(|(cell, name)| ((cell.id(), cell.label.clone()), name)).collect();
    let sheets = clauses.iter().enumerate().map(|(i, clause)| {
        let rows: Vec<&CompareRow> = rows.iter().filter(|row| row.clause == i + 1).collect();
        of_clause(clause, &names, &rows)
    });
    sheets.collect()
}

fn of_clause(
    clause: &Compare,
    names: &HashMap<(String, Option<String>), String>,
    rows: &[&CompareRow],
) -> Sheet {
    let (parameter, baseline) = (&clause.subject, &clause.baseline);
    let title = format!("compared with {parameter} = {baseline}");
    if rows.is_empty() {
        let nothing = format!("{title}: nothing, for no two cells differ in {parameter} alone");
        return Sheet { lines: Vec::new(), notes: vec![nothing] };
    }
    let mut last = HashMap::new();
    for row in rows {
        last.entry(curve(row)).and_modify(|layer| *layer = row.layer.max(*layer)).or_insert(row.layer);
    }
    // Inputs are the same law in most comparisons: the layers are what is asked for.
    let has_layers = rows.iter().any(|row| row.site != Site::Input);
    let is_shown =
        |row: &&&CompareRow| last[&curve(row)] == row.layer && (row.site != Site::Input || !has_layers);
    let shown: Vec<_> = rows.iter().filter(is_shown).take(SHOWN).collect();
    let titles = [&title, "layer", "site", "metric", "difference", "ratio", "verdict"];
    let mut lines = vec![titles.map(str::to_owned).to_vec()];
    lines.extend(shown.iter().map(|row| {
        let key = (row.cell.cell.clone(), row.cell.label.clone());
        line(row, names.get(&key).unwrap_or(&row.cell.cell))
    }));
    let more = rows.len() - shown.len();
    let more = (more > 0).then(|| format!("... and {more} more in compare.csv"));
    let ratio = "ratio: that of the geometric means".to_owned();
    Sheet { lines, notes: more.into_iter().chain([verdict(rows), ratio]).collect() }
}

/// What rows that differ in their layer alone have in common.
fn curve(row: &CompareRow) -> (&str, Option<&str>, Site, Metric) {
    (&row.cell.cell, row.cell.label.as_deref(), row.site, row.metric)
}

fn line(row: &CompareRow, name: &str) -> Vec<String> {
    let difference = match (row.difference, row.joint_low, row.joint_high) {
        (Some(difference), Some(low), Some(high)) => plus_minus(difference, low, high),
        _ => "undefined".to_owned(),
    };
    let ratio = row.log2_ratio.map_or(String::new(), |log2| significant(libm::exp2(log2), 4));
    let place = [row.layer.to_string(), row.site.to_string(), row.metric.to_string()];
    let verdict = match row.reliability {
        Reliability::Ok => row.verdict.name().to_owned(),
        doubt => format!("{}: {doubt}", row.verdict.name()),
    };
    [&[name.to_owned()], &place[..], &[difference, ratio, verdict]].concat()
}

/// How many are what.
fn verdict(rows: &[&CompareRow]) -> String {
    let count = |direction| rows.iter().filter(|row| row.verdict == direction).count();
    let [larger, smaller, undecided] = Direction::ALL.map(count);
    format!(
        "differences: {larger} larger, {smaller} smaller, {undecided} undecided; all intervals hold together with \
         probability 95 %"
    )
}

//! The numbers: a table to sort and to filter.

use std::collections::BTreeSet;

use super::html::Html;
use super::shown::Shown;
use super::survey::Survey;
use super::table::{Title, table};
use crate::output::{Row, distinctions, significant};
use crate::sweep::Cell;
use crate::theory::Kind;

/// Digits of a number.
const DIGITS: i32 = 6;

/// A column of rows: its title with its class, and its field.
type Column = (Title<'static>, fn(&Row) -> String);

/// The table.
pub fn section(html: &mut Html, cells: &[Cell], survey: &Survey, shown: &Shown) {
    html.raw("<section id=\"numbers\"><h2>Numbers</h2>\n");
    if survey.shown.is_empty() {
        html.raw("<p>None: the config measures nothing.</p></section>\n");
        return;
    }
    if let Some(left_out) = shown.left_out() {
        html.raw("<p>").text(&left_out).raw("</p>\n<pre>initsweep show . --all</pre>\n");
    }
    filter(html, survey.shown.len());
    let names: Vec<Name> = distinctions(cells).into_iter().map(name).collect();
    let columns = columns(&survey.shown);
    let mut titles: Vec<Title> = names.iter().map(|(title, _)| *title).collect();
    titles.extend(columns.iter().map(|(title, _)| *title));
    table(html, "Estimates with their 95 % intervals, beside theory", "numbers", &titles, |html| {
        for (cell, row) in &survey.shown {
            html.raw("<tr>");
            let named = names.iter().map(|(_, values)| values[*cell].clone());
            let fields = named.chain(columns.iter().map(|(_, field)| field(row)));
            for (field, (_, class)) in fields.zip(&titles) {
                html.raw("<td");
                if !class.is_empty() {
                    html.raw(" class=\"").raw(class).raw("\"");
                }
                html.raw(">").text(&field).raw("</td>");
            }
            html.raw("</tr>\n");
        }
    });
    legend(html, &survey.shown);
    html.raw("</section>\n");
}

/// A column that tells cells apart: its title with its class, and its field of every cell.
type Name = (Title<'static>, Vec<String>);

/// Numbers are shortened where they stay different.
fn name((title, values): (&'static str, Vec<String>)) -> Name {
    if title == "label" {
        return ((title, "wide"), values);
    }
    let numbers: Option<Vec<f64>> = values.iter().map(|value| value.parse().ok()).collect();
    let Some(numbers) = numbers else { return ((title, ""), values) };
    let short: Vec<String> = numbers.into_iter().map(|number| significant(number, DIGITS)).collect();
    let different = |values: &[String]| values.iter().collect::<BTreeSet<_>>().len();
    let values = if different(&short) == different(&values) { short } else { values };
    ((title, "n"), values)
}

/// The filter, which only the script can use.
fn filter(html: &mut Html, rows: usize) {
    html.raw("<form id=\"filter\" hidden=\"hidden\"><label for=\"words\">Filter</label>");
    html.raw("<input id=\"words\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\" aria-describedby=\"filter-help\"/>");
    html.raw("<output for=\"words\">").show(rows).raw(" numbers</output>");
    html.raw(
        "<span id=\"filter-help\" class=\"soft\">Words that fields begin with, or <code>layer=3</code>; ",
    );
    html.raw("texts with blanks in quotes.</span></form>\n");
}

/// The columns: those in which rows differ, and those that are always there.
fn columns(rows: &[(usize, Row)]) -> Vec<Column> {
    let differ =
        |differs: fn(&Row, &Row) -> bool| rows.windows(2).any(|pair| differs(&pair[0].1, &pair[1].1));
    let has_doubt = rows.iter().any(|(_, row)| !row.reliability.is_ok());
    let all: [(bool, Column); 12] = [
        (true, (("layer", "n"), |row| row.layer.to_string())),
        (true, (("site", ""), |row| row.site.to_string())),
        (true, (("metric", ""), |row| row.metric.to_string())),
        (differ(|a, b| a.trials != b.trials), (("trials", "n"), |row| row.trials.to_string())),
        (true, (("estimate", "n"), |row| number(row.estimate))),
        (true, (("low", "n"), |row| number(row.conf_low))),
        (true, (("high", "n"), |row| number(row.conf_high))),
        (has_doubt, (("median", "n"), |row| number(row.median))),
        (has_doubt, (("doubt", ""), doubt)),
        (true, (("theory", "n"), |row| number(row.theory))),
        (true, (("kind", ""), |row| row.theory_kind.map_or(String::new(), |kind| kind.name().to_owned()))),
        (true, (("z", "n"), |row| row.z.map_or(String::new(), |z| format!("{z:+.2}")))),
    ];
    all.into_iter().filter(|(is_there, _)| *is_there).map(|(_, column)| column).collect()
}

fn number(value: Option<f64>) -> String {
    match value {
        Some(f64::INFINITY) => "∞".to_owned(),
        Some(f64::NEG_INFINITY) => "-∞".to_owned(),
        Some(value) => significant(value, DIGITS),
        None => String::new(),
    }
}

fn doubt(row: &Row) -> String {
    if row.reliability.is_ok() { String::new() } else { row.reliability.to_string() }
}

/// What the columns are.
fn legend(html: &mut Html, rows: &[(usize, Row)]) {
    html.raw("<p class=\"soft\">low and high: the 95 % interval of the estimate. An empty field is a number that is undefined or unknown. ");
    let kind = |kind: Kind| rows.iter().any(|(_, row)| row.theory_kind == Some(kind));
    let kinds: Vec<&str> =
        Kind::ALL.into_iter().filter(|one| kind(*one)).map(crate::output::meaning).collect();
    if !kinds.is_empty() {
        html.text(&format!("kind of theory: {}. ", kinds.join("; ")));
        html.raw("z: (estimate - theory) in standard errors. ");
    }
    html.raw("All digits and all columns: <code>summary.csv</code>.</p>\n");
}

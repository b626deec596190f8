//! The table that a run prints: for eyes; the numbers for papers are in `summary.csv`.

use super::row::Row;
use crate::network::Metric;
use crate::sweep::expression::Name;
use crate::sweep::{Cell, Parameter};

/// Cells shown; the rest are counted.
pub const SHOWN: usize = 24;

/// A table of the mean and std at the last place measured of each cell, `rows[cell]` its rows: what was published (where
/// the config says), the estimate with its 95 % interval, and the theory with z.
#[must_use]
pub fn table(cells: &[Cell], rows: &[Vec<Row>]) -> String {
    let names = names(cells);
    let mut lines = vec![header(cells)];
    for ((cell, rows), name) in cells.iter().zip(rows).zip(&names).take(SHOWN) {
        let end = rows.last().map(|row| (row.layer, row.site));
        let last = rows.iter().filter(|row| Some((row.layer, row.site)) == end);
        for (i, row) in headline(last.collect()).into_iter().enumerate() {
            lines.push(line(cells, cell, row, if i == 0 { name } else { "" }));
        }
    }
    let text = align(&lines);
    if cells.len() > SHOWN {
        let more = cells.len() - SHOWN;
        return text + &format!("... and {more} more cells in summary.csv\n");
    }
    text
}

/// Mean and std if they are measured, else the first two metrics.
fn headline(rows: Vec<&Row>) -> Vec<&Row> {
    let (headline, others): (Vec<&Row>, Vec<&Row>) =
        rows.into_iter().partition(|row| matches!(row.metric, Metric::Mean | Metric::Std));
    if headline.is_empty() { others.into_iter().take(2).collect() } else { headline }
}

fn has_published(cells: &[Cell]) -> bool {
    cells.iter().any(|cell| !cell.published.is_empty())
}

fn header(cells: &[Cell]) -> Vec<String> {
    let mut titles = vec!["cell", "metric"];
    if has_published(cells) {
        titles.push("published");
    }
    titles.extend(["estimate (95 %)", "theory", "z", ""]);
    titles.into_iter().map(str::to_owned).collect()
}

fn line(cells: &[Cell], cell: &Cell, row: &Row, name: &str) -> Vec<String> {
    let mut fields = vec![name.to_owned(), row.metric.to_string()];
    if has_published(cells) {
        let published = cell.published.iter().find(|(metric, _)| *metric == row.metric);
        fields.push(published.map_or(String::new(), |&(_, value)| significant(value, 7)));
    }
    fields.push(estimate(row));
    let theory = row.theory.zip(row.theory_kind);
    fields.push(
        theory.map_or(String::new(), |(value, kind)| format!("{} {}", significant(value, 7), kind.name())),
    );
    fields.push(row.z.map_or(String::new(), |z| format!("{z:+.2}")));
    fields.push(if row.reliability.is_ok() { String::new() } else { row.reliability.to_string() });
    fields
}

/// The estimate with its interval, or what there is in its place.
fn estimate(row: &Row) -> String {
    match (row.estimate, row.conf_low, row.conf_high, row.median) {
        (Some(estimate), Some(low), Some(high), _) => plus_minus(estimate, low, high),
        (.., Some(median)) => format!("median {} ({} non-finite)", significant(median, 5), row.nonfinite),
        _ => format!("undefined ({} non-finite)", row.nonfinite),
    }
}

/// `0.99954 ± 0.00069`: the larger half-width to two digits, and the estimate to the same place.
pub(super) fn plus_minus(estimate: f64, low: f64, high: f64) -> String {
    let half = (high - estimate).max(estimate - low);
    if half == 0.0 || !half.is_finite() {
        return significant(estimate, 7);
    }
    let scale = exponent(estimate.abs().max(half));
    let last = exponent(half) - 1;
    if is_plain(scale) && last <= 0 {
        let decimals = usize::try_from(-last).unwrap_or(0);
        return format!("{estimate:.decimals$} ± {half:.decimals$}");
    }
    let digits = usize::try_from(scale - last).unwrap_or(0);
    let unit = libm::pow(10.0, f64::from(scale));
    format!("({:.digits$} ± {:.digits$})e{scale}", estimate / unit, half / unit)
}

/// `value` to `digits` significant digits, without trailing zeros.
pub(super) fn significant(value: f64, digits: i32) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let scale = exponent(value);
    let (value, last, suffix) = if is_plain(scale) {
        (value, scale - digits + 1, String::new())
    } else {
        (value / libm::pow(10.0, f64::from(scale)), 1 - digits, format!("e{scale}"))
    };
    let text = format!("{value:.*}", usize::try_from(-last).unwrap_or(0));
    let short = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{short}{suffix}")
}

/// Whether numbers of this decimal exponent are shown without one.
fn is_plain(scale: i32) -> bool {
    (-4..6).contains(&scale)
}

/// Decimal exponent of a positive number, 0 for 0.
#[expect(clippy::cast_possible_truncation, reason = "decimal exponents of f64 are below 400")]
fn exponent(value: f64) -> i32 {
    if value == 0.0 { 0 } else { libm::floor(libm::log10(value.abs())) as i32 }
}

/// What tells the cells apart: their labels, and the parameters in which cells of one label differ.
pub(super) fn names(cells: &[Cell]) -> Vec<String> {
    let described: Vec<Vec<(&str, String)>> = cells.iter().map(parameters).collect();
    let varies: Vec<bool> = (0..described.first().map_or(0, Vec::len))
        .map(|i| {
            let differ =
                |a: usize, b: usize| cells[a].label == cells[b].label && described[a][i] != described[b][i];
            (1..cells.len()).any(|b| differ(b - 1, b))
        })
        .collect();
    let name = |(cell, parameters): (&Cell, &Vec<(&str, String)>)| {
        let shown = parameters.iter().zip(&varies).filter(|(_, varies)| **varies);
        let words = shown.map(|((name, value), _)| format!("{name}={value}"));
        let parts: Vec<String> = cell.label.clone().into_iter().chain(words).collect();
        if parts.is_empty() { cell.id() } else { parts.join(" ") }
    };
    cells.iter().zip(&described).map(name).collect()
}

/// Every parameter: the weights' as they are written, other numbers as they are in layer 1.
fn parameters(cell: &Cell) -> Vec<(&'static str, String)> {
    let value = |parameter: Parameter| {
        if parameter.is_word() || matches!(parameter, Parameter::Std | Parameter::Mean) {
            cell.written(parameter)
        } else {
            cell.number(Name::Of(parameter)).to_string()
        }
    };
    Parameter::ALL.into_iter().map(|parameter| (parameter.name(), value(parameter))).collect()
}

/// Left-aligned columns, two blanks apart.
pub(super) fn align(lines: &[Vec<String>]) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |i: usize| lines.iter().map(|line| line[i].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for line in lines {
        let cells: Vec<String> =
            line.iter().zip(&widths).map(|(field, &width)| format!("{field:width$}")).collect();
        text += cells.join("  ").trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_to_their_significant_digits() {
        assert_eq!(significant(0.999_925, 7), "0.999925");
        assert_eq!(significant(63_951_072.0, 7), "6.395107e7");
        assert_eq!(significant(-0.0, 3), "-0");
        assert_eq!(significant(1.5e-7, 4), "1.5e-7");
        assert_eq!(significant(f64::INFINITY, 4), "inf");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_field() {
        let lines = [vec!["a".to_owned(), "b".to_owned()], vec!["ccc".to_owned(), "±".to_owned()]];
        assert_eq!(align(&lines), "a    b\nccc  ±\n");
    }
}

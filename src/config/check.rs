//! What can only be judged once all grids are read: sizes, and the cells themselves.

use super::diagnostic::Diagnostic;
use super::report::Report;
use super::tree::{Node, Table, Value};
use crate::sweep::expression::Fault;
use crate::sweep::{Grid, LARGEST_SIZE, Layers, Parameter, Problem, Sweep, SweepError};

/// Reports listed layers that no cell has.
pub(super) fn layers(sweep: &Sweep, root: &Table, report: &mut Report) {
    let Layers::List(list) = &sweep.measure.layers else { return };
    let deepest = sweep.grids.iter().flat_map(|grid| &grid.axes.depth).copied().max().unwrap_or(0);
    let Some(Value::Table(measure)) = root.get("measure").map(|node| &node.value) else { return };
    let Some(Value::Array(items)) = measure.get("layers").map(|node| &node.value) else { return };
    for (_, item) in list.iter().zip(items).filter(|(layer, _)| **layer > deepest) {
        let label = format!("the deepest network has {deepest} layer{}", if deepest == 1 { "" } else { "s" });
        report.add(Diagnostic::new("no cell has this layer", item.span, label));
    }
}

/// Reports a sweep with too many points.
pub(super) fn size(sweep: &Sweep, headers: &[Node], report: &mut Report) {
    let size = sweep.size();
    if size <= LARGEST_SIZE {
        return;
    }
    let largest = sweep.grids.iter().zip(headers).max_by_key(|(grid, _)| grid.size());
    let Some((grid, header)) = largest else { return };
    let count = if size == u128::MAX { "more than 10^38".to_owned() } else { grouped(size) };
    let title = format!("this sweep has {count} cells; the limit is 2^32 = {}", grouped(LARGEST_SIZE));
    report.add(
        Diagnostic::new(title, header.span, format!("the largest axes: {}", largest_axes(grid)))
            .help("shorten an axis, or let axes walk together by `zip`"),
    );
}

/// The longest axes of a grid, `width 1,000 x std 200`.
fn largest_axes(grid: &Grid) -> String {
    let mut axes: Vec<_> = grid.groups().iter().filter(|(_, length)| *length > 1).collect();
    axes.sort_by_key(|(_, length)| std::cmp::Reverse(*length));
    let name = |members: &[Parameter]| members.iter().map(|one| one.name()).collect::<Vec<_>>().join("+");
    let axes: Vec<_> =
        axes.iter().take(4).map(|(members, length)| format!("{} {}", name(members), grouped(*length as u128))).collect();
    axes.join(" x ")
}

/// A number with its digits in groups of three.
fn grouped(value: u128) -> String {
    let digits = value.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// Reports cells that have no valid values: one mistake for each cause, however many cells it spoils.
pub(super) fn cells(sweep: &Sweep, report: &mut Report) {
    if !report.items.is_empty() {
        return;
    }
    let mut causes: Vec<(SweepError, usize)> = Vec::new();
    for error in sweep.check() {
        match causes.iter().position(|(cause, _)| same_cause(cause, &error)) {
            Some(known) => causes[known].1 += 1,
            None if causes.len() < 100 => causes.push((error, 1)),
            None => {}
        }
    }
    for (cause, count) in causes {
        report.add(diagnostic(&cause, count));
    }
}

fn same_cause(a: &SweepError, b: &SweepError) -> bool {
    let kind = |error: &SweepError| match error {
        SweepError::Value { problem, .. } => Some(std::mem::discriminant(problem)),
        _ => None,
    };
    a.span() == b.span() && kind(a) == kind(b)
}

/// The first error of a cause, and how many cells it spoils, as a mistake of the config.
pub(super) fn diagnostic(error: &SweepError, count: usize) -> Diagnostic {
    let others = match count {
        0 | 1 => String::new(),
        2 => ", and in 1 more".to_owned(),
        _ => format!(", and in {} more", grouped(count as u128 - 1)),
    };
    match error {
        SweepError::Value { parameter, span, problem, place, .. } => {
            let title = format!("`{parameter}` has no valid value: {problem}");
            let mistake = Diagnostic::new(title, *span, format!("in the cell {place}{others}"));
            match help(*parameter, problem) {
                Some(help) => mistake.help(help),
                None => mistake,
            }
        }
        SweepError::Where { span, fault, place, .. } => {
            Diagnostic::new(format!("`where` has no value: {fault}"), *span, format!("in the cell {place}{others}"))
                .help("put the condition that prevents it first: what follows `&&` is looked at only if it holds")
        }
        SweepError::NothingLeft { span, cells, .. } => {
            let label = format!("this is false in all {} cells of the grid", grouped(u128::from(*cells)));
            Diagnostic::new("`where` leaves no cell", *span, label)
        }
    }
}

fn help(parameter: Parameter, problem: &Problem) -> Option<String> {
    let exclude = "`where` can exclude such cells, as in where = \"width > 10\"";
    Some(match problem {
        Problem::Fault(Fault::DivisionByZero(_) | Fault::Undefined(_)) => exclude.to_owned(),
        Problem::Negative(_) => format!("{exclude}; or take max(0, ...)"),
        Problem::Infinite | Problem::BeyondF32(_) => "the expression overflows".to_owned(),
        Problem::Fraction(_) | Problem::OutOfRange { .. } => {
            format!("`{parameter}` counts columns: choose an expression that is whole, or list the values")
        }
    })
}

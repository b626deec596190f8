//! What can only be judged once all grids are read: sizes, and the cells themselves.

use super::report::Report;
use crate::config::text::diagnostic::Diagnostic;
use crate::config::text::suggest::grouped;
use crate::config::text::tree::{Node, Table, Value};
use crate::sweep::{
    Cell, FigureClause, FigureScale, FigureX, Formula, Grid, LARGEST_SIZE, Layers, Parameter, Place, Problem,
    Sweep, SweepError,
};

/// Reports listed layers that no cell has.
pub(crate) fn layers(sweep: &Sweep, root: &Table, report: &mut Report) {
    let Layers::List(list) = &sweep.measure.layers else { return };
    let deepest = sweep.grids.iter().flat_map(|grid| &grid.axes.depth).copied().max().unwrap_or(0);
    let Some(Value::Table(measure)) = root.get("measure").map(|node| &node.value) else { return };
    let Some(Value::Array(items)) = measure.get("layers").map(|node| &node.value) else { return };
    if deepest == 0 || list.len() != items.len() {
        return;
    }
    for (_, item) in list.iter().zip(items).filter(|(layer, _)| **layer > deepest) {
        let label = format!("the deepest network has {deepest} layer{}", if deepest == 1 { "" } else { "s" });
        report.add(
            Diagnostic::new("no cell has this layer", item.span, label)
                .help("layers = \"all\" reports every layer of every cell"),
        );
    }
}

/// Reports a sweep with too many points; true if it has not.
pub(crate) fn size(sweep: &Sweep, headers: &[Node], report: &mut Report) -> bool {
    let size = sweep.size();
    let largest = sweep.grids.iter().zip(headers).max_by_key(|(grid, _)| grid.size());
    let Some((grid, header)) = largest.filter(|_| size > LARGEST_SIZE) else { return true };
    let count = if size == u128::MAX { "more than 10^38".to_owned() } else { grouped(size) };
    let title = format!("this sweep has {count} cells; the limit is 2^32 = {}", grouped(LARGEST_SIZE));
    report.add(
        Diagnostic::new(title, header.span, format!("the largest axes: {}", largest_axes(grid)))
            .help("shorten an axis, or let axes walk together by `zip`"),
    );
    false
}

/// The longest axes of a grid, `width 1,000 x std 200`.
fn largest_axes(grid: &Grid) -> String {
    let mut axes: Vec<_> = grid.groups().iter().filter(|(_, length)| *length > 1).collect();
    axes.sort_by_key(|(_, length)| std::cmp::Reverse(*length));
    let name = |members: &[Parameter]| members.iter().map(|one| one.name()).collect::<Vec<_>>().join("+");
    let axes: Vec<_> = axes
        .iter()
        .take(4)
        .map(|(members, length)| format!("{} {}", name(members), grouped(*length as u128)))
        .collect();
    axes.join(" x ")
}

/// Reports cells that have no valid values: one mistake for each cause, however many cells it spoils.
pub(crate) fn cells(sweep: &Sweep, report: &mut Report) {
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

/// Most points of a sweep whose numbers are looked at for the axes of figures; of more, drawing finds out.
const LOOKED_AT: u128 = 10_000;

/// Reports logarithmic axes of figures along which cells have negative numbers.
pub(crate) fn figures(sweep: &Sweep, report: &mut Report) {
    let is_log = |scale: Option<FigureScale>| matches!(scale, Some(FigureScale::Log2 | FigureScale::Log10));
    let axes = |clause: &FigureClause| {
        let x = match &clause.x {
            Some(FigureX::Of(formula)) if is_log(clause.scale.x) => Some(formula.clone()),
            _ => None,
        };
        x.into_iter().chain(clause.y.clone().filter(|_| is_log(clause.scale.y))).collect::<Vec<Formula>>()
    };
    let asked: Vec<_> = sweep.figures.iter().map(|clause| (clause, axes(clause))).collect();
    if asked.iter().all(|(_, axes)| axes.is_empty()) || sweep.size() > LOOKED_AT {
        return;
    }
    let cells: Vec<Cell> = sweep.cells().filter_map(Result::ok).collect();
    for (clause, axes) in asked {
        let chosen = clause.selection.choose(&cells).unwrap_or_default();
        for formula in axes {
            let value = |&cell: &usize| formula.value(&cells[cell], cells[cell].network.depth).ok();
            if let Some(value) = chosen.iter().filter_map(value).find(|value| *value < 0.0) {
                let title = format!("a logarithmic axis has no negative numbers, and here is {value}");
                report.add(Diagnostic::new(title, formula.span, "").help("\"symlog\" shows both signs"));
            }
        }
    }
}

fn same_cause(a: &SweepError, b: &SweepError) -> bool {
    let same_kind = match (a, b) {
        (SweepError::Value { problem: a, .. }, SweepError::Value { problem: b, .. }) => {
            std::mem::discriminant(a) == std::mem::discriminant(b)
        }
        (SweepError::Rescale { reason: a, .. }, SweepError::Rescale { reason: b, .. })
        | (SweepError::Saturation { reason: a, .. }, SweepError::Saturation { reason: b, .. })
        | (SweepError::Network { reason: a, .. }, SweepError::Network { reason: b, .. }) => a == b,
        _ => std::mem::discriminant(a) == std::mem::discriminant(b),
    };
    same_kind && a.span() == b.span()
}

/// The first error of a cause, and how many cells it spoils, as a mistake of the config.
pub(crate) fn diagnostic(error: &SweepError, count: usize) -> Diagnostic {
    let others = match count {
        0 | 1 => String::new(),
        2 => ", and in 1 more".to_owned(),
        _ => format!(", and in {} more", grouped(count as u128 - 1)),
    };
    match error {
        SweepError::Value { parameter, span, problem, place, .. } => {
            let title = format!("invalid `{parameter}`: {problem}");
            let mistake = Diagnostic::new(title, *span, format!("in the cell {place}{others}"));
            mistake.help(help(*parameter, problem, *place))
        }
        SweepError::Where { span, fault, place, .. } => Diagnostic::new(
            format!("`where` has no value: {fault}"),
            *span,
            format!("in the cell {place}{others}"),
        )
        .help("put the condition that prevents it first: what follows `&&` is looked at only if it holds"),
        SweepError::Rescale { reason, span, place } => Diagnostic::new(
            format!("`rescale` needs networks through which a power of two passes: {reason}"),
            *span,
            format!("in the cell {place}{others}"),
        )
        .help("these are matmul or product layers with linear, relu or leaky_relu and no bias; run others apart"),
        SweepError::Saturation { span, reason, place, .. } => Diagnostic::new(
            format!("`saturation` needs activations that are bounded on both sides: {reason}"),
            *span,
            format!("in the cell {place}{others}"),
        )
        .help(
            "these are tanh, sigmoid, erf, softsign, hardtanh, hardsigmoid and relu6; without `saturation`, \
             `fraction_saturated` counts where the slope is below a hundredth of the steepest",
        ),
        SweepError::Network { parameter, span, reason, place, .. } => {
            let title = format!("invalid `{parameter}`: {reason}");
            Diagnostic::new(title, *span, format!("in the cell {place}{others}"))
                .help("`where` can leave such cells out")
        }
        SweepError::NothingLeft { span, cells, .. } => {
            let label = format!("this is false in all {} cells of the grid", grouped(u128::from(*cells)));
            Diagnostic::new("`where` leaves no cell", *span, label)
                .help("turn the comparison round, or leave the grid out")
        }
    }
}

fn help(parameter: Parameter, problem: &Problem, place: Place) -> String {
    match problem {
        Problem::Fault(_) => {
            let (name, value) = place.width.map_or(("depth", place.depth), |width| ("width", width));
            format!("`where` can leave such cells out, as in where = \"{name} != {value}\"")
        }
        Problem::Negative(_) | Problem::BelowZero(_) => {
            "`where` can leave such cells out; max(0, ...) cuts an expression off at 0".to_owned()
        }
        Problem::NoPowerOfTwo(_) => "such as 1024, or `2^15`: it changes no digit of a gradient".to_owned(),
        Problem::Circular => "give one of them as a number".to_owned(),
        Problem::Infinite => "the largest number is about 1.8e308".to_owned(),
        Problem::BeyondF32(_) => "precision = \"f64\" reaches about 1.8e308".to_owned(),
        Problem::BelowF32(_) => "precision = \"f64\" reaches down to about 2.2e-308".to_owned(),
        Problem::Correlation { .. } => {
            "\"-1/(batch-1)\" is the smallest, and 1 makes all inputs equal".to_owned()
        }
        Problem::OutOfRange { .. } if matches!(parameter, Parameter::Width | Parameter::InputWidth) => {
            "min(..., max(..., ...)) keeps an expression within bounds".to_owned()
        }
        Problem::Fraction(_) | Problem::OutOfRange { .. } => {
            format!("`{parameter}` counts columns: list its values, or leave such cells out by `where`")
        }
    }
}

//! `shape`: the width of the input and of every layer, written as a list.

use super::report::Report;
use super::value;
use crate::config::grammar::tables::{LARGEST_AXIS, SHAPE};
use crate::config::text::diagnostic::Diagnostic;
use crate::config::text::suggest::grouped;
use crate::config::text::tree::{Node, Table, Value};
use crate::sweep::expression::{Expression, number};
use crate::sweep::{Axes, LARGEST_WIDTH, Parameter, Quantity, as_f64};

/// What a shape sets.
pub(crate) const SETS: [Parameter; 3] = [Parameter::Width, Parameter::Depth, Parameter::InputWidth];

/// The shapes of a grid: its own, or those of `[defaults]` where it says nothing else of its layers.
pub(crate) fn node<'a>(grid: &'a Table, defaults: &'a Table) -> Option<&'a Node> {
    let speaks = SETS.into_iter().any(|parameter| grid.get(parameter.name()).is_some());
    grid.get(SHAPE).or_else(|| defaults.get(SHAPE).filter(|_| !speaks))
}

/// Puts widths and input widths into `axes`, and gives the depths; all three have as many values.
pub(crate) fn put(node: &Node, axes: &mut Axes, report: &mut Report) -> Vec<usize> {
    let Value::Array(items) = &node.value else {
        report.add(value::wrong_type(SHAPE, "a list of widths", node).help(EXAMPLE));
        return Vec::new();
    };
    let is_axis = items.iter().any(|item| matches!(item.value, Value::Array(_)));
    let lists: Vec<&Node> = if is_axis { items.iter().collect() } else { vec![node] };
    let mut depths = Vec::new();
    for list in lists {
        let Some(widths) = widths(list, report) else { continue };
        let [input, layers @ ..] = &widths[..] else { continue };
        let quantity = |expression: Expression, text: String| Quantity {
            expression,
            text,
            span: list.span,
            law: None,
            bias: None,
            fitted: false,
        };
        let input = as_f64(*input);
        axes[Parameter::InputWidth].push(quantity(Expression::Number(input), number(input)));
        let is_one = layers.iter().all(|units| *units == layers[0]);
        let width =
            if is_one { Expression::Number(as_f64(layers[0])) } else { Expression::ByLayer(layers.into()) };
        let text = width.to_string();
        axes[Parameter::Width].push(quantity(width, text));
        depths.push(layers.len());
    }
    depths
}

const EXAMPLE: &str =
    "as in shape = [784, 512, 256, 10], or for an axis shape = [[784, 100, 10], [784, 50, 10]]";

/// The widths of one network: the input and at least one layer.
fn widths(list: &Node, report: &mut Report) -> Option<Vec<usize>> {
    let Value::Array(items) = &list.value else {
        report.add(value::wrong_type(SHAPE, "a list of widths", list).help(EXAMPLE));
        return None;
    };
    if items.len() < 2 {
        let label = "a network has at least one layer";
        report
            .add(value::unfit(SHAPE, "the width of the input and of every layer", list, label).help(EXAMPLE));
        return None;
    }
    if items.len() as u64 > LARGEST_AXIS {
        let title = format!("`{SHAPE}` has more than {} layers", grouped(LARGEST_AXIS.into()));
        report.add(
            Diagnostic::new(title, list.span, "")
                .help("deeper networks are written with `width` and `depth`"),
        );
        return None;
    }
    if !report.has_room(items.len() as u64, list) {
        return None;
    }
    let read = |item: &Node| value::whole(SHAPE, item, 1, LARGEST_WIDTH as u64);
    let mut widths = Vec::with_capacity(items.len());
    for item in items {
        if report.is_full() {
            return None;
        }
        widths.push(usize::try_from(report.keep(read(item))?).ok()?);
    }
    Some(widths)
}

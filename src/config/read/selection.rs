//! Which cells a clause speaks of: `labels` and `where`.

use super::report::Report;
use super::value;
use crate::config::expression;
use crate::config::text::diagnostic::{Diagnostic, quote};
use crate::config::text::suggest;
use crate::config::text::tree::{Node, Table, Value};
use crate::kernels::Activation;
use crate::sweep::condition::Filter;
use crate::sweep::expression::Name;
use crate::sweep::{Grid, Parameter, Selection, Span};

/// Reads the selection of a clause; `known` are the labels of the grids.
pub(crate) fn read(table: &Table, known: &[&str], grids: &[Grid], report: &mut Report) -> Selection {
    let labels = table.get("labels").map_or(Vec::new(), |node| labels(node, known, report));
    let filter = table.get("where").and_then(|node| {
        let filter = filter(node, &report.formulas);
        report.keep(filter)
    });
    if let Some(filter) = &filter {
        let result = texts(filter, |parameter| written(parameter, grids));
        report.keep(result);
    }
    Selection { labels, filter }
}

/// The values of a parameter in all grids, as they are written.
pub(crate) fn written(parameter: Parameter, grids: &[Grid]) -> Vec<String> {
    grids.iter().flat_map(|grid| grid.axes.written(parameter)).collect()
}

/// Whether every text of a condition that stands for a number, or for a file, is written in some grid.
///
/// A name that no cell has is no slip, for it is checked by itself; but that of a file is not.
pub(crate) fn texts(filter: &Filter, values: impl Fn(Parameter) -> Vec<String>) -> Result<(), Diagnostic> {
    let texts = filter.condition.texts();
    texts
        .into_iter()
        .filter(|(parameter, _)| !parameter.is_word() || *parameter == Parameter::Input)
        .try_for_each(|(parameter, text)| known(parameter.name(), text, &values(parameter), filter.span))
}

/// Whether `text` is one of the values written in the grids; grids that are themselves wrong have none.
pub(crate) fn known(name: &str, text: &str, values: &[String], span: Span) -> Result<(), Diagnostic> {
    if values.is_empty() || values.iter().any(|value| value == text) {
        return Ok(());
    }
    let mut values: Vec<&str> = values.iter().map(String::as_str).collect();
    values.dedup();
    values.truncate(20);
    Err(Diagnostic::new(format!("no cell has `{name}` = {}", quote(text)), span, "").help(suggest::help(
        text,
        "the values written in the grids are",
        &values,
    )))
}

fn labels(node: &Node, known: &[&str], report: &mut Report) -> Vec<String> {
    let read = |item: &Node| label(item, known);
    match &node.value {
        Value::Array(_) => value::subset("labels", node, report, read),
        _ => report.keep(read(node)).into_iter().collect(),
    }
}

fn label(node: &Node, known: &[&str]) -> Result<String, Diagnostic> {
    let text = value::text("labels", "the label of a grid, or a list of them", node)?;
    if known.contains(&text) {
        return Ok(text.to_owned());
    }
    let help = if known.is_empty() {
        "no grid has a label".to_owned()
    } else {
        suggest::help(text, "the labels are", known)
    };
    Err(Diagnostic::new(format!("no grid has the label {}", quote(text)), node.span, "").help(help))
}

pub(crate) fn filter(node: &Node, formulas: &[Activation]) -> Result<Filter, Diagnostic> {
    let text = value::text("where", "a condition in quotes", node)?;
    // A condition is about a cell, which has no one layer.
    let names: Vec<Name> = Name::all().into_iter().filter(|name| *name != Name::Layer).collect();
    let condition = expression::condition(text, &names, formulas).map_err(|mistake| mistake.at(node))?;
    Ok(Filter { condition, text: value::one_line(text), span: node.span })
}

//! Which cells a clause speaks of: `labels` and `where`.

use super::diagnostic::{Diagnostic, quote};
use super::report::{self, Report};
use super::tree::{Node, Table, Value};
use super::{grid, suggest, top};
use crate::sweep::Selection;

/// Reads the selection of a clause; `known` are the labels of the grids.
pub(super) fn read(table: &Table, known: &[&str], report: &mut Report) -> Selection {
    let labels = table.get("labels").map_or(Vec::new(), |node| labels(node, known, report));
    let filter = table.get("where").and_then(|node| report.keep(grid::filter(node)));
    Selection { labels, filter }
}

fn labels(node: &Node, known: &[&str], report: &mut Report) -> Vec<String> {
    let read = |item: &Node| label(item, known);
    match &node.value {
        Value::Array(_) => top::subset("labels", node, report, read),
        _ => report.keep(read(node)).into_iter().collect(),
    }
}

fn label(node: &Node, known: &[&str]) -> Result<String, Diagnostic> {
    let text = report::text("labels", "the label of a grid, or a list of them", node)?;
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

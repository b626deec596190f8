//! `[[compare]]`: each cell beside the one that differs in one parameter alone.

use super::report::Report;
use super::{measure, selection, value};
use crate::config::grammar::claims::COMPARE;
use crate::config::text::diagnostic::{Diagnostic, quote};
use crate::config::text::suggest;
use crate::config::text::tree::{Node, Table, Value};
use crate::kernels::Activation;
use crate::random::Law;
use crate::sweep::expression::number;
use crate::sweep::{Compare, Grid, Measure, Parameter};

/// Reads all clauses; `labels` are those of the grids.
pub(crate) fn read_all(
    root: &Table,
    measure: &Measure,
    labels: &[&str],
    grids: &[Grid],
    report: &mut Report,
) -> Vec<Compare> {
    let mut clauses = Vec::new();
    for (header, table) in value::tables(root, "compare", report) {
        if report.is_full() {
            break;
        }
        clauses.extend(read(header, table, measure, labels, grids, report));
    }
    clauses
}

fn read(
    header: &Node,
    table: &Table,
    measure: &Measure,
    labels: &[&str],
    grids: &[Grid],
    report: &mut Report,
) -> Option<Compare> {
    let before = report.met;
    report.unknown_keys(table, &[COMPARE], "in [[compare]]");
    report.missing_keys(table, COMPARE, header.span, "a comparison");
    let parameter = table.get("parameter").and_then(|node| {
        let words = Parameter::ALL.map(Parameter::name);
        report.keep(value::choice("parameter", node, &words, Parameter::parse))
    });
    let baseline = table.get("baseline").and_then(|node| {
        let baseline = report.keep(baseline(parameter, node))?;
        report.keep(known(parameter?, baseline, node, grids))
    });
    let selection = selection::read(table, labels, report);
    let metrics = table.get("metrics").map_or(measure.metrics.clone(), |node| {
        value::subset("metrics", node, report, |item| measure::metric(item, measure))
    });
    let sites = table.get("sites").map_or(measure.sites.clone(), |node| {
        value::subset("sites", node, report, |item| measure::site(item, measure))
    });
    let clause = Compare { parameter: parameter?, baseline: baseline?, selection, metrics, sites };
    (report.met == before).then_some(clause)
}

/// The value as [`crate::sweep::Cell::written`] gives it.
fn baseline(parameter: Option<Parameter>, node: &Node) -> Result<String, Diagnostic> {
    if matches!(node.value, Value::Integer(_) | Value::Float(_)) {
        return value::number("baseline", node).map(number);
    }
    let text = value::text("baseline", "a number or a string", node)?.trim();
    let canonical = match parameter {
        Some(Parameter::Activation) => text.parse().ok().map(|one: Activation| one.to_string()),
        Some(Parameter::Law) => text.parse().ok().map(|one: Law| one.to_string()),
        _ => None,
    };
    Ok(canonical.unwrap_or_else(|| text.to_owned()))
}

/// `baseline`, if a grid has it among its values.
fn known(parameter: Parameter, baseline: String, node: &Node, grids: &[Grid]) -> Result<String, Diagnostic> {
    let mut values: Vec<String> = grids.iter().flat_map(|grid| grid.axes.written(parameter)).collect();
    values.dedup();
    // Grids that are themselves wrong have no values.
    if values.is_empty() || values.contains(&baseline) {
        return Ok(baseline);
    }
    let values: Vec<&str> = values.iter().take(20).map(String::as_str).collect();
    Err(Diagnostic::new(format!("no cell has `{parameter}` = {}", quote(&baseline)), node.span, "")
        .help(suggest::help(&baseline, "the values written in the grids are", &values)))
}

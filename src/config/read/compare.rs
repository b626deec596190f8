//! `[[compare]]`: each cell beside the one that differs in one parameter alone.

use super::report::Report;
use super::{measure, quantity, selection, value};
use crate::config::grammar::claims::{COMPARE, subjects};
use crate::config::grammar::tables::axis;
use crate::config::text::diagnostic::{Diagnostic, quote};
use crate::config::text::tree::{Node, Table, Value};
use crate::kernels::Activation;
use crate::random::Law;
use crate::sweep::expression::number;
use crate::sweep::{Compare, Grid, Measure, Parameter, Subject};

/// Reads all clauses; `labels` are those of the grids.
pub(crate) fn read_all(
    root: &Table,
    measure: &Measure,
    labels: &[&str],
    grids: &[Grid],
    report: &mut Report,
) -> Vec<Compare> {
    let read = |header, table, report: &mut Report| read(header, table, measure, labels, grids, report);
    value::each(root, "compare", report, read)
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
    let word = table.get("parameter").and_then(|node| {
        let subjects = subjects();
        let read = |word: &str| subjects.iter().copied().find(|known| *known == word);
        report.keep(value::choice("parameter", node, &subjects, read))
    });
    let subject = word.map(|word| axis(word).map_or(Subject::Label, Subject::Of));
    let baseline = table.get("baseline").and_then(|node| {
        let baseline = report.keep(baseline(word?, node))?;
        report.keep(known(subject?, baseline, node, labels, grids))
    });
    let along = subject.map_or(Vec::new(), |subject| along(subject, grids));
    let selection = selection::read(table, labels, grids, report);
    let metrics = table.get("metrics").map_or(measure.metrics.clone(), |node| {
        value::subset("metrics", node, report, |item| measure::metric(item, measure))
    });
    let sites = table.get("sites").map_or(measure.sites.clone(), |node| {
        value::subset("sites", node, report, |item| measure::site(item, measure))
    });
    let clause = Compare { subject: subject?, baseline: baseline?, along, selection, metrics, sites };
    (report.met == before).then_some(clause)
}

/// What may differ along with the subject.
fn along(subject: Subject, grids: &[Grid]) -> Vec<Parameter> {
    let is_along = |other: Parameter| match subject {
        Subject::Label => {
            grids.iter().filter(|grid| grid.label.is_some()).all(|grid| grid.axes.len(other) == 1)
        }
        Subject::Of(parameter) => {
            other != parameter && grids.iter().any(|grid| zipped(grid, parameter, other))
        }
    };
    Parameter::ALL.into_iter().filter(|&other| is_along(other)).collect()
}

fn zipped(grid: &Grid, one: Parameter, other: Parameter) -> bool {
    grid.groups().iter().any(|(members, _)| members.contains(&one) && members.contains(&other))
}

/// The value as [`Subject::written`] gives it.
fn baseline(word: &str, node: &Node) -> Result<String, Diagnostic> {
    let text = if matches!(node.value, Value::Integer(_) | Value::Float(_)) {
        value::number("baseline", node).map(number)?
    } else {
        value::text("baseline", "a number or a string", node)?.trim().to_owned()
    };
    let canonical = match word {
        "activation" => text.parse().ok().map(|one: Activation| one.to_string()),
        "law" | "bias_law" | "input_law" => text.parse().ok().map(|one: Law| one.to_string()),
        "sigma_w" => Some(quantity::std_of_sigma(&text).map_err(|mistake| mistake.at(node))?),
        _ => None,
    };
    Ok(canonical.unwrap_or(text))
}

/// `baseline`, if one cell or more have it.
fn known(
    subject: Subject,
    baseline: String,
    node: &Node,
    labels: &[&str],
    grids: &[Grid],
) -> Result<String, Diagnostic> {
    let values: Vec<String> = match subject {
        Subject::Label => labels.iter().map(|&label| label.to_owned()).collect(),
        Subject::Of(parameter) => selection::written(parameter, grids),
    };
    // Grids that are themselves wrong have no values.
    if values.is_empty() && subject == Subject::Label {
        return Err(Diagnostic::new("no grid has a label", node.span, "")
            .help("give the grids that are to be compared a `label` each"));
    }
    selection::known(&subject.to_string(), &baseline, &values, node.span)?;
    let Subject::Of(parameter) = subject else { return Ok(baseline) };
    let is_ambiguous = |grid: &&Grid| {
        let walks =
            Parameter::ALL.into_iter().any(|other| other != parameter && zipped(grid, parameter, other));
        walks && grid.axes.written(parameter).iter().filter(|value| **value == baseline).count() > 1
    };
    if grids.iter().any(|grid| is_ambiguous(&grid)) {
        let title = format!("several zipped cells have `{parameter}` = {}", quote(&baseline));
        return Err(Diagnostic::new(title, node.span, "which one is the baseline cannot be told")
            .help("give each of them a grid with a `label`, and compare by `parameter = \"label\"`"));
    }
    Ok(baseline)
}

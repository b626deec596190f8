//! One `[[grid]]` table, with `[defaults]` behind it.

use super::report::Report;
use super::settings::Settings;
use super::{selection, settings, unused, value, zip};
use crate::config::grammar::tables::{GRID_ONLY, OTHER_WAYS, PARAMETERS};
use crate::config::text::diagnostic::{Diagnostic, quote};
use crate::config::text::suggest;
use crate::config::text::tree::{Entry, Node, Table, Value};
use crate::network::Metric;
use crate::sweep::{Grid, Parameter};

/// Most characters of a label.
const LONGEST_LABEL: usize = 200;

/// Reads one grid; `header` is its node.
pub(crate) fn read(header: &Node, table: &Table, defaults: &Table, report: &mut Report) -> Option<Grid> {
    let before = report.met;
    report.unknown_keys(table, &[PARAMETERS, OTHER_WAYS, GRID_ONLY], "in a grid");
    settings::twice(table, report);
    let settings = Settings::new(table, defaults);
    for parameter in Parameter::ALL.into_iter().filter(|one| settings.get(*one).is_none()) {
        let key = &PARAMETERS[parameter as usize];
        report.missing_keys(table, std::slice::from_ref(key), header.span, "a grid");
    }
    let axes = settings::axes(&settings, report);
    let label = table.get("label").and_then(|node| report.keep(label(node)));
    let filter = table.get("where").and_then(|node| {
        let filter = selection::filter(node, &report.formulas);
        report.keep(filter)
    });
    let published = table.get("published").map_or(Vec::new(), |node| published(node, report));
    let zips = zip::groups(table, &settings, report);
    if report.met > before {
        return None;
    }
    unused::keys(table, &[&axes], report);
    zip::check_lengths(&zips, &axes, &settings, report);
    if let Some(filter) = &filter {
        let result = selection::texts(filter, |parameter| axes.written(parameter));
        report.keep(result);
    }
    zip::check_laws(&zips, &axes, &settings, report);
    let zips = zip::walks(zips, &settings);
    (report.met == before).then(|| Grid::new(label, axes, &zips, filter).with_published(published))
}

fn label(node: &Node) -> Result<String, Diagnostic> {
    let text = value::text("label", "a string", node)?;
    // It stands in every row of its cells.
    if text.is_empty() || text.chars().any(char::is_control) || text.chars().nth(LONGEST_LABEL).is_some() {
        let wanted = format!("one line of text, up to {LONGEST_LABEL} characters");
        return Err(value::unfit("label", &wanted, node, ""));
    }
    value::words("label", text, node)?;
    Ok(text.to_owned())
}

/// Numbers by metric.
fn published(node: &Node, report: &mut Report) -> Vec<(Metric, f64)> {
    let Value::Table(table) = &node.value else {
        let label = format!("this is {}", node.kind());
        let wrong = Diagnostic::new("`published` is a table of numbers", node.span, label);
        report.add(wrong.help("write `published = { mean = 0.009, std = 1.04 }`"));
        return Vec::new();
    };
    let names = Metric::ALL.map(Metric::name);
    let mut read = |entry: &Entry| {
        let Some(metric) = entry.key.parse::<Metric>().ok() else {
            let wrong = Diagnostic::new(format!("unknown metric {}", quote(&entry.key)), entry.key_span, "");
            report.add(wrong.help(suggest::help(&entry.key, "the metrics are", &names)));
            return None;
        };
        Some((metric, report.keep(value::number(metric.name(), &entry.node))?))
    };
    table.entries.iter().filter_map(&mut read).collect()
}

/// Reads `[[grid]]` tables.
pub(crate) fn read_all(root: &Table, defaults: &Table, report: &mut Report) -> Vec<(Grid, Node)> {
    if let Some(node) =
        root.get("grid").filter(|node| matches!(&node.value, Value::Array(items) if items.is_empty()))
    {
        report.add(Diagnostic::new("there is no grid", node.span, "").help("add a table `[[grid]]`"));
    }
    value::each(root, "grid", report, |item, table, report| {
        read(item, table, defaults, report).map(|grid| (grid, item.clone()))
    })
}

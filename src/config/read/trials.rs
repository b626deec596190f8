//! `trials`: a number, or the table of adaptive stopping.

use super::report::Report;
use super::{measure, value};
use crate::config::grammar::claims::{LARGEST_TRIALS, TARGET, TRIALS};
use crate::config::text::diagnostic::Diagnostic;
use crate::config::text::tree::{Node, Table, Value};
use crate::network::Metric;
use crate::sweep::{Accuracy, Measure, Statistic, Stopping, Target};

/// The trials at the first look, if the config does not say.
const LEAST: u64 = 64;

/// Reads `trials`: the most trials of a cell, and when it may have fewer.
pub(crate) fn read(node: &Node, measure: &Measure, report: &mut Report) -> Option<(u64, Option<Stopping>)> {
    let Value::Table(table) = &node.value else {
        return report.keep(value::whole("trials", node, 1, LARGEST_TRIALS)).map(|trials| (trials, None));
    };
    let before = report.met;
    report.unknown_keys(table, &[TRIALS], "in [trials]");
    report.missing_keys(table, TRIALS, node.span, "[trials]");
    let max = table.get("max").and_then(|node| report.keep(value::whole("max", node, 1, LARGEST_TRIALS)));
    let min = table.get("min").map(|node| value::whole("min", node, 1, LARGEST_TRIALS));
    let min = min.map_or(Some(LEAST.min(max.unwrap_or(LEAST))), |min| report.keep(min));
    if let (Some(least), Some(most), Some(node)) = (min, max, table.get("min"))
        && least > most
    {
        let mistake = Diagnostic::new("`min` is above `max`", node.span, "");
        report.add(mistake.help("swap them, or give a fixed number: `trials = 1000`"));
    }
    let targets = table.get("target").map_or(Vec::new(), |node| targets(node, measure, report));
    (report.met == before).then_some((max?, Some(Stopping { min: min?, targets })))
}

fn targets(node: &Node, measure: &Measure, report: &mut Report) -> Vec<Target> {
    let items = match &node.value {
        Value::Array(items) if !items.is_empty() => items.iter().collect(),
        _ => vec![node],
    };
    let mut targets = Vec::new();
    for item in items {
        if let Value::Table(table) = &item.value {
            targets.extend(target(item, table, measure, report));
        } else {
            let example = "as in target = { metric = \"std\", relative = 0.01 }, or a list of such tables";
            report.add(value::wrong_type("target", "a table", item).help(example));
        }
    }
    targets
}

fn target(node: &Node, table: &Table, measure: &Measure, report: &mut Report) -> Option<Target> {
    let before = report.met;
    report.unknown_keys(table, &[TARGET], "in a target");
    report.missing_keys(table, TARGET, node.span, "a target");
    let metric = table.get("metric").and_then(|node| report.keep(measure::metric(node, measure)));
    let site = table.get("site").and_then(|node| report.keep(measure::site(node, measure)));
    let statistic = table.get("statistic").map_or(Some(Statistic::Mean), |node| {
        let words = Statistic::ALL.map(Statistic::name);
        report.keep(value::named("statistic", node, &words))
    });
    let accuracy = report.keep(accuracy(node, table, measure));
    let target = Target { metric: metric?, site, statistic: statistic?, precision: accuracy? };
    (report.met == before).then_some(target)
}

fn accuracy(header: &Node, table: &Table, measure: &Measure) -> Result<Accuracy, Diagnostic> {
    let keys = ["absolute", "relative", "rms_relative"];
    let mut given = keys.into_iter().filter_map(|key| Some((key, table.get(key)?)));
    let Some((key, node)) = given.next() else {
        return Err(Diagnostic::new("a target needs a precision", header.span, "it is missing here")
            .help("add `absolute`, `relative` or `rms_relative`, the half-width of the interval to reach"));
    };
    if let Some((_, other)) = given.next() {
        return Err(Diagnostic::new("a target has one precision", other.span, "")
            .also(node.span, "the other one is here")
            .help("write two targets: `target = [{ ... }, { ... }]`"));
    }
    let value = value::number(key, node)?;
    if value <= 0.0 {
        return Err(value::unfit(key, "a positive number", node, "this is not positive")
            .help("it is the half-width of the interval to reach"));
    }
    match key {
        "absolute" => Ok(Accuracy::Absolute(value)),
        "relative" => Ok(Accuracy::Relative(value)),
        _ if measure.metrics.contains(&Metric::Rms) => Ok(Accuracy::RmsRelative(value)),
        _ => Err(Diagnostic::new("`rms` is not measured", node.span, "this precision is in parts of it")
            .help("add \"rms\" to `metrics` in [measure]")),
    }
}

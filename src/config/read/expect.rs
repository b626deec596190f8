//! `[[expect]]`: claims that a run has to bear out.

use super::report::Report;
use super::{measure, selection, value};
use crate::config::grammar::claims::{EXPECT, abscissa, abscissas};
use crate::config::text::diagnostic::{Diagnostic, quote};
use crate::config::text::tree::{Node, Table};
use crate::sweep::expression::Name;
use crate::sweep::{Bound, Expect, Grid, Layers, Measure, Statistic, Tolerance};

/// Reads all clauses; `labels` are those of the grids.
pub(crate) fn read_all(
    root: &Table,
    measure: &Measure,
    labels: &[&str],
    grids: &[Grid],
    report: &mut Report,
) -> Vec<Expect> {
    let read = |header, table, report: &mut Report| read(header, table, measure, labels, grids, report);
    value::each(root, "expect", report, read)
}

fn read(
    header: &Node,
    table: &Table,
    measure: &Measure,
    labels: &[&str],
    grids: &[Grid],
    report: &mut Report,
) -> Option<Expect> {
    let before = report.met;
    report.unknown_keys(table, &[EXPECT], "in [[expect]]");
    report.missing_keys(table, EXPECT, header.span, "an expectation");
    let claim = table.get("claim").and_then(|node| report.keep(claim(node)));
    let metric = table.get("metric").and_then(|node| report.keep(measure::metric(node, measure)));
    let site = table.get("site").map_or_else(
        || Some(measure::default_site(measure)),
        |node| report.keep(measure::site(node, measure)),
    );
    let statistic = table.get("statistic").map_or(Some(Statistic::Mean), |node| {
        let words = Statistic::ALL.map(Statistic::name);
        report.keep(value::named("statistic", node, &words))
    });
    let against = table
        .get("against")
        .and_then(|node| report.keep(value::choice("against", node, &abscissas(), abscissa)));
    let layers = table.get("layers").and_then(|node| measure::layers(node, report));
    let selection = selection::read(table, labels, grids, report);
    let confidence = table.get("confidence").map_or(Some(0.95), |node| report.keep(confidence(node)));
    let bound = report.keep(bound(header, table));
    let sound = statistic.map(|statistic| sound(table, statistic, against.is_some()));
    sound.and_then(|sound| report.keep(sound));
    let of_slope = against.is_some_and(|against| against.name == Name::Layer);
    let layers = layers.unwrap_or(if of_slope { Layers::All } else { Layers::Last });
    let (metric, site, statistic, bound, confidence) = (metric?, site?, statistic?, bound?, confidence?);
    let name = claim;
    let clause = Expect { name, selection, layers, metric, site, statistic, against, bound, confidence };
    (report.met == before).then_some(clause)
}

fn claim(node: &Node) -> Result<String, Diagnostic> {
    let text = value::text("claim", "a string", node)?;
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(value::unfit("claim", "one line of text", node, ""));
    }
    value::words("claim", text, node)?;
    Ok(text.to_owned())
}

fn confidence(node: &Node) -> Result<f64, Diagnostic> {
    let value = value::number("confidence", node)?;
    if (0.5..1.0).contains(&value) {
        return Ok(value);
    }
    Err(value::unfit("confidence", "a number from 0.5 to below 1", node, "this is outside of that range"))
}

/// Where the number is expected.
fn bound(header: &Node, table: &Table) -> Result<Bound, Diagnostic> {
    let Some(value) = table.get("value") else { return between(header, table) };
    if let Some(limit) = table.get("at_least").or_else(|| table.get("at_most")) {
        return Err(Diagnostic::new("an expectation has a `value` or limits, not both", limit.span, "")
            .also(value.span, "the value is here")
            .help("write a tolerance about the value as `absolute` or `relative`"));
    }
    let tolerance = tolerance(table)?;
    if let Some(word) = value.text() {
        match (word, tolerance) {
            ("theory", tolerance) => return Ok(Bound::Theory(tolerance)),
            ("theory_mean_field", Some(tolerance)) => return Ok(Bound::MeanField(tolerance)),
            ("theory_mean_field", None) => {
                return Err(Diagnostic::new("the limit of infinite width needs a tolerance", value.span, "")
                    .help("add `absolute` or `relative`: no finite network is at the limit"));
            }
            _ => {}
        }
        let mistake = Diagnostic::new(format!("invalid value {} for `value`", quote(word)), value.span, "");
        return Err(mistake.help("it is a number without quotes, \"theory\" or \"theory_mean_field\""));
    }
    let number = value::number("value", value)?;
    match tolerance {
        Some(Tolerance::Relative(_)) if number == 0.0 => Err(Diagnostic::new(
            "a tolerance relative to 0 is no tolerance",
            table.get("relative").map_or(value.span, |node| node.span),
            "",
        )
        .also(value.span, "the value is here")
        .help("give `absolute` instead")),
        Some(tolerance) => Ok(Bound::Value(number, tolerance)),
        None => Err(Diagnostic::new("this value has no tolerance", value.span, "")
            .help("add `absolute` or `relative`: no number of trials shows two numbers to be equal")),
    }
}

fn tolerance(table: &Table) -> Result<Option<Tolerance>, Diagnostic> {
    let positive = |key: &str| match table.get(key) {
        None => Ok(None),
        Some(node) => match value::number(key, node)? {
            value if value > 0.0 => Ok(Some((value, node))),
            _ => Err(value::unfit(key, "a positive number", node, "this is not positive")),
        },
    };
    match (positive("absolute")?, positive("relative")?) {
        (Some((_, first)), Some((_, second))) => {
            Err(Diagnostic::new("a value has one tolerance, absolute or relative", second.span, "")
                .also(first.span, "the other one is here")
                .help("leave one of them out"))
        }
        (absolute, relative) => Ok(absolute
            .map(|(value, _)| Tolerance::Absolute(value))
            .or(relative.map(|(value, _)| Tolerance::Relative(value)))),
    }
}

fn between(header: &Node, table: &Table) -> Result<Bound, Diagnostic> {
    if let Some(node) = table.get("absolute").or_else(|| table.get("relative")) {
        return Err(Diagnostic::new("a tolerance needs a `value`", node.span, "")
            .help("as in `value = 1` with `absolute = 0.01`"));
    }
    let limit = |key: &str| table.get(key).map(|node| value::number(key, node).map(|value| (value, node)));
    let (low, high) = (limit("at_least").transpose()?, limit("at_most").transpose()?);
    match (low, high) {
        (None, None) => Err(Diagnostic::new(
            "an expectation needs a bound",
            header.span,
            "it is missing here",
        )
        .help(
            "add `value` with `absolute` or `relative`, or `value = \"theory\"`, or `at_least`, `at_most`",
        )),
        (Some((low, node)), Some((high, other))) if low >= high => {
            Err(Diagnostic::new("`at_least` is not below `at_most`", node.span, "")
                .also(other.span, "the other limit is here")
                .help("swap them"))
        }
        (low, high) => Ok(Bound::Between(
            low.map_or(f64::NEG_INFINITY, |(low, _)| low),
            high.map_or(f64::INFINITY, |(high, _)| high),
        )),
    }
}

/// Whether the statistic suits what is asked of it.
fn sound(table: &Table, statistic: Statistic, is_slope: bool) -> Result<(), Diagnostic> {
    let word = table.get("value").filter(|node| node.text().is_some());
    if let Some(node) = word.filter(|_| is_slope || statistic != Statistic::Mean) {
        return Err(Diagnostic::new("theory predicts means only", node.span, "")
            .help("give a number here, or leave out `against` and `statistic`"));
    }
    match table.get("statistic").filter(|_| is_slope && statistic == Statistic::Median) {
        Some(node) => Err(Diagnostic::new("a slope is one of means or of log2", node.span, "")
            .help("write `statistic = \"log2\"` for quantities that grow by factors")),
        None => Ok(()),
    }
}

//! `[[figure]]`: what a picture shows.

use super::report::Report;
use super::{measure, selection, value};
use crate::config::expression;
use crate::config::grammar::figures::{FIGURE, MARK, SCALE};
use crate::config::text::diagnostic::{Diagnostic, quote};
use crate::config::text::tree::{Node, Table, Value};
use crate::network::Metric;
use crate::sweep::expression::Name;
use crate::sweep::{
    Factor, FigureClause, FigureScale, FigureX, Formula, Grid, Mark, Measure, Parameter, Scales, Show,
};

/// Reads all clauses; `labels` are those of the grids.
pub(crate) fn read_all(
    root: &Table,
    measure: &Measure,
    labels: &[&str],
    grids: &[Grid],
    report: &mut Report,
) -> Vec<FigureClause> {
    let mut names: Vec<String> = Vec::new();
    value::each(root, "figure", report, |header, table, report| {
        let clause = read(header, table, measure, (labels, grids), report)?;
        let name = clause.name.clone().unwrap_or_else(|| format!("figure-{}", names.len() + 1));
        if names.contains(&name) {
            let at = table.get("name").map_or(header.span, |node| node.span);
            let title = format!("two figures have the name {}", quote(&name));
            report.add(
                Diagnostic::new(title, at, "").help("their files would be the same: choose another `name`"),
            );
        }
        names.push(name);
        Some(clause)
    })
}

fn read(
    header: &Node,
    table: &Table,
    measure: &Measure,
    (labels, grids): (&[&str], &[Grid]),
    report: &mut Report,
) -> Option<FigureClause> {
    let before = report.met;
    report.unknown_keys(table, &[FIGURE], "in [[figure]]");
    report.missing_keys(table, FIGURE, header.span, "a figure");
    let name = table.get("name").and_then(|node| report.keep(value::file_name(node)));
    let metrics = table.get("metric").map_or(Vec::new(), |node| metrics(node, measure, report));
    let site = table.get("site").map_or_else(
        || Some(measure::default_site(measure)),
        |node| report.keep(measure::site(node, measure)),
    );
    let x = table.get("x").and_then(|node| report.keep(abscissa(node)));
    let y = table.get("y").and_then(|node| report.keep(formula("y", node)));
    if let (Some(node), None) = (table.get("y"), table.get("x")) {
        report.add(
            Diagnostic::new("a map needs `x` beside `y`", node.span, "")
                .help("without `y` it is a figure of curves; or add `x`, such as `x = \"std*sqrt(width)\"`"),
        );
    }
    let color = table.get("color").and_then(|node| report.keep(factor("color", node)));
    let facets = table.get("facet").map_or(Vec::new(), |node| facets(node, report));
    let scale = table.get("scale").map_or(Scales::default(), |node| scales(node, report));
    let show = table.get("show").map(|node| {
        let words = Show::ALL.map(Show::name);
        value::subset("show", node, report, |item| value::named("show", item, &words))
    });
    let layers = table.get("layers").and_then(|node| measure::layers(node, report));
    let selection = selection::read(table, labels, grids, report);
    let marks = value::each(table, "marks", report, |_, table, report| mark(table, report));
    let minus = table.get("minus").and_then(|node| report.keep(value::number("minus", node)));
    let clause = FigureClause {
        name,
        metrics,
        site: site?,
        x,
        y,
        color,
        facets,
        scale,
        show,
        selection,
        layers,
        marks,
        minus,
    };
    (report.met == before).then_some(clause)
}

fn metrics(node: &Node, measure: &Measure, report: &mut Report) -> Vec<Metric> {
    match &node.value {
        Value::Array(_) => value::subset("metric", node, report, |item| measure::metric(item, measure)),
        _ => report.keep(measure::metric(node, measure)).into_iter().collect(),
    }
}

fn abscissa(node: &Node) -> Result<FigureX, Diagnostic> {
    match node.text() {
        Some("previous") => Ok(FigureX::Previous),
        _ => formula("x", node).map(FigureX::Of),
    }
}

fn formula(key: &str, node: &Node) -> Result<Formula, Diagnostic> {
    let text = value::text(key, "an expression in quotes", node)?;
    let expression = expression::number(text, &Name::all()).map_err(|mistake| mistake.at(node))?;
    Ok(Formula { expression, text: value::one_line(text), span: node.span })
}

fn factor(key: &str, node: &Node) -> Result<Factor, Diagnostic> {
    let text = value::text(key, "a parameter, `label` or an expression, in quotes", node)?;
    if text == "label" {
        return Ok(Factor::Label);
    }
    Parameter::parse(text).map_or_else(|| formula(key, node).map(Factor::Number), |one| Ok(Factor::Of(one)))
}

fn facets(node: &Node, report: &mut Report) -> Vec<Factor> {
    let Value::Array(items) = &node.value else {
        return report.keep(factor("facet", node)).into_iter().collect();
    };
    if !(1..=2).contains(&items.len()) {
        report.add(value::unfit(
            "facet",
            "one word, or a list of two",
            node,
            format!("these are {}", items.len()),
        ));
    }
    items.iter().filter_map(|item| report.keep(factor("facet", item))).collect()
}

fn scales(node: &Node, report: &mut Report) -> Scales {
    let Value::Table(table) = &node.value else {
        report.add(value::wrong_type("scale", "a table such as `{ y = \"log10\" }`", node));
        return Scales::default();
    };
    report.unknown_keys(table, &[SCALE], "in `scale`");
    let words = FigureScale::ALL.map(FigureScale::name);
    let mut scale = |key: &str| {
        table.get(key).and_then(|node| report.keep(value::named::<FigureScale>(key, node, &words)))
    };
    Scales { x: scale("x"), y: scale("y"), color: scale("color") }
}

fn mark(table: &Table, report: &mut Report) -> Option<Mark> {
    let before = report.met;
    report.unknown_keys(table, &[MARK], "in `marks`");
    let mut number = |key: &str| table.get(key).and_then(|node| report.keep(value::number(key, node)));
    let (x, y) = (number("x"), number("y"));
    let mut text = |key: &str| table.get(key).and_then(|node| report.keep(words(key, node)));
    let (text, panel) = (text("text").unwrap_or_default(), text("panel"));
    (report.met == before).then_some(Mark { x, y, text, panel })
}

/// A text whose formulas are closed.
fn words(key: &str, node: &Node) -> Result<String, Diagnostic> {
    let text = value::text(key, "a string", node)?;
    if let Some((at, _)) = text.rmatch_indices('$').next().filter(|_| text.matches('$').count() % 2 == 1) {
        return Err(Diagnostic::new("a `$` that is not closed", node.inside(at..at + 1), "")
            .help("a formula stands between two of them: `$q^*$`"));
    }
    Ok(value::one_line(text))
}

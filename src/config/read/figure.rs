//! `[[figure]]`: what a picture shows.

use super::report::Report;
use super::{measure, selection, value};
use crate::config::expression;
use crate::config::grammar::figures::{FIGURE, LAYER, MARK, NEEDED, RANGES, SCALE};
use crate::config::text::diagnostic::{Diagnostic, quote};
use crate::config::text::tree::{Node, Table, Value};
use crate::network::Metric;
use crate::sweep::expression::Name;
use crate::sweep::{
    Factor, FigureClause, FigureScale, FigureX, Formula, Grid, Mark, Measure, Parameter, Ranges, Scales,
    Show, Span,
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
    let has_bands = matches!(root.get("measure").map(|node| &node.value), Some(Value::Table(of)) if of.get("bands").is_some());
    value::each(root, "figure", report, |header, table, report| {
        let clause = read(header, table, measure, (labels, grids), report)?;
        if let (Some(node), true) = (table.get("show"), clause.asks_for(Show::Joint) && !has_bands) {
            let title = "`joint` shows bands.csv, which this run does not have";
            let help = "write `bands = \"layers\"` in [measure]";
            report.add(Diagnostic::new(title, node.span, "").help(help));
        }
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
    let is_of_entries = table.get("x").and_then(Node::text) == Some("entry");
    if !is_of_entries {
        report.missing_keys(table, NEEDED, header.span, "a figure");
    }
    let name = table.get("name").and_then(|node| report.keep(value::file_name(node)));
    let mut metrics = table.get("metric").map_or(Vec::new(), |node| metrics(node, measure, report));
    if is_of_entries {
        of_entries(table, measure, report);
        // The rows of any metric say where entries were looked at.
        metrics = measure.metrics.iter().take(1).copied().collect();
    }
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
    if y.is_some() {
        of_map(table, x.as_ref(), metrics.len(), report);
    }
    if let (Some(node), true) = (table.get("metric"), x == Some(FigureX::Previous) && metrics.len() > 1) {
        let title = "a figure against the layer before is of one metric";
        report.add(Diagnostic::new(title, node.span, "").help("give each its own [[figure]]"));
    }
    let color = table.get("color").and_then(|node| report.keep(factor("color", node)));
    let facets = table.get("facet").map_or(Vec::new(), |node| facets(node, report));
    let scale = table.get("scale").map_or(Scales::default(), |node| scales(node, report));
    let range =
        table.get("range").map_or(Ranges::default(), |node| ranges(node, (scale, y.is_some()), report));
    let show = table.get("show").map(|node| {
        let words = Show::ALL.map(Show::name);
        value::subset("show", node, report, |item| value::named("show", item, &words))
    });
    let layers = table.get("layers").and_then(|node| measure::layers(node, report));
    let selection = selection::read(table, labels, grids, report);
    let marks = value::each(table, "marks", report, mark);
    let minus = table.get("minus").and_then(|node| report.keep(value::number("minus", node)));
    let are_slopes = table.get("against").is_some_and(|node| {
        let read = |word: &str| (word == LAYER).then_some(true);
        report.keep(value::choice("against", node, &[LAYER], read)).unwrap_or(false)
    });
    let parts = show.as_deref().unwrap_or_default();
    if are_slopes {
        of_slopes(table, (x.as_ref(), y.as_ref()), parts, report);
    }
    if x == Some(FigureX::Value) {
        of_values(table, parts, scale, report);
    } else if let (Some(node), true) = (table.get("show"), parts.contains(&Show::Ecdf)) {
        let title = "a distribution function needs the values of the trials";
        report.add(Diagnostic::new(title, node.span, "").help("add `x = \"value\"`"));
    }
    let clause = FigureClause {
        name,
        metrics,
        site: site?,
        x,
        y,
        color,
        facets,
        scale,
        range,
        show,
        selection,
        layers,
        marks,
        minus,
        are_slopes,
        span: header.span,
    };
    (report.met == before).then_some(clause)
}

/// What a map can have.
fn of_map(table: &Table, x: Option<&FigureX>, metrics: usize, report: &mut Report) {
    let is_wrong = [
        (
            "facet",
            true,
            "a map has no panels of its own",
            "leave it out, and choose cells with `where`, a [[figure]] for each panel",
        ),
        (
            "color",
            true,
            "the colours of a map are its metric",
            "leave `color` out, or leave `y` out for a figure of curves",
        ),
        ("metric", metrics > 1, "a map is of one metric", "give each its own [[figure]]"),
        (
            "x",
            x == Some(&FigureX::Previous),
            "a map has a number of the cell along `x`",
            "name one, such as `x = \"std*sqrt(width)\"`, or leave `y` out",
        ),
    ];
    for (key, is_here, title, help) in is_wrong {
        if let (Some(node), true) = (table.get(key), is_here) {
            report.add(Diagnostic::new(title, node.span, "").help(help));
        }
    }
}

/// What a figure of the entries needs, and what it cannot have.
fn of_entries(table: &Table, measure: &Measure, report: &mut Report) {
    let span = |key: &str| table.get(key).map_or(Span::default(), |node| node.span);
    if measure.histogram.is_none() {
        report.add(
            Diagnostic::new("this run has no histogram of the entries", span("x"), "")
                .help("write `histogram = { from = -1, to = 1, bins = 40 }` in [measure]"),
        );
    }
    for key in ["metric", "y", "minus", "against"].into_iter().filter(|key| table.get(key).is_some()) {
        let title = format!("a figure of the entries has no `{key}`");
        report.add(Diagnostic::new(title, span(key), "").help("its y axis is their density: leave it out"));
    }
    let x_scale = match table.get("scale").map(|node| &node.value) {
        Some(Value::Table(scales)) => scales.get("x"),
        _ => None,
    };
    if let Some(node) = x_scale.filter(|node| node.text() != Some(FigureScale::Linear.name())) {
        let help = "its bins are equally wide: leave `x` out of `scale`";
        report.add(Diagnostic::new("a histogram has a linear x axis", node.span, "").help(help));
    }
    let Some(Value::Array(parts)) = table.get("show").map(|node| &node.value) else { return };
    let has = |part: &Node| part.text().is_some_and(|text| ["interval", "spread", "theory"].contains(&text));
    if !parts.iter().all(has) {
        report.add(
            Diagnostic::new("a figure of the entries has no such parts", span("show"), "")
                .help("the choices are \"interval\", \"spread\" and \"theory\""),
        );
    }
}

/// What a figure of trial values can have.
fn of_values(table: &Table, parts: &[Show], scale: Scales, report: &mut Report) {
    let mut add = |key: &str, title: &str, help: &str| {
        let span = table.get(key).map_or(Span::default(), |node| node.span);
        report.add(Diagnostic::new(title, span, "").help(help));
    };
    for key in ["y", "minus"].into_iter().filter(|key| table.get(key).is_some()) {
        add(
            key,
            &format!("a figure of trial values has no `{key}`"),
            "its y axis counts networks: leave it out",
        );
    }
    if table.get("metric").is_some_and(|node| matches!(&node.value, Value::Array(items) if items.len() > 1)) {
        add("metric", "a figure of trial values is of one metric", "give each its own [[figure]]");
    }
    if parts.iter().any(|part| *part != Show::Ecdf) {
        add("show", "a figure of trial values has no such parts", "leave `show` out, or `show = [\"ecdf\"]`");
    }
    let is_histogram = !parts.contains(&Show::Ecdf);
    if is_histogram && scale.x.is_some_and(|scale| scale != FigureScale::Linear) {
        let help = "its bins are equally wide: choose a metric such as `log2_rms`, or `show = [\"ecdf\"]`";
        add("scale", "a histogram has a linear x axis", help);
    }
}

/// What a figure of slopes against the layer can have.
fn of_slopes(table: &Table, axes: (Option<&FigureX>, Option<&Formula>), parts: &[Show], report: &mut Report) {
    let has_layer = |formula: &Formula| formula.expression.names(Name::Layer);
    let is_wrong = [
        ("x", axes.0.is_some_and(|x| !matches!(x, FigureX::Of(formula) if !has_layer(formula)))),
        ("y", axes.1.is_some_and(has_layer)),
        ("show", parts.iter().any(|part| matches!(part, Show::Joint | Show::Ecdf))),
    ];
    for (key, _) in is_wrong.into_iter().filter(|(_, is_wrong)| *is_wrong) {
        let Some(node) = table.get(key) else { continue };
        let title = format!("slopes against the layer have no such `{key}`");
        report.add(
            Diagnostic::new(title, node.span, "")
                .help("a slope is of all its layers: choose a number of the cell"),
        );
    }
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
        Some("value") => Ok(FigureX::Value),
        Some("entry") => Ok(FigureX::Entry),
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

/// The ranges that are asked for: those of a map's axes are those of its cells, and only a map has colours of numbers.
fn ranges(node: &Node, (scale, is_map): (Scales, bool), report: &mut Report) -> Ranges {
    let Value::Table(table) = &node.value else {
        report.add(value::wrong_type("range", "a table such as `{ y = [0, 2] }`", node));
        return Ranges::default();
    };
    report.unknown_keys(table, &[RANGES], "in `range`");
    let mut range = |key: &str, scale: Option<FigureScale>| {
        let node = table.get(key)?;
        let help =
            if is_map { "choose its cells with `where`" } else { "add `y` for a map, or leave it out" };
        if is_map != (key == "color") {
            let title =
                format!("{} has no range of {key}", if is_map { "a map" } else { "a figure of curves" });
            report.add(Diagnostic::new(title, node.span, "").help(help));
            return None;
        }
        let (low, high) = report.keep(value::pair("range", node))?;
        let scale =
            scale.filter(|scale| low <= 0.0 && matches!(scale, FigureScale::Log2 | FigureScale::Log10));
        if let Some(scale) = scale {
            let title = format!("a {scale} axis begins above 0");
            report.add(Diagnostic::new(title, node.span, "").help("or choose \"symlog\" in `scale`"));
        }
        Some((low, high))
    };
    Ranges { x: range("x", scale.x), y: range("y", scale.y), color: range("color", scale.color) }
}

fn mark(node: &Node, table: &Table, report: &mut Report) -> Option<Mark> {
    let before = report.met;
    if table.get("x").is_none() && table.get("y").is_none() {
        let help = "a line has one of them, such as `{ y = 1 }`, a cross has both";
        report.add(Diagnostic::new("a mark needs `x` or `y`", node.span, "").help(help));
    }
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

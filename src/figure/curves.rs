//! Rows as curves: points with their bars and bands, theory as lines.

use super::arrange::{Along, INPUTS};
use super::facts::Facts;
use super::items::Item;
use super::legend::{Entry, Legend, Sign};
use super::material::{Material, Picture};
use super::model::{Axis, Chart, Curve, Panel, Point};
use super::panels::{PanelItems, columns, marks, panels, series};
use super::scale::{Scale, reach, suited, suited_to_x};
use super::scene::{Form, GREY, Ink};
use super::statistic::{self, is_fraction};
use super::{colors, names, table};
use crate::network::Metric;
use crate::sweep::{FigureScale, Show, Statistic};

/// Values along the x axis from which on lines and ribbons stand for points.
const DENSE: usize = 24;
/// Series of a panel up to which the spread of the networks is shown.
const SPREAD: usize = 4;

/// Draws the curves of a figure.
///
/// # Errors
///
/// If no number has a place.
pub fn curves(material: &Material<'_>) -> Result<Picture, String> {
    let Material { clause, items, arrangement, .. } = material;
    let panels = panels(material);
    let most = panels.iter().map(|panel| series(material, &panel.items).len()).max().unwrap_or(0);
    let x_values = x_values(material);
    let is_dense = x_values.len() > DENSE && arrangement.along != Along::Previous;
    let parts = match &clause.show {
        Some(parts) => parts.clone(),
        None if most <= SPREAD => vec![Show::Interval, Show::Spread, Show::Theory],
        None => vec![Show::Interval, Show::Theory],
    };
    let statistics: Vec<Statistic> = clause
        .metrics
        .iter()
        .map(|metric| {
            let of_metric: Vec<Item<'_>> =
                items.iter().filter(|item| item.row.metric == *metric).copied().collect();
            statistic::statistic(clause, &of_metric)
        })
        .collect();
    let mut facts = Facts { statistics: statistics.clone(), is_dense, ..Facts::default() };
    let mut lines = Vec::new();
    let mut drawn = Vec::new();
    for panel in &panels {
        let curves = curves_of(material, panel, (statistics[panel.metric], &parts), &mut facts, &mut lines);
        let lines = marks(clause, &panel.title);
        drawn.push(Panel { title: panel.title.clone(), y: panel.metric, curves, lines });
    }
    let ys = clause
        .metrics
        .iter()
        .enumerate()
        .map(|(index, &metric)| y_axis(material, (index, metric, statistics[index]), &drawn))
        .collect::<Result<Vec<Axis>, String>>()?;
    let x = x_axis(material, &drawn, &ys)?;
    let legend = legend(material, &drawn, &parts, &mut facts);
    let joins = !matches!(arrangement.along, Along::Previous | Along::Cases);
    facts.joins = joins && !is_dense && drawn.iter().flat_map(|panel| &panel.curves).any(is_bare);
    let has_diagonal = arrangement.along == Along::Previous;
    let columns = columns(material, &panels);
    let (has_floor, is_cut) = (false, false);
    let chart =
        Chart { panels: drawn, columns, x, ys, legend, is_dense, joins, has_floor, has_diagonal, is_cut };
    let chart = chart.within(clause.range, &mut facts)?;
    facts.cuts_bands = chart.cuts_bands();
    Ok(Picture { scene: chart.scene(material.input.width), facts, lines })
}

/// Whether no theory joins the points of a curve.
fn is_bare(curve: &Curve) -> bool {
    curve.points.len() > 1 && curve.points.iter().all(|point| point.theory.is_none())
}

/// The different numbers along the x axis.
fn x_values(material: &Material<'_>) -> Vec<f64> {
    let Along::Number(values) = &material.arrangement.along else { return Vec::new() };
    let mut values = values.clone();
    values.sort_unstable_by(f64::total_cmp);
    values.dedup();
    values
}

fn curves_of(
    material: &Material<'_>,
    panel: &PanelItems,
    (statistic, parts): (Statistic, &[Show]),
    facts: &mut Facts,
    lines: &mut Vec<table::Line>,
) -> Vec<Curve> {
    let arrangement = &material.arrangement;
    let mut curves = Vec::new();
    for (level, items) in series(material, &panel.items) {
        let (ink, form) = color_of(material, level);
        let of_curve: Vec<Item<'_>> = items.iter().map(|&item| material.items[item]).collect();
        let theory = (parts.contains(&Show::Theory) && statistic == Statistic::Mean)
            .then(|| statistic::line(&of_curve))
            .flatten();
        let points = points(material, (level, &items), (statistic, theory), parts, facts);
        let series = arrangement.color.as_ref().map_or(String::new(), |color| color.names[level].clone());
        let line = |(point, item): (&Point, &Item<'_>)| {
            table::Line::new(material.input, item, point, &panel.title, &series)
        };
        lines.extend(points.iter().zip(&of_curve).map(line));
        curves.push((Curve { ink, form, points }, items));
    }
    if arrangement.along == Along::Previous {
        return previous(material, curves);
    }
    curves.into_iter().map(|(curve, _)| curve).collect()
}

fn points(
    material: &Material<'_>,
    (level, items): (usize, &[usize]),
    (statistic, theory): (Statistic, Option<statistic::Line>),
    parts: &[Show],
    facts: &mut Facts,
) -> Vec<Point> {
    let minus = material.clause.minus;
    let mut points = Vec::new();
    for &index in items {
        let item = &material.items[index];
        let mut point = statistic::point(item, statistic, minus);
        point.x = match &material.arrangement.along {
            Along::Number(values) => values[index],
            Along::Cases => f64::from(u32::try_from(level).unwrap_or(u32::MAX)) + 1.0,
            Along::Previous | Along::Value => f64::NAN,
        };
        if !parts.contains(&Show::Interval) {
            point.bar = None;
        }
        if parts.contains(&Show::Joint) {
            point.band = statistic::joint_band(item, statistic, minus);
        } else if !parts.contains(&Show::Spread) {
            point.band = None;
        }
        let off = |value: f64| minus.map_or(value, |minus| (value - minus).abs());
        point.theory =
            theory.and_then(|line| line.value(item.row)).filter(|value| value.is_finite()).map(off);
        point.published = published(material, item);
        facts.add(&point, item, theory);
        points.push(point);
    }
    points
}

/// The number published elsewhere for the last layer of a cell.
fn published(material: &Material<'_>, item: &Item<'_>) -> Option<f64> {
    let cell = &material.input.cells[item.cell];
    let clause = material.clause;
    let is_last = item.row.layer == cell.network.depth && clause.minus.is_none() && !clause.are_slopes;
    let (_, value) = cell.published.iter().find(|(metric, _)| *metric == item.row.metric)?;
    is_last.then_some(*value)
}

/// Each number against that of the layer before; theory of cells that differ in their inputs alone is one line.
fn previous(material: &Material<'_>, curves: Vec<(Curve, Vec<usize>)>) -> Vec<Curve> {
    let mut theory: Vec<(Vec<String>, Curve)> = Vec::new();
    let mut all: Vec<Curve> = Vec::new();
    for (curve, items) in curves {
        let Some(&first) = items.first() else { continue };
        let layer = |index: usize| material.items[items[index]].row.layer;
        let pairs = || {
            let all = curve.points.windows(2).enumerate();
            all.filter(|(index, _)| layer(index + 1) == layer(*index) + 1).map(|(_, pair)| pair)
        };
        let map = material.input.cells[material.items[first].cell].without(&INPUTS);
        let known = theory.iter().position(|(other, _)| *other == map).unwrap_or(theory.len());
        if known == theory.len() {
            theory.push((map, Curve { points: Vec::new(), ..curve.clone() }));
        }
        let line = &mut theory[known].1;
        line.ink = if line.ink == curve.ink { curve.ink } else { GREY };
        line.points.extend(pairs().filter_map(|pair| {
            Some(Point { x: pair[0].theory?, theory: Some(pair[1].theory?), ..Point::default() })
        }));
        let step = |pair: &[Point]| {
            let x = pair[0].y?;
            Some(Point { x, theory: None, band: None, published: None, ..pair[1].clone() })
        };
        all.push(Curve { points: pairs().filter_map(step).collect(), ..curve });
    }
    let sorted = |(_, mut line): (_, Curve)| {
        line.points.sort_by(|a, b| a.x.total_cmp(&b.x));
        line
    };
    theory.into_iter().map(sorted).chain(all).collect()
}

fn y_axis(
    material: &Material<'_>,
    (index, metric, statistic): (usize, Metric, Statistic),
    panels: &[Panel],
) -> Result<Axis, String> {
    let clause = material.clause;
    let of_metric = || panels.iter().filter(move |panel| panel.y == index);
    let points = || of_metric().flat_map(|panel| &panel.curves).flat_map(|curve| &curve.points);
    let centres: Vec<f64> = points()
        .flat_map(|point| [point.y, point.theory, point.published])
        .flatten()
        .filter(|y| y.is_finite())
        .collect();
    let marks = || of_metric().flat_map(|panel| &panel.lines).filter_map(|line| line.y);
    let is_part = is_fraction(metric) && clause.minus.is_none() && !clause.are_slopes;
    let kind = clause.scale.y.unwrap_or_else(|| suited(&centres, is_part || metric.is_logarithm()));
    check_log("y", kind, clause.scale.y, points().filter_map(|point| point.y))?;
    if centres.is_empty() && points().all(|point| !point.is_infinite) {
        return Err(format!("no number of the {} is defined", names::shown(metric, clause)));
    }
    // What is a small part everywhere would lie on the axis.
    let is_wide = centres.iter().any(|value| *value > 0.1);
    let scale = if is_part && is_wide && clause.scale.y.is_none() {
        Scale::of(FigureScale::Linear, 0.0, 1.0)
    } else {
        let ranges =
            points().flat_map(|point| [point.bar, point.band]).flatten().flat_map(|(low, high)| [low, high]);
        let mut values: Vec<f64> = centres.iter().copied().chain(marks()).collect();
        let (least, most) = reach(&values);
        // Bars that leave the picture far behind would leave nothing of the points.
        let is_near = |value: &f64| match kind {
            FigureScale::Linear => {
                (*value - least).abs().max((*value - most).abs())
                    <= 3.0 * (most - least).max(0.3 * most.abs().max(least.abs()))
            }
            _ => *value > 0.0 && *value >= least * 1e-3 && *value <= most * 1e3,
        };
        let near: Vec<f64> = ranges.filter(|value| value.is_finite()).filter(is_near).collect();
        values.extend(near);
        let (least, most) = reach(&values);
        let scale = Scale::fit(kind, &values, 0.05);
        if least >= 0.0 && least < 0.3 * most { scale.with_zero() } else { scale }
    };
    let title = match clause.minus {
        Some(minus) => {
            format!("|{} − {}|", names::shown(metric, clause), super::number::rounded(minus, 4))
        }
        None => names::shown(metric, clause),
    };
    let title = match statistic {
        Statistic::Mean => title,
        Statistic::Median => format!("median of the {title}"),
        Statistic::Log2 => format!("geometric mean of the {title}"),
    };
    let title =
        if material.arrangement.along == Along::Previous { format!("{title}, layer $l$") } else { title };
    Ok(Axis { title, scale, has_numbers: true, is_whole: false })
}

/// A logarithmic axis that is asked for shows positive numbers.
pub fn check_log(
    name: &str,
    kind: FigureScale,
    asked: Option<FigureScale>,
    values: impl Iterator<Item = f64>,
) -> Result<(), String> {
    if asked.is_none() || !matches!(kind, FigureScale::Log2 | FigureScale::Log10) {
        return Ok(());
    }
    let negative: Vec<f64> = values.filter(|value| *value < 0.0).collect();
    match negative.first() {
        None => Ok(()),
        Some(first) => Err(format!(
            "its {name} axis is to be {kind}, but {} of its numbers are negative, such as {}: use \"symlog\"",
            negative.len(),
            super::number::rounded(*first, 4)
        )),
    }
}

fn x_axis(material: &Material<'_>, panels: &[Panel], ys: &[Axis]) -> Result<Axis, String> {
    let Material { clause, arrangement, .. } = material;
    let points = || panels.iter().flat_map(|panel| &panel.curves).flat_map(|curve| &curve.points);
    let mut values: Vec<f64> = points().map(|point| point.x).filter(|x| x.is_finite()).collect();
    let mut title = arrangement.x_title.clone();
    let has_numbers = arrangement.along != Along::Cases;
    let kind = match &arrangement.along {
        Along::Previous => {
            let quantity = names::quantity(clause.metrics[0], clause.site);
            title = format!("{quantity}, layer $l-1$");
            clause.scale.x.unwrap_or(ys[0].scale.kind)
        }
        Along::Number(_) if arrangement.is_layer => clause.scale.x.unwrap_or_else(|| {
            let numbers = x_values(material);
            let positive: Vec<f64> = numbers.into_iter().filter(|x| *x > 0.0).collect();
            let suited = suited_to_x(&positive);
            if suited == FigureScale::Log10 && positive.len() > 24 { FigureScale::Linear } else { suited }
        }),
        _ => clause.scale.x.unwrap_or_else(|| suited_to_x(&values)),
    };
    check_log("x", kind, clause.scale.x, values.iter().copied())?;
    values.extend(panels.iter().flat_map(|panel| &panel.lines).filter_map(|line| line.x));
    let scale = Scale::fit(kind, &values, if has_numbers { 0.03 } else { 0.1 });
    let scale = if arrangement.along == Along::Previous { scale.with_zero() } else { scale };
    let is_whole =
        has_numbers && arrangement.along != Along::Previous && values.iter().all(|x| x.fract() == 0.0);
    Ok(Axis { title, scale, has_numbers, is_whole })
}

/// The colour and the form of a level.
pub fn color_of(material: &Material<'_>, level: usize) -> (Ink, Form) {
    let (count, are_numbers) = material
        .arrangement
        .color
        .as_ref()
        .map_or((1, false), |color| (color.len(), color.numbers.is_some()));
    colors::series(level, count, are_numbers)
}

/// The title of a legend, and an entry for every level of the colour.
pub fn color_entries(material: &Material<'_>, has_markers: bool) -> (String, Vec<Entry>) {
    let Some(color) = &material.arrangement.color else { return (String::new(), Vec::new()) };
    let mut levels = color.of.clone();
    levels.sort_unstable();
    levels.dedup();
    let entry = |level: usize| {
        let (ink, form) = color_of(material, level);
        Entry::Series(color.names[level].clone(), ink, has_markers.then_some(form))
    };
    (color.title.clone(), levels.into_iter().map(entry).collect())
}

fn legend(material: &Material<'_>, panels: &[Panel], parts: &[Show], facts: &mut Facts) -> Legend {
    let points = || panels.iter().flat_map(|panel| &panel.curves).flat_map(|curve| &curve.points);
    let any = |test: &dyn Fn(&Point) -> bool| points().any(test);
    let is_unreliable = any(&|point| point.is_hollow && point.y.is_some());
    // Of points that are dense only those that are not reliable have a marker.
    let (title, mut entries) = color_entries(material, !facts.is_dense || is_unreliable);
    facts.has_bars = any(&|point| point.bar.is_some());
    facts.has_bands = any(&|point| point.band.is_some());
    facts.has_marks = !material.clause.marks.is_empty();
    let band = if parts.contains(&Show::Joint) { "95 %, all layers" } else { "95 % of networks" };
    let signs = [
        (any(&|point| point.theory.is_some()), Sign::Theory { is_dashed: facts.is_dense }),
        (facts.has_bars && parts.contains(&Show::Interval), Sign::Interval { is_ribbon: facts.is_dense }),
        (facts.has_bands, Sign::Band(band)),
        (is_unreliable, Sign::Unreliable),
        (any(&|point| point.is_infinite), Sign::Infinite),
        (any(&|point| point.published.is_some()), Sign::Published),
    ];
    entries.extend(signs.into_iter().filter(|(is_there, _)| *is_there).map(|(_, sign)| Entry::Sign(sign)));
    Legend { title, entries }
}

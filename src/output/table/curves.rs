//! Layers down, cells across.

use super::entry::{doubt, estimate, theory, z};
use super::layout::{align, blocks};
use super::names::{distinctions, names};
use super::spark::spark;
use super::view::View;
use crate::network::{Metric, Site};
use crate::output::row::Row;
use crate::sweep::Cell;

/// Marks an interval that is not to be relied on.
pub(super) const MARK: &str = " *";

/// A curve: the rows of one metric of one cell, by layer.
type Curve<'r> = Vec<&'r Row>;

/// The blocks, one for every metric and site, at most `room` characters wide; with `bars` a line that draws each curve. Says
/// whether one of them is on a log scale.
pub(super) fn curves(
    view: &View,
    cells: &[Cell],
    rows: &[&[Row]],
    room: usize,
    bars: bool,
) -> (String, bool) {
    let shown: Vec<Curve> = rows.iter().map(|rows| view.rows(rows)).collect();
    let mut texts = Vec::new();
    let mut any_log = false;
    let headers = headers(view, cells);
    for (metric, site) in pairs(&shown) {
        let begins = |row: &Row| row.site == Site::Input && site.is_forward();
        let is_here = |row: &&&Row| row.metric == metric && (row.site == site || begins(row));
        let curves: Vec<Curve> =
            shown.iter().map(|rows| rows.iter().filter(is_here).copied().collect()).collect();
        let layers = layers(&curves, view.most_layers);
        let name = match view.cells[..] {
            [cell] if cells.len() > 1 => format!(": {}", names(cells)[cell]),
            _ => String::new(),
        };
        let mut text = format!("{metric}, {site}{name}\n");
        let sparks: Vec<(String, bool)> = curves.iter().map(|curve| spark(&numbers(curve))).collect();
        any_log |= bars && sparks.iter().any(|(_, is_log)| *is_log);
        let bars = bars.then(|| sparks.into_iter().map(|(line, _)| line).collect());
        text += &match &curves[..] {
            [curve] => alone(curve, &layers, bars),
            _ => beside(&headers, &curves, &layers, bars, room),
        };
        texts.push(text);
    }
    (texts.join("\n"), any_log)
}

/// The metrics and sites that there are, in the order of the rows; the input is part of the curves of other sites.
fn pairs(shown: &[Curve]) -> Vec<(Metric, Site)> {
    let mut pairs: Vec<(Metric, Site)> = Vec::new();
    for row in shown.iter().flatten() {
        if !pairs.contains(&(row.metric, row.site)) {
            pairs.push((row.metric, row.site));
        }
    }
    if pairs.iter().any(|(_, site)| *site != Site::Input && site.is_forward()) {
        pairs.retain(|(_, site)| *site != Site::Input);
    }
    pairs.sort_by_key(|(metric, site)| (shown.iter().flatten().position(|row| row.metric == *metric), *site));
    pairs
}

/// The layers of some curves: at most `most` of them, evenly spaced with both ends.
fn layers(curves: &[Curve], most: usize) -> Vec<usize> {
    let mut layers: Vec<usize> = curves.iter().flatten().map(|row| row.layer).collect();
    layers.sort_unstable();
    layers.dedup();
    if layers.len() <= most {
        return layers;
    }
    (0..most).map(|i| layers[i * (layers.len() - 1) / (most - 1)]).collect()
}

fn numbers(curve: &[&Row]) -> Vec<Option<f64>> {
    curve.iter().map(|row| row.estimate.or(row.median)).collect()
}

fn layer_name(layer: usize) -> String {
    if layer == 0 { "0 (input)".to_owned() } else { layer.to_string() }
}

/// One cell: everything about each of its numbers.
fn alone(curve: &[&Row], layers: &[usize], bars: Option<Vec<String>>) -> String {
    let mut lines = vec![["layer", "estimate", "theory", "z", ""].map(str::to_owned).to_vec()];
    for row in curve.iter().filter(|row| layers.contains(&row.layer)) {
        lines.push(vec![layer_name(row.layer), estimate(row), theory(row), z(row), doubt(row)]);
    }
    let bar = |bars: Vec<String>| {
        vec!["curve".to_owned(), bars.concat(), String::new(), String::new(), String::new()]
    };
    lines.extend(bars.map(bar));
    align(&lines)
}

/// What the cells are, one line for each parameter in which they differ.
fn headers(view: &View, cells: &[Cell]) -> Vec<Vec<String>> {
    let line = |(title, values): &(&'static str, Vec<String>)| {
        let values = view.cells.iter().map(|&cell| values[cell].clone());
        std::iter::once((*title).to_owned()).chain(values).collect()
    };
    distinctions(cells).iter().map(line).collect()
}

/// Several cells: their estimates, and how theory does at the end and at its worst.
fn beside(
    headers: &[Vec<String>],
    curves: &[Curve],
    layers: &[usize],
    bars: Option<Vec<String>>,
    room: usize,
) -> String {
    let line = |title: &str, field: &dyn Fn(&[&Row]) -> String| -> Vec<String> {
        std::iter::once(title.to_owned()).chain(curves.iter().map(|curve| field(curve))).collect()
    };
    let mut lines = headers.to_vec();
    lines.push(line("layer", &|_| String::new()));
    for &layer in layers {
        let field = |curve: &[&Row]| {
            curve.iter().find(|row| row.layer == layer).map_or(String::new(), |row| marked(row))
        };
        lines.push(line(&layer_name(layer), &field));
    }
    if curves.iter().filter_map(|curve| curve.last()).any(|row| row.theory.is_some()) {
        lines.push(line("theory at end", &|curve| curve.last().map_or(String::new(), |row| theory(row))));
    }
    if curves.iter().flatten().any(|row| row.z.is_some()) {
        lines.push(line("worst z", &worst));
    }
    lines.extend(bars.map(|bars| std::iter::once("curve".to_owned()).chain(bars).collect()));
    blocks(&lines, room)
}

fn marked(row: &Row) -> String {
    let mark = if row.reliability.is_ok() { "" } else { MARK };
    format!("{}{mark}", estimate(row))
}

/// The z that is farthest from 0, and where it is.
fn worst(curve: &[&Row]) -> String {
    let z = |row: &&&Row| row.z.map(f64::abs);
    let worst = curve
        .iter()
        .filter(|row| row.z.is_some())
        .max_by(|a, b| z(a).partial_cmp(&z(b)).unwrap_or(std::cmp::Ordering::Equal));
    worst.map_or(String::new(), |row| format!("{} in {}", self::z(row), row.layer))
}

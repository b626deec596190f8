//! Heat maps: the estimate over two numbers, theory on the same scale beside it, and how far they are apart.

use super::arrange::Along;
use super::caption::networks;
use super::chart::letter;
use super::curves::check_log;
use super::facts::Facts;
use super::layout::{Frame, Grid, outline};
use super::legend::Legend;
use super::material::{Material, Picture};
use super::model::{Axis, Chart, Panel, Point};
use super::panels::marks;
use super::scale::{Scale, suited, suited_to_x};
use super::scene::{Anchor, Ink, Place, SMALL, Scene, Shape, Stroke, TEXT, fitted, text_width, wrapped};
use super::statistic::{self, is_fraction};
use super::ticks::ticks;
use super::{colors, font, names, table};
use crate::statistics::LEVEL;
use crate::sweep::{FigureScale, Statistic};

/// Width of a colour bar with what stands beside it.
const BAR: f64 = 72.0;
/// How far cells reach under their neighbours, so that no seam shows.
const OVERLAP: f64 = 0.25;

/// A panel: a number for every item.
struct Layer {
    title: &'static str,
    values: Vec<Option<f64>>,
    is_z: bool,
}

/// Draws a map.
///
/// # Errors
///
/// If no number has a place.
pub fn map(material: &Material<'_>) -> Result<Picture, String> {
    let (clause, items) = (material.clause, &material.items);
    let (Along::Number(xs), Some((y_title, ys))) = (&material.arrangement.along, &material.arrangement.map)
    else {
        return Err("a map needs a number along x".to_owned());
    };
    if clause.metrics.len() > 1 || !clause.facets.is_empty() {
        return Err("a map is of one metric, without `facet`: choose cells with `where`".to_owned());
    }
    let metric = clause.metrics[0];
    let statistic = statistic::statistic(clause, items);
    let layers = layers(material, statistic);
    let mut facts = Facts { has_marks: !clause.marks.is_empty(), is_map: true, ..Facts::default() };
    let mut lines = Vec::new();
    record(material, (xs, ys), &layers, &mut facts, &mut lines);
    let shown: Vec<f64> = layers
        .iter()
        .filter(|layer| !layer.is_z)
        .flat_map(|layer| &layer.values)
        .flatten()
        .copied()
        .collect();
    if shown.is_empty() {
        return Err(format!("no number of the {} is defined", names::shown(metric, clause)));
    }
    let kind =
        clause.scale.color.unwrap_or_else(|| suited(&shown, material.clause.metrics[0].is_logarithm()));
    check_log("color", kind, clause.scale.color, shown.iter().copied())?;
    let is_wide = shown.iter().any(|value| *value > 0.1);
    let color = if let Some(ends) = clause.range.color {
        Scale::fit(kind, &shown, 0.0).between(ends)
    } else if is_fraction(metric) && is_wide && clause.scale.color.is_none() {
        Scale::of(FigureScale::Linear, 0.0, 1.0)
    } else {
        Scale::fit(kind, &shown, 0.0)
    };
    facts.beyond = shown.iter().filter(|value| !color.contains(**value)).count();
    let (x_edges, y_edges) = (Edges::new(xs, clause.scale.x), Edges::new(ys, clause.scale.y));
    let chart = chart(material, &layers, (&x_edges, &y_edges), y_title);
    chart.check_marks()?;
    let width = material.input.width;
    let grid = Grid::new(&chart, width - BAR);
    let mut scene = Scene { width, height: grid.height, shapes: Vec::new() };
    let z = z_scale(&layers);
    for (index, layer) in layers.iter().enumerate() {
        let frame = grid.frame(index);
        let scale = if layer.is_z { z.as_ref().unwrap_or(&color) } else { &color };
        for (item, value) in layer.values.iter().enumerate() {
            let place =
                (x_edges.cell(xs[item], |part| frame.x(part)), y_edges.cell(ys[item], |part| frame.y(part)));
            cell(&mut scene, place, value.and_then(|value| scale.place(value)), layer.is_z);
        }
        frame.axes(&mut scene, &chart.x, &chart.ys[0]);
        chart.marks(index, &frame, &mut scene);
        outline(&mut scene, &frame, Stroke::solid(Ink::Text, 0.8));
        let name = if layers.len() > 1 { letter(index) } else { String::new() };
        frame.title(&mut scene, &name, layer.title);
    }
    grid.titles(&mut scene, &chart);
    bars(&mut scene, &grid.frame(layers.len() - 1), (&color, &title(material, statistic)), z.as_ref());
    facts.own = said(&layers, statistic, &facts);
    Ok(Picture { scene, facts, lines })
}

fn layers(material: &Material<'_>, statistic: Statistic) -> Vec<Layer> {
    let items = &material.items;
    let point = |item| statistic::point(item, statistic, material.clause.minus);
    let name = match statistic {
        Statistic::Mean => "estimate",
        Statistic::Median => "median",
        Statistic::Log2 => "geometric mean",
    };
    let mut layers =
        vec![Layer { title: name, values: items.iter().map(|item| point(item).y).collect(), is_z: false }];
    let theory =
        statistic::line(items).filter(|_| statistic == Statistic::Mean && material.clause.minus.is_none());
    if let Some(line) = theory {
        let values =
            items.iter().map(|item| line.value(item.row).filter(|value| value.is_finite())).collect();
        layers.push(Layer { title: "theory", values, is_z: false });
    }
    if theory.is_some() && items.iter().any(|item| item.row.z.is_some()) {
        layers.push(Layer { title: "z", values: items.iter().map(|item| item.row.z).collect(), is_z: true });
    }
    layers
}

fn record(
    material: &Material<'_>,
    (xs, ys): (&[f64], &[f64]),
    layers: &[Layer],
    facts: &mut Facts,
    lines: &mut Vec<table::Line>,
) {
    let theory = statistic::line(&material.items);
    for (index, item) in material.items.iter().enumerate() {
        facts.count(item);
        facts.undefined += usize::from(layers[0].values[index].is_none());
        if layers.len() > 1 {
            facts.theories.extend(theory);
        }
        let of_theory = layers.get(1).and_then(|layer| layer.values[index]);
        let numbers = [Some(xs[index]), layers[0].values[index], None, None, None, None, of_theory, None];
        let point = Point::default();
        let line = table::Line::new(material.input, item, &point, "", &super::number::rounded(ys[index], 12));
        lines.push(line.with(numbers));
    }
}

fn said(layers: &[Layer], statistic: Statistic, facts: &Facts) -> Vec<String> {
    let what = match statistic {
        Statistic::Mean => "mean",
        Statistic::Median => "median",
        Statistic::Log2 => "geometric mean",
    };
    let mut said = vec![format!("Colour: the {what} over {}.", networks(facts))];
    if layers.iter().any(|layer| layer.values.iter().any(Option::is_none)) {
        said.push("Hatched: no number.".to_owned());
    }
    if layers.iter().any(|layer| layer.is_z) {
        let level = LEVEL * 100.0;
        said.push(format!(
            "z: (estimate − theory) in standard errors; {level} % of them are from −1.96 to 1.96 where theory is right."
        ));
    }
    said
}

fn title(material: &Material<'_>, statistic: Statistic) -> String {
    let quantity = names::shown(material.clause.metrics[0], material.clause);
    match (statistic, material.clause.minus) {
        (_, Some(minus)) => format!("|{quantity} − {}|", super::number::rounded(minus, 4)),
        (Statistic::Mean, _) => quantity,
        (Statistic::Median, _) => format!("median of the {quantity}"),
        (Statistic::Log2, _) => format!("geometric mean of the {quantity}"),
    }
}

/// Axes and panels without any curve, for the layout.
fn chart(material: &Material<'_>, layers: &[Layer], (x, y): (&Edges, &Edges), y_title: &str) -> Chart {
    let panel = |layer: &Layer| Panel {
        title: layer.title.to_owned(),
        y: 0,
        curves: Vec::new(),
        lines: marks(material.clause, layer.title),
    };
    let axis = |title: &str, edges: &Edges| Axis {
        title: title.to_owned(),
        scale: edges.scale,
        has_numbers: true,
        is_whole: false,
    };
    Chart {
        panels: layers.iter().map(panel).collect(),
        columns: if material.input.width < 400.0 { 1 } else { 3 },
        x: axis(&material.arrangement.x_title, x),
        ys: vec![axis(y_title, y)],
        legend: Legend::default(),
        is_dense: false,
        joins: false,
        has_floor: false,
        has_diagonal: false,
        is_cut: false,
    }
}

/// Symmetric about 0.
fn z_scale(layers: &[Layer]) -> Option<Scale> {
    let z = layers.iter().find(|layer| layer.is_z)?;
    let most = z.values.iter().flatten().fold(3.0_f64, |most, z| most.max(z.abs()));
    Some(Scale::of(FigureScale::Linear, -most, most))
}

/// The numbers along an axis, and where the cells about them begin and end.
struct Edges {
    scale: Scale,
    values: Vec<f64>,
    /// In parts of the axis; one more than values.
    parts: Vec<f64>,
}

impl Edges {
    fn new(values: &[f64], asked: Option<FigureScale>) -> Self {
        let mut values: Vec<f64> = values.to_vec();
        values.sort_unstable_by(f64::total_cmp);
        values.dedup();
        let kind = asked.unwrap_or_else(|| suited_to_x(&values));
        let bare = Scale::fit(kind, &values, 0.0);
        let at: Vec<f64> = values.iter().map(|value| bare.place(*value).unwrap_or(0.0)).collect();
        let first = if at.len() > 1 { (at[1] - at[0]) / 2.0 } else { 0.5 };
        let last = if at.len() > 1 { (at[at.len() - 1] - at[at.len() - 2]) / 2.0 } else { 0.5 };
        let scale = bare.widened(first, last);
        let part = |edge: f64| (edge + first) / (1.0 + first + last);
        let middles = at.windows(2).map(|pair| f64::midpoint(pair[0], pair[1]));
        let parts = [0.0].into_iter().chain(middles.map(part)).chain([1.0]).collect();
        Self { scale, values, parts }
    }

    /// Both ends of the cell of a number.
    fn cell(&self, value: f64, place: impl Fn(f64) -> f64) -> (f64, f64) {
        let index = self.values.partition_point(|other| *other < value).min(self.values.len() - 1);
        let (a, b) = (place(self.parts[index]), place(self.parts[index + 1]));
        (a.min(b), a.max(b))
    }
}

fn cell(
    scene: &mut Scene,
    ((left, right), (top, bottom)): ((f64, f64), (f64, f64)),
    at: Option<f64>,
    is_z: bool,
) {
    let size = (right - left, bottom - top);
    let Some(at) = at else { return hatched(scene, (left, top), size) };
    let ink = if is_z { colors::deviation(2.0 * at - 1.0) } else { colors::viridis(at) };
    scene.shapes.push(Shape::Rect((left, top), (size.0 + OVERLAP, size.1 + OVERLAP), ink));
}

fn hatched(scene: &mut Scene, (left, top): Place, (width, height): (f64, f64)) {
    scene.shapes.push(Shape::Clip((left, top), (width, height)));
    let mut at = 0.0;
    while at < width + height {
        scene.line(
            vec![(left + at, top), (left + at - height, top + height)],
            Stroke::solid(Ink::Rgb(0xb0, 0xb0, 0xb0), 0.5),
        );
        at += 4.0;
    }
    scene.shapes.push(Shape::EndClip);
}

/// The colour bars, right of the last panel.
fn bars(scene: &mut Scene, last: &Frame, (color, title): (&Scale, &str), z: Option<&Scale>) {
    let left = scene.width - BAR + 12.0;
    let height = if z.is_some() { (last.height - 14.0) / 2.0 } else { last.height };
    bar(scene, (left, last.top), height, (color, title), false);
    if let Some(z) = z {
        bar(scene, (left, last.top + height + 14.0), height, (z, "z"), true);
    }
}

fn bar(scene: &mut Scene, (left, top): Place, height: f64, (scale, title): (&Scale, &str), is_z: bool) {
    let width = 10.0;
    let steps = 64_u32;
    for step in 0..steps {
        let part = f64::from(step) / f64::from(steps);
        let ink = if is_z { colors::deviation(2.0 * part - 1.0) } else { colors::viridis(part) };
        let size = height / f64::from(steps);
        let y = top + height - f64::from(step + 1) * size;
        scene.shapes.push(Shape::Rect((left, y), (width, size + OVERLAP), ink));
    }
    let frame = Frame { left, top, width, height, has_y_numbers: false, has_x_numbers: false };
    outline(scene, &frame, Stroke::solid(Ink::Text, 0.6));
    let mut widest: f64 = 0.0;
    for tick in ticks(scale, if height > 100.0 { 5 } else { 3 }, false) {
        let Some(y) = scale.place(tick.value).map(|part| frame.y(part)) else { continue };
        scene.line(vec![(left + width, y), (left + width + 2.5, y)], Stroke::solid(Ink::Text, 0.6));
        scene.words((left + width + 4.5, y + 2.5), &tick.label, SMALL, Anchor::Start);
        widest = widest.max(text_width(&tick.label, SMALL));
    }
    for (index, line) in wrapped(title, height + 16.0).iter().enumerate() {
        let shift = 9.5 * f64::from(u32::try_from(index).unwrap_or(0));
        let at = (left + width + widest + 13.0 + shift, top + height / 2.0);
        scene.text(at, &fitted(line, TEXT, height + 24.0), TEXT, Anchor::Middle, font::Face::Regular, true);
    }
}

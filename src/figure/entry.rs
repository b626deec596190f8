//! The law of the entries of a layer: a histogram of fixed bins, with the intervals of its fractions over the networks, beside
//! what theory says of the same bins.

use super::caption::networks;
use super::curves::{color_entries, color_of};
use super::facts::Facts;
use super::items::Item;
use super::legend::{Entry, Legend, Sign};
use super::material::{Material, Picture};
use super::model::{Axis, Chart, Curve, Panel, Point};
use super::panels::{columns, marks, panels, series};
use super::scale::{Scale, reach};
use super::statistic::Line;
use super::{names, number, table};
use crate::output::BinRow;
use crate::sweep::{FigureScale, Show};

/// The bins of one series.
struct Law<'a> {
    item: &'a Item<'a>,
    level: usize,
    /// Those between the ends.
    bins: Vec<&'a BinRow>,
    theory: Option<Line>,
    /// The part of the entries beyond the ends.
    beyond: f64,
}

/// What is drawn of a bin besides its height.
#[derive(Clone, Copy)]
struct Parts {
    interval: bool,
    spread: bool,
    theory: bool,
}

/// Draws the laws of the entries of a figure.
///
/// # Errors
///
/// If the run has no histogram, or none of a layer.
pub fn entries(material: &Material<'_>) -> Result<Picture, String> {
    let clause = material.clause;
    let asks = |part, usual| clause.show.as_ref().map_or(usual, |parts| parts.contains(&part));
    let parts = Parts {
        interval: asks(Show::Interval, true),
        spread: asks(Show::Spread, false),
        theory: asks(Show::Theory, true),
    };
    let panels = panels(material);
    let mut facts = Facts { has_marks: !clause.marks.is_empty(), ..Facts::default() };
    let (mut drawn, mut lines, mut beyond) = (Vec::new(), Vec::new(), 0.0_f64);
    for panel in &panels {
        let mut curves = Vec::new();
        for (level, items) in series(material, &panel.items) {
            for item in items {
                let law = Law::of(material, level, &material.items[item], parts)?;
                facts.count(law.item);
                facts.theories.extend(law.theory);
                beyond = beyond.max(law.beyond);
                curves.extend(law.curves(material, parts));
                lines.extend(law.lines(material, &panel.title));
            }
        }
        let lines = marks(clause, &panel.title);
        drawn.push(Panel { title: panel.title.clone(), y: 0, curves, lines });
    }
    said(&mut facts, parts, beyond);
    let chart = Chart {
        columns: columns(material, &panels),
        x: x_axis(material, &drawn),
        ys: vec![y_axis(material, &drawn)],
        legend: legend(material, parts, !facts.theories.is_empty()),
        panels: drawn,
        is_dense: true,
        joins: false,
        has_floor: true,
        has_diagonal: false,
        is_cut: false,
    };
    let chart = chart.within(clause.range, &mut facts)?;
    Ok(Picture { scene: chart.scene(material.input.width), facts, lines })
}

impl<'a> Law<'a> {
    fn of(
        material: &'a Material<'a>,
        level: usize,
        item: &'a Item<'a>,
        parts: Parts,
    ) -> Result<Self, String> {
        let rows = material.input.histograms.and_then(|of_cells| of_cells.get(item.cell));
        let is_here = |row: &&BinRow| row.layer == item.row.layer && row.site == item.row.site;
        let all: Vec<&BinRow> = rows.into_iter().flatten().filter(is_here).collect();
        let is_between = |row: &&BinRow| row.from.is_finite() && row.to.is_finite();
        let (bins, open): (Vec<&BinRow>, Vec<&BinRow>) = all.into_iter().partition(is_between);
        if bins.iter().all(|row| row.estimate.is_none()) {
            return Err(format!("there is no histogram of layer {}", item.row.layer));
        }
        let line = if bins.iter().all(|row| row.theory.is_some()) {
            Some(Line::Exact)
        } else {
            bins.iter().all(|row| row.theory_mean_field.is_some()).then_some(Line::MeanField)
        };
        let beyond = open.iter().filter_map(|row| row.estimate).sum();
        Ok(Self { item, level, bins, theory: line.filter(|_| parts.theory), beyond })
    }

    /// What theory says of a bin, as a density.
    fn theory(&self, row: &BinRow) -> Option<f64> {
        let fraction = match self.theory? {
            Line::MeanField => row.theory_mean_field,
            Line::Exact | Line::AtWidth => row.theory,
        };
        fraction.map(|fraction| density(row, fraction))
    }

    /// The steps of the histogram, and the line of theory through the middles of the bins.
    fn curves(&self, material: &Material<'_>, parts: Parts) -> Vec<Curve> {
        let (ink, form) = color_of(material, self.level);
        let range = |row: &BinRow, low: Option<f64>, high: Option<f64>| {
            Some((density(row, low?), density(row, high?)))
        };
        let side = |row: &BinRow, x: f64| Point {
            x,
            y: row.estimate.map(|fraction| density(row, fraction)),
            bar: range(row, row.conf_low, row.conf_high).filter(|_| parts.interval),
            band: range(row, row.q025, row.q975).filter(|_| parts.spread),
            ..Point::default()
        };
        let steps = self.bins.iter().flat_map(|row| [side(row, row.from), side(row, row.to)]).collect();
        let middle = |row: &&BinRow| {
            Some(Point {
                x: f64::midpoint(row.from, row.to),
                theory: Some(self.theory(row)?),
                ..Point::default()
            })
        };
        let theory: Vec<Point> = self.bins.iter().filter_map(middle).collect();
        let mut curves = vec![Curve { ink, form, points: steps }];
        if !theory.is_empty() {
            curves.push(Curve { ink, form, points: theory });
        }
        curves
    }

    /// The numbers that are shown: a line for each bin, at its lower end.
    fn lines(&self, material: &Material<'_>, panel: &str) -> Vec<table::Line> {
        let color = material.arrangement.color.as_ref();
        let series = color.map_or(String::new(), |color| color.names[self.level].clone());
        let line = |row: &&BinRow| {
            let of = |fraction: Option<f64>| fraction.map(|fraction| density(row, fraction));
            let spread = [of(row.q025), of(row.q975)];
            let numbers = [
                Some(row.from),
                of(row.estimate),
                of(row.conf_low),
                of(row.conf_high),
                spread[0],
                spread[1],
                self.theory(row),
                None,
            ];
            table::Line::new(material.input, self.item, &Point::default(), panel, &series).with(numbers)
        };
        self.bins.iter().map(line).collect()
    }
}

fn density(row: &BinRow, fraction: f64) -> f64 {
    fraction / (row.to - row.from)
}

fn said(facts: &mut Facts, parts: Parts, beyond: f64) {
    let mut said = format!("Solid lines: the density of the entries, means over {}", networks(facts));
    if parts.interval {
        said += "; ribbons: their 95 % intervals";
    }
    if parts.spread {
        said += "; pale bands: the middle 95 % of the networks";
    }
    facts.own.push(said + ".");
    if !facts.theories.is_empty() {
        facts.own.push("Dashed lines: the density that theory gives each bin.".to_owned());
    }
    // What would not be seen is not worth a sentence.
    if beyond > 5e-4 {
        let percent = number::rounded(100.0 * beyond, 2);
        facts
            .own
            .push(format!("Beyond the ends of the axis: at most {percent} % of the entries of a layer."));
    }
    // These are of means, which are not shown.
    facts.doubts.clear();
}

fn x_axis(material: &Material<'_>, panels: &[Panel]) -> Axis {
    let curves = panels.iter().flat_map(|panel| &panel.curves);
    let mut values: Vec<f64> = curves.flat_map(|curve| &curve.points).map(|point| point.x).collect();
    values.extend(panels.iter().flat_map(|panel| &panel.lines).filter_map(|line| line.x));
    let scale = Scale::fit(FigureScale::Linear, &values, 0.03);
    Axis { title: names::entries(material.clause.site), scale, has_numbers: true, is_whole: false }
}

fn y_axis(material: &Material<'_>, panels: &[Panel]) -> Axis {
    let points = || panels.iter().flat_map(|panel| &panel.curves).flat_map(|curve| &curve.points);
    let values: Vec<f64> = points().flat_map(|point| [point.y, point.theory]).flatten().collect();
    let scale = match material.clause.scale.y {
        None | Some(FigureScale::Linear) => {
            Scale::of(FigureScale::Linear, 0.0, 1.05 * reach(&values).1.max(f64::MIN_POSITIVE))
        }
        // Theory far out would leave nothing of what was seen.
        Some(kind) => {
            let own: Vec<f64> = points().filter_map(|point| point.y).filter(|y| *y > 0.0).collect();
            Scale::fit(kind, &own, 0.05)
        }
    };
    Axis { title: "density".to_owned(), scale, has_numbers: true, is_whole: false }
}

fn legend(material: &Material<'_>, parts: Parts, has_theory: bool) -> Legend {
    let (title, mut entries) = color_entries(material, false);
    let signs = [
        (has_theory, Sign::Theory { is_dashed: true }),
        (parts.interval, Sign::Interval { is_ribbon: true }),
        (parts.spread, Sign::Band("95 % of networks")),
    ];
    entries.extend(signs.into_iter().filter(|(is_there, _)| *is_there).map(|(_, sign)| Entry::Sign(sign)));
    Legend { title, entries }
}

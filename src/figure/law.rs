//! The law of trial values: a histogram, or the distribution function with a band that holds for all of it, beside the normal
//! law of the mean and the spread that theory predicts.

use super::caption::networks;
use super::curves::{check_log, color_entries, color_of};
use super::facts::Facts;
use super::items::Item;
use super::legend::{Entry, Legend, Sign};
use super::material::{Material, Picture};
use super::model::{Axis, Chart, Curve, Panel, Point};
use super::number::whole;
use super::panels::{columns, marks, panels, series};
use super::scale::{Scale, reach, suited};
use super::{names, table};
use crate::statistics::{LEVEL, normal, quantiles};
use crate::sweep::{FigureScale, Show};

/// Fewest and most bins of a histogram.
const BINS: (f64, f64) = (5.0, 60.0);
/// Values up to which a distribution function has a step for each, and points of one that has more.
const STEPS: usize = 100;
const POINTS: usize = 200;
/// How far from its mean, in standard deviations, a normal law is drawn.
const TAILS: f64 = 4.0;

/// The values of one series.
struct Law<'a> {
    item: &'a Item<'a>,
    level: usize,
    /// Ascending, infinities included.
    values: Vec<f64>,
    /// The mean and the standard deviation that theory predicts.
    normal: Option<(f64, f64)>,
}

/// Draws the laws of a figure.
///
/// # Errors
///
/// If there are no values, or if none has a place.
pub fn law(material: &Material<'_>) -> Result<Picture, String> {
    let clause = material.clause;
    let is_ecdf = clause.asks_for(Show::Ecdf);
    let panels = panels(material);
    let mut facts = Facts { has_marks: !clause.marks.is_empty(), ..Facts::default() };
    let mut laws = Vec::new();
    for panel in &panels {
        let own = series(material, &panel.items)
            .into_iter()
            .flat_map(|(level, items)| items.into_iter().map(move |item| (level, item)));
        laws.push(
            own.map(|(level, item)| read(material, level, &material.items[item], &mut facts))
                .collect::<Result<Vec<_>, _>>()?,
        );
    }
    let finite: Vec<f64> = laws
        .iter()
        .flatten()
        .flat_map(|law| &law.values)
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    if finite.is_empty() {
        return Err(format!("no value of the {} is finite", names::quantity(clause.metrics[0], clause.site)));
    }
    let usual = if is_ecdf {
        suited(&finite, material.clause.metrics[0].is_logarithm())
    } else {
        FigureScale::Linear
    };
    let kind = clause.scale.x.unwrap_or(usual);
    check_log("x", kind, clause.scale.x, finite.iter().copied())?;
    let (mut lines, mut drawn) = (Vec::new(), Vec::new());
    for (panel, laws) in panels.iter().zip(&laws) {
        let curves = laws.iter().flat_map(|law| {
            let points = if is_ecdf { law.steps() } else { law.bins() };
            lines.extend(law.lines(material, &panel.title, &points, is_ecdf));
            law.curves(material, points, (is_ecdf, reach(&finite)))
        });
        drawn.push(Panel {
            title: panel.title.clone(),
            y: 0,
            curves: curves.collect(),
            lines: marks(clause, &panel.title),
        });
    }
    said(&mut facts, is_ecdf, laws.iter().flatten().any(|law| law.normal.is_some()));
    let chart = Chart {
        columns: columns(material, &panels),
        x: x_axis(material, kind, &finite, &drawn),
        ys: vec![y_axis(material, is_ecdf, &drawn)],
        legend: legend(material, is_ecdf, &laws),
        panels: drawn,
        is_dense: true,
        joins: false,
        has_floor: !is_ecdf,
        has_diagonal: false,
        is_cut: false,
    };
    let chart = chart.within(clause.range, &mut facts)?;
    Ok(Picture { scene: chart.scene(material.input.width), facts, lines })
}

/// Reads the values of an item, and counts them.
fn read<'a>(
    material: &'a Material<'a>,
    level: usize,
    item: &'a Item<'a>,
    facts: &mut Facts,
) -> Result<Law<'a>, String> {
    let row = item.row;
    let mut values = (material.input.values)(item.cell, (row.layer, row.site, row.metric))?;
    // A cell of a group may have stopped before another one.
    values.truncate(row.trials);
    if values.len() < row.trials {
        return Err(format!("{} of its {} trial values are missing", row.trials - values.len(), row.trials));
    }
    facts.count(item);
    facts.undefined += values.iter().filter(|value| value.is_nan()).count();
    facts.infinite += values.iter().filter(|value| value.is_infinite()).count();
    values.retain(|value| !value.is_nan());
    values.sort_unstable_by(f64::total_cmp);
    let is_law = |&(mean, sd): &(f64, f64)| mean.is_finite() && sd.is_finite() && sd > 0.0;
    Ok(Law { item, level, values, normal: row.theory.zip(row.theory_sd).filter(is_law) })
}

impl Law<'_> {
    /// The edges of the bins, each with the density from there to the next; with the last one that ends there, 0.
    ///
    /// Bins are `2 (q75 - q25) / cbrt n` wide (Freedman and Diaconis 1981, Z. Wahrscheinlichkeitstheorie 57, 453). The area is
    /// the part of the values that is finite.
    fn bins(&self) -> Vec<(f64, f64)> {
        let finite: Vec<f64> = self.values.iter().copied().filter(|value| value.is_finite()).collect();
        let (Some(&least), Some(&most)) = (finite.first(), finite.last()) else { return Vec::new() };
        let (low, range) = match most - least {
            // Values that are all equal.
            0.0 => (least - least.abs().max(1e-300) / 2.0, least.abs().max(1e-300)),
            range => (least, range),
        };
        let spread = quantiles::type7(&finite, 0.75)
            .zip(quantiles::type7(&finite, 0.25))
            .map_or(0.0, |(high, low)| high - low);
        let width = 2.0 * spread / libm::cbrt(whole(finite.len()));
        let bins = if width > 0.0 { libm::ceil(range / width) } else { BINS.1 }.clamp(BINS.0, BINS.1);
        let edge = |index: usize| low + range * (whole(index) / bins);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 5 to 60")]
        let bins = bins as usize;
        let mut counts = vec![0_usize; bins];
        for value in &finite {
            // Each bin has its left edge, the last one both.
            let index = (1..bins).filter(|&index| edge(index) <= *value).count();
            counts[index] += 1;
        }
        let all = whole(self.values.len());
        let density = |index: usize| {
            counts.get(index).map_or(0.0, |&of| whole(of) / all / (edge(index + 1) - edge(index)))
        };
        (0..=bins).map(|index| (edge(index), density(index))).collect()
    }

    /// The values with the parts of all that are not above them: before and after every step, or some of them.
    fn steps(&self) -> Vec<(f64, f64)> {
        let all = whole(self.values.len());
        let mut different = self.values.clone();
        different.dedup();
        different.retain(|value| value.is_finite());
        let below = |value: f64| whole(self.values.partition_point(|other| *other < value)) / all;
        let up_to = |value: f64| whole(self.values.partition_point(|other| *other <= value)) / all;
        if different.len() <= STEPS {
            return different.into_iter().flat_map(|x| [(x, below(x)), (x, up_to(x))]).collect();
        }
        let last = different.len() - 1;
        let mut kept: Vec<usize> = (0..POINTS).map(|point| point * last / (POINTS - 1)).collect();
        kept.dedup();
        kept.into_iter().map(|index| (different[index], up_to(different[index]))).collect()
    }

    /// The distance from the distribution function that the true one exceeds anywhere with probability 5 % at most:
    /// `sqrt(ln(2 / 0.05) / (2 n))` (Massart 1990, Annals of Probability 18, 1269).
    fn reach(&self) -> f64 {
        libm::sqrt(libm::log(2.0 / (1.0 - LEVEL)) / (2.0 * whole(self.values.len())))
    }

    /// What theory says at a value.
    fn theory(&self, x: f64, is_ecdf: bool) -> Option<f64> {
        let (mean, sd) = self.normal?;
        let z = (x - mean) / sd;
        let density = || libm::exp(-z * z / 2.0) / (sd * libm::sqrt(2.0 * std::f64::consts::PI));
        Some(if is_ecdf { normal::cdf(z) } else { density() })
    }

    fn curves(
        &self,
        material: &Material<'_>,
        points: Vec<(f64, f64)>,
        (is_ecdf, (least, most)): (bool, (f64, f64)),
    ) -> Vec<Curve> {
        let (ink, form) = color_of(material, self.level);
        let reach = self.reach();
        if is_ecdf {
            let point = |(x, y): (f64, f64)| Point {
                x,
                y: Some(y),
                bar: Some(((y - reach).max(0.0), (y + reach).min(1.0))),
                theory: self.theory(x, true),
                ..Point::default()
            };
            return vec![Curve { ink, form, points: points.into_iter().map(point).collect() }];
        }
        let top = |x: f64, y: f64| Point { x, y: Some(y), band: Some((0.0, y)), ..Point::default() };
        let before = [0.0].into_iter().chain(points.iter().map(|(_, y)| *y));
        let sides = before.zip(&points).flat_map(|(before, &(x, y))| [top(x, before), top(x, y)]);
        let mut curves = vec![Curve { ink, form, points: sides.collect() }];
        curves.extend(self.normal.map(|(mean, sd)| {
            let (low, high) = ((mean - TAILS * sd).max(least), (mean + TAILS * sd).min(most));
            let x = |step: u32| low + (high - low) * f64::from(step) / 100.0;
            let point = |x: f64| Point { x, theory: self.theory(x, false), ..Point::default() };
            let points = if low < high { (0..=100).map(|step| point(x(step))).collect() } else { Vec::new() };
            Curve { ink, form, points }
        }));
        curves
    }

    /// The numbers that are shown.
    fn lines(
        &self,
        material: &Material<'_>,
        panel: &str,
        points: &[(f64, f64)],
        is_ecdf: bool,
    ) -> Vec<table::Line> {
        let color = material.arrangement.color.as_ref();
        let series = color.map_or(String::new(), |color| color.names[self.level].clone());
        let reach = is_ecdf.then(|| self.reach());
        let line = |&(x, y): &(f64, f64)| {
            let (low, high) = (reach.map(|by| (y - by).max(0.0)), reach.map(|by| (y + by).min(1.0)));
            let numbers = [Some(x), Some(y), low, high, None, None, self.theory(x, is_ecdf), None];
            table::Line::new(material.input, self.item, &Point::default(), panel, &series).with(numbers)
        };
        points.iter().map(line).collect()
    }
}

/// What the caption says in place of points and lines.
fn said(facts: &mut Facts, is_ecdf: bool, has_theory: bool) {
    let networks = networks(facts);
    facts.own.push(if is_ecdf {
        format!(
            "Solid lines: the part of {networks} whose value is at most this; ribbons: 95 % bands that hold for the whole line \
             (Dvoretzky, Kiefer and Wolfowitz)."
        )
    } else {
        format!("Histograms of {networks}: the density of their values, in bins after Freedman and Diaconis.")
    });
    if has_theory {
        facts
            .own
            .push("Dashed lines: the normal law of the mean and the spread that theory predicts.".to_owned());
    }
    for (count, what) in [(facts.infinite, "infinite"), (facts.undefined, "undefined")] {
        if count > 0 {
            facts.own.push(format!("Values that are {what}, and not drawn: {count}."));
        }
    }
    // These are of means, which are not shown.
    (facts.doubts, facts.infinite, facts.undefined) = (Vec::new(), 0, 0);
}

fn x_axis(material: &Material<'_>, kind: FigureScale, finite: &[f64], panels: &[Panel]) -> Axis {
    let clause = material.clause;
    let curves = panels.iter().flat_map(|panel| &panel.curves);
    let mut values: Vec<f64> = curves.flat_map(|curve| &curve.points).map(|point| point.x).collect();
    values.extend_from_slice(finite);
    values.extend(panels.iter().flat_map(|panel| &panel.lines).filter_map(|line| line.x));
    let title = names::quantity(clause.metrics[0], clause.site);
    Axis { title, scale: Scale::fit(kind, &values, 0.03), has_numbers: true, is_whole: false }
}

fn y_axis(material: &Material<'_>, is_ecdf: bool, panels: &[Panel]) -> Axis {
    let asked = material.clause.scale.y;
    let title = if is_ecdf { "fraction of networks" } else { "density" }.to_owned();
    let points = || panels.iter().flat_map(|panel| &panel.curves).flat_map(|curve| &curve.points);
    let values: Vec<f64> = points().flat_map(|point| [point.y, point.theory]).flatten().collect();
    let scale = match asked {
        None | Some(FigureScale::Linear) if is_ecdf => Scale::of(FigureScale::Linear, 0.0, 1.0),
        None | Some(FigureScale::Linear) => Scale::of(FigureScale::Linear, 0.0, 1.05 * reach(&values).1),
        // A normal law far out would leave nothing of the values.
        Some(kind) => {
            let own: Vec<f64> = points().filter_map(|point| point.y).filter(|y| *y > 0.0).collect();
            Scale::fit(kind, &own, 0.05)
        }
    };
    Axis { title, scale, has_numbers: true, is_whole: false }
}

fn legend(material: &Material<'_>, is_ecdf: bool, laws: &[Vec<Law<'_>>]) -> Legend {
    let (title, mut entries) = color_entries(material, false);
    if laws.iter().flatten().any(|law| law.normal.is_some()) {
        entries.push(Entry::Sign(Sign::Theory { is_dashed: true }));
    }
    if is_ecdf {
        entries.push(Entry::Sign(Sign::Band("95 % band")));
    }
    Legend { title, entries }
}

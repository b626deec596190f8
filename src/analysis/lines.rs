//! Slopes across layers and across cells.
//!
//! A line is what a slope is fitted to: the layers of one cell, or cells that differ in one number alone. Cells
//! that share their draws are dependent, and give one slope for every trial; cells that do not are independent
//! estimates, and give one weighted fit (see [`crate::statistics::slope`]).

use std::collections::HashMap;

use super::Run;
use super::estimate::{Estimated, doubt_of_mean, logs, mean};
use crate::network::Site;
use crate::statistics::{Estimate, Moments, slope};
use crate::sweep::expression::Name;
use crate::sweep::{Abscissa, Expect, Layers, Parameter, Statistic};

/// Cells and layers that one slope is fitted to.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Cell and layer of every point.
    pub points: Vec<(usize, usize)>,
    /// The layer, if it is one and the same.
    pub layer: Option<usize>,
}

/// The lines of a clause among the chosen cells.
pub fn lines(run: &Run, clause: &Expect, against: Abscissa, chosen: &[usize]) -> Vec<Line> {
    if against.name == Name::Layer {
        let line = |&cell: &usize| {
            let layers = run.layers(cell, clause.site, &clause.layers);
            Line { points: layers.into_iter().map(|layer| (cell, layer)).collect(), layer: None }
        };
        return chosen.iter().map(line).filter(|line| !line.points.is_empty()).collect();
    }
    let series = series(run, against, chosen);
    series.iter().flat_map(|cells| across(run, clause.site, &clause.layers, cells)).collect()
}

/// Cells that differ in the abscissa alone, in order of their first members.
fn series(run: &Run, against: Abscissa, chosen: &[usize]) -> Vec<Vec<usize>> {
    let without: Vec<Parameter> = against.name.parameter().into_iter().collect();
    let mut places = HashMap::new();
    let mut series: Vec<Vec<usize>> = Vec::new();
    for &cell in chosen {
        let key = (run.cells[cell].label.as_ref(), run.cells[cell].without(&without));
        let place = *places.entry(key).or_insert(series.len());
        if place == series.len() {
            series.push(Vec::new());
        }
        series[place].push(cell);
    }
    series
}

/// The lines of one series: one through the last layers, or one for each layer.
fn across(run: &Run, site: Site, layers: &Layers, cells: &[usize]) -> Vec<Line> {
    let of: Vec<Vec<usize>> = cells.iter().map(|&cell| run.layers(cell, site, layers)).collect();
    if *layers == Layers::Last {
        let points: Vec<_> =
            cells.iter().zip(of).filter_map(|(&cell, of)| Some((cell, *of.first()?))).collect();
        let layer = points.first().map(|point| point.1);
        let layer = layer.filter(|&layer| points.iter().all(|point| point.1 == layer));
        return Some(Line { points, layer }).filter(|line| !line.points.is_empty()).into_iter().collect();
    }
    let mut all: Vec<usize> = of.iter().flatten().copied().collect();
    all.sort_unstable();
    all.dedup();
    let line = |layer: usize| {
        let with = cells.iter().zip(&of).filter(|(_, of)| of.contains(&layer));
        Line { points: with.map(|(&cell, _)| (cell, layer)).collect(), layer: Some(layer) }
    };
    all.into_iter().map(line).collect()
}

/// The slope of one line, and the number of trials behind it.
pub fn slope(run: &Run, clause: &Expect, against: Abscissa, line: &Line, level: f64) -> (Estimated, usize) {
    let at = |&(cell, layer): &(usize, usize)| match against.name {
        Name::Layer => against.at(as_f64(layer)),
        name => against.at(run.cells[cell].number(name)),
    };
    let x: Vec<f64> = line.points.iter().map(at).collect();
    if let Some(bad) = x.iter().find(|x| !x.is_finite()) {
        return (Estimated::undefined(format!("{against} is {bad} in one cell")), 0);
    }
    if slope::coefficients(&x).is_none() {
        return (Estimated::undefined(format!("a slope needs two values of {against}")), 0);
    }
    let mut columns = Vec::new();
    for &(cell, layer) in &line.points {
        let values = run.values(cell, layer, clause.site, clause.metric);
        match if clause.statistic == Statistic::Log2 { logs(&values) } else { Ok(values) } {
            Ok(values) => columns.push(values),
            Err(doubt) => return (Estimated::undefined(doubt), 0),
        }
    }
    let trials = columns.iter().map(Vec::len).min().unwrap_or(0);
    let mut draws: Vec<usize> = line.points.iter().map(|&(cell, _)| run.draws[cell]).collect();
    draws.sort_unstable();
    draws.dedup();
    let estimated = if draws.len() == 1 {
        slope::per_trial(&x, &columns).map(|slopes| mean(&slopes, level))
    } else if draws.len() == line.points.len() {
        Some(independent(&x, &columns, level))
    } else {
        Some(Estimated::undefined("some of its cells share their draws, and some do not"))
    };
    (estimated.unwrap_or_else(|| Estimated::undefined("the slope is undefined")), trials)
}

/// The weighted fit to cells that were drawn independently.
fn independent(x: &[f64], columns: &[Vec<f64>], level: f64) -> Estimated {
    let mut points = Vec::new();
    for column in columns {
        let moments = Moments::of(column);
        let Some((moments, point)) = moments.and_then(|moments| Some((moments, Estimate::of(&moments)?)))
        else {
            return mean(column, level);
        };
        if let Some(doubt) = doubt_of_mean(column, &moments) {
            return Estimated::undefined(format!("in one cell {doubt}"));
        }
        points.push(point);
    }
    let Some(fit) = slope::weighted(x, &points) else {
        return Estimated::undefined("the slope is undefined");
    };
    let interval = fit.guaranteed(level);
    let doubt = interval.is_none().then(|| "it has no interval".to_owned());
    Estimated { value: Some(fit.value), interval, doubt }
}

#[expect(clippy::cast_precision_loss, reason = "layers are below 2^53")]
fn as_f64(layer: usize) -> f64 {
    layer as f64
}

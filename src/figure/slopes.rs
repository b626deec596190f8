//! Slopes against the layer in place of the numbers of layers: one of each network, by least squares.

use super::input::Input;
use super::items::Item;
use super::number::whole;
use crate::output::Row;
use crate::statistics::{Kind, Summary};
use crate::sweep::{FigureClause, Show};
use crate::theory;

/// For every cell and metric the row of its last layer, with the law of the slopes in place of that of its values. A slope
/// of log2 is `sum w_l log2 v_l`, where `w_l = (l - mean l) / sum (l - mean l)^2`.
///
/// # Errors
///
/// If there are no trial values, or if a cell has less than two layers.
pub fn rows(
    input: &Input<'_>,
    clause: &FigureClause,
    items: &[Item<'_>],
) -> Result<Vec<(usize, Row)>, String> {
    let of_cell = |a: &Item<'_>, b: &Item<'_>| a.cell == b.cell && a.row.metric == b.row.metric;
    let row = |part: &[Item<'_>]| Ok((part[0].cell, row(input, clause.asks_for(Show::Log2), part)?));
    items.chunk_by(of_cell).map(row).collect()
}

/// The items of [`rows`], each with the row of the last layer as it is.
///
/// # Errors
///
/// If a cell has less than two layers.
pub fn last<'a>(items: &[Item<'a>]) -> Result<Vec<Item<'a>>, String> {
    let of_cell = |a: &Item<'_>, b: &Item<'_>| a.cell == b.cell && a.row.metric == b.row.metric;
    let last =
        |part: &[Item<'a>]| if part.len() < 2 { Err(TOO_FEW.to_owned()) } else { Ok(part[part.len() - 1]) };
    items.chunk_by(of_cell).map(last).collect()
}

const TOO_FEW: &str = "a slope against the layer needs two layers or more of every cell";

fn row(input: &Input<'_>, is_log: bool, items: &[Item<'_>]) -> Result<Row, String> {
    let last = items[items.len() - 1];
    if items.len() < 2 {
        return Err(TOO_FEW.to_owned());
    }
    let weights = weights(items);
    let log = |value: f64| match is_log {
        true if value > 0.0 => libm::log2(value),
        // No network has a logarithm of nothing.
        true => f64::NAN,
        false => value,
    };
    let mut slopes = vec![0.0; last.row.trials];
    for (item, weight) in items.iter().zip(&weights) {
        let row = item.row;
        let values = (input.values)(item.cell, (row.layer, row.site, row.metric))?;
        if values.len() < slopes.len() {
            return Err(format!(
                "{} of its {} trial values are missing",
                slopes.len() - values.len(),
                slopes.len()
            ));
        }
        slopes.iter_mut().zip(values).for_each(|(slope, value)| *slope += weight * log(value));
    }
    let slope = |number: fn(&Row) -> Option<f64>| {
        let numbers = items.iter().map(|item| number(item.row).map(log).filter(|value| value.is_finite()));
        numbers.zip(&weights).try_fold(0.0, |sum, (number, weight)| Some(sum + weight * number?))
    };
    let summary = Summary::of(&slopes, Kind::Value);
    let is_exact = |item: &Item<'_>| item.row.theory_kind == Some(theory::Kind::Exact);
    let error = |item: &Item<'_>| item.row.theory_error.unwrap_or(f64::INFINITY);
    Ok(Row {
        nonfinite: summary.nonfinite,
        estimate: summary.estimate,
        sd: summary.sd,
        std_error: summary.std_error,
        conf_low: summary.conf_low,
        conf_high: summary.conf_high,
        median: summary.median,
        median_low: summary.median_low,
        median_high: summary.median_high,
        // A geometric mean of slopes says nothing.
        log2_estimate: None,
        log2_low: None,
        log2_high: None,
        min: summary.min,
        q025: summary.q025,
        q25: summary.q25,
        q75: summary.q75,
        q975: summary.q975,
        max: summary.max,
        // The expectation of a logarithm is not the logarithm of an expectation, but in the limit.
        theory: if is_log { None } else { slope(|row| row.theory) },
        theory_sd: None,
        theory_kind: last.row.theory_kind.filter(|_| items.iter().all(is_exact)),
        theory_error: Some(items.iter().zip(&weights).map(|(item, weight)| weight.abs() * error(item)).sum()),
        theory_mean_field: slope(|row| row.theory_mean_field),
        z: None,
        reliability: summary.reliability,
        ..last.row.clone()
    })
}

/// What each layer counts for in a slope.
fn weights(items: &[Item<'_>]) -> Vec<f64> {
    let layers: Vec<f64> = items.iter().map(|item| whole(item.row.layer)).collect();
    let mean = layers.iter().sum::<f64>() / whole(layers.len());
    let square: f64 = layers.iter().map(|layer| (layer - mean) * (layer - mean)).sum();
    layers.into_iter().map(|layer| (layer - mean) / square).collect()
}

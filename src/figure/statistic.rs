//! Which number of a row is shown, and which theory.

use super::items::Item;
use super::model::Point;
use crate::network::Metric;
use crate::output::Row;
use crate::sweep::{FigureClause, Show, Statistic};
use crate::theory::Kind;

/// The theory of a curve: one kind all along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Line {
    /// Exact expectations at this width.
    Exact,
    /// Predictions at this width, some of them approximate.
    AtWidth,
    /// The limit of infinite width.
    MeanField,
}

impl Line {
    /// Its words in a caption.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact at this width",
            Self::AtWidth => {
                "at this width, some of it by expansions whose error is below the spread of the networks"
            }
            Self::MeanField => "the limit of infinite width",
        }
    }

    /// What it says of a row.
    #[must_use]
    pub fn value(self, row: &Row) -> Option<f64> {
        match self {
            Self::Exact | Self::AtWidth => at_width(row),
            Self::MeanField => row.theory_mean_field,
        }
    }
}

/// The prediction at this width, unless it may be farther off than one network is from the others: an expansion that has
/// left its range is no theory. What is the same in every network is off by rounding alone, which no figure shows.
fn at_width(row: &Row) -> Option<f64> {
    let error = row.theory_error.unwrap_or(f64::INFINITY);
    let spread = row.sd.or(row.theory_sd).unwrap_or(0.0);
    row.theory.filter(|&theory| theory.is_finite() && error <= spread.max(1e-6 * theory.abs()))
}

/// The kind that a curve has: predictions at its width if they are there throughout, the input aside; else the limit of
/// infinite width if it is known; else what there is.
#[must_use]
pub fn line(items: &[Item<'_>]) -> Option<Line> {
    let own =
        || items.iter().filter(|item| item.row.layer > 0 || items.iter().all(|item| item.row.layer == 0));
    let is_exact =
        |item: &Item<'_>| at_width(item.row).is_some() && item.row.theory_kind == Some(Kind::Exact);
    if own().all(is_exact) {
        Some(Line::Exact)
    } else if own().all(|item| at_width(item.row).is_some()) {
        Some(Line::AtWidth)
    } else if own().any(|item| item.row.theory_mean_field.is_some()) {
        Some(Line::MeanField)
    } else {
        own().any(|item| at_width(item.row).is_some()).then_some(Line::AtWidth)
    }
}

/// The number of the law that is shown: the one that is asked for; the mean, unless it is not to be relied on in more than
/// half of the rows.
#[must_use]
pub fn statistic(clause: &FigureClause, items: &[Item<'_>]) -> Statistic {
    if clause.asks_for(Show::Log2) {
        // Slopes are of logarithms already.
        return if clause.are_slopes { Statistic::Mean } else { Statistic::Log2 };
    }
    if clause.asks_for(Show::Median) {
        return Statistic::Median;
    }
    let doubtful = items.iter().filter(|item| item.is_doubtful()).count();
    let few = items.iter().all(|item| item.row.trials < crate::statistics::reliability::MIN_TRIALS);
    if doubtful * 2 <= items.len() || few {
        Statistic::Mean
    } else if items.iter().all(|item| item.row.log2_estimate.is_some() || item.row.estimate.is_none()) {
        Statistic::Log2
    } else {
        Statistic::Median
    }
}

/// Whether the values of a metric are parts of one.
#[must_use]
pub fn is_fraction(metric: Metric) -> bool {
    metric.is_indicator() || metric.name().starts_with("fraction_")
}

/// The number of a row with its interval and its spread, without a place.
#[must_use]
pub fn point(item: &Item<'_>, statistic: Statistic, minus: Option<f64>) -> Point {
    let Item { row, .. } = item;
    let both = |low: Option<f64>, high: Option<f64>| Some((low?, high?));
    let (y, bar) = match statistic {
        Statistic::Mean => (row.estimate, both(row.conf_low, row.conf_high)),
        Statistic::Median => (row.median, both(row.median_low, row.median_high)),
        Statistic::Log2 => (
            row.log2_estimate.map(libm::exp2),
            both(row.log2_low.map(libm::exp2), row.log2_high.map(libm::exp2)),
        ),
    };
    let is_infinite = item.is_infinite() && y.is_none_or(f64::is_infinite);
    let y = y.filter(|y| y.is_finite());
    let band = both(row.q025, row.q975);
    let off = |value: f64| minus.map_or(value, |minus| (value - minus).abs());
    let range = |range| distances(range, minus);
    Point {
        y: y.map(off),
        bar: bar.map(range),
        band: band.map(range),
        is_hollow: statistic == Statistic::Mean && item.is_doubtful(),
        is_infinite,
        ..Point::default()
    }
}

/// The interval of a row that holds in all layers at once.
#[must_use]
pub fn joint_band(item: &Item<'_>, statistic: Statistic, minus: Option<f64>) -> Option<(f64, f64)> {
    let band = item.band?;
    let power = |value: Option<f64>| value.map(libm::exp2);
    let (low, high) = match statistic {
        Statistic::Mean => (band.band_low, band.band_high),
        Statistic::Median => (band.median_band_low, band.median_band_high),
        Statistic::Log2 => (power(band.log2_band_low), power(band.log2_band_high)),
    };
    Some(distances((low?, high?), minus))
}

/// The distances of a range from a number, if there is one.
fn distances((low, high): (f64, f64), minus: Option<f64>) -> (f64, f64) {
    let Some(minus) = minus else { return (low, high) };
    let (a, b) = ((low - minus).abs(), (high - minus).abs());
    (if low <= minus && minus <= high { 0.0 } else { a.min(b) }, a.max(b))
}

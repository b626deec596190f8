//! Which number of a row is shown, and which theory.

use super::chart::Point;
use super::items::Item;
use crate::network::Metric;
use crate::output::Row;
use crate::sweep::{FigureClause, Show, Statistic};
use crate::theory::Kind;

/// The theory of a curve: one kind all along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Line {
    /// A kind of prediction for this width.
    Of(Kind),
    /// The limit of infinite width.
    MeanField,
}

impl Line {
    /// Its words in a caption.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Of(Kind::Exact) => "exact at this width".to_owned(),
            Self::Of(kind) => match kind.name() {
                "moments" => "from exact moments".to_owned(),
                "1/n" => "first order in 1/width".to_owned(),
                other => other.to_owned(),
            },
            Self::MeanField => "the limit of infinite width".to_owned(),
        }
    }

    /// What it says of a row.
    #[must_use]
    pub fn value(self, row: &Row) -> Option<f64> {
        match self {
            Self::Of(kind) => row.theory.filter(|_| row.theory_kind == Some(kind)),
            Self::MeanField => row.theory_mean_field,
        }
    }
}

/// The kind that a curve has: the one of all its predictions if there is one; else the limit of infinite width, if it is
/// known; else the kind of most.
#[must_use]
pub fn line(items: &[Item<'_>]) -> Option<Line> {
    let kinds: Vec<Option<Kind>> =
        items.iter().map(|item| item.row.theory.and(item.row.theory_kind)).collect();
    if let Some(Some(first)) = kinds.first().filter(|first| kinds.iter().all(|kind| kind == *first)) {
        return Some(Line::Of(*first));
    }
    if items.iter().any(|item| item.row.theory_mean_field.is_some()) {
        return Some(Line::MeanField);
    }
    let count = |wanted: Kind| kinds.iter().filter(|kind| **kind == Some(wanted)).count();
    Kind::ALL.into_iter().rev().max_by_key(|&kind| count(kind)).filter(|&kind| count(kind) > 0).map(Line::Of)
}

/// The number of the law that is shown: the one that is asked for; the mean, unless it is not to be relied on in more than
/// half of the rows.
#[must_use]
pub fn statistic(clause: &FigureClause, items: &[Item<'_>]) -> Statistic {
    if clause.asks_for(Show::Log2) {
        return Statistic::Log2;
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
    let range = |(low, high): (f64, f64)| match minus {
        Some(minus) if low <= minus && minus <= high => (0.0, off(low).max(off(high))),
        Some(_) => (off(low).min(off(high)), off(low).max(off(high))),
        None => (low, high),
    };
    Point {
        y: y.map(off),
        bar: bar.map(range),
        band: band.map(range),
        is_hollow: statistic == Statistic::Mean && item.is_doubtful(),
        is_infinite,
        ..Point::default()
    }
}

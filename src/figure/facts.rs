//! What there is to say of a figure, counted while it is drawn.

use std::collections::BTreeSet;

use super::items::Item;
use super::model::Point;
use super::statistic;
use crate::statistics::Reliability;
use crate::sweep::Statistic;

/// What there is to say of a figure.
#[expect(clippy::struct_excessive_bools, reason = "each is a sentence of its own")]
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The number shown of every metric.
    pub statistics: Vec<Statistic>,
    /// The theories shown.
    pub theories: BTreeSet<statistic::Line>,
    /// Why rows are not reliable, and how many.
    pub doubts: Vec<(Reliability, usize)>,
    /// Numbers that are infinite.
    pub infinite: usize,
    /// Numbers that are undefined.
    pub undefined: usize,
    /// Numbers beyond the ends of the axes, or of the colours of a map.
    pub beyond: usize,
    /// Whether it is a map.
    pub is_map: bool,
    /// All numbers.
    pub numbers: usize,
    /// The fewest and the most trials.
    pub trials: Option<(usize, usize)>,
    /// Whether lines and ribbons stand for points.
    pub is_dense: bool,
    /// Whether some points are joined by dots.
    pub joins: bool,
    /// What is there.
    pub has_bars: bool,
    /// Likewise.
    pub has_bands: bool,
    /// Whether a band goes beyond an end of an axis.
    pub cuts_bands: bool,
    /// What is there.
    pub has_marks: bool,
    /// Likewise.
    pub has_published: bool,
    /// What a map or a distribution says of itself, in place of points and lines.
    pub own: Vec<String>,
}

impl Facts {
    /// Counts a point.
    pub fn add(&mut self, point: &Point, item: &Item<'_>, theory: Option<statistic::Line>) {
        self.count(item);
        self.infinite += usize::from(point.is_infinite);
        self.undefined += usize::from(point.y.is_none() && !point.is_infinite);
        self.has_published |= point.published.is_some();
        if point.theory.is_some() {
            self.theories.extend(theory);
        }
    }

    /// Counts a row.
    pub fn count(&mut self, item: &Item<'_>) {
        self.numbers += 1;
        let trials = item.row.trials;
        let (least, most) = self.trials.unwrap_or((trials, trials));
        self.trials = Some((least.min(trials), most.max(trials)));
        if item.is_doubtful() {
            let reason = item.row.reliability;
            match self.doubts.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, count)) => *count += 1,
                None => self.doubts.push((reason, 1)),
            }
        }
    }
}

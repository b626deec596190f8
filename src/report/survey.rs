//! What all rows of a run say together: one walk through them, and no more memory than the page needs.

use std::collections::BTreeMap;
use std::io;

use super::shown::{Place, Shown};
use crate::network::{Metric, Site};
use crate::output::{Fields, ReadRecord, Row};
use crate::run::{self, Prepared, RunDirectory, RunError};
use crate::statistics::{Reliability, normal};

/// Places that are listed by name; more are counted.
pub const LISTED: usize = 24;
/// Published numbers that are shown, at most.
pub const PUBLISHED: usize = 100;
/// The probability that chance alone takes the farthest z of a run beyond its limit, at most.
const CHANCE: f64 = 0.05;

/// Some rows of one metric.
#[derive(Clone, Debug)]
pub struct Group {
    /// How many they are.
    pub count: usize,
    /// The first of them.
    pub first: Place,
    /// The most trials of one row in which the metric is infinite or undefined, and all trials of that row.
    pub nonfinite: (usize, usize),
}

/// A row with the distance of its estimate from theory.
#[derive(Clone, Copy, Debug)]
pub struct Distance {
    /// In standard errors.
    pub z: f64,
    /// The metric.
    pub metric: Metric,
    /// Where.
    pub place: Place,
}

/// What is asked of every row.
struct Brief {
    layer: usize,
    site: Site,
    metric: Metric,
    trials: usize,
    nonfinite: usize,
    estimate: Option<f64>,
    theory: Option<f64>,
    theory_mean_field: Option<f64>,
    z: Option<f64>,
    reliability: Reliability,
}

impl ReadRecord for Brief {
    fn read(fields: &mut Fields) -> io::Result<Self> {
        Ok(Self {
            layer: fields.get("layer")?,
            site: fields.get("site")?,
            metric: fields.get("metric")?,
            trials: fields.get("trials")?,
            nonfinite: fields.get("nonfinite")?,
            estimate: fields.get("estimate")?,
            theory: fields.get("theory")?,
            theory_mean_field: fields.get("theory_mean_field")?,
            z: fields.get("z")?,
            reliability: fields.get("reliability")?,
        })
    }
}

/// What all rows say.
#[derive(Debug, Default)]
pub struct Survey {
    /// The rows that the page shows, with their cells.
    pub shown: Vec<(usize, Row)>,
    /// Rows of last layers for which the config gives a number published elsewhere, with their cells.
    pub published: Vec<(usize, Row)>,
    /// Rows by metric.
    pub metrics: BTreeMap<Metric, usize>,
    /// Rows whose interval is unreliable, by metric and reason.
    pub unreliable: BTreeMap<(Metric, Reliability), Group>,
    /// Rows for which nothing is predicted, by metric, and whether at least the limit of infinite width is known.
    pub without_theory: BTreeMap<(Metric, bool), Group>,
    /// The first place of every cell where something overflowed, and the fraction of trials if that was measured.
    pub overflows: BTreeMap<usize, (Place, Option<f64>)>,
    /// Whether it was measured that entries overflow.
    pub knows_overflow: bool,
    /// Rows with a z.
    pub tested: usize,
    /// Those that are the farthest from theory, the farthest first; at most [`LISTED`].
    pub farthest: Vec<Distance>,
}

impl Survey {
    /// Reads all rows of a finished run, and keeps those that are shown.
    ///
    /// # Errors
    ///
    /// If the summary cannot be read.
    pub fn of(work: &Prepared, directory: &RunDirectory, shown: &Shown) -> Result<Self, RunError> {
        let mut survey = Self::default();
        run::for_each_record(work, directory, |cell, fields| {
            let row = Brief::read(fields)?;
            let place = Place { cell, layer: row.layer, site: row.site };
            survey.add(&row, place);
            let is_published = survey.published.len() < PUBLISHED && is_published(work, place, row.metric);
            let is_shown = survey.shown.len() < shown.rows && shown.has(work, place);
            if is_published || is_shown {
                let row = Row::read(fields)?;
                survey.published.extend(is_published.then(|| (cell, row.clone())));
                survey.shown.extend(is_shown.then_some((cell, row)));
            }
            Ok(())
        })?;
        Ok(survey)
    }

    fn add(&mut self, row: &Brief, place: Place) {
        *self.metrics.entry(row.metric).or_default() += 1;
        if !row.reliability.is_ok() {
            count(&mut self.unreliable, (row.metric, row.reliability), row, place);
        }
        if row.theory.is_none() {
            count(&mut self.without_theory, (row.metric, row.theory_mean_field.is_some()), row, place);
        }
        self.add_overflow(row, place);
        if let Some(z) = row.z {
            self.tested += 1;
            let rank = self.farthest.partition_point(|other| other.z.abs() >= z.abs());
            if rank < LISTED {
                self.farthest.insert(rank, Distance { z, metric: row.metric, place });
                self.farthest.truncate(LISTED);
            }
        }
    }

    fn add_overflow(&mut self, row: &Brief, place: Place) {
        let share = match row.metric {
            Metric::Overflowed => row.estimate,
            Metric::FractionNonfinite => None,
            _ => return,
        };
        self.knows_overflow = true;
        if row.estimate.is_none_or(|estimate| estimate == 0.0) {
            return;
        }
        let before = |a: Place, b: Place| (a.layer, a.site) <= (b.layer, b.site);
        let first = self.overflows.entry(place.cell).or_insert((place, share));
        if before(place, first.0) {
            *first = (place, share.or(first.1.filter(|_| first.0 == place)));
        }
    }

    /// Rows whose interval is unreliable: those that are constant, or the others.
    pub fn unreliable(&self, constant: bool) -> usize {
        let groups = self.unreliable.iter();
        let is_wanted = |(_, doubt): &(Metric, Reliability)| (*doubt == Reliability::Constant) == constant;
        groups.filter(|(key, _)| is_wanted(key)).map(|(_, group)| group.count).sum()
    }

    /// Rows for which nothing is predicted.
    pub fn without_theory(&self) -> usize {
        self.without_theory.values().map(|group| group.count).sum()
    }

    /// The limit that all |z| of the run stay below with probability 95 % or more, whatever their dependence, if theory is
    /// right (Bonferroni): the quantile of the normal law at `1 - 0.05 / (2 n)`.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    pub fn limit(&self) -> f64 {
        let tail = CHANCE / (2.0 * self.tested.max(1) as f64);
        normal::quantile(tail).map_or(f64::INFINITY, |z| -z)
    }
}

/// Whether the config gives a number published elsewhere for a row: one of the last layer, behind the activation if that was
/// measured.
fn is_published(work: &Prepared, place: Place, metric: Metric) -> bool {
    let cell = &work.plan.cells[place.cell];
    let site = if work.sweep.measure.sites.contains(&Site::Post) { Site::Post } else { Site::Pre };
    place.site == site
        && place.layer == cell.network.depth
        && cell.published.iter().any(|(one, _)| *one == metric)
}

fn count<K: Ord>(groups: &mut BTreeMap<K, Group>, key: K, row: &Brief, place: Place) {
    let group = groups.entry(key).or_insert(Group { count: 0, first: place, nonfinite: (0, row.trials) });
    group.count += 1;
    if row.nonfinite > group.nonfinite.0 {
        group.nonfinite = (row.nonfinite, row.trials);
    }
}

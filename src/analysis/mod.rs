//! Questions to a whole run: are the expectations of its config borne out, and how do cells compare?
//!
//! Pure functions of the trial values. The trial is the sampling unit throughout: what was drawn together is
//! paired trial by trial, and only what was drawn independently is combined as such.

mod compare;
mod estimate;
mod expect;
mod lines;
mod stopping;

pub use compare::{Comparison, Direction, Draws, comparisons, most_comparisons};
pub use expect::{Finding, Verdict, findings, most_findings};
pub use stopping::{Limit, Settled, settle};

use crate::network::{Metric, Site};
use crate::sweep::{Cell, Group, Layers, Measure, observables};
use crate::theory::Predicted;

/// A finished run, as far as these questions go.
pub struct Run<'a> {
    /// What was measured.
    pub measure: &'a Measure,
    /// The cells.
    pub cells: &'a [Cell],
    /// For each cell, a number that it has in common with the cells that share its standardised draws.
    pub draws: Vec<usize>,
    /// The values of all trials of a cell at a place that it reports, in trial order.
    pub values: &'a (dyn Fn(Observable) -> Vec<f64> + Sync),
    /// What theory predicts for a cell.
    pub theory: &'a (dyn Fn(usize) -> Theory + Sync),
    /// Looks at which the number of trials could have been settled: every interval allows for them.
    pub looks: usize,
}

/// The predictions for one cell, by observable.
pub type Theory = Box<dyn Fn(Observable) -> Predicted>;

/// One observable of one cell: a row of the summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observable {
    /// Index of the cell.
    pub cell: usize,
    /// Layer.
    pub layer: usize,
    /// Site.
    pub site: Site,
    /// Metric.
    pub metric: Metric,
}

/// For each cell a number that it shares with the cells whose draws are its own: those whose groups have one key.
#[must_use]
pub fn shared_draws(groups: &[Group], cells: usize) -> Vec<usize> {
    let mut first = std::collections::HashMap::new();
    let mut draws = vec![0; cells];
    for (g, group) in groups.iter().enumerate() {
        let class = *first.entry(group.key).or_insert(g);
        for &cell in &group.cells {
            draws[cell] = class;
        }
    }
    draws
}

impl Run<'_> {
    fn layers(&self, cell: usize, site: Site, wanted: &Layers) -> Vec<usize> {
        layers(self.measure, &self.cells[cell], site, wanted)
    }

    fn values(&self, cell: usize, layer: usize, site: Site, metric: Metric) -> Vec<f64> {
        (self.values)(Observable { cell, layer, site, metric })
    }
}

/// The layers of a cell that it reports at a site, as far as they are asked for.
fn layers(measure: &Measure, cell: &Cell, site: Site, wanted: &Layers) -> Vec<usize> {
    let places = observables(measure, cell.network.depth);
    let here = places.places().filter(|(_, other)| *other == site).map(|(layer, _)| layer);
    match wanted {
        Layers::Last => places.last(site).into_iter().collect(),
        Layers::All => here.collect(),
        Layers::List(list) => here.filter(|layer| list.contains(layer)).collect(),
    }
}

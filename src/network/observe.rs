//! What one trial reports: the observables, in the order of its output.

use std::ops::Range;

use super::metric::{Metric, Site};
use crate::kernels::Moments;

/// The observables of one trial: every metric at every stop.
///
/// A stop is a layer and a site: layer 0 has the site `input`, every other layer `pre` and `post`. The values
/// of a trial are stop-major: `values[stop * metrics + metric]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    stops: Vec<(usize, Site)>,
    metrics: Vec<Metric>,
}

impl Panel {
    /// All `metrics` at all `sites` of all `layers` (ascending).
    #[must_use]
    pub fn new(layers: impl IntoIterator<Item = usize>, sites: &[Site], metrics: &[Metric]) -> Self {
        let mut stops = Vec::new();
        for layer in layers {
            let here = |site: &&Site| (layer == 0) == (**site == Site::Input);
            stops.extend(sites.iter().filter(here).map(|&site| (layer, site)));
        }
        Self { stops, metrics: metrics.to_vec() }
    }

    /// Values per trial.
    #[must_use]
    pub fn len(&self) -> usize {
        self.stops.len() * self.metrics.len()
    }

    /// Places measured: pairs of a layer and a site.
    #[must_use]
    pub fn stops(&self) -> usize {
        self.stops.len()
    }

    /// Whether nothing is measured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The metrics measured at every place, in output order.
    #[must_use]
    pub fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    /// The places measured, in output order.
    pub fn places(&self) -> impl Iterator<Item = (usize, Site)> {
        self.stops.iter().copied()
    }

    /// Where the metrics of one place stand in the output.
    #[must_use]
    pub fn at(&self, layer: usize, site: Site) -> Option<Range<usize>> {
        let first = self.stop(layer, site)? * self.metrics.len();
        Some(first..first + self.metrics.len())
    }

    /// Index of an observable in the output.
    #[must_use]
    pub fn index(&self, layer: usize, site: Site, metric: Metric) -> Option<usize> {
        let metric = self.metrics.iter().position(|&m| m == metric)?;
        Some(self.at(layer, site)?.start + metric)
    }

    /// Whether a site of a layer is measured.
    #[must_use]
    pub fn wants(&self, layer: usize, site: Site) -> bool {
        self.stop(layer, site).is_some()
    }

    fn stop(&self, layer: usize, site: Site) -> Option<usize> {
        let first = self.stops.partition_point(|&(other, _)| other < layer);
        let here = self.stops[first..].iter().take_while(|&&(other, _)| other == layer);
        here.clone().position(|&(_, other)| other == site).map(|i| first + i)
    }

    /// Writes the metrics of one stop into the output of a trial, if it is measured.
    pub fn record(&self, layer: usize, site: Site, moments: &Moments, out: &mut [f64]) {
        let Some(range) = self.at(layer, site) else { return };
        for (value, metric) in out[range].iter_mut().zip(&self.metrics) {
            *value = metric.of(moments);
        }
    }
}

//! What one trial reports: the observables, in the order of its output.

use std::ops::Range;

use super::metric::{Metric, Site};
use super::reading::Reading;

/// The observables of one trial: every metric at every stop.
///
/// A stop is a layer and a site: layer 0 has the site `input`, every other layer `pre` and `post`. The values
/// of a trial are stop-major: `values[stop * metrics + metric]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    stops: Vec<(usize, Site)>,
    metrics: Vec<Metric>,
    sites: Vec<Site>,
    rescales: bool,
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
        Self { stops, metrics: metrics.to_vec(), sites: sites.to_vec(), rescales: false }
    }

    /// The same panel, with every layer rescaled by powers of two if `rescales`: the network must be homogeneous.
    #[must_use]
    pub fn rescaled(self, rescales: bool) -> Self {
        Self { rescales, ..self }
    }

    /// Whether layers are rescaled by powers of two.
    #[must_use]
    pub fn rescales(&self) -> bool {
        self.rescales
    }

    /// Whether a metric is asked for.
    #[must_use]
    pub fn has(&self, metric: Metric) -> bool {
        self.metrics.contains(&metric)
    }

    /// Values per trial.
    #[must_use]
    pub fn len(&self) -> usize {
        self.stops.len() * self.metrics.len()
    }

    /// Walks through the entries of a layer that a trial of this depth takes: one for the moments of each place that
    /// is measured, and those of the metrics that need more.
    #[must_use]
    pub fn walks(&self, depth: usize) -> usize {
        let followed = Site::ALL.into_iter().filter(|&site| site != Site::Input && self.follows(site));
        let unfollowed = self.stops.iter().filter(|&&(_, site)| site == Site::Input || !self.follows(site));
        let each: usize = self.metrics.iter().map(|metric| metric.walks()).sum();
        depth * followed.count() + unfollowed.count() + self.stops.len() * each
    }

    /// Whether nothing is measured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
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

    /// Whether the moments of a site of a layer are needed: it is measured, or what comes later depends on it.
    #[must_use]
    pub fn measures(&self, layer: usize, site: Site) -> bool {
        self.wants(layer, site) || if layer == 0 { self.rescales } else { self.follows(site) }
    }

    /// Whether a layer must be seen whole before its activation.
    #[must_use]
    pub fn looks_before(&self, layer: usize) -> bool {
        let before = self.metrics.iter().any(|metric| metric.walks() > 0) && self.wants(layer, Site::Pre);
        before || self.saturates(layer)
    }

    /// Whether the saturated pre-activations of a layer are counted.
    #[must_use]
    pub fn saturates(&self, layer: usize) -> bool {
        let wanted = self.wants(layer, Site::Pre) || self.wants(layer, Site::Post);
        wanted && self.has(Metric::FractionSaturated)
    }

    /// Whether a site is measured in every layer but the input.
    fn follows(&self, site: Site) -> bool {
        let history = self.metrics.iter().any(|metric| metric.has_history()) && self.sites.contains(&site);
        history || self.rescales && site == Site::Post
    }

    fn stop(&self, layer: usize, site: Site) -> Option<usize> {
        let first = self.stops.partition_point(|&(other, _)| other < layer);
        let here = self.stops[first..].iter().take_while(|&&(other, _)| other == layer);
        here.clone().position(|&(_, other)| other == site).map(|i| first + i)
    }

    /// Writes the metrics of one stop into the output of a trial, if it is measured.
    pub fn record(&self, layer: usize, site: Site, reading: &Reading, out: &mut [f64]) {
        let Some(range) = self.at(layer, site) else { return };
        for (value, metric) in out[range].iter_mut().zip(&self.metrics) {
            *value = metric.of(reading);
        }
    }
}

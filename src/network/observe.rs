//! What one trial reports: the observables, in the order of its output.

use std::ops::Range;

use super::cotangent::Backward;
use super::histogram::{Bins, fractions};
use super::metric::Metric;
use super::reading::Reading;
use super::site::Site;

/// The observables of one trial: every metric at every stop, and the parts of the entries in every bin.
///
/// A stop is a layer and a site: layer 0 has the sites `input` and `grad_post`, every other layer all but `input`. The
/// values of a trial are stop-major: first the metrics of a stop, then its bins.
#[derive(Clone, Debug, PartialEq)]
pub struct Observables {
    stops: Vec<(usize, Site)>,
    metrics: Vec<Metric>,
    sites: Vec<Site>,
    /// Where the moments decide how a layer is rescaled, if it is.
    rescales: Option<Site>,
    /// Whether some metric depends on the layers before, and whether some needs more than moments.
    has_history: bool,
    looks_at_whole: bool,
    /// The backward pass, if one of the stops needs it.
    backward: Option<Backward>,
    /// The last layer whose Jacobian is needed; 0 if none is.
    differentiated: usize,
    /// The threshold of saturation, if there is one.
    saturation: Option<f64>,
    /// The bins of a histogram of the entries, if there is one.
    bins: Option<Bins>,
}

impl Observables {
    /// All `metrics` at all `sites` of all `layers` (ascending).
    #[must_use]
    pub fn new(layers: impl IntoIterator<Item = usize>, sites: &[Site], metrics: &[Metric]) -> Self {
        let mut stops = Vec::new();
        for layer in layers {
            let here = |site: &&Site| site.is_in(layer);
            stops.extend(sites.iter().filter(here).map(|&site| (layer, site)));
        }
        Self::of_stops(stops, sites, metrics)
    }

    /// The end of the pass at each of the sites: layer `depth`, the input, or, of gradients, the first layer.
    #[must_use]
    pub fn at_ends(depth: usize, sites: &[Site], metrics: &[Metric]) -> Self {
        let end = |site: Site| site.last_of([0, 1, depth].into_iter().filter(|&layer| site.is_in(layer)));
        // The input is no end of a pass.
        let ends = sites.iter().filter(|site| **site != Site::Input);
        let mut stops: Vec<_> = ends.filter_map(|&site| Some((end(site)?, site))).collect();
        stops.sort_by_key(|(layer, _)| *layer);
        Self::of_stops(stops, sites, metrics)
    }

    fn of_stops(stops: Vec<(usize, Site)>, sites: &[Site], metrics: &[Metric]) -> Self {
        let goes_back = stops.iter().any(|(_, site)| site.is_gradient());
        let of_jacobian = stops.iter().filter(|(_, site)| *site == Site::Jacobian);
        let differentiated = of_jacobian.map(|(layer, _)| *layer).max().unwrap_or(0);
        Self {
            stops,
            metrics: metrics.to_vec(),
            sites: sites.to_vec(),
            rescales: None,
            has_history: metrics.iter().any(|metric| metric.has_history()),
            looks_at_whole: metrics.iter().any(|metric| metric.walks() > 0),
            backward: goes_back.then(Backward::default),
            differentiated,
            saturation: None,
            bins: None,
        }
    }

    /// The same observables, with what the backward pass begins with, if there is one.
    #[must_use]
    pub fn with_cotangent(self, backward: Backward) -> Self {
        Self { backward: self.backward.map(|_| backward), ..self }
    }

    /// The same observables, with saturation by a threshold: see [`crate::kernels::saturation`].
    #[must_use]
    pub fn with_saturation(self, threshold: Option<f64>) -> Self {
        Self { saturation: threshold, ..self }
    }

    /// The threshold of saturation; `None` where a flat tail of the activation defines it.
    #[must_use]
    pub fn saturation(&self) -> Option<f64> {
        self.saturation
    }

    /// The same observables, with the parts of the entries in these bins at every stop.
    #[must_use]
    pub fn with_bins(self, bins: Option<Bins>) -> Self {
        Self { looks_at_whole: self.looks_at_whole || bins.is_some(), bins, ..self }
    }

    /// The bins of the histogram of the entries, if there is one.
    #[must_use]
    pub fn bins(&self) -> Option<Bins> {
        self.bins
    }

    /// What the backward pass begins with; `None` if there is none.
    #[must_use]
    pub fn backward(&self) -> Option<Backward> {
        self.backward
    }

    /// The last layer whose Jacobian is needed; 0 if none is.
    #[must_use]
    pub fn differentiated(&self) -> usize {
        self.differentiated
    }

    /// Whether the gradient of the weights of a layer is needed.
    #[must_use]
    pub fn weighs(&self, layer: usize) -> bool {
        self.backward.is_some() && self.measures(layer, Site::GradWeight)
    }

    /// The same observables, with every layer rescaled by powers of two by what there is at a site, that of what
    /// layers hand on: the network must be homogeneous.
    #[must_use]
    pub fn rescaled(self, rescales: Option<Site>) -> Self {
        Self { rescales, ..self }
    }

    /// `metric` alone, at the same layers and sites of the forward pass.
    #[must_use]
    pub(super) fn forward(&self, metric: Metric) -> Self {
        let stops = self.stops.iter().copied().filter(|(_, site)| site.is_forward()).collect();
        Self::of_stops(stops, &self.sites, &[metric])
    }

    /// What a backward pass needs of a forward pass, and nothing else.
    #[must_use]
    pub(super) fn of_record(&self) -> Self {
        let stops = self.stops.iter().copied().filter(|(_, site)| *site == Site::GradWeight).collect();
        Self { backward: self.backward, ..Self::of_stops(stops, &[Site::GradWeight], &[]) }
    }

    /// Whether a site is measured in some layer.
    #[must_use]
    pub(super) fn sees(&self, site: Site) -> bool {
        self.stops.iter().any(|(_, other)| *other == site)
    }

    /// Whether layers are rescaled by powers of two.
    #[must_use]
    pub fn rescales(&self) -> bool {
        self.rescales.is_some()
    }

    /// Whether a metric is asked for.
    #[must_use]
    pub fn has(&self, metric: Metric) -> bool {
        self.metrics.contains(&metric)
    }

    /// Values per trial.
    #[must_use]
    pub fn len(&self) -> usize {
        self.stops.len() * self.stride()
    }

    /// Metrics at all stops: rows of `summary.csv`.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.stops.len() * self.metrics.len()
    }

    /// Bins at all stops.
    #[must_use]
    pub fn bin_rows(&self) -> usize {
        self.len() - self.rows()
    }

    /// Values of a stop.
    fn stride(&self) -> usize {
        self.metrics.len() + self.bins.map_or(0, |bins| bins.len())
    }

    /// Walks through the entries of a layer that a trial of this depth takes: one for the moments of each place that
    /// is measured, and those of the metrics that need more.
    #[must_use]
    pub fn walks(&self, depth: usize) -> usize {
        let followed = Site::ALL.into_iter().filter(|&site| site != Site::Input && self.follows(site));
        let unfollowed = self.stops.iter().filter(|&&(_, site)| site == Site::Input || !self.follows(site));
        // An entry takes some steps to find its bin.
        let bins = if self.bins.is_some() { 4 } else { 0 };
        let each: usize = self.metrics.iter().map(|metric| metric.walks()).sum::<usize>() + bins;
        depth * followed.count() + unfollowed.count() + self.stops.len() * each
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

    /// The layer in which a pass meets a site that is measured for the last time.
    #[must_use]
    pub fn last(&self, site: Site) -> Option<usize> {
        site.last_of(self.places().filter(|(_, other)| *other == site).map(|(layer, _)| layer))
    }

    /// Where the metrics of one place stand in the output.
    #[must_use]
    pub fn at(&self, layer: usize, site: Site) -> Option<Range<usize>> {
        let first = self.stop(layer, site)? * self.stride();
        Some(first..first + self.metrics.len())
    }

    /// Where the bins of one place stand in the output; empty if there are none.
    #[must_use]
    pub fn bins_at(&self, layer: usize, site: Site) -> Option<Range<usize>> {
        let end = self.at(layer, site)?.end;
        Some(end..end + self.stride() - self.metrics.len())
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
        self.wants(layer, site) || if site == Site::Input { self.rescales() } else { self.follows(site) }
    }

    /// Whether some metric depends on the layers before.
    #[must_use]
    pub fn has_history(&self) -> bool {
        self.has_history
    }

    /// Whether a place is measured, and some metric needs to look at the whole of it.
    #[must_use]
    pub fn looks_at(&self, layer: usize, site: Site) -> bool {
        self.looks_at_whole && self.wants(layer, site)
    }

    /// Whether the saturated pre-activations of a layer are counted.
    #[must_use]
    pub fn saturates(&self, layer: usize) -> bool {
        let looks = Site::FORWARD.into_iter().any(|site| self.looks_at(layer, site));
        looks && self.has(Metric::FractionSaturated)
    }

    /// Bytes of memory that looking at whole layers of `batch` inputs takes: five numbers for each.
    #[must_use]
    pub fn bytes(&self, batch: usize) -> u128 {
        if self.looks_at_whole { 40 * batch as u128 } else { 0 }
    }

    /// Whether a site is measured in every layer but the input.
    fn follows(&self, site: Site) -> bool {
        self.has_history && self.sites.contains(&site) || self.rescales == Some(site)
    }

    fn stop(&self, layer: usize, site: Site) -> Option<usize> {
        if !self.sites.contains(&site) {
            return None;
        }
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

    /// Writes the parts of so many entries in the bins of one stop into the output of a trial, if it is measured.
    pub(super) fn record_bins(
        &self,
        layer: usize,
        site: Site,
        entries: usize,
        count: impl FnOnce(&Bins, &mut [u64]),
        out: &mut [f64],
    ) {
        let Some((bins, range)) = self.bins.zip(self.bins_at(layer, site)) else { return };
        let mut counts = vec![0; bins.len()];
        count(&bins, &mut counts);
        fractions(&counts, entries, &mut out[range]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_are_those_of_the_places_measured_and_of_what_leads_to_them() {
        let observables = |metrics: &[Metric], sites: &[Site]| Observables::new([0, 7], sites, metrics);
        let all = &Site::PLAIN;
        assert_eq!(observables(&Metric::DEFAULTS, all).walks(9), 3);
        assert_eq!(observables(&[Metric::UnitVariance, Metric::FractionDead], all).walks(9), 3 + 3 * (2 + 1));
        // Nine layers at both sites, and the input.
        assert_eq!(observables(&[Metric::OverflowLayerF16], all).walks(9), 2 * 9 + 1);
        assert_eq!(observables(&[Metric::OverflowedF32], &[Site::Pre]).walks(9), 9);
        // After each of nine layers, before the last, and the input.
        assert_eq!(observables(&[Metric::Mean], all).rescaled(Some(Site::Post)).walks(9), 9 + 2);
    }

    #[test]
    fn only_what_is_needed_is_measured() {
        let observables =
            Observables::new([0, 7], &[Site::Input, Site::Pre], &[Metric::Mean, Metric::Correlation]);
        assert!(observables.measures(0, Site::Input) && observables.measures(7, Site::Pre));
        assert!(
            !observables.measures(7, Site::Post)
                && !observables.measures(6, Site::Pre)
                && !observables.saturates(7)
        );
        assert!(observables.looks_at(7, Site::Pre) && !observables.looks_at(6, Site::Pre));
        let rescaled = observables.rescaled(Some(Site::Post));
        assert!(rescaled.measures(6, Site::Post) && !rescaled.measures(6, Site::Pre));
        let observables =
            Observables::new([7], &[Site::Post], &[Metric::OverflowedF16, Metric::FractionSaturated]);
        assert!(
            observables.measures(1, Site::Post)
                && !observables.measures(1, Site::Pre)
                && !observables.measures(0, Site::Input)
        );
        assert!(observables.saturates(7) && !observables.saturates(1));
    }
}

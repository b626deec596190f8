//! The identity of stored values.

use std::ops::Range;

use crate::hash::sha256;
use crate::network::{Backward, Observables};
use crate::random::STREAM_VERSION;
use crate::sweep::{Cell, Group, Sweep};

/// Version of the map from draws to trial values. Any change of the arithmetic of a trial or of the meaning of a metric raises
/// it: stored values of another version are never used.
pub const VALUES_VERSION: u32 = 1;

/// What the values of a group depend on, and the order in which they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueKey {
    /// Canonical text: versions, seed, randomness, all parameters but the depth, and the observables.
    pub content: String,
    /// SHA-256 of the text, 64 hex digits.
    pub hash: String,
}

impl ValueKey {
    /// The key of a group of `cells`.
    #[must_use]
    pub fn new(sweep: &Sweep, cells: &[Cell], group: &Group) -> Self {
        let Sweep { seed, randomness, .. } = sweep;
        let key = &cells[group.cells[0]].law_text;
        let observables = observables(&group.observables, group.network.depth);
        Self::of(format!(
            "stream={STREAM_VERSION};values={VALUES_VERSION};seed={seed};randomness={};{key};{observables}",
            randomness.name()
        ))
    }

    /// The key of a text.
    #[must_use]
    pub fn of(content: String) -> Self {
        Self { hash: sha256(&content), content }
    }
}

/// `layers=0-3,7;sites=pre,post;metrics=mean,std`.
fn observables(observables: &Observables, depth: usize) -> String {
    let (mut layers, mut sites): (Vec<Range<usize>>, Vec<&str>) = (Vec::new(), Vec::new());
    for (layer, site) in observables.places() {
        match layers.last_mut() {
            Some(last) if last.end > layer => {}
            Some(last) if last.end == layer => last.end += 1,
            _ => layers.push(layer..layer + 1),
        }
        if !sites.contains(&site.name()) {
            sites.push(site.name());
        }
    }
    let range = |range: &Range<usize>| match range.len() {
        1 => range.start.to_string(),
        _ => format!("{}-{}", range.start, range.end - 1),
    };
    let layers: Vec<String> = layers.iter().map(range).collect();
    let metrics: Vec<&str> = observables.metrics().iter().map(|metric| metric.name()).collect();
    let rescaled = if observables.rescales() { ";rescaled" } else { "" };
    let saturation = observables.saturation();
    let saturation = saturation.map_or_else(String::new, |threshold| format!(";saturation={threshold}"));
    // A gradient depends on where its pass begins.
    let backward = observables.backward().map_or_else(String::new, |Backward { cotangent, at }| {
        let places = observables.places().count();
        format!(";depth={depth};cotangent={cotangent};cotangent_at={at};places={places}")
    });
    let bins = observables.bins().map_or_else(String::new, |bins| format!(";bins={bins}"));
    format!(
        "layers={};sites={};metrics={}{rescaled}{saturation}{backward}{bins}",
        layers.join(","),
        sites.join(","),
        metrics.join(",")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Metric, Site};

    #[test]
    fn a_panel_is_written_in_short_and_every_part_of_it_counts() {
        let text = |layers: &[usize], sites: &[Site], metrics: &[Metric]| {
            observables(&Observables::new(layers.iter().copied(), sites, metrics), 7)
        };
        let base = text(&[0, 1, 2, 7], &Site::PLAIN, &[Metric::Mean, Metric::Std]);
        assert_eq!(base, "layers=0-2,7;sites=input,pre,post;metrics=mean,std");
        assert_ne!(text(&[0, 1, 2], &Site::PLAIN, &[Metric::Mean, Metric::Std]), base);
        assert_ne!(
            text(&[0, 1, 2, 7], &[Site::Post, Site::Pre, Site::Input], &[Metric::Mean, Metric::Std]),
            base
        );
        assert_ne!(text(&[0, 1, 2, 7], &Site::PLAIN, &[Metric::Std, Metric::Mean]), base);
        let rescaled = Observables::new([0, 1, 2, 7], &Site::PLAIN, &[Metric::Mean, Metric::Std])
            .rescaled(Some(Site::Post));
        assert_ne!(super::observables(&rescaled, 7), base);
        let threshold = Observables::new([0, 1, 2, 7], &Site::PLAIN, &[Metric::Mean, Metric::Std])
            .with_saturation(Some(0.97));
        assert_eq!(super::observables(&threshold, 7), format!("{base};saturation=0.97"));
        let bins = crate::network::Bins::new(-1.0, 1.0, 3);
        let binned =
            Observables::new([0, 1, 2, 7], &Site::PLAIN, &[Metric::Mean, Metric::Std]).with_bins(bins);
        assert_eq!(super::observables(&binned, 7), format!("{base};bins=-1.0,1.0,3"));
    }
}

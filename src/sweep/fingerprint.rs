//! The fingerprint of a sweep: equal fingerprints, equal bytes of `summary.csv`.

use super::{Cell, Measure, Sweep};
use crate::hash::sha256;
use crate::random::STREAM_VERSION;

/// The first 16 hex digits of a SHA-256 over all that the rows depend on: streams, seed, trials, randomness,
/// what is measured, and every cell in order with its texts and its label.
#[must_use]
pub fn fingerprint(sweep: &Sweep, cells: &[Cell]) -> String {
    let Sweep { seed, trials, randomness, measure, .. } = sweep;
    let Measure { layers, sites, metrics, rescale } = measure;
    let measured = format!("Measure {{ layers: {layers:?}, sites: {sites:?}, metrics: {metrics:?} }}");
    let mut text = format!("rows 1\n{STREAM_VERSION} {seed} {trials} {randomness:?} {measured}\n");
    if rescale.is_some() {
        text += "rescaled\n";
    }
    for cell in cells {
        text += &cell.row_key();
    }
    sha256(text)[..16].to_owned()
}

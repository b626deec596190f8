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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Source};

    fn of(more: &str) -> String {
        let text = format!(
            "name = 'old'\ntrials = 3\n[[grid]]\nwidth = 4\ndepth = [1, 2]\nstd = 'he_normal'\n[measure]\n{more}"
        );
        let sweep = config::parse(&Source::new("old", text)).unwrap();
        let cells: Vec<Cell> = sweep.cells().collect::<Result<_, _>>().unwrap();
        fingerprint(&sweep, &cells)
    }

    #[test]
    fn what_is_left_out_keeps_the_fingerprint_that_it_had_before_it_could_be_written() {
        // As printed by commit 093b22a, which knew neither input correlations nor rescaling nor most metrics.
        assert_eq!(of(""), "40c0d1de7343e60e");
        assert_eq!(of("rescale = false"), "40c0d1de7343e60e");
        assert_ne!(of("rescale = true"), "40c0d1de7343e60e");
    }
}

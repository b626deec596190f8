//! The fingerprint of a sweep: equal fingerprints, equal bytes of all tables.

use super::cell::Cell;
use super::experiment::Sweep;
use super::measure::{Measure, Saturation};
use crate::hash::sha256;
use crate::random::STREAM_VERSION;

/// The first 16 hex digits of a SHA-256 over all that the rows depend on: streams, seed, trials, randomness,
/// what is measured, and every cell in order with its texts and its label; and, where there are any, over what is
/// expected and compared, the targets of the trials, and the bands.
#[must_use]
pub fn fingerprint(sweep: &Sweep, cells: &[Cell]) -> String {
    let Sweep { seed, trials, randomness, measure, .. } = sweep;
    let Measure { layers, sites, metrics, rescale, backward, saturation, histogram } = measure;
    let measured = format!("Measure {{ layers: {layers:?}, sites: {sites:?}, metrics: {metrics:?} }}");
    let mut text = format!("rows 1\n{STREAM_VERSION} {seed} {trials} {randomness:?} {measured}\n");
    if rescale.is_some() {
        text += "rescaled\n";
    }
    if let Some(Saturation { threshold, .. }) = saturation {
        text += &["saturation ", &threshold.to_string(), "\n"].concat();
    }
    if measure.has_gradients() {
        text += &["backward ", backward.cotangent.name(), " ", backward.at.name(), "\n"].concat();
    }
    if let Some(bins) = histogram {
        text += &["histogram ", &bins.to_string(), "\n"].concat();
    }
    for cell in cells {
        text += &cell.row_key();
    }
    text.extend(sweep.expect.iter().map(|clause| format!("\nexpect {}", clause.canonical())));
    text.extend(sweep.compare.iter().map(|clause| format!("\ncompare {}", clause.canonical())));
    text.extend(sweep.stopping.iter().map(|stopping| format!("\n{stopping:?}")));
    text += if sweep.bands { "\nbands" } else { "" };
    sha256(text)[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Source};

    fn prepared(more: &str) -> (Sweep, Vec<Cell>) {
        let text =
            format!("name = 'old'\ntrials = 3\n[[grid]]\nwidth = 4\nstd = 'he_normal'\n[measure]\n{more}");
        let sweep = config::parse(&Source::new("old", text)).unwrap();
        let cells = sweep.cells().collect::<Result<_, _>>().unwrap();
        (sweep, cells)
    }

    #[test]
    fn what_is_left_out_keeps_the_fingerprint_that_it_had_before_it_could_be_written() {
        let of = |more| {
            let (sweep, cells) = prepared(more);
            fingerprint(&sweep, &cells)
        };
        // As it was when there were neither input correlations nor rescaling, nor more than these metrics.
        let key = prepared("").1[0].row_key();
        let text = format!(
            "rows 1\n{STREAM_VERSION} 0 3 Independent Measure {{ layers: Last, sites: [Input, Pre, Post], metrics: \
             [Mean, Std, Rms, SecondMoment, Variance, Min, Max, AbsMax, Kurtosis, FractionZero, FractionNonfinite, \
             Dead, Overflowed] }}\n{key}"
        );
        assert_eq!(of(""), sha256(text)[..16]);
        assert_eq!(of("rescale = false"), of(""));
        assert_ne!(of("rescale = true"), of(""));
        assert_ne!(of("histogram = { from = 0, to = 1, bins = 3 }"), of(""));
    }
}

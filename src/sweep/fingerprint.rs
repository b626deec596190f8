//! The fingerprint of a sweep: equal fingerprints, equal bytes of `summary.csv`.

use sha2::{Digest, Sha256};

use super::{Cell, Sweep};
use crate::random::STREAM_VERSION;

/// The first 16 hex digits of a SHA-256 over all that the rows depend on: streams, seed, trials, randomness,
/// what is measured, and every cell in order with its texts and its label.
#[must_use]
pub fn fingerprint(sweep: &Sweep, cells: &[Cell]) -> String {
    let mut hash = Sha256::new();
    let Sweep { seed, trials, randomness, measure, .. } = sweep;
    hash.update(format!("rows 1\n{STREAM_VERSION} {seed} {trials} {randomness:?} {measure:?}\n"));
    for cell in cells {
        hash.update(format!("{:?}\n", (cell.content(), &cell.label, &cell.std_text, &cell.mean_text)));
    }
    let digest = hash.finalize();
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

//! How the entries of a layer are distributed: the parts of them that lie in fixed bins.

use std::fmt::{self, Display};

use crate::kernels::{Matrix, batch};
use crate::simd::Element;

/// Bins of equal width between two numbers, and one on each side that is open: together they hold every entry that is a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bins {
    low: f64,
    high: f64,
    between: usize,
}

impl Bins {
    /// Most bins between the ends.
    pub const MOST: usize = 1000;

    /// `between` bins from `low` to `high`; `None` unless both are finite, ascending and not too far apart for f64, or if there
    /// is no bin or are more than [`MOST`](Self::MOST).
    #[must_use]
    pub fn new(low: f64, high: f64, between: usize) -> Option<Self> {
        let is_range = low < high && (high - low).is_finite() && low.is_finite() && high.is_finite();
        (is_range && (1..=Self::MOST).contains(&between)).then_some(Self { low, high, between })
    }

    /// How many there are, the open ones included.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there are three at least")]
    pub fn len(&self) -> usize {
        self.between + 2
    }

    /// Where they meet, ascending: one less than there are bins.
    #[must_use]
    pub fn edges(&self) -> Vec<f64> {
        (0..=self.between).map(|index| self.edge(index)).collect()
    }

    /// The ends of a bin: its lower one belongs to it, its upper one does not.
    #[must_use]
    pub fn ends(&self, bin: usize) -> (f64, f64) {
        let low = bin.checked_sub(1).map_or(f64::NEG_INFINITY, |index| self.edge(index));
        (low, if bin > self.between { f64::INFINITY } else { self.edge(bin) })
    }

    #[expect(clippy::cast_precision_loss, reason = "at most 1000")]
    fn edge(&self, index: usize) -> f64 {
        if index == self.between {
            return self.high;
        }
        self.low + (self.high - self.low) * (index as f64 / self.between as f64)
    }

    /// Counts the entries of a matrix, in units of `unit`, in every bin.
    pub(super) fn count<T: Element>(&self, x: &Matrix<T>, unit: f64, counts: &mut [u64]) {
        let edges = self.edges();
        let scale = 1.0 / (edges[1] - edges[0]);
        batch::each_entry(x, |entry| {
            if let Some(bin) = bin(&edges, scale, entry * unit) {
                counts[bin] += 1;
            }
        });
    }
}

/// What identifies them.
impl Display for Bins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?},{:?},{}", self.low, self.high, self.between)
    }
}

/// The bin of a number: how many edges are not above it. `None` for NaN.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two edges")]
fn bin(edges: &[f64], scale: f64, x: f64) -> Option<usize> {
    let last = edges.len() - 1;
    if x.is_nan() {
        return None;
    } else if x < edges[0] {
        return Some(0);
    } else if x >= edges[last] {
        return Some(last + 1);
    }
    // Rounding may be off by one; the edges decide.
    let mut at = (((x - edges[0]) * scale) as usize).min(last - 1);
    while x < edges[at] {
        at -= 1;
    }
    while x >= edges[at + 1] {
        at += 1;
    }
    Some(at + 1)
}

/// The parts of all entries that the bins hold.
#[expect(clippy::cast_precision_loss, reason = "counts of entries in memory are below 2^53")]
pub(super) fn fractions(counts: &[u64], entries: usize, out: &mut [f64]) {
    out.iter_mut().zip(counts).for_each(|(out, &count)| *out = count as f64 / entries as f64);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_ranges_that_are_some_have_bins() {
        for (low, high, between) in [
            (1.0, 1.0, 3),
            (1.0, 0.0, 3),
            (0.0, 1.0, 0),
            (0.0, 1.0, 1001),
            (f64::NAN, 1.0, 3),
            (0.0, f64::INFINITY, 3),
            (-1e308, 1e308, 3),
        ] {
            assert_eq!(Bins::new(low, high, between), None);
        }
        let bins = Bins::new(-1.0, 1.0, 4).unwrap();
        assert_eq!(bins.edges(), [-1.0, -0.5, 0.0, 0.5, 1.0]);
        assert_eq!((bins.ends(0), bins.ends(5)), ((f64::NEG_INFINITY, -1.0), (1.0, f64::INFINITY)));
        assert_eq!(bins.to_string(), "-1.0,1.0,4");
    }

    proptest! {
        #[test]
        fn every_number_is_in_the_one_bin_whose_ends_hold_it(
            low in -1e3..1e3_f64, size in 1e-9..1e3_f64, between in 1..200_usize, part in -0.5..1.5_f64, at in 0..200_usize,
        ) {
            let bins = Bins::new(low, low + size, between).unwrap();
            let edges = bins.edges();
            // Anything, and an edge, where rounding decides.
            for x in [low + part * size, edges[at % edges.len()], f64::INFINITY, f64::NEG_INFINITY, -0.0] {
                let found = bin(&edges, 1.0 / (edges[1] - edges[0]), x).unwrap();
                let (from, to) = bins.ends(found);
                prop_assert!(from <= x && (x < to || to == f64::INFINITY), "{x} is not in {from} to {to}");
            }
            prop_assert_eq!(bin(&edges, 1.0, f64::NAN), None);
        }
    }
}

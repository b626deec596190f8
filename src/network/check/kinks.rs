//! What kinks add to a difference.

use super::dense::Dense;
use super::pass::{Inputs, Pass};
use crate::network::arithmetic::Arithmetic;
use crate::network::shown::Shown;
use crate::network::spec::Network;
use crate::network::steps::Step;
use crate::network::tape::Tape;
use crate::simd::SimdLevel;

/// `sum |g| |phi(h') - phi(h) - phi'(h) (h' - h)|` over all entries whose pre-activation, h in the pass and h' on the tape, has
/// passed a point at which the activation has structure, its kinks among them; g is the gradient behind the activation.
pub(super) fn added<T: Arithmetic>(network: &Network, pass: &Pass, tape: &Tape<T>) -> f64 {
    let points = network.activation.structure();
    let mut sum = 0.0;
    for (index, (inputs, record)) in pass.inputs.iter().zip(tape.records()).enumerate() {
        let Inputs { activation: Some(h), .. } = inputs else { continue };
        let Some(g) = pass.gradient(index + 1, Shown::Behind(Step::Activate)) else { continue };
        let nudged = Dense::of(&record.activation);
        let passes = |at: &usize| {
            let (low, high) = (h.data[*at].min(nudged.data[*at]), h.data[*at].max(nudged.data[*at]));
            low < high && points.iter().any(|&(point, _)| low <= point && point <= high)
        };
        let passed: Vec<usize> = (0..h.data.len()).filter(passes).collect();
        let of = |from: &Dense| passed.iter().map(|&at| from.data[at]).collect::<Vec<f64>>();
        let deviations = deviations::<T>(network, &of(h), &of(&nudged));
        sum += of(g).iter().zip(deviations).map(|(g, deviation)| g.abs() * deviation).sum::<f64>();
    }
    sum
}

/// How far the activation is from its tangent.
fn deviations<T: Arithmetic>(network: &Network, h: &[f64], nudged: &[f64]) -> Vec<f64> {
    if h.is_empty() {
        return Vec::new();
    }
    let level = SimdLevel::detect();
    let rows = |data: &[f64]| Dense { rows: 1, columns: data.len(), data: data.to_vec() }.matrix::<T>();
    let phi = |data: &[f64]| {
        let mut out = rows(data);
        network.activation.apply::<T>(level, out.data_mut());
        Dense::of(&out).data
    };
    let mut slope = rows(&vec![1.0; h.len()]);
    network.activation.multiply_by_slope::<T>(level, rows(h).data(), slope.data_mut());
    let slopes = Dense::of(&slope).data;
    let (before, behind) = (phi(h), phi(nudged));
    let of = |i: usize| (behind[i] - before[i] - slopes[i] * (nudged[i] - h[i])).abs();
    (0..h.len()).map(of).collect()
}

//! What a norm takes its statistics of: the entries of a unit, or of an input.

use super::dense::Dense;
use crate::kernels::norm;
use crate::network::spec::{Network, Norm};

/// One unit or one input, before a norm and behind it.
pub(super) struct Group {
    /// Where its entries stand.
    pub at: Vec<usize>,
    /// What the norm gives.
    pub normal: Vec<f64>,
    /// `1 / sqrt(v + eps)`.
    pub factor: f64,
    /// By how much more than one entry the rounding of the centred ones counts.
    pub loss: f64,
}

/// All groups of what a norm got; those without a spread, which become 0, are left out.
pub(super) fn groups<'a>(network: &'a Network, x: &'a Dense) -> impl Iterator<Item = Group> + 'a {
    let by_row = network.norm == Norm::Batch;
    let count = if by_row { x.rows } else { x.columns };
    let group = move |index: usize| {
        let at: Vec<usize> = if by_row {
            (index * x.columns..(index + 1) * x.columns).collect()
        } else {
            (0..x.rows).map(|row| row * x.columns + index).collect()
        };
        let n = norm::count(at.len());
        let mean = at.iter().map(|&i| x.data[i]).sum::<f64>() / n;
        let mean = if network.norm == Norm::Rms { 0.0 } else { mean };
        let variance = at.iter().map(|&i| (x.data[i] - mean) * (x.data[i] - mean)).sum::<f64>() / n;
        let factor = 1.0 / (variance + network.norm_eps).sqrt();
        let largest = at.iter().map(|&i| x.data[i].abs()).fold(0.0, f64::max);
        let normal = at.iter().map(|&i| (x.data[i] - mean) * factor).collect();
        Group { at, normal, factor, loss: 1.0 + largest * factor }
    };
    (0..count).map(group).filter(|group| group.factor.is_finite() && group.loss.is_finite())
}

//! Exact expectation of the fraction of pre-activations of layer 1 beyond a threshold of saturation.
//!
//! Given its input x, a pre-activation is `N(m sum x + E b, s^2 |x|^2 + s_b^2)`. Inputs of iid `N(0, v)` entries have
//! `|x|^2 = v chi^2_n`, n the width of the input, so with weights of mean 0
//!
//! ```text
//! E fraction = E P(h <= low or h >= high | chi^2_n)      h ~ N(E b, s^2 v chi^2_n + s_b^2)
//! ```
//!
//! at every width of the layer and every batch, whose entries all have this law.

use super::chi_squared::chi_squared;
use super::exact::normal_biases;
use super::prediction::{LayerPrediction, Prediction, Sites, value_only};
use crate::network::Network;
use crate::random::Law;
use crate::statistics::normal;

/// `layers` with what is known of the first: the fraction of pre-activations outside `ends`, if it is asked for.
#[must_use]
pub fn with_first(network: &Network, ends: Option<[f64; 2]>, mut layers: Vec<Sites>) -> Vec<Sites> {
    let fraction_saturated = ends.and_then(|ends| first(network, ends));
    if let Some(layer) = layers.first_mut() {
        let known = LayerPrediction { fraction_saturated, ..LayerPrediction::default() };
        *layer = Sites { pre: layer.pre.or(known), post: layer.post.or(known), ..*layer };
    }
    layers
}

fn first(network: &Network, ends: [f64; 2]) -> Option<Prediction> {
    let units = network.units(0);
    let n = units as f64;
    let (m, s) = (network.weight_mean[0], network.weight_std[0]);
    let bias = network.bias_std[0];
    let shift = network.bias_mean.first().copied().unwrap_or(0.0);
    let is_normal = network.law == Law::Normal && normal_biases(network) > 0;
    let is_constant = network.input_std == 0.0;
    let is_centred = network.input_law == Law::Normal && network.input_mean == 0.0 && m == 0.0;
    if !is_normal || !(is_constant || is_centred) {
        return None;
    }
    let scale = if is_constant { network.input_mean } else { network.input_std };
    // Variance of a pre-activation where `|x|^2` has its mean.
    let mean_square = n * (s * scale) * (s * scale);
    if !(mean_square + bias * bias).is_normal() {
        return None;
    }
    let share = |ratio: f64| {
        let mu = if is_constant { shift + m * n * scale } else { shift };
        let std = (mean_square * ratio + bias * bias).sqrt();
        normal::cdf((ends[0] - mu) / std) + normal::cdf((mu - ends[1]) / std)
    };
    let average = || chi_squared(units).iter().map(|(part, square)| part * share(square / n)).sum();
    value_only(if is_constant { share(1.0) } else { average() }, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_input_of_one_unit_is_a_product_of_two_normals() {
        // P(|w x| > c) is 2/pi times the integral of K_0 from c; at c = 1, by mpmath.
        let network = Network { input_std: 1.0, batch: 1, ..Network::default() };
        let found = first(&network, [-1.0, 1.0]).unwrap().value;
        assert!((found - 0.208_993_663_004_652_33).abs() < 1e-13, "{found}");
    }
}

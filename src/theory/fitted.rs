//! Weights that are fitted to the batch (`lsuv`): the std before the activation is what it was fitted to, in every trial.
//!
//! Nothing else is predicted: such weights are neither normal nor independent of the inputs, and every other theory here takes
//! them to be both. Where a layer may be constant, and so cannot be fitted, nothing is.

use super::prediction::{LayerPrediction, Sites, constant};
use crate::kernels::Activation;
use crate::network::{Network, NormAt, Residual};

/// Units of which no layer becomes constant: each is 0, or has the sign of the others, with probability 1/2 or less.
const SURELY_ALIVE: usize = 60;

/// What is known of every layer.
#[must_use]
pub fn layers(network: &Network) -> Vec<Sites> {
    let mut layers = vec![Sites::default(); network.depth];
    let is_seen = network.residual != Residual::Inside && !network.normalises(NormAt::PreActivation);
    // What a formula does to all of its layer is not known.
    let lives = !matches!(network.activation, Activation::Formula(_))
        && (1..=network.depth).all(|layer| network.units(layer) >= SURELY_ALIVE)
        && (network.input_mean != 0.0 || network.input_std > 0.0);
    if is_seen && lives {
        for (layer, &std) in layers.iter_mut().zip(network.weight_std.iter()) {
            let [std, variance] = [std, std * std].map(|value| constant(value, network.precision));
            layer.pre = LayerPrediction { variance, std, ..LayerPrediction::default() };
        }
    }
    layers
}

//! Which theory covers a network, and its answers layer by layer.

use super::elementwise::Entry;
use super::linear_chain::{Chain, Layer};
use super::prediction::{LayerPrediction, Prediction};
use crate::kernels::Activation;
use crate::network::{Metric, Network, Operation, Site};
use crate::random::Law;

/// The predictions for every covered layer of one network.
///
/// | layer | covered |
/// |---|---|
/// | 0, the input | always: its entries are iid normal |
/// | 1, pre-activation | normal law, no bias, any operation, any activation |
/// | every other | the same with a linear activation |
#[derive(Clone, Debug, PartialEq)]
pub struct Predictor {
    /// Entry l belongs to layer l.
    layers: Vec<LayerPrediction>,
    linear: bool,
}

impl Predictor {
    /// Runs the recursions once over all covered layers of `network`: O(depth) time and memory, whatever
    /// the width.
    #[must_use]
    pub fn new(network: &Network) -> Self {
        let linear = network.activation == Activation::Linear;
        let unbiased = network.bias_std.iter().take_while(|&&std| std == 0.0).count();
        let covered = match network.law {
            Law::Normal => unbiased.min(network.depth).min(if linear { usize::MAX } else { 1 }),
            _ => 0,
        };
        // Nothing is known of correlated inputs yet.
        if network.input_correlation != 0.0 {
            return Self { layers: Vec::new(), linear };
        }
        let entry = Entry::normal(network.input_mean, network.input_std);
        let mut layers = vec![entry.prediction(entries(network))];
        let weights =
            network.weight_mean.iter().copied().zip(network.weight_std.iter().copied()).take(covered);
        match network.operation {
            Operation::Matmul => layers.extend(chain(network, weights)),
            Operation::Product => layers.extend(elementwise(network, weights, Entry::times)),
            Operation::Sum => layers.extend(elementwise(network, weights, Entry::plus)),
        }
        Self { layers, linear }
    }

    /// Returns what is known of one metric; `None` where nothing is.
    ///
    /// Layer 0 has the site `Input` alone, and no other layer has it.
    #[must_use]
    pub fn predict(&self, layer: usize, site: Site, metric: Metric) -> Option<Prediction> {
        let known = match site {
            Site::Input => layer == 0,
            Site::Pre => layer > 0,
            Site::Post => layer > 0 && self.linear,
        };
        let prediction = self.layers.get(layer).filter(|_| known)?;
        match metric {
            Metric::Mean => prediction.mean,
            Metric::SecondMoment => prediction.second_moment,
            Metric::Variance => prediction.variance,
            Metric::Std => prediction.std,
            Metric::Rms => prediction.rms,
            _ => None,
        }
    }
}

/// Returns what is known of one metric of `network`. To ask for many, keep a [`Predictor`].
#[must_use]
pub fn predict(network: &Network, layer: usize, site: Site, metric: Metric) -> Option<Prediction> {
    Predictor::new(network).predict(layer, site, metric)
}

/// Number of entries of a layer, `batch * width`.
fn entries(network: &Network) -> u64 {
    network.batch as u64 * network.width as u64
}

fn chain(
    network: &Network,
    weights: impl Iterator<Item = (f64, f64)>,
) -> impl Iterator<Item = LayerPrediction> {
    let width = network.width;
    let input = Layer { width, mean: network.input_mean, std: network.input_std };
    weights.scan(Chain::input(network.batch, input), move |chain, (mean, std)| {
        *chain = chain.next(Layer { width, mean, std });
        Some(chain.prediction())
    })
}

fn elementwise(
    network: &Network,
    weights: impl Iterator<Item = (f64, f64)>,
    step: impl Fn(Entry, f64, f64) -> Entry,
) -> impl Iterator<Item = LayerPrediction> {
    let count = entries(network);
    weights.scan(Entry::normal(network.input_mean, network.input_std), move |entry, (mean, std)| {
        *entry = step(*entry, mean, std);
        Some(entry.prediction(count))
    })
}

//! All exact results for one network of matrix products, joined.

use super::first_level::Moments;
use super::fourth_order::Fourth;
use super::homogeneous::{Units, Variance, slopes};
use super::linear_chain::{Chain, Layer};
use super::log_law::Log2Rms;
use super::orthogonal;
use super::prediction::{LayerPrediction, Prediction, Sites, value_only};
use super::symmetric::{Zeros, normal_kurtosis};
use crate::kernels::Activation;
use crate::network::Network;
use crate::random::Law;

/// Units of which no layer of relu is ever 0 throughout: it would be with probability `2^-n`.
const SURELY_ALIVE: usize = 60;

/// Whether every layer is a linear map.
pub(super) fn is_linear(network: &Network) -> bool {
    network.activation == Activation::Linear
}

/// Excess kurtosis of the standardised weights; `None` if it is infinite, or if they are not independent.
#[must_use]
pub fn excess_kurtosis(law: Law) -> Option<f64> {
    match law {
        Law::Normal => Some(0.0),
        Law::Uniform => Some(-1.2),
        Law::TruncatedNormal(truncation) => Some(truncation.excess_kurtosis()),
        Law::Rademacher => Some(-2.0),
        Law::Laplace => Some(3.0),
        Law::StudentT { nu } => (nu > 4.0).then(|| 6.0 / (nu - 4.0)),
        Law::Orthogonal => None,
    }
}

/// What is known exactly, before and after the activation of every layer.
#[must_use]
pub fn layers(network: &Network) -> Vec<Sites> {
    let mut layers = vec![Sites::default(); network.depth];
    for theory in
        [orthogonal::layers, logarithms, chain, homogeneous, fourth_order, first_level, scaling, symmetry]
    {
        theory(network, &mut layers);
    }
    drop_underflow(network, &mut layers);
    layers[centred(network)..].fill(Sites::default());
    layers
}

/// What is known exactly of every layer whatever the inputs are, given their mean square alone, which `network` has as
/// the square of one constant: a mean that is 0 by the symmetry of the weights, second moments, and for one input the
/// variance of pre-activations. Weights have the mean 0.
#[must_use]
pub fn of_mean_square(network: &Network) -> Vec<Sites> {
    let mut layers = vec![Sites::default(); network.depth];
    for theory in [scaling, first_level, symmetry] {
        theory(network, &mut layers);
    }
    drop_underflow(network, &mut layers);
    layers[centred(network).min(zeros(&network.weight_mean))..].fill(Sites::default());
    let value = |known: Prediction| value_only(known.value, 0);
    let general = |known: LayerPrediction| LayerPrediction {
        mean: known.mean.filter(|mean| mean.value == 0.0).and_then(value),
        second_moment: known.second_moment.and_then(value),
        variance: known.variance.filter(|_| network.batch == 1).and_then(value),
        ..LayerPrediction::default()
    };
    let both = |layer: Sites| Sites { pre: general(layer.pre), post: general(layer.post), limits: None };
    layers.into_iter().map(both).collect()
}

/// Takes back squares that are 0 only because the true ones are below the range of f64.
fn drop_underflow(network: &Network, layers: &mut [Sites]) {
    let mut is_zero = network.input_mean == 0.0 && network.input_std == 0.0;
    for (l, layer) in layers.iter_mut().enumerate() {
        let weightless = network.weight_mean[l] == 0.0 && network.weight_std[l] == 0.0;
        is_zero = (is_zero || weightless) && network.bias_std[l] == 0.0;
        let stays = network.activation.is_odd() || slopes(network.activation).is_some();
        for (site, is_zero) in [(&mut layer.pre, is_zero), (&mut layer.post, is_zero && stays)] {
            let vanishes = site.second_moment.is_some_and(|second| second.value == 0.0);
            if vanishes && !is_zero {
                *site =
                    LayerPrediction { second_moment: None, variance: None, std: None, rms: None, ..*site };
            }
        }
        is_zero &= stays;
    }
}

/// Layers below the first whose biases have a mean: no exact theory takes one.
pub(super) fn centred(network: &Network) -> usize {
    let first = network.bias_mean.iter().position(|&mean| mean != 0.0);
    first.map_or(network.depth, |first| first.min(network.depth))
}

/// Layers below the first whose biases are random and not normal: their pre-activations are not normal either, however
/// wide the network is.
pub(super) fn normal_biases(network: &Network) -> usize {
    if network.bias_law == Law::Normal { network.depth } else { zeros(&network.bias_std) }
}

/// Fills in what is known before the activation of one layer, and after it where it is linear.
fn fill(network: &Network, layer: &mut Sites, known: &LayerPrediction) {
    layer.pre = layer.pre.or(*known);
    if is_linear(network) {
        layer.post = layer.post.or(*known);
    }
}

/// Layers before which nothing but linear maps happens.
fn linear_layers(network: &Network) -> usize {
    if is_linear(network) { network.depth } else { 1 }
}

/// Layers up to which a schedule is 0.
fn zeros(schedule: &[f64]) -> usize {
    schedule.iter().take_while(|&&value| value == 0.0).count()
}

fn chain(network: &Network, layers: &mut [Sites]) {
    if network.law != Law::Normal
        || network.input_law != Law::Normal
        || (network.input_correlation != 0.0 && network.batch > 1)
    {
        return;
    }
    let covered = linear_layers(network).min(zeros(&network.bias_std));
    let input = Layer { width: network.units(0), mean: network.input_mean, std: network.input_std };
    let mut chain = Chain::input(network.batch, input);
    for (l, layer) in layers.iter_mut().enumerate().take(covered) {
        let (mean, std) = (network.weight_mean[l], network.weight_std[l]);
        chain = chain.next(Layer { width: network.units(l + 1), mean, std });
        fill(network, layer, &chain.prediction());
    }
}

fn homogeneous(network: &Network, layers: &mut [Sites]) {
    if network.law != Law::Normal || network.input_law != Law::Normal || network.batch != 1 {
        return;
    }
    let slopes = slopes(network.activation);
    let covered = zeros(&network.weight_mean).min(if slopes.is_some() { network.depth } else { 1 });
    let covered = covered.min(normal_biases(network));
    // A layer of relu may be 0 throughout, and then it has no logarithm.
    let dies = network.activation == Activation::Relu
        && (1..=covered).any(|layer| network.units(layer) < SURELY_ALIVE);
    let living =
        |known: LayerPrediction| LayerPrediction { log2_rms: known.log2_rms.filter(|_| !dies), ..known };
    let mut before: Option<(Variance, Units)> = None;
    let mut linear = Units::new(network.units(1), (1.0, 1.0));
    let mut units = slopes.map(|slopes| Units::new(network.units(1), slopes));
    for (l, layer) in layers.iter_mut().enumerate().take(covered) {
        let width = network.units(l + 1);
        if width != network.units(l) {
            linear = Units::new(width, (1.0, 1.0));
            units = slopes.map(|slopes| Units::new(width, slopes));
        }
        let (s, bias) = (network.weight_std[l], network.bias_std[l]);
        let law = match before {
            Some((law, below)) => law.next(&below, s, bias),
            None => Variance::of_input(network.units(0), network.input_mean, network.input_std, s, bias),
        };
        layer.pre = layer.pre.or(living(law.prediction(&linear, true)));
        if let Some(units) = &units {
            layer.post = layer.post.or(living(law.prediction(units, is_linear(network))));
        }
        before = units.map(|units| (law, units));
    }
}

fn fourth_order(network: &Network, layers: &mut [Sites]) {
    let is_known = network.batch == 1 && network.input_law == Law::Normal;
    let Some(excess) = excess_kurtosis(network.law).filter(|_| is_known) else { return };
    let covered = linear_layers(network).min(zeros(&network.bias_std)).min(zeros(&network.weight_mean));
    let mut law = Fourth::input(network.units(0), network.input_mean, network.input_std);
    for (l, layer) in layers.iter_mut().enumerate().take(covered) {
        law = law.next(network.units(l + 1), network.weight_std[l], excess);
        let second_moment = law.second_moment();
        let known = LayerPrediction {
            second_moment: second_moment.prediction(),
            rms: second_moment.root(),
            log2_rms: second_moment.log2_root(),
            ..LayerPrediction::default()
        };
        fill(network, layer, &known);
    }
}

fn first_level(network: &Network, layers: &mut [Sites]) {
    let mut moments = Moments::input(
        (network.batch, network.units(0)),
        network.input_mean,
        network.input_std,
        network.input_correlation,
    );
    for (l, layer) in layers.iter_mut().enumerate().take(linear_layers(network)) {
        let (mean, std, bias) = (network.weight_mean[l], network.weight_std[l], network.bias_std[l]);
        moments = moments.next(network.units(l + 1), mean, std, bias);
        fill(network, layer, &moments.prediction());
    }
}

/// Linear and relu, one input of mean 0: in the trials in which it lives, which are all that have a logarithm.
fn logarithms(network: &Network, layers: &mut [Sites]) {
    let relu = network.activation == Activation::Relu;
    let single = network.batch == 1 && network.input_mean == 0.0 && network.input_std > 0.0;
    if network.law != Law::Normal || network.input_law != Law::Normal || !single {
        return;
    }
    let covered = if relu { network.depth } else { linear_layers(network) };
    let covered = covered.min(zeros(&network.bias_std)).min(zeros(&network.weight_mean));
    let mut law = Log2Rms::input(network.units(0), network.input_std, relu);
    for (l, layer) in layers.iter_mut().enumerate().take(covered) {
        if network.weight_std[l] <= 0.0 {
            return;
        }
        let (pre, next) = law.next(network.units(l + 1), network.weight_std[l]);
        law = next;
        let log2_rms = |log2_rms| LayerPrediction { log2_rms, ..LayerPrediction::default() };
        layer.pre = layer.pre.or(log2_rms(pre));
        if relu || is_linear(network) {
            layer.post = layer.post.or(log2_rms(law.prediction()));
        }
    }
}

/// Homogeneous activations and weights of mean 0, of any symmetric law, on any batch: half of the entries of each
/// sign, in expectation of the squares, so `E Q' = s^2 n (r^2 + l^2)/2 E Q + s_b^2`; and for one input
/// `E S^2 = (1 - 1/n) E Q` before the activation.
fn scaling(network: &Network, layers: &mut [Sites]) {
    let Some((r, l)) = slopes(network.activation) else { return };
    let gain = f64::midpoint(r * r, l * l);
    let mut q = network.input_mean * network.input_mean + network.input_std * network.input_std;
    for (l, layer) in layers.iter_mut().enumerate().take(zeros(&network.weight_mean)) {
        let (s, bias) = (network.weight_std[l], network.bias_std[l]);
        let [fan_in, n] = [l, l + 1].map(|layer| network.units(layer) as f64);
        q = fan_in * s * s * q + bias * bias;
        let second_moment =
            |q: f64| LayerPrediction { second_moment: value_only(q, 0), ..LayerPrediction::default() };
        let single = LayerPrediction { variance: value_only(q * (1.0 - 1.0 / n), 0), ..second_moment(q) };
        layer.pre = layer.pre.or(if network.batch == 1 { single } else { second_moment(q) });
        q *= gain;
        layer.post = layer.post.or(second_moment(q));
    }
}

fn symmetry(network: &Network, layers: &mut [Sites]) {
    let zero_mean = LayerPrediction { mean: value_only(0.0, 0), ..LayerPrediction::default() };
    // Whether what a layer gets and its mirror image are equally likely.
    let mut symmetric = network.input_mean == 0.0;
    // Given what it gets, the direction of one pre-activation is uniform on the sphere.
    let is_normal = matches!(network.law, Law::Normal | Law::Orthogonal) && network.batch == 1;
    for (l, layer) in layers.iter_mut().enumerate() {
        let biased = network.bias_std[l] > 0.0;
        let varies = if biased { network.bias_law == Law::Normal } else { network.weight_std[l] > 0.0 };
        let normal = normal_kurtosis(network.units(l + 1) as u64).filter(|_| is_normal && varies);
        let kurtosis = LayerPrediction { kurtosis: normal, ..LayerPrediction::default() };
        symmetric |= network.weight_mean[l] == 0.0;
        if symmetric {
            layer.pre = layer.pre.or(zero_mean);
        }
        layer.pre = layer.pre.or(kurtosis);
        symmetric &= network.activation.is_odd();
        if symmetric {
            layer.post = layer.post.or(zero_mean);
        }
        if is_linear(network) {
            layer.post = layer.post.or(kurtosis);
        }
    }
    if network.activation == Activation::Relu {
        // Rademacher weights make ties, and so zeros, of constant and of Rademacher inputs, and of equal rows from the second layer on.
        let has_ties = network.law == Law::Rademacher;
        let covered = match has_ties {
            true if network.input_mean != 0.0 || network.input_std == 0.0 => 0,
            true if network.input_law == Law::Rademacher => 0,
            true => 1,
            false => network.depth,
        };
        let nothing = network.input_mean == 0.0 && network.input_std == 0.0;
        let mut zeros_of = Zeros::input(network.batch, nothing);
        for (l, layer) in layers.iter_mut().enumerate().take(covered.min(zeros(&network.weight_mean))) {
            zeros_of = zeros_of.next(network.units(l + 1), network.weight_std[l], network.bias_std[l]);
            *layer = layer.or(Sites { pre: zeros_of.pre(), post: zeros_of.post(), limits: None });
        }
    }
}

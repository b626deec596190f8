//! The backward pass: exact second moments, and the limit of infinite width.
//!
//! For weights of mean 0, and a cotangent G of independent entries of mean 0, independent of the network, with
//! `E |G|^2 = 1` for every input. D is the gradient at a pre-activation, n and m the units of a layer and of what it
//! gets, `c = E phi'(h)^2`:
//!
//! ```text
//! E |D|^2 = c E |G|^2        E |W^T D|^2 = s^2 m E |D|^2        E |dW|^2 = B E |D|^2 E |x|^2
//! ```
//!
//! |.|^2 is the squared norm of a column. For a linear network these are exact for every law of the weights. For slopes
//! r above and l below 0 (relu, leaky relu) they are exact, with `c = (r^2 + l^2)/2`, where weights and biases are
//! symmetric about 0 and have no atom: given what the layer gets, the signs of its pre-activations are fair and independent, and
//! `E D D^T` stays diagonal on the way down. A relu whose layer below is 0 throughout has no slope:
//! without biases `E |D_l|^2` takes the probability that the layers below live. A residual block `X + a W' phi(W X)` adds
//! `a^2 s'^2 n c s^2 n E |G|^2` to what goes past it. Otherwise, `c` is that of normal
//! pre-activations, and the product is the limit of infinite width (Schoenholz et al. 2017), which fails for a cotangent
//! with a mean.

use super::homogeneous::{slopes, squared_slope};
use super::limit::Limit;
use super::prediction::{Kind, LayerPrediction, Prediction, Sites, value_only};
use super::{backward_log, backward_order, branched_gradient};
use crate::kernels::Activation;
use crate::network::{
    Backward, Cotangent, CotangentAt, Metric, Network, Norm, Operation, Residual, Site, Storage,
};
use crate::random::Law;

/// What theory says about the gradients of one layer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gradient {
    /// What is exact, or known to first order in 1/n.
    pub known: LayerPrediction,
    /// Mean square of an entry in the limit of infinite width, and its ratio to the squared norm in the layer above; of weights,
    /// to the mean square of a weight.
    pub limit: Option<[f64; 2]>,
}

/// Of every layer, the input first: at `grad_pre`, `grad_post`, `grad_weight`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gradients(Vec<[Gradient; 3]>);

impl Gradients {
    /// Walks back through a network whose forward theory is known: the second moment of the input and the layers.
    #[must_use]
    pub fn new(network: &Network, backward: Backward, input: &LayerPrediction, layers: &[Sites]) -> Self {
        let mut all = vec![[Gradient::default(); 3]; network.depth + 1];
        if is_covered(network, backward) {
            let walk = Walk { network, backward, input, layers };
            match network.residual {
                Residual::None => {
                    walk.exact(&mut all);
                    walk.logarithms(&mut all);
                    walk.limits(&mut all);
                    walk.first_order(&mut all);
                }
                Residual::Between => walk.blocks(&mut all),
                // The gradient of the branch is correlated with the one that goes past it, or the signs of X are not fair.
                Residual::Outside | Residual::Inside => {}
            }
        }
        let is_branched = network.residual != Residual::None || network.norm != Norm::None;
        if is_branched && is_independent(network, backward) {
            branched(network, backward, &mut all);
        }
        Self(all)
    }

    /// The expectation of a metric.
    #[must_use]
    pub fn predict(&self, layer: usize, site: Site, metric: Metric) -> Option<Prediction> {
        let known = &self.at(layer, site)?.known;
        match metric {
            Metric::Mean => known.mean,
            Metric::SecondMoment => known.second_moment,
            Metric::Variance => known.variance,
            Metric::Log2Rms => known.log2_rms,
            _ => None,
        }
    }

    /// The limit of infinite width of a metric.
    #[must_use]
    pub fn mean_field(&self, layer: usize, site: Site, metric: Metric) -> Option<f64> {
        let [second, ratio] = self.at(layer, site)?.limit?;
        let limit = Limit {
            mean: 0.0,
            second,
            difference: f64::NAN,
            kurtosis: f64::NAN,
            zero: f64::NAN,
            saturated: f64::NAN,
            batch: 1.0,
        };
        match metric {
            Metric::ChiLocal | Metric::Relative
                if (metric == Metric::Relative) != (site == Site::GradWeight) =>
            {
                None
            }
            Metric::Relative => Some(ratio.sqrt()).filter(|ratio| ratio.is_normal()),
            Metric::ChiLocal => Some(ratio).filter(|ratio| ratio.is_normal()),
            Metric::Mean
            | Metric::SecondMoment
            | Metric::Variance
            | Metric::Std
            | Metric::Rms
            | Metric::Log2Rms => limit.of(metric),
            _ => None,
        }
    }

    fn at(&self, layer: usize, site: Site) -> Option<&Gradient> {
        let [pre, post, weight] = self.0.get(layer)?;
        match site {
            Site::GradPre => Some(pre),
            Site::GradPost => Some(post),
            Site::GradWeight => Some(weight),
            _ => None,
        }
    }
}

/// Whether anything is known exactly.
fn is_covered(network: &Network, backward: Backward) -> bool {
    network.norm == Norm::None && network.input_law == Law::Normal && is_independent(network, backward)
}

/// Whether a gradient is independent of what it is multiplied with: layers of centred weights, and a cotangent of mean 0 whose
/// columns are independent.
fn is_independent(network: &Network, backward: Backward) -> bool {
    // Tied weights are not independent of what they are multiplied with; orthogonal ones not of each other.
    let is_fresh = !network.tied && network.law != Law::Orthogonal;
    let has_no_mean = matches!(backward.cotangent, Cotangent::Normal | Cotangent::Sign);
    let is_centred = network.weight_mean.iter().all(|&mean| mean == 0.0);
    network.operation == Operation::Matmul
        && is_fresh
        && network.storage == Storage::None
        && network.data.is_none()
        && has_no_mean
        && is_centred
        && network.weight_std.iter().all(|&std| std > 0.0)
}

/// The limits of networks with residuals and norms.
fn branched(network: &Network, backward: Backward, all: &mut [[Gradient; 3]]) {
    let squares = branched_gradient::squares(network, backward);
    let norms = |layer: usize, site: usize| squares[layer][site] * network.units(layer) as f64;
    for layer in 0..=network.depth {
        let variance =
            layer.checked_sub(1).map_or(f64::NAN, |l| network.weight_std[l] * network.weight_std[l]);
        for site in 0..3 {
            let second = squares[layer][site];
            let ratio = match site {
                2 => second / variance,
                _ if layer == network.depth => f64::NAN,
                _ => norms(layer, site) / norms(layer + 1, site),
            };
            all[layer][site].limit = Some([second, ratio]);
        }
    }
}

struct Walk<'a> {
    network: &'a Network,
    backward: Backward,
    input: &'a LayerPrediction,
    layers: &'a [Sites],
}

impl Walk<'_> {
    /// What E phi'^2 is at every width; `None` where it is not known.
    fn gain(&self) -> Option<f64> {
        fair_slopes(self.network).map(|[r, l]| f64::midpoint(r * r, l * l))
    }

    /// The probability that layer l - 1 lives, or that layer l has biases: entry l - 1.
    fn living(&self) -> Vec<f64> {
        let network = self.network;
        let dies = slopes(network.activation).is_some_and(|(_, l)| l == 0.0);
        let mut alive = 1.0;
        let of_layer = |layer: usize| {
            if network.bias_std[layer - 1] > 0.0 {
                alive = 1.0;
            }
            let here = alive;
            let units = i32::try_from(network.units(layer)).unwrap_or(i32::MAX);
            alive *= if dies { 1.0 - libm::scalbn(1.0, -units) } else { 1.0 };
            here
        };
        (1..=network.depth).map(of_layer).collect()
    }

    fn exact(&self, all: &mut [[Gradient; 3]]) {
        let network = self.network;
        let Some(gain) = self.gain() else { return };
        let living = self.living();
        // Squared norms of one column, where the layer below lives.
        let mut square = 1.0;
        let per_entry = |square: f64, units: usize| square / units as f64;
        for layer in (1..=network.depth).rev() {
            let [fan_in, units] = [layer - 1, layer].map(|layer| network.units(layer));
            let is_top = layer == network.depth;
            let begins_here = is_top && self.backward.at == CotangentAt::Pre;
            if is_top && !begins_here {
                all[layer][1].known = self.cotangent(&self.entries(per_entry(1.0, units), units));
            }
            let alive = if begins_here { 1.0 } else { living[layer - 1] };
            square *= if begins_here { 1.0 } else { gain };
            let here = self.entries(per_entry(square * alive, units), units);
            all[layer][0].known = if begins_here { self.cotangent(&here) } else { here };
            // Nothing is known of the layers where no metric asked for it.
            let forward =
                layer.checked_sub(2).map_or(Some(self.input), |index| Some(&self.layers.get(index)?.post));
            let second = forward.and_then(|forward| forward.second_moment);
            if let Some(x) = second.filter(|x| x.kind == Kind::Exact) {
                let second = network.batch as f64 * per_entry(square, units) * x.value;
                all[layer][2].known = LayerPrediction {
                    mean: value_only(0.0, 0),
                    second_moment: value_only(second, 0),
                    ..LayerPrediction::default()
                };
            }
            let std = network.weight_std[layer - 1];
            square *= std * std * fan_in as f64;
            all[layer - 1][1].known = self.entries(per_entry(square * alive, fan_in), fan_in);
        }
    }

    fn logarithms(&self, all: &mut [[Gradient; 3]]) {
        if self.gain().is_none() {
            return;
        }
        for (layer, laws) in all.iter_mut().zip(backward_log::predictions(self.network, self.backward)) {
            for (gradient, log2_rms) in layer.iter_mut().zip(laws) {
                gradient.known.log2_rms = log2_rms;
            }
        }
    }

    /// Where nothing is exact.
    fn first_order(&self, all: &mut [[Gradient; 3]]) {
        if self.gain().is_some() {
            return;
        }
        for (layer, known) in all.iter_mut().zip(backward_order::predictions(self.network, self.backward)) {
            for (gradient, known) in layer.iter_mut().zip(known) {
                gradient.known = gradient.known.or(known);
            }
        }
    }

    /// Residual blocks `skip X + a W' phi(W X)`: W' has mean 0 and is independent of what goes past it, so the squares add up.
    fn blocks(&self, all: &mut [[Gradient; 3]]) {
        let network = self.network;
        // X is never 0 throughout.
        let stays = (1..=network.depth).all(|layer| network.sum(layer)[0] != 0.0);
        let Some(gain) = self.gain().filter(|_| stays) else { return };
        let units = network.width;
        let entries = |square: f64| self.entries(square / units as f64, units);
        let back =
            |layer: usize| network.weight_std[layer - 1] * network.weight_std[layer - 1] * units as f64;
        let mut square = 1.0;
        for layer in (2..=network.depth).rev().step_by(2) {
            let is_top = layer == network.depth;
            let begins_here = is_top && self.backward.at == CotangentAt::Pre;
            let [skip, scale] = network.sum(layer);
            let (past, branch) =
                if begins_here { (0.0, 1.0) } else { (skip * skip * square, scale * scale * square) };
            if is_top && !begins_here {
                all[layer][1].known = self.cotangent(&entries(1.0));
            }
            let here = entries(branch);
            all[layer][0].known = if begins_here { self.cotangent(&here) } else { here };
            let between = back(layer) * branch;
            all[layer - 1][1].known = entries(between);
            all[layer - 1][0].known = entries(gain * between);
            square = past + back(layer - 1) * gain * between;
            all[layer - 2][1].known = entries(square);
        }
    }

    /// Predictions for independent entries of mean 0 and a mean square.
    fn entries(&self, second: f64, units: usize) -> LayerPrediction {
        let count = (self.network.batch * units) as f64;
        let sd = (second / count).sqrt();
        let mean = value_only(0.0, 0).map(|mean| Prediction { sd: sd.is_normal().then_some(sd), ..mean });
        LayerPrediction {
            mean,
            second_moment: value_only(second, 0),
            variance: value_only(second * (1.0 - 1.0 / count), 0),
            ..LayerPrediction::default()
        }
    }

    /// What is known of the cotangent itself: the square of a sign is the same in every trial, up to rounding, which has a
    /// spread of its own.
    fn cotangent(&self, known: &LayerPrediction) -> LayerPrediction {
        let is_constant = self.backward.cotangent == Cotangent::Sign;
        let relative = if is_constant { self.network.precision.rounding() } else { 0.0 };
        let second_moment =
            known.second_moment.map(|second| Prediction { error: relative * second.value, ..second });
        LayerPrediction { second_moment, ..*known }
    }

    fn limits(&self, all: &mut [[Gradient; 3]]) {
        let network = self.network;
        let (mut square, mut above) = (1.0, f64::NAN);
        for layer in (1..=network.depth).rev() {
            let [fan_in, units] = [layer - 1, layer].map(|layer| network.units(layer) as f64);
            let Some(limits) = self.layers.get(layer - 1).and_then(|layer| layer.limits) else { return };
            let [pre, _] = limits;
            let is_top = layer == network.depth;
            let begins_here = is_top && self.backward.at == CotangentAt::Pre;
            if is_top && !begins_here {
                all[layer][1].limit = Some([1.0 / units, f64::NAN]);
            }
            let gain = if begins_here {
                1.0
            } else {
                squared_slope(network.activation, pre.mean, pre.second - pre.mean * pre.mean)
            };
            square *= gain;
            all[layer][0].limit = Some([square / units, above * gain]);
            let forward = match layer {
                1 => self.input.second_moment.map(|second| second.value),
                _ => self.layers.get(layer - 2).and_then(|below| below.limits).map(|limits| limits[1].second),
            };
            let std = network.weight_std[layer - 1];
            all[layer][2].limit = forward.map(|x| {
                let second = network.batch as f64 * square / units * x;
                [second, second / (std * std)]
            });
            let back = std * std * fan_in;
            square *= back;
            all[layer - 1][1].limit =
                Some([square / fan_in, if begins_here { f64::NAN } else { back * gain }]);
            above = back;
        }
    }
}

/// The slopes above and below 0, either of which every unit has with probability 1/2, independently; two of 1 for a linear
/// network, whose signs do not matter. `None` where they are not fair.
pub(super) fn fair_slopes(network: &Network) -> Option<[f64; 2]> {
    if network.activation == Activation::Linear {
        return Some([1.0; 2]);
    }
    let (r, l) = slopes(network.activation)?;
    let has_atoms = |law| law == Law::Rademacher;
    let is_biased = network.bias_std.iter().any(|&std| std > 0.0);
    let is_symmetric = network.bias_mean.iter().all(|&mean| mean == 0.0);
    let is_alive = network.input_std > 0.0;
    let has_atoms = has_atoms(network.law) || is_biased && has_atoms(network.bias_law);
    (is_symmetric && is_alive && !has_atoms).then_some([r, l])
}

//! Exact second moments of networks with residual branches and norms, at every width and batch.
//!
//! Weights and biases of mean 0, of laws symmetric about it. Given what the layer gets, u, of second moment `Q_u`,
//!
//! ```text
//! E Q(W u + b) = n s^2 Q_u + s_b^2          E Q(phi(h)) = (r^2 + l^2)/2 E Q(h)      phi of slopes r and l, h = N(W u + b)
//! ```
//!
//! for `W u + b`, normalised or not, is symmetric about 0 then. A branch that ends in W is not correlated with X, so
//! `E Q(skip X + a branch) = skip^2 E Q(X) + a^2 E Q(branch)`; so it is with `phi(W X)` of an odd phi. What a layer or
//! rms norm with eps = 0 gives has Q = 1 in every trial, unless it gets a constant: with `ALIVE` units and more that has
//! a probability below `2^-60`. So before a branch with such a norm `E Q_l = E Q_0 + a^2 c l`, linear in the depth, where
//! without one it is a power of it (He et al. 2016; De and Smith 2020). Nothing is known of batch norms.

use super::homogeneous::slopes;
use super::prediction::{LayerPrediction, Sites, constant, value_only};
use crate::kernels::Activation;
use crate::network::{Network, Norm, NormAt, Operation, Residual, Site, Step};
use crate::random::Law;

/// Units of which no layer becomes constant.
const ALIVE: usize = 60;

/// What is known at the sites of a layer: before and after the activation, and at the branch and what is handed on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Branched {
    /// Before and after the activation.
    pub sites: Sites,
    /// Of the branch.
    pub branch: LayerPrediction,
    /// Of the sum.
    pub stream: LayerPrediction,
}

/// What is known of every layer of a network with residuals or norms; empty where that is nothing.
#[must_use]
pub fn layers(network: &Network) -> Vec<Branched> {
    let Network { operation, norm, norm_eps, depth, .. } = network;
    let of_layers = |schedule: &[f64]| schedule.iter().take(*depth).all(|&mean| mean == 0.0);
    let is_centred = of_layers(&network.weight_mean) && of_layers(&network.bias_mean);
    let is_known = *norm == Norm::None || *norm != Norm::Batch && *norm_eps == 0.0 && never_constant(network);
    if *operation != Operation::Matmul || !is_centred || !is_known {
        return Vec::new();
    }
    let mut state = State { network, q: Square::known(input(network)), kept: Square::default() };
    (1..=*depth).map(|layer| state.layer(layer)).collect()
}

/// Second moment of one input entry.
fn input(network: &Network) -> f64 {
    network.input_mean * network.input_mean + network.input_std * network.input_std
}

/// Whether what is normalised is never constant, and never 0.
fn never_constant(network: &Network) -> bool {
    use Activation::{LeakyRelu, Linear, Relu, Tanh};
    let Network { widths, width, depth, weight_std, .. } = network;
    let is_wide = *width >= ALIVE && widths.iter().take(depth + 1).all(|&units| units >= ALIVE);
    let adds = network.residual != Residual::None;
    let weighs = weight_std.iter().take(*depth).all(|&std| std > 0.0)
        && (1..=*depth).all(|layer| !adds || network.sum(layer)[0] != 0.0);
    // Entries of two values may all be the same one.
    is_wide
        && weighs
        && network.input_law != Law::Rademacher
        && network.input_std > 0.0
        && matches!(network.activation, Linear | Relu | LeakyRelu { .. } | Tanh)
}

/// A second moment, if it is known; `unit` says that it is 1 in every trial.
#[derive(Clone, Copy, Debug, Default)]
struct Square {
    value: Option<f64>,
    unit: bool,
}

impl Square {
    fn known(value: f64) -> Self {
        Self { value: Some(value), unit: false }
    }

    fn map(self, f: impl Fn(f64) -> f64) -> Self {
        Self { value: self.value.map(f), unit: false }
    }
}

struct State<'a> {
    network: &'a Network,
    /// What there is.
    q: Square,
    /// What a branch was made from.
    kept: Square,
}

impl State<'_> {
    fn layer(&mut self, layer: usize) -> Branched {
        let network = self.network;
        if network.opens_branch(layer) {
            self.kept = self.q;
        }
        let mut known = Branched::default();
        // Whether what there is, is symmetric about 0 given the input of the product, and whether the branch can be added.
        let (mut is_symmetric, mut is_apart) = (false, false);
        for &step in network.steps(layer) {
            match step {
                // What the activation gives of anything but a product, or where it saturates, may be constant.
                Step::Normalise(NormAt::PostActivation)
                    if network.normalises(NormAt::PostActivation)
                        && !(is_symmetric && slopes(network.activation).is_some()) =>
                {
                    self.q = Square::default();
                }
                Step::Normalise(at) if network.normalises(at) => {
                    self.q = Square { value: Some(1.0), unit: true };
                }
                // Fitted weights do not come here.
                Step::Normalise(_) | Step::Fit => {}
                Step::Multiply => {
                    let [n, s, bias] = [
                        network.units(layer - 1) as f64,
                        network.weight_std[layer - 1],
                        network.bias_std[layer - 1],
                    ];
                    self.q = self.q.map(|q| n * s * s * q + bias * bias);
                    (is_symmetric, is_apart) = (true, true);
                }
                Step::Activate => {
                    self.q = self.activated(is_symmetric);
                    is_apart &= network.activation.is_odd();
                }
                Step::Add => self.q = self.sum(layer, is_apart),
                Step::See(site) => *place(&mut known, site) = self.prediction(),
            }
        }
        known
    }

    /// After the activation: of homogeneous ones alone, and where half of the squares are on either side of 0.
    fn activated(&self, is_symmetric: bool) -> Square {
        match slopes(self.network.activation) {
            Some((r, l)) if is_symmetric || (r - l) == 0.0 => self.q.map(|q| f64::midpoint(r * r, l * l) * q),
            _ => Square::default(),
        }
    }

    fn sum(&self, layer: usize, is_apart: bool) -> Square {
        let [skip, scale] = self.network.sum(layer);
        let value = self.kept.value.zip(self.q.value).filter(|_| is_apart);
        Square { value: value.map(|(x, branch)| skip * skip * x + scale * scale * branch), unit: false }
    }

    fn prediction(&self) -> LayerPrediction {
        let Square { value, unit } = self.q;
        let known = |value| if unit { constant(value, self.network.precision) } else { value_only(value, 0) };
        let second_moment = value.filter(|value| value.is_normal()).and_then(known);
        LayerPrediction { second_moment, ..LayerPrediction::default() }
    }
}

fn place(known: &mut Branched, site: Site) -> &mut LayerPrediction {
    match site {
        Site::Input | Site::Pre => &mut known.sites.pre,
        Site::Post => &mut known.sites.post,
        Site::Branch => &mut known.branch,
        _ => &mut known.stream,
    }
}

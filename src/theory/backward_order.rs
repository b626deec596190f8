//! Squared gradients to first order in 1/n, for any activation and normal weights of mean 0.
//!
//! # What a pass keeps of the input
//!
//! For one column, given the forward pass and a cotangent of independent entries, the gradient G at a layer whose weights were multiplied
//! with x is isotropic but for one direction, `q = x / |x|`:
//!
//! ```text
//! E G G^T = s^2 [A I + (R - A) q q^T]      A = |D|^2 of the layer above,      r = R / A
//! r' = [E Z^2 phi'^2 + (r - 1) (E Z phi phi')^2 / E phi^2] / c,       c = E phi'^2,       r = 1 for the cotangent
//! ```
//!
//! Z is the standardised product in `h = sqrt(K - s_b^2) Z + b`: the backward pass multiplies with the weights that made h, and only along x
//! does that matter.
//!
//! # First order
//!
//! The state of layer k is `K_k`, the variance of its pre-activations given the layer below ([`super::expansion`]), with `E K = limit +
//! shift` and `Var K = v`. With `V = dK_(k+1)/dK_k` and all moments at the limit, n the units of layer k:
//!
//! ```text
//! E |D_l|^2 = prod_(k >= l) c_k prod_(k > l) s_k^2 n_(k-1) * (1 + sum_(k >= l) t_k + sum_(l <= j < L) p_j)
//! t_k = (r_(k+1) - 1) E phi'^2 phi^2 / (n E phi^2 c) + shift c'/c + v c''/(2c)
//! p_j = W_j (V_j v_j c'_j / c_j + s_(j+1)^2 Cov(phi^2, phi'^2)_j / c_j)
//! W_j = c'_(j+1) / c_(j+1) + V_(j+1) W_(j+1),      W_L = 0
//! ```
//!
//! p is what the slopes of a layer have in common with those of the layers above. Then `E |G_(l-1)|^2 = s_l^2 n_(l-1) E |D_l|^2
//! (1 + (r_l - 1)/n_(l-1))`, and `E |dW_l|^2` takes `E |x|^2` and the covariance `v_l (c'_l / c_l + V_l W_l) / (K_l - s_b^2)` besides.
//! (For one input and a fixed start these are the backward recursions of Roberts, Yaida and Hanin 2022, ch. 9.)
//!
//! # Where it holds
//!
//! Where the forward expansion does, and where the sum of all magnitudes of the first order is below `sqrt 0.1`: its square is the
//! estimate of the second order, with what the spread of each layer leaves out.

use super::exact::normal_biases;
use super::expansion::{FIRST_ORDER, State};
use super::prediction::{Kind, LayerPrediction, Prediction, value_only};
use super::quadrature::{Function, Nodes, evaluate};
use super::unit::{Jet, projections};
use super::wide::{Order, step};
use crate::network::{Backward, CotangentAt, Network};
use crate::random::Law;

/// What a layer has to do with its gradients, in the limit.
struct Layer {
    /// Units.
    width: f64,
    /// `s^2` times the units of the layer below.
    gain: f64,
    /// c as a function of K.
    slope: Jet,
    /// `K - s_b^2`, `E K` less its limit, and `Var K`.
    product: f64,
    shift: f64,
    variance: f64,
    /// Part of the variance of K that is not known, over its square.
    dropped: f64,
    /// `dK'/dK` and `s'^2 Cov(phi^2, phi'^2)` of the layer above.
    next: f64,
    common: f64,
    /// r of the gradient below as a function of that above: `r' = radial[0] + (r - 1) radial[1]`.
    radial: [f64; 2],
    /// `E phi'^2 phi^2 / (E phi^2 c)`, `(E phi phi')^2 / (E phi^2 c)` and `(E phi)^2 / E phi^2`.
    aligned: [f64; 3],
    /// Mean square of what the layer gets, to first order.
    input: f64,
}

impl Layer {
    /// `c'/c`.
    fn relative_slope(&self) -> f64 {
        self.slope.gradient[1] / self.slope.value
    }
}

/// What is known to first order of every layer, the input first: at `grad_pre`, `grad_post`, `grad_weight`; nothing where it is exact.
#[must_use]
pub fn predictions(network: &Network, backward: Backward) -> Vec<[LayerPrediction; 3]> {
    let mut all = vec![[LayerPrediction::default(); 3]; network.depth + 1];
    let normal = network.law == Law::Normal && network.input_law == Law::Normal;
    if !normal || normal_biases(network) < network.depth {
        return all;
    }
    let Some(layers) = layers(network) else { return all };
    let mut walk = Walk { square: 1.0, order: 0.0, size: 0.0, dropped: 0.0, radial: 1.0, above: 0.0 };
    // Those whose slopes the gradient meets.
    let met = layers.len() - usize::from(backward.at == CotangentAt::Pre);
    let batch = network.batch as f64;
    for (index, layer) in layers.iter().enumerate().rev() {
        let mut shared = 0.0;
        // The cotangent itself is known.
        if index < met {
            let share = (1.0 + (walk.radial - 1.0) * layer.aligned[1]) / (layer.width * batch);
            walk.through(layer, layers[..met].get(index + 1));
            shared = walk.with_input(layer);
            all[index + 1][0] = walk.prediction(walk.square / layer.width, walk.order, Some(share));
        }
        let weights = layer.input * batch * walk.square / layer.width;
        all[index + 1][2] = walk.prediction(weights, walk.order + shared, None);
        let fan_in = network.units(index) as f64;
        walk.square *= layer.gain;
        let mean = match index.checked_sub(1) {
            Some(below) => layers[below].aligned[2],
            None => constant_share(network),
        };
        let share = (1.0 + (walk.radial - 1.0) * mean) / (fan_in * batch);
        let order = walk.order + (walk.radial - 1.0) / fan_in;
        all[index][1] = walk.prediction(walk.square / fan_in, order, Some(share));
    }
    all
}

/// `(E x)^2 / E x^2` of the input.
fn constant_share(network: &Network) -> f64 {
    let [mean, std] = [network.input_mean, network.input_std];
    mean * mean / (mean * mean + std * std)
}

/// The layers, if the forward expansion holds in all of them.
fn layers(network: &Network) -> Option<Vec<Layer>> {
    let variance = network.input_std * network.input_std;
    let source = State::fixed(network.input_mean, variance, variance);
    let mut averages = source.averages(&source.unit(None, false), network.units(0) as f64);
    let mut order = Order::default();
    let mut layers = Vec::with_capacity(network.depth);
    for l in 0..network.depth {
        let state = averages.next(&step(network, l, 0.0));
        order = order.and(&state);
        let [mean, k] = state.limit;
        if !order.is_first() || !k.is_normal() || !mean.is_finite() {
            return None;
        }
        let width = network.units(l + 1) as f64;
        let unit = state.unit(Some(network.activation), false);
        let next = network.weight_std.get(l + 1).map_or(0.0, |std| std * std);
        let moments = Moments::new(network, l, &state)?;
        let std = network.weight_std[l];
        layers.push(Layer {
            width,
            gain: std * std * network.units(l) as f64,
            slope: moments.slope,
            product: k - network.bias_std[l] * network.bias_std[l],
            shift: state.expectation()[1] - k,
            variance: state.own()[1][1],
            dropped: order.spread_dropped(),
            next: next * width * unit.square.gradient[1],
            common: next * moments.common,
            radial: moments.radial,
            aligned: moments.aligned,
            input: averages.expectation[1],
        });
        averages = state.averages(&unit, width);
    }
    Some(layers)
}

/// Moments of the value and the slope of one unit.
struct Moments {
    slope: Jet,
    common: f64,
    radial: [f64; 2],
    aligned: [f64; 3],
}

impl Moments {
    /// `None` where no gradient comes through, or the integrals are not resolved.
    fn new(network: &Network, l: usize, state: &State) -> Option<Self> {
        let [mean, k] = state.limit;
        let std = k.sqrt();
        let nodes = Nodes::of_slope(network.activation, mean, std);
        let x: Vec<f64> = nodes.z.iter().map(|z| mean + std * z).collect();
        let values = evaluate(network.activation, Function::Value, &x);
        let expect = |f: &dyn Fn(f64, f64, f64) -> f64| {
            let all = nodes.z.iter().zip(&nodes.weight).zip(&nodes.y).zip(&values);
            all.map(|(((&z, weight), &slope), &value)| weight * f(z, value, slope)).sum::<f64>()
        };
        let slope = Jet::from_projections(projections(&nodes, |slope| slope * slope), k);
        let square_of = |x: f64| x * x;
        let (c, square) = (slope.value, expect(&|_, y, _| y * y));
        let both = expect(&|_, y, d| d * d * y * y);
        // Z has the correlation rho with z: what is left of it is a bias, independent of all.
        let part = 1.0 - network.bias_std[l] * network.bias_std[l] / k;
        let along = part * square_of(expect(&|z, y, d| z * y * d)) / (square * c);
        let radial = [part * expect(&|z, _, d| z * z * d * d) / c + 1.0 - part, along];
        let aligned = [
            both / (square * c),
            square_of(expect(&|_, y, d| y * d)) / (square * c),
            square_of(expect(&|_, y, _| y)) / square,
        ];
        let common = both - square * c;
        (c.is_normal() && square.is_normal() && common.is_finite()).then_some(Self {
            slope,
            common,
            radial,
            aligned,
        })
    }
}

/// The way back.
struct Walk {
    /// Squared norm of the gradient of one column, in the limit.
    square: f64,
    /// The first order relative to it, the sum of the magnitudes of its terms, and an estimate of what is left out.
    order: f64,
    size: f64,
    dropped: f64,
    /// r of the gradient that comes from above.
    radial: f64,
    /// W of this layer.
    above: f64,
}

impl Walk {
    /// From the gradient of the activations of a layer to that of its pre-activations.
    fn through(&mut self, layer: &Layer, above: Option<&Layer>) {
        let first = layer.relative_slope();
        let second = layer.slope.hessian[1][1] / layer.slope.value;
        // What is above this layer depends on its K.
        let common = layer.common / layer.slope.value;
        if let Some(above) = above {
            self.above = above.relative_slope() + above.next * self.above;
        }
        let terms = [
            (self.radial - 1.0) * layer.aligned[0] / layer.width,
            layer.shift * first,
            0.5 * layer.variance * second,
            self.above * layer.next * layer.variance * first,
            self.above * common,
        ];
        self.order += terms.iter().sum::<f64>();
        self.size += terms.iter().map(|term| term.abs()).sum::<f64>();
        self.dropped += layer.dropped;
        self.square *= layer.slope.value;
        self.radial = layer.radial[0] + (self.radial - 1.0) * layer.radial[1];
    }

    /// What `|x|^2` of the input of a layer and `|D|^2` have in common.
    fn with_input(&self, layer: &Layer) -> f64 {
        layer.variance * (layer.relative_slope() + layer.next * self.above) / layer.product
    }

    /// A mean square, `limit (1 + order)`, and the population variance that goes with it, if `share` is what the mean of all entries takes.
    fn prediction(&self, limit: f64, order: f64, share: Option<f64>) -> LayerPrediction {
        let size = self.size + (order - self.order).abs();
        let relative = size * size + self.dropped;
        let value = limit * (1.0 + order);
        if relative > FIRST_ORDER || !value.is_normal() {
            return LayerPrediction::default();
        }
        let first = |value: f64| {
            let error = relative * limit;
            Some(Prediction { value, sd: None, kind: Kind::FirstOrder, error })
        };
        LayerPrediction {
            mean: value_only(0.0, 0),
            second_moment: first(value),
            variance: share.and_then(|share| first(value - limit * share)),
            ..LayerPrediction::default()
        }
    }
}

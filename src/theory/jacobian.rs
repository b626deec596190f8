//! The Jacobian of one input: exact first and second moments of its spectrum, and the limit of infinite width.
//!
//! With `T = tr J^T J` and `P = tr (J^T J)^2`, the squares of the m singular values (zeros included: m entries of an input) have the
//! mean `T / m` and the variance `P / m - (T / m)^2`. A layer of n units multiplies J by `D W`: W of variance `s^2` and mean 0, D the
//! slopes, `c = E phi'^2` and `f = E phi'^4`. For slopes r above and l below 0, c and f are `(r^2 + l^2)/2` and `(r^4 + l^4)/2` at
//! every width: T and P are even in each row of W, which leaves the signs of the pre-activations fair and independent. Given J,
//!
//! ```text
//! E T' = s^2 n c T                                                   every symmetric law without atoms
//! E T'^2 = s^4 [n f (T^2 + 2 P) + n (n-1) c^2 T^2]                    normal weights
//! E P'   = s^4 [n f (T^2 + 2 P) + n (n-1) c^2 P]
//! ```
//!
//! from `w^T S w` of a normal w, whose mean is `tr S` and whose square has the mean `tr^2 S + 2 tr S^2`. For He's std and relu that is
//! `E T'^2 = (1 + 1/n) T^2 + (4/n) P`. A block `X + a W' D W` adds `a^2 s'^2 n c s^2 n` times T to what goes past it.
//!
//! Orthogonal weights have the same E T'. With square ones, `W^T W = g^2 I`, the conjugate `M = O S O^T` of a Haar matrix has
//! `E M_ij M_kl = a d_ij d_kl + b (d_ik d_jl + d_il d_jk)`, `b = (n P - T^2) / (n (n-1) (n+2))` and `a = (T^2 - 2 n b) / n^2`, so that
//!
//! ```text
//! E T'^2 = g^4 [n f (a + 2 b) + n (n-1) c^2 a]        E P' = g^4 [n f (a + 2 b) + n (n-1) c^2 b]
//! ```
//!
//! In the limit, `P' / m = s^4 n [m f (T / m)^2 + n c^2 P / m]`, and T stays at its mean: with equal widths every layer adds `f / c^2`
//! to the variance over the square of the mean, and with orthogonal weights `f / c^2 - 1` (Pennington, Schoenholz and Ganguli 2017).

use super::backward::fair_slopes;
use super::homogeneous::slopes;
use super::homogeneous::squared_slope;
use super::prediction::{LayerPrediction, Prediction, Sites, value_only};
use super::quadrature::Nodes;
use crate::kernels::Activation;
use crate::network::{Metric, Network, Norm, Operation, Precision, Residual, Storage};
use crate::random::Law;

/// What is known of the spectrum of one layer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Spectrum {
    second_moment: Option<Prediction>,
    square_variance: Option<Prediction>,
    /// Mean of the squares and of their squares.
    limit: Option<[f64; 2]>,
}

/// Of every layer, from 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spectra(Vec<Spectrum>);

impl Spectra {
    /// Walks forward through a network whose forward limits are known.
    #[must_use]
    pub fn new(network: &Network, input: &LayerPrediction, layers: &[Sites]) -> Self {
        let is_plain = network.operation == Operation::Matmul
            && network.norm == Norm::None
            && network.storage == Storage::None
            && !network.fitted;
        let is_centred = network.weight_mean.iter().all(|&mean| mean == 0.0);
        // Weights that meet what they have made are not fresh.
        let is_fresh = !network.tied || network.depth == 1;
        let mut all = vec![Spectrum::default(); network.depth];
        if is_plain && is_centred && is_fresh {
            match network.residual {
                Residual::None => {
                    exact(network, &mut all);
                    limits(network, input, layers, &mut all);
                }
                Residual::Between => blocks(network, &mut all),
                Residual::Outside | Residual::Inside => {}
            }
        }
        Self(all)
    }

    /// The expectation of a metric in layer `layer`.
    #[must_use]
    pub fn predict(&self, layer: usize, metric: Metric) -> Option<Prediction> {
        let spectrum = self.0.get(layer.checked_sub(1)?)?;
        match metric {
            Metric::SecondMoment => spectrum.second_moment,
            Metric::SquareVariance => spectrum.square_variance,
            _ => None,
        }
    }

    /// The limit of infinite width.
    #[must_use]
    pub fn mean_field(&self, layer: usize, metric: Metric) -> Option<f64> {
        let [second, fourth] = self.0.get(layer.checked_sub(1)?)?.limit?;
        let value = match metric {
            Metric::SecondMoment => second,
            Metric::Rms => second.sqrt(),
            Metric::Log2Rms => 0.5 * libm::log2(second),
            Metric::SquareVariance => fourth - second * second,
            _ => return None,
        };
        (value.is_normal() || value == 0.0).then_some(value)
    }
}

/// `E phi'^2` and `E phi'^4` at every width; `None` where they are not known.
fn powers(network: &Network) -> Option<[f64; 2]> {
    let [r, l] = fair_slopes(network)?;
    Some([f64::midpoint(r * r, l * l), f64::midpoint(r * r * (r * r), l * l * (l * l))])
}

fn exact(network: &Network, all: &mut [Spectrum]) {
    let Some([c, f]) = powers(network) else { return };
    let m = network.units(0) as f64;
    let (mut mean, mut square, mut fourth) = (1.0, 1.0, 1.0 / m);
    for (layer, spectrum) in (1..).zip(all) {
        let (n, std) = (network.units(layer) as f64, network.weight_std[layer - 1]);
        let scale = std * std * n;
        mean *= scale * c;
        spectrum.second_moment = value_only(mean, 0);
        if network.law == Law::Orthogonal && network.is_square() && network.width > 1 {
            [square, fourth] = turned(scale, [c, f], n, [square, fourth]);
            // Without a kink nothing is random but the rounding.
            let is_constant = network.activation == Activation::Linear;
            let error = if is_constant { Precision::F64.rounding() } else { 0.0 };
            let known = |value: f64, size: f64| {
                value_only(value, 0).map(|one| Prediction { error: error * size, ..one })
            };
            spectrum.second_moment = known(mean, mean);
            spectrum.square_variance =
                if is_constant { known(0.0, mean * mean) } else { known(m * fourth - square, 0.0) };
        } else if network.law == Law::Normal {
            // T^2 and P over m^2.
            let own = f / n * (square + 2.0 * fourth);
            let others = (1.0 - 1.0 / n) * c * c;
            (square, fourth) =
                (scale * scale * (own + others * square), scale * scale * (own + others * fourth));
            spectrum.square_variance = value_only(m * fourth - square, 0);
        }
    }
}

/// `T^2` and P over `n^2` behind a square orthogonal layer of `g^2 = scale`, from those before it.
fn turned(scale: f64, [c, f]: [f64; 2], n: f64, [square, fourth]: [f64; 2]) -> [f64; 2] {
    let b = (n * fourth - square) / (n * (n - 1.0) * (n + 2.0));
    let a = (square - 2.0 * n * b) / (n * n);
    let own = n * f * (a + 2.0 * b);
    let others = n * (n - 1.0) * c * c;
    [scale * scale * (own + others * a), scale * scale * (own + others * b)]
}

/// Residual blocks `skip X + a W' phi(W X)`.
fn blocks(network: &Network, all: &mut [Spectrum]) {
    let Some([c, _]) = powers(network) else { return };
    let n = network.width as f64;
    let growth = |layer: usize| network.weight_std[layer - 1] * network.weight_std[layer - 1] * n;
    let mut mean = 1.0;
    for layer in (2..=network.depth).step_by(2) {
        let [skip, scale] = network.sum(layer);
        let between = growth(layer - 1) * c * mean;
        all[layer - 2].second_moment = value_only(between, 0);
        mean = skip * skip * mean + scale * scale * growth(layer) * between;
        all[layer - 1].second_moment = value_only(mean, 0);
    }
}

fn limits(network: &Network, input: &LayerPrediction, layers: &[Sites], all: &mut [Spectrum]) {
    // An input of 0 has no limit that is of use.
    if input.second_moment.is_none_or(|second| second.value == 0.0) {
        return;
    }
    let m = network.units(0) as f64;
    let (mut second, mut fourth) = (1.0, 1.0);
    for (layer, spectrum) in (1..).zip(all) {
        let Some([pre, _]) = layers.get(layer - 1).and_then(|layer| layer.limits) else { return };
        let (n, std) = (network.units(layer) as f64, network.weight_std[layer - 1]);
        let (c, f) = (
            squared_slope(network.activation, pre.mean, pre.second - pre.mean * pre.mean),
            fourth_slope(network.activation, &pre),
        );
        let scale = std * std;
        if network.law == Law::Orthogonal {
            let kept = scale * n * second;
            fourth = scale * scale * n * n * (f * second * second + c * c * (fourth - second * second));
            second = c * kept;
            spectrum.limit = network.is_square().then_some([second, fourth]);
            continue;
        }
        fourth = scale * scale * n * (m * f * second * second + n * c * c * fourth);
        second *= scale * n * c;
        spectrum.limit = Some([second, fourth]);
    }
}

/// `E phi'^4` of a pre-activation.
fn fourth_slope(activation: Activation, pre: &super::limit::Limit) -> f64 {
    let variance = pre.second - pre.mean * pre.mean;
    match slopes(activation) {
        Some((r, l)) if pre.mean == 0.0 => f64::midpoint(r * r * (r * r), l * l * (l * l)),
        _ => Nodes::of_slope(activation, pre.mean, variance.clamp(0.0, f64::INFINITY).sqrt())
            .expect(|_, y| (y * y) * (y * y)),
    }
}

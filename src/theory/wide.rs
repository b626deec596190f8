//! The expansion about infinite width, as predictions.

use super::exact::{excess_kurtosis, normal_biases};
use super::expansion::{Averages, FIRST_ORDER, State, Step};
use super::limit::Limit;
use super::prediction::{Kind, LayerPrediction, Prediction, Sites};
use super::root::{Skewness, Square};
use super::unit::{Jet, Unit};
use crate::kernels::Activation;
use crate::network::Network;
use crate::random::Law;
use crate::statistics::normal;

/// Estimated error of a first-order prediction, in units of `epsilon^2` and of the quantity's own scale.
const SECOND_ORDER: f64 = 0.5;

/// Largest part of the variance of a pooled second moment that may be dropped: 5 % of its sd.
const DROPPED: f64 = 0.1;

/// What the expansion says before and after the activation of every layer, and the limit; of pairs of inputs only if
/// `pairs`, and of the fraction of pre-activations outside `ends` only if there are any. The list ends with the last layer whose variance is in the normal range, or with the first whose biases are not
/// normal.
#[must_use]
pub fn layers(network: &Network, pairs: bool, ends: Option<[f64; 2]>) -> Vec<Sites> {
    let batched = network.batch > 1;
    let excess = excess_kurtosis(network.law);
    let variance = network.input_std * network.input_std;
    let source = State::fixed(network.input_mean, variance, variance * (1.0 - network.input_correlation));
    let mut averages = source.averages(&source.unit(None, true), network.units(0) as f64);
    let (mut spread, mut is_centred, mut has_lattice) = (0.0_f64, true, false);
    let covered = network.depth.min(normal_biases(network));
    let mut layers = Vec::with_capacity(covered);
    for l in 0..covered {
        has_lattice |= network.law == Law::Rademacher && averages.has_lattice(network.units(l) as f64);
        is_centred &= network.weight_mean[l] == 0.0;
        let state = averages.next(&step(network, l, excess.unwrap_or(0.0)));
        spread = spread.max(state.spread());
        if !state.limit[1].is_normal() || !state.limit[0].is_finite() {
            break;
        }
        let first_order =
            spread <= FIRST_ORDER && excess.is_some() && !has_lattice && network.input_law == Law::Normal;
        let width = network.units(l + 1) as f64;
        let site =
            Site { state, width, spread, first_order, is_centred, pairs: pairs && batched, ends, network };
        let pre = site.prediction(&state.unit(None, batched), None);
        // The most expensive part. The spread never falls: a layer of no first order has none above it that would
        // need these covariances.
        let covariances = batched && (first_order || pairs);
        let unit = state.unit(Some(network.activation), covariances);
        let post = site.prediction(&unit, Some(network.activation));
        layers.push(Sites { pre: pre.0, post: post.0, limits: Some([pre.1, post.1]) });
        averages = state.averages(&unit, width);
    }
    layers
}

fn step(network: &Network, l: usize, excess: f64) -> Step {
    Step {
        width: network.units(l) as f64,
        mean: network.weight_mean[l],
        std: network.weight_std[l],
        bias_std: network.bias_std[l],
        bias_mean: network.bias_mean.get(l).copied().unwrap_or(0.0),
        excess,
    }
}

/// One place where metrics are taken.
struct Site<'a> {
    state: State,
    /// Units of the layer.
    width: f64,
    spread: f64,
    first_order: bool,
    is_centred: bool,
    pairs: bool,
    ends: Option<[f64; 2]>,
    network: &'a Network,
}

impl Site<'_> {
    fn prediction(&self, unit: &Unit, activation: Option<Activation>) -> (LayerPrediction, Limit) {
        let averages = self.state.averages(unit, self.width);
        let zero = activation.filter(|&phi| phi == Activation::Relu).map(|_| self.zero());
        let saturated = self.ends.map(|ends| self.outside(ends));
        let limit = Limit {
            mean: averages.limit[0],
            second: averages.limit[1],
            difference: if self.pairs { averages.difference } else { f64::NAN },
            kurtosis: unit.kurtosis,
            zero: zero.map_or(f64::NAN, |jet| jet.value),
            saturated: saturated.map_or(f64::NAN, |jet| jet.value),
            batch: self.network.batch as f64,
        };
        if !self.first_order {
            return (LayerPrediction::default(), limit);
        }
        let [fraction_zero, fraction_saturated] =
            [zero, saturated].map(|jet| jet.and_then(|jet| self.fraction(&jet)));
        let prediction =
            LayerPrediction { fraction_zero, fraction_saturated, ..self.first_order(&averages, unit) };
        (prediction, limit)
    }

    fn first_order(&self, averages: &Averages, unit: &Unit) -> LayerPrediction {
        let [[mm, mq], [_, qq]] = averages.pooled(self.network.batch as f64);
        let [mean, second] = averages.expectation;
        let error = SECOND_ORDER * self.spread * self.spread;
        let limit = averages.limit[0];
        // E M^2 and the gradient of S^2 = Q - M^2 are taken at the limit, as first order demands.
        let variance = second - limit * (2.0 * mean - limit) - mm;
        let variance_of_variance = qq - 4.0 * limit * (mq - limit * mm);
        let first =
            |x: f64, variance: f64, scale: f64| value(x, Some(variance.max(0.0).sqrt()), error * scale);
        // What the expansion drops must not be a visible part of the spread: see `expansion`.
        let spread_known = self.network.batch == 1 || error * second * second <= DROPPED * qq;
        let spread =
            |prediction: Prediction| Prediction { sd: prediction.sd.filter(|_| spread_known), ..prediction };
        let skewness =
            if self.is_centred { Skewness::Smooth } else { Skewness::Squares(inputs(self.network)) };
        let square =
            |mean: f64, variance: f64| Square { mean, variance: variance.max(0.0), scale: 0, skewness };
        let root = |mean: f64, variance: f64| {
            let root = spread(square(mean, variance).root()?);
            Some(Prediction { kind: Kind::FirstOrder, error: root.error + 0.5 * error * root.value, ..root })
        };
        let log2_rms = square(second, qq).log2_root().map(spread);
        let log2_error = 0.5 * std::f64::consts::LOG2_E * error;
        let log2_rms =
            log2_rms.map(|log| Prediction { kind: Kind::FirstOrder, error: log.error + log2_error, ..log });
        LayerPrediction {
            mean: first(mean, mm, unit.own[0][0].sqrt()),
            second_moment: first(second, qq, second).map(spread),
            variance: first(variance, variance_of_variance, second).map(spread),
            std: root(variance, variance_of_variance),
            rms: root(second, qq),
            log2_rms,
            ..LayerPrediction::default()
        }
    }

    /// Zeros of relu: `P(h <= 0)` as a function of the state.
    fn zero(&self) -> Jet {
        let [mu, k] = self.state.limit;
        Jet::from_projections(below(-mu / k.sqrt()), k)
    }

    /// `P(h <= low or h >= high)`, likewise.
    fn outside(&self, ends: [f64; 2]) -> Jet {
        let [mu, k] = self.state.limit;
        let [low, high] = ends.map(|end| (end - mu) / k.sqrt());
        let (low, high) = (below(low), below(-high));
        // The mirror image: odd polynomials change their sign.
        let both = [0, 1, 2, 3, 4].map(|j| if j % 2 == 0 { low[j] + high[j] } else { low[j] - high[j] });
        Jet::from_projections(both, k)
    }

    fn fraction(&self, jet: &Jet) -> Option<Prediction> {
        let (mean, variance) = self.state.indicator(jet, self.width);
        let sd = (self.network.batch == 1).then(|| variance.max(0.0).sqrt());
        value(mean, sd, SECOND_ORDER * self.spread * self.spread)
    }
}

/// `E [z <= t] He_j(z)` for j from 0 to 4: `P(z <= t)`, then `-phi(t) He_{j-1}(t)`.
fn below(t: f64) -> [f64; 5] {
    let density = libm::exp(-0.5 * t * t) / 2.506_628_274_631_000_5;
    let [p1, p2, p3, p4] = [1.0, t, t * t - 1.0, t * (t * t - 3.0)].map(|he| -density * he);
    [normal::cdf(t), p1, p2, p3, p4]
}

/// Inputs that differ in every layer: those of a nonlinear network may all become one.
fn inputs(network: &Network) -> f64 {
    let differ = network.input_std > 0.0 && network.input_correlation == 0.0;
    if differ && network.activation == Activation::Linear { network.batch as f64 } else { 1.0 }
}

/// A prediction of first order of a number in the normal range.
fn value(value: f64, sd: Option<f64>, error: f64) -> Option<Prediction> {
    let sane = |x: f64| x.is_normal() || x == 0.0;
    let kind = Kind::FirstOrder;
    (sane(value) && sd.is_none_or(sane)).then_some(Prediction { value, sd, kind, error })
}

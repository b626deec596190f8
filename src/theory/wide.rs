//! The expansion about infinite width, as predictions.

use super::exact::excess_kurtosis;
use super::expansion::{Averages, FIRST_ORDER, MEAN_FIELD, State, Step};
use super::prediction::{Kind, LayerPrediction, Pairs, Prediction, Sites, Square};
use super::unit::{Jet, Unit};
use crate::kernels::Activation;
use crate::network::Network;
use crate::statistics::normal;

/// Estimated error of a first-order prediction, in units of `epsilon^2` and of the quantity's own scale.
const SECOND_ORDER: f64 = 0.5;

/// Largest part of the variance of a pooled second moment that may be dropped: 5 % of its sd.
const DROPPED: f64 = 0.1;

/// What the expansion says before and after the activation of every layer; of pairs of inputs only if `pairs`.
#[must_use]
pub fn layers(network: &Network, pairs: bool) -> Vec<Sites> {
    let batched = network.batch > 1;
    let excess = excess_kurtosis(network.law);
    let variance = network.input_std * network.input_std;
    let width = network.width as f64;
    let source = State::fixed(network.input_mean, variance, variance * network.input_correlation);
    let mut averages = source.averages(&source.unit(None, true), width);
    let mut spread = 0.0_f64;
    let mut layers = vec![Sites::default(); network.depth];
    for (l, layer) in layers.iter_mut().enumerate() {
        let state = averages.next(&Step {
            width,
            mean: network.weight_mean[l],
            std: network.weight_std[l],
            bias_std: network.bias_std[l],
            excess: excess.unwrap_or(0.0),
        });
        spread = spread.max(state.spread());
        if !(state.limit[1].is_normal() && spread <= MEAN_FIELD) {
            break;
        }
        let first_order = spread <= FIRST_ORDER && excess.is_some();
        let site = Site { state, spread, first_order, pairs: pairs && batched, network };
        layer.pre = site.prediction(&state.unit(None, batched), None);
        // The most expensive part. The spread never falls: a layer of no first order has none above it that would
        // need these covariances.
        let covariances = batched && (first_order || pairs);
        let unit = state.unit(Some(network.activation), covariances);
        layer.post = site.prediction(&unit, Some(network.activation));
        averages = state.averages(&unit, width);
    }
    layers
}

/// One place where metrics are taken.
struct Site<'a> {
    state: State,
    spread: f64,
    first_order: bool,
    pairs: bool,
    network: &'a Network,
}

impl Site<'_> {
    fn prediction(&self, unit: &Unit, activation: Option<Activation>) -> LayerPrediction {
        let averages = self.state.averages(unit, self.network.width as f64);
        let known = if self.first_order { self.first_order(&averages, unit) } else { limit(&averages) };
        LayerPrediction {
            kurtosis: value(unit.kurtosis, None, Kind::MeanField, None),
            pairs: if self.pairs { pairs(&averages, self.network.batch) } else { Pairs::default() },
            fraction_zero: activation
                .filter(|&phi| phi == Activation::Relu)
                .and_then(|_| self.fraction_zero()),
            ..known
        }
    }

    fn first_order(&self, averages: &Averages, unit: &Unit) -> LayerPrediction {
        let [[mm, mq], [_, qq]] = averages.pooled(self.network.batch as f64);
        let [mean, second] = averages.expectation;
        let error = SECOND_ORDER * self.spread * self.spread;
        let limit = averages.limit[0];
        // E M^2 and the gradient of S^2 = Q - M^2 are taken at the limit, as first order demands.
        let variance = second - limit * (2.0 * mean - limit) - mm;
        let variance_of_variance = qq - 4.0 * limit * (mq - limit * mm);
        let first = |x: f64, variance: f64, scale: f64| {
            value(x, Some(variance.max(0.0).sqrt()), Kind::FirstOrder, Some(error * scale))
        };
        // What the expansion drops must not be a visible part of the spread: see `expansion`.
        let spread_known = self.network.batch == 1 || error * second * second <= DROPPED * qq;
        let spread =
            |prediction: Prediction| Prediction { sd: prediction.sd.filter(|_| spread_known), ..prediction };
        let root = |mean: f64, variance: f64| {
            let root = spread(Square { mean, variance: variance.max(0.0), scale: 0 }.root()?);
            let error = root.error? + 0.5 * error * root.value;
            Some(Prediction { kind: Kind::FirstOrder, error: Some(error), ..root })
        };
        LayerPrediction {
            mean: first(mean, mm, unit.own[0][0].sqrt()),
            second_moment: first(second, qq, second).map(spread),
            variance: first(variance, variance_of_variance, second).map(spread),
            std: root(variance, variance_of_variance),
            rms: root(second, qq),
            ..LayerPrediction::default()
        }
    }

    /// Zeros of relu: `P(h <= 0)` as a function of the state.
    fn fraction_zero(&self) -> Option<Prediction> {
        let [mu, k] = self.state.limit;
        let t = -mu / k.sqrt();
        let density = libm::exp(-0.5 * t * t) / 2.506_628_274_631_000_5;
        let below = normal::cdf(t);
        let projections =
            [below, -density, -density * t, -density * (t * t - 1.0), -density * t * (t * t - 3.0)];
        if !self.first_order {
            return value(below, None, Kind::MeanField, None);
        }
        let jet = Jet::from_projections(projections, k);
        let (mean, variance) = self.state.indicator(&jet, self.network.width as f64);
        let sd = (self.network.batch == 1).then(|| variance.max(0.0).sqrt());
        value(mean, sd, Kind::FirstOrder, Some(SECOND_ORDER * self.spread * self.spread))
    }
}

/// Limits of what pairs of inputs have in common.
fn pairs(averages: &Averages, batch: usize) -> Pairs {
    let ([mean, second], product) = (averages.limit, averages.product);
    let limit = |x: f64| value(x, None, Kind::MeanField, None);
    let square = mean * mean;
    Pairs {
        correlation: limit(product / second),
        decorrelation: limit((second - product).max(0.0) / second),
        centred_correlation: limit((product - square) / (second - square)),
        unit_variance: limit((1.0 - 1.0 / batch as f64) * (second - product).max(0.0)),
    }
}

/// The limits of the averages alone.
fn limit(averages: &Averages) -> LayerPrediction {
    let [mean, second] = averages.limit;
    let variance = second - mean * mean;
    let limit = |x: f64| value(x, None, Kind::MeanField, None);
    LayerPrediction {
        mean: limit(mean),
        second_moment: limit(second),
        variance: limit(variance),
        std: limit(variance.max(0.0).sqrt()),
        rms: limit(second.sqrt()),
        ..LayerPrediction::default()
    }
}

/// A prediction of a number in the normal range.
fn value(value: f64, sd: Option<f64>, kind: Kind, error: Option<f64>) -> Option<Prediction> {
    let sane = |x: f64| x.is_normal() || x == 0.0;
    (sane(value) && sd.is_none_or(sane)).then_some(Prediction { value, sd, kind, error })
}

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

/// Estimated error of a first-order prediction, in units of `epsilon^2` and of the quantity's own scale; see
/// [`Order::error`].
const SECOND_ORDER: f64 = 0.5;

/// Largest part of the variance of a pooled second moment that may be dropped: 5 % of its sd.
const DROPPED: f64 = 0.1;

/// What the expansion says before and after the activation of every layer, and the limit; of pairs of inputs only if
/// `pairs`, and of the fraction of pre-activations outside `ends` only if there are any. The list ends with the last layer
/// whose variance is in the normal range, or with the first whose biases are not normal.
#[must_use]
pub fn layers(network: &Network, pairs: bool, ends: Option<[f64; 2]>) -> Vec<Sites> {
    let batched = network.batch > 1;
    let excess = excess_kurtosis(network.law);
    let variance = network.input_std * network.input_std;
    let source = State::fixed(network.input_mean, variance, variance * (1.0 - network.input_correlation));
    let mut averages = source.averages(&source.unit(None, true), network.units(0) as f64);
    let (mut order, mut is_centred, mut has_lattice) = (Order::default(), true, false);
    let covered = network.depth.min(normal_biases(network));
    let mut layers = Vec::with_capacity(covered);
    for l in 0..covered {
        has_lattice |= network.law == Law::Rademacher && averages.has_lattice(network.units(l) as f64);
        is_centred &= network.weight_mean[l] == 0.0;
        let state = averages.next(&step(network, l, excess.unwrap_or(0.0)));
        order = order.and(&state);
        if !state.limit[1].is_normal() || !state.limit[0].is_finite() {
            break;
        }
        let first_order =
            order.is_first() && excess.is_some() && !has_lattice && network.input_law == Law::Normal;
        let width = network.units(l + 1) as f64;
        let site =
            Site { state, width, order, first_order, is_centred, pairs: pairs && batched, ends, network };
        let pre = site.prediction(&state.unit(None, batched), None);
        // The most expensive part. The order never falls: a layer of no first order has none above it that would
        // need these covariances.
        let covariances = batched && (first_order || pairs);
        let unit = state.unit(Some(network.activation), covariances);
        let post = site.prediction(&unit, Some(network.activation));
        layers.push(Sites { pre: pre.0, post: post.0, limits: Some([pre.1, post.1]) });
        averages = state.averages(&unit, width);
    }
    layers
}

/// The step to layer `l + 1`.
pub(super) fn step(network: &Network, l: usize, excess: f64) -> Step {
    Step {
        width: network.units(l) as f64,
        mean: network.weight_mean[l],
        std: network.weight_std[l],
        bias_std: network.bias_std[l],
        bias_mean: network.bias_mean.get(l).copied().unwrap_or(0.0),
        excess,
    }
}

/// How far the layers up to one are from their limits, in units that the expansion takes to be small: each the largest so
/// far.
#[derive(Clone, Copy, Default)]
pub(super) struct Order {
    /// epsilon, see [`State::spread`].
    spread: f64,
    /// See [`State::moved`].
    moved: f64,
}

impl Order {
    pub(super) fn and(self, state: &State) -> Self {
        Self { spread: self.spread.max(state.spread()), moved: self.moved.max(state.moved()) }
    }

    /// Whether the first order is small enough to be given.
    pub(super) fn is_first(self) -> bool {
        self.spread <= FIRST_ORDER && self.moved * self.moved <= FIRST_ORDER
    }

    /// The second order in the spread alone.
    pub(super) fn spread_dropped(self) -> f64 {
        SECOND_ORDER * self.spread * self.spread
    }

    /// Estimated error of the first order: where many layers add to one that is damped by none of them, as a weight mean
    /// near 1/n does, its square is more than the spread of any layer tells.
    fn error(self) -> f64 {
        self.spread_dropped().max(self.moved * self.moved)
    }
}

/// One place where metrics are taken.
struct Site<'a> {
    state: State,
    /// Units of the layer.
    width: f64,
    order: Order,
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
        let error = self.order.error();
        let limit = averages.limit[0];
        // E M^2 and the gradient of S^2 = Q - M^2 are taken at the limit, as first order demands.
        let variance = second - limit * (2.0 * mean - limit) - mm;
        let linear = (qq - 4.0 * limit * (mq - limit * mm)).max(0.0);
        let Spread { variance: variance_of_variance, doubt, is_small } = Spread::new(linear, variance, mm);
        let first =
            |x: f64, variance: f64, scale: f64| value(x, Some(variance.max(0.0).sqrt()), error * scale);
        // What the expansion drops must not be a visible part of the spread: see `expansion`.
        let spread_known =
            self.network.batch == 1 || self.order.spread_dropped() * second * second <= DROPPED * qq;
        let spread =
            |prediction: Prediction| Prediction { sd: prediction.sd.filter(|_| spread_known), ..prediction };
        let sd_known = spread_known && is_small && doubt <= DROPPED * variance_of_variance;
        let spread_of_variance =
            |prediction: Prediction| Prediction { sd: prediction.sd.filter(|_| sd_known), ..prediction };
        let inputs = if self.is_centred { f64::INFINITY } else { inputs(self.network) };
        let square = |mean: f64, variance: f64, skewness| Square { mean, variance, scale: 0, skewness };
        let squared = square(second, qq.max(0.0), Skewness::Squares(inputs));
        let centred = Skewness::Centred { inputs, common: mm / variance };
        let centred = square(variance, variance_of_variance, centred).root().filter(|_| is_small);
        let also = |root: Prediction, error: f64| Prediction {
            kind: Kind::FirstOrder,
            error: root.error + error,
            ..root
        };
        let missing = 0.5 * error + doubt / (8.0 * variance * variance);
        LayerPrediction {
            mean: first(mean, mm, unit.own[0][0].sqrt()),
            second_moment: first(second, qq, second).map(spread),
            variance: first(variance, variance_of_variance, second).map(spread_of_variance),
            std: centred.map(|root| spread_of_variance(also(root, missing * root.value))),
            rms: squared.root().map(|root| spread(also(root, 0.5 * error * root.value))),
            log2_rms: squared
                .log2_root()
                .map(|log| spread(also(log, 0.5 * std::f64::consts::LOG2_E * error))),
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
        value(mean, sd, self.order.error())
    }
}

/// `E [z <= t] He_j(z)` for j from 0 to 4: `P(z <= t)`, then `-phi(t) He_{j-1}(t)`.
fn below(t: f64) -> [f64; 5] {
    let density = libm::exp(-0.5 * t * t) / 2.506_628_274_631_000_5;
    let [p1, p2, p3, p4] = [1.0, t, t * t - 1.0, t * (t * t - 3.0)].map(|he| -density * he);
    [normal::cdf(t), p1, p2, p3, p4]
}

/// The variance of the pooled variance `S^2 = Q - M^2` to second order in that of M: few units have a mean that is not
/// small beside their spread, even where all else hardly varies (signs: Q is constant).
///
/// For `y = Q - 2 a M`, a the limit of M, and `m = Var M`:
///
/// ```text
/// Var S^2 = Var y - 2 Cov(y, (M - a)^2) + Var (M - a)^2 = Var y (1 - 2 m / E (y - a^2)) + 2 m^2
/// ```
///
/// The covariance is that of independent units, or of one common scale (the same in both); the last term that of a normal M.
struct Spread {
    /// `Var S^2`.
    variance: f64,
    /// How much of it may be wrong: half of both terms, signs aside.
    doubt: f64,
    /// Whether the mean is as small beside the spread as the expansion asks of its state.
    is_small: bool,
}

impl Spread {
    /// From `Var y`, `E S^2` and `Var M`.
    fn new(linear: f64, variance: f64, mean: f64) -> Self {
        let share = mean / (variance + mean);
        Self {
            variance: (linear * (1.0 - 2.0 * share) + 2.0 * mean * mean).max(0.0),
            doubt: linear * share + mean * mean,
            is_small: share <= FIRST_ORDER,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variance_of_a_variance_is_that_of_normal_entries_and_of_signs() {
        // Normal: 2 (n - 1) / n^2, from Var Q = 2/n. Signs: Q is 1, and 1 - M^2 varies by 2/n^2 - 2/n^3.
        for n in [11.0_f64, 16.0, 50.0, 200.0] {
            let normal = Spread::new(2.0 / n, 1.0 - 1.0 / n, 1.0 / n);
            assert!((normal.variance - 2.0 * (n - 1.0) / n / n).abs() < 1e-15, "{n}: {}", normal.variance);
            let signs = Spread::new(0.0, 1.0 - 1.0 / n, 1.0 / n);
            let exact = 2.0 / n / n - 2.0 / n / n / n;
            assert!(
                (signs.variance - exact).abs() <= signs.doubt && signs.doubt <= (1.0 + 1e-12) / n / n,
                "{n}"
            );
            assert!(signs.is_small && normal.is_small, "{n}");
        }
        assert!(!Spread::new(0.0, 0.75, 0.25).is_small);
    }
}

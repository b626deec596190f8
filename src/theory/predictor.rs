//! Which theory covers a network, and its answers layer by layer.

use super::elementwise::Entry;
use super::prediction::{LayerPrediction, Prediction, Sites};
use super::symmetric::normal_kurtosis;
use super::{exact, wide};
use crate::network::{Metric, Network, Operation, Site};
use crate::random::Law;

/// The predictions for every covered layer of one network.
///
/// For every metric of every layer the best that is known: an exact result, else the delta method on exact moments,
/// else first order in 1/width, else the limit of infinite width, else nothing. See [`super`] for what is exact, and
/// [`super::expansion`] for where the others hold.
///
/// Elementwise operations are covered where the layer is linear in normal noise: at layer 1 before the activation,
/// and everywhere without an activation.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictor {
    input: LayerPrediction,
    /// Entry l - 1 belongs to layer l.
    layers: Vec<Sites>,
}

impl Predictor {
    /// Runs the recursions once over all layers of `network`: O(depth) time and memory, whatever the width. A layer
    /// of a nonlinear network takes some 20 microseconds, ten times that for a batch.
    #[must_use]
    pub fn new(network: &Network) -> Self {
        Self::for_metrics(network, &Metric::ALL)
    }

    /// The same for `metrics` alone, without the work that only others need: [`predict`](Self::predict) may give `None`
    /// for those.
    #[must_use]
    pub fn for_metrics(network: &Network, metrics: &[Metric]) -> Self {
        let count = entries(network);
        let entry = Entry::normal(network.input_mean, network.input_std);
        let kurtosis = normal_kurtosis(count).filter(|_| network.input_std > 0.0);
        let independent = network.input_correlation == 0.0 || network.batch == 1;
        let input = LayerPrediction { kurtosis, ..entry.prediction(count) };
        let input = if independent { input } else { LayerPrediction::default() };
        let mut layers = match network.operation {
            _ if metrics.iter().all(|&metric| field(metric).is_none()) => Vec::new(),
            Operation::Matmul => {
                let exact = exact::layers(network);
                let wide = wide::layers(network, metrics.iter().any(|&metric| is_of_pairs(metric)));
                exact.into_iter().zip(wide).map(|(exact, wide)| exact.or(wide)).collect()
            }
            _ if !independent => Vec::new(),
            Operation::Product => elementwise(network, entry, Entry::times),
            Operation::Sum => elementwise(network, entry, Entry::plus),
        };
        // Every theory here takes biases of mean 0: nothing is known from the first others on.
        let centred = network.bias_mean.iter().take_while(|&&mean| mean == 0.0).count();
        if centred < network.bias_mean.len() {
            layers.truncate(centred);
        }
        Self { input, layers }
    }

    /// Returns what is known of one metric; `None` where nothing is.
    ///
    /// Layer 0 has the site `Input` alone, and no other layer has it.
    #[must_use]
    pub fn predict(&self, layer: usize, site: Site, metric: Metric) -> Option<Prediction> {
        let prediction = match (layer.checked_sub(1), site) {
            (None, Site::Input) => &self.input,
            (Some(index), Site::Pre) => &self.layers.get(index)?.pre,
            (Some(index), Site::Post) => &self.layers.get(index)?.post,
            _ => return None,
        };
        field(metric)?(prediction)
    }
}

/// Where the prediction of a metric stands; `None` where there is no theory of it.
fn field(metric: Metric) -> Option<fn(&LayerPrediction) -> Option<Prediction>> {
    Some(match metric {
        Metric::Mean => |layer| layer.mean,
        Metric::SecondMoment => |layer| layer.second_moment,
        Metric::Variance => |layer| layer.variance,
        Metric::Std => |layer| layer.std,
        Metric::Rms => |layer| layer.rms,
        Metric::Kurtosis => |layer| layer.kurtosis,
        Metric::FractionZero => |layer| layer.fraction_zero,
        Metric::Dead => |layer| layer.dead,
        Metric::Log2Rms => |layer| layer.log2_rms,
        Metric::Correlation => |layer| layer.pairs.correlation,
        Metric::Decorrelation => |layer| layer.pairs.decorrelation,
        Metric::CentredCorrelation => |layer| layer.pairs.centred_correlation,
        Metric::UnitVariance => |layer| layer.pairs.unit_variance,
        _ => return None,
    })
}

/// Whether a metric is about pairs of inputs.
fn is_of_pairs(metric: Metric) -> bool {
    use Metric::{CentredCorrelation, Correlation, Decorrelation, UnitVariance};
    matches!(metric, Correlation | Decorrelation | CentredCorrelation | UnitVariance)
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

fn elementwise(network: &Network, mut entry: Entry, step: impl Fn(Entry, f64, f64) -> Entry) -> Vec<Sites> {
    let count = entries(network);
    let linear = exact::is_linear(network);
    let unbiased = network.bias_std.iter().take_while(|&&std| std == 0.0).count();
    let covered =
        if network.law == Law::Normal { unbiased.min(if linear { usize::MAX } else { 1 }) } else { 0 };
    let weights = network.weight_mean.iter().copied().zip(network.weight_std.iter().copied());
    let layers = weights.take(covered.min(network.depth)).map(|(mean, std)| {
        entry = step(entry, mean, std);
        let pre = entry.prediction(count);
        Sites { pre, post: if linear { pre } else { LayerPrediction::default() } }
    });
    layers.collect()
}

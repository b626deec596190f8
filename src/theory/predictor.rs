//! Which theory covers a network, and its answers layer by layer.

use super::branches::Branched;
use super::elementwise::Entry;
use super::jacobian::Spectra;
use super::prediction::{Kind, LayerPrediction, Prediction, Sites, value_only};
use super::symmetric::normal_kurtosis;
use super::{Gradients, Limit, branched_limit, branches, exact, fitted, saturated, wide};
use crate::network::{Backward, Metric, Network, Norm, Operation, Precision, Residual, Site, Storage};
use crate::random::Law;

/// The predictions for every covered layer of one network.
///
/// For every metric of every layer the best that is known: an exact result, else one from exact moments, else first
/// order in 1/width, else nothing. See [`super`] for what is exact, and [`super::expansion`] for where the others hold.
/// Beside it stands the limit of infinite width, wherever there is one.
///
/// Elementwise operations are covered where the layer is linear in normal noise: at layer 1 before the activation,
/// and everywhere without an activation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Predictor {
    input: LayerPrediction,
    /// Entry l - 1 belongs to layer l.
    layers: Vec<Sites>,
    /// The branch of every layer and what it hands on; empty where these are what the activation gives.
    sums: Vec<[LayerPrediction; 2]>,
    /// The limits at `pre`, `post`, `branch` and `stream` of every layer, where it is more than a product and an activation.
    limits: Vec<[Option<Limit>; 4]>,
    /// What is known of the backward pass, if that was asked for.
    gradients: Gradients,
    /// What is known of the Jacobian, if that was asked for.
    spectra: Spectra,
    /// The first layer whose entries are below what the element type resolves.
    faint: Option<usize>,
    precision: Precision,
}

/// Largest error of a prediction that is given though it is not exact: a part of the number, of a logarithm the logarithm of such a
/// part, of a fraction the fraction. A number that may be wrong by more than what is seen beside it misleads, whatever its error says.
const WORTH_SAYING: f64 = 0.05;

/// What theory says about one metric at one place; `None` where nothing is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Predicted {
    /// The expectation, with its error.
    pub theory: Option<Prediction>,
    /// The limit of infinite width.
    pub mean_field: Option<f64>,
    /// Relative error that the element type may add to the number; `None` where it rounds entries so that it can be seen.
    pub rounding: Option<f64>,
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
        Self::for_measure(network, metrics, None)
    }

    /// The same with what is known of the fraction of saturated entries, if that is by a threshold.
    #[must_use]
    pub fn for_measure(network: &Network, metrics: &[Metric], threshold: Option<f64>) -> Self {
        Self { precision: network.precision, ..Self::of_reals(network, metrics, threshold) }
    }

    /// What is known of the network of real numbers.
    fn of_reals(network: &Network, metrics: &[Metric], threshold: Option<f64>) -> Self {
        if network.storage != Storage::None {
            // Every theory here is of real numbers.
            return Self::default();
        }
        if network.tied && network.depth > 1 {
            // Weights that meet what they have made are in no theory here.
            return Self::of_reals(&Network { depth: 1, ..network.clone() }, metrics, threshold);
        }
        if network.data.is_some() {
            return Self::of_samples(network);
        }
        let count = entries(network);
        let entry = Entry::normal(network.input_mean, network.input_std);
        let kurtosis = normal_kurtosis(count).filter(|_| network.input_std > 0.0);
        let independent = network.input_correlation == 0.0 || network.batch == 1;
        let input = LayerPrediction { kurtosis, ..entry.prediction(count) };
        let input = if independent { input } else { LayerPrediction::default() };
        let input = if network.input_law == Law::Normal { input } else { of_any_law(network, entry, count) };
        // No other theory knows of residuals and norms.
        let is_branched = !network.fitted && is_branched(network);
        let branched = if is_branched { branches::layers(network) } else { Vec::new() };
        let ends = threshold.and_then(|threshold| network.activation.beyond(threshold));
        let is_asked = metrics.iter().any(|&metric| has_theory(metric));
        let layers = match network.operation {
            _ if !is_asked => Vec::new(),
            _ if network.fitted => fitted::layers(network),
            _ if is_branched => sites(&branched),
            Operation::Matmul => {
                let exact = saturated::with_first(network, ends, exact::layers(network));
                let pairs = metrics.iter().any(|&metric| is_of_pairs(metric));
                let wide = wide::layers(network, pairs, ends);
                let wide = wide.into_iter().chain(std::iter::repeat(Sites::default()));
                exact.into_iter().zip(wide).map(|(exact, wide)| exact.or(wide)).collect()
            }
            // An elementwise operation keeps the width.
            _ if !independent || network.input_law != Law::Normal || !network.is_square() => Vec::new(),
            Operation::Product => elementwise(network, entry, Entry::times),
            Operation::Sum => elementwise(network, entry, Entry::plus),
        };
        let faint = faint(network, &layers);
        let sums = sums(&branched);
        let pairs = metrics.iter().any(|&metric| is_of_pairs(metric));
        let limits =
            if is_branched && is_asked { branched_limit::layers(network, pairs) } else { Vec::new() };
        Self { input, layers, sums, limits, faint, ..Self::default() }
    }

    /// What is known of inputs from a file: in expectation over the weights and the choice of the samples.
    fn of_samples(network: &Network) -> Self {
        let [mean, std] = network.input_moments();
        let q = mean * mean + std * std;
        if network.fitted || network.operation != Operation::Matmul || !q.is_finite() {
            return Self::default();
        }
        // Neither random nor symmetric: what is known of this constant holds for every input of its mean square.
        let alike = Network { data: None, input_mean: q.sqrt(), input_std: 0.0, ..network.clone() };
        let is_branched = is_branched(network);
        let branched = if is_branched { branches::layers(&alike) } else { Vec::new() };
        let layers = if is_branched { sites(&branched) } else { exact::of_mean_square(&alike) };
        let known = |value| value_only(value, 0);
        let input =
            LayerPrediction { mean: known(mean), second_moment: known(q), ..LayerPrediction::default() };
        Self { input, faint: faint(network, &layers), layers, sums: sums(&branched), ..Self::default() }
    }

    /// The same with what is known of a backward pass, if there is one.
    #[must_use]
    pub fn with_gradients(mut self, network: &Network, backward: Option<Backward>) -> Self {
        // Weights that are fitted to the batch are neither normal nor independent of it.
        if let Some(backward) = backward.filter(|_| {
            !network.fitted && network.data.is_none() && network.gradient_storage == Storage::None
        }) {
            self.gradients = Gradients::new(network, backward, &self.input, &self.layers);
        }
        self
    }

    /// The same with what is known of the Jacobian, if that is measured.
    #[must_use]
    pub fn with_jacobian(mut self, network: &Network, is_measured: bool) -> Self {
        if is_measured && network.data.is_none() {
            self.spectra = Spectra::new(network, &self.input, &self.layers);
        }
        self
    }

    /// Returns what is known of one metric; `None` where nothing is, or nothing that is near enough to be of use.
    ///
    /// Layer 0 has the sites `Input` and `GradPost`, and no other layer has `Input`.
    #[must_use]
    pub fn predict(&self, layer: usize, site: Site, metric: Metric) -> Option<Prediction> {
        self.known(layer, site, metric).filter(|prediction| is_worth_saying(metric, prediction))
    }

    fn known(&self, layer: usize, site: Site, metric: Metric) -> Option<Prediction> {
        let prediction = match (layer.checked_sub(1), site) {
            (None, Site::Input) => &self.input,
            (Some(index), Site::Pre) => &self.layers.get(index)?.pre,
            (Some(index), Site::Branch) if !self.sums.is_empty() => &self.sums.get(index)?[0],
            (Some(index), Site::Stream) if !self.sums.is_empty() => &self.sums.get(index)?[1],
            // Without a residual the branch, and what a layer hands on, are what its activation gives.
            (Some(index), Site::Post | Site::Branch | Site::Stream) => &self.layers.get(index)?.post,
            (_, Site::Jacobian) => return self.spectra.predict(layer, metric),
            _ => return self.gradients.predict(layer, site, metric),
        };
        field(metric)?(prediction)
    }

    /// Returns all that is known of one metric.
    #[must_use]
    pub fn predicted(&self, layer: usize, site: Site, metric: Metric) -> Predicted {
        Predicted {
            theory: self.predict(layer, site, metric),
            mean_field: self.mean_field(layer, site, metric),
            rounding: self.is_resolved(layer).then(|| self.precision.rounding()),
        }
    }

    /// Returns the limit of infinite width of one metric; `None` where there is none.
    #[must_use]
    pub fn mean_field(&self, layer: usize, site: Site, metric: Metric) -> Option<f64> {
        if site.is_gradient() {
            return self.gradients.mean_field(layer, site, metric);
        }
        if site == Site::Jacobian {
            return self.spectra.mean_field(layer, metric);
        }
        let index = layer.checked_sub(1)?;
        if let Some([pre, post, branch, stream]) = self.limits.get(index) {
            let limit = match site {
                Site::Pre => pre,
                Site::Post => post,
                Site::Branch => branch,
                Site::Stream => stream,
                _ => &None,
            };
            return limit.as_ref()?.of(metric);
        }
        let limits = self.layers.get(index)?.limits?;
        match site {
            Site::Pre => limits[0].of(metric),
            Site::Post | Site::Branch | Site::Stream => limits[1].of(metric),
            _ => None,
        }
    }

    /// Returns whether the element type resolves the entries of a layer: predictions are those of real numbers, and
    /// where entries are subnormal their rounding can be seen beside them.
    #[must_use]
    pub fn is_resolved(&self, layer: usize) -> bool {
        self.faint.is_none_or(|faint| layer < faint)
    }
}

/// Whether the error of a prediction is small beside it. That of a mean is in units of the spread of the entries, and small where there is
/// one.
fn is_worth_saying(metric: Metric, prediction: &Prediction) -> bool {
    let Prediction { value, kind, error, .. } = *prediction;
    let most = match metric {
        _ if kind == Kind::Exact => return true,
        Metric::Mean => f64::INFINITY,
        _ if metric.is_logarithm() => WORTH_SAYING * std::f64::consts::LOG2_E,
        Metric::FractionZero | Metric::FractionSaturated => WORTH_SAYING,
        _ => WORTH_SAYING * value.abs(),
    };
    error <= most
}

/// What is known of the sites of a plain network, in every layer of a branched one.
fn sites(branched: &[Branched]) -> Vec<Sites> {
    branched.iter().map(|layer| layer.sites).collect()
}

/// What is known of the branch of every layer and of what it hands on.
fn sums(branched: &[Branched]) -> Vec<[LayerPrediction; 2]> {
    branched.iter().map(|layer| [layer.branch, layer.stream]).collect()
}

/// Whether a layer is more than a product and an activation.
fn is_branched(network: &Network) -> bool {
    network.residual != Residual::None || network.norm != Norm::None
}

/// Root of the smallest second moment of an f32 layer whose entries are resolved, for one unit: `2^10` times the
/// smallest f32. The rounding of an entry then changes its square by `2^-20 / 12`; a sum of n products is rounded n
/// times.
const RESOLVED: i32 = -149 + 10;

/// The first layer whose entries, or weights, the element type does not resolve.
fn faint(network: &Network, layers: &[Sites]) -> Option<usize> {
    if network.precision == Precision::F64 {
        return None;
    }
    let least = libm::scalbn(1.0, RESOLVED);
    let is_small = |second: f64| second > 0.0 && second < least * least * network.widest() as f64;
    let second = |site: &LayerPrediction, limit: Option<f64>| site.second_moment.map(|p| p.value).or(limit);
    let is_faint = |(layer, &std): (&Sites, &f64)| {
        let limits = layer.limits.map_or([None; 2], |limits| limits.map(|limit| Some(limit.second)));
        let sites = [second(&layer.pre, limits[0]), second(&layer.post, limits[1])];
        (std > 0.0 && std < least) || sites.into_iter().flatten().any(is_small)
    };
    layers.iter().zip(network.weight_std.iter()).position(is_faint).map(|index| index + 1)
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
        Metric::FractionSaturated => |layer| layer.fraction_saturated,
        Metric::Dead => |layer| layer.dead,
        Metric::Log2Rms => |layer| layer.log2_rms,
        _ => return None,
    })
}

/// Whether there is a theory of a metric, or a limit.
fn has_theory(metric: Metric) -> bool {
    field(metric).is_some()
        || is_of_pairs(metric)
        || matches!(metric, Metric::ChiLocal | Metric::Relative | Metric::SquareVariance)
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

/// Number of entries of the input, `batch * width`.
fn entries(network: &Network) -> u64 {
    network.batch as u64 * network.units(0) as u64
}

/// What the mean and std of independent input entries say; and their fourth moment, if there is one.
fn of_any_law(network: &Network, entry: Entry, count: u64) -> LayerPrediction {
    let excess = exact::excess_kurtosis(network.input_law);
    let known = entry.with_excess(excess.unwrap_or(0.0)).prediction(count);
    let of_squares = |one: Option<Prediction>| {
        one.map(|one| Prediction { sd: one.sd.filter(|_| excess.is_some()), ..one })
    };
    LayerPrediction {
        mean: known.mean,
        second_moment: of_squares(known.second_moment),
        variance: of_squares(known.variance),
        ..LayerPrediction::default()
    }
}

fn elementwise(network: &Network, mut entry: Entry, step: impl Fn(Entry, f64, f64) -> Entry) -> Vec<Sites> {
    let count = entries(network);
    let linear = exact::is_linear(network);
    let unbiased = network.bias_std.iter().take_while(|&&std| std == 0.0).count();
    let covered =
        if network.law == Law::Normal { unbiased.min(if linear { usize::MAX } else { 1 }) } else { 0 };
    let weights = network.weight_mean.iter().copied().zip(network.weight_std.iter().copied());
    let layers = weights.take(covered.min(exact::centred(network))).map(|(mean, std)| {
        entry = step(entry, mean, std);
        let pre = entry.prediction(count);
        Sites { pre, post: if linear { pre } else { LayerPrediction::default() }, limits: None }
    });
    layers.collect()
}

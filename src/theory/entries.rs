//! The law of one entry of a layer: in which parts of the line how much of it lies.
//!
//! Given the length of what a layer gets, a pre-activation of normal weights is normal. Behind inputs of n independent normal
//! entries of std s its variance is `sigma_w^2 s^2 chi_n^2 + sigma_b^2`, so in layer 1 the law is a mixture of normals over
//! chi squared, exactly. In the limit of infinite width it is one normal law in every layer, of the mean and the second
//! moment of the limit. An activation takes it to
//!
//! ```text
//! P(phi(h) < t) = sum over the stretches (a, b) of h where phi(h) < t of P(a < h < b)
//! ```
//!
//! whose ends are found on a grid, to rounding. In the limit, a gradient behind the activation is normal and independent of
//! the pre-activation, and the one before it is `D = phi'(h) G`:
//!
//! ```text
//! P(D < t) = E Phi(t / (|phi'(h)| sd G))
//! ```

use super::chi_squared::chi_squared;
use super::exact::normal_biases;
use super::predictor::Predictor;
use super::quadrature::{Function, Nodes, evaluate};
use crate::kernels::Activation;
use crate::network::{
    Backward, Cotangent, CotangentAt, Metric, Network, Norm, Operation, Residual, Site, Storage,
};
use crate::random::Law;
use crate::statistics::normal;

/// Points of the grid on which the stretches are looked for.
const GRID: u32 = 2000;
/// How far a law is followed, in standard deviations: what is beyond is below 1e-22.
const REACH: f64 = 10.0;
/// Halvings of a step of the grid; more than f64 can tell apart.
const HALVINGS: u32 = 60;

/// A part of a whole, with its mean and its standard deviation.
type Part = (f64, f64, f64);

/// A mixture of normal laws.
type Mixture = Vec<Part>;

/// The laws of the entries of one network.
pub struct Entries<'a> {
    network: &'a Network,
    backward: Option<Backward>,
    predictor: Predictor,
}

impl<'a> Entries<'a> {
    /// Those of a network, whose gradients are known where `backward` says what they begin with.
    #[must_use]
    pub fn new(network: &'a Network, backward: Option<Backward>) -> Self {
        let predictor = Predictor::for_metrics(network, &[Metric::Mean, Metric::SecondMoment])
            .with_gradients(network, backward);
        Self { network, backward, predictor }
    }

    /// The expected fractions of the entries below the first edge, between each two of them, and from the last one on: exactly,
    /// and in the limit of infinite width. `None` where it is not known.
    #[must_use]
    pub fn fractions(&self, layer: usize, site: Site, edges: &[f64]) -> [Option<Vec<f64>>; 2] {
        let between = |below: Vec<f64>| {
            let from = [0.0].into_iter().chain(below.iter().copied());
            from.zip(below.iter().copied().chain([1.0])).map(|(from, to)| (to - from).max(0.0)).collect()
        };
        let known = if site == Site::Jacobian || self.network.data.is_some() {
            [None, None]
        } else if site.is_gradient() {
            self.backward(layer, site, edges)
        } else {
            self.forward(layer, site, edges)
        };
        known.map(|below| below.map(between))
    }

    fn forward(&self, layer: usize, site: Site, edges: &[f64]) -> [Option<Vec<f64>>; 2] {
        let network = self.network;
        if site == Site::Input {
            let is_normal = network.input_law == Law::Normal && network.storage == Storage::None;
            let input = vec![(1.0, network.input_mean, network.input_std)];
            return [is_normal.then(|| below(&input, edges)).flatten(), None];
        }
        let is_known =
            self.is_plain() && network.operation == Operation::Matmul && self.predictor.is_resolved(layer);
        let image = |law: Mixture| match site {
            Site::Pre => below(&law, edges),
            // Without a residual these are the same.
            Site::Post | Site::Branch | Site::Stream => below_image(network.activation, &law, edges),
            _ => None,
        };
        let exact = self.first_layer().filter(|_| is_known && layer == 1);
        [exact.and_then(image), self.limit(layer).filter(|_| is_known).and_then(image)]
    }

    /// Whether entries are those of a product, and of its activation.
    fn is_plain(&self) -> bool {
        let Network { residual, norm, fitted, .. } = *self.network;
        residual == Residual::None && norm == Norm::None && !fitted
    }

    /// The law of a pre-activation in the limit of infinite width.
    fn limit(&self, layer: usize) -> Option<Mixture> {
        let of = |metric| self.predictor.mean_field(layer, Site::Pre, metric);
        let (mean, second) = (of(Metric::Mean)?, of(Metric::SecondMoment)?);
        let variance = second - mean * mean;
        (variance > 0.0 && variance.is_finite()).then(|| vec![(1.0, mean, variance.sqrt())])
    }

    /// That of layer 1 at this width, where it is known exactly.
    fn first_layer(&self) -> Option<Mixture> {
        let network = self.network;
        let bias_std = network.bias_std[0];
        let is_normal = network.law == Law::Normal
            && network.input_law == Law::Normal
            && network.storage == Storage::None
            && normal_biases(network) > 0;
        let is_centred = network.weight_mean[0] == 0.0 && network.input_mean == 0.0;
        let mean = network.bias_mean.first().copied().unwrap_or(0.0);
        let each = network.weight_std[0] * network.input_std;
        let law = chi_squared(network.units(0))
            .into_iter()
            .map(|(part, square)| (part, mean, (each * each * square + bias_std * bias_std).sqrt()));
        (is_normal && is_centred).then(|| law.collect())
    }

    fn backward(&self, layer: usize, site: Site, edges: &[f64]) -> [Option<Vec<f64>>; 2] {
        let is_rounded = self.network.gradient_storage != Storage::None;
        let Some(backward) = self.backward.filter(|_| !is_rounded) else { return [None, None] };
        let begins = (backward.at == CotangentAt::Pre, layer == self.network.depth);
        let is_cotangent =
            matches!((begins, site), ((true, true), Site::GradPre) | ((false, true), Site::GradPost));
        let spread = |site| {
            let second = self.predictor.mean_field(layer, site, Metric::SecondMoment)?;
            (second > 0.0 && second.is_finite()).then(|| second.sqrt())
        };
        let is_normal = backward.cotangent == Cotangent::Normal;
        if is_cotangent {
            let std = 1.0 / units(self.network, layer).sqrt();
            let exact = is_normal.then(|| below(&[(1.0, 0.0, std)], edges)).flatten();
            return [exact, None];
        }
        if !self.is_plain() {
            return [None, None];
        }
        let limit = match site {
            Site::GradPost => spread(Site::GradPost).and_then(|std| below(&[(1.0, 0.0, std)], edges)),
            // What the gradient begins with is what it is.
            Site::GradPre if is_normal || !begins.1 => spread(Site::GradPost)
                .zip(self.limit(layer))
                .and_then(|(std, law)| below_slope(self.network.activation, &law, std, edges)),
            _ => None,
        };
        [None, limit]
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn units(network: &Network, layer: usize) -> f64 {
    network.units(layer) as f64
}

/// The parts of a mixture below each edge; `None` if one of its laws has no spread.
fn below(law: &[Part], edges: &[f64]) -> Option<Vec<f64>> {
    let has_spread = law.iter().all(|(_, _, std)| *std > 0.0 && std.is_finite());
    let up_to =
        |edge: &f64| law.iter().map(|(part, mean, std)| part * normal::cdf((edge - mean) / std)).sum();
    has_spread.then(|| edges.iter().map(up_to).collect())
}

/// The parts of the image of a mixture below each edge. Of a formula nothing is known for certain.
fn below_image(activation: Activation, law: &[Part], edges: &[f64]) -> Option<Vec<f64>> {
    if matches!(activation, Activation::Formula(_)) {
        return None;
    }
    if activation == Activation::Linear {
        return below(law, edges);
    }
    let ends = law.iter().map(|(_, mean, std)| (mean - REACH * std, mean + REACH * std));
    let (low, high) = ends.reduce(|(low, high), (a, b)| (low.min(a), high.max(b)))?;
    let grid = grid(activation, low, high);
    let image = evaluate(activation, Function::Value, &grid);
    let one = |h: f64| evaluate(activation, Function::Value, &[h])[0];
    let part = |edge: &f64| {
        let mut ends = Vec::new();
        for (h, phi) in grid.windows(2).zip(image.windows(2)) {
            if (phi[0] < *edge) != (phi[1] < *edge) {
                ends.push(end(&one, *edge, (h[0], h[1])));
            }
        }
        // Stretches below the edge begin and end in turn.
        let begins = image[0] < *edge;
        let sum = below(law, &ends)?;
        let signs = (0..ends.len()).map(|index| if (index % 2 == 0) == begins { 1.0 } else { -1.0 });
        let inside: f64 = sum.iter().zip(signs).map(|(part, sign)| part * sign).sum();
        let is_open = image[image.len() - 1] < *edge;
        Some((inside + if is_open { 1.0 } else { 0.0 }).clamp(0.0, 1.0))
    };
    edges.iter().map(part).collect()
}

/// Where an activation crosses an edge between two points.
fn end(phi: &dyn Fn(f64) -> f64, edge: f64, (mut low, mut high): (f64, f64)) -> f64 {
    let is_below = phi(low) < edge;
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if (phi(middle) < edge) == is_below { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// Points from `low` to `high`, denser about the structure of the activation.
fn grid(activation: Activation, low: f64, high: f64) -> Vec<f64> {
    let even = (0..=GRID).map(|step| low + (high - low) * f64::from(step) / f64::from(GRID));
    let near = activation.structure().into_iter().flat_map(|(centre, width)| {
        (0..=GRID).map(move |step| centre + width * 8.0 * (f64::from(step) / f64::from(GRID) - 0.5))
    });
    let mut all: Vec<f64> = even.chain(near.filter(|h| (low..=high).contains(h))).collect();
    all.sort_unstable_by(f64::total_cmp);
    all.dedup();
    all
}

/// The parts of `phi'(h) G` below each edge, where h has this law and G is normal of mean 0 and this std.
fn below_slope(activation: Activation, law: &[Part], std: f64, edges: &[f64]) -> Option<Vec<f64>> {
    let &[(_, mean, spread)] = law else { return None };
    let nodes = Nodes::of_slope(activation, mean, spread);
    let part = |edge: &f64| {
        let below = nodes.expect(|_, slope| {
            let width = slope.abs() * std;
            if width > 0.0 { normal::cdf(edge / width) } else { f64::from(u8::from(*edge > 0.0)) }
        });
        below.is_finite().then(|| below.clamp(0.0, 1.0))
    };
    edges.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EDGES: [f64; 7] = [-1.2, -0.9, -0.1, 0.0, 0.3, 0.95, 2.0];

    #[test]
    fn images_have_the_law_of_their_closed_forms() {
        let law = [(0.25, 0.3, 0.5), (0.75, -0.2, 2.0)];
        let cdf =
            |x: f64| law.iter().map(|(part, mean, std)| part * normal::cdf((x - mean) / std)).sum::<f64>();
        let check = |activation: Activation, expected: &dyn Fn(f64) -> f64| {
            let found = below_image(activation, &law, &EDGES).unwrap();
            for (found, edge) in found.iter().zip(EDGES) {
                // The ends of stretches are known to rounding, and the normal distribution function to 1e-15.
                assert!(
                    (found - expected(edge)).abs() < 1e-13,
                    "{activation} {edge}: {found} {}",
                    expected(edge)
                );
            }
        };
        check(Activation::Tanh, &|t| match t {
            t if t <= -1.0 => 0.0,
            t if t >= 1.0 => 1.0,
            t => cdf(libm::atanh(t)),
        });
        check(Activation::Relu, &|t| if t > 0.0 { cdf(t) } else { 0.0 });
        check(Activation::LeakyRelu { slope: 0.1 }, &|t| cdf(if t < 0.0 { t / 0.1 } else { t }));
        check(Activation::Linear, &cdf);
        check(Activation::Sigmoid, &|t| match t {
            t if t <= 0.0 => 0.0,
            t if t >= 1.0 => 1.0,
            t => cdf(libm::log(t / (1.0 - t))),
        });
    }

    #[test]
    fn an_activation_that_falls_and_rises_has_stretches_of_two_sides() {
        let law = [(1.0, 0.1, 1.3)];
        let edges = [-0.2, -0.16, -0.05, 0.0, 0.4];
        let found = below_image(Activation::Gelu, &law, &edges).unwrap();
        // A midpoint rule with steps of 1e-4 standard deviations: each end of a stretch is off by half a step of a density
        // below 0.4, and there are two.
        let steps: Vec<f64> = (-80_000..80_000).map(|step| (f64::from(step) + 0.5) * 1e-4).collect();
        let h: Vec<f64> = steps.iter().map(|z| 0.1 + 1.3 * z).collect();
        let image = evaluate(Activation::Gelu, Function::Value, &h);
        let density = |z: f64| libm::exp(-z * z / 2.0) / libm::sqrt(2.0 * std::f64::consts::PI);
        for (found, edge) in found.iter().zip(edges) {
            let sum: f64 =
                steps.iter().zip(&image).filter(|(_, y)| **y < edge).map(|(z, _)| 1e-4 * density(*z)).sum();
            assert!((found - sum).abs() < 5e-5, "{edge}: {found} {sum}");
        }
        assert_eq!(found[0].to_bits(), 0, "gelu is nowhere below -0.17");
    }

    #[test]
    fn gradients_before_relu_are_zero_or_those_behind_it() {
        let found = below_slope(Activation::Relu, &[(1.0, 0.0, 0.7)], 0.4, &EDGES).unwrap();
        for (found, edge) in found.iter().zip(EDGES) {
            let expected = f64::midpoint(normal::cdf(edge / 0.4), f64::from(u8::from(edge > 0.0)));
            // Two panels of a constant.
            assert!((found - expected).abs() < 1e-13, "{edge}: {found} {expected}");
        }
    }
}

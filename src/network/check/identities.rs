//! The identities that hold in every single trial.

use super::comparison::{Comparison, Subject};
use super::dense::Dense;
use super::groups::{Group, groups};
use super::noise;
use super::pass::Pass;

use crate::kernels::Activation;
use crate::kernels::norm::count;
use crate::network::cotangent::{Backward, CotangentAt};
use crate::network::shown::Shown;
use crate::network::site::Site;
use crate::network::spec::{Network, Norm, Operation, Residual, Storage};
use crate::network::steps::Step;

/// All of them in all layers. `units` is the bound of a rounding error, in a sum of squares.
pub(super) fn compare(network: &Network, backward: Backward, pass: &Pass, units: f64) -> Vec<Comparison> {
    let mut all = Vec::new();
    for layer in 1..=network.depth {
        all.extend(product(pass, layer, units));
        all.extend(weights(pass, layer, units));
        all.extend(normal(network, pass, layer, units));
    }
    all.extend(degree_one(network, backward, pass, units));
    all
}

fn identity(name: &'static str, layer: usize, values: [f64; 2], scale: f64, bound: f64) -> Comparison {
    let subject = Subject::Identity(name);
    Comparison { subject, layer, values, scale, step: 0.0, bounds: [0.0, bound, 0.0] }
}

/// `<W X, D> = <X, W^T D>`, relative to the root of the sum of the squares of the terms. Entry (j, b) of `W^T D` is a sum of n
/// products.
fn product(pass: &Pass, layer: usize, units: f64) -> Option<Comparison> {
    let (drawn, x) = (pass.drawn[layer - 1].as_ref()?, pass.inputs[layer - 1].product.as_ref()?);
    let d = pass.gradient(layer, Shown::Behind(Step::Multiply))?;
    let below = pass.gradient(layer, Shown::Before(Step::Multiply))?;
    let values = [below.dot(x), drawn.product.dot(d)];
    let scale = below.dot_squares(x).sqrt();
    // Both ways are rounded.
    Some(identity("product", layer, values, scale, 2.0 * units * transposed(pass, layer)?.sqrt()))
}

/// `sum c_k^2` of the roundings in `<X, W^T D>`.
fn transposed(pass: &Pass, layer: usize) -> Option<f64> {
    let (drawn, x) = (pass.drawn[layer - 1].as_ref()?, pass.inputs[layer - 1].product.as_ref()?);
    let d = pass.gradient(layer, Shown::Behind(Step::Multiply))?;
    let norms = d.by_column(|d| d * d);
    let of_row = |row: usize| x.row(row).iter().zip(&norms).map(|(x, d)| x * x * d).sum::<f64>();
    let sum: f64 = drawn.columns.iter().enumerate().map(|(row, w)| w * of_row(row)).sum();
    Some(count(d.rows + 2) * sum)
}

/// The gradient of the weights, as it was measured, from D and X. An entry is a sum of B products, and of the entries
/// f64 sums are taken.
fn weights(pass: &Pass, layer: usize, units: f64) -> Vec<Comparison> {
    let d = pass.gradient(layer, Shown::Behind(Step::Multiply));
    let (Some(d), Some(x)) = (d, &pass.inputs[layer - 1].product) else { return Vec::new() };
    let all = count(d.rows * x.rows);
    let [mean, second] = pass.weights[layer - 1].map(|moment| moment * all);
    let [of_d, of_x] = [d, x].map(|matrix| matrix.by_column(|entry| entry));
    let sum: f64 = of_d.iter().zip(&of_x).map(|(d, x)| d * x).sum();
    let square = gram(d, x);
    let entries = (units * units * count(d.columns + 2) * d.squares() * x.squares()).sqrt();
    // A magnitude is at most the root mean square, and a sum of N has N roundings.
    let sums = 6.0 * f64::EPSILON * (all + count(d.columns)).sqrt();
    let magnitudes = (all * square).sqrt();
    vec![
        identity("weight_sum", layer, [mean, sum], square.sqrt(), entries + sums * magnitudes),
        identity(
            "weight_square",
            layer,
            [second, square],
            square,
            2.0 * entries * square.sqrt() + sums * square,
        ),
    ]
}

/// `tr (D^T D) (X^T X)`
fn gram(d: &Dense, x: &Dense) -> f64 {
    let mut sum = 0.0;
    for a in 0..d.columns {
        for b in 0..=a {
            let of = |m: &Dense| (0..m.rows).map(|row| m.row(row)[a] * m.row(row)[b]).sum::<f64>();
            sum += of(d) * of(x) * if a == b { 1.0 } else { 2.0 };
        }
    }
    sum
}

/// Of the groups of a norm the one in which an identity is broken the most, measured by its bound.
fn normal(network: &Network, pass: &Pass, layer: usize, units: f64) -> Vec<Comparison> {
    let (Some([y, d]), Some(x)) = (pass.norm(layer), &pass.inputs[layer - 1].normal) else {
        return Vec::new();
    };
    let mut worst: [Option<Comparison>; 2] = [None; 2];
    for group in groups(network, x) {
        let [mean, cross] = of_group(network, layer, &group, (y, d), units);
        let mean = Some(mean).filter(|_| network.norm != Norm::Rms);
        for (worst, new) in worst.iter_mut().zip([mean, Some(cross)]) {
            let excess = |one: &Comparison| one.error() / one.bound();
            let is_worse = |new: &Comparison| worst.as_ref().is_none_or(|old| excess(new) > excess(old));
            if let Some(new) = new.filter(is_worse) {
                *worst = Some(new);
            }
        }
    }
    worst.into_iter().flatten().collect()
}

fn of_group(
    network: &Network,
    layer: usize,
    group: &Group,
    (y, d): (&Dense, &Dense),
    units: f64,
) -> [Comparison; 2] {
    let n = count(group.at.len());
    let sum = |f: &dyn Fn(f64, f64, f64) -> f64| {
        group
            .at
            .iter()
            .zip(&group.normal)
            .map(|(&at, &normal)| f(y.data[at], d.data[at], normal))
            .sum::<f64>()
    };
    let [mean, cross] = [sum(&|y, _, _| y.abs()) / n, sum(&|y, _, x| (y * x).abs()) / n];
    // The terms of D, by magnitude; and their roundings, those of the statistics among them.
    let size = |y: f64, x: f64| group.factor * (y.abs() + mean + x.abs() * cross);
    let relative = units * (n.sqrt() + 8.0) * group.loss;
    let sizes = sum(&|y, _, x| size(y, x));
    let crossed = sum(&|y, _, x| size(y, x) * x.abs());
    let factor = network.norm_eps * group.factor * group.factor * group.factor;
    let expected = factor * sum(&|y, _, x| y * x);
    [
        identity("norm_mean", layer, [sum(&|_, d, _| d), 0.0], sizes, relative * sizes),
        identity("norm_cross", layer, [sum(&|_, d, x| d * x), expected], crossed, 2.0 * relative * crossed),
    ]
}

/// `<G_l, X_l> = <G_(l-1), X_(l-1)> + <D_l, b_l 1^T>`; over both layers of a branch that has two.
fn degree_one(network: &Network, backward: Backward, pass: &Pass, units: f64) -> Vec<Comparison> {
    let is_of_degree_one =
        matches!(network.activation, Activation::Linear | Activation::Relu | Activation::LeakyRelu { .. });
    let is_covered = is_of_degree_one
        && network.norm == Norm::None
        && network.storage == Storage::None
        && network.operation != Operation::Sum;
    if !is_covered {
        return Vec::new();
    }
    let noise = noise::by_layer(network, pass);
    let stride = if network.residual == Residual::Between { 2 } else { 1 };
    let tops = (stride..=network.depth).step_by(stride);
    let tops = tops.filter(|&top| top < network.depth || backward.at == CotangentAt::Post);
    tops.filter_map(|top| {
        let at = |layer: usize| {
            let g = pass.gradient(layer, Shown::At(Site::GradPost))?;
            Some((g.dot(pass.activations.get(layer)?), g.dot_squares(&pass.activations[layer]).sqrt()))
        };
        let ((above, scale), (mut below, other)) = (at(top)?, at(top - stride)?);
        let mut squares = 0.0;
        let first = top + 1 - stride;
        for (layer, here) in (first..).zip(&noise[first..=top]) {
            if let Some(bias) = &pass.biases[layer - 1] {
                let d = pass.gradient(layer, Shown::Behind(Step::Multiply))?;
                below +=
                    bias.iter().enumerate().map(|(unit, b)| b * d.row(unit).iter().sum::<f64>()).sum::<f64>();
            }
            squares += here + transposed(pass, layer).unwrap_or(*here);
        }
        squares += noise[top - stride];
        Some(identity("degree_one", top, [above, below], scale + other, units * squares.sqrt()))
    })
    .collect()
}

//! What rounding can do to the loss, to first order.

use super::dense::Dense;
use super::groups::{Group, groups};
use super::pass::Pass;
use crate::kernels::norm::count;
use crate::network::shown::Shown;
use crate::network::site::Site;
use crate::network::spec::Network;
use crate::network::steps::Step;
use crate::simd::SimdLevel;

/// Roundings of an entry in an activation (2 units in the last place), in a norm, and in a sum of a residual with a nudge.
const ACTIVATION: f64 = 4.0;
const NORM: f64 = 8.0;
const SUM: f64 = 4.0;

/// Of every layer, the input first: `sum c_k^2`, where rounding number k changes the loss by at most `u c_k`.
pub(super) fn by_layer(network: &Network, pass: &Pass) -> Vec<f64> {
    (0..pass.activations.len().max(network.depth + 1)).map(|layer| of_layer(network, pass, layer)).collect()
}

fn of_layer(network: &Network, pass: &Pass, layer: usize) -> f64 {
    let mut sum = 0.0;
    if let (Some(x), Some(g)) = (pass.activations.get(layer), pass.gradient(layer, Shown::At(Site::GradPost)))
    {
        sum += SUM * SUM * g.dot_squares(x);
    }
    let Some(index) = layer.checked_sub(1) else { return sum };
    if let Some(d) = pass.gradient(layer, Shown::Behind(Step::Multiply)) {
        sum += match &pass.drawn[index] {
            Some(drawn) => product(d, &drawn.rows, pass.inputs[index].product.as_ref()),
            // An elementwise operation gives at most this.
            None => SUM * SUM * pass.activations.get(layer).map_or(0.0, |x| d.squares() * x.squares()),
        };
    }
    if let (Some(h), Some(g)) =
        (&pass.inputs[index].activation, pass.gradient(layer, Shown::Behind(Step::Activate)))
    {
        let mut phi = h.matrix::<f64>();
        network.activation.apply::<f64>(SimdLevel::detect(), phi.data_mut());
        sum += ACTIVATION * ACTIVATION * g.dot_squares(&Dense::of(&phi));
    }
    if let (Some(h), Some(d)) =
        (&pass.inputs[index].activation, pass.gradient(layer, Shown::At(Site::GradPre)))
    {
        // That of a nudge.
        sum += d.dot_squares(h);
    }
    if let (Some([y, _]), Some(x)) = (pass.norm(layer), &pass.inputs[index].normal) {
        sum += groups(network, x).map(|group| normal(&group, y)).sum::<f64>();
    }
    sum
}

/// A sum of n products for each entry, n roundings of at most `|w| |x|` and two more.
fn product(d: &Dense, rows: &[f64], x: Option<&Dense>) -> f64 {
    let Some(x) = x else { return 0.0 };
    let norms = x.by_column(|x| x * x);
    let of_row = |unit: usize| d.row(unit).iter().zip(&norms).map(|(d, x)| d * d * x).sum::<f64>();
    count(x.rows + 2) * rows.iter().enumerate().map(|(unit, w)| w * of_row(unit)).sum::<f64>()
}

/// Entries, and statistics that are sums over the group, of what a norm gives, to the gradient behind it.
fn normal(group: &Group, y: &Dense) -> f64 {
    let relative = (NORM + count(group.at.len()).sqrt()) * group.loss;
    let squares = group.at.iter().zip(&group.normal).map(|(&at, x)| (y.data[at] * x) * (y.data[at] * x));
    relative * relative * squares.sum::<f64>()
}

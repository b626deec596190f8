//! Exact expectation of the fraction of pre-activations of layer 1 beyond a threshold of saturation.
//!
//! Given its input x, a pre-activation is `N(m sum x + E b, s^2 |x|^2 + s_b^2)`. Inputs of iid `N(0, v)` entries have
//! `|x|^2 = v chi^2_n`, n the width of the input, so with weights of mean 0
//!
//! ```text
//! E fraction = E P(h <= low or h >= high | chi^2_n)      h ~ N(E b, s^2 v chi^2_n + s_b^2)
//! ```
//!
//! at every width of the layer and every batch, whose entries all have this law. With `u = ln(chi^2_n / n)`, of density
//! proportional to `exp(n/2 (u - e^u))`, the trapezoidal rule converges exponentially.

use super::prediction::{LayerPrediction, Prediction, Sites, value_only};
use crate::network::Network;
use crate::random::Law;
use crate::statistics::normal;

/// Logarithm of the weight, relative to the largest, beyond which nothing is added: `exp(-60)` is far below an ulp.
const NEGLIGIBLE: f64 = -60.0;

/// `layers` with what is known of the first: the fraction of pre-activations outside `ends`, if it is asked for.
#[must_use]
pub fn with_first(network: &Network, ends: Option<[f64; 2]>, mut layers: Vec<Sites>) -> Vec<Sites> {
    let fraction_saturated = ends.and_then(|ends| first(network, ends));
    if let Some(layer) = layers.first_mut() {
        let known = LayerPrediction { fraction_saturated, ..LayerPrediction::default() };
        *layer = Sites { pre: layer.pre.or(known), post: layer.post.or(known), ..*layer };
    }
    layers
}

fn first(network: &Network, ends: [f64; 2]) -> Option<Prediction> {
    let n = network.units(0) as f64;
    let (m, s) = (network.weight_mean[0], network.weight_std[0]);
    let bias = network.bias_std[0];
    let shift = network.bias_mean.first().copied().unwrap_or(0.0);
    let is_normal = network.law == Law::Normal && (bias == 0.0 || network.bias_law == Law::Normal);
    let is_constant = network.input_std == 0.0;
    let is_centred = network.input_law == Law::Normal && network.input_mean == 0.0 && m == 0.0;
    if !is_normal || !(is_constant || is_centred) {
        return None;
    }
    let scale = if is_constant { network.input_mean } else { network.input_std };
    // Variance of a pre-activation where `|x|^2` has its mean.
    let mean_square = n * (s * scale) * (s * scale);
    if !(mean_square + bias * bias).is_normal() {
        return None;
    }
    let share = |ratio: f64| {
        let mu = if is_constant { shift + m * n * scale } else { shift };
        let std = (mean_square * ratio + bias * bias).sqrt();
        normal::cdf((ends[0] - mu) / std) + normal::cdf((mu - ends[1]) / std)
    };
    value_only(if is_constant { share(1.0) } else { chi_square_average(n, share) }, 0)
}

/// `E f(chi^2_n / n)`.
fn chi_square_average(n: f64, f: impl Fn(f64) -> f64) -> f64 {
    // A third of the std of u for large n; for small n, an eighth: the integrand is analytic to pi/2 off the axis.
    let step = ((2.0 / n).sqrt() / 3.0).min(0.125);
    let (mut sum, mut weights) = (0.0, 0.0);
    for direction in [-1.0, 1.0] {
        let mut i = if direction > 0.0 { 0.0 } else { 1.0 };
        loop {
            let u = direction * step * i;
            let log = 0.5 * n * (u - libm::expm1(u));
            if log < NEGLIGIBLE {
                break;
            }
            let weight = libm::exp(log);
            sum += weight * f(libm::exp(u));
            weights += weight;
            i += 1.0;
        }
    }
    sum / weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_over_chi_squares_are_exact() {
        for n in [1.0, 2.0, 3.0, 10.0, 1000.0, 1e7] {
            // E v = 1, E v^2 = 1 + 2/n, E exp(-n v) = 3^(-n/2) for v = chi^2_n / n; some hundred terms of rounding.
            let close = |found: f64, exact: f64| {
                assert!((found - exact).abs() <= 1e-13 * exact, "n = {n}: {found}, not {exact}");
            };
            close(chi_square_average(n, |v| v), 1.0);
            close(chi_square_average(n, |v| v * v), 1.0 + 2.0 / n);
            if n < 20.0 {
                close(chi_square_average(n, |v| libm::exp(-n * v)), libm::pow(3.0, -0.5 * n));
            }
        }
    }

    #[test]
    fn one_input_of_one_unit_is_a_product_of_two_normals() {
        // P(|w x| > c) is 2/pi times the integral of K_0 from c; at c = 1, by mpmath.
        let network = Network { input_std: 1.0, batch: 1, ..Network::default() };
        let found = first(&network, [-1.0, 1.0]).unwrap().value;
        assert!((found - 0.208_993_663_004_652_33).abs() < 1e-13, "{found}");
    }
}

//! Laws of logarithms of gradients: exact, for one input, normal weights of mean 0 and independent cotangents.
//!
//! With `G_L` of independent `N(0, 1/n_L)`, or of signs over `sqrt n_L`, every norm is a product of independent factors:
//!
//! ```text
//! linear   |G_(l-1)|^2 = s_l^2 chi^2_n |G_l|^2                   n the fan-in of layer l
//! relu     |D_l|^2 = (|G_l|^2 on K units),  K ~ Bin(n_l, 1/2)    chi^2_K in the place of chi^2_n; of signs K / n
//! weights  |dW_l|^2 = |D_l|^2 |x_(l-1)|^2                        W_l itself is in neither
//! ```
//!
//! Behind relu the weights of an active unit are no longer normal along what the layer got, but the sign of what they are multiplied
//! with is fair and independent, and a normal number cut in half is whole again with such a sign. So biases of a symmetric
//! law change nothing. Of relu, all is given that the gradient is not 0: that `K > 0`.

use std::f64::consts::LN_2;

use super::binomial;
use super::log_law::{self, LogLaw};
use super::prediction::{Prediction, exact};
use crate::kernels::Activation;
use crate::network::{Backward, Cotangent, CotangentAt, Network};
use crate::random::Law;

/// `log2_rms` at `grad_pre`, `grad_post`, `grad_weight` of every layer, the input first, of a network whose second moments of
/// gradients are exact.
pub(super) fn predictions(network: &Network, backward: Backward) -> Vec<[Option<Prediction>; 3]> {
    let mut all = vec![[None; 3]; network.depth + 1];
    let is_relu = network.activation == Activation::Relu;
    if network.batch != 1
        || network.law != Law::Normal
        || !(is_relu || network.activation == Activation::Linear)
    {
        return all;
    }
    let forward = forward(network, is_relu);
    let signs = backward.cotangent == Cotangent::Sign;
    let units = |layer: usize| network.units(layer);
    // Of ln |G|^2 at what a layer hands on; `None` for signs, whose square is 1.
    let top = plus(log_law::linear(units(network.depth), 1.0), -libm::log(units(network.depth) as f64));
    let mut square = Some(top).filter(|_| !signs);
    for layer in (1..=network.depth).rev() {
        let begins_here = layer == network.depth && backward.at == CotangentAt::Pre;
        let n = units(layer);
        if let Some(law) = square.filter(|_| !begins_here) {
            all[layer][1] = log2_rms(law, n);
        }
        let d = match square {
            _ if begins_here || !is_relu => square,
            // chi^2_K in the place of chi^2_n.
            Some(law) => Some(joined(without(law, log_law::linear(n, 1.0)), log_law::relu(n, 1.0))),
            None => Some(plus(active(n), -libm::log(n as f64))),
        };
        if let Some(law) = d {
            all[layer][0] = log2_rms(law, n);
        }
        let d = d.unwrap_or(LogLaw { mean: 0.0, variance: 0.0 });
        if let Some(x) = forward.get(layer - 1) {
            all[layer][2] = log2_rms(joined(d, *x), n * units(layer - 1));
        }
        let below = joined(d, log_law::linear(units(layer - 1), network.weight_std[layer - 1]));
        all[layer - 1][1] = log2_rms(below, units(layer - 1));
        square = Some(below);
    }
    all
}

/// Of `ln |x_l|^2`, l from 0, as far as it is known: up to the first layer with biases.
fn forward(network: &Network, is_relu: bool) -> Vec<LogLaw> {
    let mut laws = Vec::new();
    if network.input_mean != 0.0 || network.input_std <= 0.0 {
        return laws;
    }
    let mut law = log_law::linear(network.units(0), network.input_std);
    laws.push(law);
    for layer in 1..network.depth {
        if network.bias(layer).is_some() {
            break;
        }
        let (n, s) = (network.units(layer), network.weight_std[layer - 1]);
        law = joined(law, if is_relu { log_law::relu(n, s) } else { log_law::linear(n, s) });
        laws.push(law);
    }
    laws
}

/// Mean and variance of `ln K`, `K ~ Bin(n, 1/2)`, given that K > 0.
fn active(n: usize) -> LogLaw {
    let law: Vec<_> = binomial::half(n as u64).into_iter().filter(|&(k, _)| k > 0).collect();
    let alive: f64 = law.iter().map(|&(_, p)| p).sum();
    let average = |f: &dyn Fn(f64) -> f64| law.iter().map(|&(k, p)| p * f(k as f64)).sum::<f64>() / alive;
    let mean = average(&libm::log);
    LogLaw { mean, variance: average(&|k| (libm::log(k) - mean) * (libm::log(k) - mean)) }
}

fn plus(law: LogLaw, constant: f64) -> LogLaw {
    LogLaw { mean: law.mean + constant, ..law }
}

/// Of a product of independent factors.
fn joined(a: LogLaw, b: LogLaw) -> LogLaw {
    LogLaw { mean: a.mean + b.mean, variance: a.variance + b.variance }
}

/// Of a product without one of its independent factors.
fn without(whole: LogLaw, part: LogLaw) -> LogLaw {
    LogLaw { mean: whole.mean - part.mean, variance: whole.variance - part.variance }
}

fn log2_rms(law: LogLaw, count: usize) -> Option<Prediction> {
    let per_entry = law.mean - libm::log(count as f64);
    exact(per_entry / (2.0 * LN_2), law.variance / (4.0 * LN_2 * LN_2), 0)
}

//! Exact moments of networks with positively homogeneous activations, one input, and normal weights of mean 0.
//!
//! `phi(x) = r x` for x > 0 and `l x` for x < 0: linear, relu, leaky relu. Given the layer below, the pre-activations
//! of one input are iid `N(0, K)` with `K = s^2 |x|^2 + s_b^2`, so `phi(h) = sqrt K phi(z)`:
//!
//! ```text
//! |x'|^2 = K sum_i phi(z_i)^2,     K' = s'^2 |x'|^2 + s_b'^2,     z_i iid N(0, 1), independent of K
//! ```
//!
//! At every width, with `R = mean of phi(z_i)^2`:
//!
//! ```text
//! E K'   = s'^2 n E R E K + s_b'^2          Var K' = (s'^2 n)^2 [E R^2 Var K + Var R (E K)^2]
//! ```
//!
//! Every statistic of a layer is a statistic of the iid `phi(z_i)` times `sqrt K` or K, and independent of it, so its
//! moments are products. For He initialisation `E q^2 / (E q)^2 = prod (1 + 5/n)` (Hanin and Rolnick 2018).
//!
//! Roots: without bias `sqrt K` is a product too, and for relu `sum phi(z_i)^2` is `chi^2_J` with J active units,
//! binomial `(n, 1/2)`, so `E sqrt K` is exact as well.

use super::elementwise::Entry;
use super::prediction::{LayerPrediction, exact};
use super::quadrature::Nodes;
use super::root::{Skewness, Square};
use crate::kernels::Activation;
use crate::statistics::gamma::chi_mean_ratio;

/// The slopes `(r, l)` of a positively homogeneous activation.
#[must_use]
pub fn slopes(activation: Activation) -> Option<(f64, f64)> {
    match activation {
        Activation::Linear => Some((1.0, 1.0)),
        Activation::Relu => Some((1.0, 0.0)),
        Activation::LeakyRelu { slope } => Some((1.0, slope)),
        _ => None,
    }
}

/// The law of the conditional variance K of one layer, in units of `4^scale`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Variance {
    mean: f64,
    spread: f64,
    /// `E sqrt K` in units of `2^scale`, where it is known.
    root: Option<f64>,
    /// Whether K is a product of one factor for each layer: there are no biases.
    is_product: bool,
    scale: i32,
}

/// What one layer does to the law: the fan-in, and the iid entries per unit of K.
#[derive(Clone, Copy, Debug)]
pub struct Units {
    width: u64,
    entry: Entry,
    /// `E sqrt(mean of phi(z_i)^2)`.
    root: Option<f64>,
}

impl Units {
    /// `width` units of slopes r and l.
    #[must_use]
    pub fn new(width: usize, (r, l): (f64, f64)) -> Self {
        const ROOT_TWO_PI: f64 = 2.506_628_274_631_000_5;
        let raw = [
            (r - l) / ROOT_TWO_PI,
            f64::midpoint(r * r, l * l),
            2.0 * (r * r * r - l * l * l) / ROOT_TWO_PI,
            1.5 * (r * r * r * r + l * l * l * l),
        ];
        let n = width as u64;
        let root = if (r - l) == 0.0 {
            Some(chi_mean_ratio(n) * r.abs())
        } else if l == 0.0 {
            Some(r.abs() * binomial_chi(n))
        } else {
            None
        };
        Self { width: n, entry: Entry::from_raw(raw), root }
    }
}

impl Variance {
    /// From an input of iid `N(mean, std^2)` entries, through weights of std `s` and biases of std `bias`.
    #[must_use]
    pub fn of_input(width: usize, mean: f64, std: f64, s: f64, bias: f64) -> Self {
        let entry = Entry::normal(mean, std);
        let root = if mean == 0.0 {
            Some(std * chi_mean_ratio(width as u64))
        } else {
            (std == 0.0).then_some(mean.abs())
        };
        Self { mean: 1.0, spread: 0.0, root: Some(1.0), is_product: true, scale: 0 }.next(
            &Units { width: width as u64, entry, root },
            s,
            bias,
        )
    }

    /// The law of the next layer: weights of std `s`, biases of std `bias`.
    #[must_use]
    pub fn next(&self, units: &Units, s: f64, bias: f64) -> Self {
        let (second_moment, _) = units.entry.squares(units.width);
        let gain = s * s * units.width as f64;
        let bias = libm::scalbn(bias, -self.scale);
        let (mean, variance) = self.times(&second_moment);
        let root = self.root.zip(units.root).map(|(a, b)| a * b * gain.sqrt()).filter(|_| bias == 0.0);
        let is_product = self.is_product && bias == 0.0;
        let (mean, spread) = (gain * mean + bias * bias, gain * gain * variance);
        Self { mean, spread, root, is_product, scale: self.scale }.normalised()
    }

    /// What is known of the layer's pre-activations (`Units` of slopes 1, 1) or post-activations.
    #[must_use]
    pub fn prediction(&self, units: &Units, pre: bool) -> LayerPrediction {
        let (second_moment, variance) = units.entry.squares(units.width);
        let square = |law: &Square| {
            let (mean, variance) = self.times(law);
            let skewness = if self.is_product { Skewness::Product } else { Skewness::Squares(1.0) };
            Square { mean, variance, scale: self.scale, skewness }
        };
        let (second_moment, variance) = (square(&second_moment), square(&variance));
        let n = units.width as f64;
        let rooted = |law: Square, root: Option<f64>| {
            let Some(mean) = self.root.zip(root).map(|(a, b)| a * b) else { return law.root() };
            exact(mean, (law.mean - mean * mean).max(0.0), self.scale)
        };
        let chi = (pre && units.width > 1).then(|| chi_mean_ratio(units.width - 1) * ((n - 1.0) / n).sqrt());
        let mean_square = second_moment.mean - variance.mean;
        let mean = if pre {
            exact(0.0, self.mean / n, self.scale)
        } else {
            let mean = self.root.map(|root| root * units.entry.mean());
            mean.and_then(|mean| exact(mean, (mean_square - mean * mean).max(0.0), self.scale))
        };
        LayerPrediction {
            mean,
            second_moment: second_moment.prediction(),
            variance: variance.prediction(),
            std: rooted(variance, chi),
            rms: rooted(second_moment, units.root),
            log2_rms: second_moment.log2_root(),
            ..LayerPrediction::default()
        }
    }

    /// Mean and variance of K times an independent statistic: every term is positive.
    fn times(&self, factor: &Square) -> (f64, f64) {
        let square = factor.variance + factor.mean * factor.mean;
        (self.mean * factor.mean, square * self.spread + factor.variance * self.mean * self.mean)
    }

    /// Splits off a power of four, which is exact.
    fn normalised(mut self) -> Self {
        if self.mean.is_normal() {
            let shift = libm::ilogb(self.mean).div_euclid(2);
            self.scale += shift;
            self.mean = libm::scalbn(self.mean, -2 * shift);
            self.spread = libm::scalbn(self.spread, -4 * shift);
            self.root = self.root.map(|root| libm::scalbn(root, -shift));
        }
        self
    }
}

/// `E chi_J / sqrt n` with J binomial `(n, 1/2)`, summed outwards from the middle until the terms vanish.
fn binomial_chi(n: u64) -> f64 {
    let root = |k: u64| chi_mean_ratio(k) * (k as f64 / n as f64).sqrt();
    let weights = super::binomial::half(n);
    weights.iter().filter(|&&(k, _)| k > 0).map(|&(k, p)| p * root(k)).sum()
}

/// `E phi'^2` of a normal pre-activation.
pub(super) fn squared_slope(activation: Activation, mean: f64, variance: f64) -> f64 {
    match slopes(activation) {
        Some((r, l)) if mean == 0.0 => f64::midpoint(r * r, l * l),
        _ => {
            Nodes::of_slope(activation, mean, variance.clamp(0.0, f64::INFINITY).sqrt()).expect(|_, y| y * y)
        }
    }
}

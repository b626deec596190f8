//! Laws of logarithms: what one layer adds to `ln |x|^2`, exactly, for one input, normal weights of mean 0, no bias.
//!
//! Means of q itself belong to rare trials once `L / n` is not small; its logarithm is a sum of independent terms.
//!
//! ```text
//! linear   |x'|^2 / |x|^2 = s^2 chi^2_n                       E ln = psi(n/2) + ln 2 s^2,     Var ln = psi'(n/2)
//! relu     |x'|^2 / |x|^2 = s^2 chi^2_J,  J ~ Bin(n, 1/2)     the same with J, averaged, given J > 0
//! ```
//!
//! Two inputs of a linear network lose their angle: `1 - c^2` is multiplied by a beta variable in every layer,
//! and `E ln (1 - c'^2) = ln (1 - c^2) + psi((n-1)/2) - psi(n/2)`.

use std::f64::consts::LN_2;

use super::binomial;
use super::polygamma::{digamma, trigamma};
use super::prediction::{Prediction, exact};

/// Mean and variance of what one layer adds to `ln |x|^2`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogLaw {
    /// Mean.
    pub mean: f64,
    /// Variance.
    pub variance: f64,
}

/// A linear layer of n units, weights of std s > 0.
#[must_use]
pub fn linear(n: usize, s: f64) -> LogLaw {
    let half = n as f64 / 2.0;
    LogLaw { mean: digamma(half) + LN_2 + 2.0 * libm::log(s), variance: trigamma(half) }
}

/// A relu layer of n units, weights of std s > 0, given that not all units are inactive.
#[must_use]
pub fn relu(n: usize, s: f64) -> LogLaw {
    let law: Vec<(f64, f64)> = binomial::half(n as u64)
        .into_iter()
        .filter(|&(k, _)| k > 0)
        .map(|(k, p)| (k as f64 / 2.0, p))
        .collect();
    let alive: f64 = law.iter().map(|&(_, p)| p).sum();
    let average = |f: &dyn Fn(f64) -> f64| law.iter().map(|&(half, p)| p * f(half)).sum::<f64>() / alive;
    let mean = average(&digamma);
    let variance = average(&|half| trigamma(half) + (digamma(half) - mean) * (digamma(half) - mean));
    LogLaw { mean: mean + LN_2 + 2.0 * libm::log(s), variance }
}

/// The law of `log2 sqrt q`, one input of iid `N(0, std^2)` entries and its layers, as long as it lives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Log2Rms {
    width: usize,
    relu: bool,
    /// Of `ln |x|^2`.
    law: LogLaw,
}

impl Log2Rms {
    /// The input.
    #[must_use]
    pub fn input(width: usize, std: f64, relu: bool) -> Self {
        Self { width, relu, law: linear(width, std) }
    }

    /// Before the activation of the next layer, of `width` units, and that layer.
    #[must_use]
    pub fn next(&self, width: usize, s: f64) -> (Option<Prediction>, Self) {
        let pre = self.plus(width, linear(width, s));
        (pre.prediction(), if self.relu { self.plus(width, relu(width, s)) } else { pre })
    }

    /// A layer of `width` units, whose `ln |x|^2` is more by an independent variable.
    #[must_use]
    pub fn plus(&self, width: usize, step: LogLaw) -> Self {
        let law = LogLaw { mean: self.law.mean + step.mean, variance: self.law.variance + step.variance };
        Self { width, law, ..*self }
    }

    /// The law of this layer, after the activation.
    #[must_use]
    pub fn prediction(&self) -> Option<Prediction> {
        let per_unit = self.law.mean - libm::log(self.width as f64);
        exact(per_unit / (2.0 * LN_2), self.law.variance / (4.0 * LN_2 * LN_2), 0)
    }
}

/// What one linear layer of n > 1 units adds to `E ln (1 - c^2)` of two inputs.
#[must_use]
pub fn collapse(n: usize) -> f64 {
    digamma((n as f64 - 1.0) / 2.0) - digamma(n as f64 / 2.0)
}

/// Probability that relu layers of the given widths, weights of a law symmetric about 0 and no bias, kill one input.
#[must_use]
pub fn dead(widths: impl IntoIterator<Item = usize>) -> f64 {
    let alive: f64 = widths.into_iter().map(|n| libm::log1p(-libm::exp2(-(n as f64)))).sum();
    -libm::expm1(alive)
}

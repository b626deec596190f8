//! What symmetry alone decides, at every width.
//!
//! - **Kurtosis.** One input through normal weights: given the layer below, the pre-activations are iid normal,
//!   whatever the activations, means and biases. The kurtosis `m4 / m2^2` does not see location and scale, so its law is
//!   that of a normal sample (Fisher 1930): `E = 3 (n-1)/(n+1)`, `Var = 24 n (n-2)(n-3) / ((n+1)^2 (n+3)(n+5))`.
//! - **Zeros of relu.** Rows of weights and biases are symmetric about 0 if the weight mean is 0, so on one input each
//!   pre-activation is positive with probability 1/2, independently of the others, unless the layer below is all 0
//!   and there is no bias: then this layer is all 0 too.
//! - **Means.** Without a weight mean, pre-activations are symmetric about 0; post-activations too if phi is odd.

use super::prediction::{LayerPrediction, Prediction, exact, value_only};

/// The kurtosis of `count` iid normal entries.
#[must_use]
pub fn normal_kurtosis(count: u64) -> Option<Prediction> {
    let n = count as f64;
    let squared = 24.0 * n * (n - 2.0) * (n - 3.0) / ((n + 1.0) * (n + 1.0) * (n + 3.0) * (n + 5.0));
    (count >= 4).then(|| exact(3.0 * (n - 1.0) / (n + 1.0), squared, 0)).flatten()
}

/// The zeros of a relu network with weight mean 0, layer by layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zeros {
    width: f64,
    single: bool,
    /// Probability that the pre-activations of one input are all 0.
    pre: f64,
    /// Probability that its post-activations are all 0.
    post: f64,
}

impl Zeros {
    /// Layer 0; `zero` says whether the input is 0.
    #[must_use]
    pub fn input(batch: usize, zero: bool) -> Self {
        let dead = f64::from(zero);
        Self { width: 0.0, single: batch == 1, pre: dead, post: dead }
    }

    /// The next layer, of `width` units, weight std `s` and bias std `bias`.
    #[must_use]
    pub fn next(&self, width: usize, s: f64, bias: f64) -> Self {
        let width = width as f64;
        let pre = match (bias > 0.0, s > 0.0) {
            (true, _) => 0.0,
            (false, true) => self.post,
            (false, false) => 1.0,
        };
        Self { width, pre, post: pre + (1.0 - pre) * libm::exp2(-width), ..*self }
    }

    /// Zeros before the activation.
    #[must_use]
    pub fn pre(&self) -> LayerPrediction {
        let p = self.pre;
        let certain = p <= 0.0 || p >= 1.0;
        let known = || if self.single || certain { indicator(p) } else { value_only(p, 0) };
        LayerPrediction {
            fraction_zero: known(),
            dead: known().filter(|_| self.single || certain),
            ..LayerPrediction::default()
        }
    }

    /// Zeros after it.
    #[must_use]
    pub fn post(&self) -> LayerPrediction {
        let (p, alive) = (self.pre, 1.0 - self.pre);
        let fraction = p + 0.5 * alive;
        let variance = alive / (4.0 * self.width) + p * alive / 4.0;
        LayerPrediction {
            fraction_zero: if self.single { exact(fraction, variance, 0) } else { value_only(fraction, 0) },
            dead: indicator(self.post).filter(|_| self.single),
            ..LayerPrediction::default()
        }
    }
}

/// A quantity that is 1 with probability p, else 0.
fn indicator(p: f64) -> Option<Prediction> {
    exact(p, p * (1.0 - p), 0)
}

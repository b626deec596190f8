//! Exact laws of networks of orthogonal weights `s sqrt N O`, O the corner of a Haar matrix of N = max(n, n') rows.
//!
//! A layer that is no narrower than the one below multiplies every `|x|^2` by the same number. A narrower one keeps a part of
//! a direction that is uniform on the sphere, and so does an activation of slopes r and l: the squares of J of n
//! coordinates, J of them positive, are a beta variable, independent of `|x|^2` and of all other layers. With `Q = |x|^2 / n`,
//!
//! ```text
//! Q_pre  = s^2 n Q                                                          n' >= n
//! Q_pre  = s^2 n (n / n') Q Beta(n'/2, (n - n')/2)                          n' <  n
//! Q_post = Q_pre [l^2 + (r^2 - l^2) Beta(J/2, (n' - J)/2)]                  J ~ Bin(n', 1/2)
//! ```
//!
//! so for relu of gain sqrt 2 `E Q_L^2 / (E Q_L)^2 = prod (1 + 3/(n+2))`, where normal weights have `prod (1 + 5/n)`; and
//! `ln Beta(a/2, b/2) = ln chi^2_a - ln chi^2_{a+b}` in law gives the logarithms. Second moments alone, biases and batches are
//! those of independent weights ([`super::first_level`], [`super::exact`]): `E W_ij W_kl` is the same.

use super::elementwise::Entry;
use super::homogeneous::slopes;
use super::log_law::{self, Log2Rms, LogLaw};
use super::prediction::{LayerPrediction, Sites};
use super::root::{Skewness, Square};
use crate::kernels::Activation;
use crate::network::Network;
use crate::random::Law;

/// Fills in what is known of one input, of layers without biases, and of a batch as long as no layer bends or narrows it.
pub fn layers(network: &Network, layers: &mut [Sites]) {
    let independent = network.batch == 1 || network.input_correlation == 0.0;
    let independent = independent && network.input_law == Law::Normal;
    if network.law != Law::Orthogonal || !independent {
        return;
    }
    let homogeneous = slopes(network.activation);
    let covered = if homogeneous.is_some() { network.depth } else { 1 };
    let mut state = State::input(network);
    let unbiased = network.bias_std.iter().take_while(|&&std| std == 0.0).count();
    for (l, layer) in layers.iter_mut().enumerate().take(covered.min(unbiased)) {
        let Some(pre) = state.product([network.units(l), network.units(l + 1)], network.weight_std[l]) else {
            return;
        };
        layer.pre = layer.pre.or(pre.prediction());
        let Some(slopes) = homogeneous else { return };
        let Some(post) = pre.activated(network.units(l + 1), slopes) else { return };
        layer.post = layer.post.or(post.prediction());
        state = post;
    }
}

/// What is known of the mean square of a layer.
#[derive(Clone, Copy)]
struct State<'a> {
    network: &'a Network,
    /// Its mean, in units of `4^scale`.
    mean: f64,
    scale: i32,
    /// Its variance over the square of its mean.
    spread: f64,
    /// Of one input of mean 0.
    log2_rms: Option<Log2Rms>,
}

impl<'a> State<'a> {
    fn input(network: &'a Network) -> Self {
        let Network { input_mean, input_std, batch, activation, .. } = *network;
        let width = network.units(0);
        let (square, _) = Entry::normal(input_mean, input_std).squares(batch as u64 * width as u64);
        let spread = if square.mean > 0.0 { square.variance / (square.mean * square.mean) } else { 0.0 };
        let has_logarithm = batch == 1 && input_mean == 0.0 && input_std > 0.0;
        let relu = activation == Activation::Relu;
        let log2_rms = (has_logarithm && (relu || activation == Activation::Linear))
            .then(|| Log2Rms::input(width, input_std, relu));
        Self { network, mean: square.mean, scale: 0, spread, log2_rms }
    }

    /// After the product of a layer; `None` where that is not known.
    fn product(&self, [n, next]: [usize; 2], s: f64) -> Option<Self> {
        let (a, b) = (n as f64, next as f64);
        let narrows = next < n;
        if narrows && self.network.batch > 1 {
            return None;
        }
        let spread = if narrows { 2.0 * (a - b) / (b * (a + 2.0)) } else { 0.0 };
        let part =
            if narrows { beta(log_law::linear(next, 1.0), n) } else { LogLaw { mean: 0.0, variance: 0.0 } };
        let log2_rms = self
            .log2_rms
            .filter(|_| s > 0.0)
            .map(|law| law.plus(next, LogLaw { mean: part.mean + libm::log(s * s * a.max(b)), ..part }));
        Some(Self { log2_rms, ..self.times(s * s * a, spread) })
    }

    /// After an activation; `None` where that is not known.
    fn activated(&self, n: usize, (r, l): (f64, f64)) -> Option<Self> {
        if self.network.activation == Activation::Linear {
            return Some(*self);
        }
        let (r, l) = (r * r, l * l);
        let contrast = (r - l) / (r + l);
        let spread = 3.0 * contrast * contrast / (n as f64 + 2.0);
        let log2_rms = self.log2_rms.map(|law| law.plus(n, beta(log_law::relu(n, 1.0), n)));
        let known = Self { log2_rms, ..self.times(f64::midpoint(r, l), spread) };
        (self.network.batch == 1).then_some(known)
    }

    /// Times an independent variable.
    fn times(&self, mean: f64, spread: f64) -> Self {
        let mut next =
            Self { spread: self.spread + spread + self.spread * spread, mean: self.mean * mean, ..*self };
        if next.mean.is_normal() {
            let shift = libm::ilogb(next.mean).div_euclid(2);
            next.scale += shift;
            next.mean = libm::scalbn(next.mean, -2 * shift);
        }
        next
    }

    fn prediction(&self) -> LayerPrediction {
        let Self { mean, scale, spread, log2_rms, .. } = *self;
        let square = Square { mean, variance: spread * mean * mean, scale, skewness: Skewness::Product };
        LayerPrediction {
            second_moment: square.prediction(),
            log2_rms: log2_rms.and_then(|law| law.prediction()),
            ..LayerPrediction::default()
        }
    }
}

/// The logarithm of a beta variable, from that of the chi-squared variable that is a part of one of `n` degrees of freedom.
fn beta(part: LogLaw, n: usize) -> LogLaw {
    let whole = log_law::linear(n, 1.0);
    LogLaw { mean: part.mean - whole.mean, variance: part.variance - whole.variance }
}

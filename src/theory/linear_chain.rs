//! Exact moments of the batch statistics of a linear network with Gaussian weights of any mean.
//!
//! # The chain
//!
//! `X` is `B x n`, rows are inputs; `N = B n`. A layer maps it to `X' = X W`, `W` of shape `n x n'`,
//! entries iid N(m, s^2). Whatever the widths, the batch statistics form a Markov chain of size B. With the
//! unit vectors `e = 1/sqrt n` and `u = 1/sqrt B` let
//!
//! ```text
//! w = X e                            (B)       scaled row sums
//! F = X (I - e e^T) X^T              (B x B)   what X holds beyond them; X X^T = F + w w^T =: G
//! ```
//!
//! Given X, the columns of X' are iid `N(m sqrt n w, s^2 G)`. Rotating the n' columns by an orthogonal
//! matrix whose first column is `e'` leaves one column `w'` that carries the whole mean, and n' - 1 columns
//! without mean:
//!
//! ```text
//! w' = m sqrt(n n') w + s G^(1/2) z,      F' ~ Wishart_B(n' - 1, s^2 G),      independent given X
//! ```
//!
//! The input is the step from `G = I` with mean `m_0 sqrt n 1`. Split along u, which is where the sum over
//! the batch looks:
//!
//! ```text
//! w = (b, q)         b scalar, q of B - 1
//! F = (alpha, c; c, H)
//! G = (A, C; C, D)   A = alpha + b^2,  C = c + b q,  D = H + q q^T
//! M = b / sqrt N,    N Q = alpha + tr H + b^2 + |q|^2,    N S^2 = alpha + tr H + |q|^2
//! ```
//!
//! In these coordinates no statistic is a difference, and neither is any step below: every term is
//! non-negative, so nothing cancels and the relative error grows by a few units in the last place per
//! layer.
//!
//! # First level
//!
//! With `v = s^2`, `nu = n' - 1`, `d = m^2 n n'` and `y = (alpha, h = tr H, b^2, |q|^2)`:
//!
//! ```text
//! E[alpha' | X] = nu v A        E[b'^2  | X] = d b^2   + v A
//! E[h'     | X] = nu v tr D     E[|q'|^2| X] = d |q|^2 + v tr D          y -> L y, L constant
//! E[b' | X] = sqrt d sign(m) b,  Var[b' | X] = v A
//! ```
//!
//! # Second level
//!
//! `Cov y' = L (Cov y) L^T + E Cov[y' | X]`. For a Wishart matrix `Cov(tr PF', tr RF') = 2 nu v^2 tr(P G R
//! G)`; for Gaussian vectors the fourth moments follow from Isserlis (1918):
//!
//! ```text
//! Var alpha' = 2 nu v^2 A^2          Var b'^2    = 2 v^2 A^2    + 4 d v b^2 A
//! Var h'     = 2 nu v^2 tr D^2       Var |q'|^2  = 2 v^2 tr D^2 + 4 d v q^T D q
//! Cov(alpha', h') = 2 nu v^2 |C|^2   Cov(b'^2, |q'|^2) = 2 v^2 |C|^2 + 4 d v b C^T q        (all given X)
//!
//! A^2    = alpha^2 + 2 alpha b^2 + b^4             b^2 A   = alpha b^2 + b^4
//! tr D^2 = tr H^2 + 2 q^T H q + |q|^4              q^T D q = q^T H q + |q|^4
//! |C|^2  = |c|^2 + 2 b c^T q + b^2 |q|^2           b C^T q = b c^T q + b^2 |q|^2
//! ```
//!
//! So besides the ten second moments of y four invariants are needed, and they close the recursion
//! (fourteen in all):
//!
//! ```text
//! E F'_ij F'_kl = v^2 [nu^2 G_ij G_kl + nu (G_ik G_jl + G_il G_jk)]      (Wishart)
//!
//! E tr H'^2    = v^2 [nu (nu+1) tr D^2 + nu (tr D)^2]
//! E |c'|^2     = v^2 [nu (nu+1) |C|^2  + nu A tr D]
//! E q'^T H' q' = nu v [d q^T D q + v tr D^2]
//! E b' c'^T q' = nu v [d b C^T q + v |C|^2]
//! ```
//!
//! For zero means this is the zonal-polynomial expectation of a product of Wishart matrices (Muirhead 1982,
//! Theorem 7.2.7). Checked against the expansion of the statistics into monomials of the single entries,
//! for small networks, in exact fractions.

use super::prediction::{LayerPrediction, exact};
use super::root::{Skewness, Square};

/// One layer of iid normal entries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layer {
    /// Columns n'.
    pub width: usize,
    /// Mean m of one weight (of one input entry for layer 0).
    pub mean: f64,
    /// Std s of the same.
    pub std: f64,
}

impl Layer {
    /// Splits off a power of two, so that the squares of mean and std are in range.
    fn normalised(self) -> (Self, i32) {
        let largest = self.mean.abs().max(self.std);
        if largest == 0.0 {
            return (self, 0);
        }
        let scale = libm::ilogb(largest);
        let scaled = |x| libm::scalbn(x, -scale);
        (Self { mean: scaled(self.mean), std: scaled(self.std), ..self }, scale)
    }
}

/// Index of `alpha`, `h`, `b^2` and `|q|^2` in the first-level vector y.
const ALPHA: usize = 0;
const H: usize = 1;
const B2: usize = 2;
const Q2: usize = 3;

type Vector = [f64; 4];
type Matrix = [[f64; 4]; 4];

/// Exact moments of the batch statistics of one layer. All numbers are those of `X / 2^scale`, so that deep
/// chains neither overflow nor underflow before their printed statistics do.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// Entries `N = B n`.
    count: f64,
    width: f64,
    scale: i32,
    /// Whether no weight has had a mean.
    is_centred: bool,
    /// Inputs that differ.
    inputs: f64,
    mean_b: f64,
    var_b: f64,
    mean: Vector,
    covariance: Matrix,
    invariants: Invariants,
}

/// Expectations of the four quadratic invariants that y does not determine.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Invariants {
    h_h: f64,
    c_c: f64,
    q_h_q: f64,
    b_c_q: f64,
}

/// Expectations of the second-level functions of (w, G) that a step needs.
struct Gram {
    a_a: f64,
    c_c: f64,
    d_d: f64,
    trace_d_squared: f64,
    a_trace_d: f64,
    b_b_a: f64,
    b_c_q: f64,
    q_d_q: f64,
}

impl Chain {
    /// Returns the moments of layer 0: `batch` inputs with iid N(mean, std^2) entries.
    #[must_use]
    pub fn input(batch: usize, layer: Layer) -> Self {
        let (layer, scale) = layer.normalised();
        let (width, others) = (layer.width as f64, batch as f64 - 1.0);
        let count = batch as f64 * width;
        // The step from G = I: A = 1, C = 0, D = I, and the mean along u alone.
        let drift = layer.mean * layer.mean * count;
        let gram = Gram {
            a_a: 1.0,
            c_c: 0.0,
            d_d: others,
            trace_d_squared: others * others,
            a_trace_d: others,
            b_b_a: 1.0,
            b_c_q: 0.0,
            q_d_q: 0.0,
        };
        let (v, nu) = (layer.std * layer.std, width - 1.0);
        let (covariance, invariants) = conditional(&gram, v, nu, drift);
        let mut chain = Self {
            count,
            width,
            scale,
            is_centred: true,
            inputs: if layer.std > 0.0 { batch as f64 } else { 1.0 },
            mean_b: layer.mean * count.sqrt(),
            var_b: v,
            mean: [nu * v, nu * v * others, drift + v, v * others],
            covariance,
            invariants,
        };
        chain.normalise();
        chain
    }

    /// Returns the moments of the next layer, `X W` with weights of `layer`.
    #[must_use]
    pub fn next(&self, layer: Layer) -> Self {
        let (layer, scale) = layer.normalised();
        let width = layer.width as f64;
        let (v, nu) = (layer.std * layer.std, width - 1.0);
        let drift = layer.mean * layer.mean * self.width * width;
        let (mut covariance, invariants) = conditional(&self.gram(), v, nu, drift);
        let carried = congruence(&self.covariance, v, nu, drift);
        for (row, carried) in covariance.iter_mut().zip(&carried) {
            for (x, y) in row.iter_mut().zip(carried) {
                *x += y;
            }
        }
        let mut chain = Self {
            count: self.count / self.width * width,
            width,
            scale: self.scale + scale,
            is_centred: self.is_centred && layer.mean == 0.0,
            inputs: self.inputs,
            mean_b: self.mean_b * layer.mean * (self.width * width).sqrt(),
            var_b: drift * self.var_b + v * (self.mean[ALPHA] + self.mean[B2]),
            mean: first_level(&self.mean, v, nu, drift),
            covariance,
            invariants,
        };
        chain.normalise();
        chain
    }

    /// Returns the expectations of the statistics and the standard deviations of one trial.
    #[must_use]
    pub fn prediction(&self) -> LayerPrediction {
        let second_moment = self.square(&[ALPHA, H, B2, Q2]);
        let variance = self.square(&[ALPHA, H, Q2]);
        LayerPrediction {
            mean: exact(self.mean_b / self.count.sqrt(), self.var_b / self.count, self.scale),
            second_moment: second_moment.prediction(),
            variance: variance.prediction(),
            std: variance.root(),
            rms: second_moment.root(),
            log2_rms: second_moment.log2_root(),
            ..LayerPrediction::default()
        }
    }

    /// Law of the mean over N of the chosen parts of y.
    fn square(&self, parts: &[usize]) -> Square {
        let mean = parts.iter().map(|&i| self.mean[i]).sum::<f64>() / self.count;
        let variance =
            parts.iter().flat_map(|&i| parts.iter().map(move |&j| self.covariance[i][j])).sum::<f64>();
        let skewness = match (self.is_centred, self.count > self.width) {
            (true, false) => Skewness::Product,
            (true, true) => Skewness::SMOOTH,
            // The mean of a layer on one input is a normal variable, and its square a part of this one.
            (false, _) => Skewness::Squares(self.inputs),
        };
        Square { mean, variance: variance / self.count / self.count, scale: self.scale, skewness }
    }

    /// Second-level functions of `G = F + w w^T`, by expanding the products.
    fn gram(&self) -> Gram {
        let second = |i: usize, j: usize| self.covariance[i][j] + self.mean[i] * self.mean[j];
        let extra = &self.invariants;
        let (b_b_q_q, q4) = (second(B2, Q2), second(Q2, Q2));
        Gram {
            a_a: second(ALPHA, ALPHA) + 2.0 * second(ALPHA, B2) + second(B2, B2),
            c_c: extra.c_c + 2.0 * extra.b_c_q + b_b_q_q,
            d_d: extra.h_h + 2.0 * extra.q_h_q + q4,
            trace_d_squared: second(H, H) + 2.0 * second(H, Q2) + q4,
            a_trace_d: second(ALPHA, H) + second(ALPHA, Q2) + second(B2, H) + b_b_q_q,
            b_b_a: second(ALPHA, B2) + second(B2, B2),
            b_c_q: extra.b_c_q + b_b_q_q,
            q_d_q: extra.q_h_q + q4,
        }
    }

    /// Divides X by the power of two nearest to the root of `tr G`, which is exact.
    fn normalise(&mut self) {
        let trace: f64 = self.mean.iter().sum();
        if !trace.is_normal() {
            return;
        }
        let shift = libm::ilogb(trace).div_euclid(2);
        let (first, second) = (-2 * shift, -4 * shift);
        self.scale += shift;
        self.mean_b = libm::scalbn(self.mean_b, -shift);
        self.var_b = libm::scalbn(self.var_b, first);
        self.mean = self.mean.map(|x| libm::scalbn(x, first));
        self.covariance = self.covariance.map(|row| row.map(|x| libm::scalbn(x, second)));
        let Invariants { h_h, c_c, q_h_q, b_c_q } = &mut self.invariants;
        for x in [h_h, c_c, q_h_q, b_c_q] {
            *x = libm::scalbn(*x, second);
        }
    }
}

/// Returns `L y`.
fn first_level(y: &Vector, v: f64, nu: f64, drift: f64) -> Vector {
    let (a, trace_d) = (y[ALPHA] + y[B2], y[H] + y[Q2]);
    [nu * v * a, nu * v * trace_d, drift * y[B2] + v * a, drift * y[Q2] + v * trace_d]
}

/// Returns `L K L^T` for a symmetric K.
fn congruence(k: &Matrix, v: f64, nu: f64, drift: f64) -> Matrix {
    let transposed = |m: Matrix| [0, 1, 2, 3].map(|i| m.map(|row| row[i]));
    // Rows of K are its columns: mapping each gives K L^T, and once more on the transpose L K L^T.
    let half = k.map(|row| first_level(&row, v, nu, drift));
    transposed(half).map(|row| first_level(&row, v, nu, drift))
}

/// Returns `E Cov[y' | X]` and the new invariants.
fn conditional(gram: &Gram, v: f64, nu: f64, drift: f64) -> (Matrix, Invariants) {
    let wishart = 2.0 * nu * v * v;
    let (normal, cross) = (2.0 * v * v, 4.0 * drift * v);
    let alpha_h = wishart * gram.c_c;
    let b2_q2 = normal * gram.c_c + cross * gram.b_c_q;
    let covariance = [
        [wishart * gram.a_a, alpha_h, 0.0, 0.0],
        [alpha_h, wishart * gram.d_d, 0.0, 0.0],
        [0.0, 0.0, normal * gram.a_a + cross * gram.b_b_a, b2_q2],
        [0.0, 0.0, b2_q2, normal * gram.d_d + cross * gram.q_d_q],
    ];
    let invariants = Invariants {
        h_h: v * v * nu * ((nu + 1.0) * gram.d_d + gram.trace_d_squared),
        c_c: v * v * nu * ((nu + 1.0) * gram.c_c + gram.a_trace_d),
        q_h_q: nu * v * (drift * gram.q_d_q + v * gram.d_d),
        b_c_q: nu * v * (drift * gram.b_c_q + v * gram.c_c),
    };
    (covariance, invariants)
}

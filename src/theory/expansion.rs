//! Wide networks with any activation, weight mean, bias and batch: mean field and the first order in 1/n.
//!
//! # What is random, and common to all units
//!
//! Let `x_a` be the n values of layer l - 1 on input a. Given them, the units of layer l are independent, and one
//! unit on the B inputs is normal (exactly, if the weights are):
//!
//! ```text
//! E h_a          = mu_a = m n A_a                A_a  = 1/n sum_j x_ja
//! Cov(h_a, h_b)  = K_ab = s^2 n Q_ab + s_b^2     Q_ab = 1/n sum_j x_ja x_jb
//! ```
//!
//! So `(mu_a, K_ab)` is the state of the layer: all that the layers above see of those below. It is *common to all
//! units* of the layer and random from trial to trial. The weight mean acts through `mu_a` alone: every unit is
//! shifted by the same amount, the sum of the layer below times m.
//!
//! # Mean field
//!
//! As n grows with `m n` and `s^2 n` fixed, the averages A and Q obey the law of large numbers, the inputs become
//! exchangeable, and the state is the solution of
//!
//! ```text
//! mu' = m n E phi(h)      K' = s^2 n E phi(h)^2 + s_b^2      C' = s^2 n E phi(h) phi(h') + s_b^2
//! ```
//!
//! with `h, h'` normal of mean mu, variance K and covariance C. For m = 0 this is the recursion of Poole et al.
//! (2016) and Schoenholz et al. (2017); with m it carries one more number. The input is the same step from iid normal
//! entries.
//!
//! # First order in 1/n
//!
//! A and Q are averages of n terms that are iid given the state, so their deviations from the limit are of order
//! `1/sqrt n`. Write `F(u)` for the map of `u = (mu, K)` of one input, J for its Jacobian, `D = diag(m n, s^2 n)`:
//!
//! ```text
//! E u'             = F(u) + J e + 1/2 tr(F'' S)         e = E u - (its limit)
//! S'  = Var u'_a   = J S J^T  + D Cov[(x, x^2)] D / n
//! X'  = Cov(u'_a, u'_b) = J X J^T + D Cov[(x_a, x_a^2), (x_b, x_b^2)] D / n
//! ```
//!
//! (Roberts, Yaida and Hanin 2022, ch. 4, for m = 0 and one input.) X closes without the covariances of the
//! off-diagonal states, because each average depends on the state of its own input. Averages over the batch have the
//! covariance `S/B + X (1 - 1/B)`.
//!
//! What this drops in X is the spread of `C = K_ab` itself, a term of order `epsilon^2` that no average over the batch
//! makes smaller, while `S/B` falls: for independent inputs it is of the size of `S/B` once B is of the order of n.
//! The spread of a pooled second moment is therefore given only where `epsilon^2 / 2` is below a tenth of it.
//!
//! The variance `Q - M^2` of few units varies through M, however little Q does: its spread is taken to second order in that
//! of M, and nothing is said of it, or of the std, where `Var M` is more than a tenth of `Q - (E M)^2`.
//!
//! Weights that are not normal, of excess kurtosis kappa, leave the given unit with a fourth cumulant
//! `k_4 = kappa s^4 sum_j x_ja^4`, which changes an expectation by `k_4/24 d^4/dmu^4 = k_4/6 d^2/dK^2`: just what an
//! additional variance `k_4/3` of K would do. The laws here are symmetric, so there is no third cumulant.
//!
//! # Where it holds
//!
//! The expansion is one in the relative spread of the state,
//!
//! ```text
//! epsilon = max over layers of  max(Var K / K^2, Var mu / K)
//! ```
//!
//! Both terms are O(1/n) while `m n` is O(1), and `Var mu / K` is `m^2 n` times a constant of the activation. When
//! `m sqrt n` is O(1), mu is a random shift as large as the spread of the units and common to all of them: no law of
//! large numbers holds, different trials are different networks, and neither the limit nor the expansion describes
//! them. The same happens after O(n) layers, where `Var K` has accumulated.
//! [`State::spread`] is epsilon, and [`FIRST_ORDER`] its limit. A weight mean near `1 / n E phi'` makes mu a mode that no layer
//! damps: little is added to its spread in each of them, and all of it moves K. So the first order itself, relative to the
//! limit ([`State::moved`]), is asked to be small as well; its square is an estimate of the second. The limit of infinite width is a curve for every layer,
//! with no claim about how near it is.
//!
//! Signs in place of noise (Rademacher weights) on entries that are nearly equal give a sum on a lattice, of spacing
//! `2 s |a|` for entries of mean a. At a kink or a steep slope that changes expectations at the order 1/n, too, unless
//! the spread of the entries, v, washes the lattice out: its first Fourier mode is damped by `exp(-pi^2 n v / 2 a^2)`.
//! [`Averages::has_lattice`] asks for `n v >= 8 a^2`.

use super::unit::{Jet, Matrix, Unit};
use crate::kernels::Activation;

/// Largest epsilon for which the first order in 1/n is given.
pub const FIRST_ORDER: f64 = 0.1;

/// The step from the values of one layer to the state of the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Fan-in n.
    pub width: f64,
    /// Weight mean m.
    pub mean: f64,
    /// Weight std s.
    pub std: f64,
    /// Bias std.
    pub bias_std: f64,
    /// Bias mean.
    pub bias_mean: f64,
    /// Excess kurtosis of the weights.
    pub excess: f64,
}

/// The law of the state `(mu, K)` of a layer over trials.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct State {
    /// Limit of mu and K.
    pub limit: [f64; 2],
    /// Limit of K less the covariance of two inputs: carried itself, for it may be far below the precision of K.
    pub difference: f64,
    /// Expectation of (mu, K) less its limit.
    shift: [f64; 2],
    /// Covariance of (mu, K) of one input.
    own: Matrix,
    /// Covariance between two inputs.
    cross: Matrix,
    /// What non-normal weights add to the variance of K, in effect.
    excess: f64,
}

/// The averages `(A, Q)` over the units of a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Averages {
    /// Their limits.
    pub limit: [f64; 2],
    /// Their expectations to first order.
    pub expectation: [f64; 2],
    /// Limit of `E x^2 - E x x'` for two inputs.
    pub difference: f64,
    /// Limit of `E x^4`.
    fourth: f64,
    /// Covariance for one input.
    pub own: Matrix,
    /// Covariance between two inputs.
    pub cross: Matrix,
}

impl State {
    /// A state without spread.
    #[must_use]
    pub fn fixed(mu: f64, variance: f64, difference: f64) -> Self {
        let zero = [[0.0; 2]; 2];
        Self { limit: [mu, variance], difference, shift: [0.0; 2], own: zero, cross: zero, excess: 0.0 }
    }

    /// Expectation of (mu, K) to first order.
    #[must_use]
    pub fn expectation(&self) -> [f64; 2] {
        [0, 1].map(|i| self.limit[i] + self.shift[i])
    }

    /// Covariance of (mu, K) of one input.
    #[must_use]
    pub fn own(&self) -> Matrix {
        self.own
    }

    /// Averages over `width` units.
    #[must_use]
    pub fn averages(&self, unit: &Unit, width: f64) -> Averages {
        let mut effective = self.own;
        effective[1][1] += self.excess;
        let expectation = |jet: &Jet| jet.value + jet.slope(self.shift) + jet.bend(&effective);
        let jacobian = [unit.mean.gradient, unit.square.gradient];
        Averages {
            limit: [unit.mean.value, unit.square.value],
            expectation: [expectation(&unit.mean), expectation(&unit.square)],
            difference: unit.difference,
            fourth: unit.fourth,
            own: plus(&congruence(&jacobian, &self.own), &unit.own, 1.0 / width),
            cross: plus(&congruence(&jacobian, &self.cross), &unit.cross, 1.0 / width),
        }
    }

    /// Expectation and variance (for one input) of the average of an indicator.
    #[must_use]
    pub fn indicator(&self, jet: &Jet, width: f64) -> (f64, f64) {
        let mut effective = self.own;
        effective[1][1] += self.excess;
        let [[variance, _], _] = congruence(&[jet.gradient, [0.0; 2]], &self.own);
        let value = jet.value;
        (value + jet.slope(self.shift) + jet.bend(&effective), variance + value * (1.0 - value) / width)
    }

    /// `max(Var K / K^2, Var mu / K)`.
    #[must_use]
    pub fn spread(&self) -> f64 {
        let [_, k] = self.limit;
        ((self.own[1][1] + self.excess.abs()) / k / k).max(self.own[0][0] / k)
    }

    /// `max((|E K - K| + Var mu) / K, |E mu - mu| / sqrt K)`, K and mu the limits: the first order itself.
    #[must_use]
    pub fn moved(&self) -> f64 {
        let ([mu, k], [_, limit]) = (self.shift, self.limit);
        ((k.abs() + self.own[0][0]) / limit).max(mu.abs() / limit.sqrt())
    }

    /// Moments of one unit before (`None`) or after an activation.
    #[must_use]
    pub fn unit(&self, activation: Option<Activation>, pairs: bool) -> Unit {
        let ([mu, k], d) = (self.limit, self.difference);
        activation.map_or_else(|| Unit::identity(mu, k, d), |phi| Unit::new(phi, mu, k, d, pairs))
    }
}

impl Averages {
    /// The state of the next layer.
    #[must_use]
    pub fn next(&self, step: &Step) -> State {
        let d = [step.mean * step.width, step.std * step.std * step.width];
        let bias = step.bias_std * step.bias_std;
        let scale = |m: &Matrix| {
            [[d[0] * d[0] * m[0][0], d[0] * d[1] * m[0][1]], [d[0] * d[1] * m[1][0], d[1] * d[1] * m[1][1]]]
        };
        State {
            limit: [d[0] * self.limit[0] + step.bias_mean, d[1] * self.limit[1] + bias],
            difference: d[1] * self.difference,
            shift: [0, 1].map(|i| d[i] * (self.expectation[i] - self.limit[i])),
            own: scale(&self.own),
            cross: scale(&self.cross),
            excess: step.excess * d[1] * d[1] * self.fourth / step.width / 3.0,
        }
    }

    /// Whether a sum of these entries with random signs is on a lattice.
    #[must_use]
    pub fn has_lattice(&self, width: f64) -> bool {
        let [mean, second] = self.limit;
        width * (second - mean * mean) < 8.0 * mean * mean
    }

    /// Covariance of the averages over a batch.
    #[must_use]
    pub fn pooled(&self, batch: f64) -> Matrix {
        let mut pooled = self.own.map(|row| row.map(|x| x / batch));
        for (row, cross) in pooled.iter_mut().zip(&self.cross) {
            for (x, y) in row.iter_mut().zip(cross) {
                *x += y * (1.0 - 1.0 / batch);
            }
        }
        pooled
    }
}

/// `J S J^T`, the rows of J being gradients.
fn congruence(j: &Matrix, s: &Matrix) -> Matrix {
    let half = j.map(|row| [0, 1].map(|k| row[0] * s[0][k] + row[1] * s[1][k]));
    half.map(|row| [0, 1].map(|k| row[0] * j[k][0] + row[1] * j[k][1]))
}

fn plus(a: &Matrix, b: &Matrix, factor: f64) -> Matrix {
    [0, 1].map(|i| [0, 1].map(|k| a[i][k] + factor * b[i][k]))
}

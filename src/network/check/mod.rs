//! Whether the gradients of a trial are right: against differences of the loss, and against each other.
//!
//! **Differences.** The loss L is linear in the last layer. Along a random direction v at a place of a layer, added with a
//! size h times the rms of what is there,
//!
//! ```text
//! D(h) = (L(h) - L(-h)) / 2h        R = (4 D(h) - D(2h)) / 3        <g, v> = R + O(h^4)
//! ```
//!
//! The error of R has three sources, and h is chosen where they are alike:
//!
//! - truncation. With `D(h) = D + a h^2 + b h^4`, R keeps `-4 b h^4`. The larger one of `|D(2h) - D(h)| / 3 = |a + 5 b h^2| h^2`
//!   and `|D(4h) - D(2h)| / 12 = |a + 20 b h^2| h^2` is at least `7.5 |b| h^4`, whatever a is;
//! - rounding. A rounding error of at most `u c_k` on the way changes L, to first order, by the gradient at its place times
//!   itself; errors of mean 0 add up to less than `6 u sqrt(sum c_k^2)` but for a probability of `2 exp(-18) = 3e-8` (Azuma;
//!   Higham and Mary 2019). A sum of n products has n of them, each below `|w| |x| |D|`. L(h) - L(-h) has two such errors, R takes
//!   1.35 of them over 2h, and the gradients themselves another two;
//! - kinks. An entry whose pre-activation passes a kink on the way from 0 to h adds what the activation then deviates from its
//!   tangent, times the gradient behind it. Where no entry does, nothing is added.
//!
//! **Identities**, with the weights drawn again and plain sums in f64:
//!
//! ```text
//! product       <W X, D> = <X, W^T D>
//! weight_sum    sum of dW = sum over inputs of (sum of D) (sum of X)
//! weight_square |dW|^2 = tr (D^T D) (X^T X)
//! degree_one    <G_l, X_l> = <G_(l-1), X_(l-1)> + <D_l, b_l 1^T>         activations of degree 1, no norm
//! norm_mean     sum of D = 0                                              batch and layer norm
//! norm_cross    <D, y> = eps / (v + eps)^(3/2) <Y, y>                     y what the norm gives, Y the gradient there
//! ```

mod comparison;
mod dense;
mod differences;
mod groups;
mod identities;
mod kinks;
mod noise;
mod pass;

use super::arithmetic::{Arithmetic, with_element};
use super::cotangent::Backward;
use super::spec::{Network, Storage};
use super::trial::Runner;
use super::workspace::{Executor, Workspace};

pub use comparison::{Comparison, Subject, Verdict};

/// Matrices of a layer that are kept: what it hands on, up to eight gradients, what its steps got, its product, directions.
const KEPT: u128 = 16;

/// Bytes of memory that [`Runner::check_gradients`] takes.
#[must_use]
pub fn bytes(network: &Network, backward: Backward) -> u128 {
    let observables = pass::observables(network.depth, backward);
    let workspace =
        with_element!(network.precision, T => Workspace::<T>::bytes_within(network, &observables, u128::MAX));
    let units: u128 = (0..=network.depth).map(|layer| network.units(layer) as u128).sum();
    2 * workspace + 8 * KEPT * units * network.batch as u128
}

impl Runner<'_> {
    /// Draws trial `trial` and checks its gradients, whatever the runner measures. What is 0 throughout, or not finite, has
    /// nothing to be compared. With a storage there are identities alone: rounding goes by steps, which gradients pass by. They are those
    /// that nothing rounds or scales, whatever the network stores of them.
    ///
    /// Takes some hundred forward passes, and the memory of [`bytes`]. Deterministic, to the bit. There is nothing to
    /// check for orthogonal weights, which are never there as a matrix; those of `fitted` networks do not hold, for the pass takes
    /// the factors that fit the weights for constants.
    pub fn check_gradients<T: Arithmetic>(
        &self,
        trial: u64,
        backward: Backward,
        executor: &mut impl Executor<T>,
    ) -> Vec<Comparison> {
        let observables = pass::observables(self.network.depth, backward);
        let network = &Network { gradient_storage: Storage::None, loss_scale: 1.0, ..self.network.clone() };
        let runner = Runner { network, observables: &observables, ..*self };
        let pass = runner.checked_pass(trial, backward, executor);
        runner.compare(trial, backward, &pass, executor)
    }

    fn compare<T: Arithmetic>(
        &self,
        trial: u64,
        backward: Backward,
        pass: &pass::Pass,
        executor: &mut impl Executor<T>,
    ) -> Vec<Comparison> {
        let mut all = identities::compare(self.network, backward, pass, comparison::six_units::<T>());
        if self.network.storage == Storage::None {
            all.extend(self.differences(trial, backward, pass, executor));
        }
        all
    }
}

#[cfg(test)]
mod tests;

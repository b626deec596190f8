//! Weights that are fitted to the batch: layer-sequential unit variance.
//!
//! Mishkin and Matas (2016), *All you need is a good init*, divide the weights of a layer by the std of its output on one batch,
//! layer after layer. `W X` is linear in W, so dividing the product is dividing W, once and exactly: with S the population std of the
//! product over all units and columns and t the std that it is to have,
//!
//! ```text
//! W' = (t / S) W      W' X = (t / S) W X
//! ```
//!
//! A backward pass takes `t / S` for a constant, as a framework does that scales weights before it records anything. A product
//! that is constant (S = 0: a dead layer) or not finite has no such factor, and stays: it is counted where it is measured.

use super::arithmetic::Arithmetic;
use super::site::Site;
use super::steps::Step;
use super::trial::{Runner, merged};
use super::workspace::{Executor, Workspace};
use crate::kernels::{BLOCK_ROWS, Moments};

impl Runner<'_> {
    /// Finds the factor of a round that begins with a fit, from the product of the whole layer.
    pub(super) fn measure_fit<T: Arithmetic>(
        &self,
        layer: usize,
        round: &[Step],
        workspace: &mut Workspace<T>,
        executor: &mut impl Executor<T>,
    ) {
        if !self.network.fitted || round.first() != Some(&Step::Fit) {
            return;
        }
        let (level, batch) = (self.level, self.network.batch);
        let Workspace { h, slots, fitted, .. } = workspace;
        let (chunk, blocks) = (BLOCK_ROWS * h.tiles(), h.rows().div_ceil(BLOCK_ROWS));
        let slots = &mut slots[..blocks];
        // The site is recorded before, or measured again behind the fit.
        executor.each_block(h.data_mut(), chunk, slots, |_, h, slot, _| {
            slot.moments[Site::Pre] = T::moments(level, h, batch);
        });
        fitted.put(layer, factor(&merged(slots, Site::Pre), self.network.weight_std[layer - 1]));
    }
}

/// `t / S`; 1 where there is none.
#[expect(clippy::cast_precision_loss, reason = "counts of entries in memory are below 2^53")]
fn factor(product: &Moments, target: f64) -> f64 {
    let std = libm::scalbn(libm::sqrt(product.central[0] / product.count as f64), product.exponent);
    let factor = target / std;
    if product.nonfinite == 0 && factor.is_finite() { factor } else { 1.0 }
}

//! Squared gradients in the limit of infinite width, through residual branches and norms.
//!
//! Of an entry g of the gradient at a place, and of the same entry g' for another input, a step on the way down changes
//! `E g^2` and `E g g'` so; M, q, d are those of the forward pass ([`super::branched_limit`]):
//!
//! ```text
//! W x + b               times s^2 m, m the units of the layer
//! phi, normal entries   times E phi'^2
//! layer and rms norm    divided by the variance, or q, and eps
//! batch norm            J d' / d, J that of Yang et al. 2019 at the correlation of g and g'; after it they sum to 0 over the batch
//! skip X + a y          skip^2 past the branch, a^2 into it; where it began both are added
//! ```
//!
//! Gradients are taken to be independent of what they are multiplied with. A branch `phi(W x)` with a mean breaks that: its
//! slopes know W through X, whose mean all units have in common. Nothing is said of it.

use super::branched_limit::{Entries, Passed, State, Walk, walk};
use super::homogeneous::squared_slope;
use super::normalised::Pairs;
use crate::kernels::Activation;
use crate::network::{Backward, CotangentAt, Network, Residual, Site};

/// `E g^2` and `E g g'`.
#[derive(Clone, Copy, Debug, Default)]
struct Squares {
    own: f64,
    other: f64,
}

impl Squares {
    fn times(self, factor: f64) -> Self {
        Self { own: factor * self.own, other: factor * self.other }
    }

    fn plus(self, more: Self) -> Self {
        Self { own: self.own + more.own, other: self.other + more.other }
    }
}

/// Mean squares of the entries at `grad_pre`, `grad_post` and `grad_weight` of every layer, the input first; NaN where nothing is
/// known.
#[must_use]
pub fn squares(network: &Network, backward: Backward) -> Vec<[f64; 3]> {
    let forward = walk(network, false);
    let mut back = Back {
        network,
        forward: &forward,
        now: Squares::default(),
        kept: Squares::default(),
        slopes: None,
        all: vec![[f64::NAN; 3]; network.depth + 1],
    };
    let top = Squares { own: 1.0 / network.units(network.depth) as f64, other: 0.0 };
    let mut has_begun = backward.at == CotangentAt::Post;
    if has_begun {
        back.now = top;
        back.all[network.depth][1] = top.own;
    }
    for passed in forward.passed.iter().rev() {
        if !has_begun && matches!(passed, Passed::Seen(layer, Site::Pre) if *layer == network.depth) {
            has_begun = true;
            back.now = top;
        }
        if has_begun {
            back.step(*passed);
        }
    }
    back.all
}

struct Back<'a> {
    network: &'a Network,
    forward: &'a Walk<'a>,
    now: Squares,
    /// What goes past the branch.
    kept: Squares,
    /// Those of an activation whose entries a batch norm has made: the norm and the activation are one step.
    slopes: Option<Pairs>,
    all: Vec<[f64; 3]>,
}

impl Back<'_> {
    fn step(&mut self, passed: Passed) {
        match passed {
            Passed::Began(layer) => self.all[layer - 1][1] = self.now.own,
            Passed::Opened => {
                self.now = self.now.plus(self.kept);
                self.kept = Squares::default();
            }
            Passed::Multiplied(layer, input) => self.multiply(layer, input),
            Passed::Activated(before) => self.slope(before),
            Passed::Scaled(square) => self.now = self.now.times(1.0 / square),
            Passed::Batched(difference) => self.behind(difference),
            Passed::Added(factors, ends) => self.part(factors, ends),
            Passed::Seen(layer, Site::Pre) => {
                let slope = self.slopes.map_or(1.0, |pairs| pairs.squares[1]);
                self.all[layer][0] = slope * self.now.own;
            }
            Passed::Seen(..) => {}
        }
    }

    fn multiply(&mut self, layer: usize, input: State) {
        let (network, Squares { own, other }) = (self.network, self.now);
        let b = network.batch as f64;
        // Sums over the inputs, of which only those of a batch norm know of each other.
        let across = if other == 0.0 { 0.0 } else { (b - 1.0) * other * (input.second - input.difference) };
        self.all[layer][2] = b * (own * input.second + across);
        let s = network.weight_std[layer - 1];
        self.now = self.now.times(s * s * network.units(layer) as f64);
    }

    fn slope(&mut self, before: State) {
        let activation = self.network.activation;
        let State { mean, second, .. } = before;
        match before.entries {
            Entries::Normal => {
                let slope = squared_slope(activation, mean, second - mean * mean);
                let Squares { own, other } = self.now.times(slope);
                let is_known = other == 0.0 || activation == Activation::Linear;
                self.now = Squares { own, other: if is_known { other } else { f64::NAN } };
            }
            Entries::Spherical => self.slopes = self.forward.sphere(),
            Entries::Other => self.now = self.now.times(f64::NAN),
        }
    }

    fn behind(&mut self, difference: f64) {
        let b = self.network.batch as f64;
        let pairs = self.slopes.take().unwrap_or(Pairs::of_entries(b));
        let Squares { own, other } = self.now;
        let own = own * pairs.behind(b, other / own) / difference;
        self.now = Squares { own, other: -own / (b - 1.0) };
    }

    fn part(&mut self, [skip, scale]: [f64; 2], ends: [State; 2]) {
        let is_common = ends.iter().any(|end| end.mean != 0.0) && !self.network.activation.is_odd();
        let is_known = self.network.residual != Residual::Outside || !is_common;
        let now = self.now.times(if is_known { 1.0 } else { f64::NAN });
        (self.kept, self.now) = (now.times(skip * skip), now.times(scale * scale));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Metric, Norm, NormAt, Schedule};
    use crate::theory::normalised::batch_norm_growth;

    fn network(activation: &str, depth: usize, gain: f64) -> Network {
        let std: Schedule = vec![gain / 10.0; depth].into();
        Network {
            activation: activation.parse().unwrap(),
            width: 100,
            depth,
            batch: 1,
            weight_std: std,
            weight_mean: vec![0.0; depth].into(),
            bias_std: vec![0.0; depth].into(),
            ..Network::default()
        }
    }

    fn residual(activation: &str, depth: usize, gain: f64, residual: Residual, scale: f64) -> Network {
        let branch_scale = vec![scale; depth].into();
        Network { residual, branch_scale, ..network(activation, depth, gain) }
    }

    /// The growth of squared gradients from the last layer to the input, and the second moment of what the last hands on.
    fn ends(network: &Network) -> [f64; 2] {
        let gradients = squares(network, Backward::default());
        let forward = walk(network, false);
        let stream = forward.limits.last().unwrap()[3].unwrap();
        [gradients[0][1] / gradients[network.depth][1], stream.second]
    }

    fn assert_near(found: f64, expected: f64, tolerance: f64) {
        assert!((found / expected - 1.0).abs() < tolerance, "{found}, not {expected}");
    }

    #[test]
    fn residual_branches_have_the_limits_that_an_independent_program_gives() {
        let he = 2.0_f64.sqrt();
        for (network, gradient, second) in [
            // W phi(x)
            (residual("gelu", 10, he, Residual::Inside, 0.1_f64.sqrt()), 2.479_577_669_67, 2.348_295_926_47),
            (residual("tanh", 50, 1.0, Residual::Inside, 0.02_f64.sqrt()), 1.538_917_583_5, 1.427_199_246_41),
            (residual("relu", 10, he, Residual::Inside, 0.1_f64.sqrt()), 2.593_742_460_1, 2.593_742_460_1),
            // phi(W x)
            (residual("tanh", 10, 1.0, Residual::Outside, 1.0), 14.058_206_990_9, 6.776_798_359_57),
            (residual("tanh", 50, 1.0, Residual::Outside, 1.0), 1_361.170_583_77, 39.593_525_832_5),
        ] {
            let [found, forward] = ends(&network);
            assert_near(found, gradient, 1e-11);
            assert_near(forward, second, 1e-11);
        }
        // A mean that grows: its gradients are not those of independent factors.
        let [gradient, second] = ends(&residual("relu", 10, he, Residual::Outside, 0.1_f64.sqrt()));
        assert!(gradient.is_nan());
        assert_near(second, 12.302_547_462_3, 1e-11);
    }

    #[test]
    fn a_norm_over_the_units_gives_each_layer_its_factor() {
        // E phi'^2 / E phi^2 at q = 1, whatever the std; the first layer has the second moment of its input.
        for (activation, factor) in
            [("tanh", 1.177_807_232_304), ("gelu", 1.072_031_598_436), ("softplus", 0.318_458_983_684)]
        {
            for norm in [Norm::Layer, Norm::Rms] {
                let network = Network { norm, norm_eps: 0.0, ..network(activation, 6, 0.3) };
                let all = squares(&network, Backward::default());
                (2..6).for_each(|layer| assert_near(all[layer - 1][1] / all[layer][1], factor, 1e-11));
                let slope = all[1][0] / all[1][1];
                assert_near(all[0][1] / all[1][1], slope, 1e-11);
            }
        }
    }

    #[test]
    fn independent_inputs_behind_a_norm_have_no_correlation_not_even_by_rounding() {
        let network = Network {
            norm: Norm::Layer,
            norm_at: NormAt::PostActivation,
            batch: 2,
            ..network("softplus", 1, 1.3)
        };
        let limit = walk(&network, true).limits[0][1].unwrap();
        assert_eq!(limit.of(Metric::Correlation), Some(0.0));
    }

    #[test]
    fn batch_norm_gives_inner_layers_their_factor_whatever_the_gain() {
        for (activation, batch) in [("relu", 8), ("tanh", 32), ("linear", 16)] {
            let network = Network { norm: Norm::Batch, norm_eps: 0.0, batch, ..network(activation, 6, 0.7) };
            let all = squares(&network, Backward::default());
            let factor = batch_norm_growth(network.activation, batch);
            // The cotangent does not sum to 0 over the batch, and the input has another second moment.
            (2..5).for_each(|layer| assert_near(all[layer - 1][1] / all[layer][1], factor, 1e-12));
            assert!((all[5][1] / all[6][1] / factor - 1.0).abs() > 1e-3);
        }
        let small = Network { norm: Norm::Batch, batch: 3, ..network("relu", 3, 1.0) };
        assert!(squares(&small, Backward::default())[0][1].is_nan());
    }

    #[test]
    fn a_branch_behind_a_norm_adds_the_same_in_every_layer() {
        // 1 + a^2 c'/q and q = 1 + a^2 c l, c = c' = 1: their product is 1 + L a^2.
        let mut network = residual("relu", 20, 1.0, Residual::Between, 1.0);
        network.weight_std = (0..20).map(|l| if l % 2 == 0 { 0.02_f64.sqrt() } else { 0.1 }).collect();
        let network = Network { norm: Norm::Rms, norm_at: NormAt::Input, norm_eps: 0.0, ..network };
        let [gradient, second] = ends(&network);
        assert_near(gradient, 11.0, 1e-11);
        assert_near(second, 11.0, 1e-11);
    }
}

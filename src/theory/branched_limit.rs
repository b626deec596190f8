//! The limit of infinite width of networks with residual branches and norms.
//!
//! Weights have the mean 0. Of an entry x of what there is, and of the same entry x' for another input, a step changes mean M,
//! second moment q and difference `d = E x^2 - E x x'` so:
//!
//! ```text
//! W x + b                  M' = 0        q' = s^2 n q + s_b^2             d' = s^2 n d              entries become normal
//! phi, of normal entries   M' = E phi    q' = E phi^2                     d' = E phi^2 - E phi phi'
//! layer norm               M' = 0        q' = (q - M^2) / (q - M^2 + eps)
//! rms norm                 M' = M / r    q' = q / r^2                     r^2 = q + eps
//! skip X + a y             M' = skip M_X + a M_y      q' = skip^2 q_X + a^2 q_y + 2 skip a M_X M_y      d' as q', without the product
//! ```
//!
//! for the branch y sees X through fresh weights alone. Batch norm makes of the B entries of a unit, normal before, a vector
//! `sqrt(B) u` on a sphere ([`super::normalised`]): M' = 0, q' = 1, `d' = B / (B - 1)`; eps is taken to be small beside their
//! variance, and where it is not, nothing is said. Nothing is said of an activation of entries that are not normal, either.
//!
//! With `phi(W x)` as the branch and a mean of phi, M grows with the depth, and q as its square.

use super::limit::Limit;
use super::normalised::{LEAST_BATCH, Pairs, pairs};
use super::unit::Unit;
use crate::network::{Network, Norm, NormAt, Operation, Site, Step};
use crate::random::Law;

/// Largest part of a variance that the eps of a batch norm may be.
const SMALL: f64 = 1e-3;

/// The law of an entry, given all layers below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entries {
    Normal,
    /// Those of one unit are on a sphere.
    Spherical,
    Other,
}

/// One entry of what there is; NaN where it is not known.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    pub mean: f64,
    pub second: f64,
    pub difference: f64,
    pub entries: Entries,
}

/// What has been passed on the way through a layer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Passed {
    /// The way into a layer.
    Began(usize),
    /// A branch begins.
    Opened,
    /// The product of a layer, and what it was applied to.
    Multiplied(usize, State),
    /// An activation, and what it was applied to.
    Activated(State),
    /// A norm over the units, which divides squares by this.
    Scaled(f64),
    /// A batch norm of normal entries of this difference.
    Batched(f64),
    /// A sum, of what goes past a branch and its end; `[skip, branch_scale]`.
    Added([f64; 2], [State; 2]),
    /// A site of a layer.
    Seen(usize, Site),
}

/// A walk through all layers.
pub(super) struct Walk<'a> {
    network: &'a Network,
    pairs: bool,
    sphere: Option<Pairs>,
    now: State,
    kept: State,
    pub limits: Vec<[Option<Limit>; 4]>,
    pub passed: Vec<Passed>,
}

/// The limits at `pre`, `post`, `branch` and `stream` of every layer; of pairs of inputs only if `pairs`.
#[must_use]
pub fn layers(network: &Network, pairs: bool) -> Vec<[Option<Limit>; 4]> {
    walk(network, pairs).limits
}

/// The same with all that was passed; nothing where no limit is known.
pub(super) fn walk(network: &Network, pairs: bool) -> Walk<'_> {
    let Network { input_mean: mean, input_std: std, depth, .. } = *network;
    let variance = std * std;
    let is_normal = network.input_law == Law::Normal;
    let now = State {
        mean,
        second: mean * mean + variance,
        difference: variance * (1.0 - network.input_correlation),
        entries: if is_normal { Entries::Normal } else { Entries::Other },
    };
    let sphere = (network.norm == Norm::Batch && network.batch >= LEAST_BATCH)
        .then(|| self::pairs(network.activation, network.batch));
    let mut walk = Walk { network, pairs, sphere, now, kept: now, limits: Vec::new(), passed: Vec::new() };
    let of_layers = |schedule: &[f64]| schedule.iter().take(depth).all(|&mean| mean == 0.0);
    let is_centred = of_layers(&network.weight_mean) && of_layers(&network.bias_mean);
    let has_normal_biases = network.bias_law == Law::Normal || of_layers(&network.bias_std);
    if network.operation == Operation::Matmul && is_centred && has_normal_biases {
        (1..=depth).for_each(|layer| walk.layer(layer));
    }
    walk
}

impl Walk<'_> {
    fn layer(&mut self, layer: usize) {
        let network = self.network;
        self.passed.push(Passed::Began(layer));
        if network.opens_branch(layer) {
            self.kept = self.now;
            self.passed.push(Passed::Opened);
        }
        self.limits.push([None; 4]);
        for &step in network.steps(layer) {
            match step {
                Step::Normalise(at) if network.normalises(at) => self.normalise(at),
                // Fitted weights do not come here.
                Step::Normalise(_) | Step::Fit => {}
                Step::Multiply => self.multiply(layer),
                Step::Activate => self.activate(),
                Step::Add => self.add(layer),
                Step::See(site) => self.see(layer, site),
            }
        }
    }

    fn multiply(&mut self, layer: usize) {
        self.passed.push(Passed::Multiplied(layer, self.now));
        let network = self.network;
        let (s, bias) = (network.weight_std[layer - 1], network.bias_std[layer - 1]);
        let gain = s * s * network.units(layer - 1) as f64;
        let State { second, difference, .. } = self.now;
        let second = gain * second + bias * bias;
        self.now = State { mean: 0.0, second, difference: gain * difference, entries: Entries::Normal };
    }

    fn activate(&mut self) {
        self.passed.push(Passed::Activated(self.now));
        let State { mean, second, difference, entries } = self.now;
        let [mean, second, difference] = match (entries, &self.sphere) {
            (Entries::Normal, _) => {
                let pairs = self.pairs || self.network.norm == Norm::Batch;
                let unit = Unit::new(self.network.activation, mean, second - mean * mean, difference, pairs);
                let difference = if pairs { unit.difference } else { f64::NAN };
                [unit.mean.value, unit.square.value, difference]
            }
            (Entries::Spherical, Some(sphere)) => {
                let [phi, ..] = sphere.squares;
                [sphere.mean, phi, phi - sphere.products[0]]
            }
            _ => [f64::NAN; 3],
        };
        self.now = State { mean, second, difference, entries: Entries::Other };
    }

    fn normalise(&mut self, at: NormAt) {
        let State { mean, second, difference, entries } = self.now;
        let Network { norm, norm_eps: eps, batch, .. } = *self.network;
        if norm == Norm::Batch {
            let b = batch as f64;
            let is_known = entries == Entries::Normal && self.sphere.is_some() && eps <= SMALL * difference;
            let known = |value: f64| if is_known { value } else { f64::NAN };
            self.passed.push(Passed::Batched(known(difference)));
            let entries = if at == NormAt::PreActivation { Entries::Spherical } else { Entries::Other };
            self.now =
                State { mean: known(0.0), second: known(1.0), difference: known(b / (b - 1.0)), entries };
            return;
        }
        let (centre, square) = if norm == Norm::Layer { (mean, second - mean * mean) } else { (0.0, second) };
        let scale = square + eps;
        self.passed.push(Passed::Scaled(scale));
        self.now = State {
            mean: (mean - centre) / scale.sqrt(),
            second: square / scale,
            difference: difference / scale,
            entries,
        };
    }

    fn add(&mut self, layer: usize) {
        let [skip, scale] = self.network.sum(layer);
        let (kept, branch) = (self.kept, self.now);
        self.passed.push(Passed::Added([skip, scale], [kept, branch]));
        let both = 2.0 * skip * scale * kept.mean * branch.mean;
        let sum = |x: f64, y: f64| skip * skip * x + scale * scale * y;
        let is_normal = kept.entries == Entries::Normal && branch.entries == Entries::Normal;
        self.now = State {
            mean: skip * kept.mean + scale * branch.mean,
            second: sum(kept.second, branch.second) + both,
            difference: sum(kept.difference, branch.difference),
            entries: if is_normal { Entries::Normal } else { Entries::Other },
        };
    }

    fn see(&mut self, layer: usize, site: Site) {
        self.passed.push(Passed::Seen(layer, site));
        let State { mean, second, difference, entries } = self.now;
        let index = match site {
            Site::Pre => 0,
            Site::Post => 1,
            Site::Branch => 2,
            _ => 3,
        };
        let limit = Limit {
            mean,
            second,
            difference: if self.pairs && self.network.batch > 1 { difference } else { f64::NAN },
            kurtosis: if entries == Entries::Normal && second > mean * mean { 3.0 } else { f64::NAN },
            zero: f64::NAN,
            saturated: f64::NAN,
            batch: self.network.batch as f64,
        };
        if let Some(limits) = self.limits.last_mut() {
            limits[index] = Some(limit).filter(|limit| limit.second.is_finite());
        }
    }

    /// Means over the entries of a unit behind batch norm.
    pub fn sphere(&self) -> Option<Pairs> {
        self.sphere
    }
}

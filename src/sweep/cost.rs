//! What a sweep costs, before it is run.

use std::ops::{Add, Mul};

use super::group::Group;
use crate::network::{
    Metric, Network, Norm, Operation, Precision, Residual, Site, Storage, repeated, with_element,
};
use crate::random::Law;

/// Operations, in nominal counts: what the formulas say, columns padded to whole vectors, without biases.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Multiply-adds of the matrix products, padding included, by precision (f64, f32).
    pub multiply_adds: [f64; 2],
    /// Random numbers of the weights and inputs, by precision.
    pub draws: [f64; 2],
    /// Entries of layers that are measured or activated, by precision.
    pub entries: [f64; 2],
    /// Layers worked through and places measured: what even the smallest of them takes.
    pub steps: f64,
}

/// Seconds per operation on one core, measured: see `engine::calibrate`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Per multiply-add, by precision.
    pub multiply_add: [f64; 2],
    /// Per draw, by precision.
    pub draw: [f64; 2],
    /// Per entry, by precision.
    pub entry: [f64; 2],
    /// Per layer or place measured.
    pub step: f64,
}

impl Rates {
    /// Ratios of a typical core with wide vectors, for ordering and progress when nothing was measured.
    pub const NOMINAL: Self =
        Self { multiply_add: [2e-11, 1e-11], draw: [1e-9, 4e-10], entry: [4e-10, 3e-10], step: 2e-7 };
}

/// Walks that a copy takes, of one through the entries that computes.
const COPIES: f64 = 0.5;

/// Walks through the entries of a layer that taking a sample of a file takes.
const TAKEN: f64 = 8.0;

/// Walks that one through entries takes which are not in vectors.
const PLAIN_WALK: f64 = 4.0;

/// Multiply-adds of a matrix product that take the time of one of a reflection.
const REFLECTION: f64 = 4.0;

impl Cost {
    /// Cost of one trial of a network whose layers are walked through `walks` times by what is measured.
    #[must_use]
    pub fn of_trial(network: &Network, walks: usize) -> Self {
        let [batch, depth, walks] = [network.batch, network.depth, walks].map(as_f64);
        let i = usize::from(network.precision == Precision::F32);
        let lanes = [8.0, 16.0][i];
        let padded = libm::ceil(batch / lanes) * lanes;
        let mut cost = Self::default();
        let Sizes { weights, units, input } = Sizes::of(network);
        // Samples of a file are copied, and one number chooses each of them.
        let is_drawn = network.data.is_none();
        cost.draws[i] = if is_drawn { input * padded } else { batch };
        if network.law == Law::Orthogonal {
            // Two passes of reflections over a triangle and its rows, in f64; one vector for each.
            let rank = batch.min(units / depth);
            cost.multiply_adds[0] = REFLECTION * 4.0 * units * rank * batch;
            cost.draws[0] += units * rank;
        } else if network.operation == Operation::Matmul {
            cost.multiply_adds[i] = weights * padded;
            cost.draws[i] += weights;
        } else {
            cost.draws[i] += units * padded;
        }
        // The activation, a norm and a sum each walk through the entries of a layer; what rounds, behind most of them; and what fits
        // weights to the batch, twice.
        let stores = network.storage != Storage::None;
        let (fits, norm, sum) =
            (network.fitted, network.norm != Norm::None, network.residual != Residual::None);
        let extra = [norm, sum, stores, stores, fits, fits];
        let walked = depth * (1.0 + extra.map(|has| f64::from(u8::from(has))).iter().sum::<f64>());
        // What is measured is measured in layers of the average width.
        cost.entries[i] = units / depth * padded * (walked + walks);
        if !is_drawn {
            cost.entries[i] += TAKEN * input * padded;
        }
        cost.steps = walked + walks;
        cost
    }

    /// Cost of the backward pass: what the forward pass draws and multiplies once more, and the gradients of weights in the
    /// share `weighed` of the layers, the norms of the weights among them if they are measured.
    fn of_backward(network: &Network, weighed: f64, are_weights_measured: bool) -> Self {
        let mut cost = Self::of_trial(network, 0);
        let i = usize::from(network.precision == Precision::F32);
        if network.law == Law::Orthogonal {
            cost = cost + Self::of_matrices(network, as_f64(network.batch));
        }
        if network.operation == Operation::Matmul {
            let weights = Sizes::of(network).weights;
            cost.multiply_adds[i] += weighed * weights * as_f64(network.batch);
            cost.entries[i] += weighed * weights * if are_weights_measured { 1.0 + PLAIN_WALK } else { 1.0 };
        }
        // What the steps got is copied on the way.
        cost.entries[i] *= 1.0 + COPIES;
        cost
    }

    /// Cost of products of whole orthogonal matrices with so many columns: as many reflections as they have rows, in f64.
    fn of_matrices(network: &Network, columns: f64) -> Self {
        let weights = Sizes::of(network).weights;
        let mut cost = Self::default();
        cost.draws[0] = weights / 2.0;
        cost.multiply_adds[0] = REFLECTION * 2.0 * weights * columns;
        cost
    }

    /// Cost of the Jacobian up to layer `last`, and of the singular values of `found` layers: the weights once more, a product with
    /// as many columns as the input has entries, and reflections of the two sides of a matrix, all of it in f64.
    fn of_jacobian(network: &Network, last: usize, found: usize) -> Self {
        let i = usize::from(network.precision == Precision::F32);
        let share = as_f64(last) / as_f64(network.depth);
        let [inputs, found, widest] = [network.units(0), found, network.widest()].map(as_f64);
        let Sizes { weights, units, .. } = Sizes::of(network);
        let mut cost = Self::default();
        if network.law == Law::Orthogonal {
            cost = Self::of_matrices(network, inputs) * share;
        } else {
            cost.draws[i] = share * weights;
            cost.multiply_adds[0] = share * weights * libm::ceil(inputs / 8.0) * 8.0;
        }
        cost.multiply_adds[0] += found * REFLECTION * 4.0 / 3.0 * widest * inputs * inputs.min(widest);
        cost.entries[0] = share * (weights + units * inputs);
        cost.steps = share * as_f64(network.depth) + found;
        cost
    }

    /// Seconds on one core.
    #[must_use]
    pub fn seconds(&self, rates: &Rates) -> f64 {
        let by_precision: f64 = (0..2)
            .map(|i| {
                self.multiply_adds[i] * rates.multiply_add[i]
                    + self.draws[i] * rates.draw[i]
                    + self.entries[i] * rates.entry[i]
            })
            .sum();
        by_precision + self.steps * rates.step
    }
}

/// Sums over the layers of a network, and the width of its input.
struct Sizes {
    weights: f64,
    units: f64,
    input: f64,
}

impl Sizes {
    fn of(network: &Network) -> Self {
        // Beyond the listed widths all layers are alike.
        let listed = network.widths.len().min(network.depth);
        let units = |layer| as_f64(network.units(layer));
        let (n, rest) = (as_f64(network.width), as_f64(network.depth - listed));
        let weights: f64 = (1..=listed).map(|layer| units(layer - 1) * units(layer)).sum();
        let listed_units: f64 = (1..=listed).map(units).sum();
        let next = if rest > 0.0 { units(listed) * n + (rest - 1.0) * n * n } else { 0.0 };
        Self { weights: weights + next, units: listed_units + rest * n, input: units(0) }
    }
}

impl Add for Cost {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let sum = |a: [f64; 2], b: [f64; 2]| [a[0] + b[0], a[1] + b[1]];
        Self {
            multiply_adds: sum(self.multiply_adds, other.multiply_adds),
            draws: sum(self.draws, other.draws),
            entries: sum(self.entries, other.entries),
            steps: self.steps + other.steps,
        }
    }
}

impl Mul<f64> for Cost {
    type Output = Self;
    fn mul(self, times: f64) -> Self {
        let scale = |a: [f64; 2]| a.map(|x| x * times);
        Self {
            multiply_adds: scale(self.multiply_adds),
            draws: scale(self.draws),
            entries: scale(self.entries),
            steps: self.steps * times,
        }
    }
}

impl Group {
    /// Cost of one trial of this group.
    #[must_use]
    pub fn trial_cost(&self) -> Cost {
        let Self { network, observables, .. } = self;
        let forward = Cost::of_trial(network, observables.walks(network.depth));
        // The same network without storage runs beside it.
        let is_followed = network.storage != Storage::None && observables.has(Metric::RoundingNoise);
        let forward = forward * if is_followed { 2.0 } else { 1.0 };
        let last = observables.differentiated();
        let found = (1..=last).filter(|&layer| observables.measures(layer, Site::Jacobian)).count();
        let forward = if last > 0 { forward + Cost::of_jacobian(network, last, found) } else { forward };
        if observables.backward().is_none() {
            return forward;
        }
        let weighs = (1..=network.depth).filter(|&layer| observables.weighs(layer)).count();
        let weighed = as_f64(weighs) / as_f64(network.depth);
        let repeated = with_element!(network.precision, T => repeated::<T>(network, observables));
        let again = Cost::of_trial(network, 0) * (as_f64(repeated) / as_f64(network.depth));
        forward + again + Cost::of_backward(network, weighed, observables.has(Metric::Relative))
    }
}

#[expect(clippy::cast_precision_loss, reason = "costs are estimates")]
pub(crate) fn as_f64(count: usize) -> f64 {
    count as f64
}

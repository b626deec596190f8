//! The trial whose gradients are checked: every layer and every gradient of it, kept.

use super::dense::Dense;
use crate::kernels::PANEL_ROWS;
use crate::kernels::StoredWeights;
use crate::network::arithmetic::Arithmetic;
use crate::network::cotangent::{Backward, CotangentAt};
use crate::network::metric::Metric;
use crate::network::observe::Observables;
use crate::network::shown::Shown;
use crate::network::site::Site;
use crate::network::spec::Operation;
use crate::network::steps::{Step, parts};
use crate::network::tape::{Tape, chunk_rows};
use crate::network::trial::Runner;
use crate::network::weights::{DrawnWeights, LayerAddress, Streams};
use crate::network::workspace::{Executor, Workspace};
use crate::random::Role;
use std::mem::swap;

/// What the steps of one layer got, where they change something.
#[derive(Default)]
pub(super) struct Inputs {
    pub activation: Option<Dense>,
    pub normal: Option<Dense>,
    pub product: Option<Dense>,
}

/// The weights of a layer, as far as they are needed.
pub(super) struct DrawnLayer {
    /// `W X`, in plain f64 arithmetic.
    pub product: Dense,
    /// Squared norms of the rows and of the columns of W.
    pub rows: Vec<f64>,
    pub columns: Vec<f64>,
}

/// One trial.
pub(super) struct Pass {
    /// `X_0` to the last layer that the loss is made of.
    pub activations: Vec<Dense>,
    /// What the loss is linear in: `X_L`, or `H_L`.
    pub end: Dense,
    /// Entry `l - 1` belongs to layer l, here and in what follows.
    pub inputs: Vec<Inputs>,
    pub gradients: Vec<(usize, Shown, Dense)>,
    /// Mean and second moment of `dL/dW`.
    pub weights: Vec<[f64; 2]>,
    /// Of matrix products.
    pub drawn: Vec<Option<DrawnLayer>>,
    pub biases: Vec<Option<Vec<f64>>>,
}

impl Pass {
    /// A gradient, if the pass has met it.
    pub fn gradient(&self, layer: usize, shown: Shown) -> Option<&Dense> {
        self.gradients.iter().find(|(l, s, _)| (*l, *s) == (layer, shown)).map(|(_, _, gradient)| gradient)
    }

    /// The norm of a layer: the gradients behind it and before it.
    pub fn norm(&self, layer: usize) -> Option<[&Dense; 2]> {
        let behind = |shown: &Shown| match shown {
            Shown::Behind(step @ Step::Normalise(_)) => Some(*step),
            _ => None,
        };
        let step = self.gradients.iter().find_map(|(l, shown, _)| behind(shown).filter(|_| *l == layer))?;
        Some([self.gradient(layer, Shown::Behind(step))?, self.gradient(layer, Shown::Before(step))?])
    }
}

/// What a checked pass measures.
pub(super) fn observables(depth: usize, backward: Backward) -> Observables {
    let metrics = [Metric::Mean, Metric::SecondMoment];
    Observables::new(0..=depth, &Site::GRADIENTS, &metrics).with_cotangent(backward)
}

impl Runner<'_> {
    /// Runs a trial there and back. The observables are those of [`observables`].
    pub(super) fn checked_pass<T: Arithmetic>(
        &self,
        trial: u64,
        backward: Backward,
        executor: &mut impl Executor<T>,
    ) -> Pass {
        let mut workspace = Workspace::<T>::within(self.network, self.observables, u128::MAX);
        let mut activations = Vec::new();
        self.checked_forward(trial, backward.at, &mut workspace, executor, &mut |x| {
            activations.push(Dense::of(x));
        });
        let end = end(backward.at, &workspace);
        let mut values = vec![f64::NAN; self.observables.len()];
        let mut gradients = Vec::new();
        let key = self.key.trial(trial);
        self.backward((key, backward), &mut workspace, executor, &mut values, &mut |layer, shown, x| {
            gradients.push((layer, shown, Dense::of(x)));
        });
        let inputs = inputs(&workspace);
        let layers = 1..=self.network.depth;
        let drawn = layers.clone().map(|layer| {
            let x = inputs[layer - 1].product.as_ref()?;
            Some(self.drawn_layer::<T>(LayerAddress { key, layer }, x))
        });
        Pass {
            drawn: drawn.collect(),
            biases: layers.clone().map(|layer| self.biases::<T>(LayerAddress { key, layer })).collect(),
            weights: layers.map(|layer| self.weight_moments(layer, &values)).collect(),
            activations,
            end,
            inputs,
            gradients,
        }
    }

    /// The forward pass up to what the loss is made of, with the nudges of the workspace; `see` is shown what every layer
    /// hands on.
    pub(super) fn checked_forward<T: Arithmetic>(
        &self,
        trial: u64,
        at: CotangentAt,
        workspace: &mut Workspace<T>,
        executor: &mut impl Executor<T>,
        see: &mut dyn FnMut(&crate::kernels::Matrix<T>),
    ) {
        let key = self.key.trial(trial);
        self.begin(trial, None, workspace, &mut []);
        for layer in 0..=self.network.depth {
            let address = LayerAddress { key, layer };
            if layer == self.network.depth && at == CotangentAt::Pre {
                self.up_to_pre(address, workspace, executor);
                return;
            }
            if layer > 0 {
                self.layer(address, workspace, executor, &mut []);
            }
            let Workspace { x, nudges, .. } = &mut *workspace;
            for nudge in nudges.iter().filter(|nudge| nudge.is_of_end(layer)) {
                nudge.add(self.level, 0, x.data_mut());
            }
            see(x);
        }
    }

    /// A layer up to its pre-activation, which is then in `workspace.h`.
    fn up_to_pre<T: Arithmetic>(
        &self,
        address: LayerAddress,
        workspace: &mut Workspace<T>,
        executor: &mut impl Executor<T>,
    ) {
        let steps = self.network.steps(address.layer);
        let count =
            steps.iter().position(|step| *step == Step::See(Site::Pre)).map_or(steps.len(), |at| at + 1);
        let (before, after) = parts(&steps[..count]);
        if after.contains(&Step::Multiply) {
            self.enter(address, workspace, executor, &mut []);
            if self.network.operation == Operation::Matmul {
                workspace.keep_product(address.layer);
            }
            self.rounds(address, after, false, workspace, executor, &mut []);
        } else {
            swap(&mut workspace.x, &mut workspace.h);
            self.rounds(address, [before, after].concat().as_slice(), false, workspace, executor, &mut []);
        }
    }

    /// The weights of a layer, drawn once more.
    fn drawn_layer<T: Arithmetic>(&self, address: LayerAddress, x: &Dense) -> DrawnLayer {
        let [fan_in, units] = [address.layer - 1, address.layer].map(|layer| self.network.units(layer));
        let mut layer = DrawnLayer {
            product: Dense::zeros(units, x.columns),
            rows: vec![0.0; units],
            columns: vec![0.0; fan_in],
        };
        let chunk = chunk_rows(self.network);
        let (mut weights, mut streams) = (StoredWeights::<T>::new(chunk, fan_in), Streams::default());
        let drawn = LayerAddress { layer: self.network.drawn(address.layer), ..address };
        for first in (0..units).step_by(chunk) {
            let rows = chunk.min(units - first);
            let draws = DrawnWeights::new(self.sampler(address.layer), drawn, &mut streams);
            let mut draws = draws.rounded(self.network.format());
            T::draw_weights(self.level, &mut draws, first / PANEL_ROWS, rows, &mut weights);
            for row in 0..rows {
                let unit = first + row;
                let out = &mut layer.product.data[unit * x.columns..][..x.columns];
                for column in 0..fan_in {
                    let weight = weights.get(row, column).to_f64();
                    layer.rows[unit] += weight * weight;
                    layer.columns[column] += weight * weight;
                    for (out, x) in out.iter_mut().zip(x.row(column)) {
                        *out += weight * x;
                    }
                }
            }
        }
        layer
    }

    fn biases<T: Arithmetic>(&self, LayerAddress { key, layer }: LayerAddress) -> Option<Vec<f64>> {
        let affine = self.network.bias(layer)?;
        let units = self.network.units(layer);
        let mut bias: Vec<T::Row> = vec![bytemuck::Zeroable::zeroed(); units.div_ceil(T::LANES)];
        let mut lanes = key.panel_on(self.level, Role::Bias, self.network.drawn(layer), 0);
        T::fill(self.level, self.network.bias_law, affine, &mut lanes, &mut bias);
        self.store_parameters::<T>(&mut bias);
        let entries: &[T] = bytemuck::cast_slice(&bias);
        Some(entries[..units].iter().map(|bias| bias.to_f64()).collect())
    }

    fn weight_moments(&self, layer: usize, values: &[f64]) -> [f64; 2] {
        let at = self.observables.at(layer, Site::GradWeight).map_or(0, |range| range.start);
        [values[at], values[at + 1]]
    }
}

/// What the loss is linear in.
pub(super) fn end<T: Arithmetic>(at: CotangentAt, workspace: &Workspace<T>) -> Dense {
    Dense::of(match at {
        CotangentAt::Post => &workspace.x,
        CotangentAt::Pre => &workspace.h,
    })
}

fn inputs<T: Arithmetic>(workspace: &Workspace<T>) -> Vec<Inputs> {
    let dense = |matrix: &crate::kernels::Matrix<T>| (matrix.rows() > 0).then(|| Dense::of(matrix));
    let layers = workspace.tape.iter().flat_map(Tape::records);
    let each = layers.map(|layer| Inputs {
        activation: dense(&layer.activation),
        normal: dense(&layer.normal),
        product: dense(&layer.product),
    });
    each.collect()
}

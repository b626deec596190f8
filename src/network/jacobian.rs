//! The Jacobian of one input, `J_l = dX_l/dX_0`, on the way forward.
//!
//! `X_l` is what layer l hands on for the first input of the batch, and J follows it step by step, from `J_0 = I` on:
//!
//! ```text
//! W X + b      J = W J                      phi(H)      J = diag phi'(H) J
//! skip X + a Y J = skip J_X + a J_Y         norm        J = r (J - 1 mean(J) - xhat mean(xhat J))
//! ```
//!
//! with means over the units, `xhat = r (x - mean x)` and `r = 1 / sqrt(var + eps)`; RMS norm has no `1 mean(J)`, and its r has
//! the mean square. Everything is in f64, in f32 networks too: J is that of the weights and pre-activations which they have,
//! whatever a product of f32 matrices would lose. Weights are drawn once more from their addresses, so no bit of the forward
//! pass changes. Fitted weights are taken for what they are fitted to, as in a backward pass; rounding to a storage is passed by.
//!
//! Batch norm mixes inputs: what an input makes of the others comes back to it, and there is no Jacobian of one input.

use super::arithmetic::Arithmetic;
use super::observe::Observables;
use super::spec::{Network, Norm, Operation, Residual};
use super::steps::Step;
use super::weights::Streams;
use crate::kernels::bidiagonal::Dense;
use crate::kernels::reflect::Reflected;
use crate::kernels::singular::singular_values;
use crate::kernels::{Activation, BLOCK_ROWS, Matrix, Scratch, StoredWeights, norm};
use crate::random::Law;
use crate::simd::SimdLevel;

/// Units of the widest layer, the input included, of which a Jacobian can be asked for.
pub const WIDEST: usize = 512;

/// Whether the Jacobian of an input of this network is known: of matrix products without batch norm.
fn is_known(network: &Network) -> bool {
    network.operation == Operation::Matmul && network.norm != Norm::Batch
}

/// Whether there is one to be measured.
fn is_asked(network: &Network, observables: &Observables) -> bool {
    observables.differentiated() > 0 && is_known(network)
}

/// The Jacobian so far, and the memory that the next one is made in.
pub(super) struct Jacobian {
    /// `J_l`, `n_l x n_0`.
    pub matrix: Matrix<f64>,
    pub next: Matrix<f64>,
    /// That of X of a residual whose branch is not done.
    pub kept: Matrix<f64>,
    /// What the activation and the norm of the layer got of the first input, in whole vectors.
    activation: Vec<[f64; 8]>,
    normal: Vec<[f64; 8]>,
    slopes: Vec<[f64; 8]>,
    pub scratch: Scratch<f64>,
    dense: Dense,
    pub streams: Streams,
    /// For orthogonal weights.
    pub reflected: Option<Reflected>,
    shape: Shape,
}

/// Widest layer, entries of the input, whether X is kept, and whether weights are orthogonal.
type Shape = (usize, usize, bool, bool);

fn shape(network: &Network) -> Shape {
    let is_orthogonal = network.law == Law::Orthogonal;
    (network.widest(), network.units(0), network.residual != Residual::None, is_orthogonal)
}

impl Jacobian {
    /// Memory for a network, if its Jacobian is measured.
    pub fn new(network: &Network, observables: &Observables) -> Option<Self> {
        let shape @ (widest, inputs, keeps, _) = shape(network);
        let vectors = || vec![[0.0; 8]; widest.div_ceil(8)];
        is_asked(network, observables).then(|| Self {
            matrix: Matrix::new(widest, inputs),
            next: Matrix::new(widest, inputs),
            kept: Matrix::new(if keeps { widest } else { 0 }, inputs),
            activation: vectors(),
            normal: vectors(),
            slopes: vectors(),
            scratch: Scratch::default(),
            dense: Dense::default(),
            streams: Streams::default(),
            reflected: (network.law == Law::Orthogonal).then(|| Reflected::new(widest, inputs)),
            shape,
        })
    }

    /// Whether `memory` is what [`new`](Self::new) would make.
    pub fn fits(memory: Option<&Self>, network: &Network, observables: &Observables) -> bool {
        memory.map(|jacobian| jacobian.shape) == is_asked(network, observables).then(|| shape(network))
    }

    /// Bytes of such memory: three or four matrices, and the weights of a layer as they are drawn and in f64.
    pub fn bytes<T: Arithmetic>(network: &Network, observables: &Observables) -> u128 {
        if !is_asked(network, observables) {
            return 0;
        }
        let (widest, inputs, keeps, is_orthogonal) = shape(network);
        let matrices = if keeps { 3 } else { 2 };
        matrices * Matrix::<f64>::bytes(widest, inputs)
            + Dense::bytes(widest, inputs)
            + StoredWeights::<T>::bytes(widest, widest)
            + StoredWeights::<f64>::bytes(widest, widest)
            + 24 * widest as u128
            + if is_orthogonal { Reflected::bytes(widest, inputs) } else { 0 }
    }

    /// Takes what an activation or a norm gets of the first input.
    pub fn keep<T: Arithmetic>(&mut self, step: Step, h: &Matrix<T>) {
        let column = if step == Step::Activate { &mut self.activation } else { &mut self.normal };
        for (row, entry) in column.as_flattened_mut().iter_mut().enumerate().take(h.rows()) {
            *entry = h.get(row, 0).to_f64();
        }
    }

    pub fn begin(&mut self, inputs: usize) {
        self.matrix.set_rows(inputs);
        self.matrix.data_mut().fill([0.0; 8]);
        for input in 0..inputs {
            self.matrix.set(input, input, 1.0);
        }
    }

    /// Calls `change(row, tile, entries)` for every vector.
    fn each_row(&mut self, change: impl Fn(usize, usize, &mut [f64; 8])) {
        let tiles = self.matrix.tiles();
        for (block, rows) in self.matrix.data_mut().chunks_mut(BLOCK_ROWS * tiles).enumerate() {
            let height = rows.len() / tiles;
            for (index, entries) in rows.iter_mut().enumerate() {
                change(block * BLOCK_ROWS + index % height, index / height, entries);
            }
        }
    }

    pub fn activate(&mut self, level: SimdLevel, activation: Activation) {
        let vectors = self.matrix.rows().div_ceil(8);
        let mut slopes = std::mem::take(&mut self.slopes);
        slopes.fill([1.0; 8]);
        activation.multiply_by_slope::<f64>(level, &self.activation[..vectors], &mut slopes[..vectors]);
        let of_units = slopes.as_flattened();
        self.each_row(|row, _, entries| entries.iter_mut().for_each(|entry| *entry *= of_units[row]));
        self.slopes = slopes;
    }

    pub fn scale(&mut self, factor: f64) {
        self.each_row(|_, _, entries| entries.iter_mut().for_each(|entry| *entry *= factor));
    }

    pub fn normalise(&mut self, is_centred: bool, eps: f64) {
        let units = self.matrix.rows();
        let mut normal = std::mem::take(&mut self.normal);
        let r = standardise(&mut normal.as_flattened_mut()[..units], is_centred, eps);
        let hat = normal.as_flattened();
        let mut sums = vec![[[0.0; 8]; 2]; self.matrix.tiles()];
        self.matrix.each_entry(|row, column, entry| {
            let [plain, cross] = &mut sums[column / 8];
            plain[column % 8] += entry;
            cross[column % 8] += hat[row] * entry;
        });
        let count = norm::count(units);
        self.each_row(|row, tile, entries| {
            let [plain, cross] = &sums[tile];
            for (lane, entry) in entries.iter_mut().enumerate() {
                let mean = if is_centred { plain[lane] / count } else { 0.0 };
                *entry = r * (*entry - mean - hat[row] * (cross[lane] / count));
            }
        });
        self.normal = normal;
    }

    /// The singular values of what there is, with zeros up to as many as an input has entries, in a row.
    pub fn singular_values(&mut self, level: SimdLevel) -> Matrix<f64> {
        let values = singular_values(level, &self.matrix, &mut self.dense);
        let mut row = Matrix::new(1, self.matrix.columns());
        for (column, value) in values.into_iter().enumerate() {
            row.set(0, column, value);
        }
        row
    }
}

/// Brings entries to mean 0, if they are centred, and to second moment 1; gives r.
fn standardise(entries: &mut [f64], is_centred: bool, eps: f64) -> f64 {
    let count = norm::count(entries.len());
    let largest = entries.iter().fold(0.0_f64, |largest, entry| largest.max(entry.abs()));
    // No square is to overflow, or to vanish.
    let exponent = if largest > 0.0 && largest.is_finite() { libm::ilogb(largest) } else { 0 };
    for entry in &mut *entries {
        *entry = libm::scalbn(*entry, -exponent);
    }
    let mean = if is_centred { entries.iter().sum::<f64>() / count } else { 0.0 };
    for entry in &mut *entries {
        *entry -= mean;
    }
    let square = entries.iter().map(|entry| entry * entry).sum::<f64>() / count;
    let r = 1.0 / (square + libm::scalbn(eps, exponent.saturating_mul(-2))).sqrt();
    for entry in entries {
        *entry *= r;
    }
    libm::scalbn(r, -exponent)
}

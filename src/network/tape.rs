//! What a backward pass needs of the forward pass: what every step of every layer got.

use super::arithmetic::Arithmetic;
use super::columns::Columns;
use super::observe::Observables;
use super::spec::{Network, NormAt, Operation};
use super::steps::Step;
use super::weights::Streams;
use crate::kernels::{Activation, BLOCK_ROWS, Matrix, StoredWeights};
use crate::random::Law;

/// The steps of one layer, as a backward pass sees them.
pub(super) struct Record<T: Arithmetic> {
    /// What the activation got, H.
    pub activation: Matrix<T>,
    /// What the norm got.
    pub normal: Matrix<T>,
    /// Its statistics, of a norm over the units.
    pub columns: Columns<T>,
    /// What the weights were multiplied with, where their gradient is measured.
    pub product: Matrix<T>,
}

/// The record of a whole pass, and the memory that a backward pass works in.
pub(super) struct Tape<T: Arithmetic> {
    /// Entry `l - 1` belongs to layer l.
    pub layers: Vec<Record<T>>,
    /// A block of rows of the weights of a layer, drawn again.
    pub weights: StoredWeights<T>,
    pub streams: Streams,
    /// The transpose of what the weights were multiplied with.
    pub transposed: Matrix<T>,
    /// Means over the units that the gradient of a norm needs.
    pub means: Columns<T>,
    /// Squares of the weights of a layer.
    pub squares: Squares,
    shape: Shape,
}

/// A sum of squares of numbers that are first divided by a power of two, so that none overflows or vanishes.
#[derive(Default)]
pub(super) struct Squares {
    sum: f64,
    exponent: i32,
}

impl Squares {
    /// Of numbers of about this size.
    pub fn begin(&mut self, size: f64) {
        let exponent = if size > 0.0 && size.is_finite() { libm::ilogb(size) } else { 0 };
        *self = Self { sum: 0.0, exponent };
    }

    /// Of an orthogonal matrix times a number: as many as it has entries, of this std each.
    #[expect(clippy::cast_precision_loss, reason = "shapes are far below 2^53")]
    pub fn of_orthogonal(std: f64, count: usize) -> Self {
        let mut squares = Self::default();
        squares.begin(std);
        let unit = libm::scalbn(std, -squares.exponent);
        squares.sum = unit * unit * count as f64;
        squares
    }

    /// Adds the first rows of some weights, in order.
    pub fn add<T: Arithmetic>(&mut self, weights: &StoredWeights<T>, rows: usize, columns: usize) {
        let unit = libm::scalbn(1.0, -self.exponent);
        for row in 0..rows {
            for column in 0..columns {
                let weight = weights.get(row, column).to_f64() * unit;
                self.sum += weight * weight;
            }
        }
    }

    /// Root of a sum of squares, in units of `4^exponent`, over the root of this one.
    pub fn ratio(&self, squares: f64, exponent: i32) -> f64 {
        libm::scalbn((squares / self.sum).sqrt(), exponent.saturating_sub(self.exponent))
    }
}

/// Rows of every matrix of every layer: of the activation, the norm and the product.
type Shape = (Vec<[usize; 3]>, usize, usize);

fn shape(network: &Network, observables: &Observables) -> Shape {
    let rows = |layer| {
        let steps = network.steps(layer);
        let rows = |has: bool, rows: usize| if has { rows } else { 0 };
        let normalises = steps.iter().find_map(|step| match step {
            Step::Normalise(at) if network.normalises(*at) => {
                Some(network.units(if *at == NormAt::Input { layer - 1 } else { layer }))
            }
            _ => None,
        });
        let activates = steps.contains(&Step::Activate) && network.activation != Activation::Linear;
        let product = keeps_product(network, observables, layer);
        [
            rows(activates, network.units(layer)),
            normalises.unwrap_or(0),
            rows(product, network.units(layer - 1)),
        ]
    };
    ((1..=network.depth).map(rows).collect(), network.widest(), network.batch)
}

impl<T: Arithmetic> Tape<T> {
    /// Memory for the pass of a network.
    pub fn new(network: &Network, observables: &Observables) -> Self {
        let (rows, widest, batch) = shape(network, observables);
        let matrix = |rows| Matrix::new(rows, batch);
        let record = |[activation, normal, product]: &[usize; 3]| Record {
            activation: matrix(*activation),
            normal: matrix(*normal),
            columns: Columns::new(network),
            product: matrix(*product),
        };
        let weighs = rows.iter().any(|rows| rows[2] > 0);
        Self {
            layers: rows.iter().map(record).collect(),
            weights: StoredWeights::new(chunk_rows(network), widest),
            streams: Streams::default(),
            transposed: Matrix::new(batch, if weighs { widest } else { 0 }),
            means: Columns::new(network),
            squares: Squares::default(),
            shape: (rows, widest, batch),
        }
    }

    /// Whether it is the memory that [`new`](Self::new) would make.
    pub fn fits(&self, network: &Network, observables: &Observables) -> bool {
        self.shape == shape(network, observables)
    }

    /// Bytes of such memory, and of the block of a gradient of weights that a worker makes.
    pub fn bytes(network: &Network, observables: &Observables) -> u128 {
        let (rows, widest, batch) = shape(network, observables);
        let matrices: u128 = rows.iter().flatten().map(|&rows| Matrix::<T>::bytes(rows, batch)).sum();
        let columns = (rows.len() + 1) * Columns::<T>::sums(network) * size_of::<T::Row>();
        let weighs = rows.iter().any(|rows| rows[2] > 0);
        let transposed = if weighs {
            Matrix::<T>::bytes(batch, widest) + Matrix::<T>::bytes(BLOCK_ROWS, widest)
        } else {
            0
        };
        matrices + columns as u128 + StoredWeights::<T>::bytes(chunk_rows(network), widest) + transposed
    }
}

/// Whether a backward pass needs what a product gets: for the gradient of the weights, or because orthogonal weights depend on it.
pub(super) fn keeps_product(network: &Network, observables: &Observables, layer: usize) -> bool {
    let is_orthogonal = observables.backward().is_some() && network.law == Law::Orthogonal;
    network.operation == Operation::Matmul && (is_orthogonal || observables.weighs(layer))
}

/// Rows of weights that are drawn before they are multiplied. Large networks, whose blocks go to several threads, draw
/// more of them at a time.
pub(super) fn chunk_rows(network: &Network) -> usize {
    let blocks = if network.widest() > 1024 { 4 } else { 1 };
    network.widest().min(blocks * BLOCK_ROWS)
}

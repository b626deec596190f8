//! What a backward pass needs of the forward pass: what every step of every layer got.
//!
//! Where that is more than [`LARGEST`], there is memory for the steps of about `sqrt L` layers, and for what every so many layers
//! get. The backward pass then runs those layers once more, with weights drawn again, before it walks back through them: the
//! bits are the same, and all but the last of them cost another forward pass.

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

/// Bytes of a record that a network may have without being run in parts.
pub const LARGEST: u128 = 1 << 29;

/// The record of a pass, or of a part of it, and the memory that a backward pass works in.
pub(super) struct Tape<T: Arithmetic> {
    /// Those of one part: see [`place`](Self::place).
    layers: Vec<Record<T>>,
    /// What the first layer of every part but the last one gets.
    starts: Vec<Matrix<T>>,
    /// The gradient, while layers are run again.
    pub aside: Matrix<T>,
    /// A block of rows of the weights of a layer, drawn again.
    pub weights: StoredWeights<T>,
    pub streams: Streams,
    /// The transpose of what the weights were multiplied with.
    pub transposed: Matrix<T>,
    /// Means over the units that the gradient of a norm needs.
    means: Columns<T>,
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

/// What the memory of a record depends on.
#[derive(PartialEq)]
struct Shape {
    /// Rows of the matrices of a layer, in a part: of the activation, the norm and the product.
    rows: Vec<[usize; 3]>,
    /// Those of what the first layer of every part but the last one gets.
    starts: Vec<usize>,
    widest: usize,
    batch: usize,
}

impl Shape {
    /// For parts of so many layers.
    fn of_parts(part: usize, of_layers: &[[usize; 3]], network: &Network) -> Self {
        let mut rows = vec![[0; 3]; part];
        for (layer, of_layer) in of_layers.iter().enumerate() {
            for (most, &of_layer) in rows[layer % part].iter_mut().zip(of_layer) {
                *most = of_layer.max(*most);
            }
        }
        let starts = (0..network.depth).step_by(part).map(|layer| network.units(layer)).collect::<Vec<_>>();
        let starts = starts[..starts.len() - 1].to_vec();
        Self { rows, starts, widest: network.widest(), batch: network.batch }
    }

    /// For the whole pass, or, if that takes more than `most` bytes, for parts of about `sqrt L` layers; they are even, so
    /// that no branch of a residual goes on from one to the next.
    fn new<T: Arithmetic>(network: &Network, observables: &Observables, most: u128) -> Self {
        let of_layers = of_layers(network, observables);
        let whole = Self::of_parts(network.depth, &of_layers, network);
        if whole.bytes::<T>() <= most {
            return whole;
        }
        let part = (1..network.depth).find(|part| part * part >= network.depth).unwrap_or(1);
        Self::of_parts((part + part % 2).min(network.depth), &of_layers, network)
    }

    /// Bytes of the record.
    fn bytes<T: Arithmetic>(&self) -> u128 {
        let aside = if self.starts.is_empty() { 0 } else { self.widest };
        let rows = self.rows.iter().flatten().chain(&self.starts).chain([&aside]);
        rows.map(|&rows| Matrix::<T>::bytes(rows, self.batch)).sum()
    }

    fn weighs(&self) -> bool {
        self.rows.iter().any(|rows| rows[2] > 0)
    }
}

/// Layers that a backward pass runs once more.
#[must_use]
pub fn repeated<T: Arithmetic>(network: &Network, observables: &Observables) -> usize {
    let Shape { rows, starts, .. } = Shape::new::<T>(network, observables, LARGEST);
    rows.len() * starts.len()
}

/// Rows of every matrix of every layer: of the activation, the norm and the product.
fn of_layers(network: &Network, observables: &Observables) -> Vec<[usize; 3]> {
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
    (1..=network.depth).map(rows).collect()
}

impl<T: Arithmetic> Tape<T> {
    /// Memory for the pass of a network, whose record takes more than `most` bytes only where parts of it do.
    pub fn new(network: &Network, observables: &Observables, most: u128) -> Self {
        let shape = Shape::new::<T>(network, observables, most);
        let matrix = |rows| Matrix::new(rows, shape.batch);
        let record = |[activation, normal, product]: &[usize; 3]| Record {
            activation: matrix(*activation),
            normal: matrix(*normal),
            columns: Columns::new(network),
            product: matrix(*product),
        };
        let widest = shape.widest;
        Self {
            layers: shape.rows.iter().map(record).collect(),
            starts: shape.starts.iter().map(|&rows| matrix(rows)).collect(),
            aside: matrix(if shape.starts.is_empty() { 0 } else { widest }),
            weights: StoredWeights::new(chunk_rows(network), widest),
            streams: Streams::default(),
            transposed: Matrix::new(shape.batch, if shape.weighs() { widest } else { 0 }),
            means: Columns::new(network),
            squares: Squares::default(),
            shape,
        }
    }

    /// Whether it is the memory that [`new`](Self::new) would make.
    pub fn fits(&self, network: &Network, observables: &Observables) -> bool {
        self.shape == Shape::new::<T>(network, observables, LARGEST)
    }

    /// Bytes of such memory, and of the block of a gradient of weights that a worker makes.
    pub fn bytes(network: &Network, observables: &Observables, most: u128) -> u128 {
        let shape = Shape::new::<T>(network, observables, most);
        let columns = (shape.rows.len() + 1) * Columns::<T>::sums(network) * size_of::<T::Row>();
        let Shape { widest, batch, .. } = shape;
        let transposed = if shape.weighs() {
            Matrix::<T>::bytes(batch, widest) + Matrix::<T>::bytes(BLOCK_ROWS, widest)
        } else {
            0
        };
        shape.bytes::<T>()
            + columns as u128
            + StoredWeights::<T>::bytes(chunk_rows(network), widest)
            + transposed
    }

    /// The records of the layers of the last part that was run: of all of them, where there is one part.
    pub fn records(&self) -> &[Record<T>] {
        &self.layers
    }

    /// The part of a layer from 1 on, counted from 0, and its place in it.
    fn place(&self, layer: usize) -> (usize, usize) {
        let part = self.layers.len();
        ((layer - 1) / part, (layer - 1) % part)
    }

    /// The record of a layer of the last part that was run.
    pub fn record(&self, layer: usize) -> &Record<T> {
        &self.layers[self.place(layer).1]
    }

    /// The same, with the memory for means over the units.
    pub fn record_and_means(&mut self, layer: usize) -> (&Record<T>, &mut Columns<T>) {
        let (_, place) = self.place(layer);
        (&self.layers[place], &mut self.means)
    }

    /// That of a layer, to be written.
    pub fn record_mut(&mut self, layer: usize) -> &mut Record<T> {
        let (_, place) = self.place(layer);
        &mut self.layers[place]
    }

    /// Keeps what a layer gets, if a part begins with it that will be run again.
    pub fn mark(&mut self, layer: usize, x: &Matrix<T>) {
        if let (part, 0) = self.place(layer)
            && let Some(start) = self.starts.get_mut(part)
        {
            start.copy_from(x);
        }
    }

    /// If the part that ends with `layer` is to be run again, puts the gradient in `x` aside for what its first layer gets,
    /// and gives that layer.
    pub fn rewind(&mut self, layer: usize, x: &mut Matrix<T>) -> Option<usize> {
        // The input ends no part.
        let (part, place) = (layer > 0).then(|| self.place(layer))?;
        let start = self.starts.get(part).filter(|_| place + 1 == self.layers.len())?;
        self.aside.copy_from(x);
        x.copy_from(start);
        Some(layer - place)
    }

    /// Transposes what the weights of a layer were multiplied with.
    pub fn transpose_product(&mut self, layer: usize) {
        let (_, place) = self.place(layer);
        self.transposed.transpose_from(&self.layers[place].product);
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

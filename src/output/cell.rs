//! The columns of a cell: the same in all its rows, and the first ones of all tables that have them.

use std::sync::Arc;

use super::columns::columns;
use super::provenance::PROGRAM;
use crate::network::{Operation, Precision};
use crate::random::STREAM_VERSION;
use crate::statistics::LEVEL;
use crate::sweep::{Cell, Randomness, Sweep};

columns! {
    /// What every row of a run says about its cell.
    read struct CellColumns;
    /// Its columns, the first ones of every table that has them.
    const CELL_COLUMNS;
    fn columns(cell: &Cell, sweep: &Sweep);
    cell: String = cell.id(),
        "identity of the cell: c, and the first 16 hex digits of the SHA-256 of its canonical content";
    label: Option<String> = cell.label.clone(), "label of the [[grid]] table; none if it has none";
    operation: Operation = cell.network.operation,
        "what a layer does: matmul (H = W X + b), product (H = X * Z + b) or sum (H = X + Z + b)";
    width: usize ["units"] = cell.network.width, "units per layer, n";
    depth: usize ["layers"] = cell.network.depth, "layers of the network, L";
    init: String = cell.init(),
        "the initialisation as written in the config: law, mean and std of one weight, and of one bias unless it is 0";
    law: String = cell.network.law.to_string(), "law of the standardised weight noise";
    weight_mean: f64 ["1"] = cell.network.weight_mean[0], "mean of one weight of layer 1";
    weight_std: f64 ["1"] = weight_std(cell), "std of one weight of layer 1";
    bias_mean: f64 ["1"] = cell.network.bias_mean[0], "mean of one bias of layer 1";
    bias_std: f64 ["1"] = cell.network.bias_std[0], "std of one bias of layer 1";
    activation: String = cell.network.activation.to_string(), "activation function";
    batch: usize ["inputs"] = cell.network.batch, "inputs pushed through one network, B";
    input_mean: f64 ["1"] = cell.network.input_moments()[0], "mean of one entry of the input";
    input_std: f64 ["1"] = cell.network.input_moments()[1], "std of one entry of the input";
    input_correlation: f64 ["1"] = cell.network.input_correlation,
        "correlation of every two inputs of a batch";
    precision: Precision = cell.network.precision, "element type of weights and activations: f64 or f32";
    seed: u64 ["1"] = sweep.seed, "seed of the draws";
    randomness: Randomness = sweep.randomness,
        "which draws cells share: independent, or common (then rows of different cells are correlated)";
    stream: u32 ["1"] = STREAM_VERSION, "version of the random streams: equal versions draw equal numbers";
    confidence: f64 ["1"] = LEVEL,
        "probability with which an interval of the table covers, or all those that hold together do";
    version: String = PROGRAM.to_owned(),
        "the program that wrote the table";
}

/// Weights that are fitted to the batch have another std in every trial.
fn weight_std(cell: &Cell) -> f64 {
    if cell.network.fitted { f64::NAN } else { cell.network.weight_std[0] }
}

impl CellColumns {
    /// Those of one cell of a sweep.
    #[must_use]
    pub fn new(cell: &Cell, sweep: &Sweep) -> Arc<Self> {
        Arc::new(columns(cell, sweep))
    }
}

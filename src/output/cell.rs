//! The columns of a cell: the same in all its rows, and in all tables that have them.

use std::sync::Arc;

use serde::Deserialize;

use super::column::Column;
use super::value::Value;
use crate::network::{Operation, Precision};
use crate::random::STREAM_VERSION;
use crate::sweep::{Cell, Randomness, Sweep};

/// The struct of the values, a constant for each column, and the function that makes the values.
macro_rules! cell_columns {
    (
        fn $build:ident($cell:ident, $sweep:ident);
        $($name:ident $(as $title:literal)?: $Type:ty $([$unit:literal])? = $value:expr, $meaning:literal;)*
    ) => {
        /// What tables say about a cell; see [`COLUMNS`](super::COLUMNS).
        #[allow(rustdoc::broken_intra_doc_links, reason = "meanings name tables as configs write them: [[grid]]")]
        #[derive(Clone, Debug, PartialEq, Deserialize)]
        pub struct CellColumns {
            $(#[doc = $meaning] $(#[serde(rename = $title)])? pub $name: $Type,)*
        }

        #[expect(non_upper_case_globals, reason = "each has the name of its field")]
        impl CellColumns {
            $(pub(super) const $name: Column = Column::new(
                [$($title,)? stringify!($name)][0],
                <$Type as Value>::KIND,
                concat!("" $(, $unit)?),
                $meaning,
            );)*
        }

        impl CellColumns {
            /// Those of one cell of a sweep.
            #[must_use]
            pub fn $build($cell: &Cell, $sweep: &Sweep) -> Arc<Self> {
                Arc::new(Self { $($name: $value,)* })
            }
        }
    };
}

cell_columns! {
    fn new(cell, sweep);
    id as "cell": String = cell.id(),
        "identity of the cell: the first 16 hex digits of the SHA-256 of its canonical content";
    label: Option<String> = cell.label.clone(), "label of the [[grid]] table; empty if it has none";
    operation: Operation = cell.network.operation,
        "what a layer does: matmul (H = W X + b), product (H = X * Z + b) or sum (H = X + Z + b)";
    width: usize ["units"] = cell.network.width, "units per layer, n";
    depth: usize ["layers"] = cell.network.depth, "layers of the network, L";
    weight_std: String = cell.std_text.clone(), "std of one weight, as written in the config";
    weight_std_value: f64 ["1"] = cell.network.weight_std[0], "std of one weight of layer 1";
    weight_mean: String = cell.mean_text.clone(), "mean of one weight, as written in the config";
    weight_mean_value: f64 ["1"] = cell.network.weight_mean[0], "mean of one weight of layer 1";
    activation: String = cell.network.activation.to_string(), "activation function";
    law: String = cell.network.law.to_string(), "law of the standardised weight noise";
    bias_std: f64 ["1"] = cell.network.bias_std[0], "std of one bias of layer 1";
    batch: usize ["inputs"] = cell.network.batch, "inputs pushed through one network, B";
    input_mean: f64 ["1"] = cell.network.input_mean, "mean of one entry of the input";
    input_std: f64 ["1"] = cell.network.input_std, "std of one entry of the input";
    precision: Precision = cell.network.precision, "element type of weights and activations: f64 or f32";
    sampler: String = "direct".to_owned(), "how trials are drawn: direct (every weight is drawn)";
    stream: u32 ["1"] = STREAM_VERSION, "version of the random streams: equal versions draw equal numbers";
    bias_std_text: String = cell.bias_std_text.clone(), "std of one bias, as written in the config";
    seed: u64 ["1"] = sweep.seed, "seed of the draws";
    randomness: Randomness = sweep.randomness,
        "which draws cells share: independent, or common (then rows of different cells are correlated)";
    input_correlation: f64 ["1"] = cell.network.input_correlation,
        "correlation of every two inputs of a batch";
}

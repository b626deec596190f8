//! Cells of a sweep.

use crate::network::{Metric, Network, Site};

/// One point of the grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The label of its `[[grid]]` table, if any; no part of the identity.
    pub label: Option<String>,
    /// The network in resolved numbers.
    pub network: Network,
    /// Weight std as written in the config.
    pub std_text: String,
    /// Weight mean as written in the config.
    pub mean_text: String,
    /// Canonical text of everything a draw may depend on: all parameters but the depth. Cells with equal law
    /// text are the same random network cut at different depths. Where an expression names `depth`, the depth
    /// is part of it.
    pub law_text: String,
}

impl Cell {
    /// Canonical text of the whole content: the law and the depth. Its hash names the cell in every file.
    #[must_use]
    pub fn content(&self) -> String {
        format!("{};depth={}", self.law_text, self.network.depth)
    }
}

/// Which draws two cells share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Randomness {
    /// Cells that differ in anything but the depth draw independently.
    Independent,
    /// The standardised draws are shared across std, mean, activation, biases and input scale.
    Common,
}

/// Which layers of a cell are reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layers {
    /// The last layer only.
    Last,
    /// The input (layer 0) and every layer.
    All,
    /// These layers (0 is the input); those beyond a cell's depth are left out for that cell.
    List(Vec<usize>),
}

/// What is measured in every cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Which layers.
    pub layers: Layers,
    /// Which sites, in the order of the rows.
    pub sites: Vec<Site>,
    /// Which metrics, in the order of the rows.
    pub metrics: Vec<Metric>,
}

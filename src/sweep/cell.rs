//! One cell of a sweep, and what names it.

use super::parameter::ByParameter;
use crate::hash::sha256;
use crate::network::{Metric, Network};

/// One point of the grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The label of its `[[grid]]` table, if any; no part of the identity.
    pub label: Option<String>,
    /// Numbers published elsewhere for the last layer, to show beside the estimates.
    pub published: Vec<(Metric, f64)>,
    /// The network in resolved numbers.
    pub network: Network,
    /// Weight std as written in the config.
    pub std_text: String,
    /// Weight mean as written in the config.
    pub mean_text: String,
    /// Bias std as written in the config.
    pub bias_std_text: String,
    /// Weight std times the root of the fan-in, in layer 1.
    pub sigma_w: f64,
    /// The other numbers as written in the config; empty where a parameter is none, or one of the three above.
    pub texts: ByParameter<Box<str>>,
    /// Canonical text of everything a draw may depend on: all parameters but the depth. Cells with equal law
    /// text are the same random network cut at different depths. Where an expression names `depth`, the depth
    /// is part of it.
    ///
    /// An expression that names neither `layer` nor `depth` stands there as its value, so `1/sqrt(fan_in)` at
    /// width 100 and `0.1` are the same cell.
    pub law_text: String,
}

impl Cell {
    /// Canonical text of the whole content: the law and the depth. Its hash names the cell in every file.
    #[must_use]
    pub fn content(&self) -> String {
        format!("{};depth={}", self.law_text, self.network.depth)
    }

    /// The first 16 hex digits of the SHA-256 of [`content`](Self::content).
    #[must_use]
    pub fn id(&self) -> String {
        sha256(self.content())[..16].to_owned()
    }

    /// Canonical text of what the standardised draws depend on when cells share them
    /// ([`Randomness::Common`](super::Randomness::Common)): operation, width, batch, law and precision.
    #[must_use]
    pub fn common_text(&self) -> String {
        let Network { operation, width, batch, law, precision, .. } = &self.network;
        format!("operation={operation};width={width};batch={batch};law={law};precision={precision}")
    }

    /// What tells two rows of the output apart: the content, and everything as it is written. Cells of one
    /// content but other texts share their draws, and each has its own rows.
    #[must_use]
    pub fn row_key(&self) -> String {
        let Self { label, std_text, mean_text, bias_std_text, .. } = self;
        sha256(format!("{:?}", (self.content(), label, std_text, mean_text, bias_std_text)))
    }
}

//! What is measured, and which draws are shared.

use super::span::Span;
use crate::named::named;
use crate::network::{Backward, Bins, Metric, Site};

named! {
    /// Which draws two cells share.
    pub enum Randomness as "randomness" {
        /// Cells that differ in anything but the depth draw independently.
        Independent = "independent",
        /// The standardised draws are shared across std, mean, activation, biases and input scale.
        Common = "common",
    }
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

impl Layers {
    /// Whether a layer is one of them; `last` is the last one that there is.
    #[must_use]
    pub fn contains(&self, layer: usize, last: Option<usize>) -> bool {
        match self {
            Self::Last => Some(layer) == last,
            Self::All => true,
            Self::List(list) => list.contains(&layer),
        }
    }
}

/// From where on a pre-activation is saturated, where that is not said by the slope of the activation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Saturation {
    /// The part of the way from the middle of the range of an activation to its ends.
    pub threshold: f64,
    /// Where it is written.
    pub span: Span,
}

/// What is measured in every cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Which layers.
    pub layers: Layers,
    /// Which sites, in the order of the rows.
    pub sites: Vec<Site>,
    /// Which metrics, in the order of the rows.
    pub metrics: Vec<Metric>,
    /// What a backward pass begins with, if gradients are measured.
    pub backward: Backward,
    /// Where the config asks for layers to be rescaled by powers of two; `None` if it does not.
    pub rescale: Option<Span>,
    /// The threshold of `fraction_saturated`, if there is one.
    pub saturation: Option<Saturation>,
    /// The bins of a histogram of the entries, if one is wanted.
    pub histogram: Option<Bins>,
}

impl Measure {
    /// The threshold of `fraction_saturated`, if there is one.
    #[must_use]
    pub fn threshold(&self) -> Option<f64> {
        self.saturation.map(|saturation| saturation.threshold)
    }

    /// Whether the Jacobian of an input is needed.
    #[must_use]
    pub fn has_jacobian(&self) -> bool {
        self.sites.contains(&Site::Jacobian)
    }

    /// Whether a backward pass is needed.
    #[must_use]
    pub fn has_gradients(&self) -> bool {
        self.sites.iter().any(|site| site.is_gradient())
    }
}

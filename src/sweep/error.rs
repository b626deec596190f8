//! What can be wrong with a cell of a well-formed grid.

use super::expression::{Fault, number};
use super::parameter::Parameter;
use super::span::Span;

/// Why a sweep cannot yield a cell.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SweepError {
    /// A parameter has no valid value in one cell.
    #[error("{parameter} = {text}: {problem}, in the cell {place}")]
    Value {
        /// Which parameter.
        parameter: Parameter,
        /// The value as written.
        text: String,
        /// Where it is written.
        span: Span,
        /// What is wrong with it.
        problem: Problem,
        /// The cell.
        place: Place,
    },
    /// A `where` has no truth value in one cell.
    #[error("where = {text}: {fault}, in the cell {place}")]
    Where {
        /// The condition as written.
        text: String,
        /// Where it is written.
        span: Span,
        /// What is wrong with it.
        fault: Fault,
        /// The cell.
        place: Place,
    },
    /// A network that powers of two do not pass through is to be rescaled.
    #[error("rescale = true: {reason}, in the cell {place}")]
    Rescale {
        /// What is in the way.
        reason: String,
        /// Where `rescale` is written.
        span: Span,
        /// The cell.
        place: Place,
    },
    /// An activation without the ends that a threshold of saturation is about.
    #[error("saturation = {threshold}: {reason}, in the cell {place}")]
    Saturation {
        /// The threshold.
        threshold: f64,
        /// What is in the way.
        reason: String,
        /// Where `saturation` is written.
        span: Span,
        /// The cell.
        place: Place,
    },
    /// A network that there cannot be.
    #[error("{parameter} = {text}: {reason}, in the cell {place}")]
    Network {
        /// The parameter that asks for it.
        parameter: Parameter,
        /// Its value as written.
        text: String,
        /// Where it is written.
        span: Span,
        /// Why it cannot be.
        reason: String,
        /// The cell.
        place: Place,
    },
    /// A `where` is false in every cell of its grid.
    #[error("where = {text}: no cell of {cells} is left")]
    NothingLeft {
        /// The condition as written.
        text: String,
        /// Where it is written.
        span: Span,
        /// Cells of the grid before the `where`.
        cells: u64,
    },
}

impl SweepError {
    /// Where in the config the cause is written.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Value { span, .. }
            | Self::Where { span, .. }
            | Self::Rescale { span, .. }
            | Self::Saturation { span, .. }
            | Self::Network { span, .. }
            | Self::NothingLeft { span, .. } => *span,
        }
    }

    /// What is written there.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Value { text, .. } | Self::Where { text, .. } | Self::NothingLeft { text, .. } => text,
            Self::Rescale { reason, .. } | Self::Saturation { reason, .. } | Self::Network { reason, .. } => {
                reason
            }
        }
    }
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Problem {
    /// The expression has no value.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A width that depends on itself.
    #[error("`width` is made from `input_width`, and that from `width`")]
    Circular,
    /// Overflow.
    #[error("it is infinite")]
    Infinite,
    /// Beyond the range of the cell's element type.
    #[error("it is {}, beyond the largest f32, about 3.4e38", short(*.0))]
    BeyondF32(f64),
    /// Below the normal range of the cell's element type.
    #[error("it is {}, below the smallest normal f32, about 1.2e-38", short(*.0))]
    BelowF32(f64),
    /// A negative standard deviation.
    #[error("it is {}, and a standard deviation cannot be negative", short(*.0))]
    Negative(f64),
    /// A number below 0 that may be none.
    #[error("it is {}, and cannot be negative", short(*.0))]
    BelowZero(f64),
    /// A number with other digits than a power of two.
    #[error("it is {}, and must be a power of two, 2^-1022 or more", number(*.0))]
    NoPowerOfTwo(f64),
    /// No correlation that so many inputs can have, each two of them the same.
    #[error("it is {}, and {batch} inputs can have pairwise correlations from {} to 1", short(*value), short(*least))]
    Correlation {
        /// The value.
        value: f64,
        /// The smallest possible, `-1/(B-1)`.
        least: f64,
        /// Inputs, B.
        batch: usize,
    },
    /// Not a whole number.
    #[error("it is {}, and must be a whole number", number(*.0))]
    Fraction(f64),
    /// A whole number out of range.
    #[error("it is {}, and must be from 1 to {largest}", short(*value))]
    OutOfRange {
        /// The value.
        value: f64,
        /// The largest allowed.
        largest: usize,
    },
}

/// A number in six digits, for a reader.
fn short(value: f64) -> String {
    number(format!("{value:.5e}").parse().unwrap_or(value))
}

/// Which cell, in the numbers that expressions depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its width in layer 1; `None` where that is what has no value.
    pub width: Option<usize>,
    /// Its depth.
    pub depth: usize,
    /// The layer, if the value depends on it.
    pub layer: Option<usize>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.width.map_or(Ok(()), |width| write!(f, "width = {width}, "))?;
        write!(f, "depth = {}", self.depth)?;
        self.layer.map_or(Ok(()), |layer| write!(f, ", layer = {layer}"))
    }
}

//! What a parameter is: its key, what it takes, and where it stands in a network.

use crate::network::{Network, Schedule};

/// All that is known of one parameter.
#[derive(Clone, Copy, Debug)]
pub struct ParameterRow {
    /// Its key in the config.
    pub key: &'static str,
    /// What it means, for messages and the schema.
    pub about: &'static str,
    /// The value of a parameter that is left out, in TOML; `None` if every grid must give one.
    pub default: Option<&'static str>,
    /// What it takes, and where it stands in a network.
    pub kind: ParameterKind,
}

/// What a parameter takes, and where it stands in a network.
#[derive(Clone, Copy, Debug)]
pub enum ParameterKind {
    /// A name, such as that of an activation; read as it is spelt canonically.
    Word(fn(&Network) -> String),
    /// One of the names of a list.
    Choice {
        /// The names.
        names: fn() -> Vec<&'static str>,
        /// Reads it.
        get: fn(&Network) -> &'static str,
        /// Writes it; other names change nothing.
        set: fn(&mut Network, &str),
    },
    /// A whole number from 1 to `largest`. Widths depend on it, so it cannot be an expression.
    Shape {
        /// The largest.
        largest: usize,
        /// Reads it.
        get: fn(&Network) -> usize,
    },
    /// A number or an expression.
    Number(NumberRange, NetworkField),
}

/// The numbers that a parameter may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NumberRange {
    /// Whole numbers from 1 to this one.
    Count(usize),
    /// 0 and all numbers above it.
    Std,
    /// From `-1/(B-1)` to 1: what `B` inputs can have for their correlation, each two of them the same.
    Correlation,
    /// Powers of two, of any whole exponent.
    PowerOfTwo,
    /// All numbers.
    Any,
}

/// Where the number stands in a network. The fewer of them there are, the fewer names its expression may have.
#[derive(Clone, Copy, Debug)]
pub enum NetworkField {
    /// Units of the input or of the layers: the shape, which all others may depend on. Expressions of it are rounded.
    Units {
        /// Reads them, in layer 1 if they are those of layers.
        get: fn(&Network) -> usize,
    },
    /// A count of columns; may depend on the width.
    Count {
        /// Reads it.
        get: fn(&Network) -> usize,
        /// Writes it.
        set: fn(&mut Network, usize),
    },
    /// One number of the whole network; may depend on its shape.
    Once {
        /// Reads it.
        get: fn(&Network) -> f64,
        /// Writes it.
        set: fn(&mut Network, f64),
    },
    /// One number per layer; may depend on the shape and on the layer.
    Layers {
        /// Reads them.
        get: fn(&Network) -> &Schedule,
        /// Writes them.
        set: fn(&mut Network, Schedule),
    },
}

//! What a key of the config is: its name, its meaning and what it takes.

use crate::sweep::Parameter;

/// A key of a table.
#[derive(Clone, Copy)]
pub(crate) struct Key {
    pub name: &'static str,
    pub about: &'static str,
    pub required: bool,
    /// The value of a key that is left out, in TOML.
    pub default: Option<&'static str>,
    pub kind: Kind,
}

/// What a key takes.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// `true` or `false`.
    Flag,
    /// A string that names a folder.
    FileName,
    /// Any string.
    Text,
    /// A whole number in a range.
    Whole { least: u64, largest: u64 },
    /// A positive or negative number.
    Number,
    /// Two numbers, the smaller one first.
    Pair,
    /// One of some words.
    Choice(fn() -> Vec<&'static str>),
    /// One of some words, or a list of them.
    ChoiceOrChoices(fn() -> Vec<&'static str>),
    /// A list of some words.
    Choices(fn() -> Vec<&'static str>),
    /// `"last"`, `"all"` or a list of layers.
    Layers,
    /// A parameter of the network: a value or an axis.
    Axis(Parameter),
    /// A std in the units of infinite width: a value or an axis.
    Sigma,
    /// The widths of a network, or a list of such lists.
    Shape,
    /// A number or an expression.
    Expression,
    /// A list of keys, or a list of such lists.
    Zip,
    /// Formulas by name.
    Formulas,
    /// Numbers by metric.
    Published,
    /// A string, or a list of strings.
    Texts,
    /// A number, or one word in its place.
    NumberOr(&'static [&'static str]),
    /// A number or a string.
    Scalar,
    /// A whole number, or the table of [`TRIALS`](super::claims::TRIALS).
    Trials,
    /// One table of [`TARGET`](super::claims::TARGET), or a list of them.
    Targets,
    /// A table.
    Table(&'static [&'static [Key]]),
    /// An array of tables.
    Tables(&'static [&'static [Key]]),
}

pub(crate) const fn key(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, about, required: false, default: None, kind }
}

pub(crate) const fn required(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, about, required: true, default: None, kind }
}

pub(crate) const fn optional(
    name: &'static str,
    default: &'static str,
    kind: Kind,
    about: &'static str,
) -> Key {
    Key { name, about, required: false, default: Some(default), kind }
}

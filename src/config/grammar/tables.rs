//! Every key of the config: the one table that the parser, its messages and the schema read.

use super::claims::{COMPARE, EXPECT, METRICS, SITES, TARGET, TRIALS, WHERE};
use super::figures::{FIGURE, MARK, RANGES, SCALE};
use super::key::{Key, Kind, key, optional, required};
use crate::network::{Bins, Cotangent, CotangentAt};
use crate::sweep::{LARGEST_DEPTH, Parameter, ParameterRow, Randomness, Sigma};

/// Largest seed: 2^53 - 1, which R, Excel and JavaScript keep exactly.
pub(crate) const LARGEST_SEED: u64 = (1 << 53) - 1;

/// Keys at the top of the file.
pub(crate) const TOP: &[Key] = &[
    required(
        "name",
        Kind::FileName,
        "Names the output folder: letters, digits, `.`, `_` and `-`, no dot first.",
    ),
    key("purpose", Kind::Text, "The question that the sweep answers, in words."),
    optional(
        "seed",
        "0",
        Kind::Whole { least: 0, largest: LARGEST_SEED },
        "Seed of every draw: the same seed gives the same bytes.",
    ),
    required(
        "trials",
        Kind::Trials,
        "Random networks drawn for each cell: a number, or a table `[trials]` with `max` and a `target`.",
    ),
    optional(
        "randomness",
        "'independent'",
        Kind::Choice(|| Randomness::ALL.map(Randomness::name).to_vec()),
        "`independent`: cells draw on their own, but for those that differ in depth alone, which are the first layers of the same \
         networks. `common`: they share the standardised draws across std, mean, \
         activation, biases and input scale, which makes comparisons sharper.",
    ),
    key(
        "activations",
        Kind::Formulas,
        "Activations of your own, by formula in `x`: `mine = \"relu(x) - 0.5\"`, with parameters \
         `mine = { formula = \"x * sigmoid(a * x)\", a = 1.702 }`. Grids name them as any other.",
    ),
    key("defaults", Kind::Table(&[PARAMETERS, OTHER_WAYS]), "Values of parameters that a grid leaves out."),
    required(
        "grid",
        Kind::Tables(&[PARAMETERS, OTHER_WAYS, GRID_ONLY]),
        "Cells to run. Every parameter may be a list; the lists are crossed. Several grids are joined.",
    ),
    key("measure", Kind::Table(&[MEASURE]), "What is measured in every cell."),
    key(
        "expect",
        Kind::Tables(&[EXPECT]),
        "Claims that the run must bear out: unless all of them hold, it exits with code 4.",
    ),
    key(
        "compare",
        Kind::Tables(&[COMPARE]),
        "Each cell beside the one that differs in one parameter alone: compare.csv has the differences.",
    ),
    key(
        "figure",
        Kind::Tables(&[FIGURE]),
        "Pictures, in place of those that are drawn unasked. They are no part of what is run.",
    ),
];

/// Parameters of the network: keys of `[[grid]]` and `[defaults]`, in the order in which axes are crossed.
pub(crate) const PARAMETERS: &[Key] = &parameters();

const fn parameters() -> [Key; Parameter::COUNT] {
    let mut keys = [WHERE; Parameter::COUNT];
    let mut index = 0;
    while index < keys.len() {
        let parameter = Parameter::ALL[index];
        let ParameterRow { key, about, default, .. } = *parameter.row();
        let kind = Kind::Axis(parameter);
        keys[index] = Key { name: key, about, required: default.is_none(), default, kind };
        index += 1;
    }
    keys
}

/// The key of a written shape.
pub(crate) const SHAPE: &str = "shape";

/// Other ways to write a std, or the widths, wherever their keys may stand.
pub(crate) const OTHER_WAYS: &[Key] = &[
    key(
        Sigma::Weight.name(),
        Kind::Sigma,
        "In place of `std`: the std of one weight is `sigma_w/sqrt(fan_in)`. A number or an expression.",
    ),
    key(Sigma::Bias.name(), Kind::Sigma, "Another name of `bias_std`."),
    key(
        SHAPE,
        Kind::Shape,
        "In place of `input_width`, `width` and `depth`: the width of the input and of every layer, such as \
         `[784, 512, 256, 10]`. A list of such lists is an axis.",
    ),
];

/// The axis that a key names.
pub(crate) fn axis(name: &str) -> Option<Parameter> {
    let sigma = || name.parse().ok().map(Sigma::parameter);
    // A shape is an axis of widths, with which input and depth walk.
    let shape = || (name == SHAPE).then_some(Parameter::Width);
    Parameter::parse(name).or_else(sigma).or_else(shape)
}

/// Keys of `[[grid]]` alone.
pub(crate) const GRID_ONLY: &[Key] = &[
    key("label", Kind::Text, "A column of the output, one line of text; no part of a cell's identity."),
    key(
        "published",
        Kind::Published,
        "Numbers printed elsewhere for the last layer of these cells, such as `{ mean = 0.009, std = 1.04 }`: the \
         table of a run shows them beside its own.",
    ),
    key(
        "zip",
        Kind::Zip,
        "Axes that walk together instead of being crossed: a list of their keys, or a list of such lists.",
    ),
    WHERE,
];

/// Keys of `[measure]`.
pub(crate) const MEASURE: &[Key] = &[
    optional(
        "layers",
        "'last'",
        Kind::Layers,
        "`last`, `all`, or a list of layers, where 0 is the input. Layers beyond a cell's depth are left out.",
    ),
    SITES,
    METRICS,
    optional(
        "rescale",
        "false",
        Kind::Flag,
        "Carries a power of two beside each layer, exactly, so that deep networks leave no range: `log2_rms` and its \
         like stay finite. For homogeneous networks: matmul or product, linear, relu or leaky_relu, no bias.",
    ),
    key(
        "saturation",
        Kind::Number,
        "A threshold between 0 and 1 for `fraction_saturated`: a pre-activation counts if its activation has gone at least \
         this part of the way from the middle of its range to either end, `|tanh(h)| >= 0.97` or `|2 sigmoid(h) - 1| >= 0.97`. \
         For tanh, sigmoid, erf, softsign, hardtanh, hardsigmoid and relu6. Without it, the slope decides.",
    ),
    optional(
        "gradients",
        "false",
        Kind::Flag,
        "Adds the sites of the backward pass: `grad_pre`, `grad_post` and `grad_weight`.",
    ),
    optional(
        "cotangent",
        "'normal'",
        Kind::Choice(|| Cotangent::ALL.map(Cotangent::name).to_vec()),
        "What the backward pass begins with, n being the width of the last layer: independent `N(0, 1/n)` (`normal`) or \
         signs over the root of n (`sign`) in every unit and column, one normal draw for all columns (`shared`), or \
         `1/sqrt(n)` everywhere (`ones`).",
    ),
    optional(
        "cotangent_at",
        "'post'",
        Kind::Choice(|| CotangentAt::ALL.map(CotangentAt::name).to_vec()),
        "Where it stands: at what the last layer hands on (`post`), or at its pre-activation (`pre`).",
    ),
    optional(
        "bands",
        "'none'",
        Kind::Choice(|| vec!["none", "layers"]),
        "`layers`: bands.csv has intervals that hold in all layers of a cell at once.",
    ),
    key(
        "histogram",
        Kind::Table(&[BINS]),
        "Bins of the entries of every layer and site measured: histogram.csv has the fraction of the `width * batch` entries in \
         each, as a mean over the networks with its interval, and beyond both ends.",
    ),
];

/// Keys of `histogram`.
pub(crate) const BINS: &[Key] = &[
    required("from", Kind::Number, "Lower end of the first bin."),
    required("to", Kind::Number, "Upper end of the last bin."),
    required(
        "bins",
        Kind::Whole { least: 1, largest: Bins::MOST as u64 },
        "How many bins of equal width there are between.",
    ),
];

/// Keys of a range table, `{ from = 32, to = 1024, points = 6, scale = "log" }`.
pub(crate) const RANGE: &[Key] = &[
    required("from", Kind::Number, "First value."),
    required("to", Kind::Number, "Last value."),
    key(
        "points",
        Kind::Whole { least: 2, largest: LARGEST_AXIS },
        "Number of values, ends included; or give a step.",
    ),
    key("step", Kind::Number, "Difference of neighbours; or give the number of points."),
    optional(
        "scale",
        "'linear'",
        Kind::Choice(|| vec!["linear", "log"]),
        "Spacing of the points: equal differences (`linear`) or equal ratios (`log`).",
    ),
    key(
        "times",
        Kind::Expression,
        "An expression, or for `std` a preset, that every value is multiplied by, such as `1/sqrt(fan_in)`.",
    ),
];

/// Most values of one axis.
pub(crate) const LARGEST_AXIS: u64 = 1 << 20;
/// Most values of all lists and ranges together; those of `[defaults]` count in every grid. It takes them under a
/// second and 256 MiB.
pub(crate) const LARGEST_VALUES: u64 = LARGEST_AXIS + (1 << 16);

/// Largest layer that `[measure]` may list.
pub(crate) const LARGEST_LAYER: u64 = LARGEST_DEPTH as u64;

/// Every table of keys.
pub(crate) const ALL_TABLES: [&[Key]; 15] = [
    TOP, PARAMETERS, OTHER_WAYS, GRID_ONLY, MEASURE, EXPECT, COMPARE, FIGURE, SCALE, RANGES, MARK, TRIALS,
    TARGET, RANGE, BINS,
];

/// What a key means, for help lines.
pub(crate) fn about(name: &str) -> Option<&'static str> {
    ALL_TABLES.into_iter().flatten().find(|key| key.name == name).map(|key| key.about)
}

/// The names of keys.
pub(crate) fn names(tables: &[&'static [Key]]) -> Vec<&'static str> {
    tables.iter().flat_map(|keys| keys.iter()).map(|key| key.name).collect()
}

//! Keys of what a config asks beyond its grids: `[trials]`, `[[expect]]` and `[[compare]]`.

use super::key::{Key, Kind, key, optional, required};
use crate::network::{Metric, Site};
use crate::sweep::expression::Name;
use crate::sweep::{Abscissa, Parameter, Statistic};

/// Keys of `[trials]`.
pub(crate) const TRIALS: &[Key] = &[
    optional(
        "min",
        "64",
        Kind::Whole { least: 1, largest: LARGEST_TRIALS },
        "Trials at the first look; the later looks are at its doubles and at `max`.",
    ),
    required("max", Kind::Whole { least: 1, largest: LARGEST_TRIALS }, "The most trials of a cell."),
    required(
        "target",
        Kind::Targets,
        "What is to be known and how well, such as `{ metric = \"std\", relative = 0.01 }`, or a list of such: a cell stops \
         at the first look at which all are reached everywhere in it.",
    ),
];

/// Keys of a target.
pub(crate) const TARGET: &[Key] = &[
    required("metric", Kind::Choice(|| Metric::ALL.map(Metric::name).to_vec()), "The metric."),
    key(
        "site",
        Kind::Choice(|| Site::ALL.map(Site::name).to_vec()),
        "Its site; all that are measured if left out.",
    ),
    optional(
        "statistic",
        "'mean'",
        Kind::Choice(|| Statistic::ALL.map(Statistic::name).to_vec()),
        "Which number of the law over trials: `mean`, `median`, or `log2`, the mean of log2.",
    ),
    key("absolute", Kind::Number, "Largest half-width of the interval, in its unit."),
    key(
        "relative",
        Kind::Number,
        "Largest half-width in parts of the estimate. For a number that is truly 0 it is never reached.",
    ),
    key(
        "rms_relative",
        Kind::Number,
        "Largest half-width in parts of the root mean square of the entries at that place.",
    ),
];

/// Keys of `[[expect]]`.
pub(crate) const EXPECT: &[Key] = &[
    key("claim", Kind::Text, "What is claimed, in words, for the table."),
    required(
        "metric",
        Kind::Choice(|| Metric::ALL.map(Metric::name).to_vec()),
        "The metric that the claim is about.",
    ),
    key(
        "site",
        Kind::Choice(|| Site::ALL.map(Site::name).to_vec()),
        "Its site; `post` if left out, or the first one measured if that is not.",
    ),
    LABELS,
    WHERE,
    key(
        "layers",
        Kind::Layers,
        "`last`, `all` or a list, of those measured; if left out `last`, or `all` for a slope against `layer`.",
    ),
    optional(
        "statistic",
        "'mean'",
        Kind::Choice(|| Statistic::ALL.map(Statistic::name).to_vec()),
        "Which number of the law over trials: `mean`, `median`, or `log2`, the mean of log2.",
    ),
    key(
        "against",
        Kind::Choice(abscissas),
        "Makes the claim one about a slope: of the statistic against this number. Each line of cells that differ in it \
         alone has its own slope; against `layer`, each cell.",
    ),
    key(
        "value",
        Kind::NumberOr("theory"),
        "The number expected; or `theory`, whatever is predicted for the row.",
    ),
    key("absolute", Kind::Number, "Tolerance about `value`, in its unit."),
    key("relative", Kind::Number, "Tolerance about `value`, in parts of it: 0.01 is 1 %."),
    key("at_least", Kind::Number, "In place of `value`: the smallest number allowed."),
    key("at_most", Kind::Number, "In place of `value`: the largest number allowed."),
    optional(
        "confidence",
        "0.95",
        Kind::Number,
        "Probability with which all intervals of the clause hold together, from 0.5 to below 1.",
    ),
];

/// Keys of `[[compare]]`.
pub(crate) const COMPARE: &[Key] = &[
    required(
        "parameter",
        Kind::Choice(|| Parameter::ALL.map(Parameter::name).to_vec()),
        "The parameter in which the cells compared differ.",
    ),
    required(
        "baseline",
        Kind::Scalar,
        "The value of that parameter with which the others are compared, as the grid writes it.",
    ),
    LABELS,
    WHERE,
    SITES,
    METRICS,
];

/// Selects cells by the label of their grid.
const LABELS: Key = key(
    "labels",
    Kind::Texts,
    "Keeps the cells of grids with this label, or with one of these; all if left out.",
);

/// The sites of `[measure]`, and those of them that a comparison is about.
pub(crate) const SITES: Key =
    key("sites", Kind::Choices(|| Site::ALL.map(Site::name).to_vec()), "Where in a layer; all if left out.");

/// The metrics of `[measure]`, and those of them that a comparison is about.
pub(crate) const METRICS: Key = key(
    "metrics",
    Kind::Choices(|| Metric::ALL.map(Metric::name).to_vec()),
    "Which statistics; if left out those that the moments of the entries give, from `mean` to `overflowed`.",
);

/// Selects cells by a condition.
pub(crate) const WHERE: Key = key(
    "where",
    Kind::Text,
    "Keeps the cells for which this is true, such as `depth <= 2*width && mean == 0`.",
);

/// Largest number of trials.
pub(crate) const LARGEST_TRIALS: u64 = 1_000_000_000;

/// What a slope may be taken against.
const ABSCISSAS: [(&str, Name, bool); 17] = [
    ("layer", Name::Layer, false),
    ("log2 layer", Name::Layer, true),
    ("depth", Name::Depth, false),
    ("log2 depth", Name::Depth, true),
    ("width", Name::Width, false),
    ("log2 width", Name::Width, true),
    ("batch", Name::Batch, false),
    ("log2 batch", Name::Batch, true),
    ("std", Name::Std, false),
    ("log2 std", Name::Std, true),
    ("mean", Name::Mean, false),
    ("bias_std", Name::BiasStd, false),
    ("log2 bias_std", Name::BiasStd, true),
    ("input_mean", Name::InputMean, false),
    ("input_std", Name::InputStd, false),
    ("log2 input_std", Name::InputStd, true),
    ("input_correlation", Name::InputCorrelation, false),
];

/// The words for what a slope may be taken against.
pub(crate) fn abscissas() -> Vec<&'static str> {
    ABSCISSAS.map(|(word, ..)| word).to_vec()
}

pub(crate) fn abscissa(word: &str) -> Option<Abscissa> {
    let (_, name, log2) = ABSCISSAS.into_iter().find(|(known, ..)| *known == word)?;
    Some(Abscissa { name, log2 })
}

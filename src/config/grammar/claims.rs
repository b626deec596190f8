//! Keys of what a config asks beyond its grids: `[trials]`, `[[expect]]` and `[[compare]]`.

use std::sync::LazyLock;

use super::key::{Key, Kind, key, optional, required};
use crate::network::{Metric, Site};
use crate::sweep::expression::Name;
use crate::sweep::{Abscissa, NumberRange, Parameter, Sigma, Statistic};

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
        Kind::NumberOr(&["theory", "theory_mean_field"]),
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
        Kind::Choice(subjects),
        "In what the cells compared differ: one parameter, with what is zipped with it; or `label`, for grids that differ in \
         the values of several parameters.",
    ),
    required(
        "baseline",
        Kind::Scalar,
        "The value, or the label, with which the others are compared, as the grid writes it.",
    ),
    LABELS,
    WHERE,
    SITES,
    METRICS,
];

/// Selects cells by the label of their grid.
pub(crate) const LABELS: Key = key(
    "labels",
    Kind::Texts,
    "Keeps the cells of grids with this label, or with one of these; all if left out.",
);

/// The sites of `[measure]`, and those of them that a comparison is about.
pub(crate) const SITES: Key = key(
    "sites",
    Kind::Choices(|| Site::ALL.map(Site::name).to_vec()),
    "Where in a layer; if left out `input`, `pre` and `post`, and `branch` and `stream` too where a network has a \
     residual. The sites of gradients ask for a backward pass, `jacobian` for the singular values of the Jacobian of the first \
     input.",
);

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

/// What a slope may be taken against, with the words for it: the shape first, then the other numbers. Those that are
/// never negative have a log2 too.
static ABSCISSAS: LazyLock<Vec<(String, Abscissa)>> = LazyLock::new(|| {
    let shape = [Name::Layer, Name::Of(Parameter::Depth), Name::Of(Parameter::Width)];
    let sigmas = Sigma::ALL.map(Name::Sigma);
    let others = Parameter::numbers().map(Name::Of).filter(move |name| !shape.contains(name));
    let names = shape.into_iter().chain(others).chain(sigmas);
    let has_log2 = |name: Name| match name {
        Name::Of(parameter) => {
            !matches!(parameter.range(), Some(NumberRange::Any | NumberRange::Correlation))
        }
        _ => true,
    };
    let both = |name| [false, true].map(|log2| Abscissa { name, log2 });
    let all = names.flat_map(both).filter(|one| !one.log2 || has_log2(one.name));
    all.map(|one| (one.to_string(), one)).collect()
});

/// What cells may be compared by.
pub(crate) fn subjects() -> Vec<&'static str> {
    let names = Parameter::ALL.map(Parameter::name);
    names.into_iter().chain(Sigma::ALL.map(Sigma::name)).chain(["label"]).collect()
}

/// The words for what a slope may be taken against.
pub(crate) fn abscissas() -> Vec<&'static str> {
    ABSCISSAS.iter().map(|(word, _)| word.as_str()).collect()
}

/// What a slope is taken against, by its word.
pub(crate) fn abscissa(word: &str) -> Option<Abscissa> {
    ABSCISSAS.iter().find(|(known, _)| known == word).map(|(_, one)| *one)
}

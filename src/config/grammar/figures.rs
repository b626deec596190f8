//! Keys of `[[figure]]`: what a picture shows.

use super::claims::{LABELS, WHERE};
use super::key::{Key, Kind, key, required};
use crate::network::{Metric, Site};
use crate::sweep::{FigureScale, Show};

/// What every figure needs but that of the entries.
const METRIC: Key = required(
    "metric",
    Kind::ChoiceOrChoices(|| Metric::ALL.map(Metric::name).to_vec()),
    "What is shown; of a list, each has panels and a y axis of its own. Not with `x = \"entry\"`.",
);

/// Likewise, as a list.
pub(crate) const NEEDED: &[Key] = &[METRIC];

/// Keys of `[[figure]]`.
pub(crate) const FIGURE: &[Key] = &[
    key("name", Kind::FileName, "Name of its files in `figures`; `figure-1` and so on if left out."),
    Key { required: false, ..METRIC },
    key(
        "site",
        Kind::Choice(|| Site::ALL.map(Site::name).to_vec()),
        "Its site; `post` if left out, or the first one measured if that is not.",
    ),
    key(
        "x",
        Kind::Text,
        "The x axis: an expression of `layer` and the numbers of a cell, such as `std*sqrt(width)`, or `previous`, the same \
         metric in the layer before, or `value`, a histogram of the trial values, or `entry`, the histogram of the entries of each \
         layer (needs `histogram` in [measure]). If left out, the layer where there are \
         three, else what the cells differ in.",
    ),
    key("y", Kind::Text, "Makes it a map over `x` and this expression, with the metric as colour."),
    key(
        "color",
        Kind::Text,
        "What tells curves apart: a parameter, `label`, or an expression. If left out, the parameter with most values.",
    ),
    key("facet", Kind::Texts, "What tells panels apart: one such word, or two, of columns and of rows."),
    key("scale", Kind::Table(&[SCALE]), "Scales of the axes; if left out they follow from the numbers."),
    key(
        "range",
        Kind::Table(&[RANGES]),
        "Ends of the axes, such as `{ y = [0, 2] }`; if left out they follow from the numbers. What is beyond them is counted in the caption.",
    ),
    key(
        "show",
        Kind::Choices(|| Show::ALL.map(Show::name).to_vec()),
        "Parts: `interval` (95 %), `spread` (the middle 95 % of the networks), `theory`; `joint` (the bands of bands.csv) in \
         place of `spread`; `median` or `log2` (the geometric mean) in place of the mean; and `ecdf`, alone, with \
         `x = \"value\"`: the distribution function in place of the histogram.",
    ),
    LABELS,
    WHERE,
    key(
        "layers",
        Kind::Layers,
        "`last`, `all` or a list, of those measured; if left out `all` where the layer is an axis, else `last`.",
    ),
    key(
        "marks",
        Kind::Tables(&[MARK]),
        "Numbers to compare with: lines, or crosses where `x` and `y` are given.",
    ),
    key(
        "against",
        Kind::Choice(|| vec![LAYER]),
        "Shows slopes against the layer, one for each cell: of the metric, or with `show = [\"log2\"]` of its log2.",
    ),
    key("minus", Kind::Number, "Shows the distance from this number, `|value - minus|`."),
];

/// What slopes are taken against.
pub(crate) const LAYER: &str = "layer";

/// Keys of `scale`.
pub(crate) const SCALE: &[Key] = &[
    key("x", SCALES, "Of the x axis."),
    key("y", SCALES, "Of the y axis."),
    key("color", SCALES, "Of the colours of a map."),
];

/// Keys of `range`.
pub(crate) const RANGES: &[Key] = &[
    key("x", Kind::Pair, "Of the x axis; the cells of a map are chosen with `where` instead."),
    key("y", Kind::Pair, "Of the y axis, likewise."),
    key("color", Kind::Pair, "Of the colours of a map."),
];

const SCALES: Kind = Kind::Choice(|| FigureScale::ALL.map(FigureScale::name).to_vec());

/// Keys of a mark.
pub(crate) const MARK: &[Key] = &[
    key("x", Kind::Number, "Where on the x axis."),
    key("y", Kind::Number, "Where on the y axis."),
    key("text", Kind::Text, "What stands beside it; `$` encloses a formula, as in `$q^*$`."),
    key("panel", Kind::Text, "The title of the only panel that has it; all if left out."),
];

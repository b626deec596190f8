//! `[[figure]]`: what a picture of the numbers shows. It is no part of any identity: pictures are drawn from the tables.

use super::cell::Cell;
use super::cost::as_f64;
use super::expression::{Expression, Fault, Name};
use super::measure::Layers;
use super::parameter::Parameter;
use super::selection::Selection;
use super::span::Span;
use crate::named::named;
use crate::network::{Metric, Site};

named! {
    /// How numbers are laid out along an axis, or among colours.
    pub enum FigureScale as "scale" {
        /// Equal differences are equal lengths.
        Linear = "linear",
        /// Equal ratios are; ticks at powers of two.
        Log2 = "log2",
        /// Equal ratios are; ticks at powers of ten.
        Log10 = "log10",
        /// Logarithmic on both sides of 0, linear about it.
        Symlog = "symlog",
    }
}

named! {
    /// A part of a figure.
    pub enum Show as "part" {
        /// 95 % intervals.
        Interval = "interval",
        /// The middle 95 % of the networks.
        Spread = "spread",
        /// What theory predicts.
        Theory = "theory",
        /// The median in place of the mean.
        Median = "median",
        /// The geometric mean in place of the mean.
        Log2 = "log2",
        /// Intervals that hold in all layers at once, in place of the spread.
        Joint = "joint",
        /// The distribution function of the trial values in place of their histogram.
        Ecdf = "ecdf",
    }
}

/// A number of a cell and a layer, as an expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    /// What it is.
    pub expression: Expression,
    /// As it is written.
    pub text: String,
    /// Where it is written.
    pub span: Span,
}

impl Formula {
    /// Its value.
    ///
    /// # Errors
    ///
    /// Where it has none, for example after a division by zero.
    pub fn value(&self, cell: &Cell, layer: usize) -> Result<f64, Fault> {
        self.expression.evaluate(&|name| match name {
            Name::Layer => Ok(as_f64(layer)),
            name => Ok(cell.number(name)),
        })
    }
}

/// What is along the x axis.
#[derive(Clone, Debug, PartialEq)]
pub enum FigureX {
    /// The same number in the layer before.
    Previous,
    /// The values of the trials: a histogram, or a distribution function.
    Value,
    /// The values of the entries of a layer: their histogram.
    Entry,
    /// A number of the cell and the layer.
    Of(Formula),
}

/// What tells curves or panels apart.
#[derive(Clone, Debug, PartialEq)]
pub enum Factor {
    /// The label of the grid.
    Label,
    /// A parameter, as it is written.
    Of(Parameter),
    /// A number of the cell and the layer.
    Number(Formula),
}

/// A number to compare with: a line, or a cross where both are given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mark {
    /// Where on the x axis.
    pub x: Option<f64>,
    /// Where on the y axis.
    pub y: Option<f64>,
    /// What stands beside it.
    pub text: String,
    /// The title of the only panel that has it.
    pub panel: Option<String>,
}

/// The scales that are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each is of what its name says")]
pub struct Scales {
    pub x: Option<FigureScale>,
    pub y: Option<FigureScale>,
    pub color: Option<FigureScale>,
}

/// The ends of axes that are asked for, the smaller one first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each is of what its name says")]
pub struct Ranges {
    pub x: Option<(f64, f64)>,
    pub y: Option<(f64, f64)>,
    pub color: Option<(f64, f64)>,
}

/// A `[[figure]]` clause. What is `None` or empty is chosen by what the cells differ in.
#[derive(Clone, Debug, PartialEq)]
pub struct FigureClause {
    /// The name of its files.
    pub name: Option<String>,
    /// The metrics; with several, each has panels of its own.
    pub metrics: Vec<Metric>,
    /// Their site.
    pub site: Site,
    /// The x axis.
    pub x: Option<FigureX>,
    /// The y axis of a heat map.
    pub y: Option<Formula>,
    /// What tells curves apart.
    pub color: Option<Factor>,
    /// What tells panels apart: columns, then rows.
    pub facets: Vec<Factor>,
    /// The scales.
    pub scale: Scales,
    /// The ends of the axes.
    pub range: Ranges,
    /// The parts; `None` for the usual ones.
    pub show: Option<Vec<Show>>,
    /// The cells.
    pub selection: Selection,
    /// The layers.
    pub layers: Option<Layers>,
    /// Numbers to compare with.
    pub marks: Vec<Mark>,
    /// What is taken off: the distance from it is shown.
    pub minus: Option<f64>,
    /// Whether slopes against the layer stand for the numbers of layers.
    pub are_slopes: bool,
    /// Where it is written.
    pub span: Span,
}

impl FigureClause {
    /// The figure of one metric at one site in which everything else is chosen.
    #[must_use]
    pub fn of(metric: Metric, site: Site) -> Self {
        Self {
            name: None,
            metrics: vec![metric],
            site,
            x: None,
            y: None,
            color: None,
            facets: Vec::new(),
            scale: Scales::default(),
            range: Ranges::default(),
            show: None,
            selection: Selection::default(),
            layers: None,
            marks: Vec::new(),
            minus: None,
            are_slopes: false,
            span: Span::default(),
        }
    }

    /// Whether a part is asked for.
    #[must_use]
    pub fn asks_for(&self, part: Show) -> bool {
        self.show.as_ref().is_some_and(|parts| parts.contains(&part))
    }
}

//! What a config asks of the numbers beyond printing them: expectations, and comparisons of cells.

use std::fmt;

use super::cell::Cell;
use super::expression::{Name, number};
use super::measure::Layers;
use super::parameter::Parameter;
use super::selection::Selection;
use super::span::Span;
use crate::named::named;
use crate::network::{Metric, Site};

named! {
    /// Which number of the law of a metric over trials.
    pub enum Statistic as "statistic" {
        /// Its expectation.
        Mean = "mean",
        /// The expectation of its log2: the log2 of its geometric mean.
        Log2 = "log2",
        /// Its median.
        Median = "median",
    }
}

/// How far from a number still counts as it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// In the unit of the number.
    Absolute(f64),
    /// In parts of its magnitude.
    Relative(f64),
}

impl Tolerance {
    /// The numbers that count as `value`.
    #[must_use]
    pub fn around(self, value: f64) -> (f64, f64) {
        let reach = match self {
            Self::Absolute(reach) => reach,
            Self::Relative(part) => part * value.abs(),
        };
        (value - reach, value + reach)
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absolute(reach) => write!(f, "± {}", number(*reach)),
            Self::Relative(part) => write!(f, "± {} %", number(short(part * 100.0))),
        }
    }
}

/// A percentage without the rounding error of the multiplication.
fn short(value: f64) -> f64 {
    format!("{value:.12e}").parse().unwrap_or(value)
}

/// Where a number is expected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// At a value.
    Value(f64, Tolerance),
    /// Not below the first, not above the second; infinite where there is no such limit.
    Between(f64, f64),
    /// At what theory predicts: within a tolerance of it, or without one not contradicted.
    Theory(Option<Tolerance>),
    /// Within a tolerance of the limit of infinite width.
    MeanField(Tolerance),
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value, tolerance) => write!(f, "{} {tolerance}", number(*value)),
            Self::Between(f64::NEG_INFINITY, high) => write!(f, "at most {}", number(*high)),
            Self::Between(low, f64::INFINITY) => write!(f, "at least {}", number(*low)),
            Self::Between(low, high) => write!(f, "{} to {}", number(*low), number(*high)),
            Self::Theory(None) => f.write_str("theory"),
            Self::Theory(Some(tolerance)) => write!(f, "theory {tolerance}"),
            Self::MeanField(tolerance) => write!(f, "mean field {tolerance}"),
        }
    }
}

/// What a slope is taken against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abscissa {
    /// The number.
    pub name: Name,
    /// Whether its log2 is meant.
    pub log2: bool,
}

impl Abscissa {
    /// Its place on the axis.
    #[must_use]
    pub fn at(self, value: f64) -> f64 {
        if self.log2 { libm::log2(value) } else { value }
    }
}

impl fmt::Display for Abscissa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.log2 { "log2 " } else { "" }, self.name.text())
    }
}

/// An `[[expect]]` clause: a claim that the run has to bear out.
#[derive(Clone, Debug, PartialEq)]
pub struct Expect {
    /// Its name, if the config gives one.
    pub name: Option<String>,
    /// The cells it speaks of.
    pub selection: Selection,
    /// The layers of each.
    pub layers: Layers,
    /// The metric.
    pub metric: Metric,
    /// Its site.
    pub site: Site,
    /// Which number of its law.
    pub statistic: Statistic,
    /// If the claim is about a slope: against what.
    pub against: Option<Abscissa>,
    /// Where it is expected.
    pub bound: Bound,
    /// Probability with which all intervals of the clause hold together.
    pub confidence: f64,
}

impl Expect {
    /// The claim in words: its name, or what it says.
    #[must_use]
    pub fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| {
            let statistic = if self.statistic == Statistic::Mean { "" } else { self.statistic.name() };
            let metric = format!("{statistic} {} {}", self.site, self.metric);
            let slope = self.against.map_or(String::new(), |against| format!(" against {against}"));
            format!("{}{slope}", metric.trim_start())
        })
    }

    /// Everything the verdict depends on, as text.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut clause = self.clone();
        forget_place(&mut clause.selection);
        format!("{clause:?}")
    }
}

/// What tells the cells of a comparison apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The labels of their grids.
    Label,
    /// A parameter.
    Of(Parameter),
}

impl Subject {
    /// What a cell has there, as written; `None` for a cell without a label.
    #[must_use]
    pub fn written(self, cell: &Cell) -> Option<String> {
        match self {
            Self::Label => cell.label.clone(),
            Self::Of(parameter) => Some(cell.written(parameter)),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label => f.write_str("label"),
            Self::Of(parameter) => write!(f, "{parameter}"),
        }
    }
}

/// A `[[compare]]` clause: each cell beside the one that has the baseline's label, or value of one parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Compare {
    /// In what the two differ.
    pub subject: Subject,
    /// What the cell has there that the others are compared with, as written.
    pub baseline: String,
    /// Parameters that may differ along with it: those zipped with a parameter, those that each label has one value of.
    pub along: Vec<Parameter>,
    /// The cells that are compared with it.
    pub selection: Selection,
    /// The metrics compared.
    pub metrics: Vec<Metric>,
    /// The sites compared.
    pub sites: Vec<Site>,
}

impl Compare {
    /// The parameters in which a cell and its baseline may differ, the best match first. A preset may bring its own law
    /// along.
    #[must_use]
    pub fn differing(&self) -> Vec<Vec<Parameter>> {
        let Subject::Of(parameter) = self.subject else { return vec![self.along.clone()] };
        let law = if parameter == Parameter::Std { vec![Parameter::Law] } else { Vec::new() };
        let zipped = self.along.iter().copied();
        let zipped_law =
            (parameter == Parameter::Std || self.along.contains(&Parameter::Std)).then_some(Parameter::Law);
        let mut all = vec![
            vec![parameter],
            [vec![parameter], law].concat(),
            std::iter::once(parameter).chain(zipped).chain(zipped_law).collect(),
        ];
        all.dedup();
        all
    }

    /// Everything the rows depend on, as text.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut clause = self.clone();
        forget_place(&mut clause.selection);
        format!("{clause:?}")
    }
}

/// Takes out where a condition stands in the file.
fn forget_place(selection: &mut Selection) {
    if let Some(filter) = &mut selection.filter {
        filter.span = Span::default();
    }
}

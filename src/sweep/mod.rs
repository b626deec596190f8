//! A sweep: grids of parameters, and their cells one after another.
//!
//! ```text
//! Sweep -> Grid -> Point -> Cell    -> Group -> Plan
//!          axes    place    numbers    pass
//! ```
//!
//! A [`Grid`] holds lists of values, some of them [`Expression`]s over the shape of the network. A cell is made
//! when it is asked for, so that a sweep of 2^32 cells takes no more memory than its axes.

mod by_parameter;
mod cell;
mod cells;
mod check;
mod clause;
pub mod condition;
mod cost;
mod error;
mod experiment;
pub mod expression;
mod factors;
mod figure;
mod fingerprint;
mod flaw;
mod grid;
mod group;
mod hints;
mod identity;
mod judge;
mod kind;
mod measure;
mod parameter;
#[cfg(test)]
mod parameter_tests;
mod picked;
mod plan;
mod point;
mod selection;
mod sigma;
mod span;
mod stopping;

pub use by_parameter::ByParameter;
pub use cell::Cell;
pub use cells::Cells;
pub use check::CHECKED_POINTS;
pub use clause::{Abscissa, Bound, Compare, Expect, Statistic, Subject, Tolerance};
pub(crate) use cost::as_f64;
pub use cost::{Cost, Rates};
pub use error::{Place, Problem, SweepError};
pub use experiment::{LARGEST_SIZE, Sweep};
pub use expression::Expression;
pub use figure::{Factor, FigureClause, FigureScale, FigureX, Formula, Mark, Ranges, Scales, Show};
pub use fingerprint::fingerprint;
pub use grid::{Axes, Choice, Grid, Input, Quantity};
pub use group::{Group, group, observables};
pub use kind::{NetworkField, NumberRange, ParameterKind, ParameterRow};
pub use measure::{Layers, Measure, Randomness, Saturation};
pub use parameter::{LARGEST_DEPTH, LARGEST_WIDTH, Parameter, RANDOM};
pub use plan::Plan;
pub use selection::Selection;
pub use sigma::Sigma;
pub use span::Span;
pub use stopping::{Accuracy, Stopping, Target};

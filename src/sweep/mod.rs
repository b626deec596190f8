//! A sweep: grids of parameters, and their cells one after another.
//!
//! ```text
//! Sweep -> Grid -> Point -> Cell
//!          axes    place    numbers
//! ```
//!
//! A [`Grid`] holds lists of values, some of them [`Expression`]s over the shape of the network. A cell is made
//! when it is asked for, so that a sweep of 2^32 cells takes no more memory than its axes.

mod cell;
mod cells;
mod check;
mod clause;
pub mod condition;
mod cost;
mod error;
pub mod expression;
mod fingerprint;
mod grid;
mod group;
mod measure;
mod parameter;
mod point;
mod selection;
mod span;
mod stopping;

pub use cell::Cell;
pub use cells::Cells;
pub use check::CHECKED_POINTS;
pub use clause::{Abscissa, Bound, Compare, Expect, Statistic, Tolerance};
pub(crate) use cost::as_f64;
pub use cost::{Cost, Rates};
pub use error::{Place, Problem, SweepError};
pub use expression::Expression;
pub use fingerprint::fingerprint;
pub use grid::{Axes, Grid, Quantity};
pub use group::{Group, group, panel};
pub use measure::{Layers, Measure, Randomness};
pub use parameter::{ByParameter, Field, Kind, LARGEST_DEPTH, LARGEST_WIDTH, Parameter, Range, Row};
pub use selection::Selection;
pub use span::Span;
pub use stopping::{Precision, Stopping, Target};

/// Largest number of points of a sweep, before `where`.
pub const LARGEST_SIZE: u128 = 1 << 32;

/// A whole experiment: what is drawn, how often, and what is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// Names the output folder: 1 to 100 of `A-Z a-z 0-9 . _ -`, no dot first.
    pub name: String,
    /// The question it answers, in words.
    pub purpose: Option<String>,
    /// Seed of every draw, below 2^53.
    pub seed: u64,
    /// Trials per cell, at least 1; where they depend on targets, the most.
    pub trials: u64,
    /// The targets, if there are any.
    pub stopping: Option<Stopping>,
    /// Which draws cells share.
    pub randomness: Randomness,
    /// What is measured in every cell.
    pub measure: Measure,
    /// Whether bands over the layers are wanted.
    pub bands: bool,
    /// What the run has to bear out.
    pub expect: Vec<Expect>,
    /// Which cells are compared.
    pub compare: Vec<Compare>,
    /// The grids, none with an empty axis, in the order of the file.
    pub grids: Vec<Grid>,
}

impl Sweep {
    /// Number of points before `where` and before equal cells are merged; `u128::MAX` stands for anything larger.
    #[must_use]
    pub fn size(&self) -> u128 {
        self.grids.iter().fold(0_u128, |size, grid| size.saturating_add(grid.size()))
    }

    /// The numbers of trials at which a cell may stop, ascending; the last is [`trials`](Self::trials).
    #[must_use]
    pub fn looks(&self) -> Vec<u64> {
        self.stopping
            .as_ref()
            .map_or(vec![self.trials], |stopping| stopping::looks(stopping.min, self.trials))
    }

    /// The cells, evaluated as they are asked for; an item is an error where an expression has no valid value.
    #[must_use]
    pub fn cells(&self) -> Cells<'_> {
        Cells::new(self)
    }

    /// Every error found in bounded time: all of them in sweeps of up to [`CHECKED_POINTS`] points, unless
    /// per-layer schedules over very deep networks make that slow; else those at the ends of each axis.
    #[must_use]
    pub fn check(&self) -> Vec<SweepError> {
        check::check(self)
    }
}

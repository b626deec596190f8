//! A whole sweep, as a config describes it.

use super::clause::{Compare, Expect};
use super::figure::FigureClause;
use super::grid::Grid;
use super::measure::{Measure, Randomness};
use super::stopping::{Stopping, looks};
use crate::network::InputFile;

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
    /// Which figures are drawn, if the config says it; no part of the identity.
    pub figures: Vec<FigureClause>,
    /// The grids, none with an empty axis, in the order of the file.
    pub grids: Vec<Grid>,
}

impl Sweep {
    /// The files that inputs come from, in the order in which the config names them; each once.
    #[must_use]
    pub fn inputs(&self) -> Vec<InputFile> {
        let mut files: Vec<InputFile> = Vec::new();
        let data =
            self.grids.iter().flat_map(|grid| &grid.axes.input).filter_map(|input| input.data.as_ref());
        for file in data.map(|data| data.table.file()) {
            if !files.contains(file) {
                files.push(file.clone());
            }
        }
        files
    }

    /// Number of points before `where` and before equal cells are merged; `u128::MAX` stands for anything larger.
    #[must_use]
    pub fn size(&self) -> u128 {
        self.grids.iter().fold(0_u128, |size, grid| size.saturating_add(grid.size()))
    }

    /// The numbers of trials at which a cell may stop, ascending; the last is [`trials`](Self::trials).
    #[must_use]
    pub fn looks(&self) -> Vec<u64> {
        self.stopping.as_ref().map_or(vec![self.trials], |stopping| looks(stopping.min, self.trials))
    }
}

//! What the engine is asked, and whom it asks.

use std::ops::Range;
use std::sync::Arc;

use super::table::TrialValues;
use crate::simd::SimdLevel;

/// How to run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Worker threads, at least 1. No number depends on it.
    pub threads: usize,
    /// Instruction set. No number depends on it.
    pub level: SimdLevel,
}

/// Finished trials of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Index of the group.
    pub group: usize,
    /// The first trial.
    pub first: usize,
    /// How many.
    pub count: usize,
    /// `values[trial * observables + observable]`, trial 0 being `first`.
    pub values: Arc<Vec<f64>>,
}

impl Block {
    /// Its trials.
    #[must_use]
    pub fn trials(&self) -> Range<usize> {
        self.first..self.first + self.count
    }
}

/// What is to be drawn of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// Trials that are missing when it is opened.
    pub missing: usize,
    /// Bytes of the values that are kept while it is open, at most.
    pub bytes: u128,
}

/// Who asks for trials. All methods are called on the threads of the workers, several at the same time.
pub trait Client: Sync {
    /// Opens a group: what is known of its trials, and which ones are asked for. Those that are missing are drawn.
    fn open(&self, group: usize) -> TrialValues;

    /// Receives every finished block.
    fn drawn(&self, block: Block);

    /// Receives the table of a group that misses nothing. True: it was extended, and what it now misses is to be drawn as
    /// well; false: the group is done.
    fn complete(&self, group: usize, values: &mut TrialValues) -> bool;

    /// Whether blocks that are drawn are put into the table, too. If not, `complete` is given what `open` gave.
    fn keeps(&self) -> bool {
        true
    }

    /// Counts finished work, in nominal nanoseconds.
    fn advance(&self, _work: f64) {}

    /// Counts work that is missing after [`complete`](Self::complete).
    fn grows(&self, _work: f64) {}

    /// True keeps the workers from beginning another block.
    fn is_stopped(&self) -> bool {
        false
    }
}

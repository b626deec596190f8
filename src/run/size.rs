//! What a run needs of memory and disk, before it begins.
//!
//! ```text
//! memory = fixed + values + columns + texts + writing
//! ```
//!
//! The fixed part is the cells, the networks in flight, the theory and the statistics of one cell per worker, and the answers
//! to questions. The others give way to the budget: the values of the groups that are open at the same time (at least those of the
//! largest group), the columns that are kept for questions, the lines of tables whose turn has not come, and the
//! blocks on their way into the store. What does not fit goes to the disk, and is read back.

use std::collections::HashMap;
use std::sync::Arc;

use super::available::available_memory;
use super::columns;
use super::error::RunError;
use super::needs::{cell_bytes, check};
use super::prepared::Prepared;
use crate::engine::{Demand, working_memory};
use crate::sweep::{Cell, Group, Randomness};
use crate::theory::Sites;

/// Bytes of a pass besides: its key in the store's tables, where its blocks are. Measured on 20,000 tiny passes.
const GROUP_BYTES: u128 = 2000;
/// Bytes of one row of `summary.csv`, typical.
pub(super) const ROW_TEXT: u128 = 480;
/// Bytes of the open store: its page cache, and a block on its way.
#[cfg(feature = "store")]
const STORE_BYTES: u128 = 6 << 20;
#[cfg(not(feature = "store"))]
const STORE_BYTES: u128 = 0;
/// Bytes of an answer at the peak: as it is found, as a row, and as text. Measured on 4,000 expectations and 52,000
/// comparisons.
const FINDING_BYTES: u128 = 1100;
const COMPARISON_BYTES: u128 = 1600;
/// Rows above which no figures are drawn unasked: they are held in memory together.
pub const MOST_DRAWN: usize = 50_000;
/// Bytes of a row that is drawn. Measured on 10,000 rows, each of a cell of its own.
const DRAWN_ROW: u128 = 2700;
/// Groups that are open together where they share their draws, at most.
const SHARING: usize = 32;
/// Most bytes of lines that wait for their turn, and of blocks on their way: more would not make a run faster.
const LARGEST_QUEUE: u128 = 64 << 20;

/// Bytes that each of the parts of a run may take that give way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Values of open groups; those of one group are kept however many they are.
    pub values: u128,
    /// Columns kept for questions.
    pub columns: u128,
    /// Lines that wait for their turn.
    pub texts: u128,
    /// Blocks on their way into the store.
    pub writing: u128,
}

impl Budget {
    /// No bounds: everything stays in memory.
    pub const UNBOUNDED: Self =
        Self { values: u128::MAX, columns: u128::MAX, texts: u128::MAX, writing: u128::MAX };

    fn sum(self) -> u128 {
        self.values + self.columns + self.texts + self.writing
    }
}

impl Prepared {
    /// Bytes that the values of each group take while it is open.
    #[must_use]
    pub fn demands(&self) -> Vec<Demand> {
        let bytes = |group: &Group, trials: usize| group.observables.len() as u128 * trials as u128 * 8;
        let pairs = self.plan.groups.iter().zip(&self.parts);
        pairs.map(|(group, part)| Demand { missing: part.len(), bytes: bytes(group, part.len()) }).collect()
    }

    /// Bytes that do not give way.
    fn fixed(&self) -> u128 {
        let summary = self.plan.cells.iter().map(|cell| self.summary_bytes(cell)).max().unwrap_or(0);
        working_memory(&self.plan.groups, &self.parts, self.options.engine())
            + self.plan.cells.iter().map(cell_bytes).sum::<u128>()
            + self.options.threads as u128 * summary
            + self.answers.expect as u128 * FINDING_BYTES
            + self.answers.compare as u128 * COMPARISON_BYTES
            + self.input_bytes()
            + STORE_BYTES
            + self.plan.groups.len() as u128 * GROUP_BYTES
    }

    /// Bytes of the files that inputs come from, which all cells share.
    fn input_bytes(&self) -> u128 {
        let data = self.plan.cells.iter().filter_map(|cell| cell.network.data.as_ref());
        let sizes: HashMap<_, _> = data.map(|data| (Arc::as_ptr(&data.table), data.table.bytes())).collect();
        sizes.values().map(|&bytes| bytes as u128).sum()
    }

    /// What the parts that give way would take if there were no bound.
    fn wish(&self) -> Budget {
        let mut bytes: Vec<u128> = self.demands().iter().map(|demand| demand.bytes).collect();
        bytes.sort_unstable_by(|a, b| b.cmp(a));
        let together = if self.sweep.randomness == Randomness::Common { SHARING } else { 1 };
        let open = (self.options.threads + 1) * together;
        Budget {
            values: bytes.iter().take(open).sum(),
            columns: columns::bytes(self).iter().sum(),
            texts: (self.row_texts() * ROW_TEXT).min(LARGEST_QUEUE),
            writing: bytes.iter().sum::<u128>().min(LARGEST_QUEUE),
        }
    }

    /// Rows of all tables that have some for every cell.
    fn row_texts(&self) -> u128 {
        self.rows as u128 * (1 + u128::from(self.sweep.bands)) + self.bin_rows()
    }

    /// Rows of `histogram.csv`.
    fn bin_rows(&self) -> u128 {
        let bins = self.sweep.measure.histogram.map_or(0, |bins| bins.len() as u128);
        self.rows as u128 / self.sweep.measure.metrics.len().max(1) as u128 * bins
    }

    /// Least that the parts that give way can do with.
    fn least(&self) -> u128 {
        self.least_values() + self.least_columns()
    }

    /// The values of one group.
    fn least_values(&self) -> u128 {
        self.demands().iter().map(|demand| demand.bytes).max().unwrap_or(0)
    }

    /// Columns of a cell and of its baseline for every worker: with fewer each number would read its group anew.
    fn least_columns(&self) -> u128 {
        let columns = columns::bytes(self);
        let pairs = 2 * (self.options.threads as u128 + 1) * columns.iter().max().unwrap_or(&0);
        pairs.min(columns.iter().sum())
    }

    /// The bytes that a run may take: what was asked for, or half of what is available (all of it, where half does not
    /// suffice).
    #[must_use]
    pub fn most_memory(&self) -> u128 {
        let least = self.fixed() + self.least();
        match (self.options.memory, available_memory(self.options.threads)) {
            (Some(memory), _) => memory,
            (None, Some(there)) => (there.bytes / 2).max(least.min(there.bytes)),
            (None, None) => u128::MAX,
        }
    }

    /// How the memory is shared.
    #[must_use]
    pub fn budget(&self) -> Budget {
        let (wish, left) = (self.wish(), self.most_memory().saturating_sub(self.fixed()));
        if wish.sum() <= left {
            return wish;
        }
        let texts = wish.texts.min(left / 8);
        let writing = wish.writing.min(left / 8);
        let columns = wish.columns.min((left / 4).max(self.least_columns()));
        Budget {
            values: wish.values.min(left.saturating_sub(texts + writing + columns)).max(self.least_values()),
            columns,
            texts,
            writing,
        }
    }

    /// Bytes of memory at the peak of a run.
    #[must_use]
    pub fn memory(&self) -> u128 {
        let drawn =
            if self.rows <= MOST_DRAWN { (self.rows as u128 + self.bin_rows()) * DRAWN_ROW } else { 0 };
        self.fixed() + self.budget().sum() + drawn
    }

    /// Bytes of the making of the rows of one cell: its theory, a column per metric, and sorted values with logs.
    fn summary_bytes(&self, cell: &Cell) -> u128 {
        of_predictor(cell) + (self.values_of_a_place() + 2) * u128::from(self.sweep.trials) * 8
    }

    /// Columns that are in memory together while the rows of a place are made.
    fn values_of_a_place(&self) -> u128 {
        let bins = self.sweep.measure.histogram.map_or(0, |bins| bins.len());
        self.sweep.measure.metrics.len().max(bins) as u128
    }

    /// Bytes on disk of a finished run, about.
    #[cfg(feature = "store")]
    #[must_use]
    pub fn disk(&self) -> u128 {
        let groups = self.plan.groups.len() as u128;
        let keys = self
            .plan
            .groups
            .iter()
            .map(|group| super::archive::value_key(self, group).content.len() as u128)
            .sum();
        let store = crate::store::bytes(groups, keys, self.plan.cells.len() as u128, self.values());
        store + self.row_texts() * ROW_TEXT + self.config_text().len() as u128 + 10_000
    }

    /// Refuses a run that does not fit into the memory there is, or that it may have.
    ///
    /// # Errors
    ///
    /// If it does not fit.
    pub fn check_memory(&self) -> Result<(), RunError> {
        check(self.fixed() + self.least(), "this sweep", self.options)
    }
}

/// Bytes of the theory of a cell while its rows are made.
fn of_predictor(cell: &Cell) -> u128 {
    size_of::<Sites>() as u128 * (cell.network.depth as u128 + 1)
}

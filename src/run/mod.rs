//! A run: from a config to rows, in memory or in a directory.
//!
//! ```text
//! Source -> Prepared -> engine -> Results -> Sink (rows, summary.csv)
//!                       ^    |       |
//!                       |    v       v
//!                      Session    Columns -> Answers
//! ```
//!
//! [`sweep`] is the whole of it for a text and its rows. [`Run`] takes options, an observer and a switch to stop it; in a
//! directory it keeps the values of all trials, resumes what was interrupted, and writes the tables ([`InDirectory`]).
//!
//! Memory is bounded ([`Budget`]): the values of a group are there from its opening until its rows are made; they are in the
//! store by then, and are read back where a question needs them.
//!
//! Nothing here prints. What a user should know goes to an [`Observer`], and every failure is a [`RunError`].

mod answers;
#[cfg(feature = "store")]
mod archive;
mod available;
#[cfg(feature = "store")]
mod claim;
mod columns;
#[cfg(feature = "store")]
mod directory;
mod drawing;
mod error;
#[cfg(feature = "store")]
mod extend;
#[cfg(feature = "store")]
mod files;
mod forecast;
#[cfg(feature = "store")]
mod in_directory;
mod needs;
mod observer;
mod options;
#[cfg(feature = "store")]
mod ordered;
mod prepared;
#[cfg(feature = "store")]
mod report;
mod results;
#[cfg(feature = "store")]
mod session;
#[cfg(feature = "store")]
mod shards;
mod size;
#[cfg(feature = "store")]
mod stored;
#[cfg(feature = "store")]
mod trials;
#[cfg(feature = "store")]
mod writing;

pub use answers::Answers;
#[cfg(feature = "store")]
pub use available::{Available, available_memory};
#[cfg(feature = "store")]
pub use claim::{Claim, ClaimError};
#[cfg(feature = "store")]
pub use directory::{FILES, REPORT, RunDirectory, SHARDS, STORE, State};
pub use error::RunError;
#[cfg(feature = "store")]
pub use files::Found;
pub use forecast::Forecast;
#[cfg(feature = "store")]
pub use in_directory::{InDirectory, Outcome, ShardOutcome, merge};
pub use observer::{Cancel, Observer};
pub use options::Options;
pub use prepared::{Answered, Prepared};
#[cfg(feature = "store")]
pub use report::{Report, answers, bands, for_each_record, histograms, rows};
#[cfg(feature = "store")]
pub use session::PATIENCE;
#[cfg(feature = "store")]
pub use shards::{Shards, Unusable, array};
pub use size::{Budget, MOST_DRAWN};
#[cfg(feature = "store")]
pub use stored::{InputFiles, Stored};
#[cfg(feature = "store")]
pub use trials::Trials;
#[cfg(feature = "store")]
pub use writing::{Content, Staged};

use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use crate::config::Source;
use crate::engine::TrialValues;
use crate::network::{Metric, Site};
use crate::output::{BandRow, BinRow, Row};
use drawing::{Count, Drawing, KeptValues};
use results::{CellRows, InMemory, Results};

/// The rows of a run in memory, and the answers to its questions.
#[derive(Clone, Debug)]
pub struct Rows {
    /// What was run.
    pub work: Prepared,
    /// The rows of every cell, in the order of the cells; those of `summary.csv`.
    pub cells: Vec<Vec<Row>>,
    /// The bands of every cell, if the config asks for them.
    pub bands: Vec<Vec<BandRow>>,
    /// The histograms of its entries, if the config asks for them.
    pub histograms: Vec<Vec<BinRow>>,
    /// The answers.
    pub answers: Answers,
    /// Networks that were drawn.
    pub networks: u64,
    /// The values of all trials, by group; empty unless they were [asked for](Run::keeping_values).
    tables: Vec<TrialValues>,
}

impl Rows {
    /// All rows, cell by cell.
    pub fn iter(&self) -> impl Iterator<Item = &Row> {
        self.cells.iter().flatten()
    }

    /// One row.
    #[must_use]
    pub fn find(&self, cell: usize, layer: usize, site: Site, metric: Metric) -> Option<&Row> {
        let is_it = |row: &&Row| row.layer == layer && row.site == site && row.metric == metric;
        self.cells.get(cell)?.iter().find(is_it)
    }

    /// The values behind a row: one for each trial of the cell, in order. `None` if they were not kept, or if there is no
    /// such row.
    #[must_use]
    pub fn values(&self, cell: usize, layer: usize, site: Site, metric: Metric) -> Option<Vec<f64>> {
        let group = *self.work.plan.group_of.get(cell)?;
        let index = self.work.plan.groups[group].observables.index(layer, site, metric)?;
        let mut values = self.tables.get(group)?.columns(index..index + 1).swap_remove(0);
        values.truncate(self.cells[cell].first()?.trials);
        Some(values)
    }
}

/// Runs a config on all cores, and gives its rows.
///
/// ```
/// let text = "name = 'he'\ntrials = 50\n[[grid]]\nwidth = 32\nstd = 'he_normal'\nactivation = 'relu'";
/// let rows = initsweep::run::sweep(text)?;
/// assert!(rows.iter().all(|row| row.trials == 50));
/// # Ok::<(), initsweep::run::RunError>(())
/// ```
///
/// # Errors
///
/// Mistakes in the config, and a sweep that does not fit into memory.
pub fn sweep(text: &str) -> Result<Rows, RunError> {
    Run::new(Source::new("config", text), Options::default())?.rows()
}

/// A run that was prepared, and not begun.
pub struct Run<'o> {
    work: Prepared,
    observer: &'o dyn Observer,
    cancel: Cancel,
    keeps_values: bool,
}

impl<'o> Run<'o> {
    /// Lays out the work of a config.
    ///
    /// # Errors
    ///
    /// Mistakes in the config, and a sweep whose cells alone do not fit into memory.
    pub fn new(source: Source, options: Options) -> Result<Self, RunError> {
        Ok(Self::of(Prepared::new(source, options)?))
    }

    /// A run of work that is laid out already.
    #[must_use]
    pub fn of(work: Prepared) -> Self {
        Self { work, observer: &(), cancel: Cancel::default(), keeps_values: false }
    }

    /// Tells `observer` what happens.
    #[must_use]
    pub fn observed_by(self, observer: &'o dyn Observer) -> Self {
        Self { observer, ..self }
    }

    /// Stops when `cancel` is used.
    #[must_use]
    pub fn until(self, cancel: Cancel) -> Self {
        Self { cancel, ..self }
    }

    /// Keeps the values of all trials beside the [`Rows`], 8 bytes for each row and trial. (A run in a directory has them
    /// in its store.)
    #[must_use]
    pub fn keeping_values(self) -> Self {
        Self { keeps_values: true, ..self }
    }

    /// The work.
    #[must_use]
    pub fn prepared(&self) -> &Prepared {
        &self.work
    }

    /// Runs it in memory.
    ///
    /// # Errors
    ///
    /// A run that does not fit into memory, and a cancellation.
    ///
    /// # Panics
    ///
    /// If a worker or the observer has panicked.
    pub fn rows(self) -> Result<Rows, RunError> {
        let Self { work, observer, cancel, keeps_values } = self;
        work.check_memory()?;
        let engine = work.engine()?.with_budget(work.budget().values);
        let results = Results::new(&work, &engine, InMemory::default(), u128::MAX)?;
        let (failed, error, count) = (AtomicBool::new(false), Mutex::new(None), Count::default());
        let keeper = KeptValues::new(&work, keeps_values);
        let drawing = Drawing {
            work: &work,
            keeper: &keeper,
            keeps: true,
            results: &results,
            observer,
            cancel: &cancel,
            count: &count,
            failed: &failed,
            error: &error,
        };
        drawing.run(&engine, &work.demands());
        if let Some(error) = error.into_inner().expect("nobody panics with it") {
            return Err(error);
        }
        if cancel.is_cancelled() {
            return Err(RunError::Interrupted {
                saved: 0,
                total: work.trials() * work.plan.groups.len(),
                path: None,
            });
        }
        let answers = answers::answer(&work, &engine, &results, &|_| {
            Err(RunError::Failed("a column that a question asks for was not kept".to_owned()))
        })?;
        answers.notes.iter().for_each(|note| observer.note(note));
        let networks = results.networks();
        let mut made = results.sink.into_cells();
        made.resize(work.plan.cells.len(), CellRows::default());
        let (mut cells, mut bands, mut histograms) = (Vec::new(), Vec::new(), Vec::new());
        for CellRows { rows, bands: of_cell, bins } in made {
            cells.push(rows);
            bands.push(of_cell);
            histograms.push(bins);
        }
        Ok(Rows { work, cells, bands, histograms, answers, networks, tables: keeper.into_tables() })
    }
}

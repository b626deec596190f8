//! Drawing: what the engine asks, and who answers.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::error::RunError;
use super::observer::{Cancel, Observer};
use super::prepared::Prepared;
use super::results::{Results, Sink};
use crate::engine::{Block, Client, Demand, Engine, TrialValues, missing_work};

/// Who keeps trial values beyond the life of a group.
pub(super) trait Keeper: Sync {
    /// Puts the values that are known into a table that misses them.
    fn load(&self, group: usize, table: &mut TrialValues) -> Result<(), RunError>;

    /// The trials of a group whose values are known.
    fn known(&self, group: usize) -> Vec<Range<usize>>;

    /// Keeps a block that was drawn.
    fn keep(&self, block: Block);

    /// Notes that no more trials are wanted of a group.
    fn settled(&self, group: usize, trials: usize);

    /// Whether trials that are missing may be drawn.
    fn may_draw(&self) -> bool {
        true
    }
}

/// Values that are kept in memory, or not at all.
pub(super) struct KeptValues {
    /// By group; none if nothing is kept.
    tables: Mutex<Vec<TrialValues>>,
}

impl KeptValues {
    /// Those of all groups, or none.
    pub fn new(work: &Prepared, keeps: bool) -> Self {
        let groups = if keeps { &work.plan.groups[..] } else { &[] };
        let tables = groups.iter().map(|group| TrialValues::new(group, 0..work.trials())).collect();
        Self { tables: Mutex::new(tables) }
    }

    /// The tables.
    pub fn into_tables(self) -> Vec<TrialValues> {
        self.tables.into_inner().expect("nobody panics with them")
    }
}

impl Keeper for KeptValues {
    fn load(&self, _group: usize, _table: &mut TrialValues) -> Result<(), RunError> {
        Ok(())
    }

    fn known(&self, _group: usize) -> Vec<Range<usize>> {
        Vec::new()
    }

    fn keep(&self, block: Block) {
        let mut tables = self.tables.lock().expect("nobody panics with them");
        if let Some(table) = tables.get_mut(block.group) {
            table.insert(block.first, block.values);
        }
    }

    fn settled(&self, _group: usize, _trials: usize) {}
}

/// How far a run is.
#[derive(Default)]
pub(super) struct Count {
    /// Networks whose values are known.
    pub known: AtomicUsize,
    /// Networks that were asked for.
    pub total: AtomicUsize,
}

/// A run that is being drawn.
pub(super) struct Drawing<'d, K, S> {
    pub work: &'d Prepared,
    pub keeper: &'d K,
    /// Whether the values are needed here, or only by the keeper.
    pub keeps: bool,
    pub results: &'d Results<'d, S>,
    pub observer: &'d dyn Observer,
    pub cancel: &'d Cancel,
    pub count: &'d Count,
    /// Set when something else than a signal ends the run.
    pub failed: &'d AtomicBool,
    pub error: &'d Mutex<Option<RunError>>,
}

impl<K: Keeper, S: Sink> Drawing<'_, K, S> {
    /// Draws all that is missing: `demands` of the first look.
    pub fn run(&self, engine: &Engine, demands: &[Demand]) {
        self.observer.begins(missing_work(&self.work.plan.groups, demands));
        engine.fill(&self.work.plan.groups, demands, self);
        self.observer.ends();
    }

    fn fail(&self, error: RunError) {
        self.error.lock().expect("nobody panics with it").get_or_insert(error);
        self.failed.store(true, Ordering::SeqCst);
    }

    fn load(&self, group: usize, table: &mut TrialValues) -> Result<(), RunError> {
        self.keeper.load(group, table)?;
        if table.missing_trials() > 0 && !self.keeper.may_draw() {
            return Err(RunError::Incomplete("trials are missing".to_owned()));
        }
        Ok(())
    }
}

impl<K: Keeper, S: Sink> Client for Drawing<'_, K, S> {
    fn open(&self, group: usize) -> TrialValues {
        let part = self.work.first_part(group);
        let mut table = TrialValues::new(&self.work.plan.groups[group], part);
        if self.keeps() {
            if let Err(error) = self.load(group, &mut table) {
                self.fail(error);
            }
        } else {
            self.keeper.known(group).iter().for_each(|known| table.forget_missing(known));
        }
        table
    }

    fn keeps(&self) -> bool {
        self.keeps
    }

    fn drawn(&self, block: Block) {
        self.count.known.fetch_add(block.count, Ordering::SeqCst);
        self.keeper.keep(block);
    }

    fn complete(&self, group: usize, table: &mut TrialValues) -> bool {
        if self.work.parts[group].is_empty() {
            // It is another shard's.
            return false;
        }
        let next = self.results.complete(group, table).and_then(|next| {
            let Some(end) = next else {
                self.keeper.settled(group, table.trials());
                return Ok(false);
            };
            table.extend(end);
            self.load(group, table)?;
            self.count.total.fetch_add(table.missing_trials(), Ordering::SeqCst);
            Ok(true)
        });
        next.unwrap_or_else(|error| {
            self.fail(error);
            false
        })
    }

    fn advance(&self, work: f64) {
        self.observer.advances(work);
    }

    fn grows(&self, work: f64) {
        self.observer.grows(work);
    }

    fn is_stopped(&self) -> bool {
        self.cancel.is_cancelled() || self.failed.load(Ordering::Relaxed)
    }
}

//! What a run tells on its way, and how it is told to stop. A run itself prints nothing.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Hears of a run. Every method does nothing unless it is overridden; `()` hears nothing.
pub trait Observer: Sync {
    /// Something that a user should know: one or more lines of text.
    fn note(&self, _text: &str) {}

    /// Drawing begins, with so much work to do, in nominal nanoseconds; or the layout of the cells, in points of the grids.
    fn begins(&self, _work: f64) {}

    /// More work was found to be needed, in nominal nanoseconds.
    fn grows(&self, _work: f64) {}

    /// Work was done, in the same unit. Called by all workers, after every trial.
    fn advances(&self, _work: f64) {}

    /// All of it is done.
    fn ends(&self) {}

    /// The run was cancelled, and a trial in flight takes longer than [`PATIENCE`](super::PATIENCE). `saved` of `total`
    /// networks are saved in `directory`; nothing more will be until the trial ends. Who cannot wait for that may
    /// end the process here.
    fn overdue(&self, _saved: usize, _total: usize, _directory: &Path) {}
}

impl Observer for () {}

/// Tells a run to stop: no block of trials is begun any more, what is finished is saved, and the run ends with
/// [`Interrupted`](super::RunError::Interrupted). Clones are the same switch.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    flag: Arc<AtomicBool>,
}

impl Cancel {
    /// A switch that is also set by whoever sets `flag`, such as a handler of signals.
    #[must_use]
    pub fn of(flag: Arc<AtomicBool>) -> Self {
        Self { flag }
    }

    /// Tells the run to stop.
    pub fn cancel(&self) {
        self.flag.store(true, Ordering::SeqCst);
    }

    /// Whether it was told to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
    }
}

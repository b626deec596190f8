//! A run as it is seen on the terminal.

use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use super::failure::Failure;
use super::interrupt::Interrupt;
use super::progress::{Counter, Progress};
use super::terminal::say;
use crate::run::{Observer, RunError};

/// Shows a run on stderr.
pub struct Terminal<'i> {
    quiet: bool,
    interrupt: &'i Interrupt,
    progress: Mutex<Option<Progress>>,
    /// The same, for the workers: they are many and must not wait.
    counter: Counter,
}

impl<'i> Terminal<'i> {
    /// `quiet`: notes, but no progress.
    pub fn new(quiet: bool, interrupt: &'i Interrupt) -> Self {
        Self { quiet, interrupt, progress: Mutex::new(None), counter: Counter::default() }
    }

    fn progress(&self) -> MutexGuard<'_, Option<Progress>> {
        self.progress.lock().expect("nobody panics with it")
    }
}

impl Observer for Terminal<'_> {
    fn note(&self, text: &str) {
        say(text);
    }

    fn begins(&self, work: f64) {
        self.counter.grow(work);
        if !self.quiet {
            *self.progress() = Some(Progress::start(&self.counter, "work"));
        }
    }

    fn grows(&self, work: f64) {
        self.counter.grow(work);
    }

    fn advances(&self, work: f64) {
        self.counter.add(work);
    }

    fn ends(&self) {
        self.progress().take();
    }

    /// Nobody who presses Ctrl-C waits for a trial that takes minutes.
    fn overdue(&self, saved: usize, total: usize, directory: &Path) {
        let path = Some(directory.to_owned());
        if let Failure::Interrupted(code, text) =
            self.interrupt.explain(RunError::Interrupted { saved, total, path })
        {
            say(&text);
            std::process::exit(code.into());
        }
    }
}

//! What goes to the terminal: data to stdout, everything else to stderr.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;

use super::failure::Failure;
use super::interrupt::Interrupt;
use super::progress::Progress;
use crate::run::{Observer, RunError};
use crate::text::visible;

/// Writes a line to stderr. Nothing depends on whether somebody reads it.
pub fn say(line: &str) {
    let _unread = writeln!(io::stderr(), "{}", visible(line));
}

/// Writes a text for eyes to stdout.
///
/// # Errors
///
/// If stdout cannot be written.
pub fn show(text: &str) -> Result<(), Failure> {
    print(&visible(text))
}

/// Writes data to stdout, as they are. A reader that left early (`| head`) is no failure.
///
/// # Errors
///
/// If stdout cannot be written.
pub fn print(text: &str) -> Result<(), Failure> {
    match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::write("stdout", &error)),
        _ => Ok(()),
    }
}

/// Shows a run on stderr.
pub struct Terminal<'i> {
    quiet: bool,
    interrupt: &'i Interrupt,
    progress: Mutex<Option<Progress>>,
    /// The same, for the workers: they are many and must not wait.
    counter: super::progress::Counter,
}

impl<'i> Terminal<'i> {
    /// `quiet`: notes, but no progress.
    pub fn new(quiet: bool, interrupt: &'i Interrupt) -> Self {
        Self { quiet, interrupt, progress: Mutex::new(None), counter: super::progress::Counter::default() }
    }

    fn progress(&self) -> std::sync::MutexGuard<'_, Option<Progress>> {
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
            *self.progress() = Some(Progress::start(&self.counter));
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

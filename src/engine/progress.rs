//! Progress on stderr: a bar on a terminal, a line every 30 s elsewhere. Both count work, not cells.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Whether to show progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verbosity {
    /// Nothing.
    Quiet,
    /// A bar or lines.
    Normal,
}

/// Counts finished work. Cheap to add to from many threads.
pub struct Progress {
    done: Arc<AtomicU64>,
    reporter: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Starts to report on `total` nanoseconds of nominal work.
    #[must_use]
    pub fn start(total: f64, verbosity: Verbosity) -> Self {
        let done = Arc::new(AtomicU64::new(0));
        let reporter = (verbosity == Verbosity::Normal).then(|| {
            let (stop, stopped) = mpsc::channel();
            let counter = Arc::clone(&done);
            let bar = std::io::stderr().is_terminal();
            let report = move || report(&counter, total, bar, &stopped);
            (stop, std::thread::spawn(report))
        });
        Self { done, reporter }
    }

    /// Adds finished work in nominal nanoseconds.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "work is positive and below 2^64"
    )]
    pub fn add(&self, work: f64) {
        self.done.fetch_add(work as u64 + 1, Ordering::Relaxed);
    }
}

impl Drop for Progress {
    /// Ends the report; the bar disappears.
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.reporter.take() {
            drop(stop);
            // A reporter that died has nothing left to say.
            let _ = thread.join();
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "work is positive and below 2^64"
)]
fn report(done: &AtomicU64, total: f64, on_terminal: bool, stopped: &mpsc::Receiver<()>) {
    let start = Instant::now();
    let target = if on_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some((total as u64).max(1)), target).with_style(style());
    let pause = if on_terminal { Duration::from_millis(100) } else { Duration::from_secs(30) };
    while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
        let finished = done.load(Ordering::Relaxed);
        bar.set_position(finished.min(total as u64));
        if !on_terminal {
            #[expect(clippy::cast_precision_loss, reason = "for eyes")]
            let share = (finished as f64 / total).clamp(1e-9, 1.0);
            let elapsed = start.elapsed().as_secs_f64();
            let left = elapsed * (1.0 / share - 1.0);
            let percent = share * 100.0;
            let _unread = writeln!(
                std::io::stderr(),
                "{percent:.1} % of the work done after {elapsed:.0} s, about {left:.0} s left"
            );
        }
    }
    bar.finish_and_clear();
}

fn style() -> ProgressStyle {
    let template = "{wide_bar} {percent:>3} % of the work  {elapsed} gone, {eta} left";
    ProgressStyle::with_template(template).expect("the template is valid")
}

//! Progress on stderr: a bar on a terminal that can move its cursor, a line every 30 s elsewhere, or as often as
//! [`INTERVAL`] says. All count work, not cells.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::terminal::moves_cursor;
use crate::run::Observer;

/// The variable that asks for lines, and for one every so many seconds: notebooks and other programs read them.
pub const INTERVAL: &str = "INITSWEEP_PROGRESS";

/// Counts work in nominal nanoseconds. Cheap to add to from many threads.
#[derive(Clone, Default)]
pub struct Counter {
    done: Arc<AtomicU64>,
    total: Arc<AtomicU64>,
}

impl Counter {
    /// Adds work that is to be done.
    pub fn grow(&self, work: f64) {
        self.total.fetch_add(whole(work), Ordering::Relaxed);
    }

    /// Adds finished work.
    pub fn add(&self, work: f64) {
        self.done.fetch_add(whole(work) + 1, Ordering::Relaxed);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "work is positive and below 2^64"
)]
fn whole(work: f64) -> u64 {
    work as u64
}

/// A report on the work that is counted, until it is dropped.
pub struct Progress {
    reporter: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Starts to report on `what`.
    #[must_use]
    pub fn start(counter: &Counter, what: &'static str) -> Self {
        let (stop, stopped) = mpsc::channel();
        let counter = counter.clone();
        let asked = std::env::var(INTERVAL).ok().and_then(|text| interval(&text));
        let report = move || report(&counter, what, asked, &stopped);
        Self { reporter: Some((stop, std::thread::spawn(report))) }
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

/// 0.05 s to a day.
fn interval(text: &str) -> Option<Duration> {
    let seconds = text.parse::<f64>().ok()?;
    (0.05..=86400.0).contains(&seconds).then(|| Duration::from_secs_f64(seconds))
}

fn report(counter: &Counter, what: &str, asked: Option<Duration>, stopped: &mpsc::Receiver<()>) {
    let start = Instant::now();
    let on_terminal = asked.is_none() && moves_cursor();
    let target = if on_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(1), target).with_style(style(what));
    let usual = if on_terminal { Duration::from_millis(100) } else { Duration::from_secs(30) };
    let pause = asked.unwrap_or(usual);
    while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
        let [finished, total] = [&counter.done, &counter.total].map(|count| count.load(Ordering::Relaxed));
        bar.set_length(total.max(1));
        bar.set_position(finished.min(total));
        if !on_terminal {
            #[expect(clippy::cast_precision_loss, reason = "for eyes")]
            let share = (finished as f64 / total as f64).clamp(1e-9, 1.0);
            let elapsed = start.elapsed().as_secs_f64();
            let left = elapsed * (1.0 / share - 1.0);
            let percent = share * 100.0;
            let _unread = writeln!(
                std::io::stderr(),
                "{percent:.1} % of the {what} done after {elapsed:.0} s, about {left:.0} s remaining"
            );
        }
    }
    bar.finish_and_clear();
}

fn style(what: &str) -> ProgressStyle {
    let template =
        format!("{{wide_bar}} {{percent:>3}} % of the {what}  {{elapsed}} elapsed, {{eta}} remaining");
    ProgressStyle::with_template(&template).expect("the template is valid")
}

/// Shows how the layout of a sweep goes, if it takes longer than [`SILENT`].
///
/// No thread is started before: its address space would count as taken in the check of memory that the layout begins
/// with.
#[derive(Default)]
pub struct Layout {
    counter: Counter,
    start: Mutex<Option<Instant>>,
    progress: Mutex<Option<Progress>>,
}

const SILENT: Duration = Duration::from_secs(1);

impl Observer for Layout {
    fn begins(&self, work: f64) {
        self.counter.grow(work);
        self.start.lock().expect("nobody panics with it").get_or_insert_with(Instant::now);
    }

    fn advances(&self, work: f64) {
        self.counter.add(work);
        let start = *self.start.lock().expect("nobody panics with it");
        if start.is_some_and(|start| start.elapsed() > SILENT) {
            let mut progress = self.progress.lock().expect("nobody panics with it");
            progress.get_or_insert_with(|| Progress::start(&self.counter, "layout"));
        }
    }

    fn ends(&self) {
        self.progress.lock().expect("nobody panics with it").take();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_a_number_of_seconds_that_a_reader_can_follow() {
        assert_eq!(interval("0.25"), Some(Duration::from_millis(250)));
        for wrong in ["", "0", "-1", "nan", "inf", "1e9", "often"] {
            assert_eq!(interval(wrong), None, "{wrong}");
        }
    }
}

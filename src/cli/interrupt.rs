//! Signals: the first one asks the run to stop, the second one leaves at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::failure::Failure;
use crate::run::{Cancel, RunError};
use crate::text::quoted;

/// The signals that end a run, and leave it resumable.
#[cfg(unix)]
const SIGNALS: [i32; 3] = [SIGINT, SIGTERM, signal_hook::consts::SIGHUP];
#[cfg(not(unix))]
const SIGNALS: [i32; 2] = [SIGINT, SIGTERM];

/// Whether the run is to stop, and why.
pub struct Interrupt {
    /// Set by the first signal.
    stop: Arc<AtomicBool>,
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// Listens from now on.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub fn listen() -> Result<Self, Failure> {
        Self::register().map_err(|error| Failure::failed(format!("no signals: {error}")))
    }

    fn register() -> io::Result<Self> {
        let interrupt = Self { stop: Arc::default(), signal: Arc::default() };
        let ignored = ignored();
        for signal in SIGNALS.into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0) {
            let stop = || Arc::clone(&interrupt.stop);
            // In this order: the first signal must not find the flag that it sets itself.
            flag::register_conditional_shutdown(signal, 128 + signal, stop())?;
            let number = usize::try_from(signal).unwrap_or_default();
            flag::register_usize(signal, Arc::clone(&interrupt.signal), number)?;
            flag::register(signal, stop())?;
        }
        // A file beyond the size limit is an error of its write, not the end of the process.
        #[cfg(unix)]
        flag::register(signal_hook::consts::SIGXFSZ, Arc::default())?;
        Ok(interrupt)
    }

    /// The switch that the first signal sets.
    pub fn cancel(&self) -> Cancel {
        Cancel::of(Arc::clone(&self.stop))
    }

    /// What is said of the end of a run; where a signal has ended it, with the command that resumes it.
    pub fn explain(&self, error: RunError) -> Failure {
        match (error, self.code()) {
            (error @ RunError::Interrupted { .. }, Some(code)) => {
                let words: Vec<String> =
                    std::env::args_os().map(|word| quoted(&word.to_string_lossy())).collect();
                let text = format!("{error}. Run the same command to resume:\n  {}", words.join(" "));
                Failure::Interrupted(code, text)
            }
            (error, _) => error.into(),
        }
    }

    /// The exit code for the signal that came, if one came.
    fn code(&self) -> Option<u8> {
        let signal = self.signal.load(Ordering::SeqCst);
        u8::try_from(signal).ok().filter(|&signal| signal > 0).map(|signal| 128 + signal)
    }
}

/// The signals that are ignored, bit n - 1 for signal n: `nohup` and shells that start something in the background
/// set them so, and they stay so.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

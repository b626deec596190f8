//! A run in a directory that draws as many trials as a target needs, is stopped on the way, and resumed.
//!
//! `cargo run --release --example resume_and_stop -- DIR`

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use initsweep::config::Source;
use initsweep::run::{Cancel, Observer, Options, Run, RunError};

const CONFIG: &str = "
name = 'resume-and-stop'
[[grid]]
width = [32, 64]
depth = 5
std   = 'he_normal'
activation = 'relu'
[trials]
min    = 64
max    = 100_000
target = { metric = 'rms', relative = 0.01 }
";

/// Stops the run after some trials.
struct Impatient {
    trials: AtomicUsize,
    cancel: Cancel,
}

impl Observer for Impatient {
    fn advances(&self, _work: f64) {
        if self.trials.fetch_add(1, Ordering::Relaxed) == 500 {
            self.cancel.cancel();
        }
    }
}

fn main() -> Result<(), RunError> {
    let directory =
        std::env::args_os().nth(1).map_or_else(|| PathBuf::from("results/example"), PathBuf::from);
    let run = || Run::new(Source::new("resume-and-stop.toml", CONFIG), Options::default());

    let cancel = Cancel::default();
    let impatient = Impatient { trials: AtomicUsize::new(0), cancel: cancel.clone() };
    match run()?.observed_by(&impatient).until(cancel).into_directory(&directory).finish() {
        Err(RunError::Interrupted { saved, .. }) => println!("stopped: {saved} networks are saved"),
        other => println!("it was finished before: {:?}", other?.is_none()),
    }

    // The same call again draws what is missing.
    if let Some(outcome) = run()?.into_directory(&directory).finish()? {
        let before = outcome.provenance.networks_from_store;
        println!("finished: {} networks, {before} of them saved before", outcome.networks);
        for row in outcome.answers.stopping.unwrap_or_default() {
            println!("width {}: {} trials were needed", row.cell.width, row.trials);
        }
    }
    Ok(())
}

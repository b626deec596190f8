//! `initsweep merge`: the summary of all shards.

use std::path::PathBuf;

use clap::Args;

use super::arguments::{InputArguments, MachineArguments};
use super::failure::Failure;
use super::interrupt::Interrupt;
use super::observer::Terminal;
use super::run::{Ending, report};
use crate::run;

#[derive(Args)]
pub struct Arguments {
    /// Directory of the run, the one that its shards had for --out
    #[arg(value_name = "DIR")]
    path: PathBuf,

    #[command(flatten)]
    ending: Ending,

    #[command(flatten)]
    inputs: InputArguments,

    #[command(flatten)]
    machine: MachineArguments,
}

/// Writes `summary.csv` and the other files of a run whose shards are complete; else nothing.
///
/// # Errors
///
/// If something is missing (code 3), if the shards are of different configs, or as of a run.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let interrupt = Interrupt::listen()?;
    let terminal = Terminal::new(arguments.ending.quiet, &interrupt);
    let merged = run::merge(
        &arguments.path,
        arguments.inputs.files(),
        arguments.machine.options(),
        &terminal,
        interrupt.cancel(),
    );
    let (run, outcome) = merged.map_err(|error| interrupt.explain(error))?;
    report(&run, outcome.as_ref(), arguments.ending).map_err(Failure::after_work)
}

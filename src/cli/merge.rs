//! `initsweep merge`: the summary of all shards.

use std::path::PathBuf;

use clap::Args;

use super::config::MachineArguments;
use super::failure::Failure;
use super::interrupt::Interrupt;
use super::run::{Found, finish, look};
use super::session::{Session, claim};
use super::survey::Survey;
use crate::output::RunDirectory;

#[derive(Args)]
pub struct Arguments {
    /// Directory of the run, the one that its shards had for --out
    #[arg(value_name = "DIR")]
    path: PathBuf,

    /// No progress, no table
    #[arg(long, short)]
    quiet: bool,

    #[command(flatten)]
    machine: MachineArguments,
}

/// Writes `summary.csv` and the other files of a run whose shards are complete; else nothing.
///
/// # Errors
///
/// If something is missing (code 3), if the shards are of different configs, or as of a run.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let directory = RunDirectory::new(&arguments.path);
    let mut survey = Survey::new(&directory, arguments.machine.options())?;
    let work = &survey.work;
    if look(work, &directory, arguments.quiet)? == Found::Finished {
        return Ok(());
    }
    if survey.counts.is_empty() {
        return Err(Failure::usage(format!(
            "{} holds no shards: a run that is not cut goes on with `initsweep run`",
            arguments.path.display()
        )));
    }
    let (known, all) = survey.networks(None);
    if known < all || !survey.running.is_empty() {
        return Err(survey.failure(&directory));
    }
    work.check_memory()?;
    let interrupt = Interrupt::listen()?;
    let _claim = claim(work, &directory)?;
    let found = look(work, &directory, arguments.quiet)?;
    if found == Found::Finished {
        return Ok(());
    }
    let mut session = Session::open(work, &directory, found == Found::Another)?;
    let new = session.take(&survey.stores)?;
    if session.missing() > 0 {
        let tables = session.close()?;
        survey.correct(&tables);
        return Err(survey.failure(&directory));
    }
    session.save(new, &interrupt)?;
    finish(work, &directory, session, arguments.quiet, &interrupt)
}

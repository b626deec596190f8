//! `initsweep run`: the main job.

use std::path::{Path, PathBuf};

use clap::Args;

use super::arguments::ConfigArguments;
use super::failure::Failure;
use super::figures;
use super::interrupt::Interrupt;
use super::observer::Terminal;
use super::progress::Layout;
use super::report::{line as report_line, open_in_browser};
use super::shard::ShardArgument;
use super::tables;
use super::terminal::say;
use super::verdict;
use crate::engine::Shard;
use crate::figure::Drawn;
use crate::output::{Provenance, Wanted};
use crate::report;
use crate::run::{self, Found, InDirectory, Observer, Outcome, Prepared, REPORT, Run};
use crate::text::quoted;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,

    /// Directory of the run [default: results/NAME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Only shard I of N, from 0/N to N-1/N; `auto/N` takes I from the array task of the batch system. `merge` puts
    /// the shards together
    #[arg(long, value_name = "I/N", value_parser = str::parse::<ShardArgument>)]
    shard: Option<ShardArgument>,

    #[command(flatten)]
    ending: Ending,

    /// Run the embedded example; not on the command line.
    #[arg(skip)]
    embedded: bool,
}

/// What is made of a run at its end.
#[derive(Args, Clone, Copy, Default)]
pub struct Ending {
    /// No figures; `initsweep figures` draws them later
    #[arg(long)]
    no_figures: bool,

    /// No progress, no table
    #[arg(long, short)]
    pub quiet: bool,

    /// Open report.html in the browser at the end
    #[arg(long)]
    open: bool,
}

impl Arguments {
    /// Those of the embedded example.
    pub fn example() -> Self {
        Self {
            config: ConfigArguments::example(),
            out: None,
            shard: None,
            ending: Ending::default(),
            embedded: true,
        }
    }
}

/// Runs a sweep, or what is missing of it.
///
/// # Errors
///
/// See [`super::failure`].
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let layout = Layout::default();
    let observer: &dyn Observer = if arguments.ending.quiet { &() } else { &layout };
    let work = arguments.config.prepare(arguments.embedded, observer)?;
    let path = path(&work, arguments.out.as_deref());
    let interrupt = Interrupt::listen()?;
    let terminal = Terminal::new(arguments.ending.quiet, &interrupt);
    let run = Run::of(work).observed_by(&terminal).until(interrupt.cancel());
    let mut run = run.into_directory(&path);
    let outcome = match arguments.shard {
        Some(shard) => return draw_shard(&mut run, shard.resolve()?, &interrupt, arguments.ending.quiet),
        None => run.finish(),
    };
    let outcome = outcome.map_err(|error| interrupt.explain(error))?;
    report(&run, outcome.as_ref(), arguments.ending).map_err(Failure::after_work)
}

/// The directory of a run: `out`, or `results/NAME`.
pub fn path(work: &Prepared, out: Option<&Path>) -> PathBuf {
    out.map_or_else(|| Path::new("results").join(&work.sweep.name), Path::to_owned)
}

/// Says how a run has ended, with its tables; before that, its figures are drawn if they are wanted, and after it the page
/// about it is written.
///
/// # Errors
///
/// If the page cannot be written, or if the numbers are not those expected.
pub fn report(
    run: &InDirectory<'_>,
    outcome: Option<&Outcome>,
    Ending { no_figures, quiet, open }: Ending,
) -> Result<(), Failure> {
    let InDirectory { work, directory, .. } = run;
    let path = directory.path().display();
    if outcome.is_none() {
        say(&format!("{path} holds this run, finished and intact{}: nothing to do.", made_by(run)?));
    }
    let page = directory.path().join(REPORT);
    // A page that is there needs no figures: they are drawn for it.
    let is_due = outcome.is_some() || !page.exists();
    let drawn = match outcome {
        _ if !is_due => Drawn::default(),
        Some(_) if no_figures => Drawn::default(),
        Some(_) => figures::at_the_end(work, directory)?,
        None => figures::before(work, directory)?,
    };
    let answers = match outcome {
        Some(outcome) => outcome.answers.clone(),
        None => run::answers(directory)?,
    };
    if !quiet {
        let rows = |cells: &[usize]| run::rows(work, directory, cells);
        tables::measured(work, directory.path(), &Wanted::default(), rows)?;
        tables::answered(work, &answers)?;
        if let Some(outcome) = outcome {
            say(&closing(outcome, directory.path()));
        }
    }
    let written = if is_due { report::write(work, directory, &drawn).map(|_| ()) } else { Ok(()) };
    match written {
        // The numbers are safe: it can be made of them at any time.
        Err(failure) if outcome.is_some() => say(&format!("note: no report: {failure}")),
        Err(failure) => return Err(failure.into()),
        Ok(()) => {
            if !quiet {
                say(&report_line(&page));
            }
            if open {
                open_in_browser(&page);
            }
        }
    }
    verdict::verdict(&answers.expect)
}

/// Which program made a finished run, if it was another one.
fn made_by(run: &InDirectory<'_>) -> Result<String, Failure> {
    let this = Provenance::of_this_process().commit;
    Ok(match run.found()? {
        Found::Finished { commit } if commit != this => format!(" (made by commit {commit}, this is {this})"),
        _ => String::new(),
    })
}

fn closing(outcome: &Outcome, path: &Path) -> String {
    let Provenance { wall_seconds, threads, simd, networks_from_store, .. } = &outcome.provenance;
    let networks = outcome.networks;
    let stored = match networks_from_store {
        0 => String::new(),
        stored => format!(", {stored} of them from the store,"),
    };
    let path = path.display();
    format!(
        "\n{networks} networks{stored} in {wall_seconds:.1} s on {threads} threads ({simd}); all in {path}"
    )
}

/// Draws what is missing of a shard.
fn draw_shard(
    run: &mut InDirectory<'_>,
    shard: Shard,
    interrupt: &Interrupt,
    quiet: bool,
) -> Result<(), Failure> {
    let outcome = run.shard(shard).map_err(|error| interrupt.explain(error))?;
    let whole = run.directory.path();
    let Some(outcome) = outcome else {
        return report(run, None, Ending { quiet: true, ..Ending::default() });
    };
    if !quiet {
        let run::ShardOutcome { networks, known_before, seconds } = outcome;
        let run::Options { threads, level, .. } = run.work.options;
        let path = run.directory.shard(shard.index, shard.count);
        say(&format!(
            "shard {shard}: {networks} networks, {known_before} of them known before, in {seconds:.1} s on {threads} \
             threads ({level}); all in {}\nWhen all shards are done: initsweep merge {}",
            path.path().display(),
            quoted(&whole.to_string_lossy())
        ));
    }
    Ok(())
}

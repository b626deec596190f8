//! The command line, one file per verb. Data goes to stdout or files, everything else to stderr.

mod arguments;
mod choice;
mod cite;
mod export;
mod failure;
mod figure_check;
mod figures;
mod gradient_check;
mod init;
mod interrupt;
mod man;
mod merge;
mod observer;
mod plan;
mod progress;
mod replay;
mod report;
mod run;
mod shard;
mod show;
mod slurm;
mod status;
mod stdout;
mod tables;
mod terminal;
mod theory;
mod verdict;
mod verify;

use std::borrow::Cow;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::text::visible;
use failure::Failure;
use stdout::print;
use terminal::say;

/// Monte Carlo sweeps of random neural networks: why 0 mean and 1 std?
///
/// A TOML file describes random networks over a grid of width, depth, weight std and mean, activation, and so
/// on. Each cell of the grid is drawn thousands of times, every layer is measured, and the estimates go into
/// summary.csv with confidence intervals, beside exact theory where it is known. The bytes of summary.csv depend
/// on the config alone: not on threads, instruction set, or other cells of the grid.
///
/// Without a command, the example `forum-thread` is run.
#[derive(Parser)]
#[command(name = "initsweep", version = crate::output::VERSION, after_help = failure::exit_codes(), max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Write a commented config to start from
    Init(init::Arguments),
    /// Run a sweep and write its directory; resumes an interrupted run, extends a smaller one
    Run(run::Arguments),
    /// Merge the shards of a run: the same summary.csv as from one machine
    Merge(merge::Arguments),
    /// Show the progress of a run and its shards
    Status(status::Arguments),
    /// Print the batch files that run a sweep as a Slurm job array; submits nothing
    Slurm(slurm::Arguments),
    /// Show what a sweep would cost; runs nothing of it
    Plan(plan::Arguments),
    /// Show the numbers of a run as a table: the one of its end, or what you choose of it
    Show(show::Arguments),
    /// Write report.html again, the page about a finished run
    Report(report::Arguments),
    /// Draw the figures of a finished run again, from its files
    Figures(figures::Arguments),
    /// Recompute one trial from its address and compare it with the store
    Replay(replay::Arguments),
    /// Check an old run: hashes, checksums, and some trials drawn again
    Verify(verify::Arguments),
    /// Print the values of every trial as tidy CSV
    Export(export::Arguments),
    /// Print BibTeX for a finished run: the program, and what was run
    Cite(cite::Arguments),
    /// Print what theory predicts, for a sweep or for one activation; draws nothing
    Theory(theory::Arguments),
    /// Print every key, preset and metric that a config may have, in Markdown
    Reference,
    /// Print the JSON schema of configs, for editors
    Schema,
    /// Write the manual pages, one for each verb
    Man(man::Arguments),
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let result = match parse().command {
        None => example(),
        Some(Command::Init(arguments)) => init::run(&arguments),
        Some(Command::Run(arguments)) => run::run(&arguments),
        Some(Command::Merge(arguments)) => merge::run(&arguments),
        Some(Command::Status(arguments)) => status::run(&arguments),
        Some(Command::Slurm(arguments)) => slurm::run(&arguments),
        Some(Command::Plan(arguments)) => plan::run(&arguments),
        Some(Command::Show(arguments)) => show::run(&arguments),
        Some(Command::Report(arguments)) => report::run(&arguments),
        Some(Command::Figures(arguments)) => figures::run(&arguments),
        Some(Command::Replay(arguments)) => replay::run(&arguments),
        Some(Command::Verify(arguments)) => verify::run(&arguments),
        Some(Command::Export(arguments)) => export::run(&arguments),
        Some(Command::Cite(arguments)) => cite::run(&arguments),
        Some(Command::Theory(arguments)) => theory::run(&arguments),
        Some(Command::Reference) => print(&crate::config::reference()),
        Some(Command::Schema) => print(&format!("{:#}\n", crate::config::schema())),
        Some(Command::Man(arguments)) => man::run(&arguments, Cli::command()),
        Some(Command::Completions { shell }) => completions(shell),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// Reads the command line; help and mistakes end the program here.
fn parse() -> Cli {
    Cli::try_parse().unwrap_or_else(|error| {
        // It quotes the words, whatever is in them.
        let is_safe = |word: OsString| matches!(visible(&word.to_string_lossy()), Cow::Borrowed(_));
        if std::env::args_os().all(is_safe) {
            error.exit();
        }
        say(error.render().to_string().trim_end());
        std::process::exit(error.exit_code());
    })
}

fn example() -> Result<(), Failure> {
    say("No command given: running the example forum-thread (initsweep --help tells the rest).\n");
    run::run(&run::Arguments::example())
}

fn completions(shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "initsweep", &mut script);
    print(&String::from_utf8_lossy(&script))
}

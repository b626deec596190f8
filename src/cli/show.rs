//! `initsweep show`: the numbers of a run as a table, finished or not.

use std::path::PathBuf;

use clap::Args;

use super::arguments::MachineArguments;
use super::choice::{Choice, Chosen};
use super::failure::Failure;
use super::stdout::print;
use super::tables;
use super::terminal::say;
use crate::output::{self, Key, View, Wanted};
use crate::run::Report;

/// Cells whose rows are printed at once.
const AT_ONCE: usize = 256;

#[derive(Args)]
pub struct Arguments {
    /// Directory of the run
    #[arg(value_name = "DIR")]
    path: PathBuf,

    #[command(flatten)]
    choice: Choice,

    /// One line for each number, the largest first: estimate, sd, theory, z (its magnitude) or trials
    #[arg(long, value_name = "COLUMN", value_parser = key)]
    sort: Option<Key>,

    /// Everything that was measured, or everything of the choice, however long that is
    #[arg(long)]
    all: bool,

    /// The rows as CSV, in the columns of summary.csv
    #[arg(long, conflicts_with = "sort")]
    csv: bool,
}

fn key(name: &str) -> Result<Key, String> {
    let names = || Key::ALL.map(Key::name).join(", ");
    Key::ALL.into_iter().find(|key| key.name() == name).ok_or_else(|| format!("the columns are {}", names()))
}

/// Prints the table of a run, or a part of it. Without a choice it is the one that the run printed at its end.
///
/// # Errors
///
/// If there is no run, if it lacks what is asked for, or if stdout cannot be written.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { path, choice, sort, all, csv } = arguments;
    let report = Report::open(path, MachineArguments::default().options())?;
    let work = report.work();
    let Chosen { cells, metrics, sites, layers } = choice.of(work)?;
    let wanted = Wanted { cells, metrics, sites, layers, sort: *sort, all: *all || *csv };
    let every: Vec<usize> = (0..work.plan.cells.len()).collect();
    let missing = report.missing(wanted.cells.as_deref().unwrap_or(&every));
    if missing > 0 {
        say(&format!("note: the run is not finished: {missing} trials of these cells are missing\n"));
    }
    if *csv {
        return write(&report, &View::new(&work.sweep, &work.plan.cells, &wanted).exactly());
    }
    tables::measured(work, path, &wanted, |cells| report.rows(cells))?;
    if choice.is_empty() && sort.is_none() { tables::answered(work, &report.answers()?) } else { Ok(()) }
}

/// Prints the rows of a view as CSV.
fn write(report: &Report, view: &View) -> Result<(), Failure> {
    print(&String::from_utf8_lossy(&output::csv_header(output::COLUMNS)))?;
    for cells in view.cells.chunks(AT_ONCE) {
        for rows in report.rows(cells)? {
            print(&String::from_utf8_lossy(&output::csv_lines(view.rows(&rows))))?;
        }
    }
    Ok(())
}

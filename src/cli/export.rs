//! `initsweep export`: the values of every trial as tidy CSV, or as Parquet.

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;

use clap::Args;

use super::arguments::MachineArguments;
use super::choice::{Choice, Chosen};
use super::failure::Failure;
use super::terminal::say;
use crate::engine::TrialValues;
#[cfg(feature = "parquet")]
use crate::output::ParquetSink;
use crate::output::{TRIAL_COLUMNS, TrialCell, TrialRow, TrialSink, TrialWriter};
use crate::run::{InputFiles, RunError, Stored};
use crate::sweep::Cell;

#[derive(Args)]
pub struct Arguments {
    /// Directory of the run
    #[arg(value_name = "DIR")]
    path: PathBuf,

    /// Only this cell, named as in the column `cell` of summary.csv, or the cells whose id starts with this
    #[arg(long, value_name = "CELL")]
    cell: Option<String>,

    #[command(flatten)]
    choice: Choice,

    /// Write a new Parquet file in place of CSV to stdout
    #[cfg(feature = "parquet")]
    #[arg(long, value_name = "FILE")]
    parquet: Option<PathBuf>,

    #[command(flatten)]
    machine: MachineArguments,
}

/// Prints one row per cell, trial, layer, site and metric. Trials that are not drawn yet are left out, and counted.
///
/// # Errors
///
/// If the store cannot be read, or stdout cannot be written.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let stored = Stored::open(&arguments.path, arguments.machine.options(), InputFiles::Closed)?;
    if stored.blocks.damaged > 0 || stored.broken.is_some() {
        say("note: the store is damaged, and what is damaged is left out; `initsweep verify` tells more");
    }
    let chosen = arguments.choice.of(&stored.work)?;
    let mut cells = stored.find(arguments.cell.as_deref())?;
    if let Some(wanted) = &chosen.cells {
        let wanted: HashSet<String> = wanted.iter().map(|&i| stored.work.plan.cells[i].content()).collect();
        cells.retain(|(cell, _)| wanted.contains(&cell.content()));
    }
    let missing: usize = cells.iter().map(|&(_, group)| stored.missing(group)).sum();
    #[cfg(feature = "parquet")]
    let written = match &arguments.parquet {
        Some(path) => parquet(path, &stored, &cells, &chosen),
        None => csv(&stored, &cells, &chosen),
    };
    #[cfg(not(feature = "parquet"))]
    let written = csv(&stored, &cells, &chosen);
    written?;
    if missing > 0 {
        say(&format!("note: the run is not finished: {missing} trials of these cells are missing"));
    }
    Ok(())
}

fn csv(stored: &Stored, cells: &[(&Cell, usize)], chosen: &Chosen) -> Result<(), Failure> {
    match write(stored, cells, chosen, TrialWriter::new(io::stdout().lock(), TRIAL_COLUMNS)) {
        // A reader that left early (`| head`) is no failure.
        Err(Unwritten::Sink(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(Unwritten::Sink(error)) => Err(Failure::write("stdout", &error)),
        Err(Unwritten::Store(error)) => Err(error.into()),
        Ok(()) => Ok(()),
    }
}

#[cfg(feature = "parquet")]
fn parquet(
    path: &std::path::Path,
    stored: &Stored,
    cells: &[(&Cell, usize)],
    chosen: &Chosen,
) -> Result<(), Failure> {
    let file = std::fs::File::create_new(path)
        .map_err(|error| Failure::create(format!("cannot make {}: {error}", path.display())))?;
    let sink = ParquetSink::new(std::io::BufWriter::new(file)).map_err(Unwritten::Sink);
    sink.and_then(|sink| write(stored, cells, chosen, sink)).map_err(|error| {
        // Nobody takes a part for the whole. That it cannot be removed is less than that it cannot be written.
        let _kept = std::fs::remove_file(path);
        match error {
            Unwritten::Sink(error) => Failure::write(path.display(), &error),
            Unwritten::Store(error) => error.into(),
        }
    })
}

/// Why the rows are not written.
enum Unwritten {
    Sink(io::Error),
    Store(RunError),
}

/// Writes all known trials of the cells, each with the index of its group. The cells of a group that follow each other read
/// it once.
fn write(
    stored: &Stored,
    cells: &[(&Cell, usize)],
    chosen: &Chosen,
    mut sink: impl TrialSink,
) -> Result<(), Unwritten> {
    for of_group in cells.chunk_by(|a, b| a.1 == b.1) {
        let group = of_group[0].1;
        let table = stored.values(group).map_err(Unwritten::Store)?;
        for (cell, _) in of_group {
            write_cell(stored, (cell, group), &table, chosen, &mut sink).map_err(Unwritten::Sink)?;
        }
    }
    sink.finish().map_err(Unwritten::Sink)
}

fn write_cell(
    stored: &Stored,
    (cell, group): (&Cell, usize),
    table: &TrialValues,
    chosen: &Chosen,
    sink: &mut impl TrialSink,
) -> io::Result<()> {
    let of_group = &stored.work.plan.groups[group].observables;
    let own = TrialCell::new(cell);
    let observables = chosen.observables(&stored.work.observables(cell));
    for trial in table.range() {
        let Some(values) = table.trial(trial) else { continue };
        for &(layer, site, metric) in &observables {
            let at = of_group.index(layer, site, metric);
            let value = values[at.expect("the group measures what its cells report")];
            sink.row(&own, &TrialRow::new(trial as u64, (layer, site), metric, value))?;
        }
    }
    Ok(())
}
